/* f32/sums: any layer, as plain sums: chunks of pixels that are found through pointers, over them blocks of weights,
 * over them tiles. */
#include "f32/direct_f32.h"
#include "shared/methods.h"

static int suits(ck_isa isa, const ck_layer *layer) {
    (void)isa;
    (void)layer;
    return 1;
}

static void run(ck_isa isa, const ck_convolution *layer, const ck_work *work) {
    const ck_convolution_shape *shape = &layer->shape;
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    const ck_indirection layout = ck_direct_f32_layout_of(kernels, shape);
    ck_indirection_prepare(&layout, 0, work->scratch);
    uint8_t *scratch = work->scratch;
    const float *const *rows = (const float *const *)(scratch + layout.rows_offset);
    float *const *outputs = (float *const *)(scratch + layout.outputs_offset);
    const float *const *residuals = (const float *const *)(scratch + layout.residuals_offset);

    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes);
    int32_t blocks = ck_block_count(vectors, kernels->tile_vectors), chunk = layout.tiles * layout.pixels;
    size_t channel_floats = (size_t)layout.taps * (size_t)layout.depth + 1;
    for (int64_t first = work->begin; first < work->end; first += chunk) {
        int32_t count = work->end - first < chunk ? (int32_t)(work->end - first) : chunk;
        ck_indirection_build(&layout, shape, work, layer->residuals, layer->residual_stride, 0, first, count);
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

const ck_method ck_f32_sums = {
    .name = "sums",
    .element = CK_ELEMENT_F32,
    .suits = suits,
    .packed_size = ck_direct_f32_packed_size,
    .pack = ck_direct_f32_pack,
    .scratch_size = ck_direct_f32_scratch_size,
    .division = ck_direct_f32_division,
    .run = run,
};
