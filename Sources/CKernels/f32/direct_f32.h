/* What the direct fp32 methods (pixel, pointwise, windows, sums) have in common: the packed weights, the scratch, and
 * how the work is divided. */
#ifndef CK_DIRECT_F32_H
#define CK_DIRECT_F32_H

#include "f32/runs_f32.h"

static inline ck_indirection ck_direct_f32_layout_of(const ck_f32_kernels *kernels, const ck_convolution_shape *shape) {
    return ck_indirection_of(shape, sizeof(float), 1, kernels->tile_pixels);
}

size_t ck_direct_f32_packed_size(ck_isa isa, const ck_convolution_shape *shape);
void ck_direct_f32_pack(ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed);
size_t ck_direct_f32_scratch_size(ck_isa isa, const ck_convolution_shape *shape);
ck_division ck_direct_f32_division(ck_isa isa, const ck_convolution_shape *shape);

/* What multiplies runs of an instruction set. */
static inline ck_run_kernels ck_direct_f32_runs_of(const ck_f32_kernels *kernels) {
    return (ck_run_kernels){
        .lanes = kernels->lanes,
        .tile_vectors = kernels->tile_vectors,
        .run = kernels->convolution_run,
        .pixel = kernels->convolution_pixel,
    };
}

#endif
