/* bf16/strips: any layer: strips of rounded input, over them blocks of weights, over them tiles. */
#include "bf16/kernels_bf16.h"
#include "shared/methods.h"
#include "shared/strip_run.h"

static ck_strip_layout layout_of(const ck_bf16_kernels *kernels, const ck_convolution_shape *shape) {
    return ck_strip_layout_of(shape, sizeof(uint16_t), kernels->budget);
}

static size_t bias_floats(const ck_convolution_shape *shape) {
    return (size_t)ck_vectors_of(shape->output_channels, CK_STRIP_LANES) * CK_STRIP_LANES;
}

static int suits(ck_isa isa, const ck_layer *layer) {
    (void)isa;
    (void)layer;
    return 1;
}

static size_t packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    ck_strip_layout layout = layout_of(ck_bf16_kernels_of(isa), shape);
    return bias_floats(shape) * sizeof(float) + ck_strip_weight_bytes(&layout);
}

static void put_weight(const void *weights, size_t index, uint8_t *to) {
    uint16_t rounded = ck_bf16_of(((const float *)weights)[index]);
    memcpy(to, &rounded, sizeof rounded);
}

/* The bias [vectors * 16] in float, then the panels. */
static void pack(ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed) {
    ck_strip_layout layout = layout_of(ck_bf16_kernels_of(isa), shape);
    const float *bias = parameters->f32.bias;
    float *to = packed;
    for (size_t i = 0; i < bias_floats(shape); i++) {
        to[i] = bias && i < (size_t)shape->output_channels ? bias[i] : 0;
    }
    ck_strip_pack(&layout, (uint8_t *)(to + bias_floats(shape)), put_weight, parameters->f32.weights);
}

static size_t scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    return layout_of(ck_bf16_kernels_of(isa), shape).scratch_size;
}

static ck_division division(ck_isa isa, const ck_convolution_shape *shape) {
    (void)isa;
    return ck_strip_division(shape);
}

typedef struct context {
    const ck_bf16_kernels *kernels;
    const ck_convolution *layer;
    const ck_work *work;
    int32_t first; /* channel of the block */
    ck_strip_output_bf16 output;
} context;

static void begin_block(void *given, int32_t first, int32_t vectors, int32_t columns) {
    context *c = given;
    c->first = first;
    c->output.vectors = vectors;
    c->output.columns = columns;
    c->output.bias = (const float *)c->layer->packed + first;
}

static void finish(void *given, const ck_strip_tile *tile, int32_t index, const void *sums) {
    context *c = given;
    (void)index;
    const void *const *residuals = c->layer->residuals;
    c->output.sums = sums;
    c->output.pixels = tile->pixels;
    c->output.output = (float *)c->work->outputs[tile->image] + c->first;
    c->output.residual = residuals ? (const float *)residuals[tile->image] + c->first : NULL;
    c->kernels->finish(&c->output);
}

static void run(ck_isa isa, const ck_convolution *layer, const ck_work *work) {
    const ck_bf16_kernels *kernels = ck_bf16_kernels_of(isa);
    const ck_strip_layout layout = layout_of(kernels, &layer->shape);
    const ck_strip_method method = {
        .layout = &layout,
        .source = {.element = sizeof(float), .gather = kernels->gather},
        .weights = (const uint8_t *)((const float *)layer->packed + bias_floats(&layer->shape)),
        .lines_ahead = kernels->lines_ahead,
        .product = kernels->product,
        .begin_block = begin_block,
        .finish = finish,
    };
    context c = {
        .kernels = kernels,
        .layer = layer,
        .work = work,
        .output =
            {
                .output_stride = work->output_stride,
                .residual_stride = layer->residual_stride,
                .activation = layer->activation,
            },
    };
    if (kernels->enter) kernels->enter();
    ck_strip_run(&method, work, &c);
    if (kernels->leave) kernels->leave();
}

const ck_method ck_bf16_strips = {
    .name = "strips",
    .element = CK_ELEMENT_BF16,
    .suits = suits,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .division = division,
    .run = run,
};
