/* Winograd's transforms in plain C: those of winograd_kernels_f32.h over vectors of one float. */
#include "shared/kernels.h"

#define INLINE static inline __attribute__((always_inline))
#define KERNEL static
#define LANES 1

typedef float vf;

INLINE vf vf_splat(float x) { return x; }
INLINE vf vf_load(const float *from) { return *from; }
INLINE void vf_store(float *to, vf x) { *to = x; }
INLINE vf vf_load_n(const float *from, int32_t n) { return n > 0 ? *from : 0; }
INLINE void vf_store_n(float *to, vf x, int32_t n) {
    if (n > 0) *to = x;
}
INLINE vf vf_max(vf a, vf b) { return a > b ? a : b; }
INLINE vf vf_min(vf a, vf b) { return a < b ? a : b; }
INLINE vf vf_fma(vf a, vf b, vf c) { return a * b + c; }
INLINE vf vf_activate(ck_activation activation, vf x) { return ck_portable_activate(activation, x); }

#include "f32/winograd_kernels_f32.h"

void ck_portable_winograd_weights(
    int32_t size, double kernels[9][CK_WINOGRAD_KERNELS], int32_t count, float *to, ptrdiff_t pitch) {
    winograd_weights(size, kernels, count, to, pitch);
}

void ck_portable_winograd_input(int32_t size, const void *const *pixels, int32_t channels, float *to, ptrdiff_t pitch) {
    winograd_input(size, pixels, channels, to, pitch);
}

void ck_portable_winograd_output(int32_t size, const ck_winograd_output *tile) { winograd_output(size, tile); }
