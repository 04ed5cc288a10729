/* Driver of the fp32 convolution: by Winograd's method where that is faster, or else as plain sums: chunks of pixels,
 * over them blocks of weights, over them tiles. */
#include "shared/convolution_rows.h"
#include "f32/convolution_runs.h"
#include "f32/winograd_f32.h"

static ck_rows_layout layout_of(const ck_f32_kernels *kernels, const ck_convolution_shape *shape) {
    return ck_rows_layout_of(shape, sizeof(float), 1, kernels->tile_pixels);
}

static size_t terms_of(const ck_convolution_shape *shape) {
    return (size_t)shape->kernel_height * (size_t)shape->kernel_width * (size_t)shape->input_channels;
}

size_t ck_convolution_f32_packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    if (ck_winograd_size(shape)) return ck_winograd_packed_size(kernels, shape);
    return (size_t)ck_vectors_of(shape->output_channels, kernels->lanes) * (size_t)kernels->lanes
        * (terms_of(shape) + 1) * sizeof(float);
}

void ck_convolution_f32_pack(
    ck_isa isa, const ck_convolution_shape *shape, const float *weights, const float *bias, void *packed) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    if (ck_winograd_size(shape)) {
        ck_winograd_pack(kernels, shape, weights, bias, packed);
        return;
    }
    size_t terms = terms_of(shape);
    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes),
            blocks = ck_block_count(vectors, kernels->tile_vectors), channel = 0;
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

static size_t round_up_to_line(size_t bytes) { return (bytes + 63) / 64 * 64; }

size_t ck_convolution_f32_scaled_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    return round_up_to_line(ck_convolution_f32_scratch_size(isa, shape)) + ck_convolution_f32_packed_size(isa, shape);
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

/* Pixels whose input stays in the second-level cache while every block of weights passes over it. */
static int64_t pointwise_chunk(const ck_convolution_shape *shape) {
    enum { CHUNK_BYTES = 512 << 10, LEAST_PIXELS = 96 };
    int64_t pixels = CHUNK_BYTES / ((int64_t)shape->input_channels * (int64_t)sizeof(float));
    return pixels < LEAST_PIXELS ? LEAST_PIXELS : pixels / LEAST_PIXELS * LEAST_PIXELS;
}

static ck_run_kernels runs_of(const ck_f32_kernels *kernels) {
    return (ck_run_kernels){
        .lanes = kernels->lanes,
        .tile_vectors = kernels->tile_vectors,
        .run = kernels->convolution_run,
        .pixel = kernels->convolution_pixel,
    };
}

/* A pointwise layer is a product of matrices. */
static void run_pointwise(const ck_f32_kernels *kernels, const ck_convolution_f32 *layer, const ck_work *work) {
    const ck_convolution_shape *shape = &layer->shape;
    int64_t pixels = (int64_t)shape->output_height * shape->output_width, chunk = pointwise_chunk(shape);
    const ck_run_kernels runs = runs_of(kernels);
    ck_run_f32 run = ck_run_of(layer, work);
    const float *input[1];
    run.inputs = input;
    run.taps = 1;
    run.channels = shape->input_channels;
    for (int64_t first = work->begin; first < work->end; first += run.count) {
        int64_t image = first / pixels, pixel = first % pixels, left = pixels - pixel;
        if (left > work->end - first) left = work->end - first;
        run.count = (int32_t)(left < chunk ? left : chunk);
        input[0] = (const float *)work->inputs[image] + pixel * run.input_step;
        ck_run_blocks(&runs, layer, work, &run, image, pixel);
    }
}

/* Few channels: a tap is a row of the window, whose pixels lie together in the image. Only the windows that hang over
 * its left or right edge are copied. */
static void run_windows(
    const ck_f32_kernels *kernels, const ck_convolution_f32 *layer, const ck_work *work, const ck_rows_layout *layout) {
    const ck_convolution_shape *shape = &layer->shape;
    float *copy = (float *)((uint8_t *)work->scratch + layout->copies_offset);
    const float **taps = (const float **)((uint8_t *)work->scratch + layout->rows_offset);
    const ck_run_kernels runs = runs_of(kernels);
    ck_run_f32 run = ck_run_of(layer, work);
    run.inputs = taps;
    run.taps = shape->kernel_height;
    run.channels = layout->depth;
    int32_t channels = shape->input_channels;
    for (int64_t pixel = work->begin; pixel < work->end; pixel += run.count) {
        int64_t row = pixel / shape->output_width, image = row / shape->output_height;
        int32_t x = (int32_t)(pixel % shape->output_width), y = (int32_t)(row % shape->output_height);
        int32_t left = x * shape->stride_x - shape->padding_left, top = y * shape->stride_y - shape->padding_top;
        /* Pixels from here on whose windows lie between the edges. */
        int32_t room = shape->input_width - shape->kernel_width - left;
        int32_t inside = left < 0 || room < 0 ? 0 : room / shape->stride_x + 1;
        if (inside > shape->output_width - x) inside = shape->output_width - x;
        if (inside > work->end - pixel) inside = (int32_t)(work->end - pixel);
        run.count = inside > 0 ? inside : 1;
        for (int32_t ky = 0; ky < shape->kernel_height; ky++) {
            int32_t from = top + ky * shape->dilation_y;
            taps[ky] = NULL;
            if (from < 0 || from >= shape->input_height) continue;
            const float *line = (const float *)work->inputs[image] + (ptrdiff_t)from * shape->input_width * channels;
            taps[ky] = line + (ptrdiff_t)left * channels;
            if (inside > 0) continue;
            float *to = copy + (ptrdiff_t)ky * layout->depth;
            taps[ky] = to;
            for (int32_t kx = 0; kx < shape->kernel_width; kx++, to += channels) {
                int32_t column = left + kx;
                if (column < 0 || column >= shape->input_width) {
                    memset(to, 0, (size_t)channels * sizeof(float));
                } else {
                    memcpy(to, line + (ptrdiff_t)column * channels, (size_t)channels * sizeof(float));
                }
            }
        }
        ck_run_blocks(&runs, layer, work, &run, image, row % shape->output_height * shape->output_width + x);
    }
}

/* Scales the weights of the blocks that are wanted rather than the pixels: a map has more of these. */
static void scale_blocks(
    const ck_f32_kernels *kernels, const ck_convolution_f32 *layer, const ck_work *work, const float *scales,
    float *scaled) {
    int32_t vectors = ck_vectors_of(layer->shape.output_channels, kernels->lanes);
    int32_t blocks = ck_block_count(vectors, kernels->tile_vectors), terms = layer->shape.input_channels;
    for (int32_t block = work->block_begin; block < work->block_end; block++) {
        size_t first = (size_t)ck_block_first_vector(vectors, blocks, block) * (size_t)kernels->lanes;
        size_t width = (size_t)ck_block_vectors(vectors, blocks, block) * (size_t)kernels->lanes;
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

void ck_convolution_f32_run_scaled(
    ck_isa isa, const ck_convolution_f32 *layer, const void *const *scales, const ck_work *work) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    int64_t pixels = (int64_t)layer->shape.output_height * layer->shape.output_width;
    uint8_t *scratch = work->scratch;
    float *scaled = (float *)(scratch + round_up_to_line(ck_convolution_f32_scratch_size(isa, &layer->shape)));
    ck_convolution_f32 own = *layer;
    own.packed = scaled;
    ck_work part = *work;
    for (part.begin = work->begin; part.begin < work->end; part.begin = part.end) {
        int64_t image = part.begin / pixels, last = (image + 1) * pixels;
        part.end = last < work->end ? last : work->end;
        scale_blocks(kernels, layer, work, scales[image], scaled);
        run_pointwise(kernels, &own, &part);
    }
}

void ck_convolution_f32_run(ck_isa isa, const ck_convolution_f32 *layer, const ck_work *work) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    if (ck_winograd_size(&layer->shape)) {
        ck_winograd_run(kernels, layer, work);
    } else if (ck_is_pointwise(&layer->shape)) {
        run_pointwise(kernels, layer, work);
    } else {
        ck_rows_layout layout = layout_of(kernels, &layer->shape);
        if (layout.by_rows && layer->shape.dilation_x == 1 && work->input_stride == layer->shape.input_channels) {
            run_windows(kernels, layer, work, &layout);
        } else {
            run_sums(kernels, layer, work);
        }
    }
}
