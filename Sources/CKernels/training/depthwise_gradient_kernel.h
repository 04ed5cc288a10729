/* The gradients of a depthwise convolution, for one instruction set. Whoever includes this defines LANES, TARGET and
 * NAME. */

typedef float NAME(vector) __attribute__((vector_size(LANES * 4), aligned(4)));
#define NAME_INLINE static inline __attribute__((always_inline)) TARGET

NAME_INLINE NAME(vector) NAME(load)(const float *from, int32_t n) {
    if (n >= LANES) return *(const NAME(vector) *)from;
    NAME(vector) x = {0};
    memcpy(&x, from, (size_t)n * sizeof(float));
    return x;
}

NAME_INLINE void NAME(store)(float *to, NAME(vector) x, int32_t n) {
    if (n >= LANES) {
        *(NAME(vector) *)to = x;
    } else {
        memcpy(to, &x, (size_t)n * sizeof(float));
    }
}

/* `vectors` vectors of channels from c on of one pixel's sum. */
NAME_INLINE void NAME(gather_vectors)(
    const meeting *meetings, int32_t count, float *to, int accumulates, int32_t c, const int vectors, int32_t n) {
    NAME(vector) sums[VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        sums[v] = accumulates ? NAME(load)(to + c + v * LANES, n) : (NAME(vector)){0};
    }
    for (int32_t m = 0; m < count; m++) {
        const float *gradient = meetings[m].gradient + c, *weights = meetings[m].weights + c;
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            sums[v] += NAME(load)(gradient + v * LANES, n) * NAME(load)(weights + v * LANES, n);
        }
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) NAME(store)(to + c + v * LANES, sums[v], n);
}

static TARGET void NAME(gather)(const meeting *meetings, int32_t count, float *to, int accumulates, int32_t channels) {
    int32_t c = 0;
    for (; c + VECTORS * LANES <= channels; c += VECTORS * LANES) {
        NAME(gather_vectors)(meetings, count, to, accumulates, c, VECTORS, LANES);
    }
    for (; c + LANES <= channels; c += LANES) {
        NAME(gather_vectors)(meetings, count, to, accumulates, c, 1, LANES);
    }
    if (c < channels) NAME(gather_vectors)(meetings, count, to, accumulates, c, 1, channels - c);
}

/* `vectors` vectors of channels from c on of the sums of `taps` neighbouring taps. */
NAME_INLINE void NAME(sum_taps_of)(
    const row_meeting *row, float *sums, int32_t c, const int taps, const int vectors, int32_t n) {
    NAME(vector) sum[LARGEST_WIDTH][VECTORS];
#pragma clang loop unroll(full)
    for (int t = 0; t < taps; t++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sum[t][v] = NAME(load)(sums + t * row->channels + c + v * LANES, n);
    }
    const float *input = row->input + c, *gradient = row->gradient + c;
    for (int32_t x = 0; x < row->pixels; x++, input += row->input_step, gradient += row->channels) {
        NAME(vector) delta[VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) delta[v] = NAME(load)(gradient + v * LANES, n);
#pragma clang loop unroll(full)
        for (int t = 0; t < taps; t++) {
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) {
                sum[t][v] += delta[v] * NAME(load)(input + t * row->tap_step + v * LANES, n);
            }
        }
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < taps; t++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) NAME(store)(sums + t * row->channels + c + v * LANES, sum[t][v], n);
    }
}

/* Sums stay in registers: fewer vectors of more taps. */
NAME_INLINE void NAME(sum_taps)(const row_meeting *row, float *sums, const int taps) {
    const int vectors = taps == 1 ? VECTORS : taps <= 3 ? 3 : 2;
    int32_t c = 0;
    for (; c + vectors * LANES <= row->channels; c += vectors * LANES) {
        NAME(sum_taps_of)(row, sums, c, taps, vectors, LANES);
    }
    for (; c + LANES <= row->channels; c += LANES) NAME(sum_taps_of)(row, sums, c, taps, 1, LANES);
    if (c < row->channels) NAME(sum_taps_of)(row, sums, c, taps, 1, row->channels - c);
}

static TARGET void NAME(sum_one)(const row_meeting *row, float *sums) { NAME(sum_taps)(row, sums, 1); }
static TARGET void NAME(sum_three)(const row_meeting *row, float *sums) { NAME(sum_taps)(row, sums, 3); }
static TARGET void NAME(sum_five)(const row_meeting *row, float *sums) { NAME(sum_taps)(row, sums, 5); }

#undef NAME_INLINE
#undef LANES
#undef TARGET
#undef NAME
