/* What the drivers of bfloat16 convolutions by runs have in common: the weights, and how the work is cut. */
#ifndef CK_RUNS_BF16_H
#define CK_RUNS_BF16_H

#include "bf16/kernels_bf16.h"

/* What multiplies a layer. */
const ck_run_kernels *ck_runs_bf16_of(const ck_bf16_kernels *kernels, const ck_convolution_shape *shape);

size_t ck_runs_bf16_packed_size(ck_isa isa, const ck_convolution_shape *shape, int32_t taps, int32_t terms);
/* weights: [output_channels][taps][terms]. For each block of channels the bias [channels of the block] in float, then
 * the weights [taps][pairs of terms][the same][2]. */
void ck_runs_bf16_pack(
    ck_isa isa, const ck_convolution_shape *shape, int32_t taps, int32_t terms, const ck_parameters_f32 *parameters,
    void *packed);
ck_division ck_runs_bf16_division(ck_isa isa, const ck_convolution_shape *shape);

#endif
