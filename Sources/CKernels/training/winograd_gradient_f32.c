/* The gradient of a 3×3 convolution by its weights after Winograd's F(3×3, 4×4) (Lavin and Gray, arXiv 1509.09308): the
 * 3×3 gradients are a correlation of the input's 6×6 tiles with the output gradient's 4×4 tiles, summed over all tiles.
 * In the transformed space a tile is 36 multiplications instead of 144, and since the way back is linear, sums are
 * taken before it: it is gone once for each pair of channels. The input's transform is that of the convolution.
 *
 * A group of terms (input channels) and a group of output channels are done at a time, over chunks of tiles: so many that
 * each tile is transformed for few groups, and so few that sums and transformed tiles stay in the caches. Chunks depend
 * on the shape alone, hence sums on nothing else. */
#include "shared/cache.h"
#include "shared/kernels.h"
#include "training/weight_gradient.h"

enum {
    TILE = 4, /* pixels of an output tile's side */
    GROUP_CHANNELS = 128,
    GROUP_TERMS = 144,
    LEAST_UNITS = 32, /* of work, where there are as many tiles: threads have about as much to do */
    LEAST_TILES = 16,
    MOST_TILES = 128,
    LINE_FLOATS = CK_LINE_FLOATS,
};

/* Stands for every pixel outside. */
static const float outside[GROUP_CHANNELS > GROUP_TERMS ? GROUP_CHANNELS : GROUP_TERMS];

typedef struct layout {
    int32_t rows, columns; /* of tiles */
    int32_t term_blocks, channel_blocks, block_terms;
    int32_t group_channel_blocks, group_term_blocks; /* blocks done at a time, at most */
    int32_t unit_blocks, row_units; /* blocks of terms of a unit of work, and the units of a block of channels */
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
    l.group_channel_blocks = ck_smaller(l.channel_blocks, GROUP_CHANNELS / kernels->channels);
    l.group_term_blocks = ck_larger(1, ck_smaller(GROUP_TERMS / l.block_terms, l.term_blocks));
    l.row_units = ck_smaller(parts(LEAST_UNITS, l.channel_blocks), l.term_blocks);
    l.unit_blocks = parts(l.term_blocks, l.row_units);
    l.row_units = parts(l.term_blocks, l.unit_blocks);
    l.term_step = l.group_term_blocks * l.block_terms;
    l.channel_step = parts(l.group_channel_blocks * kernels->channels, LINE_FLOATS) * LINE_FLOATS;
    int32_t tile_bytes = CK_GRADIENT_POSITIONS * (int32_t)(l.term_step + l.channel_step) * (int32_t)sizeof(float);
    l.chunk = ck_smaller(ck_larger(CK_GRADIENT_BYTES / tile_bytes, LEAST_TILES), MOST_TILES);
    l.term_pitch = odd_lines(l.chunk * l.term_step);
    l.channel_pitch = odd_lines(l.chunk * l.channel_step);
    l.sums_pitch = odd_lines(l.group_channel_blocks * kernels->channels * l.term_step);
    return l;
}

int ck_winograd_gradient_is_faster(const ck_convolution_shape *s) {
    if (s->kernel_height != 3 || s->kernel_width != 3 || s->stride_y != 1 || s->stride_x != 1 || s->dilation_y != 1
        || s->dilation_x != 1) {
        return 0;
    }
    /* In multiplications for each pair of channels: a group of terms has the gradient's transform to itself, a group of
     * channels the input's. */
    enum { SPREAD_GRADIENT = 112, SPREAD_INPUT = 220 };
    double pixels = (double)s->output_height * s->output_width;
    double tiles = (double)parts(s->output_height, TILE) * parts(s->output_width, TILE);
    double transforms = (double)SPREAD_GRADIENT / ck_smaller(s->input_channels, GROUP_TERMS)
        + (double)SPREAD_INPUT / ck_smaller(s->output_channels, GROUP_CHANNELS);
    return tiles * (CK_GRADIENT_POSITIONS + transforms) < 0.9 * 9 * pixels;
}

int64_t ck_winograd_gradient_tiles(const ck_gradient_kernels *kernels, const ck_convolution_shape *shape) {
    layout l = layout_of(kernels, shape);
    return (int64_t)l.channel_blocks * l.row_units;
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

/* Of a batch. */
typedef struct source {
    const ck_gradient_kernels *kernels;
    const ck_f32_kernels *inference;
    const ck_convolution_shape *shape;
    const float *input, *output_gradient;
    int32_t images;
} source;

/* Transforms `count` tiles from the one numbered `first` in the batch on: some of their terms and of their channels. */
static void transform(
    const source *from, const layout *l, int64_t first, int32_t count, int32_t first_term, int32_t term_count,
    int32_t first_channel, int32_t channel_count, float *terms, float *channels) {
    const ck_convolution_shape *s = from->shape;
    const int64_t input_floats = (int64_t)s->input_height * s->input_width * s->input_channels;
    const int64_t output_floats = (int64_t)s->output_height * s->output_width * s->output_channels;
    const int64_t image_tiles = (int64_t)l->rows * l->columns;
    const void *pixels[CK_GRADIENT_POSITIONS];
    for (int32_t i = 0; i < count; i++) {
        int64_t image = (first + i) / image_tiles;
        int32_t at = (int32_t)((first + i) % image_tiles);
        int32_t y = at / l->columns * TILE, x = at % l->columns * TILE;
        point_at(
            from->input + image * input_floats + first_term, s->input_height, s->input_width, s->input_channels,
            y - s->padding_top, x - s->padding_left, CK_GRADIENT_EDGE, pixels);
        from->inference->winograd_input(TILE, pixels, term_count, terms + i * l->term_step, l->term_pitch);
        point_at(
            from->output_gradient + image * output_floats + first_channel, s->output_height, s->output_width,
            s->output_channels, y, x, TILE, pixels);
        from->kernels->spread(pixels, channel_count, channels + i * l->channel_step, l->channel_pitch);
    }
}

/* The gradient of a group of blocks of terms and of channels. */
static void run_group(
    const source *from, const layout *l, int32_t term_block, int32_t term_blocks, int32_t channel_block,
    int32_t channel_blocks, float *gradient, float *scratch) {
    const ck_gradient_kernels *kernels = from->kernels;
    const ck_convolution_shape *s = from->shape;
    float *terms = scratch, *channels = terms + CK_GRADIENT_POSITIONS * l->term_pitch;
    float *sums = channels + CK_GRADIENT_POSITIONS * l->channel_pitch;
    const int64_t all = (int64_t)from->images * l->rows * l->columns;
    const int32_t first_term = term_block * l->block_terms, first_channel = channel_block * kernels->channels;
    const int32_t term_count = ck_smaller(term_blocks * l->block_terms, s->input_channels - first_term);
    const int32_t channel_count = ck_smaller(channel_blocks * kernels->channels, s->output_channels - first_channel);
    ck_gradient_tile tile = {
        .line_count = 1,
        .input_step = l->term_step,
        .gradient_step = l->channel_step,
        .sums_pitch = l->term_step,
        .begins = 1,
    };
    for (int64_t chunk = 0; chunk < all; chunk += l->chunk) {
        const int32_t count = all - chunk < l->chunk ? (int32_t)(all - chunk) : l->chunk;
        transform(from, l, chunk, count, first_term, term_count, first_channel, channel_count, terms, channels);
        for (int32_t position = 0; position < CK_GRADIENT_POSITIONS; position++) {
            const ck_gradient_line line = {
                terms + position * l->term_pitch, channels + position * l->channel_pitch, count};
            tile.lines = &line;
            for (int32_t term = 0; term < term_count; term += l->block_terms) {
                tile.first_term = term;
                tile.terms = ck_smaller(l->block_terms, term_count - term);
                for (int32_t channel = 0; channel < channel_count; channel += kernels->channels) {
                    tile.first_channel = channel;
                    tile.channels = ck_smaller(kernels->channels, channel_count - channel);
                    tile.sums = sums + position * l->sums_pitch + channel * l->term_step + term;
                    kernels->run(&tile);
                }
            }
        }
        tile.begins = 0;
    }
    for (int32_t channel = 0; channel < channel_count; channel++) {
        float *to = gradient + (ptrdiff_t)(first_channel + channel) * 9 * s->input_channels + first_term;
        kernels->gather(sums + channel * l->term_step, l->sums_pitch, term_count, to, s->input_channels);
    }
}

void ck_winograd_gradient_run(
    ck_isa isa, const ck_gradient_kernels *kernels, const ck_convolution_shape *s, const float *input,
    const float *output_gradient, int32_t images, int64_t tile_begin, int64_t tile_end, float *gradient,
    void *scratch) {
    const layout l = layout_of(kernels, s);
    const source from = {kernels, ck_f32_kernels_of(isa), s, input, output_gradient, images};
    while (tile_begin < tile_end) {
        /* Whole blocks of channels, as many as are done at a time, or a part of one. */
        int32_t channel_block = (int32_t)(tile_begin / l.row_units), unit = (int32_t)(tile_begin % l.row_units);
        int64_t units = tile_end - tile_begin;
        int32_t channel_blocks = 1;
        if (unit > 0 || units < l.row_units) {
            if (units > l.row_units - unit) units = l.row_units - unit;
        } else {
            int64_t rows = units / l.row_units;
            channel_blocks = rows < l.group_channel_blocks ? (int32_t)rows : l.group_channel_blocks;
            units = l.row_units;
        }
        tile_begin += channel_blocks * units;
        int32_t end = ck_smaller((unit + (int32_t)units) * l.unit_blocks, l.term_blocks);
        for (int32_t block = unit * l.unit_blocks; block < end; block += l.group_term_blocks) {
            int32_t blocks = ck_smaller(l.group_term_blocks, end - block);
            run_group(&from, &l, block, blocks, channel_block, channel_blocks, gradient, scratch);
        }
    }
}
