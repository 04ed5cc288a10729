/* The bfloat16 depthwise convolution over rows that lie in memory of their own. */
#ifndef CK_DEPTHWISE_BF16_H
#define CK_DEPTHWISE_BF16_H

#include "bf16/kernels_bf16.h"

/* Pairs of columns that a window's row of `width` can lie in, wherever it begins. */
static inline int32_t ck_window_pairs(int32_t width) { return (width + 1) / 2; }

/* Output rows begin ..< end of one image. Row y of the input lies at y mod `ring` of `input`, whose rows are
 * `input_row` floats apart; the rest as in ck_depthwise_band_bf16, which is given what does not change from row to
 * row. */
void ck_depthwise_bf16_run_rows(
    const ck_bf16_kernels *kernels, ck_depthwise_band_bf16 band, const float *input, ptrdiff_t input_row, int32_t ring,
    int32_t begin, int32_t end);

#endif
