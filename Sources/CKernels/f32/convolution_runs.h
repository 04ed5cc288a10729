/* Runs of pixels that lie evenly, as the drivers of several convolutions use them. */
#ifndef CK_CONVOLUTION_RUNS_H
#define CK_CONVOLUTION_RUNS_H

#include "shared/kernels.h"

/* What multiplies runs. In bfloat16 the floats of the inputs and weights are pairs of numbers. */
typedef struct ck_run_kernels {
    int32_t lanes, tile_vectors;
    void (*run)(const ck_run_f32 *run);
    /* One pixel and one tap, with the terms in another order: only for layers that have one of each. */
    void (*pixel)(const ck_run_f32 *run);
    /* In bfloat16: an even number of pixels, stored as ck_bf16_strip reads them; without residuals. */
    void (*run_paired)(const ck_run_f32 *run);
} ck_run_kernels;

/* What all runs of a layer have in common. */
static inline ck_run_f32 ck_run_of(const ck_convolution_f32 *layer, const ck_work *work) {
    return (ck_run_f32){
        .input_step = work->input_stride * layer->shape.stride_x,
        .output_step = work->output_stride,
        .residual_step = layer->residual_stride,
        .activation = layer->activation,
    };
}

/* The work's blocks of channels over a run that begins at a pixel of an image's output. */
void ck_run_blocks(
    const ck_run_kernels *kernels, const ck_convolution_f32 *layer, const ck_work *work, ck_run_f32 *run, int64_t image,
    int64_t pixel);

#endif
