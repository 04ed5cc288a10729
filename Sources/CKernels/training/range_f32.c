/* The range that bytes would have to cover (Jacob et al., arXiv 1712.05877, section 3.1). */
#include <math.h>

#include "ck_training.h"

#if defined(__x86_64__)
#define LANES 16
#define TARGET __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define NAME(name) name##_avx512
#include "training/range_kernel.h"

#define LANES 8
#define TARGET __attribute__((target("avx2,fma")))
#define NAME(name) name##_avx2
#include "training/range_kernel.h"
#endif

#define LANES 4
#define TARGET
#define NAME(name) name##_portable
#include "training/range_kernel.h"

void ck_range_f32(ck_isa isa, const float *x, size_t count, float range[2]) {
    switch (isa) {
#if defined(__x86_64__)
    case CK_ISA_AVX512:
    case CK_ISA_AMX: range_avx512(x, count, range); return;
    case CK_ISA_AVX2:
    case CK_ISA_AVX2_PLAIN: range_avx2(x, count, range); return;
#endif
    default: range_portable(x, count, range); return;
    }
}
