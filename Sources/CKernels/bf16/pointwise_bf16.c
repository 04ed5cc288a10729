/* Driver of the pointwise bfloat16 convolution: chunks of pixels that are rounded once, over them blocks of weights. */
#include "bf16/pointwise_bf16.h"

#include "shared/convolution_rows.h"

enum {
    CACHE_LINE = 64,
    PAIR_BYTES = 4,
    /* Rounded pixels that stay in the second-level cache while every block of weights passes over them. */
    CHUNK_BYTES = 256 << 10,
    /* Whole tiles of every width: the last of a chunk's pixels would otherwise be multiplied a few at a time. */
    GRANULE = 24,
};

static int32_t pairs_of(const ck_convolution_shape *shape) { return (shape->input_channels + 1) / 2; }

/* Bytes from a rounded pixel to the next: an odd number of cache lines, so that the pixels of a tile do not all want the
 * same places of the first-level cache. */
size_t ck_pointwise_bf16_pitch(const ck_convolution_shape *shape) {
    size_t lines = ((size_t)pairs_of(shape) * PAIR_BYTES + CACHE_LINE - 1) / CACHE_LINE;
    return (lines | 1) * CACHE_LINE;
}

static int32_t chunk_of(const ck_convolution_shape *shape) {
    int64_t all = (int64_t)shape->output_height * shape->output_width;
    int64_t pixels = CHUNK_BYTES / (int64_t)ck_pointwise_bf16_pitch(shape) / GRANULE * GRANULE;
    if (pixels < GRANULE) pixels = GRANULE;
    return (int32_t)(pixels < all ? pixels : all);
}

int ck_pointwise_bf16_suits(const ck_bf16_kernels *kernels, const ck_convolution_shape *shape) {
    return kernels->runs && ck_is_pointwise(shape);
}

size_t ck_pointwise_bf16_scratch_size(const ck_convolution_shape *shape) {
    return (size_t)chunk_of(shape) * ck_pointwise_bf16_pitch(shape);
}

void ck_pointwise_bf16_run(
    const ck_bf16_kernels *kernels, const ck_convolution_f32 *layer, const void *const *scales, const ck_work *work) {
    const ck_convolution_shape *shape = &layer->shape;
    const int64_t pixels = (int64_t)shape->output_height * shape->output_width, chunk = chunk_of(shape);
    const size_t pitch = ck_pointwise_bf16_pitch(shape);
    const float *input[1] = {work->scratch};
    ck_run_f32 run = ck_run_of(layer, work);
    run.inputs = input;
    run.input_step = (ptrdiff_t)(pitch / sizeof(float));
    run.taps = 1;
    run.channels = pairs_of(shape);
    for (int64_t first = work->begin; first < work->end; first += run.count) {
        int64_t image = first / pixels, pixel = first % pixels, left = pixels - pixel;
        if (left > work->end - first) left = work->end - first;
        run.count = (int32_t)(left < chunk ? left : chunk);
        kernels->pairs(
            (const float *)work->inputs[image] + pixel * work->input_stride, work->input_stride,
            scales ? scales[image] : NULL, work->scratch, pitch, run.count, shape->input_channels);
        ck_run_blocks(ck_runs_bf16_of(kernels, shape), layer, work, &run, image, pixel);
    }
}

/* All blocks of channels, with memory of one image. */
static ck_work whole_of(
    const ck_bf16_kernels *kernels, const ck_convolution_f32 *layer, void *const *output, ptrdiff_t step) {
    return (ck_work){
        .outputs = output,
        .output_stride = step,
        .block_end = ck_runs_bf16_division(kernels, &layer->shape).blocks,
    };
}

void ck_pointwise_bf16_expand(
    const ck_bf16_kernels *kernels, const ck_convolution_f32 *layer, const float *from, ptrdiff_t step, int64_t pixels,
    float *pairs, ptrdiff_t pair_step, void *scratch) {
    const ck_convolution_shape *shape = &layer->shape;
    const int64_t chunk = chunk_of(shape);
    const size_t pitch = ck_pointwise_bf16_pitch(shape);
    const ck_run_kernels *runs = ck_runs_bf16_of(kernels, shape);
    const ck_run_kernels paired = {.lanes = runs->lanes, .tile_vectors = runs->tile_vectors, .run = runs->run_paired};
    const float *input[1] = {scratch};
    void *output[1] = {pairs};
    const ck_work work = whole_of(kernels, layer, output, pair_step);
    ck_run_f32 run = ck_run_of(layer, &work);
    run.inputs = input;
    run.input_step = (ptrdiff_t)(pitch / sizeof(float));
    run.taps = 1;
    run.channels = pairs_of(shape);
    for (int64_t first = 0; first < pixels; first += run.count) {
        run.count = (int32_t)(pixels - first < chunk ? pixels - first : chunk);
        output[0] = pairs + first / 2 * pair_step;
        kernels->pairs(from + first * step, step, NULL, scratch, pitch, run.count, shape->input_channels);
        ck_run_blocks(&paired, layer, &work, &run, 0, 0);
    }
}

void ck_pointwise_bf16_project(
    const ck_bf16_kernels *kernels, const ck_convolution_f32 *layer, const void *rounded, int64_t pixels, float *to,
    ptrdiff_t step) {
    const float *input[1] = {rounded};
    void *output[1] = {to};
    const ck_work work = whole_of(kernels, layer, output, step);
    ck_run_f32 run = ck_run_of(layer, &work);
    run.inputs = input;
    run.input_step = (ptrdiff_t)(ck_pointwise_bf16_pitch(&layer->shape) / sizeof(float));
    run.taps = 1;
    run.channels = pairs_of(&layer->shape);
    run.count = (int32_t)pixels;
    ck_run_blocks(ck_runs_bf16_of(kernels, &layer->shape), layer, &work, &run, 0, 0);
}
