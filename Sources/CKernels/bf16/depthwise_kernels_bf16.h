/* The bfloat16 depthwise convolution, a part of avx512_bf16.c: a vector of channels at a time, for several neighbours
 * of a row together. Each pair of columns is loaded once a kernel row and goes into every sum whose window it is in. */

enum { SEGMENT = 8, MOST_PAIRS = 3 };

INLINE void finish_segment(
    const ck_depthwise_band_bf16 *band, vf *sums, const int count, uint8_t *output, const float *residual, int32_t c) {
#define FOR_SUMS(statement)                                                                                            \
    do {                                                                                                               \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++) { statement; }                              \
    } while (0)
    const int32_t left = band->shape->output_channels - c, n = left < LANES ? left : LANES;
    if (residual) FOR_SUMS(sums[i] = sums[i] + vf_load_n(residual + i * band->residual_step + c, n));
    switch (band->activation) {
    case CK_ACTIVATION_NONE: break;
    case CK_ACTIVATION_RELU: FOR_SUMS(sums[i] = vf_max(sums[i], vf_splat(0))); break;
    case CK_ACTIVATION_RELU6: FOR_SUMS(sums[i] = vf_relu6(sums[i])); break;
    case CK_ACTIVATION_HARD_SWISH: FOR_SUMS(sums[i] = vf_activate(CK_ACTIVATION_HARD_SWISH, sums[i])); break;
    default: {
        float spilled[SEGMENT * LANES];
        FOR_SUMS(vf_store(spilled + i * LANES, sums[i]));
        activate_sums(band->activation, spilled, count * LANES);
        FOR_SUMS(sums[i] = vf_load(spilled + i * LANES));
    }
    }
    if (band->rounds) {
        output += c * (ptrdiff_t)sizeof(uint16_t);
        FOR_SUMS(
            _mm256_storeu_si256((__m256i *)(output + i * band->output_step), (__m256i)_mm512_cvtneps_pbh(sums[i])));
    } else {
        output += c * (ptrdiff_t)sizeof(float);
        FOR_SUMS(vf_store_n((float *)(output + i * band->output_step), sums[i], n));
    }
#undef FOR_SUMS
}

/* The pixels from x on, which is even, of output row `index`. `edge`: whether windows may hang over an edge. */
INLINE void pairs_segment(
    const ck_depthwise_band_bf16 *band, int32_t index, int32_t x, int32_t c, const int count, const int width,
    const int stride, const int edge) {
    const int padding = width / 2, odd = padding % 2, window_pairs = (width + 1) / 2;
    const int pairs = ((odd + (count - 1) * stride + width - 1) >> 1) + 1;
    const ck_convolution_shape *shape = band->shape;
    const ptrdiff_t padded = (shape->output_channels + LANES - 1) / LANES * LANES;
    const int32_t first = (x * stride - padding) >> 1, row_pairs = shape->input_width / 2;
    const float *weights = band->packed + padded + c;
    const float *const *rows = band->rows + (ptrdiff_t)index * shape->kernel_height;
    vf sums[SEGMENT], bias = vf_load(band->packed + c);
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++) sums[i] = bias;
    for (int32_t ky = 0; ky < shape->kernel_height; ky++, weights += 2 * window_pairs * padded) {
        if (!rows[ky]) continue;
        const float *from = rows[ky] + first * band->step + c;
        vf w[2][MOST_PAIRS];
#pragma clang loop unroll(full)
        for (int parity = 0; parity < 2; parity++) {
            if (stride == 2 && parity != odd) continue;
#pragma clang loop unroll(full)
            for (int t = 0; t < window_pairs; t++)
                w[parity][t] = vf_load(weights + (parity * window_pairs + t) * padded);
        }
#pragma clang loop unroll(full)
        for (int q = 0; q < pairs; q++) {
            if (edge && (uint32_t)(first + q) >= (uint32_t)row_pairs) continue;
            vf value = vf_load(from + q * band->step);
#pragma clang loop unroll(full)
            for (int i = 0; i < count; i++) {
                const int begin = odd + i * stride, t = q - (begin >> 1);
                if (t >= 0 && t < window_pairs) sums[i] = vf_term(value, w[begin & 1][t], sums[i]);
            }
        }
    }
    uint8_t *output = band->output + index * band->output_row_step + x * band->output_step;
    const float *residual = band->residual;
    if (residual) residual += index * band->residual_row_step + x * band->residual_step;
    finish_segment(band, sums, count, output, residual, c);
}

INLINE void pairs_row(const ck_depthwise_band_bf16 *band, int32_t index, int32_t c, const int width, const int stride) {
    const ck_convolution_shape *shape = band->shape;
    const int32_t end = shape->output_width;
    int32_t x = 0;
    for (; x + SEGMENT <= end; x += SEGMENT) {
        int32_t left = x * stride - width / 2, right = left + (SEGMENT - 1) * stride + width;
        if (left >= 0 && right <= shape->input_width) {
            pairs_segment(band, index, x, c, SEGMENT, width, stride, 0);
        } else {
            pairs_segment(band, index, x, c, SEGMENT, width, stride, 1);
        }
    }
    if (x + 4 <= end) {
        pairs_segment(band, index, x, c, 4, width, stride, 1);
        x += 4;
    }
    if (x + 2 <= end) {
        pairs_segment(band, index, x, c, 2, width, stride, 1);
        x += 2;
    }
    if (x < end) pairs_segment(band, index, x, c, 1, width, stride, 1);
}

/* A vector of channels over all rows after the other, so that a row is in the first-level cache when the window moves
 * down. */
INLINE void pairs_band(const ck_depthwise_band_bf16 *band, const int width, const int stride) {
    for (int32_t c = 0; c < band->shape->output_channels; c += LANES) {
        for (int32_t index = 0; index < band->row_count; index++) pairs_row(band, index, c, width, stride);
    }
}

KERNEL void pairs_3_1(const ck_depthwise_band_bf16 *band) { pairs_band(band, 3, 1); }
KERNEL void pairs_3_2(const ck_depthwise_band_bf16 *band) { pairs_band(band, 3, 2); }
KERNEL void pairs_5_1(const ck_depthwise_band_bf16 *band) { pairs_band(band, 5, 1); }
KERNEL void pairs_5_2(const ck_depthwise_band_bf16 *band) { pairs_band(band, 5, 2); }

static void depthwise(const ck_depthwise_band_bf16 *band) {
    int is_wide = band->shape->kernel_width == 5;
    if (band->shape->stride_x == 1) {
        (is_wide ? pairs_5_1 : pairs_3_1)(band);
    } else {
        (is_wide ? pairs_5_2 : pairs_3_2)(band);
    }
}
