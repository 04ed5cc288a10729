/* Batch normalization in training (Ioffe and Szegedy 2015, algorithm 1 and section 3). */
#include <stdatomic.h>
#include <string.h>

#include "ck_training.h"

enum { VECTORS = 4 }; /* of channels that pass over the pixels together */

/* A run of pixels and what their gradient needs. */
typedef struct ck_normalization_part {
    const ck_normalization_f32 *layer;
    const float *x, *gradient;
    const float *means, *mean_gradients, *slopes;
    int64_t pixels;
    float *result;
} ck_normalization_part;

#if defined(__x86_64__)
#define LANES 16
#define TARGET __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define NAME(name) name##_avx512
#include "training/normalization_kernel.h"

#define LANES 8
#define TARGET __attribute__((target("avx2,fma")))
#define NAME(name) name##_avx2
#include "training/normalization_kernel.h"
#endif

#define LANES 4
#define TARGET
#define NAME(name) name##_portable
#include "training/normalization_kernel.h"

typedef struct normalization_kernels {
    void (*moments)(const float *x, int64_t pixels, int32_t channels, float *sums, float *squares);
    void (*run)(const ck_normalization_f32 *layer, const float *x, int64_t pixels, float *y, int streams);
    void (*gradient_sums)(const ck_normalization_part *part, float *sums, float *products);
    void (*gradient)(const ck_normalization_part *part);
    void (*through)(
        ck_activation activation, const float *y, const float *gradient, int64_t pixels, int32_t channels,
        float *result, float *sums);
} normalization_kernels;

#define KERNELS(name)                                                                                                  \
    static const normalization_kernels kernels_##name = {                                                              \
        moments_##name, run_##name, gradient_sums_##name, gradient_##name, through_##name}
#if defined(__x86_64__)
KERNELS(avx512);
KERNELS(avx2);
#endif
KERNELS(portable);

static const normalization_kernels *kernels_of(ck_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case CK_ISA_AVX512:
    case CK_ISA_AMX: return &kernels_avx512;
    case CK_ISA_AVX2:
    case CK_ISA_AVX2_PLAIN: return &kernels_avx2;
#endif
    default: return &kernels_portable;
    }
}

void ck_activation_gradient_f32(
    ck_isa isa, ck_activation activation, const float *y, const float *gradient, int64_t pixels, int32_t channels,
    float *result, float *sums) {
    kernels_of(isa)->through(activation, y, gradient, pixels, channels, result, sums);
}

void ck_normalization_f32_moments(
    ck_isa isa, const float *x, int64_t pixels, int32_t channels, float *sums, float *squares) {
    kernels_of(isa)->moments(x, pixels, channels, sums, squares);
}

void ck_normalization_f32_run(
    ck_isa isa, const ck_normalization_f32 *layer, const float *x, int64_t pixels, float *y, int streams) {
    kernels_of(isa)->run(layer, x, pixels, y, streams);
}

void ck_normalization_f32_gradient_sums(
    ck_isa isa, const ck_normalization_f32 *layer, const float *x, const float *gradient, const float *means,
    int64_t pixels, float *sums, float *products) {
    const ck_normalization_part part = {.layer = layer, .x = x, .gradient = gradient, .means = means, .pixels = pixels};
    kernels_of(isa)->gradient_sums(&part, sums, products);
}

void ck_normalization_f32_gradient(
    ck_isa isa, const ck_normalization_f32 *layer, const float *x, const float *gradient, const float *means,
    const float *mean_gradients, const float *slopes, int64_t pixels, float *result) {
    const ck_normalization_part part = {
        .layer = layer,
        .x = x,
        .gradient = gradient,
        .means = means,
        .mean_gradients = mean_gradients,
        .slopes = slopes,
        .pixels = pixels,
        .result = result,
    };
    kernels_of(isa)->gradient(&part);
}
