/* u8/winograd2: Winograd's F(2×2, 3×3) in bytes, for layers that have the factors for it.
 *
 * A chunk of tiles is transformed: 16 bytes a tile and input channel. Then each block of output channels is multiplied,
 * 16 products of matrices, whose sums are transformed back while they are in the cache. Everything between the
 * roundings of inputs and weights and that of the output is exact.
 */
#pragma STDC FP_CONTRACT OFF
#include <math.h>

#include "shared/cache.h"
#include "shared/methods.h"
#include "shared/winograd_tiles.h"
#include "u8/quantized_layer.h"
#include "u8/strips_u8.h"

enum {
    GROUP = 4, /* channels whose weights lie together */
    SIZE = CK_WINOGRAD_U8_SIZE,
    POSITIONS = CK_WINOGRAD_U8_POSITIONS,
    PIXELS = SIZE * SIZE,
    TAPS = CK_WINOGRAD_KERNEL_EDGE * CK_WINOGRAD_KERNEL_EDGE,
    MAXIMUM_BLOCK = 256,
    /* With fewer channels the transforms outweigh what they save. */
    MINIMUM_CHANNELS = 32,
    MINIMUM_TILES = 96,
    MAXIMUM_TILES = 128,
    /* Beyond this many channels there is a limit to the memory that a chunk may take. */
    MANY_CHANNELS = 4096,
    FEW_TILES = 24,
    TILE_UNIT = 24, /* tiles of a chunk come in multiples of what the micro-kernels multiply at once */
};

/* At the start of the packed weights: header, factors, then for each block its constants and the weights of 16
 * positions.
 */
typedef struct winograd_header {
    ck_packed_u8_header layer;
    int16_t factors[POSITIONS];
    int16_t reserved[POSITIONS];
} winograd_header;

/* What does the work on an instruction set: its vectors, and its tile registers for the products, where it has them. */
typedef struct engine {
    const ck_u8_kernels *kernels;
    const ck_strip_u8_kernels *tiles; /* or null */
    int32_t lanes, block_vectors; /* output channels of a vector of weights, and the most vectors of a block */
    int32_t unit; /* input channels that are multiplied at once */
} engine;

static engine engine_of(ck_isa isa) {
    /* Beside emulated tiles, what AMX has beside its own, where it is to be had. */
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa == CK_ISA_AMX_EMULATED ? CK_ISA_AVX512 : isa);
    const ck_strip_u8_kernels *tiles = ck_strip_u8_kernels_of(isa);
    if (!tiles) return (engine){kernels, NULL, kernels->lanes, kernels->tile_vectors, GROUP};
    int32_t vectors = kernels->tile_vectors * kernels->lanes / CK_STRIP_LANES;
    if (vectors > CK_STRIP_VECTORS) vectors = CK_STRIP_VECTORS;
    return (engine){kernels, tiles, CK_STRIP_LANES, vectors, CK_STRIP_SLICE_BYTES};
}

typedef struct layout {
    int32_t vectors, blocks, depth; /* depth: input channels up to a multiple of the engine's unit */
    int32_t tiles; /* of a chunk */
    ptrdiff_t input_pitch, sums_pitch; /* from a position to the next: bytes, and sums */
    size_t tiles_offset, inputs_offset, sums_offset; /* into the scratch */
    size_t scratch_size;
} layout;

static layout layout_of(const engine *e, const ck_convolution_shape *shape) {
    layout l = {.vectors = ck_vectors_of(shape->output_channels, e->lanes)};
    l.blocks = ck_block_count(l.vectors, e->block_vectors);
    l.depth = (int32_t)ck_round_up((size_t)shape->input_channels, (size_t)e->unit);
    size_t width = (size_t)(ck_block_vectors(l.vectors, l.blocks, 0) * e->lanes), depth = (size_t)l.depth;
    /* Chunks of one size. */
    int64_t in_image = ck_winograd_tiles_of_image(shape, SIZE);
    int64_t most = CK_WINOGRAD_U8_INPUT_BYTES / (POSITIONS * (int64_t)l.depth);
    int64_t least = l.depth > MANY_CHANNELS ? FEW_TILES : MINIMUM_TILES;
    if (most < least) most = least;
    if (most > MAXIMUM_TILES) most = MAXIMUM_TILES;
    int64_t chunks = (in_image + most - 1) / most;
    l.tiles = (int32_t)ck_round_up((size_t)((in_image + chunks - 1) / chunks), TILE_UNIT);
    /* Tile registers take sixteen at a time, whatever there is. */
    size_t room = e->tiles ? ck_round_up((size_t)l.tiles, CK_STRIP_POSITIONS) : (size_t)l.tiles;
    /* So that the positions of a tile lie in different sets of the caches. */
    l.input_pitch = (ptrdiff_t)ck_odd_lines(room * depth);
    l.sums_pitch = (ptrdiff_t)(ck_odd_lines(room * width * sizeof(int32_t)) / sizeof(int32_t));
    size_t offset = ck_round_up(depth, CK_CACHE_LINE);
    l.tiles_offset = offset;
    offset = ck_round_up(offset + (size_t)l.tiles * sizeof(ck_winograd_tile), CK_CACHE_LINE);
    l.inputs_offset = offset;
    offset += POSITIONS * (size_t)l.input_pitch;
    l.sums_offset = offset;
    offset += POSITIONS * (size_t)l.sums_pitch * sizeof(int32_t);
    l.scratch_size = offset;
    return l;
}

static int suits(ck_isa isa, const ck_layer *layer) {
    (void)isa;
    return layer->has_winograd_factors && ck_winograd_fits(&layer->shape);
}

int ck_u8_winograd_is_faster(const ck_convolution_shape *shape) {
    if (!ck_winograd_fits(shape) || shape->input_channels < MINIMUM_CHANNELS
        || shape->output_channels < MINIMUM_CHANNELS) {
        return 0;
    }
    /* In multiplications for each pair of an input and an output channel, as measured: the transforms, which they
     * share, and a weight's way from memory, which takes as long as WEIGHT of them. */
    const double WEIGHT = 12, TRANSFORM = 250, PRODUCT = 1.12, WORTH = 0.9;
    double pixels = (double)shape->output_height * shape->output_width,
           tiles = (double)ck_winograd_tiles_of_image(shape, SIZE);
    double channels = 1.0 / shape->input_channels + 1.0 / shape->output_channels;
    double cost = POSITIONS * (tiles * PRODUCT + WEIGHT) + tiles * TRANSFORM * channels;
    return cost < WORTH * TAPS * (pixels + WEIGHT);
}

static size_t scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    const engine e = engine_of(isa);
    return layout_of(&e, shape).scratch_size;
}

static ck_division division(ck_isa isa, const ck_convolution_shape *shape) {
    const engine e = engine_of(isa);
    const layout l = layout_of(&e, shape);
    return (ck_division){(int64_t)SIZE * shape->dilation_y * shape->output_width, l.blocks};
}

/* ---- Packing ----------------------------------------------------------------------------------------------------- */

/* Bytes of a block of `width` channels. */
static size_t block_bytes(const layout *l, size_t width) {
    return width * (CK_CONSTANTS_BYTES + POSITIONS * (sizeof(int32_t) + (size_t)l->depth));
}

static size_t packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    const engine e = engine_of(isa);
    const layout l = layout_of(&e, shape);
    return sizeof(winograd_header) + block_bytes(&l, (size_t)(l.vectors * e.lanes));
}

/* 4 G g Gᵀ of one kernel, whose taps lie `step` apart. */
static void transform_weights(const int8_t *g, size_t step, int32_t result[POSITIONS]) {
    int32_t half[CK_WINOGRAD_U8_EDGE][3];
    for (size_t x = 0; x < 3; x++) {
        int32_t top = g[x * step], middle = g[(3 + x) * step], bottom = g[(6 + x) * step];
        half[0][x] = 2 * top;
        half[1][x] = top + middle + bottom;
        half[2][x] = top - middle + bottom;
        half[3][x] = 2 * bottom;
    }
    for (int y = 0; y < CK_WINOGRAD_U8_EDGE; y++, result += CK_WINOGRAD_U8_EDGE) {
        int32_t left = half[y][0], middle = half[y][1], right = half[y][2];
        result[0] = 2 * left;
        result[1] = left + middle + right;
        result[2] = left - middle + right;
        result[3] = 2 * right;
    }
}

/* How the transformed weights of an output channel become bytes: times by_position. */
typedef struct channel_scale {
    double by_position[POSITIONS];
    double numerator, denominator; /* of the sums' scale: how many times a direct convolution's they are */
} channel_scale;

/* The largest transformed weight becomes 127, each being divided by its position's factor. All of it is one rounding of
 * exact numbers, so that no processor finds another. */
static channel_scale scale_of(const int8_t *weights, size_t channels, const int16_t *factors) {
    int32_t largest[POSITIONS] = {0};
    for (size_t k = 0; k < channels; k++) {
        int32_t transformed[POSITIONS];
        transform_weights(weights + k, channels, transformed);
        for (int p = 0; p < POSITIONS; p++) {
            int32_t magnitude = transformed[p] < 0 ? -transformed[p] : transformed[p];
            if (magnitude > largest[p]) largest[p] = magnitude;
        }
    }
    int best = 0;
    for (int p = 1; p < POSITIONS; p++) {
        if ((int64_t)largest[p] * factors[best] > (int64_t)largest[best] * factors[p]) best = p;
    }
    channel_scale result = {.numerator = 1, .denominator = 1};
    if (largest[best] == 0) return result;
    /* Bytes are inputs * factor / 2^15 and weights * 4 * 127 * factors[best] / (4 * factor * largest). */
    result.numerator = 127.0 * factors[best];
    result.denominator = 8192.0 * largest[best];
    for (int p = 0; p < POSITIONS; p++) {
        result.by_position[p] = result.numerator / ((double)factors[p] * largest[best]);
    }
    return result;
}

/* To the nearest, halves away from 0. */
static int64_t rounded(double x) { return (int64_t)(x < 0 ? x - 0.5 : x + 0.5); }

static int32_t scaled_bias(int32_t bias, const channel_scale *scale) {
    int64_t x = rounded(bias * scale->numerator / scale->denominator);
    return x < INT32_MIN ? INT32_MIN : x > INT32_MAX ? INT32_MAX : (int32_t)x;
}

/* multiplier / 2^31 * 2^shift, divided by the scale of the sums. */
static void divide_multiplier(int32_t *multiplier, int32_t *shift, const channel_scale *scale) {
    int exponent;
    double fraction = frexp(*multiplier * scale->denominator / scale->numerator, &exponent);
    int64_t mantissa = rounded(fraction * 0x1p31);
    if (mantissa == (int64_t)1 << 31) {
        mantissa /= 2;
        exponent++;
    }
    int32_t result = *shift + exponent - 31;
    if (mantissa <= 0 || result < -31) {
        *multiplier = 0;
        *shift = CK_MOST_MODERATE_SHIFT;
    } else if (result > 30) {
        *multiplier = INT32_MAX;
        *shift = 30;
    } else {
        *multiplier = (int32_t)mantissa;
        *shift = result;
    }
}

/* Where the weight of a block's output channel and an input channel lies: [groups][width][4], or, for tile registers,
 * in panels of a slice and a vector. */
static size_t weight_offset(const engine *e, int32_t width, int32_t output, size_t input) {
    size_t channel = (size_t)output, columns = (size_t)width, slice = 0;
    if (e->tiles) {
        size_t vector = channel / CK_STRIP_LANES, vectors = columns / CK_STRIP_LANES;
        slice = (input / CK_STRIP_SLICE_BYTES * vectors + vector) * CK_STRIP_PANEL_BYTES;
        input %= CK_STRIP_SLICE_BYTES;
        channel %= CK_STRIP_LANES;
        columns = CK_STRIP_LANES;
    }
    return slice + input / GROUP * GROUP * columns + channel * GROUP + input % GROUP;
}

/* One block's sums to begin with and weights, at the positions' starts. */
static void pack_block(
    const engine *e, const layout *l, const ck_convolution_shape *shape, const int8_t *weights, const int32_t *bias,
    const channel_scale *scales, int32_t first, int32_t width, uint8_t *to) {
    size_t channels = (size_t)shape->input_channels, pitch = (size_t)width * (sizeof(int32_t) + (size_t)l->depth);
    memset(to, 0, POSITIONS * pitch);
    for (int32_t i = 0; i < width && first + i < shape->output_channels; i++) {
        const int8_t *from = weights + (size_t)(first + i) * TAPS * channels;
        int32_t sums[POSITIONS] = {0};
        for (size_t k = 0; k < channels; k++) {
            int32_t transformed[POSITIONS];
            transform_weights(from + k, channels, transformed);
            uint8_t *at = to + (size_t)width * sizeof(int32_t) + weight_offset(e, width, i, k);
            for (size_t p = 0; p < POSITIONS; p++) {
                double product = transformed[p] * scales[i].by_position[p];
                int32_t weight = (int32_t)rounded(product);
                sums[p] += weight;
                at[p * pitch] = (uint8_t)weight;
            }
        }
        for (size_t p = 0; p < POSITIONS; p++) {
            /* Bytes of input are 128 more than what they stand for. The sum of position (1, 1) is in all outputs
             * once. */
            uint32_t start = (uint32_t)sums[p] * (uint32_t)INT8_MIN;
            if (p == CK_WINOGRAD_U8_EDGE + 1) start += (uint32_t)bias[i];
            memcpy(to + p * pitch + (size_t)i * sizeof start, &start, sizeof start);
        }
    }
}

static void pack(ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed) {
    const int8_t *weights = parameters->u8.weights;
    const int32_t *bias = parameters->u8.bias;
    const int16_t *factors = parameters->u8.winograd_factors;
    const ck_requantization *requantization = parameters->u8.requantization;
    const engine e = engine_of(isa);
    const layout l = layout_of(&e, shape);
    size_t channels = (size_t)shape->input_channels;
    winograd_header header = {.layer = {.scaling = CK_SCALING_MODERATE, .planes = 1}};
    memcpy(header.factors, factors, sizeof header.factors);
    uint8_t *to = (uint8_t *)packed + sizeof header;
    for (int32_t block = 0; block < l.blocks; block++) {
        int32_t first = ck_block_first_vector(l.vectors, l.blocks, block) * e.lanes;
        int32_t width = ck_block_vectors(l.vectors, l.blocks, block) * e.lanes;
        int32_t left = shape->output_channels - first, columns = left < width ? left : width;
        int32_t channel_of[MAXIMUM_BLOCK], multipliers[MAXIMUM_BLOCK], shifts[MAXIMUM_BLOCK], biases[MAXIMUM_BLOCK];
        channel_scale scales[MAXIMUM_BLOCK];
        for (int32_t i = 0; i < width; i++) channel_of[i] = i;
        for (int32_t i = 0; i < columns; i++) {
            scales[i] = scale_of(weights + (size_t)(first + i) * TAPS * channels, channels, factors);
            multipliers[i] = requantization->multipliers[first + i];
            shifts[i] = requantization->shifts[first + i];
            biases[i] = bias ? scaled_bias(bias[first + i], &scales[i]) : 0;
            divide_multiplier(&multipliers[i], &shifts[i], &scales[i]);
        }
        const ck_requantization divided = {.multipliers = multipliers, .shifts = shifts};
        const ck_quantized_layer layer = {.channels = columns, .requantization = &divided};
        ck_scaling scaling = ck_scaling_of(shifts, columns);
        if ((int32_t)scaling > header.layer.scaling) header.layer.scaling = scaling;
        to = ck_pack_constants(&layer, e.kernels->lanes, width, channel_of, to);
        pack_block(&e, &l, shape, weights, biases, scales, first, width, to);
        to += POSITIONS * (size_t)width * (sizeof(int32_t) + (size_t)l.depth);
    }
    memcpy(packed, &header, sizeof header);
}

/* ---- Running ----------------------------------------------------------------------------------------------------- */

/* The 16 products by tile registers: 32 tiles at a time. */
static void multiply_in_tiles(const engine *e, const layout *l, const ck_winograd_product_u8 *p) {
    const ptrdiff_t tap = 0;
    int32_t vectors = p->vectors * e->kernels->lanes / CK_STRIP_LANES;
    const ptrdiff_t width = vectors * CK_STRIP_LANES;
    const ptrdiff_t position_bytes = width * ((ptrdiff_t)sizeof(int32_t) + l->depth);
    ck_strip_product product = {
        .step = p->input_step,
        .taps = &tap,
        .tap_count = 1,
        .slices = l->depth / CK_STRIP_SLICE_BYTES,
        .vectors = vectors,
    };
    for (int position = 0; position < POSITIONS; position++) {
        const uint8_t *inputs = p->inputs + position * p->input_pitch;
        product.first = p->packed + position * position_bytes;
        product.weights = (const uint8_t *)product.first + width * (ptrdiff_t)sizeof(int32_t);
        for (int32_t t = 0; t < p->count; t += 2 * CK_STRIP_POSITIONS) {
            product.tiles[0] = inputs + t * p->input_step;
            product.tiles[1] =
                p->count - t > CK_STRIP_POSITIONS ? product.tiles[0] + CK_STRIP_POSITIONS * p->input_step : NULL;
            product.sums = p->sums + position * p->sums_pitch + t * width;
            e->tiles->product(&product);
        }
    }
}

/* A block of output channels of `tiles` transformed tiles. */
static void run_block(
    const engine *e, const ck_convolution *layer, const ck_work *work, const layout *l, int32_t block, int32_t tiles) {
    uint8_t *scratch = work->scratch;
    const ck_winograd_tile *origins = (const ck_winograd_tile *)(scratch + l->tiles_offset);
    int32_t first = ck_block_first_vector(l->vectors, l->blocks, block) * e->lanes;
    int32_t width = ck_block_vectors(l->vectors, l->blocks, block) * e->lanes, vectors = width / e->kernels->lanes;
    int32_t left = layer->shape.output_channels - first;
    const uint8_t *packed = (const uint8_t *)layer->packed + sizeof(winograd_header) + block_bytes(l, (size_t)first);
    int32_t *sums = (int32_t *)(scratch + l->sums_offset);
    const void *outputs[PIXELS];
    const ck_winograd_product_u8 product = {
        .inputs = scratch + l->inputs_offset,
        .input_step = l->depth,
        .input_pitch = l->input_pitch,
        .packed = packed + (size_t)width * CK_CONSTANTS_BYTES,
        .count = tiles,
        .groups = l->depth / GROUP,
        .vectors = vectors,
        .sums = sums,
        .sums_pitch = l->sums_pitch,
    };
    ck_winograd_output_u8 output = {
        .sums = sums,
        .sums_pitch = l->sums_pitch,
        .packed = packed,
        .vectors = vectors,
        .columns = left < width ? left : width,
        .first_channel = first,
        .outputs = (uint8_t *const *)outputs,
        .output = ck_output_of(layer),
    };
    if (e->tiles) {
        multiply_in_tiles(e, l, &product);
    } else {
        e->kernels->winograd_product(&product);
    }
    for (int32_t t = 0; t < tiles; t++, output.sums += width) {
        ck_winograd_tile at = origins[t];
        ck_winograd_tile_outputs(&layer->shape, work, SIZE, at, work->outputs[at.image], work->output_stride, outputs);
        e->kernels->winograd_output(&output);
    }
}

static void run(ck_isa isa, const ck_convolution *layer, const ck_work *work) {
    const engine e = engine_of(isa);
    const ck_convolution_shape *shape = &layer->shape;
    const winograd_header *header = layer->packed;
    const layout l = layout_of(&e, shape);
    uint8_t *scratch = work->scratch;
    ck_winograd_tile *origins = (ck_winograd_tile *)(scratch + l.tiles_offset);
    memset(scratch, layer->input_zero_point, (size_t)shape->input_channels);
    const void *pixels[POSITIONS];
    ck_winograd_input_u8 input = {
        .pixels = pixels,
        .channels = shape->input_channels,
        .zero_point = layer->input_zero_point,
        .factors = header->factors,
        .pitch = l.input_pitch,
    };
    if (e.tiles && e.tiles->enter) e.tiles->enter();
    ck_winograd_cursor next = ck_winograd_tiles_of_range(shape, SIZE, work->begin, work->end);
    for (;;) {
        int32_t tiles = 0;
        for (; tiles < l.tiles && ck_winograd_next_tile(&next, &origins[tiles]); tiles++) {
            ck_winograd_tile_inputs(shape, work, sizeof(uint8_t), SIZE, origins[tiles], scratch, pixels);
            input.to = scratch + l.inputs_offset + (ptrdiff_t)tiles * l.depth;
            e.kernels->winograd_input(&input);
        }
        if (tiles == 0) break;
        for (int32_t block = work->block_begin; block < work->block_end; block++) {
            run_block(&e, layer, work, &l, block, tiles);
        }
    }
    if (e.tiles && e.tiles->leave) e.tiles->leave();
}

const ck_method ck_u8_winograd2 = {
    .name = "winograd2",
    .element = CK_ELEMENT_U8,
    .suits = suits,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .division = division,
    .run = run,
};
