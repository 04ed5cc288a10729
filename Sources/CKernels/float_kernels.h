/* The fp32 micro-kernels, written once over a vector of LANES floats and included by each instruction set's file.
 *
 * Before it, the file defines LANES, TILE_PIXELS, TILE_VECTORS, TARGET (the function attribute that allows the
 * instructions), TABLE (the table's name), INLINE, and over its vector type `vf`: vf_splat, vf_load, vf_store,
 * vf_load_n and vf_store_n (the first n lanes only, touching no memory past them; the rest reads as 0), vf_first (lanes
 * below n of one vector, the others of another), vf_max and vf_min (the second operand where the first is NaN), vf_fma,
 * vf_trunc, vf_round (to the nearest integer), vf_scale (by a power of two), vf_sum, vf_largest,
 * vf_at_least (bit i: lane i of the first is no less than that of the second), vf_store_bytes.
 */
#include <math.h>

#include "kernels.h"
#include "peak.h"

#define KERNEL static TARGET

/* ---- Functions of one variable --------------------------------------------------------------------------------- */

/* e^x with a relative error near 1e-7: Cephes' polynomial on ±ln 2 / 2. Clamped to where the result is a normal float,
 * so that infinities and NaN give finite results. */
INLINE vf vf_exp(vf x) {
    x = vf_min(vf_max(x, vf_splat(-86.6f)), vf_splat(88.3f));
    vf n = vf_round(x * vf_splat(1.44269504088896341f));
    vf r = vf_fma(n, vf_splat(-0.693359375f), x);
    r = vf_fma(n, vf_splat(2.12194440e-4f), r);
    vf p = vf_splat(1.9875691500e-4f);
    p = vf_fma(p, r, vf_splat(1.3981999507e-3f));
    p = vf_fma(p, r, vf_splat(8.3334519073e-3f));
    p = vf_fma(p, r, vf_splat(4.1665795894e-2f));
    p = vf_fma(p, r, vf_splat(1.6666665459e-1f));
    p = vf_fma(p, r, vf_splat(5.0000001201e-1f));
    p = vf_fma(p, r * r, r + vf_splat(1));
    return vf_scale(p, n);
}

INLINE vf vf_relu6(vf x) { return vf_min(vf_max(x, vf_splat(0)), vf_splat(6)); }

INLINE vf vf_activate(ck_activation activation, vf x) {
    const vf three = vf_splat(3), sixth = vf_splat(1.0f / 6);
    switch (activation) {
    case CK_ACTIVATION_NONE: return x;
    case CK_ACTIVATION_RELU: return vf_max(x, vf_splat(0));
    case CK_ACTIVATION_RELU6: return vf_relu6(x);
    case CK_ACTIVATION_HARD_SWISH:
        return x * vf_min(vf_max(vf_fma(x, sixth, vf_splat(0.5f)), vf_splat(0)), vf_splat(1));
    case CK_ACTIVATION_HARD_SIGMOID: return vf_relu6(x + three) * sixth;
    case CK_ACTIVATION_SIGMOID: return vf_splat(1) / (vf_splat(1) + vf_exp(vf_splat(0) - x));
    }
    return x;
}

/* ---- Convolution ----------------------------------------------------------------------------------------------- */

/* Residuals and the curved activations, apart from the tile so that its many instances stay small. */
KERNEL __attribute__((noinline)) void finish_tile(const ck_tile_f32 *tile, const float *sums) {
    for (int32_t p = 0; p < tile->count; p++, sums += tile->vectors * LANES) {
        for (int32_t c = 0; c < tile->columns; c += LANES) {
            int32_t n = tile->columns - c < LANES ? tile->columns - c : LANES;
            vf x = vf_load(sums + c);
            if (tile->residuals) x = x + vf_load_n(tile->residuals[p] + tile->first_channel + c, n);
            vf_store_n(tile->outputs[p] + tile->first_channel + c, vf_activate(tile->activation, x), n);
        }
    }
}

enum { PREFETCH_TERMS = 8, CACHE_LINE_FLOATS = 16, PREFETCH_FLOATS = 1024 };

INLINE void convolution_tile_of(const ck_tile_f32 *tile, const int pixels, const int vectors) {
    vf sums[TILE_PIXELS][TILE_VECTORS];
    const float *weights = tile->packed;
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sums[p][v] = vf_load(weights + v * LANES);
    }
    weights += vectors * LANES;
    const float *ahead = tile->ahead;
    for (int32_t tap = 0; tap < tile->taps; tap++) {
        const float *rows[TILE_PIXELS];
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++) rows[p] = tile->rows[(size_t)tap * TILE_PIXELS + (size_t)p];
        for (ptrdiff_t k = 0; k < tile->channels; k++, weights += vectors * LANES, ahead += CACHE_LINE_FLOATS) {
            __builtin_prefetch(ahead, 0, 2);
            vf w[TILE_VECTORS];
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) {
                /* The weights come from the second-level cache at best, in one long row. */
                __builtin_prefetch(weights + (PREFETCH_TERMS * vectors + v) * LANES);
                w[v] = vf_load(weights + v * LANES);
            }
#pragma clang loop unroll(full)
            for (int p = 0; p < pixels; p++) {
                vf x = vf_splat(rows[p][k]);
#pragma clang loop unroll(full)
                for (int v = 0; v < vectors; v++) sums[p][v] = vf_fma(x, w[v], sums[p][v]);
            }
        }
    }
    if (tile->residuals || tile->activation > CK_ACTIVATION_RELU6) {
        float spilled[TILE_PIXELS * TILE_VECTORS * LANES];
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++) {
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) vf_store(spilled + (p * vectors + v) * LANES, sums[p][v]);
        }
        finish_tile(tile, spilled);
        return;
    }
    float low, high;
    ck_activation_range(tile->activation, &low, &high);
    vf least = vf_splat(low), most = vf_splat(high);
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) {
        if (p >= tile->count) break;
        float *out = tile->outputs[p] + tile->first_channel;
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            vf x = vf_min(vf_max(sums[p][v], least), most);
            int32_t n = tile->columns - v * LANES;
            if (n >= LANES) {
                vf_store(out + v * LANES, x);
            } else if (n > 0) {
                vf_store_n(out + v * LANES, x, n);
            }
        }
    }
}

#define TILE_OF(pixels, vectors)                                                                                       \
    KERNEL void tile_##pixels##_##vectors(const ck_tile_f32 *tile) {                                                   \
        convolution_tile_of(tile, pixels < TILE_PIXELS ? pixels : TILE_PIXELS, vectors);                               \
    }
#define TILES_OF(vectors) TILE_OF(1, vectors) TILE_OF(2, vectors) TILE_OF(4, vectors) TILE_OF(8, vectors)
TILES_OF(1)
TILES_OF(2)
#if TILE_VECTORS > 2
TILES_OF(3)
#endif

KERNEL void convolution_tile(const ck_tile_f32 *tile) {
#define TILES(vectors) {tile_1_##vectors, tile_2_##vectors, tile_4_##vectors, tile_8_##vectors}
    static void (*const tiles[TILE_VECTORS][4])(const ck_tile_f32 *) = {
        TILES(1),
        TILES(2),
#if TILE_VECTORS > 2
        TILES(3),
#endif
    };
    int size = tile->count > 4 ? 3 : tile->count > 2 ? 2 : tile->count - 1;
    tiles[tile->vectors - 1][size](tile);
}

/* ---- Convolution of evenly spaced pixels ------------------------------------------------------------------------ */

/* Pixels of a tile of one or two vectors of channels: as many sums as there are registers for. */
enum { NARROW_PIXELS = 12 };

/* Activations with a division, apart from the tiles so that their many instances stay small. */
KERNEL __attribute__((noinline)) void activate_sums(ck_activation activation, float *sums, int32_t count) {
    for (int32_t i = 0; i < count; i += LANES) vf_store(sums + i, vf_activate(activation, vf_load(sums + i)));
}

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
            for (int v = 0; v < vectors; v++) sums[p][v] = vf_fma(x, w[v], sums[p][v]);
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
            for (int v = 0; v < vectors; v++) sums[p][v] = vf_fma(x, w[v], sums[p][v]);
        }
    }
}

#if TILE_VECTORS > 2
/* A window of 3×3 with a stride of 2 over an image of three channels, the first layer of networks for phones: a tap is a
 * row of the window. With one vector of output channels there would be a load for each product, more than there is time
 * for; but where columns are walked along, windows share them. The order of a sum's terms is the same. */
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

/* The `count` of a tile's pixels that exist. `ahead`: what is fetched meanwhile, a cache line with each term, or null. */
INLINE void run_tile(
    const ck_run_f32 *run, const ptrdiff_t first, const int32_t count, const float *ahead, const int pixels,
    const int vectors, const tile_kind kind) {
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
#if TILE_VECTORS > 2
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
    case CK_ACTIVATION_HARD_SWISH:
        FOR_SUMS(sums[p][v] = vf_activate(CK_ACTIVATION_HARD_SWISH, sums[p][v]));
        break;
    default: {
        float spilled[NARROW_PIXELS * TILE_VECTORS * LANES];
        FOR_SUMS(vf_store(spilled + (p * vectors + v) * LANES, sums[p][v]));
        activate_sums(run->activation, spilled, pixels * vectors * LANES);
        FOR_SUMS(sums[p][v] = vf_load(spilled + (p * vectors + v) * LANES));
    }
    }
    if (last >= LANES) {
        FOR_SUMS(vf_store(output + p * run->output_step + v * LANES, sums[p][v]));
    } else {
        FOR_SUMS(float *to = output + p * run->output_step + v * LANES;
                 if (v < vectors - 1) vf_store(to, sums[p][v]); else vf_store_n(to, sums[p][v], last));
    }
#undef FOR_SUMS
}

/* All pixels of a run: whole tiles, then what is left in the smallest that hold it.
 *
 * What is needed next comes from the third-level cache at best: a line of it is fetched with each term of the first
 * tiles. More at once keep these from their own weights. */
INLINE void convolution_run_of(
    const ck_run_f32 *all, const int pixels, const int vectors, const tile_kind kind) {
    const ck_run_f32 run = *all;
    const ptrdiff_t fetched = (ptrdiff_t)run.taps * run.channels * CACHE_LINE_FLOATS;
    const float *ahead = run.ahead;
    int32_t first = 0, left, lines = ahead ? vectors * LANES : 0;
    for (; lines > 0 && first + pixels <= run.count; first += pixels, lines -= CACHE_LINE_FLOATS, ahead += fetched) {
        run_tile(&run, first, pixels, ahead, pixels, vectors, kind);
    }
    for (; first + pixels <= run.count; first += pixels) run_tile(&run, first, pixels, NULL, pixels, vectors, kind);
    if (lines <= 0) ahead = NULL;
    for (int32_t done; (left = run.count - first) > 0; first += done) {
        if (left > 4 && left > pixels - 4) {
            run_tile(&run, first, done = left, ahead, pixels, vectors, TILE_PART);
        } else if (left > 2) {
            run_tile(&run, first, done = left < 4 ? left : 4, ahead, 4, vectors, TILE_PART);
        } else if (left == 2) {
            run_tile(&run, first, done = 2, ahead, 2, vectors, TILE_PART);
        } else {
            run_tile(&run, first, done = 1, ahead, 1, vectors, TILE_PART);
        }
    }
}

KERNEL void convolution_run(const ck_run_f32 *run) {
#if TILE_VECTORS > 2
    if (run->vectors == 1 && run->channels == IMAGE_ROW && run->input_step == IMAGE_STEP) {
        convolution_run_of(run, NARROW_PIXELS, 1, TILE_IMAGE);
        return;
    }
    if (run->vectors == 1) convolution_run_of(run, NARROW_PIXELS, 1, TILE_WHOLE);
    if (run->vectors == 2) convolution_run_of(run, NARROW_PIXELS, 2, TILE_WHOLE);
    if (run->vectors == 3) convolution_run_of(run, TILE_PIXELS, 3, TILE_WHOLE);
#else
    if (run->vectors == 1) convolution_run_of(run, NARROW_PIXELS, 1, TILE_WHOLE);
    if (run->vectors == 2) convolution_run_of(run, TILE_PIXELS, 2, TILE_WHOLE);
#endif
}

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
                sums[chain][v] = vf_fma(x, vf_load(from), sums[chain][v]);
            }
        }
    }
    for (; k < run->channels; k++, weights += width) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            sums[0][v] = vf_fma(vf_splat(input[k]), vf_load(weights + v * LANES), sums[0][v]);
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

#include "depthwise_kernels.h"
#include "winograd_kernels.h"
#include "score_kernels.h"

/* ---- Pooling --------------------------------------------------------------------------------------------------- */

KERNEL void max_window(const ck_window *window, float *out, int32_t channels) {
    for (int32_t c = 0; c < channels; c += LANES) {
        int32_t n = channels - c < LANES ? channels - c : LANES;
        const float *base = (const float *)window->base + c;
        vf best = vf_splat(-INFINITY);
        for (int32_t y = 0; y < window->rows; y++) {
            for (int32_t x = 0; x < window->columns; x++) {
                const float *pixel = base + y * window->row_step + x * window->pixel_step;
                best = vf_max(n == LANES ? vf_load(pixel) : vf_load_n(pixel, n), best);
            }
        }
        vf_store_n(out + c, best, n);
    }
}

/* Some vectors of channels side by side: a sum of one is done only when the sum before it is. */
INLINE void average_of(
    const ck_window *window, float divisor, float *out, int32_t c, int32_t n, const int vectors, const int full) {
    const float *base = (const float *)window->base + c;
    vf sums[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[v] = vf_splat(0);
    for (int32_t y = 0; y < window->rows; y++) {
        for (int32_t x = 0; x < window->columns; x++) {
            const float *pixel = base + y * window->row_step + x * window->pixel_step;
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) sums[v] = sums[v] + load_lanes(pixel + v * LANES, n, full);
        }
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) vf_store_n(out + c + v * LANES, sums[v] / vf_splat(divisor), n);
}

KERNEL void average_window(const ck_window *window, float divisor, float *out, int32_t channels) {
    int32_t c = 0;
    for (; c + 4 * LANES <= channels; c += 4 * LANES) average_of(window, divisor, out, c, LANES, 4, 1);
    for (; c + LANES <= channels; c += LANES) average_of(window, divisor, out, c, LANES, 1, 1);
    if (c < channels) average_of(window, divisor, out, c, channels - c, 1, 0);
}

/* ---- Element-wise ---------------------------------------------------------------------------------------------- */

/* The vectors of a row of `count` floats: full ones, then what is left. */
#define FOR_VECTORS(count, full, rest)                                                                                 \
    do {                                                                                                               \
        size_t i = 0;                                                                                                  \
        for (; i + LANES <= (count); i += LANES) full;                                                                 \
        int32_t n = (int32_t)((count) - i);                                                                            \
        if (n > 0) rest;                                                                                               \
    } while (0)

INLINE void activate_all(const ck_activation activation, const float *in, float *out, size_t count) {
    FOR_VECTORS(
        count, vf_store(out + i, vf_activate(activation, vf_load(in + i))),
        vf_store_n(out + i, vf_activate(activation, vf_load_n(in + i, n)), n));
}

KERNEL void activation(ck_activation activation, const float *in, float *out, size_t count) {
    switch (activation) {
    case CK_ACTIVATION_NONE: activate_all(CK_ACTIVATION_NONE, in, out, count); break;
    case CK_ACTIVATION_RELU: activate_all(CK_ACTIVATION_RELU, in, out, count); break;
    case CK_ACTIVATION_RELU6: activate_all(CK_ACTIVATION_RELU6, in, out, count); break;
    case CK_ACTIVATION_HARD_SWISH: activate_all(CK_ACTIVATION_HARD_SWISH, in, out, count); break;
    case CK_ACTIVATION_HARD_SIGMOID: activate_all(CK_ACTIVATION_HARD_SIGMOID, in, out, count); break;
    case CK_ACTIVATION_SIGMOID: activate_all(CK_ACTIVATION_SIGMOID, in, out, count); break;
    }
}

KERNEL void add(ck_activation activation, const float *a, const float *b, float *out, size_t count) {
    FOR_VECTORS(
        count, vf_store(out + i, vf_activate(activation, vf_load(a + i) + vf_load(b + i))),
        vf_store_n(out + i, vf_activate(activation, vf_load_n(a + i, n) + vf_load_n(b + i, n)), n));
}

KERNEL void multiply(const float *a, const float *b, float *out, size_t count) {
    FOR_VECTORS(
        count, vf_store(out + i, vf_load(a + i) * vf_load(b + i)),
        vf_store_n(out + i, vf_load_n(a + i, n) * vf_load_n(b + i, n), n));
}

KERNEL void l2_normalize(const float *in, const float *scale, float epsilon, float *out, size_t channels) {
    vf squares = vf_splat(0);
    FOR_VECTORS(
        channels, squares = vf_fma(vf_load(in + i), vf_load(in + i), squares),
        squares = vf_fma(vf_load_n(in + i, n), vf_load_n(in + i, n), squares));
    vf factor = vf_splat(1 / sqrtf(vf_sum(squares) + epsilon));
    FOR_VECTORS(
        channels, vf_store(out + i, vf_load(scale + i) * (vf_load(in + i) * factor)),
        vf_store_n(out + i, vf_load_n(scale + i, n) * (vf_load_n(in + i, n) * factor), n));
}

KERNEL void softmax(const float *in, float *out, size_t columns) {
    vf most = vf_splat(-INFINITY);
    FOR_VECTORS(
        columns, most = vf_max(vf_load(in + i), most),
        most = vf_first(n, vf_max(vf_load_n(in + i, n), most), most));
    vf shift = vf_splat(vf_largest(most)), sum = vf_splat(0);
    FOR_VECTORS(
        columns,
        {
            vf e = vf_exp(vf_load(in + i) - shift);
            vf_store(out + i, e);
            sum = sum + e;
        },
        {
            vf e = vf_exp(vf_load_n(in + i, n) - shift);
            vf_store_n(out + i, e, n);
            sum = sum + vf_first(n, e, vf_splat(0));
        });
    vf factor = vf_splat(1 / vf_sum(sum));
    FOR_VECTORS(
        columns, vf_store(out + i, vf_load(out + i) * factor),
        vf_store_n(out + i, vf_load_n(out + i, n) * factor, n));
}

INLINE vf quantized(vf x, float scale, float zero_point) {
    x = x / vf_splat(scale);
    x = vf_min(vf_max(x, vf_splat(-1024)), vf_splat(1024));
    /* Half away from zero: the fraction is exact, and twice a half or more is one or more. */
    vf whole = vf_trunc(x), rest = x - whole;
    x = whole + vf_trunc(rest + rest) + vf_splat(zero_point);
    return vf_min(vf_max(x, vf_splat(0)), vf_splat(255));
}

KERNEL void quantize(float scale, int32_t zero_point, const float *in, uint8_t *out, size_t count) {
    FOR_VECTORS(
        count, vf_store_bytes(out + i, quantized(vf_load(in + i), scale, (float)zero_point), LANES),
        vf_store_bytes(out + i, quantized(vf_load_n(in + i, n), scale, (float)zero_point), n));
}

/* ---- Ceiling --------------------------------------------------------------------------------------------------- */

enum { PEAK_SUMS = TILE_PIXELS * TILE_VECTORS };

KERNEL void peak_loop(int64_t rounds) {
    volatile float factor = 0.5f, term = 1;
    vf a = vf_splat(factor), b = vf_splat(term), sums[PEAK_SUMS];
#pragma clang loop unroll(full)
    for (int i = 0; i < PEAK_SUMS; i++) sums[i] = a;
    for (int64_t round = 0; round < rounds; round++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < PEAK_SUMS; i++) sums[i] = vf_fma(sums[i], a, b);
    }
#pragma clang loop unroll(full)
    for (int i = 1; i < PEAK_SUMS; i++) sums[0] = sums[0] + sums[i];
    term = vf_sum(sums[0]);
}

static double measure_peak(void) { return ck_peak(peak_loop, 2.0 * PEAK_SUMS * LANES); }

const ck_f32_kernels TABLE = {
    .lanes = LANES,
    .tile_pixels = TILE_PIXELS,
    .tile_vectors = TILE_VECTORS,
    .convolution_tile = convolution_tile,
    .convolution_run = convolution_run,
    .convolution_pixel = convolution_pixel,
    .winograd_input = winograd_input,
    .winograd_output = winograd_output,
    .depthwise_strip = depthwise_strip,
    .max_window = max_window,
    .average_window = average_window,
    .activation = activation,
    .add = add,
    .multiply = multiply,
    .l2_normalize = l2_normalize,
    .softmax = softmax,
    .softmax_candidates = softmax_candidates,
    .quantize = quantize,
    .measure_peak = measure_peak,
};
