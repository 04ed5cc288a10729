/* Runs of floats, and of bfloat16, as the drivers of several methods multiply them. */
#ifndef CK_RUNS_F32_H
#define CK_RUNS_F32_H

#include "shared/runs.h"

/* What multiplies runs. In bfloat16 the floats of the inputs and weights are pairs of numbers. */
typedef struct ck_run_kernels {
    int32_t lanes, tile_vectors;
    void (*run)(const ck_run_f32 *run);
    /* One pixel and one tap, with the terms in another order: only for layers that have one of each. */
    void (*pixel)(const ck_run_f32 *run);
    /* In bfloat16: an even number of pixels, stored as ck_depthwise_band_bf16 reads them; without residuals. */
    void (*run_paired)(const ck_run_f32 *run);
} ck_run_kernels;

/* The one for a layer of so many taps. */
typedef void ck_run_kernel(const ck_run_f32 *run);
static inline ck_run_kernel *ck_run_kernel_of(
    const ck_run_kernels *kernels, const ck_convolution_shape *shape, int32_t taps) {
    return shape->output_height == 1 && shape->output_width == 1 && taps == 1 ? kernels->pixel : kernels->run;
}

/* What all runs of a layer have in common. */
static inline ck_run_f32 ck_run_f32_of(const ck_convolution *layer, const ck_work *work) {
    return (ck_run_f32){
        .input_step = work->input_stride * layer->shape.stride_x,
        .output_step = work->output_stride,
        .residual_step = layer->residual_stride,
        .activation = layer->activation,
    };
}

/* The work's blocks of channels over some pixels, by one of the kernels. */
static inline void ck_run_f32_blocks(
    const ck_run_kernels *kernels, ck_run_kernel *multiply, const ck_convolution *layer, const ck_work *work,
    ck_run_f32 *run, ck_pixels at) {
    const ck_convolution_shape *shape = &layer->shape;
    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes);
    int32_t blocks = ck_block_count(vectors, kernels->tile_vectors);
    size_t channel_floats = (size_t)run->taps * (size_t)run->channels + 1;
    run->count = at.count;
    for (int32_t block = work->block_begin; block < work->block_end; block++) {
        int32_t channel = ck_block_first_vector(vectors, blocks, block) * kernels->lanes;
        run->vectors = ck_block_vectors(vectors, blocks, block);
        int32_t width = run->vectors * kernels->lanes, rest = shape->output_channels - channel;
        run->columns = rest < width ? rest : width;
        run->packed = (const float *)layer->packed + (size_t)channel * channel_floats;
        run->ahead = block + 1 < work->block_end ? run->packed + (size_t)width * channel_floats : NULL;
        run->output = (float *)work->outputs[at.image] + at.pixel * run->output_step + channel;
        run->residual = NULL;
        if (layer->residuals) {
            run->residual = (const float *)layer->residuals[at.image] + at.pixel * run->residual_step + channel;
        }
        multiply(run);
    }
}

#endif
