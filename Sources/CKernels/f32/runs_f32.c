#include "f32/runs_f32.h"

void ck_run_f32_blocks(
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
