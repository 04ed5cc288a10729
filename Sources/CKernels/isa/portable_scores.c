/* The scan of score rows in plain C: scores_f32.h over vectors of one float. */
#include <math.h>

#include "shared/kernels.h"

#define INLINE static inline __attribute__((always_inline))
#define KERNEL
#define LANES 1
#define softmax_candidates ck_portable_softmax_candidates

typedef float vf;

INLINE vf vf_splat(float x) { return x; }
INLINE vf vf_load(const float *from) { return *from; }
INLINE void vf_store(float *to, vf x) { *to = x; }
INLINE vf vf_load_n(const float *from, int32_t n) { return n > 0 ? *from : 0; }
INLINE void vf_store_n(float *to, vf x, int32_t n) {
    if (n > 0) *to = x;
}
INLINE vf vf_first(int32_t n, vf x, vf others) { return n > 0 ? x : others; }
INLINE vf vf_max(vf a, vf b) { return a > b ? a : b; }
INLINE float vf_largest(vf x) { return x; }
INLINE float vf_sum(vf x) { return x; }
INLINE uint32_t vf_at_least(vf x, vf y) { return x >= y; }
INLINE vf vf_exp(vf x) { return expf(x); }

#include "f32/scores_f32.h"
