/* Driver of the fp32 convolution: by Winograd's method where that is faster, or else as plain sums: chunks of pixels,
 * over them blocks of weights, over them tiles. */
#include "convolution_rows.h"
#include "winograd_f32.h"

static ck_rows_layout layout_of(const ck_f32_kernels *kernels, const ck_convolution_shape *shape) {
    return ck_rows_layout_of(shape, sizeof(float), 1, kernels->tile_pixels);
}

static size_t terms_of(const ck_convolution_shape *shape) {
    return (size_t)shape->kernel_height * (size_t)shape->kernel_width * (size_t)shape->input_channels;
}

size_t ck_convolution_f32_packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    if (ck_winograd_size(shape)) return ck_winograd_packed_size(kernels, shape);
    return (size_t)ck_vectors_of(shape->output_channels, kernels->lanes) * (size_t)kernels->lanes * (terms_of(shape) + 1) * sizeof(float);
}

void ck_convolution_f32_pack(
    ck_isa isa, const ck_convolution_shape *shape, const float *weights, const float *bias, void *packed) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    if (ck_winograd_size(shape)) {
        ck_winograd_pack(kernels, shape, weights, bias, packed);
        return;
    }
    size_t terms = terms_of(shape);
    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes), blocks = ck_block_count(vectors, kernels->tile_vectors), channel = 0;
    float *to = packed;
    for (int32_t block = 0; block < blocks; block++) {
        int32_t width = ck_block_vectors(vectors, blocks, block) * kernels->lanes;
        for (int32_t i = 0; i < width; i++) {
            *to++ = bias && channel + i < shape->output_channels ? bias[channel + i] : 0;
        }
        for (size_t term = 0; term < terms; term++) {
            for (int32_t i = 0; i < width; i++) {
                *to++ = channel + i < shape->output_channels ? weights[(size_t)(channel + i) * terms + term] : 0;
            }
        }
        channel += width;
    }
}

size_t ck_convolution_f32_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    return ck_winograd_size(shape) ? ck_winograd_scratch_size(kernels, shape) : layout_of(kernels, shape).scratch_size;
}

ck_division ck_convolution_f32_division(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes);
    int32_t rows = ck_winograd_size(shape) ? ck_winograd_rows(shape) : 0;
    return (ck_division){
        .pixels = rows ? (int64_t)rows * shape->output_width : kernels->tile_pixels,
        .blocks = ck_block_count(vectors, kernels->tile_vectors),
    };
}

static void run_sums(const ck_f32_kernels *kernels, const ck_convolution_f32 *layer, const ck_work *work) {
    const ck_convolution_shape *shape = &layer->shape;
    ck_rows_layout layout = layout_of(kernels, shape);
    ck_rows_prepare(&layout, 0, work->scratch);
    uint8_t *scratch = work->scratch;
    const float *const *rows = (const float *const *)(scratch + layout.rows_offset);
    float *const *outputs = (float *const *)(scratch + layout.outputs_offset);
    const float *const *residuals = (const float *const *)(scratch + layout.residuals_offset);

    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes);
    int32_t blocks = ck_block_count(vectors, kernels->tile_vectors), chunk = layout.tiles * layout.pixels;
    size_t channel_floats = (size_t)layout.taps * (size_t)layout.depth + 1;
    for (int64_t first = work->begin; first < work->end; first += chunk) {
        int32_t count = work->end - first < chunk ? (int32_t)(work->end - first) : chunk;
        ck_rows_build(&layout, shape, work, layer->residuals, layer->residual_stride, 0, first, count);
        ck_tile_f32 tile = {.taps = layout.taps, .channels = layout.depth, .activation = layer->activation};
        for (int32_t block = work->block_begin; block < work->block_end; block++) {
            tile.first_channel = ck_block_first_vector(vectors, blocks, block) * kernels->lanes;
            tile.packed = (const float *)layer->packed + (size_t)tile.first_channel * channel_floats;
            tile.vectors = ck_block_vectors(vectors, blocks, block);
            int32_t width = tile.vectors * kernels->lanes, left = shape->output_channels - (int32_t)tile.first_channel;
            tile.columns = left < width ? left : width;
            tile.ahead = tile.packed; /* the next block's weights would drive this block's out of the cache */
            for (int32_t done = 0; done < count; done += layout.pixels) {
                tile.count = count - done < layout.pixels ? count - done : layout.pixels;
                tile.rows = rows + (size_t)done * (size_t)layout.taps;
                tile.outputs = outputs + done;
                tile.residuals = layer->residuals ? residuals + done : NULL;
                kernels->convolution_tile(&tile);
            }
        }
    }
}

void ck_convolution_f32_run(ck_isa isa, const ck_convolution_f32 *layer, const ck_work *work) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    if (ck_winograd_size(&layer->shape)) {
        ck_winograd_run(kernels, layer, work);
    } else {
        run_sums(kernels, layer, work);
    }
}
