/* The kernels of a plain operation are a header of its own: loops that the compiler makes vectors of, for the instruction
 * sets where that pays, so that operations that no other kernel knows of are one file here. */
#ifndef CK_PRELU_H
#define CK_PRELU_H

#include "ckernels.h"

/* out[p][c] = in[p][c] where that is positive, else in[p][c] * slopes[c] (He et al. 2015, arXiv 1502.01852). */
#define CK_PRELU_BODY                                                                                                  \
    for (size_t p = 0; p < pixels; p++, in += channels, out += channels) {                                             \
        for (size_t c = 0; c < channels; c++) out[c] = in[c] > 0 ? in[c] : in[c] * slopes[c];                          \
    }

static inline void ck_prelu_f32_portable(
    const float *in, const float *slopes, float *out, size_t pixels, size_t channels) {
    CK_PRELU_BODY
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static inline void ck_prelu_f32_avx2(
    const float *in, const float *slopes, float *out, size_t pixels, size_t channels) {
    CK_PRELU_BODY
}
#endif

static inline void ck_prelu_f32(
    ck_isa isa, const float *in, const float *slopes, float *out, size_t pixels, size_t channels) {
#if defined(__x86_64__)
    if (isa != CK_ISA_PORTABLE && isa != CK_ISA_AMX_EMULATED)
        return ck_prelu_f32_avx2(in, slopes, out, pixels, channels);
#endif
    (void)isa;
    ck_prelu_f32_portable(in, slopes, out, pixels, channels);
}

#undef CK_PRELU_BODY

#endif
