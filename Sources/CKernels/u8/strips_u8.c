/* u8/strips: any layer, over tile registers: strips of input, over them blocks of weights, over them tiles. */
#include "u8/strips_u8.h"

#include "shared/methods.h"
#include "shared/strip_run.h"
#include "u8/quantized_layer.h"

enum { BLOCK_CHANNELS = CK_STRIP_VECTORS * CK_STRIP_LANES };

static ck_strip_layout layout_of(const ck_strip_u8_kernels *kernels, const ck_convolution_shape *shape) {
    return ck_strip_layout_of(shape, sizeof(uint8_t), kernels->budget);
}

static size_t constant_bytes(const ck_convolution_shape *shape) {
    size_t vectors = (size_t)ck_vectors_of(shape->output_channels, CK_STRIP_LANES);
    return vectors * CK_STRIP_LANES * CK_CONSTANTS_BYTES;
}

static int suits(ck_isa isa, const ck_layer *layer) {
    (void)layer;
    return ck_strip_u8_kernels_of(isa) != NULL;
}

static size_t packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    ck_strip_layout layout = layout_of(ck_strip_u8_kernels_of(isa), shape);
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
static void pack(ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed) {
    ck_strip_layout layout = layout_of(ck_strip_u8_kernels_of(isa), shape);
    const ck_quantized_layer layer = ck_quantized_dense(shape, &parameters->u8);
    const ck_packed_u8_header header = ck_packed_header_of(&layer);
    memcpy(packed, &header, sizeof header);

    uint8_t *to = (uint8_t *)packed + sizeof header;
    int32_t vectors = ck_vectors_of(shape->output_channels, CK_STRIP_LANES), blocks = ck_strip_blocks(shape), first = 0;
    for (int32_t block = 0; block < blocks; block++) {
        int32_t width = ck_block_vectors(vectors, blocks, block) * CK_STRIP_LANES, channel_of[BLOCK_CHANNELS];
        for (int32_t i = 0; i < width; i++) channel_of[i] = first + i;
        to = ck_pack_constants(&layer, CK_STRIP_LANES, width, channel_of, to);
        first += width;
    }
    int32_t offset = layer.weight_zero_point - header.weight_zero_point;
    ck_strip_pack(&layout, to, put_weight, &(shifted_weights){layer.weights, offset});
}

/* The sums of windows come after what a strip needs. */
static size_t scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    ck_strip_layout layout = layout_of(ck_strip_u8_kernels_of(isa), shape);
    return layout.scratch_size + (size_t)layout.tiles * CK_STRIP_POSITIONS * sizeof(int32_t);
}

static ck_division division(ck_isa isa, const ck_convolution_shape *shape) {
    (void)isa;
    return ck_strip_division(shape);
}

typedef struct context {
    const ck_strip_u8_kernels *kernels;
    const ck_strip_layout *layout;
    const ck_work *work;
    const uint8_t *constants; /* of all blocks */
    int32_t weight_zero_point;
    int32_t *window_sums; /* [tiles][16] */
    int32_t first; /* channel of the block */
    ck_strip_output_u8 output;
} context;

static void begin_strip(void *given, const ck_strip_tile *tiles, int32_t count) {
    const context *c = given;
    const ck_strip_layout *layout = c->layout;
    for (int32_t t = 0; c->weight_zero_point && t < count; t++) {
        c->kernels->sum_windows(
            tiles[t].base, layout->step, ck_strip_taps(layout, c->work->scratch), layout->taps, layout->terms,
            -c->weight_zero_point, c->window_sums + t * CK_STRIP_POSITIONS);
    }
}

static void begin_block(void *given, int32_t first, int32_t vectors, int32_t columns) {
    context *c = given;
    c->first = first;
    c->output.vectors = vectors;
    c->output.columns = columns;
    c->output.constants = (const int32_t *)(c->constants + (size_t)first * CK_CONSTANTS_BYTES);
}

static void finish(void *given, const ck_strip_tile *tile, int32_t index, const void *sums) {
    context *c = given;
    c->output.sums = sums;
    c->output.row_sums = c->weight_zero_point ? c->window_sums + index * CK_STRIP_POSITIONS : NULL;
    c->output.pixels = tile->pixels;
    c->output.output = (uint8_t *)c->work->outputs[tile->image] + c->first;
    c->kernels->finish(&c->output);
}

static void run(ck_isa isa, const ck_convolution *layer, const ck_work *work) {
    const ck_strip_u8_kernels *kernels = ck_strip_u8_kernels_of(isa);
    const ck_packed_u8_header *header = layer->packed;
    const ck_strip_layout layout = layout_of(kernels, &layer->shape);
    context c = {
        .kernels = kernels,
        .layout = &layout,
        .work = work,
        .constants = (const uint8_t *)layer->packed + sizeof *header,
        .weight_zero_point = header->weight_zero_point,
        .window_sums = (int32_t *)((uint8_t *)work->scratch + layout.scratch_size),
        .output = {.output_stride = work->output_stride, .range = ck_output_of(layer)},
    };
    const ck_strip_method method = {
        .layout = &layout,
        .source = {.element = sizeof(uint8_t), .padding = (uint8_t)layer->input_zero_point, .gather = kernels->gather},
        .weights = c.constants + constant_bytes(&layer->shape),
        .lines_ahead = 1,
        .product = kernels->product,
        .begin_strip = begin_strip,
        .begin_block = begin_block,
        .finish = finish,
    };
    if (kernels->enter) kernels->enter();
    ck_strip_run(&method, work, &c);
    if (kernels->leave) kernels->leave();
}

const ck_method ck_u8_strips = {
    .name = "strips",
    .element = CK_ELEMENT_U8,
    .suits = suits,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .division = division,
    .run = run,
};
