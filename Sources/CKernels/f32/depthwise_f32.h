/* The fp32 depthwise convolution over a part of an image that lies in memory of its own. */
#ifndef CK_DEPTHWISE_F32_H
#define CK_DEPTHWISE_F32_H

#include "shared/kernels.h"

/* As the run of f32/depthwise, where row y of the input lies at y mod `ring` of the memory, and the memory of the
 * outputs and residuals begins with row `first_row`. */
void ck_depthwise_f32_run_rows(
    ck_isa isa, const ck_convolution *layer, const ck_work *work, int32_t ring, int32_t first_row);

#endif
