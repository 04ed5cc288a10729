/* Functions of each element; see ck_prelu.h for why they are a header. */
#ifndef CK_ELEMENTWISE_H
#define CK_ELEMENTWISE_H

#include <string.h>

#include "ckernels.h"

/* e^x with a relative error near 1e-7: Cephes' polynomial on ±ln 2 / 2, as vf_exp has it. Clamped to where the result is a
 * normal float, so that infinities and NaN give finite results. */
static inline __attribute__((always_inline)) float ck_elementwise_exp(float x) {
    x = x > -86.6f ? x : -86.6f;
    x = x < 88.3f ? x : 88.3f;
    /* Adding 3·2^22 leaves no bits behind the point. */
    float n = x * 1.44269504088896341f + 12582912.0f;
    n -= 12582912.0f;
    float r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + (r + 1.0f);
    int32_t bits = ((int32_t)n + 127) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

/* x / (1 + e^-x) (arXiv 1702.03118). */
#define CK_SILU_BODY                                                                                                   \
    for (size_t i = 0; i < count; i++) out[i] = in[i] / (1.0f + ck_elementwise_exp(-in[i]));

/* x where that is positive, else alpha (e^x - 1) (arXiv 1511.07289). */
#define CK_ELU_BODY                                                                                                    \
    for (size_t i = 0; i < count; i++) out[i] = in[i] > 0 ? in[i] : alpha * (ck_elementwise_exp(in[i]) - 1.0f);

/* x where that is positive, else slope x. */
#define CK_LEAKY_RELU_BODY                                                                                             \
    for (size_t i = 0; i < count; i++) out[i] = in[i] > 0 ? in[i] : in[i] * slope;

static inline void ck_silu_f32_portable(const float *in, float *out, size_t count) { CK_SILU_BODY }
static inline void ck_elu_f32_portable(const float *in, float alpha, float *out, size_t count) { CK_ELU_BODY }
static inline void ck_leaky_relu_f32_portable(const float *in, float slope, float *out, size_t count) {
    CK_LEAKY_RELU_BODY
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static inline void ck_silu_f32_avx2(const float *in, float *out, size_t count) {
    CK_SILU_BODY
}
__attribute__((target("avx2"))) static inline void ck_elu_f32_avx2(
    const float *in, float alpha, float *out, size_t count) {
    CK_ELU_BODY
}
__attribute__((target("avx2"))) static inline void ck_leaky_relu_f32_avx2(
    const float *in, float slope, float *out, size_t count) {
    CK_LEAKY_RELU_BODY
}
#endif

static inline void ck_silu_f32(ck_isa isa, const float *in, float *out, size_t count) {
#if defined(__x86_64__)
    if (isa != CK_ISA_PORTABLE && isa != CK_ISA_AMX_EMULATED) return ck_silu_f32_avx2(in, out, count);
#endif
    (void)isa;
    ck_silu_f32_portable(in, out, count);
}

static inline void ck_elu_f32(ck_isa isa, const float *in, float alpha, float *out, size_t count) {
#if defined(__x86_64__)
    if (isa != CK_ISA_PORTABLE && isa != CK_ISA_AMX_EMULATED) return ck_elu_f32_avx2(in, alpha, out, count);
#endif
    (void)isa;
    ck_elu_f32_portable(in, alpha, out, count);
}

static inline void ck_leaky_relu_f32(ck_isa isa, const float *in, float slope, float *out, size_t count) {
#if defined(__x86_64__)
    if (isa != CK_ISA_PORTABLE && isa != CK_ISA_AMX_EMULATED) return ck_leaky_relu_f32_avx2(in, slope, out, count);
#endif
    (void)isa;
    ck_leaky_relu_f32_portable(in, slope, out, count);
}

#undef CK_SILU_BODY
#undef CK_ELU_BODY
#undef CK_LEAKY_RELU_BODY

#endif
