/* Pointwise layers in bfloat16 as parts of a bottleneck. */
#ifndef CK_POINTWISE_BF16_H
#define CK_POINTWISE_BF16_H

#include "bf16/runs_bf16.h"

/* The first layer, of an even number of one image's pixels, from `from` on, stored as ck_depthwise_band_bf16 reads
 * them. */
void ck_pointwise_bf16_expand(
    ck_isa isa, const ck_convolution *layer, const float *from, ptrdiff_t step, int64_t pixels, float *pairs,
    ptrdiff_t pair_step, void *scratch);
/* Bytes from a rounded pixel to the next: an odd number of cache lines, so that the pixels of a tile do not all want
 * the same places of the first-level cache. */
size_t ck_pointwise_bf16_pitch(const ck_convolution_shape *shape);
/* The last layer, of one image's pixels that are rounded. `layer` has the residuals of that image's first pixel. */
void ck_pointwise_bf16_project(
    ck_isa isa, const ck_convolution *layer, const void *rounded, int64_t pixels, float *to, ptrdiff_t step);

#endif
