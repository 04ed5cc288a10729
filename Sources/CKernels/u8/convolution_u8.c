/* Driver of the 8-bit convolution: like that of fp32, with the sums of the input that a weight zero point needs. */
#include "shared/convolution_rows.h"
#include "u8/quantized_layer.h"
#include "u8/strip_u8.h"

/* Bytes of a tap that the micro-kernel multiplies at once: one 32-bit lane's worth. */
enum { UNIT = 4, MAXIMUM_BLOCK = 256 };

static ck_rows_layout layout_of(const ck_u8_kernels *kernels, const ck_convolution_shape *shape) {
    return ck_rows_layout_of(shape, sizeof(uint8_t), UNIT, kernels->tile_pixels);
}

static size_t channel_bytes(const ck_rows_layout *layout) {
    return CK_CONSTANTS_BYTES + (size_t)layout->taps * (size_t)layout->depth;
}

size_t ck_convolution_u8_packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_strip_u8_kernels *tiles = ck_strip_u8_kernels_of(isa);
    if (tiles) return ck_strip_u8_packed_size(tiles, shape);
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    ck_rows_layout layout = layout_of(kernels, shape);
    size_t width = (size_t)ck_vectors_of(shape->output_channels, kernels->lanes) * (size_t)kernels->lanes;
    return sizeof(ck_packed_u8_header) + width * channel_bytes(&layout);
}

void ck_convolution_u8_pack(
    ck_isa isa, const ck_convolution_shape *shape, const int8_t *weights, int32_t weight_zero_point,
    int32_t input_zero_point, const int32_t *bias, const ck_requantization *requantization, void *packed) {
    const ck_strip_u8_kernels *tiles = ck_strip_u8_kernels_of(isa);
    if (tiles) {
        ck_strip_u8_pack(tiles, shape, weights, weight_zero_point, input_zero_point, bias, requantization, packed);
        return;
    }
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    ck_rows_layout layout = layout_of(kernels, shape);
    size_t terms = (size_t)shape->kernel_height * (size_t)shape->kernel_width * (size_t)shape->input_channels;
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
    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes),
            blocks = ck_block_count(vectors, kernels->tile_vectors), first = 0;
    size_t depth = (size_t)layout.depth, tap_terms = (size_t)layout.terms;
    for (int32_t block = 0; block < blocks; block++) {
        int32_t width = ck_block_vectors(vectors, blocks, block) * kernels->lanes;
        int32_t channel_of[MAXIMUM_BLOCK];
        for (int32_t i = 0; i < width; i++) channel_of[i] = first + i;
        to = ck_pack_constants(&layer, kernels->lanes, width, channel_of, to);
        for (size_t at = 0; at < (size_t)layout.taps * depth; at += UNIT) {
            for (int32_t i = 0; i < width; i++) {
                for (size_t k = at % depth; k < at % depth + UNIT; k++) {
                    /* Past a tap's terms come bytes of anything, which the sums of the rows hold too: weights less the
                     * zero point that are 0 cancel them. Past the last channel nothing is stored. */
                    int32_t weight = header.weight_zero_point;
                    if (first + i < shape->output_channels && k < tap_terms) {
                        weight = weights[(size_t)(first + i) * terms + at / depth * tap_terms + k] - offset;
                    }
                    *to++ = (uint8_t)weight;
                }
            }
        }
        first += width;
    }
}

size_t ck_convolution_u8_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_strip_u8_kernels *tiles = ck_strip_u8_kernels_of(isa);
    if (tiles) return ck_strip_u8_scratch_size(tiles, shape);
    return layout_of(ck_u8_kernels_of(isa), shape).scratch_size;
}

ck_division ck_convolution_u8_division(ck_isa isa, const ck_convolution_shape *shape) {
    if (ck_strip_u8_kernels_of(isa)) return ck_strip_division(shape);
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes);
    return (ck_division){kernels->tile_pixels, ck_block_count(vectors, kernels->tile_vectors)};
}

/* The work's blocks of channels over a run that begins at a pixel of an image's output. */
static void run_blocks(
    const ck_u8_kernels *kernels, const ck_convolution_u8 *layer, const ck_work *work, const ck_rows_layout *layout,
    ck_run_u8 *run, int64_t image, int64_t pixel) {
    const uint8_t *weights = (const uint8_t *)layer->packed + sizeof(ck_packed_u8_header);
    int32_t channels = layer->shape.output_channels, vectors = ck_vectors_of(channels, kernels->lanes);
    int32_t blocks = ck_block_count(vectors, kernels->tile_vectors);
    for (int32_t block = work->block_begin; block < work->block_end; block++) {
        int32_t channel = ck_block_first_vector(vectors, blocks, block) * kernels->lanes;
        run->vectors = ck_block_vectors(vectors, blocks, block);
        int32_t width = run->vectors * kernels->lanes, rest = channels - channel;
        run->columns = rest < width ? rest : width;
        run->packed = weights + (size_t)channel * channel_bytes(layout);
        run->output = (uint8_t *)work->outputs[image] + pixel * run->output_step + channel;
        kernels->convolution_run(run);
    }
}

/* What all runs of a layer have in common. */
static ck_run_u8 run_of(const ck_convolution_u8 *layer, const ck_work *work, const ck_rows_layout *layout) {
    return (ck_run_u8){
        .inputs = (const uint8_t *const *)((uint8_t *)work->scratch + layout->rows_offset),
        .input_step = work->input_stride * layer->shape.stride_x,
        .output_step = work->output_stride,
        .taps = layout->taps,
        .groups = layout->depth / UNIT,
        .padding = (uint8_t)layer->input_zero_point,
        .range = ck_output_of(layer),
    };
}

/* A pointwise layer is a product of matrices: as many pixels at a time as stay in the second-level cache while every
 * block of weights passes over them. */
static void run_pointwise(
    const ck_u8_kernels *kernels, const ck_convolution_u8 *layer, const ck_work *work, const ck_rows_layout *layout) {
    enum { CHUNK_BYTES = 512 << 10, LEAST_PIXELS = 96 };
    const ck_convolution_shape *shape = &layer->shape;
    int64_t pixels = (int64_t)shape->output_height * shape->output_width, chunk = CHUNK_BYTES / shape->input_channels;
    chunk = chunk < LEAST_PIXELS ? LEAST_PIXELS : chunk / LEAST_PIXELS * LEAST_PIXELS;
    ck_run_u8 run = run_of(layer, work, layout);
    const uint8_t **input = (const uint8_t **)((uint8_t *)work->scratch + layout->rows_offset);
    for (int64_t first = work->begin; first < work->end; first += run.count) {
        int64_t image = first / pixels, pixel = first % pixels, left = pixels - pixel;
        if (left > work->end - first) left = work->end - first;
        run.count = (int32_t)(left < chunk ? left : chunk);
        input[0] = (const uint8_t *)work->inputs[image] + pixel * run.input_step;
        run_blocks(kernels, layer, work, layout, &run, image, pixel);
    }
}

/* Few channels: a tap is a row of the window, whose pixels lie together in the image. The windows that hang over its
 * left or right edge are copied, and those at its end past which a tap would be filled up with what is not its own. */
static void run_windows(
    const ck_u8_kernels *kernels, const ck_convolution_u8 *layer, const ck_work *work, const ck_rows_layout *layout) {
    const ck_convolution_shape *shape = &layer->shape;
    uint8_t *copy = (uint8_t *)work->scratch + layout->copies_offset;
    const uint8_t **taps = (const uint8_t **)((uint8_t *)work->scratch + layout->rows_offset);
    ck_run_u8 run = run_of(layer, work, layout);
    int32_t channels = shape->input_channels;
    int64_t row_bytes = (int64_t)shape->input_width * channels, image_bytes = shape->input_height * row_bytes;
    for (int64_t pixel = work->begin; pixel < work->end; pixel += run.count) {
        int64_t row = pixel / shape->output_width, image = row / shape->output_height;
        int32_t x = (int32_t)(pixel % shape->output_width), y = (int32_t)(row % shape->output_height);
        int32_t left = x * shape->stride_x - shape->padding_left, top = y * shape->stride_y - shape->padding_top;
        int32_t bottom = top + (shape->kernel_height - 1) * shape->dilation_y;
        if (bottom >= shape->input_height) bottom = shape->input_height - 1;
        /* Pixels from here on whose windows lie between the edges. */
        int32_t room = shape->input_width - shape->kernel_width - left;
        int32_t inside = left < 0 || room < 0 ? 0 : room / shape->stride_x + 1;
        if (inside > shape->output_width - x) inside = shape->output_width - x;
        if (inside > work->end - pixel) inside = (int32_t)(work->end - pixel);
        int64_t bytes = image_bytes - layout->depth - bottom * row_bytes - (int64_t)left * channels;
        while (inside > 0 && (inside - 1) * run.input_step > bytes) inside--;
        run.count = inside > 0 ? inside : 1;
        for (int32_t ky = 0; ky < shape->kernel_height; ky++) {
            int32_t from = top + ky * shape->dilation_y;
            taps[ky] = NULL;
            if (from < 0 || from >= shape->input_height) continue;
            const uint8_t *line = (const uint8_t *)work->inputs[image] + from * row_bytes;
            taps[ky] = line + (ptrdiff_t)left * channels;
            if (inside > 0) continue;
            uint8_t *to = copy + (ptrdiff_t)ky * layout->depth;
            taps[ky] = to;
            for (int32_t kx = 0; kx < shape->kernel_width; kx++, to += channels) {
                int32_t column = left + kx;
                if (column < 0 || column >= shape->input_width) {
                    memset(to, run.padding, (size_t)channels);
                } else {
                    memcpy(to, line + (ptrdiff_t)column * channels, (size_t)channels);
                }
            }
        }
        run_blocks(kernels, layer, work, layout, &run, image, row % shape->output_height * shape->output_width + x);
    }
}

/* Whether the layer was run as one of evenly spaced pixels. */
static int run_evenly(
    const ck_u8_kernels *kernels, const ck_convolution_u8 *layer, const ck_work *work, const ck_rows_layout *layout) {
    const ck_packed_u8_header *header = layer->packed;
    if (!kernels->convolution_run || header->weight_zero_point || header->scaling != CK_SCALING_MODERATE) return 0;
    if (ck_is_pointwise(&layer->shape) && !layout->by_rows) {
        run_pointwise(kernels, layer, work, layout);
    } else if (layout->by_rows && layer->shape.dilation_x == 1 && work->input_stride == layer->shape.input_channels) {
        run_windows(kernels, layer, work, layout);
    } else {
        return 0;
    }
    return 1;
}

void ck_convolution_u8_run(ck_isa isa, const ck_convolution_u8 *layer, const ck_work *work) {
    const ck_strip_u8_kernels *strip_kernels = ck_strip_u8_kernels_of(isa);
    if (strip_kernels) {
        ck_strip_u8_run(strip_kernels, layer, work);
        return;
    }
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    const ck_convolution_shape *shape = &layer->shape;
    const ck_packed_u8_header *header = layer->packed;
    ck_rows_layout layout = layout_of(kernels, shape);
    if (run_evenly(kernels, layer, work, &layout)) return;
    uint8_t padding = (uint8_t)layer->input_zero_point, *scratch = work->scratch;
    ck_rows_prepare(&layout, padding, scratch);
    const uint8_t *const *rows = (const uint8_t *const *)(scratch + layout.rows_offset);
    uint8_t *const *outputs = (uint8_t *const *)(scratch + layout.outputs_offset);
    const uint8_t *weights = (const uint8_t *)layer->packed + sizeof *header;
    int32_t *sums = (int32_t *)(scratch + layout.sums_offset);

    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes),
            blocks = ck_block_count(vectors, kernels->tile_vectors);
    int32_t chunk = layout.tiles * layout.pixels;
    for (int64_t first = work->begin; first < work->end; first += chunk) {
        int32_t count = work->end - first < chunk ? (int32_t)(work->end - first) : chunk;
        ck_rows_build(&layout, shape, work, NULL, 0, padding, first, count);
        ck_tile_u8 tile = {.taps = layout.taps, .groups = layout.depth / UNIT, .output = ck_output_of(layer)};
        /* Once for all blocks of output channels. */
        for (int32_t done = 0; header->weight_zero_point && done < count; done += layout.pixels) {
            tile.count = count - done < layout.pixels ? count - done : layout.pixels;
            tile.rows = rows + (size_t)done * (size_t)layout.taps;
            kernels->row_sums(&tile, -header->weight_zero_point, sums + done);
        }
        for (int32_t block = work->block_begin; block < work->block_end; block++) {
            tile.first_channel = ck_block_first_vector(vectors, blocks, block) * kernels->lanes;
            tile.packed = weights + (size_t)tile.first_channel * channel_bytes(&layout);
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
