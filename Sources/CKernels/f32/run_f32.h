/* The convolution of pixels that lie evenly, a part of kernels_f32.h; and of what computes in bfloat16, where a pair of
 * numbers stands in the place of each float that is multiplied. Before it, the file defines vf_term, a sum and a term's
 * product or a pair's two, and in the latter case TERMS_ARE_PAIRS and vf_store_pairs: two vectors as pairs, each of a
 * number of the one and a number of the other. */

/* Pixels of a tile of one or two vectors of channels: as many sums as there are registers for. */
enum { NARROW_PIXELS = 12 };

/* A tile's pixels, some of which may not exist: for those stands the last that does. */
INLINE void multiply_part(
    vf sums[NARROW_PIXELS][TILE_VECTORS], const ck_run_f32 *run, const float *input, const float *weights,
    const float *ahead, const int32_t count, const int pixels, const int vectors) {
    const ptrdiff_t ahead_step = ahead ? CACHE_LINE_FLOATS : 0;
    if (!ahead) ahead = weights;
    const float *rows[NARROW_PIXELS];
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) rows[p] = p < count ? input + p * run->input_step : rows[p - 1];
    for (ptrdiff_t k = 0; k < run->channels; k++, weights += vectors * LANES, ahead += ahead_step) {
        __builtin_prefetch(ahead, 0, 2);
        vf w[TILE_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) w[v] = vf_load(weights + v * LANES);
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++) {
            vf x = vf_splat(rows[p][k]);
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) sums[p][v] = vf_term(x, w[v], sums[p][v]);
        }
    }
}

/* A whole tile's pixels. A pointer to each would not leave registers for anything else: of four, the three after the
 * first are found through the step and three times the step, and what those are the compiler must not know, or it goes
 * back to pointers. */
INLINE void multiply_whole(
    vf sums[NARROW_PIXELS][TILE_VECTORS], const ck_run_f32 *run, const float *input, const float *weights,
    const float *ahead, const int pixels, const int vectors) {
    ptrdiff_t step = run->input_step, triple = 3 * step;
    __asm__("" : "+r"(triple));
    const float *fours[(NARROW_PIXELS + 3) / 4];
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p += 4) {
        fours[p / 4] = input + p * step;
        __asm__("" : "+r"(fours[p / 4]));
    }
    for (ptrdiff_t k = run->channels; k > 0; k--, weights += vectors * LANES) {
        if (ahead) {
            __builtin_prefetch(ahead, 0, 2);
            ahead += CACHE_LINE_FLOATS;
        }
        vf w[TILE_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) w[v] = vf_load(weights + v * LANES);
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++) {
            vf x = vf_splat(fours[p / 4][p % 4 == 3 ? triple : p % 4 * step]);
            if (p % 4 == 3 || p == pixels - 1) fours[p / 4]++;
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) sums[p][v] = vf_term(x, w[v], sums[p][v]);
        }
    }
}

#if TILE_VECTORS > 2 && !defined(TERMS_ARE_PAIRS)
#define HAS_IMAGE_TILES
/* A window of 3×3 with a stride of 2 over an image of three channels, the first layer of networks for phones: a tap is
 * a row of the window. With one vector of output channels there would be a load for each product, more than there is
 * time for; but where columns are walked along, windows share them. The order of a sum's terms is the same. */
enum { IMAGE_ROW = 9, IMAGE_STEP = 6 };

INLINE void multiply_image(vf sums[NARROW_PIXELS][TILE_VECTORS], const float *input, const float *weights) {
    vf w[IMAGE_ROW];
#pragma clang loop unroll(full)
    for (int k = 0; k < IMAGE_ROW; k++) w[k] = vf_load(weights + k * LANES);
#pragma clang loop unroll(full)
    for (int i = 0; i < (NARROW_PIXELS - 1) * IMAGE_STEP + IMAGE_ROW; i++) {
        vf x = vf_splat(input[i]);
#pragma clang loop unroll(full)
        for (int p = 0; p < NARROW_PIXELS; p++) {
            const int k = i - p * IMAGE_STEP;
            if (k >= 0 && k < IMAGE_ROW) sums[p][0] = vf_fma(x, w[k], sums[p][0]);
        }
    }
}
#endif

/* How the pixels of a tile lie. */
typedef enum tile_kind { TILE_PART, TILE_WHOLE, TILE_IMAGE } tile_kind;

/* The `count` of a tile's pixels that exist. `ahead`: what is fetched meanwhile, a cache line with each term, or
 * null. `paired`: whether what is stored are pairs of pixels. */
INLINE void run_tile(
    const ck_run_f32 *run, const ptrdiff_t first, const int32_t count, const float *ahead, const int pixels,
    const int vectors, const tile_kind kind, const int paired) {
    vf sums[NARROW_PIXELS][TILE_VECTORS];
    const float *weights = run->packed;
    float *output = run->output + first * run->output_step;
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sums[p][v] = vf_load(weights + v * LANES);
    }
    weights += vectors * LANES;
    const ptrdiff_t size = (ptrdiff_t)run->channels * vectors * LANES;
    for (int32_t tap = 0; tap < run->taps; tap++, weights += size) {
        if (!run->inputs[tap]) continue;
        const float *input = run->inputs[tap] + first * run->input_step;
        const float *fetched = ahead ? ahead + tap * run->channels * CACHE_LINE_FLOATS : NULL;
#if defined(HAS_IMAGE_TILES)
        if (kind == TILE_IMAGE) {
            multiply_image(sums, input, weights);
            continue;
        }
#endif
        if (kind == TILE_WHOLE) {
            multiply_whole(sums, run, input, weights, fetched, pixels, vectors);
        } else {
            multiply_part(sums, run, input, weights, fetched, count, pixels, vectors);
        }
    }

#define FOR_SUMS(statement)                                                                                            \
    do {                                                                                                               \
        _Pragma("clang loop unroll(full)") for (int p = 0; p < pixels; p++) {                                          \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++) {                                     \
                if (p < count) {                                                                                       \
                    statement;                                                                                         \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    } while (0)
    const int32_t last = run->columns - (vectors - 1) * LANES; /* channels of the last vector */
    if (run->residual) {
        const float *residual = run->residual + first * run->residual_step;
        FOR_SUMS(const float *from = residual + p * run->residual_step + v * LANES;
                 sums[p][v] = sums[p][v] + (v < vectors - 1 || last >= LANES ? vf_load(from) : vf_load_n(from, last)));
    }
    switch (run->activation) {
    case CK_ACTIVATION_NONE: break;
    case CK_ACTIVATION_RELU: FOR_SUMS(sums[p][v] = vf_max(sums[p][v], vf_splat(0))); break;
    case CK_ACTIVATION_RELU6: FOR_SUMS(sums[p][v] = vf_relu6(sums[p][v])); break;
    case CK_ACTIVATION_HARD_SWISH: FOR_SUMS(sums[p][v] = vf_activate(CK_ACTIVATION_HARD_SWISH, sums[p][v])); break;
    default: {
        float spilled[NARROW_PIXELS * TILE_VECTORS * LANES];
        FOR_SUMS(vf_store(spilled + (p * vectors + v) * LANES, sums[p][v]));
        activate_sums(run->activation, spilled, pixels * vectors * LANES);
        FOR_SUMS(sums[p][v] = vf_load(spilled + (p * vectors + v) * LANES));
    }
    }
#if defined(TERMS_ARE_PAIRS)
    if (paired) {
        float *pairs = run->output + first / 2 * run->output_step;
        FOR_SUMS(if (p % 2 == 0)
                     vf_store_pairs(pairs + p / 2 * run->output_step + v * LANES, sums[p][v], sums[p + 1][v]));
        return;
    }
#else
    (void)paired;
#endif
    if (last >= LANES) {
        FOR_SUMS(vf_store(output + p * run->output_step + v * LANES, sums[p][v]));
    } else {
        FOR_SUMS(float *to = output + p * run->output_step + v * LANES; if (v < vectors - 1) vf_store(to, sums[p][v]);
                 else vf_store_n(to, sums[p][v], last));
    }
#undef FOR_SUMS
}

/* All pixels of a run: whole tiles, then what is left in the smallest that hold it.
 *
 * What is needed next comes from the third-level cache at best: a line of it is fetched with each term of the first
 * tiles. More at once keep these from their own weights. */
INLINE void convolution_run_of(
    const ck_run_f32 *all, const int pixels, const int vectors, const tile_kind kind, const int paired) {
    const ck_run_f32 run = *all;
    const ptrdiff_t fetched = (ptrdiff_t)run.taps * run.channels * CACHE_LINE_FLOATS;
    const float *ahead = run.ahead;
    int32_t first = 0, left, lines = ahead ? vectors * LANES : 0;
    for (; lines > 0 && first + pixels <= run.count; first += pixels, lines -= CACHE_LINE_FLOATS, ahead += fetched) {
        run_tile(&run, first, pixels, ahead, pixels, vectors, kind, paired);
    }
    for (; first + pixels <= run.count; first += pixels)
        run_tile(&run, first, pixels, NULL, pixels, vectors, kind, paired);
    if (lines <= 0) ahead = NULL;
    for (int32_t done; (left = run.count - first) > 0; first += done) {
        if (left > 4 && left > pixels - 4) {
            run_tile(&run, first, done = left, ahead, pixels, vectors, TILE_PART, paired);
        } else if (left > 2) {
            run_tile(&run, first, done = left < 4 ? left : 4, ahead, 4, vectors, TILE_PART, paired);
        } else if (left == 2) {
            run_tile(&run, first, done = 2, ahead, 2, vectors, TILE_PART, paired);
        } else {
            run_tile(&run, first, done = 1, ahead, 1, vectors, TILE_PART, paired);
        }
    }
}

INLINE void convolution_run_stored(const ck_run_f32 *run, const int paired) {
#if defined(HAS_IMAGE_TILES)
    if (run->vectors == 1 && run->channels == IMAGE_ROW && run->input_step == IMAGE_STEP) {
        convolution_run_of(run, NARROW_PIXELS, 1, TILE_IMAGE, paired);
        return;
    }
#endif
#if TILE_VECTORS > 2
    if (run->vectors == 1) convolution_run_of(run, NARROW_PIXELS, 1, TILE_WHOLE, paired);
    if (run->vectors == 2) convolution_run_of(run, NARROW_PIXELS, 2, TILE_WHOLE, paired);
    if (run->vectors == 3) convolution_run_of(run, TILE_PIXELS, 3, TILE_WHOLE, paired);
#else
    if (run->vectors == 1) convolution_run_of(run, NARROW_PIXELS, 1, TILE_WHOLE, paired);
    if (run->vectors == 2) convolution_run_of(run, TILE_PIXELS, 2, TILE_WHOLE, paired);
#endif
}

KERNEL void convolution_run(const ck_run_f32 *run) { convolution_run_stored(run, 0); }

enum { PREFETCH_FLOATS = 1024 };

/* One pixel is a matrix times a vector: several sums a channel, since one is done only when the sum before it is. */
INLINE void convolution_pixel_of(const ck_run_f32 *run, const int vectors) {
    enum { CHAINS = 4 };
    vf sums[CHAINS][TILE_VECTORS];
    const float *weights = run->packed + vectors * LANES, *input = run->inputs[0];
    const ptrdiff_t width = vectors * LANES;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        sums[0][v] = vf_load(run->packed + v * LANES);
        sums[1][v] = sums[2][v] = sums[3][v] = vf_splat(0);
    }
    ptrdiff_t k = 0;
    for (; k + CHAINS <= run->channels; k += CHAINS, weights += CHAINS * width) {
#pragma clang loop unroll(full)
        for (int chain = 0; chain < CHAINS; chain++) {
            vf x = vf_splat(input[k + chain]);
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) {
                const float *from = weights + chain * width + v * LANES;
                __builtin_prefetch(from + PREFETCH_FLOATS);
                sums[chain][v] = vf_term(x, vf_load(from), sums[chain][v]);
            }
        }
    }
    for (; k < run->channels; k++, weights += width) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            sums[0][v] = vf_term(vf_splat(input[k]), vf_load(weights + v * LANES), sums[0][v]);
        }
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        int32_t n = run->columns - v * LANES;
        if (n > LANES) n = LANES;
        vf sum = (sums[0][v] + sums[1][v]) + (sums[2][v] + sums[3][v]);
        if (run->residual) sum = sum + vf_load_n(run->residual + v * LANES, n);
        vf_store_n(run->output + v * LANES, vf_activate(run->activation, sum), n);
    }
}

KERNEL void convolution_pixel(const ck_run_f32 *run) {
    if (run->vectors == 1) convolution_pixel_of(run, 1);
    if (run->vectors == 2) convolution_pixel_of(run, 2);
#if TILE_VECTORS > 2
    if (run->vectors == 3) convolution_pixel_of(run, 3);
#endif
}
