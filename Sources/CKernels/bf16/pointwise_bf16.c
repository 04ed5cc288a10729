/* bf16/pointwise: products of matrices, where there are kernels for that: chunks of pixels that are rounded once, over
 * them blocks of weights. */
#include "bf16/pointwise_bf16.h"

#include "shared/cache.h"
#include "shared/methods.h"

enum {
    PAIR_BYTES = 4,
    /* Whole tiles of every width: the last of a chunk's pixels would otherwise be multiplied a few at a time. */
    GRANULE = 24,
};

static int32_t pairs_of(const ck_convolution_shape *shape) { return (shape->input_channels + 1) / 2; }

size_t ck_pointwise_bf16_pitch(const ck_convolution_shape *shape) {
    return ck_odd_lines((size_t)pairs_of(shape) * PAIR_BYTES);
}

static int32_t chunk_of(const ck_convolution_shape *shape) {
    int64_t all = (int64_t)shape->output_height * shape->output_width;
    int64_t pixels = CK_ROUNDED_INPUT_BYTES / (int64_t)ck_pointwise_bf16_pitch(shape) / GRANULE * GRANULE;
    if (pixels < GRANULE) pixels = GRANULE;
    return (int32_t)(pixels < all ? pixels : all);
}

static int suits(ck_isa isa, const ck_layer *layer) {
    return ck_bf16_kernels_of(isa)->runs && ck_is_pointwise(&layer->shape);
}

static size_t packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    return ck_runs_bf16_packed_size(isa, shape, 1, shape->input_channels);
}

static void pack(ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed) {
    ck_runs_bf16_pack(isa, shape, 1, shape->input_channels, &parameters->f32, packed);
}

static size_t scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    (void)isa;
    return (size_t)chunk_of(shape) * ck_pointwise_bf16_pitch(shape);
}

/* What all runs over rounded pixels have in common. */
static ck_run_f32 rounded_run_of(const ck_convolution *layer, const ck_work *work, const float *const *input) {
    ck_run_f32 run = ck_run_f32_of(layer, work);
    run.inputs = input;
    run.input_step = (ptrdiff_t)(ck_pointwise_bf16_pitch(&layer->shape) / sizeof(float));
    run.taps = 1;
    run.channels = pairs_of(&layer->shape);
    return run;
}

static void run_scaled(ck_isa isa, const ck_convolution *layer, const void *const *scales, const ck_work *work) {
    const ck_convolution_shape *shape = &layer->shape;
    const ck_bf16_kernels *kernels = ck_bf16_kernels_of(isa);
    const ck_run_kernels *runs = ck_runs_bf16_of(kernels, shape);
    ck_run_kernel *multiply = ck_run_kernel_of(runs, shape, 1);
    const int32_t chunk = chunk_of(shape);
    const size_t pitch = ck_pointwise_bf16_pitch(shape);
    const float *input[1] = {work->scratch};
    ck_run_f32 run = rounded_run_of(layer, work, input);
    for (int64_t first = work->begin; first < work->end; first += run.count) {
        ck_pixels at = ck_pixels_at(shape, first, work->end, chunk);
        kernels->pairs(
            (const float *)work->inputs[at.image] + at.pixel * work->input_stride, work->input_stride,
            scales ? scales[at.image] : NULL, work->scratch, pitch, at.count, shape->input_channels);
        ck_run_f32_blocks(runs, multiply, layer, work, &run, at);
    }
}

static void run(ck_isa isa, const ck_convolution *layer, const ck_work *work) { run_scaled(isa, layer, NULL, work); }

/* ---- Parts of a bottleneck --------------------------------------------------------------------------------------- */

/* All blocks of channels, with memory of one image. */
static ck_work whole_of(const ck_run_kernels *runs, const ck_convolution *layer, void *const *output, ptrdiff_t step) {
    return (ck_work){
        .outputs = output,
        .output_stride = step,
        .block_end = ck_block_count(ck_vectors_of(layer->shape.output_channels, runs->lanes), runs->tile_vectors),
    };
}

void ck_pointwise_bf16_expand(
    ck_isa isa, const ck_convolution *layer, const float *from, ptrdiff_t step, int64_t pixels, float *pairs,
    ptrdiff_t pair_step, void *scratch) {
    const ck_convolution_shape *shape = &layer->shape;
    const ck_bf16_kernels *kernels = ck_bf16_kernels_of(isa);
    const ck_run_kernels *runs = ck_runs_bf16_of(kernels, shape);
    const int32_t chunk = chunk_of(shape);
    const size_t pitch = ck_pointwise_bf16_pitch(shape);
    const float *input[1] = {scratch};
    void *output[1] = {pairs};
    const ck_work work = whole_of(runs, layer, output, pair_step);
    ck_run_f32 run = rounded_run_of(layer, &work, input);
    ck_pixels at = {.image = 0};
    for (int64_t first = 0; first < pixels; first += at.count) {
        at.count = (int32_t)(pixels - first < chunk ? pixels - first : chunk);
        output[0] = pairs + first / 2 * pair_step;
        kernels->pairs(from + first * step, step, NULL, scratch, pitch, at.count, shape->input_channels);
        ck_run_f32_blocks(runs, runs->run_paired, layer, &work, &run, at);
    }
}

void ck_pointwise_bf16_project(
    ck_isa isa, const ck_convolution *layer, const void *rounded, int64_t pixels, float *to, ptrdiff_t step) {
    const ck_run_kernels *runs = ck_runs_bf16_of(ck_bf16_kernels_of(isa), &layer->shape);
    const float *input[1] = {rounded};
    void *output[1] = {to};
    const ck_work work = whole_of(runs, layer, output, step);
    ck_run_f32 run = rounded_run_of(layer, &work, input);
    ck_run_kernel *multiply = ck_run_kernel_of(runs, &layer->shape, 1);
    ck_run_f32_blocks(runs, multiply, layer, &work, &run, (ck_pixels){.count = (int32_t)pixels});
}

const ck_method ck_bf16_pointwise = {
    .name = "pointwise",
    .element = CK_ELEMENT_BF16,
    .suits = suits,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .division = ck_runs_bf16_division,
    .run = run,
    .scaled_scratch_size = scratch_size,
    .run_scaled = run_scaled,
    .joins = 1,
};
