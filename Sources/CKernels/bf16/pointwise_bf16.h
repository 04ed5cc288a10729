/* Pointwise layers in bfloat16 as one of the two ways that convolution_bf16.c chooses from: products of matrices. */
#ifndef CK_POINTWISE_BF16_H
#define CK_POINTWISE_BF16_H

#include "bf16/runs_bf16.h"

/* Whether a layer is one that the kernels' runs are for. */
int ck_pointwise_bf16_suits(const ck_bf16_kernels *kernels, const ck_convolution_shape *shape);

size_t ck_pointwise_bf16_scratch_size(const ck_convolution_shape *shape);
/* `scales`: null, or a pointer an image to a factor for each input channel. */
void ck_pointwise_bf16_run(
    const ck_bf16_kernels *kernels, const ck_convolution_f32 *layer, const void *const *scales, const ck_work *work);

/* The same of an even number of one image's pixels, from `from` on, stored as ck_bf16_strip reads them. */
void ck_pointwise_bf16_expand(
    const ck_bf16_kernels *kernels, const ck_convolution_f32 *layer, const float *from, ptrdiff_t step, int64_t pixels,
    float *pairs, ptrdiff_t pair_step, void *scratch);
/* Bytes from a rounded pixel to the next. */
size_t ck_pointwise_bf16_pitch(const ck_convolution_shape *shape);
/* The same of one image's pixels that are rounded. `layer` has the residuals of that image's first pixel. */
void ck_pointwise_bf16_project(
    const ck_bf16_kernels *kernels, const ck_convolution_f32 *layer, const void *rounded, int64_t pixels, float *to,
    ptrdiff_t step);

#endif
