/* Bilinear resizing, a pixel at a time; see ck_prelu.h for why it is a header. */
#ifndef CK_RESIZE_H
#define CK_RESIZE_H

#include "ckernels.h"

/* The four pixels that one is made of, and how far it lies from the first: 0 … 1. */
typedef struct ck_corners {
    const void *top_left, *top_right, *bottom_left, *bottom_right;
    float down, right;
} ck_corners;

#define CK_BILINEAR_F32_BODY                                                                                           \
    const float *a = corners->top_left, *b = corners->top_right;                                                       \
    const float *c = corners->bottom_left, *d = corners->bottom_right;                                                 \
    const float down = corners->down, right = corners->right;                                                          \
    for (size_t i = 0; i < channels; i++) {                                                                            \
        float top = a[i] + (b[i] - a[i]) * right, bottom = c[i] + (d[i] - c[i]) * right;                               \
        out[i] = top + (bottom - top) * down;                                                                          \
    }

/* Shares in units of 2^-10, so that every instruction set rounds alike: sums stay within 28 bits. */
#define CK_BILINEAR_U8_BODY                                                                                            \
    const uint8_t *a = corners->top_left, *b = corners->top_right;                                                     \
    const uint8_t *c = corners->bottom_left, *d = corners->bottom_right;                                               \
    const int32_t down = (int32_t)(corners->down * 1024 + 0.5f), right = (int32_t)(corners->right * 1024 + 0.5f);      \
    for (size_t i = 0; i < channels; i++) {                                                                            \
        int32_t top = a[i] * (1024 - right) + b[i] * right, bottom = c[i] * (1024 - right) + d[i] * right;             \
        out[i] = (uint8_t)((top * (1024 - down) + bottom * down + (1 << 19)) >> 20);                                   \
    }

static inline void ck_bilinear_f32_portable(const ck_corners *corners, float *out, size_t channels) {
    CK_BILINEAR_F32_BODY
}
static inline void ck_bilinear_u8_portable(const ck_corners *corners, uint8_t *out, size_t channels) {
    CK_BILINEAR_U8_BODY
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static inline void ck_bilinear_f32_avx2(
    const ck_corners *corners, float *out, size_t channels) {
    CK_BILINEAR_F32_BODY
}
__attribute__((target("avx2"))) static inline void ck_bilinear_u8_avx2(
    const ck_corners *corners, uint8_t *out, size_t channels) {
    CK_BILINEAR_U8_BODY
}
#endif

static inline void ck_bilinear_f32(ck_isa isa, const ck_corners *corners, float *out, size_t channels) {
#if defined(__x86_64__)
    if (isa != CK_ISA_PORTABLE && isa != CK_ISA_AMX_EMULATED) return ck_bilinear_f32_avx2(corners, out, channels);
#endif
    (void)isa;
    ck_bilinear_f32_portable(corners, out, channels);
}

static inline void ck_bilinear_u8(ck_isa isa, const ck_corners *corners, uint8_t *out, size_t channels) {
#if defined(__x86_64__)
    if (isa != CK_ISA_PORTABLE && isa != CK_ISA_AMX_EMULATED) return ck_bilinear_u8_avx2(corners, out, channels);
#endif
    (void)isa;
    ck_bilinear_u8_portable(corners, out, channels);
}

#undef CK_BILINEAR_F32_BODY
#undef CK_BILINEAR_U8_BODY

#endif
