/* bfloat16 convolutions over few channels as one of the ways that convolution_bf16.c chooses from: a tap is a row of the
 * window, whose pixels lie together in rounded rows of the image. */
#ifndef CK_WINDOWS_BF16_H
#define CK_WINDOWS_BF16_H

#include "bf16/runs_bf16.h"

/* Whether a layer is one for that: windows must begin at pairs. */
int ck_windows_bf16_suits(const ck_bf16_kernels *kernels, const ck_convolution_shape *shape);
/* Numbers of a tap; it has kernel_height of them. */
int32_t ck_windows_bf16_terms(const ck_convolution_shape *shape);
size_t ck_windows_bf16_scratch_size(const ck_convolution_shape *shape);
void ck_windows_bf16_run(const ck_bf16_kernels *kernels, const ck_convolution_f32 *layer, const ck_work *work);

#endif
