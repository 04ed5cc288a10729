/* Driver of the bfloat16 convolution: by runs where there are no windows or few channels, and kernels for that, or else
 * strips of converted input, over them blocks of weights, over them tiles. */
#include "bf16/pointwise_bf16.h"
#include "bf16/windows_bf16.h"
#include "f32/winograd_f32.h"

static ck_strip_layout layout_of(const ck_bf16_kernels *kernels, const ck_convolution_shape *shape) {
    return ck_strip_layout_of(shape, sizeof(uint16_t), kernels->budget);
}

static size_t bias_floats(const ck_convolution_shape *shape) {
    return (size_t)ck_vectors_of(shape->output_channels, CK_STRIP_LANES) * CK_STRIP_LANES;
}

static void put_weight(const void *weights, size_t index, uint8_t *to) {
    uint16_t rounded = ck_bf16_of(((const float *)weights)[index]);
    memcpy(to, &rounded, sizeof rounded);
}

static int is_by_runs(const ck_bf16_kernels *kernels, const ck_convolution_shape *shape) {
    return ck_pointwise_bf16_suits(kernels, shape) || ck_windows_bf16_suits(kernels, shape);
}

/* Of what is computed by runs: rows of the window, the only one in pointwise layers. */
static int32_t taps_of(const ck_convolution_shape *shape) { return shape->kernel_height; }

size_t ck_convolution_bf16_packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_bf16_kernels *kernels = ck_bf16_kernels_of(isa);
    if (is_by_runs(kernels, shape)) {
        return ck_runs_bf16_packed_size(kernels, shape, taps_of(shape), ck_windows_bf16_terms(shape));
    }
    ck_strip_layout layout = layout_of(kernels, shape);
    return bias_floats(shape) * sizeof(float) + ck_strip_weight_bytes(&layout);
}

/* Strips: the bias [vectors * 16] in float, then the panels. */
void ck_convolution_bf16_pack(
    ck_isa isa, const ck_convolution_shape *shape, const float *weights, const float *bias, void *packed) {
    const ck_bf16_kernels *kernels = ck_bf16_kernels_of(isa);
    if (is_by_runs(kernels, shape)) {
        ck_runs_bf16_pack(kernels, shape, taps_of(shape), ck_windows_bf16_terms(shape), weights, bias, packed);
        return;
    }
    ck_strip_layout layout = layout_of(kernels, shape);
    float *to = packed;
    for (size_t i = 0; i < bias_floats(shape); i++) {
        to[i] = bias && i < (size_t)shape->output_channels ? bias[i] : 0;
    }
    ck_strip_pack(&layout, (uint8_t *)(to + bias_floats(shape)), put_weight, weights);
}

size_t ck_convolution_bf16_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_bf16_kernels *kernels = ck_bf16_kernels_of(isa);
    if (ck_pointwise_bf16_suits(kernels, shape)) return ck_pointwise_bf16_scratch_size(shape);
    if (ck_windows_bf16_suits(kernels, shape)) return ck_windows_bf16_scratch_size(shape);
    return layout_of(kernels, shape).scratch_size;
}

ck_division ck_convolution_bf16_division(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_bf16_kernels *kernels = ck_bf16_kernels_of(isa);
    if (is_by_runs(kernels, shape)) return ck_runs_bf16_division(kernels, shape);
    return ck_strip_division(shape);
}

enum { LEAST_CHANNELS = 16 };

int ck_convolution_bf16_joins(ck_isa isa, const ck_convolution_shape *shape) {
    return ck_pointwise_bf16_suits(ck_bf16_kernels_of(isa), shape);
}

int ck_convolution_bf16_is_faster(ck_isa isa, const ck_convolution_shape *shape) {
    switch (ck_bf16_gain_of(isa)) {
    case CK_BF16_GAIN_NONE: return 0;
    case CK_BF16_GAIN_VECTORS:
        if (ck_winograd_size(shape)) return 0;
        if (is_by_runs(ck_bf16_kernels_of(isa), shape)) return 1;
        /* Of strips, whole tiles are computed, and few channels are mostly conversion. */
        return shape->input_channels >= LEAST_CHANNELS
            && shape->output_height * shape->output_width >= CK_STRIP_POSITIONS;
    case CK_BF16_GAIN_TILES: return 1;
    }
    return 0;
}

void ck_convolution_bf16_run_scaled(
    ck_isa isa, const ck_convolution_f32 *layer, const void *const *scales, const ck_work *work) {
    ck_pointwise_bf16_run(ck_bf16_kernels_of(isa), layer, scales, work);
}

void ck_convolution_bf16_run(ck_isa isa, const ck_convolution_f32 *layer, const ck_work *work) {
    const ck_bf16_kernels *kernels = ck_bf16_kernels_of(isa);
    const ck_convolution_shape *shape = &layer->shape;
    if (ck_pointwise_bf16_suits(kernels, shape)) {
        ck_pointwise_bf16_run(kernels, layer, NULL, work);
        return;
    }
    if (ck_windows_bf16_suits(kernels, shape)) {
        ck_windows_bf16_run(kernels, layer, work);
        return;
    }
    const ck_strip_layout layout = layout_of(kernels, shape);
    const ck_strip_source source = {.element = sizeof(float), .gather = kernels->gather};
    uint8_t *scratch = work->scratch;
    const ck_strip_tile *tiles = (const ck_strip_tile *)(scratch + layout.tiles_offset);
    const float *bias = layer->packed;
    const uint8_t *weights = (const uint8_t *)(bias + bias_floats(shape));
    float *sums = (float *)(scratch + layout.sums_offset);
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
    ck_bf16_output output = {
        .sums = sums,
        .output_stride = work->output_stride,
        .residual_stride = layer->residual_stride,
        .activation = layer->activation,
    };
    if (kernels->enter) kernels->enter();
    for (int64_t next = work->begin; next < work->end;) {
        int32_t count;
        next = ck_strip_fill(&layout, &source, work, next, &count);
        for (int32_t block = work->block_begin; block < work->block_end; block++) {
            int32_t vector = ck_block_first_vector(vectors, blocks, block), first = vector * CK_STRIP_LANES;
            product.weights = weights + (size_t)vector * vector_bytes;
            product.vectors = output.vectors = ck_block_vectors(vectors, blocks, block);
            product.ahead = product.weights + (size_t)product.vectors * vector_bytes;
            product.ahead_lines = kernels->lines_ahead && block + 1 < work->block_end ? ck_strip_lines_ahead(count) : 0;
            int32_t width = product.vectors * CK_STRIP_LANES, left = shape->output_channels - first;
            output.columns = left < width ? left : width;
            output.bias = bias + first;
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
                    output.pixels = tile->pixels;
                    output.output = (float *)work->outputs[tile->image] + first;
                    output.residual = layer->residuals ? (const float *)layer->residuals[tile->image] + first : NULL;
                    kernels->finish(&output);
                }
            }
        }
    }
    if (kernels->leave) kernels->leave();
}
