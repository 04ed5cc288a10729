/* The micro-kernel of the weight gradient, for one instruction set. Whoever includes this defines LANES, CHANNELS
 * (output channels of a tile, so that CK_GRADIENT_VECTORS * CHANNELS sums, as many terms and a factor fit the
 * registers), TARGET and NAME. */

typedef float NAME(vector) __attribute__((vector_size(LANES * 4), aligned(4)));

static inline __attribute__((always_inline)) TARGET NAME(vector) NAME(load)(const float *from, int32_t n) {
    if (n >= LANES) return *(const NAME(vector) *)from;
    NAME(vector) x = {0};
    memcpy(&x, from, (size_t)n * sizeof(float));
    return x;
}

static inline __attribute__((always_inline)) TARGET void NAME(store)(float *to, NAME(vector) x, int32_t n) {
    if (n >= LANES) {
        *(NAME(vector) *)to = x;
    } else {
        memcpy(to, &x, (size_t)n * sizeof(float));
    }
}

/* sums[channel][term] += Σ over the lines' pixels of gradient[channel] * input[term], a tile of `vectors` vectors of
 * terms by `channels` channels. Both are constants where this is inlined, so that the sums stay in registers. */
static inline __attribute__((always_inline)) TARGET void NAME(tile)(
    const ck_gradient_tile *tile, const int vectors, const int channels) {
    NAME(vector) sums[CHANNELS][CK_GRADIENT_VECTORS];
#pragma clang loop unroll(full)
    for (int c = 0; c < channels; c++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            const float *from = tile->sums + c * tile->sums_pitch + v * LANES;
            sums[c][v] = tile->begins ? (NAME(vector)){0} : NAME(load)(from, tile->terms - v * LANES);
        }
    }
    const ptrdiff_t input_step = tile->input_step, gradient_step = tile->gradient_step;
    for (const ck_gradient_line *line = tile->lines; line < tile->lines + tile->line_count; line++) {
        const float *input = line->input + tile->first_term, *gradient = line->gradient + tile->first_channel;
        for (int32_t pixel = 0; pixel < line->pixels; pixel++) {
            NAME(vector) terms[CK_GRADIENT_VECTORS];
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) terms[v] = *(const NAME(vector) *)(input + v * LANES);
#pragma clang loop unroll(full)
            for (int c = 0; c < channels; c++) {
#pragma clang loop unroll(full)
                for (int v = 0; v < vectors; v++) sums[c][v] += terms[v] * gradient[c];
            }
            input += input_step;
            gradient += gradient_step;
        }
    }
#pragma clang loop unroll(full)
    for (int c = 0; c < channels; c++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            NAME(store)(tile->sums + c * tile->sums_pitch + v * LANES, sums[c][v], tile->terms - v * LANES);
        }
    }
}

static TARGET void NAME(run)(const ck_gradient_tile *tile) {
    int32_t vectors = (tile->terms + LANES - 1) / LANES;
    ck_gradient_tile part = *tile;
    if (tile->channels == CHANNELS) {
        switch (vectors) {
        case 1: NAME(tile)(&part, 1, CHANNELS); return;
        case 2: NAME(tile)(&part, 2, CHANNELS); return;
        default: NAME(tile)(&part, 3, CHANNELS); return;
        }
    }
    /* Channels left over, one at a time. */
    for (int32_t c = 0; c < tile->channels; c++, part.first_channel++, part.sums += tile->sums_pitch) {
        switch (vectors) {
        case 1: NAME(tile)(&part, 1, 1); break;
        case 2: NAME(tile)(&part, 2, 1); break;
        default: NAME(tile)(&part, 3, 1); break;
        }
    }
}

/* ---- Winograd's transforms: F(3×3, 4×4), at the points 0, ±√½, ±√2 and infinity of the convolution's ------------- */

/* The values at the points of the polynomial of four coefficients, apart from factors that `gathered` brings in. */
static inline __attribute__((always_inline)) TARGET void NAME(evaluated)(const NAME(vector) d[4], NAME(vector) t[6]) {
    NAME(vector) even = d[0] + d[2] * 0.5f, odd = (d[1] + d[3] * 0.5f) * CK_ROOT_HALF;
    t[0] = d[0];
    t[1] = even + odd;
    t[2] = even - odd;
    even = d[0] + d[2] * 2.0f;
    odd = (d[1] + d[3] * 2.0f) * CK_ROOT_TWO;
    t[3] = even + odd;
    t[4] = even - odd;
    t[5] = d[3];
}

/* Three sums of six, with the factors 1, -2/3, -2/3, 1/6, 1/6, 1 of interpolation. */
static inline __attribute__((always_inline)) TARGET void NAME(gathered)(const NAME(vector) m[6], NAME(vector) y[3]) {
    NAME(vector) near_sum = (m[1] + m[2]) * (-2.0f / 3), near_difference = (m[1] - m[2]) * (-2.0f / 3 * CK_ROOT_HALF);
    NAME(vector) far_sum = (m[3] + m[4]) * (1.0f / 6), far_difference = (m[3] - m[4]) * (1.0f / 6 * CK_ROOT_TWO);
    y[0] = m[0] + near_sum + far_sum;
    y[1] = near_difference + far_difference;
    y[2] = near_sum * 0.5f + far_sum * 2.0f + m[5];
}

static TARGET void NAME(spread)(const void *const *pixels, int32_t channels, float *to, ptrdiff_t pitch) {
    for (int32_t c = 0; c < channels; c += LANES) {
        NAME(vector) half[6][4], d[4], t[6];
#pragma clang loop unroll(full)
        for (int x = 0; x < 4; x++) {
#pragma clang loop unroll(full)
            for (int y = 0; y < 4; y++) d[y] = NAME(load)((const float *)pixels[y * 4 + x] + c, channels - c);
            NAME(evaluated)(d, t);
#pragma clang loop unroll(full)
            for (int y = 0; y < 6; y++) half[y][x] = t[y];
        }
#pragma clang loop unroll(full)
        for (int y = 0; y < 6; y++) {
            NAME(evaluated)(half[y], t);
#pragma clang loop unroll(full)
            for (int x = 0; x < 6; x++) NAME(store)(to + (y * 6 + x) * pitch + c, t[x], channels - c);
        }
    }
}

static TARGET void NAME(gather)(
    const float *sums, ptrdiff_t pitch, int32_t terms, float *gradient, ptrdiff_t tap_pitch) {
    for (int32_t k = 0; k < terms; k += LANES) {
        NAME(vector) half[3][6], m[6], y[3];
#pragma clang loop unroll(full)
        for (int column = 0; column < 6; column++) {
#pragma clang loop unroll(full)
            for (int row = 0; row < 6; row++) m[row] = NAME(load)(sums + (row * 6 + column) * pitch + k, terms - k);
            NAME(gathered)(m, y);
#pragma clang loop unroll(full)
            for (int row = 0; row < 3; row++) half[row][column] = y[row];
        }
#pragma clang loop unroll(full)
        for (int row = 0; row < 3; row++) {
            NAME(gathered)(half[row], y);
#pragma clang loop unroll(full)
            for (int column = 0; column < 3; column++) {
                NAME(store)(gradient + (row * 3 + column) * tap_pitch + k, y[column], terms - k);
            }
        }
    }
}

#undef LANES
#undef CHANNELS
#undef TARGET
#undef NAME
