/* What the driver of bfloat16 convolutions asks of an instruction set. */
#ifndef CK_KERNELS_BF16_H
#define CK_KERNELS_BF16_H

#include "f32/runs_f32.h"
#include "shared/strip.h"

/* Sixteen positions' sums on their way to the output. */
typedef struct ck_strip_output_bf16 {
    const float *sums; /* [16][vectors * 16] */
    int32_t vectors, columns;
    const float *bias;     /* [vectors * 16] */
    const int32_t *pixels; /* [16]; -1 for those that are not stored */
    float *output;         /* of the image, at the block's first channel */
    ptrdiff_t output_stride;
    const float *residual; /* likewise, or null */
    ptrdiff_t residual_stride;
    ck_activation activation;
} ck_strip_output_bf16;

/* Rounds `pixels` pixels of `channels` floats that lie `step` floats apart, each channel times its factor first unless
 * `factors` is null, to pixels that lie `pitch` bytes apart. An odd channel is paired with a zero. */
typedef void ck_bf16_pairs(
    const float *from, ptrdiff_t step, const float *factors, uint8_t *to, size_t pitch, int32_t pixels,
    int32_t channels);

/* Some output rows of a depthwise convolution in bfloat16. Two neighbouring columns of an input row, of which the first
 * is even, lie together: a pair of numbers for each channel, with whole vectors of channels. A window's row is then a
 * few products of pairs. */
typedef struct ck_depthwise_band_bf16 {
    const ck_convolution_shape *shape;
    int32_t row_count;
    const float *const *rows; /* [row_count][kernel_height]: the pairs of an input row; null outside the image */
    ptrdiff_t step; /* from a pair of columns to the next, in floats */
    const float *packed; /* as bf16/depthwise packs it */
    int32_t rounds; /* whether to store bfloat16, then whole vectors of channels */
    uint8_t *output; /* the first row's first pixel */
    ptrdiff_t output_step, output_row_step; /* bytes */
    const float *residual; /* likewise, or null */
    ptrdiff_t residual_step, residual_row_step; /* floats */
    ck_activation activation;
} ck_depthwise_band_bf16;

typedef struct ck_bf16_kernels {
    size_t budget; /* bytes of a strip that leave room for weights in a second-level cache */
    int lines_ahead; /* whether weights that are needed later must be asked for */
    /* Around the products of one call: what they need of the thread's state. */
    void (*enter)(void);
    void (*leave)(void);
    ck_strip_gather *gather; /* from float, rounded to the nearest bfloat16, halves to even */
    void (*product)(const ck_strip_product *product);
    void (*finish)(const ck_strip_output_bf16 *output);
    /* Of pointwise layers, where these are faster than tiles; else null. */
    const ck_run_kernels *runs;
    /* The same with half as many lanes, or a function that returns null where these are not twice as fast. */
    const ck_run_kernels *(*narrow_runs)(void);
    ck_bf16_pairs *pairs;
    /* Likewise, for windows of 3 or 5 columns, half of which are padding on the left, and strides of 1 and 2. */
    void (*depthwise)(const ck_depthwise_band_bf16 *strip);
} ck_bf16_kernels;

extern const ck_bf16_kernels ck_portable_bf16;
/* Tests link these, and no other program: they are absent there. */
extern const ck_bf16_kernels ck_amx_emulated_bf16 __attribute__((weak));
#if defined(__x86_64__)
extern const ck_bf16_kernels ck_avx512_bf16, ck_amx_bf16;
extern const ck_run_kernels ck_avx512_bf16_narrow_runs;
void ck_avx512_bf16_narrow_loop(int64_t rounds);
/* Whether a product of bfloat16 takes less time than one of float. Measured, for a fraction of a millisecond. */
int ck_avx512_bf16_is_fast(void);
double ck_avx512_peak_bf16(void), ck_amx_peak_bf16(void), ck_amx_peak_u8(void);
/* Whether known products come out right. The thread must be allowed to use tiles. */
int ck_amx_works(void);
#endif

/* The kernels of an instruction set that is available here, or the portable ones. */
const ck_bf16_kernels *ck_bf16_kernels_of(ck_isa isa);

/* Rounds to nearest, halves to even; NaN stays NaN. */
static inline uint16_t ck_bf16_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if ((bits & 0x7FFFFFFF) > 0x7F800000) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

static inline float ck_float_of(uint16_t x) {
    uint32_t bits = (uint32_t)x << 16;
    float result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

void ck_portable_gather_bf16(
    const void *from, ptrdiff_t step, uint8_t *to, size_t pitch, int32_t pixels, int32_t channels, size_t filled);
void ck_portable_pairs_bf16(
    const float *from, ptrdiff_t step, const float *factors, uint8_t *to, size_t pitch, int32_t pixels,
    int32_t channels);
void ck_portable_finish_bf16(const ck_strip_output_bf16 *output);

#endif
