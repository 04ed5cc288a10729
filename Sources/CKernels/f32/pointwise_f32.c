/* f32/pointwise: a layer whose pixels are made of the input pixels at their own place alone is a product of matrices.
 * f32/pixel: over a map of one pixel it is one of a matrix and a vector. */
#include "f32/direct_f32.h"
#include "shared/cache.h"
#include "shared/methods.h"

static int is_one_pixel(const ck_convolution_shape *shape) {
    return shape->output_height == 1 && shape->output_width == 1;
}

static int suits_pixel(ck_isa isa, const ck_layer *layer) {
    (void)isa;
    return ck_is_pointwise(&layer->shape) && is_one_pixel(&layer->shape);
}

static int suits(ck_isa isa, const ck_layer *layer) {
    (void)isa;
    return ck_is_pointwise(&layer->shape);
}

static void run_by(
    const ck_run_kernels *runs, ck_run_kernel *multiply, const ck_convolution *layer, const ck_work *work) {
    const ck_convolution_shape *shape = &layer->shape;
    int64_t chunk = ck_pointwise_chunk(shape, sizeof(float));
    ck_run_f32 run = ck_run_f32_of(layer, work);
    const float *input[1];
    run.inputs = input;
    run.taps = 1;
    run.channels = shape->input_channels;
    for (int64_t first = work->begin; first < work->end; first += run.count) {
        ck_pixels at = ck_pixels_at(shape, first, work->end, chunk);
        input[0] = (const float *)work->inputs[at.image] + at.pixel * run.input_step;
        ck_run_f32_blocks(runs, multiply, layer, work, &run, at);
    }
}

static void run(ck_isa isa, const ck_convolution *layer, const ck_work *work) {
    const ck_run_kernels runs = ck_direct_f32_runs_of(ck_f32_kernels_of(isa));
    run_by(&runs, runs.run, layer, work);
}

static void run_pixel(ck_isa isa, const ck_convolution *layer, const ck_work *work) {
    const ck_run_kernels runs = ck_direct_f32_runs_of(ck_f32_kernels_of(isa));
    run_by(&runs, runs.pixel, layer, work);
}

/* ---- Scaled channels --------------------------------------------------------------------------------------------- */

/* The scaled weights come after what the layer needs itself. */
static size_t scaled_offset(ck_isa isa, const ck_convolution_shape *shape) {
    return ck_whole_lines(ck_direct_f32_scratch_size(isa, shape));
}

static size_t scaled_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    return scaled_offset(isa, shape) + ck_direct_f32_packed_size(isa, shape);
}

/* Scales the weights of the blocks that are wanted rather than the pixels: a map has more of these. */
static void scale_blocks(
    const ck_run_kernels *runs, const ck_convolution *layer, const ck_work *work, const float *scales, float *scaled) {
    int32_t vectors = ck_vectors_of(layer->shape.output_channels, runs->lanes);
    int32_t blocks = ck_block_count(vectors, runs->tile_vectors), terms = layer->shape.input_channels;
    for (int32_t block = work->block_begin; block < work->block_end; block++) {
        size_t first = (size_t)ck_block_first_vector(vectors, blocks, block) * (size_t)runs->lanes;
        size_t width = (size_t)ck_block_vectors(vectors, blocks, block) * (size_t)runs->lanes;
        const float *from = (const float *)layer->packed + first * (size_t)(terms + 1);
        float *to = scaled + first * (size_t)(terms + 1);
        memcpy(to, from, width * sizeof(float));
        for (int32_t k = 0; k < terms; k++) {
            from += width;
            to += width;
            float scale = scales[k];
            for (size_t i = 0; i < width; i++) to[i] = from[i] * scale;
        }
    }
}

static void run_scaled(ck_isa isa, const ck_convolution *layer, const void *const *scales, const ck_work *work) {
    const ck_run_kernels runs = ck_direct_f32_runs_of(ck_f32_kernels_of(isa));
    ck_run_kernel *multiply = ck_run_kernel_of(&runs, &layer->shape, 1);
    int64_t pixels = (int64_t)layer->shape.output_height * layer->shape.output_width;
    float *scaled = (float *)((uint8_t *)work->scratch + scaled_offset(isa, &layer->shape));
    ck_convolution own = *layer;
    own.packed = scaled;
    ck_work part = *work;
    for (part.begin = work->begin; part.begin < work->end; part.begin = part.end) {
        int64_t image = part.begin / pixels, last = (image + 1) * pixels;
        part.end = last < work->end ? last : work->end;
        scale_blocks(&runs, layer, work, scales[image], scaled);
        run_by(&runs, multiply, &own, &part);
    }
}

const ck_method ck_f32_pixel = {
    .name = "pixel",
    .element = CK_ELEMENT_F32,
    .suits = suits_pixel,
    .packed_size = ck_direct_f32_packed_size,
    .pack = ck_direct_f32_pack,
    .scratch_size = ck_direct_f32_scratch_size,
    .division = ck_direct_f32_division,
    .run = run_pixel,
    .scaled_scratch_size = scaled_scratch_size,
    .run_scaled = run_scaled,
    .joins = 1,
};

const ck_method ck_f32_pointwise = {
    .name = "pointwise",
    .element = CK_ELEMENT_F32,
    .suits = suits,
    .packed_size = ck_direct_f32_packed_size,
    .pack = ck_direct_f32_pack,
    .scratch_size = ck_direct_f32_scratch_size,
    .division = ck_direct_f32_division,
    .run = run,
    .scaled_scratch_size = scaled_scratch_size,
    .run_scaled = run_scaled,
    .joins = 1,
};
