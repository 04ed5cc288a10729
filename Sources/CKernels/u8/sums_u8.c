/* u8/sums: any layer, as plain sums: chunks of pixels that are found through pointers, over them blocks of weights,
 * over them tiles; with the sums of the input that a weight zero point needs. */
#include "shared/methods.h"
#include "u8/direct_u8.h"

static int suits(ck_isa isa, const ck_layer *layer) {
    (void)isa;
    (void)layer;
    return 1;
}

static void run(ck_isa isa, const ck_convolution *layer, const ck_work *work) {
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    const ck_convolution_shape *shape = &layer->shape;
    const ck_packed_u8_header *header = layer->packed;
    const ck_indirection layout = ck_direct_u8_layout_of(kernels, shape);
    uint8_t padding = (uint8_t)layer->input_zero_point, *scratch = work->scratch;
    ck_indirection_prepare(&layout, padding, scratch);
    const uint8_t *const *rows = (const uint8_t *const *)(scratch + layout.rows_offset);
    uint8_t *const *outputs = (uint8_t *const *)(scratch + layout.outputs_offset);
    const uint8_t *weights = (const uint8_t *)layer->packed + sizeof *header;
    int32_t *sums = (int32_t *)(scratch + layout.sums_offset);

    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes),
            blocks = ck_block_count(vectors, kernels->tile_vectors);
    int32_t chunk = layout.tiles * layout.pixels;
    for (int64_t first = work->begin; first < work->end; first += chunk) {
        int32_t count = work->end - first < chunk ? (int32_t)(work->end - first) : chunk;
        ck_indirection_build(&layout, shape, work, NULL, 0, padding, first, count);
        ck_tile_u8 tile = {
            .taps = layout.taps, .groups = layout.depth / CK_DIRECT_U8_UNIT, .output = ck_output_of(layer)};
        /* Once for all blocks of output channels. */
        for (int32_t done = 0; header->weight_zero_point && done < count; done += layout.pixels) {
            tile.count = count - done < layout.pixels ? count - done : layout.pixels;
            tile.rows = rows + (size_t)done * (size_t)layout.taps;
            kernels->row_sums(&tile, -header->weight_zero_point, sums + done);
        }
        for (int32_t block = work->block_begin; block < work->block_end; block++) {
            tile.first_channel = ck_block_first_vector(vectors, blocks, block) * kernels->lanes;
            tile.packed = weights + (size_t)tile.first_channel * ck_direct_u8_channel_bytes(&layout);
            tile.vectors = ck_block_vectors(vectors, blocks, block);
            int32_t width = tile.vectors * kernels->lanes, left = shape->output_channels - (int32_t)tile.first_channel;
            tile.columns = left < width ? left : width;
            for (int32_t done = 0; done < count; done += layout.pixels) {
                tile.count = count - done < layout.pixels ? count - done : layout.pixels;
                tile.rows = rows + (size_t)done * (size_t)layout.taps;
                tile.outputs = outputs + done;
                tile.row_sums = header->weight_zero_point ? sums + done : NULL;
                kernels->convolution_tile(&tile);
            }
        }
    }
}

const ck_method ck_u8_sums = {
    .name = "sums",
    .element = CK_ELEMENT_U8,
    .suits = suits,
    .packed_size = ck_direct_u8_packed_size,
    .pack = ck_direct_u8_pack,
    .scratch_size = ck_direct_u8_scratch_size,
    .division = ck_direct_u8_division,
    .run = run,
};
