/* The element-wise functions and those over rows: a loop over pixels at most, then the instruction set's own. */
#include "shared/kernels.h"

void ck_activation_f32(ck_isa isa, ck_activation activation, const float *in, float *out, size_t count) {
    ck_f32_kernels_of(isa)->activation(activation, in, out, count);
}

void ck_add_f32(ck_isa isa, ck_activation activation, const float *a, const float *b, float *out, size_t count) {
    ck_f32_kernels_of(isa)->add(activation, a, b, out, count);
}

void ck_multiply_f32(ck_isa isa, const float *a, const float *b, float *out, size_t count) {
    ck_f32_kernels_of(isa)->multiply(a, b, out, count);
}

void ck_scale_channels_f32(
    ck_isa isa, const float *in, const float *scale, float *out, size_t pixels, size_t channels) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    for (size_t p = 0; p < pixels; p++) kernels->multiply(in + p * channels, scale, out + p * channels, channels);
}

void ck_l2_normalize_f32(
    ck_isa isa, const float *in, const float *scale, float epsilon, float *out, size_t pixels, size_t channels) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    for (size_t p = 0; p < pixels; p++) {
        kernels->l2_normalize(in + p * channels, scale, epsilon, out + p * channels, channels);
    }
}

size_t ck_softmax_candidates_f32(
    ck_isa isa, const ck_softmax_scan *scan, size_t *next, float *exponentials, ck_score_candidate *out,
    size_t capacity) {
    return ck_f32_kernels_of(isa)->softmax_candidates(scan, next, exponentials, out, capacity);
}

void ck_softmax_f32(ck_isa isa, const float *in, float *out, size_t rows, size_t columns) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    for (size_t r = 0; r < rows; r++) kernels->softmax(in + r * columns, out + r * columns, columns);
}

void ck_add_u8(
    ck_isa isa, const ck_add_u8_parameters *parameters, const uint8_t *a, const uint8_t *b, uint8_t *out,
    size_t count) {
    ck_u8_kernels_of(isa)->add(parameters, a, b, out, count);
}

void ck_scale_channels_u8(
    ck_isa isa, const ck_scale_channels_u8_parameters *parameters, const uint8_t *in, const uint8_t *scale,
    uint8_t *out, size_t pixels, size_t channels) {
    ck_u8_kernels_of(isa)->scale_channels(parameters, in, scale, out, pixels, channels);
}

void ck_lookup_u8(ck_isa isa, const uint8_t table[256], const uint8_t *in, uint8_t *out, size_t count) {
    ck_u8_kernels_of(isa)->lookup(table, in, out, count);
}

/* One load a value from a table of 1 KiB in every instruction set: gathers are no faster. */
void ck_lookup_f32(ck_isa isa, const float table[256], const uint8_t *in, float *out, size_t count) {
    (void)isa;
    for (size_t i = 0; i < count; i++) out[i] = table[in[i]];
}

void ck_dequantize_u8(ck_isa isa, float scale, int32_t zero_point, const uint8_t *in, float *out, size_t count) {
    ck_u8_kernels_of(isa)->dequantize(scale, zero_point, in, out, count);
}

void ck_quantize_u8(ck_isa isa, float scale, int32_t zero_point, const float *in, uint8_t *out, size_t count) {
    ck_f32_kernels_of(isa)->quantize(scale, zero_point, in, out, count);
}
