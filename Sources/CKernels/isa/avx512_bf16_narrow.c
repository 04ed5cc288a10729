/* The pointwise layers of avx512_bf16.c over vectors of half the width, for processors that do two of these in the time
 * of a whole one: fewer channels are computed that do not exist. */
#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#define INLINE static inline __attribute__((always_inline)) TARGET
#define KERNEL static TARGET
#define LANES 8
#define TILE_PIXELS 8
#define TILE_VECTORS 3
#define CACHE_LINE_FLOATS 16

#include "bf16/kernels_bf16.h"

typedef __m256 vf;

INLINE __mmask8 first_lanes(int32_t n) { return (__mmask8)((1u << n) - 1); }
INLINE vf vf_splat(float x) { return _mm256_set1_ps(x); }
INLINE vf vf_load(const float *from) { return _mm256_loadu_ps(from); }
INLINE void vf_store(float *to, vf x) { _mm256_storeu_ps(to, x); }
INLINE vf vf_load_n(const float *from, int32_t n) { return _mm256_maskz_loadu_ps(first_lanes(n), from); }
INLINE void vf_store_n(float *to, vf x, int32_t n) { _mm256_mask_storeu_ps(to, first_lanes(n), x); }
INLINE vf vf_max(vf a, vf b) { return _mm256_max_ps(a, b); }
INLINE vf vf_min(vf a, vf b) { return _mm256_min_ps(a, b); }
INLINE vf vf_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vf vf_round(vf x) { return _mm256_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
INLINE vf vf_scale(vf x, vf exponent) { return _mm256_scalef_ps(x, exponent); }

#include "f32/functions_f32.h"

#define TERMS_ARE_PAIRS
INLINE vf vf_term(vf x, vf w, vf sum) { return _mm256_dpbf16_ps(sum, (__m256bh)w, (__m256bh)x); }

/* A number of the even vector is the lower half of each pair. */
INLINE void vf_store_pairs(float *to, vf even, vf odd) {
    const __m256i order = _mm256_set_epi16(15, 7, 14, 6, 13, 5, 12, 4, 11, 3, 10, 2, 9, 1, 8, 0);
    _mm256_storeu_si256((__m256i *)to, _mm256_permutexvar_epi16(order, (__m256i)_mm256_cvtne2ps_pbh(odd, even)));
}

#include "f32/run_f32.h"

KERNEL void convolution_run_paired(const ck_run_f32 *run) { convolution_run_stored(run, 1); }

TARGET void ck_avx512_bf16_narrow_loop(int64_t rounds) {
    enum { CHAINS = 12 };
    volatile int32_t pair = 0x3F803F80;
    volatile float result;
    __m256bh x = (__m256bh)_mm256_set1_epi32(pair);
    vf sums[CHAINS];
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) sums[i] = vf_splat(0);
    for (int64_t round = 0; round < rounds; round++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < CHAINS; i++) sums[i] = _mm256_dpbf16_ps(sums[i], x, x);
    }
#pragma clang loop unroll(full)
    for (int i = 1; i < CHAINS; i++) sums[0] = sums[0] + sums[i];
    result = _mm256_cvtss_f32(sums[0]);
    (void)result;
}

const ck_run_kernels ck_avx512_bf16_narrow_runs = {
    .lanes = LANES,
    .tile_vectors = TILE_VECTORS,
    .run = convolution_run,
    .pixel = convolution_pixel,
    .run_paired = convolution_run_paired,
};
#endif
