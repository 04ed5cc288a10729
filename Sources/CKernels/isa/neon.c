/* NEON on arm64: fp32. The 8-bit kernels there are the portable ones. */
#if defined(__aarch64__)
#include <arm_neon.h>

#define TARGET
#define INLINE static inline __attribute__((always_inline))
#define LANES 4
#define TILE_PIXELS 8
#define TILE_VECTORS 3
#define TABLE ck_neon_f32

#include "shared/kernels.h"
#include "isa/peak.h"

typedef float32x4_t vf;

INLINE uint32x4_t first_lanes(int32_t n) {
    static const int32_t indices[4] = {0, 1, 2, 3};
    return vcltq_s32(vld1q_s32(indices), vdupq_n_s32(n));
}
INLINE vf vf_splat(float x) { return vdupq_n_f32(x); }
INLINE vf vf_load(const float *from) { return vld1q_f32(from); }
INLINE void vf_store(float *to, vf x) { vst1q_f32(to, x); }
INLINE vf vf_load_n(const float *from, int32_t n) {
    float lanes[4] = {0};
    memcpy(lanes, from, (size_t)n * sizeof(float));
    return vld1q_f32(lanes);
}
INLINE void vf_store_n(float *to, vf x, int32_t n) {
    float lanes[4];
    vst1q_f32(lanes, x);
    memcpy(to, lanes, (size_t)n * sizeof(float));
}
INLINE vf vf_first(int32_t n, vf x, vf others) { return vbslq_f32(first_lanes(n), x, others); }
/* The number of the two where one is NaN. */
INLINE vf vf_max(vf a, vf b) { return vmaxnmq_f32(a, b); }
INLINE vf vf_min(vf a, vf b) { return vminnmq_f32(a, b); }
INLINE vf vf_fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
INLINE vf vf_trunc(vf x) { return vrndq_f32(x); }
INLINE vf vf_round(vf x) { return vrndnq_f32(x); }
INLINE vf vf_scale(vf x, vf exponent) {
    int32x4_t shifted = vshlq_n_s32(vcvtq_s32_f32(exponent), 23);
    return vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(x), shifted));
}
INLINE float vf_sum(vf x) { return vaddvq_f32(x); }
INLINE float vf_largest(vf x) { return vmaxvq_f32(x); }
INLINE void vf_store_bytes(uint8_t *to, vf x, int32_t n) {
    uint32_t words[4];
    vst1q_u32(words, vcvtq_u32_f32(x));
    for (int32_t i = 0; i < n; i++) to[i] = (uint8_t)words[i];
}
INLINE uint32_t vf_at_least(vf x, vf y) {
    const uint32x4_t bits = {1, 2, 4, 8};
    return vaddvq_u32(vandq_u32(vcgeq_f32(x, y), bits));
}

#include "f32/kernels_f32.h"
#endif
