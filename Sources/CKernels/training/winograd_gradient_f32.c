/* The gradient of a 3×3 convolution by its weights after Winograd's F(3×3, 4×4) (Lavin and Gray, arXiv 1509.09308): the
 * 3×3 gradients are a correlation of the input's 6×6 tiles with the output gradient's 4×4 tiles, summed over all tiles.
 * In the transformed space a tile is 36 multiplications instead of 144, and since the way back is linear, sums are
 * taken before it: it is gone once for each pair of channels. The input's transform is that of the convolution.
 *
 * A block of terms (input channels) and a group of output channels are done at a time, over chunks of tiles: so small
 * that sums and transformed tiles stay in a second-level cache. Chunks depend on the shape alone, hence sums on nothing
 * else. */
#include "shared/cache.h"
#include "shared/kernels.h"
#include "training/weight_gradient.h"

enum {
    TILE = 4, /* pixels of an output tile's side */
    GROUP_CHANNELS = 128,
    LEAST_TILES = 16,
    MOST_TILES = 128,
    LINE_FLOATS = CK_LINE_FLOATS,
};

/* Stands for every pixel outside. */
static const float outside[GROUP_CHANNELS];

typedef struct layout {
    int32_t rows, columns; /* of tiles */
    int32_t term_blocks, channel_blocks, block_terms;
    int32_t group_blocks; /* blocks of channels done at a time, at most */
    int32_t chunk; /* tiles */
    /* Floats from a tile to the next, and from a position to the next. */
    ptrdiff_t term_step, channel_step, term_pitch, channel_pitch, sums_pitch;
} layout;

static int32_t parts(int32_t count, int32_t size) { return (count + size - 1) / size; }

/* An odd number of cache lines, so that the positions of one tile, which are written together, lie in different sets of
 * the caches. */
static ptrdiff_t odd_lines(ptrdiff_t floats) {
    return (ptrdiff_t)(ck_odd_lines((size_t)floats * sizeof(float)) / sizeof(float));
}

static layout layout_of(const ck_gradient_kernels *kernels, const ck_convolution_shape *s) {
    layout l = {.rows = parts(s->output_height, TILE), .columns = parts(s->output_width, TILE)};
    /* Blocks of about the same number of whole vectors. */
    int32_t vectors = parts(s->input_channels, kernels->lanes);
    l.block_terms = parts(vectors, parts(vectors, CK_GRADIENT_VECTORS)) * kernels->lanes;
    l.term_blocks = parts(s->input_channels, l.block_terms);
    l.channel_blocks = parts(s->output_channels, kernels->channels);
    l.group_blocks = ck_smaller(l.channel_blocks, GROUP_CHANNELS / kernels->channels);
    l.term_step = l.block_terms;
    l.channel_step = parts(l.group_blocks * kernels->channels, LINE_FLOATS) * LINE_FLOATS;
    int32_t tile_bytes = CK_GRADIENT_POSITIONS * (int32_t)(l.term_step + l.channel_step) * (int32_t)sizeof(float);
    l.chunk = ck_smaller(ck_larger(CK_GRADIENT_BYTES / tile_bytes, LEAST_TILES), MOST_TILES);
    l.term_pitch = odd_lines(l.chunk * l.term_step);
    l.channel_pitch = odd_lines(l.chunk * l.channel_step);
    l.sums_pitch = odd_lines(l.group_blocks * kernels->channels * l.term_step);
    return l;
}

int ck_winograd_gradient_is_faster(const ck_convolution_shape *s) {
    if (s->kernel_height != 3 || s->kernel_width != 3 || s->stride_y != 1 || s->stride_x != 1 || s->dilation_y != 1
        || s->dilation_x != 1) {
        return 0;
    }
    /* In multiplications for each pair of channels: a block of terms has the gradient's transform to itself, a group of
     * channels the input's. */
    enum { SPREAD_GRADIENT = 112, SPREAD_INPUT = 220, BLOCK_TERMS = 48 };
    double pixels = (double)s->output_height * s->output_width;
    double tiles = (double)parts(s->output_height, TILE) * parts(s->output_width, TILE);
    double transforms = (double)SPREAD_GRADIENT / ck_smaller(s->input_channels, BLOCK_TERMS)
        + (double)SPREAD_INPUT / ck_smaller(s->output_channels, GROUP_CHANNELS);
    return tiles * (CK_GRADIENT_POSITIONS + transforms) < 0.9 * 9 * pixels;
}

int64_t ck_winograd_gradient_tiles(const ck_gradient_kernels *kernels, const ck_convolution_shape *shape) {
    layout l = layout_of(kernels, shape);
    return (int64_t)l.term_blocks * l.channel_blocks;
}

size_t ck_winograd_gradient_scratch_size(const ck_gradient_kernels *kernels, const ck_convolution_shape *shape) {
    layout l = layout_of(kernels, shape);
    return CK_GRADIENT_POSITIONS * (size_t)(l.term_pitch + l.channel_pitch + l.sums_pitch) * sizeof(float);
}

/* The addresses of a square of pixels, from their first channel wanted on. */
static void point_at(
    const float *image, int32_t height, int32_t width, int32_t channels, int32_t top, int32_t left, int32_t edge,
    const void **pixels) {
    for (int32_t y = top; y < top + edge; y++) {
        for (int32_t x = left; x < left + edge; x++) {
            int is_inside = y >= 0 && y < height && x >= 0 && x < width;
            *pixels++ = is_inside ? image + ((ptrdiff_t)y * width + x) * channels : outside;
        }
    }
}

void ck_winograd_gradient_run(
    ck_isa isa, const ck_gradient_kernels *kernels, const ck_convolution_shape *s, const float *input,
    const float *output_gradient, int32_t images, int64_t tile_begin, int64_t tile_end, float *gradient,
    void *scratch) {
    const layout l = layout_of(kernels, s);
    const ck_f32_kernels *inference = ck_f32_kernels_of(isa);
    float *terms = scratch, *channels = terms + CK_GRADIENT_POSITIONS * l.term_pitch;
    float *sums = channels + CK_GRADIENT_POSITIONS * l.channel_pitch;
    const int64_t input_floats = (int64_t)s->input_height * s->input_width * s->input_channels;
    const int64_t output_floats = (int64_t)s->output_height * s->output_width * s->output_channels;
    const int64_t image_tiles = (int64_t)l.rows * l.columns, all = images * image_tiles;
    const void *pixels[CK_GRADIENT_POSITIONS];

    for (int64_t next = tile_begin; next < tile_end;) {
        int32_t term_block = (int32_t)(next / l.channel_blocks), first_block = (int32_t)(next % l.channel_blocks);
        int64_t left = tile_end - next;
        int32_t blocks = ck_smaller(l.group_blocks, l.channel_blocks - first_block);
        if (blocks > left) blocks = (int32_t)left;
        next += blocks;
        const int32_t first_term = term_block * l.block_terms, first_channel = first_block * kernels->channels;
        const int32_t term_count = ck_smaller(l.block_terms, s->input_channels - first_term);
        const int32_t channel_count = ck_smaller(blocks * kernels->channels, s->output_channels - first_channel);
        ck_gradient_tile tile = {
            .line_count = 1,
            .input_step = l.term_step,
            .gradient_step = l.channel_step,
            .terms = term_count,
            .sums_pitch = l.term_step,
            .begins = 1,
        };
        for (int64_t chunk = 0; chunk < all; chunk += l.chunk) {
            const int32_t count = all - chunk < l.chunk ? (int32_t)(all - chunk) : l.chunk;
            for (int32_t i = 0; i < count; i++) {
                int64_t image = (chunk + i) / image_tiles;
                int32_t at = (int32_t)((chunk + i) % image_tiles);
                int32_t y = at / l.columns * TILE, x = at % l.columns * TILE;
                point_at(
                    input + image * input_floats + first_term, s->input_height, s->input_width, s->input_channels,
                    y - s->padding_top, x - s->padding_left, CK_GRADIENT_EDGE, pixels);
                inference->winograd_input(TILE, pixels, term_count, terms + i * l.term_step, l.term_pitch);
                point_at(
                    output_gradient + image * output_floats + first_channel, s->output_height, s->output_width,
                    s->output_channels, y, x, TILE, pixels);
                kernels->spread(pixels, channel_count, channels + i * l.channel_step, l.channel_pitch);
            }
            for (int32_t position = 0; position < CK_GRADIENT_POSITIONS; position++) {
                const ck_gradient_line line = {
                    terms + position * l.term_pitch, channels + position * l.channel_pitch, count};
                tile.lines = &line;
                for (int32_t first = 0; first < channel_count; first += kernels->channels) {
                    tile.first_channel = first;
                    tile.channels = ck_smaller(kernels->channels, channel_count - first);
                    tile.sums = sums + position * l.sums_pitch + first * l.term_step;
                    kernels->run(&tile);
                }
            }
            tile.begins = 0;
        }
        for (int32_t channel = 0; channel < channel_count; channel++) {
            float *to = gradient + (ptrdiff_t)(first_channel + channel) * 9 * s->input_channels + first_term;
            kernels->gather(sums + channel * l.term_step, l.sums_pitch, term_count, to, s->input_channels);
        }
    }
}
