/* f32/winograd4, f32/winograd2: dense 3×3 convolutions of stride 1 by Winograd's minimal filtering (Lavin and Gray,
 * arXiv 1509.09308), whose rounding errors are a few times those of plain sums.
 *
 * The products over channels of tiles of size × size pixels become one matrix multiplication for each of (size + 2)²
 * positions, with 9 size² / (size + 2)² times fewer multiplications than the sums themselves need: 4 times for size 4,
 * 2.25 times for size 2.
 */
#include "shared/cache.h"
#include "shared/methods.h"
#include "shared/winograd_tiles.h"

enum {
    LINE_FLOATS = CK_LINE_FLOATS,
    KERNEL_EDGE = CK_WINOGRAD_KERNEL_EDGE,
    MAXIMUM_SIZE = CK_WINOGRAD_MAXIMUM_SIZE,
    MAXIMUM_POSITIONS = CK_WINOGRAD_MAXIMUM_POSITIONS,
    /* With fewer channels the transforms outweigh what they save. */
    MINIMUM_INPUT_CHANNELS = 24,
    MINIMUM_OUTPUT_CHANNELS = 16,
    /* Below this many tiles a chunk, fetching the weights costs more than transformed inputs that leave the cache: the
     * second number for weights that are too many to stay in a shared third-level cache. */
    MINIMUM_TILES = 48,
    MINIMUM_TILES_FROM_MEMORY = 128,
    MAXIMUM_TILES = 192,
};

typedef struct layout {
    int32_t size, edge, positions;
    int32_t tiles; /* of a chunk */
    int32_t span_blocks; /* blocks of output channels that are transformed back together */
    int32_t vectors, blocks;
    /* Floats from a position to the next. An odd number of lines, so that the positions of one tile, which are written
     * together, lie in different sets of the caches. */
    ptrdiff_t input_pitch, output_pitch;
    size_t rows_offset, sums_rows_offset, tiles_offset, inputs_offset, outputs_offset; /* into the scratch */
    size_t scratch_size;
} layout;

/* The size of the tiles that suit a shape: 2, 4, or 0 where the sums are better taken directly. */
static int32_t size_of(const ck_convolution_shape *shape) {
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
        double tiles = (double)ck_winograd_tiles_of_image(shape, size);
        double positions = (size + 2) * (size + 2), transforms = size == 2 ? TRANSFORM_2 : TRANSFORM_4;
        double cost = positions * (tiles + WEIGHT) + tiles * transforms * channels;
        if (cost < best) {
            best = cost;
            best_size = size;
        }
    }
    return best_size;
}

/* As ck_odd_lines. */
static ptrdiff_t odd_lines(size_t floats) { return (ptrdiff_t)(ck_odd_lines(floats * sizeof(float)) / sizeof(float)); }

static layout layout_of(const ck_f32_kernels *kernels, const ck_convolution_shape *shape, int32_t size) {
    layout result = {.size = size};
    result.edge = result.size + KERNEL_EDGE - 1;
    result.positions = result.edge * result.edge;
    result.vectors = ck_vectors_of(shape->output_channels, kernels->lanes);
    result.blocks = ck_block_count(result.vectors, kernels->tile_vectors);

    size_t channels = (size_t)shape->input_channels, positions = (size_t)result.positions;
    size_t tile_pixels = (size_t)kernels->tile_pixels;
    size_t weight_bytes = positions * channels * (size_t)shape->output_channels * sizeof(float);
    size_t least = weight_bytes > CK_CACHED_WEIGHT_BYTES ? MINIMUM_TILES_FROM_MEMORY : MINIMUM_TILES;
    size_t tiles = ck_clamp(CK_WINOGRAD_INPUT_BYTES / (positions * channels * sizeof(float)), least, MAXIMUM_TILES);
    /* Chunks of one size: each passes over all the weights, be it ever so small. */
    size_t in_image = (size_t)ck_winograd_tiles_of_image(shape, result.size);
    size_t chunks = (in_image + tiles - 1) / tiles;
    tiles = ck_round_up((in_image + chunks - 1) / chunks, tile_pixels);
    result.tiles = (int32_t)tiles;
    size_t block_width = (size_t)(ck_block_vectors(result.vectors, result.blocks, 0) * kernels->lanes);
    size_t blocks = ck_clamp(
        CK_WINOGRAD_OUTPUT_BYTES / (positions * tiles * block_width * sizeof(float)), 1, (size_t)result.blocks);
    result.span_blocks = (int32_t)blocks;

    result.input_pitch = odd_lines(tiles * channels);
    result.output_pitch = odd_lines(tiles * blocks * block_width);
    size_t offset = ck_round_up(channels * sizeof(float), CK_CACHE_LINE);
    result.rows_offset = offset;
    offset = ck_round_up(offset + tiles * sizeof(float *), CK_CACHE_LINE);
    result.sums_rows_offset = offset;
    offset = ck_round_up(offset + tiles * sizeof(float *), CK_CACHE_LINE);
    result.tiles_offset = offset;
    offset = ck_round_up(offset + tiles * sizeof(ck_winograd_tile), CK_CACHE_LINE);
    result.inputs_offset = offset;
    offset += positions * (size_t)result.input_pitch * sizeof(float);
    result.outputs_offset = offset;
    offset += positions * (size_t)result.output_pitch * sizeof(float);
    result.scratch_size = offset;
    return result;
}

static size_t scratch_size_of(ck_isa isa, const ck_convolution_shape *shape, int32_t size) {
    return layout_of(ck_f32_kernels_of(isa), shape, size).scratch_size;
}

static ck_division division_of(ck_isa isa, const ck_convolution_shape *shape, int32_t size) {
    int64_t rows = (int64_t)size * shape->dilation_y; /* of output pixels, which tiles share */
    return (ck_division){
        .pixels = rows * shape->output_width, .blocks = layout_of(ck_f32_kernels_of(isa), shape, size).blocks};
}

/* ---- Packing ---------------------------------------------------------------------------------------------------- */

/* Floats of one position of a block: the micro-kernel's bias, all zeros, then its weights. */
static size_t position_floats(const ck_convolution_shape *shape, int32_t width) {
    return ((size_t)shape->input_channels + 1) * (size_t)width;
}

/* The bias [channels up to lanes], then [block][position][1 + input channels][the block's channels]. */
static size_t packed_size_of(ck_isa isa, const ck_convolution_shape *shape, int32_t size) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    layout l = layout_of(kernels, shape, size);
    int32_t width = l.vectors * kernels->lanes;
    return ((size_t)width + (size_t)l.positions * position_floats(shape, width)) * sizeof(float);
}

static void pack_of(
    ck_isa isa, const ck_convolution_shape *shape, int32_t size, const ck_parameters_f32 *parameters, float *packed,
    int32_t begin, int32_t end) {
    enum { TAPS = KERNEL_EDGE * KERNEL_EDGE, KERNELS = CK_WINOGRAD_KERNELS };
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    const float *weights = parameters->weights, *bias = parameters->bias;
    layout l = layout_of(kernels, shape, size);
    int32_t outputs = shape->output_channels;
    int32_t channel = ck_block_first_vector(l.vectors, l.blocks, begin) * kernels->lanes;
    size_t inputs = (size_t)shape->input_channels, terms = TAPS * inputs;
    const int32_t next = ck_block_first_vector(l.vectors, l.blocks, end) * kernels->lanes;
    for (int32_t i = channel; i < next; i++) packed[i] = bias && i < outputs ? bias[i] : 0;
    packed += l.vectors * kernels->lanes + (size_t)l.positions * position_floats(shape, channel);
    for (int32_t block = begin; block < end; block++) {
        int32_t width = ck_block_vectors(l.vectors, l.blocks, block) * kernels->lanes;
        size_t pitch = position_floats(shape, width);
        for (int32_t position = 0; position < l.positions; position++) {
            memset(packed + (size_t)position * pitch, 0, (size_t)width * sizeof(float));
        }
        float *to = packed + width;
        for (size_t k = 0; k < inputs; k += LINE_FLOATS) {
            size_t line = inputs - k < LINE_FLOATS ? inputs - k : LINE_FLOATS;
            for (int32_t first = 0; first < width; first += KERNELS) {
                double g[LINE_FLOATS][TAPS][KERNELS] = {0};
                int32_t count = width - first < KERNELS ? width - first : KERNELS;
                /* A line at a time: those of different kernels may all want the same place of the cache. */
                for (int32_t i = 0; i < count && channel + first + i < outputs; i++) {
                    const float *from = weights + (size_t)(channel + first + i) * terms + k;
                    for (size_t tap = 0; tap < TAPS; tap++) {
                        for (size_t j = 0; j < line; j++) g[j][tap][i] = from[tap * inputs + j];
                    }
                }
                for (size_t j = 0; j < line; j++) {
                    float *at = to + (k + j) * (size_t)width + first;
                    kernels->winograd_weights(l.size, g[j], count, at, (ptrdiff_t)pitch);
                }
            }
        }
        packed += (size_t)l.positions * pitch;
        channel += width;
    }
}

/* ---- Running ----------------------------------------------------------------------------------------------------- */

/* Blocks of output channels that are multiplied and transformed back together. */
typedef struct span {
    int32_t first, count;
    int32_t channel, width; /* the output channels, those that only fill up vectors included */
    const float *weights; /* of the first block */
} span;

static span span_at(
    const ck_f32_kernels *kernels, const ck_convolution *layer, const layout *l, int32_t first, int32_t end) {
    span result = {.first = first, .count = end - first < l->span_blocks ? end - first : l->span_blocks};
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
    const span *blocks, int32_t tiles) {
    const float **rows = (const float **)(scratch + l->rows_offset);
    float **sums = (float **)(scratch + l->sums_rows_offset);
    const float *inputs = (const float *)(scratch + l->inputs_offset);
    float *outputs = (float *)(scratch + l->outputs_offset);
    int32_t filled = (int32_t)ck_round_up((size_t)tiles, (size_t)kernels->tile_pixels);
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
    const ck_f32_kernels *kernels, const ck_convolution *layer, const ck_work *work, const layout *l,
    const span *blocks, int32_t tiles) {
    const uint8_t *scratch = work->scratch;
    const ck_winograd_tile *origins = (const ck_winograd_tile *)(scratch + l->tiles_offset);
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
        ck_winograd_tile at = origins[t];
        const float *image = (const float *)work->outputs[at.image] + blocks->channel;
        ptrdiff_t step = work->output_stride * (ptrdiff_t)sizeof(float);
        ck_winograd_tile_outputs(&layer->shape, work, l->size, at, image, step, outputs);
        if (layer->residuals) {
            image = (const float *)layer->residuals[at.image] + blocks->channel;
            step = layer->residual_stride * (ptrdiff_t)sizeof(float);
            ck_winograd_tile_outputs(&layer->shape, work, l->size, at, image, step, residuals);
        }
        kernels->winograd_output(l->size, &output);
    }
}

static void run_of(ck_isa isa, const ck_convolution *layer, int32_t size, const ck_work *work) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    const ck_convolution_shape *shape = &layer->shape;
    const layout l = layout_of(kernels, shape, size);
    uint8_t *scratch = work->scratch;
    float *padding = work->scratch, *inputs = (float *)(scratch + l.inputs_offset);
    ck_winograd_tile *origins = (ck_winograd_tile *)(scratch + l.tiles_offset);
    memset(padding, 0, (size_t)shape->input_channels * sizeof(float));

    ck_winograd_cursor next = ck_winograd_tiles_of_range(shape, l.size, work->begin, work->end);
    for (;;) {
        int32_t tiles = 0;
        for (; tiles < l.tiles && ck_winograd_next_tile(&next, &origins[tiles]); tiles++) {
            const void *pixels[MAXIMUM_POSITIONS];
            ck_winograd_tile_inputs(shape, work, sizeof(float), l.size, origins[tiles], padding, pixels);
            float *to = inputs + (ptrdiff_t)tiles * shape->input_channels;
            kernels->winograd_input(l.size, pixels, shape->input_channels, to, l.input_pitch);
        }
        if (tiles == 0) return;
        for (int32_t block = work->block_begin; block < work->block_end; block += l.span_blocks) {
            span blocks = span_at(kernels, layer, &l, block, work->block_end);
            multiply(kernels, shape, &l, scratch, &blocks, tiles);
            transform_back(kernels, layer, work, &l, &blocks, tiles);
        }
    }
}

/* ---- The methods ------------------------------------------------------------------------------------------------- */

#define WINOGRAD_OF(size)                                                                                              \
    static int suits_##size(ck_isa isa, const ck_layer *layer) {                                                       \
        (void)isa;                                                                                                     \
        return size_of(&layer->shape) == size;                                                                         \
    }                                                                                                                  \
    static size_t packed_size_##size(ck_isa isa, const ck_convolution_shape *shape) {                                  \
        return packed_size_of(isa, shape, size);                                                                       \
    }                                                                                                                  \
    static void pack_blocks_##size(                                                                                    \
        ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed,                  \
        int32_t block_begin, int32_t block_end) {                                                                      \
        pack_of(isa, shape, size, &parameters->f32, packed, block_begin, block_end);                                   \
    }                                                                                                                  \
    static void pack_##size(                                                                                           \
        ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed) {                \
        pack_blocks_##size(isa, shape, parameters, packed, 0, division_of(isa, shape, size).blocks);                   \
    }                                                                                                                  \
    static size_t scratch_size_##size(ck_isa isa, const ck_convolution_shape *shape) {                                 \
        return scratch_size_of(isa, shape, size);                                                                      \
    }                                                                                                                  \
    static ck_division division_##size(ck_isa isa, const ck_convolution_shape *shape) {                                \
        return division_of(isa, shape, size);                                                                          \
    }                                                                                                                  \
    static void run_##size(ck_isa isa, const ck_convolution *layer, const ck_work *work) {                             \
        run_of(isa, layer, size, work);                                                                                \
    }                                                                                                                  \
    const ck_method ck_f32_winograd##size = {                                                                          \
        .name = "winograd" #size,                                                                                      \
        .element = CK_ELEMENT_F32,                                                                                     \
        .suits = suits_##size,                                                                                         \
        .packed_size = packed_size_##size,                                                                             \
        .pack = pack_##size,                                                                                           \
        .pack_blocks = pack_blocks_##size,                                                                             \
        .scratch_size = scratch_size_##size,                                                                           \
        .division = division_##size,                                                                                   \
        .run = run_##size,                                                                                             \
    };
WINOGRAD_OF(2)
WINOGRAD_OF(4)
