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
    case CK_ACTIVATION_HARD_SWISH: return x * vf_relu6(x + three) * sixth;
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

enum { PREFETCH_TERMS = 8, CACHE_LINE_FLOATS = 16 };

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

#include "winograd_kernels.h"
#include "score_kernels.h"

/* ---- Depthwise ------------------------------------------------------------------------------------------------- */

INLINE vf load_lanes(const float *from, int32_t n, const int full) { return full ? vf_load(from) : vf_load_n(from, n); }

INLINE void finish_depthwise(const ck_row_f32 *row, int32_t x, int32_t c, vf sum, int32_t n, const int full) {
    ptrdiff_t pixel = x - row->x_begin;
    if (row->residual) sum = sum + load_lanes(row->residual + pixel * row->residual_stride + c, n, full);
    sum = vf_activate(row->activation, sum);
    float *out = row->output + pixel * row->output_stride + c;
    if (full) {
        vf_store(out, sum);
    } else {
        vf_store_n(out, sum, n);
    }
}

/* One vector of channels of a 3×3 window: its columns move along the row, so that each is loaded once a row. */
INLINE void depthwise_3x3(const ck_row_f32 *row, int32_t c, int32_t n, const int stride, const int full) {
    const ck_convolution_shape *shape = row->shape;
    ptrdiff_t padded = (shape->output_channels + LANES - 1) / LANES * LANES;
    const float *packed = row->packed + c;
    const float *top = row->rows[0] + c, *middle = row->rows[1] + c, *bottom = row->rows[2] + c;
    ptrdiff_t top_step = row->steps[0], middle_step = row->steps[1], bottom_step = row->steps[2];
    uint32_t width = (uint32_t)shape->input_width;
    vf bias = vf_load(packed), weights[9];
#pragma clang loop unroll(full)
    for (int tap = 0; tap < 9; tap++) weights[tap] = vf_load(packed + (tap + 1) * padded);

    const vf zero = vf_splat(0);
    vf columns[3][3] = {{zero, zero, zero}, {zero, zero, zero}, {zero, zero, zero}};
    ptrdiff_t left = (ptrdiff_t)row->x_begin * stride - shape->padding_left;
#define LOAD_COLUMN(column, at)                                                                                        \
    do {                                                                                                               \
        ptrdiff_t from = (at);                                                                                         \
        int inside = from >= 0 && from < (ptrdiff_t)width;                                                             \
        columns[column][0] = inside ? load_lanes(top + from * top_step, n, full) : zero;                               \
        columns[column][1] = inside ? load_lanes(middle + from * middle_step, n, full) : zero;                         \
        columns[column][2] = inside ? load_lanes(bottom + from * bottom_step, n, full) : zero;                         \
    } while (0)
#define MOVE_COLUMN(to, from)                                                                                          \
    do {                                                                                                               \
        columns[to][0] = columns[from][0];                                                                             \
        columns[to][1] = columns[from][1];                                                                             \
        columns[to][2] = columns[from][2];                                                                             \
    } while (0)
    LOAD_COLUMN(0, left);
    if (stride == 1) LOAD_COLUMN(1, left + 1);
    for (int32_t x = row->x_begin; x < row->x_end; x++, left += stride) {
        if (stride != 1) LOAD_COLUMN(1, left + 1);
        LOAD_COLUMN(2, left + 2);
        vf sum = bias;
#pragma clang loop unroll(full)
        for (int column = 0; column < 3; column++) {
#pragma clang loop unroll(full)
            for (int y = 0; y < 3; y++) sum = vf_fma(columns[column][y], weights[3 * y + column], sum);
        }
        finish_depthwise(row, x, c, sum, n, full);
        if (stride == 1) {
            MOVE_COLUMN(0, 1);
            MOVE_COLUMN(1, 2);
        } else {
            MOVE_COLUMN(0, 2);
        }
    }
#undef LOAD_COLUMN
#undef MOVE_COLUMN
}

/* Any window: `vectors` vectors of channels at a time, so that a tap's address is worked out once for all of them. */
INLINE void depthwise_any(const ck_row_f32 *row, int32_t c, int32_t n, const int vectors, const int full) {
    const ck_convolution_shape *shape = row->shape;
    ptrdiff_t padded = (shape->output_channels + LANES - 1) / LANES * LANES;
    for (int32_t x = row->x_begin; x < row->x_end; x++) {
        const float *packed = row->packed + c;
        vf sums[4];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sums[v] = vf_load(packed + v * LANES);
        packed += padded;
        for (int32_t ky = 0; ky < shape->kernel_height; ky++) {
            int32_t from = x * shape->stride_x - shape->padding_left;
            for (int32_t kx = 0; kx < shape->kernel_width; kx++, packed += padded, from += shape->dilation_x) {
                if (from < 0 || from >= shape->input_width) continue;
                const float *pixel = row->rows[ky] + from * row->steps[ky] + c;
#pragma clang loop unroll(full)
                for (int v = 0; v < vectors; v++) {
                    vf value = load_lanes(pixel + v * LANES, n, full);
                    sums[v] = vf_fma(value, vf_load(packed + v * LANES), sums[v]);
                }
            }
        }
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) finish_depthwise(row, x, c + v * LANES, sums[v], n, full);
    }
}

KERNEL void depthwise_row(const ck_row_f32 *row) {
    const ck_convolution_shape *shape = row->shape;
    int is_3x3 = shape->kernel_height == 3 && shape->kernel_width == 3 && shape->dilation_x == 1;
    int32_t channels = shape->output_channels, c = 0, stride = is_3x3 ? shape->stride_x : 0;
    if (stride == 1) {
        for (; c + LANES <= channels; c += LANES) depthwise_3x3(row, c, LANES, 1, 1);
        if (c < channels) depthwise_3x3(row, c, channels - c, 1, 0);
    } else if (stride == 2) {
        for (; c + LANES <= channels; c += LANES) depthwise_3x3(row, c, LANES, 2, 1);
        if (c < channels) depthwise_3x3(row, c, channels - c, 2, 0);
    } else {
        for (; c + 4 * LANES <= channels; c += 4 * LANES) depthwise_any(row, c, LANES, 4, 1);
        for (; c + LANES <= channels; c += LANES) depthwise_any(row, c, LANES, 1, 1);
        if (c < channels) depthwise_any(row, c, channels - c, 1, 0);
    }
}

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

KERNEL void average_window(const ck_window *window, float divisor, float *out, int32_t channels) {
    for (int32_t c = 0; c < channels; c += LANES) {
        int32_t n = channels - c < LANES ? channels - c : LANES;
        const float *base = (const float *)window->base + c;
        vf sum = vf_splat(0);
        for (int32_t y = 0; y < window->rows; y++) {
            for (int32_t x = 0; x < window->columns; x++) {
                const float *pixel = base + y * window->row_step + x * window->pixel_step;
                sum = sum + (n == LANES ? vf_load(pixel) : vf_load_n(pixel, n));
            }
        }
        vf_store_n(out + c, sum / vf_splat(divisor), n);
    }
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
    .winograd_input = winograd_input,
    .winograd_output = winograd_output,
    .depthwise_row = depthwise_row,
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
