#include "u8/strip_u8.h"

#include "u8/quantized_layer.h"

enum { BLOCK_CHANNELS = CK_STRIP_VECTORS * CK_STRIP_LANES };

static ck_strip_layout layout_of(const ck_strip_u8_kernels *kernels, const ck_convolution_shape *shape) {
    return ck_strip_layout_of(shape, sizeof(uint8_t), kernels->budget);
}

static size_t constant_bytes(const ck_convolution_shape *shape) {
    size_t vectors = (size_t)ck_vectors_of(shape->output_channels, CK_STRIP_LANES);
    return vectors * CK_STRIP_LANES * CK_CONSTANTS_BYTES;
}

size_t ck_strip_u8_packed_size(const ck_strip_u8_kernels *kernels, const ck_convolution_shape *shape) {
    ck_strip_layout layout = layout_of(kernels, shape);
    return sizeof(ck_packed_u8_header) + constant_bytes(shape) + ck_strip_weight_bytes(&layout);
}

typedef struct shifted_weights {
    const int8_t *weights;
    int32_t offset;
} shifted_weights;

static void put_weight(const void *weights, size_t index, uint8_t *to) {
    const shifted_weights *shifted = weights;
    *to = (uint8_t)(shifted->weights[index] - shifted->offset);
}

/* The header, the constants of all blocks, then the panels. */
void ck_strip_u8_pack(
    const ck_strip_u8_kernels *kernels, const ck_convolution_shape *shape, const int8_t *weights,
    int32_t weight_zero_point, int32_t input_zero_point, const int32_t *bias, const ck_requantization *requantization,
    void *packed) {
    ck_strip_layout layout = layout_of(kernels, shape);
    size_t terms = (size_t)layout.taps * (size_t)layout.terms;
    ck_quantized_layer layer = {
        .channels = shape->output_channels,
        .terms = terms,
        .channel_stride = (ptrdiff_t)terms,
        .term_stride = 1,
        .weights = weights,
        .weight_zero_point = weight_zero_point,
        .input_zero_point = input_zero_point,
        .bias = bias,
        .requantization = requantization};
    int folds = ck_zero_point_folds(weights, terms * (size_t)shape->output_channels, weight_zero_point);
    int32_t offset = folds ? weight_zero_point : 0;
    ck_packed_u8_header header = {
        .weight_zero_point = weight_zero_point - offset, .scaling = ck_scaling_of(&layer), .planes = 1};
    memcpy(packed, &header, sizeof header);

    uint8_t *to = (uint8_t *)packed + sizeof header;
    int32_t vectors = ck_vectors_of(shape->output_channels, CK_STRIP_LANES), blocks = ck_strip_blocks(shape), first = 0;
    for (int32_t block = 0; block < blocks; block++) {
        int32_t width = ck_block_vectors(vectors, blocks, block) * CK_STRIP_LANES, channel_of[BLOCK_CHANNELS];
        for (int32_t i = 0; i < width; i++) channel_of[i] = first + i;
        to = ck_pack_constants(&layer, CK_STRIP_LANES, width, channel_of, to);
        first += width;
    }
    ck_strip_pack(&layout, to, put_weight, &(shifted_weights){weights, offset});
}

/* The sums of windows come after what a strip needs. */
size_t ck_strip_u8_scratch_size(const ck_strip_u8_kernels *kernels, const ck_convolution_shape *shape) {
    ck_strip_layout layout = layout_of(kernels, shape);
    return layout.scratch_size + (size_t)layout.tiles * CK_STRIP_POSITIONS * sizeof(int32_t);
}

void ck_strip_u8_run(const ck_strip_u8_kernels *kernels, const ck_convolution_u8 *layer, const ck_work *work) {
    const ck_convolution_shape *shape = &layer->shape;
    const ck_packed_u8_header *header = layer->packed;
    const ck_strip_layout layout = layout_of(kernels, shape);
    const ck_strip_source source = {
        .element = sizeof(uint8_t), .padding = (uint8_t)layer->input_zero_point, .gather = kernels->gather};
    uint8_t *scratch = work->scratch;
    const ck_strip_tile *tiles = (const ck_strip_tile *)(scratch + layout.tiles_offset);
    const uint8_t *constants = (const uint8_t *)layer->packed + sizeof *header;
    const uint8_t *weights = constants + constant_bytes(shape);
    int32_t *sums = (int32_t *)(scratch + layout.sums_offset);
    int32_t *window_sums = (int32_t *)(scratch + layout.scratch_size);
    int32_t vectors = ck_vectors_of(shape->output_channels, CK_STRIP_LANES), blocks = ck_strip_blocks(shape);
    size_t vector_bytes = ck_strip_vector_bytes(&layout);

    ck_strip_prepare(&layout, scratch);
    ck_strip_product product = {
        .step = layout.step,
        .taps = (const ptrdiff_t *)(scratch + layout.taps_offset),
        .tap_count = layout.taps,
        .chunks = layout.chunks,
        .sums = sums,
    };
    ck_strip_output_u8 output = {.output_stride = work->output_stride, .range = ck_output_of(layer)};
    if (kernels->enter) kernels->enter();
    for (int64_t next = work->begin; next < work->end;) {
        int32_t count;
        next = ck_strip_fill(&layout, &source, work, next, &count);
        for (int32_t t = 0; header->weight_zero_point && t < count; t++) {
            kernels->sum_windows(
                tiles[t].base, layout.step, product.taps, layout.taps, layout.terms, -header->weight_zero_point,
                window_sums + t * CK_STRIP_POSITIONS);
        }
        for (int32_t block = work->block_begin; block < work->block_end; block++) {
            int32_t vector = ck_block_first_vector(vectors, blocks, block), first = vector * CK_STRIP_LANES;
            product.weights = weights + (size_t)vector * vector_bytes;
            product.vectors = output.vectors = ck_block_vectors(vectors, blocks, block);
            product.ahead = product.weights + (size_t)product.vectors * vector_bytes;
            product.ahead_lines = block + 1 < work->block_end ? ck_strip_lines_ahead(count) : 0;
            int32_t width = product.vectors * CK_STRIP_LANES, left = shape->output_channels - first;
            output.columns = left < width ? left : width;
            output.constants = (const int32_t *)(constants + (size_t)first * CK_CONSTANTS_BYTES);
            const uint8_t *end_of_next = product.ahead + (size_t)product.vectors * vector_bytes;
            for (int32_t t = 0; t < count; t += 2) {
                int32_t pair = count - t < 2 ? 1 : 2;
                product.tiles[0] = tiles[t].base;
                product.tiles[1] = pair == 2 ? tiles[t + 1].base : NULL;
                kernels->product(&product);
                product.ahead += (size_t)product.ahead_lines * (size_t)layout.chunks * (size_t)layout.taps * 64;
                if (product.ahead >= end_of_next) product.ahead_lines = 0;
                for (int32_t i = 0; i < pair; i++) {
                    const ck_strip_tile *tile = tiles + t + i;
                    output.sums = sums + i * CK_STRIP_POSITIONS * width;
                    output.row_sums = header->weight_zero_point ? window_sums + (t + i) * CK_STRIP_POSITIONS : NULL;
                    output.pixels = tile->pixels;
                    output.output = (uint8_t *)work->outputs[tile->image] + first;
                    kernels->finish(&output);
                }
            }
        }
    }
    if (kernels->leave) kernels->leave();
}
