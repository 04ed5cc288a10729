/* Dense 3×3 convolutions of stride 1 by Winograd's minimal filtering (Lavin and Gray, arXiv 1509.09308), as one of the
 * two ways that convolution_f32.c chooses from.
 *
 * The products over channels of tiles of size × size pixels become one matrix multiplication for each of (size + 2)²
 * positions, with 9 size² / (size + 2)² times fewer multiplications than the sums themselves need: 4 times for size 4,
 * 2.25 times for size 2.
 */
#ifndef CK_WINOGRAD_F32_H
#define CK_WINOGRAD_F32_H

#include "shared/winograd_tiles.h"

/* The size of the tiles that suit a shape: 2, 4, or 0 where the sums are better taken directly. */
int32_t ck_winograd_size(const ck_convolution_shape *shape);

size_t ck_winograd_packed_size(const ck_f32_kernels *kernels, const ck_convolution_shape *shape);
void ck_winograd_pack(
    const ck_f32_kernels *kernels, const ck_convolution_shape *shape, const float *weights, const float *bias,
    float *packed);
size_t ck_winograd_scratch_size(const ck_f32_kernels *kernels, const ck_convolution_shape *shape);
/* Rows of output pixels that tiles share. */
int32_t ck_winograd_rows(const ck_convolution_shape *shape);
void ck_winograd_run(const ck_f32_kernels *kernels, const ck_convolution_f32 *layer, const ck_work *work);

#endif
