/* What the 8-bit methods over tile registers ask of an instruction set. */
#ifndef CK_STRIPS_U8_H
#define CK_STRIPS_U8_H

#include "shared/strip.h"

/* Sixteen positions' sums on their way to the output. */
typedef struct ck_strip_output_u8 {
    const int32_t *sums;      /* [16][vectors * 16] */
    const int32_t *row_sums;  /* [16], added to each, or null */
    const int32_t *constants; /* bias, multipliers, shifts: [vectors * 16] each */
    int32_t vectors, columns;
    const int32_t *pixels; /* [16]; -1 for those that are not stored */
    uint8_t *output;       /* of the image, at the block's first channel */
    ptrdiff_t output_stride;
    ck_output_u8 range;
} ck_strip_output_u8;

typedef struct ck_strip_u8_kernels {
    size_t budget; /* bytes of a strip */
    void (*enter)(void);
    void (*leave)(void);
    ck_strip_gather *gather;
    void (*product)(const ck_strip_product *product);
    /* sums[i] = factor * Σ x over the window of position i, `terms` elements of each tap. */
    void (*sum_windows)(
        const uint8_t *tile, ptrdiff_t step, const ptrdiff_t *taps, int32_t tap_count, int32_t terms, int32_t factor,
        int32_t sums[CK_STRIP_POSITIONS]);
    void (*finish)(const ck_strip_output_u8 *output);
} ck_strip_u8_kernels;

/* Like ck_amx_emulated_bf16. */
extern const ck_strip_u8_kernels ck_amx_emulated_u8 __attribute__((weak));
#if defined(__x86_64__)
extern const ck_strip_u8_kernels ck_amx_u8;
/* All but the tiles from AMX, so that tests reach that too. */
extern const ck_strip_u8_kernels ck_amx_emulated_avx512_u8 __attribute__((weak));
#endif

/* The kernels of an instruction set with tiles that is available here; null for any other. */
const ck_strip_u8_kernels *ck_strip_u8_kernels_of(ck_isa isa);

#endif
