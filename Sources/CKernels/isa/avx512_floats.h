/* Sixteen floats in a register, as kernels_f32.h wants them. The file that includes it defines INLINE. */
#include <immintrin.h>

#include "shared/kernels.h"

typedef __m512 vf;

INLINE __mmask16 first_lanes(int32_t n) { return (__mmask16)((1u << n) - 1); }
INLINE vf vf_splat(float x) { return _mm512_set1_ps(x); }
INLINE vf vf_load(const float *from) { return _mm512_loadu_ps(from); }
INLINE void vf_store(float *to, vf x) { _mm512_storeu_ps(to, x); }
INLINE vf vf_load_n(const float *from, int32_t n) { return _mm512_maskz_loadu_ps(first_lanes(n), from); }
INLINE void vf_store_n(float *to, vf x, int32_t n) { _mm512_mask_storeu_ps(to, first_lanes(n), x); }
INLINE vf vf_first(int32_t n, vf x, vf others) { return _mm512_mask_blend_ps(first_lanes(n), others, x); }
INLINE vf vf_max(vf a, vf b) { return _mm512_max_ps(a, b); }
INLINE vf vf_min(vf a, vf b) { return _mm512_min_ps(a, b); }
INLINE vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vf vf_trunc(vf x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
INLINE vf vf_round(vf x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
INLINE vf vf_scale(vf x, vf exponent) { return _mm512_scalef_ps(x, exponent); }
INLINE float vf_sum(vf x) { return _mm512_reduce_add_ps(x); }
INLINE float vf_largest(vf x) { return _mm512_reduce_max_ps(x); }
INLINE void vf_store_bytes(uint8_t *to, vf x, int32_t n) {
    _mm512_mask_cvtusepi32_storeu_epi8(to, first_lanes(n), _mm512_cvttps_epi32(x));
}
INLINE uint32_t vf_at_least(vf x, vf y) { return _mm512_cmp_ps_mask(x, y, _CMP_GE_OQ); }
