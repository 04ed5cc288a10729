#include "f32/winograd_f32.h"

enum {
    CACHE_LINE = 64,
    LINE_FLOATS = CACHE_LINE / 4,
    KERNEL_EDGE = CK_WINOGRAD_KERNEL_EDGE,
    MAXIMUM_SIZE = CK_WINOGRAD_MAXIMUM_SIZE,
    MAXIMUM_POSITIONS = CK_WINOGRAD_MAXIMUM_POSITIONS,
    /* With fewer channels the transforms outweigh what they save. */
    MINIMUM_INPUT_CHANNELS = 24,
    MINIMUM_OUTPUT_CHANNELS = 16,
    /* Transformed inputs of a chunk, which every block of weights passes over, and transformed outputs, which are read
     * back at once: together they leave room for the weights in a second-level cache. */
    INPUT_BYTES = 640 << 10,
    OUTPUT_BYTES = 512 << 10,
    /* Below this many tiles a chunk, fetching the weights costs more than transformed inputs that leave the cache: the
     * second number for weights that are too many to stay in a shared third-level cache. */
    MINIMUM_TILES = 48,
    MINIMUM_TILES_FROM_MEMORY = 128,
    MAXIMUM_TILES = 192,
    CACHED_WEIGHT_BYTES = 12 << 20,
};

typedef struct layout {
    int32_t size, edge, positions;
    int32_t tiles; /* of a chunk */
    int32_t group_blocks; /* blocks of output channels that are transformed back together */
    int32_t vectors, blocks;
    /* Floats from a position to the next. An odd number of lines, so that the positions of one tile, which are written
     * together, lie in different sets of the caches. */
    ptrdiff_t input_pitch, output_pitch;
    size_t rows_offset, sums_rows_offset, tiles_offset, inputs_offset, outputs_offset; /* into the scratch */
    size_t scratch_size;
} layout;

int32_t ck_winograd_size(const ck_convolution_shape *shape) {
    if (!ck_winograd_fits(shape) || shape->input_channels < MINIMUM_INPUT_CHANNELS
        || shape->output_channels < MINIMUM_OUTPUT_CHANNELS) {
        return 0;
    }
    /* In multiplications for each pair of an input and an output channel: those of the sums, the transforms that share
     * them out, and a weight's way from memory, which takes as long as WEIGHT of them. */
    enum { WEIGHT = 12, TRANSFORM_2 = 120, TRANSFORM_4 = 260 };
    double pixels = (double)shape->output_height * shape->output_width, taps = KERNEL_EDGE * KERNEL_EDGE;
    double best = taps * (pixels + WEIGHT);
    double channels = 1.0 / shape->input_channels + 1.0 / shape->output_channels;
    int32_t best_size = 0;
    for (int32_t size = 2; size <= MAXIMUM_SIZE; size += 2) {
        double tiles = (double)ck_tiles_of_image(shape, size);
        double positions = (size + 2) * (size + 2), transforms = size == 2 ? TRANSFORM_2 : TRANSFORM_4;
        double cost = positions * (tiles + WEIGHT) + tiles * transforms * channels;
        if (cost < best) {
            best = cost;
            best_size = size;
        }
    }
    return best_size;
}

int32_t ck_winograd_rows(const ck_convolution_shape *shape) { return ck_winograd_size(shape) * shape->dilation_y; }

static size_t round_up(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

static ptrdiff_t odd_lines(size_t floats) {
    return (ptrdiff_t)((round_up(floats, LINE_FLOATS) / LINE_FLOATS | 1) * LINE_FLOATS);
}

static size_t clamp(size_t value, size_t low, size_t high) { return value < low ? low : value > high ? high : value; }

static layout layout_of(const ck_f32_kernels *kernels, const ck_convolution_shape *shape) {
    layout result = {.size = ck_winograd_size(shape)};
    result.edge = result.size + KERNEL_EDGE - 1;
    result.positions = result.edge * result.edge;
    result.vectors = ck_vectors_of(shape->output_channels, kernels->lanes);
    result.blocks = ck_block_count(result.vectors, kernels->tile_vectors);

    size_t channels = (size_t)shape->input_channels, positions = (size_t)result.positions;
    size_t tile_pixels = (size_t)kernels->tile_pixels;
    size_t weight_bytes = positions * channels * (size_t)shape->output_channels * sizeof(float);
    size_t least = weight_bytes > CACHED_WEIGHT_BYTES ? MINIMUM_TILES_FROM_MEMORY : MINIMUM_TILES;
    size_t tiles = clamp(INPUT_BYTES / (positions * channels * sizeof(float)), least, MAXIMUM_TILES);
    /* Chunks of one size: each passes over all the weights, be it ever so small. */
    size_t in_image = (size_t)ck_tiles_of_image(shape, result.size);
    size_t chunks = (in_image + tiles - 1) / tiles;
    tiles = round_up((in_image + chunks - 1) / chunks, tile_pixels);
    result.tiles = (int32_t)tiles;
    size_t block_width = (size_t)(ck_block_vectors(result.vectors, result.blocks, 0) * kernels->lanes);
    size_t blocks = clamp(OUTPUT_BYTES / (positions * tiles * block_width * sizeof(float)), 1, (size_t)result.blocks);
    result.group_blocks = (int32_t)blocks;

    result.input_pitch = odd_lines(tiles * channels);
    result.output_pitch = odd_lines(tiles * blocks * block_width);
    size_t offset = round_up(channels * sizeof(float), CACHE_LINE);
    result.rows_offset = offset;
    offset = round_up(offset + tiles * sizeof(float *), CACHE_LINE);
    result.sums_rows_offset = offset;
    offset = round_up(offset + tiles * sizeof(float *), CACHE_LINE);
    result.tiles_offset = offset;
    offset = round_up(offset + tiles * sizeof(ck_tile_origin), CACHE_LINE);
    result.inputs_offset = offset;
    offset += positions * (size_t)result.input_pitch * sizeof(float);
    result.outputs_offset = offset;
    offset += positions * (size_t)result.output_pitch * sizeof(float);
    result.scratch_size = offset;
    return result;
}

size_t ck_winograd_scratch_size(const ck_f32_kernels *kernels, const ck_convolution_shape *shape) {
    return layout_of(kernels, shape).scratch_size;
}

/* ---- Packing ---------------------------------------------------------------------------------------------------- */

/* Floats of one position of a block: the micro-kernel's bias, all zeros, then its weights. */
static size_t position_floats(const ck_convolution_shape *shape, int32_t width) {
    return ((size_t)shape->input_channels + 1) * (size_t)width;
}

/* The bias [channels up to lanes], then [block][position][1 + input channels][the block's channels]. */
size_t ck_winograd_packed_size(const ck_f32_kernels *kernels, const ck_convolution_shape *shape) {
    layout l = layout_of(kernels, shape);
    int32_t width = l.vectors * kernels->lanes;
    return ((size_t)width + (size_t)l.positions * position_floats(shape, width)) * sizeof(float);
}

/* Kernels that are transformed together: the compiler makes vectors of them. */
enum { KERNELS = 16 };

/* G g Gᵀ of 3×3 kernels. */
static void transform_weights(
    int32_t size, double g[KERNEL_EDGE * KERNEL_EDGE][KERNELS], double result[MAXIMUM_POSITIONS][KERNELS]) {
    const double a = 0.70710678118654752440, b = 1.41421356237309504880;
    const double two[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
    const double four[6][3] = {
        {1, 0, 0},
        {-2.0 / 3, -2.0 / 3 * a, -1.0 / 3},
        {-2.0 / 3, 2.0 / 3 * a, -1.0 / 3},
        {1.0 / 6, 1.0 / 6 * b, 1.0 / 3},
        {1.0 / 6, -1.0 / 6 * b, 1.0 / 3},
        {0, 0, 1},
    };
    const double(*matrix)[3] = size == 2 ? two : four;
    int32_t edge = size + KERNEL_EDGE - 1;
    for (int32_t y = 0; y < edge; y++) {
        double row[3][KERNELS];
        for (size_t x = 0; x < 3; x++) {
            for (int32_t i = 0; i < KERNELS; i++) {
                row[x][i] = matrix[y][0] * g[x][i] + matrix[y][1] * g[3 + x][i] + matrix[y][2] * g[6 + x][i];
            }
        }
        for (int32_t x = 0; x < edge; x++, result++) {
            for (int32_t i = 0; i < KERNELS; i++) {
                (*result)[i] = matrix[x][0] * row[0][i] + matrix[x][1] * row[1][i] + matrix[x][2] * row[2][i];
            }
        }
    }
}

void ck_winograd_pack(
    const ck_f32_kernels *kernels, const ck_convolution_shape *shape, const float *weights, const float *bias,
    float *packed) {
    enum { TAPS = KERNEL_EDGE * KERNEL_EDGE };
    layout l = layout_of(kernels, shape);
    int32_t outputs = shape->output_channels, channel = 0;
    size_t inputs = (size_t)shape->input_channels, terms = TAPS * inputs;
    for (int32_t i = 0; i < l.vectors * kernels->lanes; i++) *packed++ = bias && i < outputs ? bias[i] : 0;
    for (int32_t block = 0; block < l.blocks; block++) {
        int32_t width = ck_block_vectors(l.vectors, l.blocks, block) * kernels->lanes;
        size_t pitch = position_floats(shape, width);
        for (int32_t position = 0; position < l.positions; position++) {
            memset(packed + (size_t)position * pitch, 0, (size_t)width * sizeof(float));
        }
        float *to = packed + width;
        for (size_t k = 0; k < inputs; k += LINE_FLOATS) {
            size_t line = inputs - k < LINE_FLOATS ? inputs - k : LINE_FLOATS;
            for (int32_t first = 0; first < width; first += KERNELS) {
                double g[LINE_FLOATS][TAPS][KERNELS] = {0}, transformed[MAXIMUM_POSITIONS][KERNELS];
                int32_t count = width - first < KERNELS ? width - first : KERNELS;
                /* A line at a time: those of different kernels may all want the same place of the cache. */
                for (int32_t i = 0; i < count && channel + first + i < outputs; i++) {
                    const float *from = weights + (size_t)(channel + first + i) * terms + k;
                    for (size_t tap = 0; tap < TAPS; tap++) {
                        for (size_t j = 0; j < line; j++) g[j][tap][i] = from[tap * inputs + j];
                    }
                }
                for (size_t j = 0; j < line; j++) {
                    transform_weights(l.size, g[j], transformed);
                    float *at = to + (k + j) * (size_t)width + first;
                    for (int32_t position = 0; position < l.positions; position++, at += pitch) {
                        for (int32_t i = 0; i < count; i++) at[i] = (float)transformed[position][i];
                    }
                }
            }
        }
        packed += (size_t)l.positions * pitch;
        channel += width;
    }
}

/* ---- Running ----------------------------------------------------------------------------------------------------- */

/* Blocks of output channels that are multiplied and transformed back together. */
typedef struct group {
    int32_t first, count;
    int32_t channel, width; /* the output channels, those that only fill up vectors included */
    const float *weights; /* of the first block */
} group;

static group group_at(
    const ck_f32_kernels *kernels, const ck_convolution_f32 *layer, const layout *l, int32_t first, int32_t end) {
    group result = {.first = first, .count = end - first < l->group_blocks ? end - first : l->group_blocks};
    result.channel = ck_block_first_vector(l->vectors, l->blocks, first) * kernels->lanes;
    int32_t next = ck_block_first_vector(l->vectors, l->blocks, first + result.count) * kernels->lanes;
    result.width = next - result.channel;
    result.weights = (const float *)layer->packed + l->vectors * kernels->lanes
        + (size_t)l->positions * position_floats(&layer->shape, result.channel);
    return result;
}

/* Of `tiles` tiles, whose inputs are transformed: one matrix multiplication a position. */
static void multiply(
    const ck_f32_kernels *kernels, const ck_convolution_shape *shape, const layout *l, uint8_t *scratch,
    const group *blocks, int32_t tiles) {
    const float **rows = (const float **)(scratch + l->rows_offset);
    float **sums = (float **)(scratch + l->sums_rows_offset);
    const float *inputs = (const float *)(scratch + l->inputs_offset);
    float *outputs = (float *)(scratch + l->outputs_offset);
    int32_t filled = (int32_t)round_up((size_t)tiles, (size_t)kernels->tile_pixels);
    for (int32_t position = 0; position < l->positions; position++) {
        for (int32_t t = 0; t < filled; t++) {
            ptrdiff_t at = t < tiles ? t : tiles - 1; /* the micro-kernel's last tile is filled up */
            rows[t] = inputs + position * l->input_pitch + at * shape->input_channels;
            sums[t] = outputs + position * l->output_pitch + at * blocks->width;
        }
        ck_tile_f32 tile = {.taps = 1, .channels = shape->input_channels, .activation = CK_ACTIVATION_NONE};
        const float *weights = blocks->weights;
        for (int32_t block = blocks->first; block < blocks->first + blocks->count; block++) {
            tile.vectors = ck_block_vectors(l->vectors, l->blocks, block);
            tile.columns = tile.vectors * kernels->lanes;
            size_t pitch = position_floats(shape, tile.columns);
            tile.packed = weights + (size_t)position * pitch;
            /* Meanwhile the weights of this block's next position come from memory; at the last one, any will do. */
            tile.ahead = position + 1 < l->positions ? tile.packed + pitch : tile.packed;
            for (int32_t done = 0; done < tiles; done += kernels->tile_pixels) {
                tile.count = tiles - done < kernels->tile_pixels ? tiles - done : kernels->tile_pixels;
                tile.rows = rows + done;
                tile.outputs = sums + done;
                kernels->convolution_tile(&tile);
                ptrdiff_t left = tile.packed + 2 * pitch - tile.ahead;
                if (left > 0) tile.ahead += (ptrdiff_t)LINE_FLOATS * tile.channels;
            }
            tile.first_channel += tile.columns;
            weights += (size_t)l->positions * pitch;
        }
    }
}

static void transform_back(
    const ck_f32_kernels *kernels, const ck_convolution_f32 *layer, const ck_work *work, const layout *l,
    const group *blocks, int32_t tiles) {
    const uint8_t *scratch = work->scratch;
    const ck_tile_origin *origins = (const ck_tile_origin *)(scratch + l->tiles_offset);
    int32_t columns = layer->shape.output_channels - blocks->channel;
    const void *outputs[MAXIMUM_SIZE * MAXIMUM_SIZE], *residuals[MAXIMUM_SIZE * MAXIMUM_SIZE];
    ck_winograd_output output = {
        .from = (const float *)(scratch + l->outputs_offset),
        .pitch = l->output_pitch,
        .bias = (const float *)layer->packed + blocks->channel,
        .columns = columns < blocks->width ? columns : blocks->width,
        .outputs = (void *const *)outputs,
        .residuals = layer->residuals ? residuals : NULL,
        .activation = layer->activation,
    };
    for (int32_t t = 0; t < tiles; t++, output.from += blocks->width) {
        ck_tile_origin at = origins[t];
        const float *image = (const float *)work->outputs[at.image] + blocks->channel;
        ptrdiff_t step = work->output_stride * (ptrdiff_t)sizeof(float);
        ck_tile_outputs(&layer->shape, work, l->size, at, image, step, outputs);
        if (layer->residuals) {
            image = (const float *)layer->residuals[at.image] + blocks->channel;
            step = layer->residual_stride * (ptrdiff_t)sizeof(float);
            ck_tile_outputs(&layer->shape, work, l->size, at, image, step, residuals);
        }
        kernels->winograd_output(l->size, &output);
    }
}

void ck_winograd_run(const ck_f32_kernels *kernels, const ck_convolution_f32 *layer, const ck_work *work) {
    const ck_convolution_shape *shape = &layer->shape;
    const layout l = layout_of(kernels, shape);
    uint8_t *scratch = work->scratch;
    float *padding = work->scratch, *inputs = (float *)(scratch + l.inputs_offset);
    ck_tile_origin *origins = (ck_tile_origin *)(scratch + l.tiles_offset);
    memset(padding, 0, (size_t)shape->input_channels * sizeof(float));

    ck_tile_cursor next = ck_tiles_of_range(shape, l.size, work->begin, work->end);
    for (;;) {
        int32_t tiles = 0;
        for (; tiles < l.tiles && ck_next_tile(&next, &origins[tiles]); tiles++) {
            const void *pixels[MAXIMUM_POSITIONS];
            ck_tile_inputs(shape, work, sizeof(float), l.size, origins[tiles], padding, pixels);
            float *to = inputs + (ptrdiff_t)tiles * shape->input_channels;
            kernels->winograd_input(l.size, pixels, shape->input_channels, to, l.input_pitch);
        }
        if (tiles == 0) return;
        for (int32_t block = work->block_begin; block < work->block_end; block += l.group_blocks) {
            group blocks = group_at(kernels, layer, &l, block, work->block_end);
            multiply(kernels, shape, &l, scratch, &blocks, tiles);
            transform_back(kernels, layer, work, &l, &blocks, tiles);
        }
    }
}
