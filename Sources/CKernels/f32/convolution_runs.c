#include "f32/convolution_runs.h"

void ck_run_blocks(
    const ck_run_kernels *kernels, const ck_convolution_f32 *layer, const ck_work *work, ck_run_f32 *run, int64_t image,
    int64_t pixel) {
    const ck_convolution_shape *shape = &layer->shape;
    int is_pixel = shape->output_height == 1 && shape->output_width == 1 && run->taps == 1;
    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes);
    int32_t blocks = ck_block_count(vectors, kernels->tile_vectors);
    size_t channel_floats = (size_t)run->taps * (size_t)run->channels + 1;
    for (int32_t block = work->block_begin; block < work->block_end; block++) {
        int32_t channel = ck_block_first_vector(vectors, blocks, block) * kernels->lanes;
        run->vectors = ck_block_vectors(vectors, blocks, block);
        int32_t width = run->vectors * kernels->lanes, rest = shape->output_channels - channel;
        run->columns = rest < width ? rest : width;
        run->packed = (const float *)layer->packed + (size_t)channel * channel_floats;
        run->ahead = block + 1 < work->block_end ? run->packed + (size_t)width * channel_floats : NULL;
        run->output = (float *)work->outputs[image] + pixel * run->output_step + channel;
        run->residual = NULL;
        if (layer->residuals) {
            run->residual = (const float *)layer->residuals[image] + pixel * run->residual_step + channel;
        }
        (is_pixel ? kernels->pixel : kernels->run)(run);
    }
}
