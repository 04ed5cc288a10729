/* The gradient of a convolution by its weights: for each tap, input channel and output channel, the sum over all pixels
 * of the batch of input times output gradient.
 *
 * Terms (a tap and an input channel) that lie side by side in the input are taken together as a segment: a kernel row
 * of all its taps, unless it is dilated. A tile is a few vectors of a segment's terms by a few output channels; its
 * sums stay in registers over a group of lines, whose input and gradient the first-level cache holds. Terms are read
 * where they lie; only the windows that hang over the left or right edge are copied, as are the last rows, behind which
 * vectors would reach. Each sum is one of a fixed order, whichever tiles are computed by whom. */
#include "training/weight_gradient.h"

#include "shared/cache.h"

enum {
    GROUP_PIXELS = 128, /* pixels of a group, at least, where the map has as many */
    GROUP_LINES = 64, /* lines of a group, at most */
    SLACK_FLOATS = 64, /* after what is copied: vectors are loaded whole */
};

#if defined(__x86_64__)
#define LANES 16
#define CHANNELS 8
#define TARGET __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define NAME(name) name##_avx512
#include "training/weight_gradient_kernel.h"

#define LANES 8
#define CHANNELS 4
#define TARGET __attribute__((target("avx2,fma")))
#define NAME(name) name##_avx2
#include "training/weight_gradient_kernel.h"
#endif

#define LANES 4
#define CHANNELS 4
#define TARGET
#define NAME(name) name##_portable
#include "training/weight_gradient_kernel.h"

#define KERNELS(name, isa_lanes, tile_channels)                                                                        \
    static const ck_gradient_kernels kernels_##name = {                                                                \
        .lanes = isa_lanes,                                                                                            \
        .channels = tile_channels,                                                                                     \
        .run = run_##name,                                                                                             \
        .spread = spread_##name,                                                                                       \
        .gather = gather_##name,                                                                                       \
    }
#if defined(__x86_64__)
KERNELS(avx512, 16, 8);
KERNELS(avx2, 8, 4);
#endif
KERNELS(portable, 4, 4);

static const ck_gradient_kernels *kernels_of(ck_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case CK_ISA_AVX512:
    case CK_ISA_AMX: return &kernels_avx512;
    case CK_ISA_AVX2:
    case CK_ISA_AVX2_PLAIN: return &kernels_avx2;
#endif
    default: return &kernels_portable;
    }
}

static int32_t parts(int32_t count, int32_t size) { return (count + size - 1) / size; }

/* How the terms and channels are cut into tiles: [segments][blocks of terms][blocks of channels]. */
typedef struct division {
    int32_t segments, segment_terms, segments_a_row, segment_taps;
    int32_t term_blocks, block_terms, channel_blocks;
    int32_t group_lines;
    int32_t edge_floats; /* of a copied pixel */
    int32_t edges; /* copied pixels of a group, at most */
    int32_t last_rows; /* copied rows, counted over the whole batch */
    size_t edges_offset, last_rows_offset, scratch_size; /* bytes */
} division;

static division division_of(const ck_gradient_kernels *kernels, const ck_convolution_shape *s) {
    division d = {.segments_a_row = 1, .segment_taps = s->kernel_width, .segments = s->kernel_height};
    const int32_t most_terms = CK_GRADIENT_VECTORS * kernels->lanes;
    d.segment_terms = s->kernel_width * s->input_channels;
    if (s->dilation_x != 1) {
        d.segments_a_row = s->kernel_width;
        d.segments = s->kernel_height * s->kernel_width;
        d.segment_taps = 1;
        d.segment_terms = s->input_channels;
    }
    d.term_blocks = parts(d.segment_terms, most_terms);
    d.block_terms = parts(parts(d.segment_terms, d.term_blocks), kernels->lanes) * kernels->lanes;
    d.term_blocks = parts(d.segment_terms, d.block_terms);
    d.channel_blocks = parts(s->output_channels, kernels->channels);
    d.group_lines = ck_smaller(ck_smaller(parts(GROUP_PIXELS, s->output_width), GROUP_LINES), s->output_height);
    d.edge_floats = d.segment_terms + SLACK_FLOATS;
    /* Windows that hang over an edge begin fewer than segment_taps pixels before or in front of it. */
    int32_t line_edges = d.segment_taps > 1 ? ck_smaller(2 * parts(d.segment_taps, s->stride_x), s->output_width) : 0;
    d.edges = d.group_lines * line_edges;
    d.last_rows = parts(SLACK_FLOATS, s->input_width * s->input_channels);
    /* At most a line and its edges. */
    d.edges_offset = ck_whole_lines((size_t)d.group_lines * (size_t)(1 + line_edges) * sizeof(ck_gradient_line));
    d.last_rows_offset = d.edges_offset + ck_whole_lines((size_t)d.edges * (size_t)d.edge_floats * sizeof(float));
    d.scratch_size = d.last_rows_offset
        + ((size_t)d.last_rows * (size_t)s->input_width * (size_t)s->input_channels + SLACK_FLOATS) * sizeof(float);
    return d;
}

/* Whether the roles are exchanged: of a 1×1 layer that makes many channels of few, whose terms would not fill vectors,
 * the output's channels are terms and the input's are channels. Each sum is the same. */
static int exchanges(const ck_gradient_kernels *kernels, const ck_convolution_shape *s) {
    int is_pointwise = s->kernel_height == 1 && s->kernel_width == 1 && s->stride_y == 1 && s->stride_x == 1
        && s->padding_top == 0 && s->padding_left == 0 && s->input_height == s->output_height
        && s->input_width == s->output_width;
    return is_pointwise && s->input_channels < 2 * kernels->lanes && s->output_channels > s->input_channels;
}

/* The convolution whose gradient has the roles exchanged. */
static ck_convolution_shape exchanged(const ck_convolution_shape *s) {
    ck_convolution_shape result = *s;
    result.input_channels = s->output_channels;
    result.output_channels = s->input_channels;
    return result;
}

int64_t ck_weight_gradient_f32_tiles(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_gradient_kernels *kernels = kernels_of(isa);
    if (ck_winograd_gradient_is_faster(shape)) return ck_winograd_gradient_tiles(kernels, shape);
    ck_convolution_shape other = exchanged(shape);
    division d = division_of(kernels, exchanges(kernels, shape) ? &other : shape);
    return (int64_t)d.segments * d.term_blocks * d.channel_blocks;
}

size_t ck_weight_gradient_f32_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_gradient_kernels *kernels = kernels_of(isa);
    if (ck_winograd_gradient_is_faster(shape)) return ck_winograd_gradient_scratch_size(kernels, shape);
    if (!exchanges(kernels, shape)) return division_of(kernels, shape).scratch_size;
    ck_convolution_shape other = exchanged(shape);
    size_t sums = (size_t)shape->input_channels * (size_t)shape->output_channels * sizeof(float);
    return ck_whole_lines(division_of(kernels, &other).scratch_size) + sums;
}

/* What a group's lines are made from. */
typedef struct source {
    const ck_convolution_shape *shape;
    const division *division;
    const float *input, *last_rows; /* the batch, and a copy of its last rows */
    int32_t rows; /* of the batch */
    const float *gradient; /* of the first line */
    int32_t image, line, lines;
    ck_gradient_line *to;
    float *edges;
} source;

/* Some pixels of a row from a column on, zeros where there are none. */
static void copy_window(const ck_convolution_shape *s, const float *row, int32_t column, int32_t pixels, float *to) {
    size_t channels = (size_t)s->input_channels;
    for (int32_t end = column + pixels; column < end; column++, to += channels) {
        if (column >= 0 && column < s->input_width) {
            memcpy(to, row + (size_t)column * channels, channels * sizeof(float));
        } else {
            memset(to, 0, channels * sizeof(float));
        }
    }
}

/* The lines of a segment; returns how many. */
static int32_t lines_of(const source *from, int32_t segment) {
    const ck_convolution_shape *s = from->shape;
    const division *d = from->division;
    const int32_t ky = segment / d->segments_a_row, kx = segment % d->segments_a_row;
    const int32_t left = kx * s->dilation_x - s->padding_left; /* of pixel 0 */
    const int32_t room = s->input_width - d->segment_taps - left;
    int32_t begin = left < 0 ? ck_smaller(parts(-left, s->stride_x), s->output_width) : 0;
    int32_t end = room < 0 ? 0 : ck_smaller(room / s->stride_x + 1, s->output_width);
    if (end < begin) end = begin;
    const int32_t row_floats = s->input_width * s->input_channels;
    ck_gradient_line *to = from->to;
    float *edges = from->edges;
    for (int32_t line = 0; line < from->lines; line++) {
        int32_t y = (from->line + line) * s->stride_y + ky * s->dilation_y - s->padding_top;
        if (y < 0 || y >= s->input_height) continue;
        int32_t global = from->image * s->input_height + y, last = global - (from->rows - d->last_rows);
        const float *row =
            last >= 0 ? from->last_rows + (ptrdiff_t)last * row_floats : from->input + (ptrdiff_t)global * row_floats;
        const float *gradient = from->gradient + (ptrdiff_t)line * s->output_width * s->output_channels;
        if (begin < end) {
            ptrdiff_t first = ((ptrdiff_t)begin * s->stride_x + left) * s->input_channels;
            *to++ = (ck_gradient_line){row + first, gradient + (ptrdiff_t)begin * s->output_channels, end - begin};
        }
        for (int32_t x = begin > 0 ? 0 : end; x < s->output_width; x = x + 1 == begin ? end : x + 1) {
            int32_t column = x * s->stride_x + left;
            if (column + d->segment_taps <= 0 || column >= s->input_width) continue;
            copy_window(s, row, column, d->segment_taps, edges);
            *to++ = (ck_gradient_line){edges, gradient + (ptrdiff_t)x * s->output_channels, 1};
            edges += d->edge_floats;
        }
    }
    return (int32_t)(to - from->to);
}

/* The part of a division's tile: its first term and channel, and how many there are of each. */
typedef struct part {
    int32_t segment, first_term, terms, first_channel, channels;
} part;

static part part_of(
    const ck_gradient_kernels *kernels, const division *d, const ck_convolution_shape *s, int64_t index) {
    part p = {
        .segment = (int32_t)(index / d->channel_blocks / d->term_blocks),
        .first_term = (int32_t)(index / d->channel_blocks % d->term_blocks) * d->block_terms,
        .first_channel = (int32_t)(index % d->channel_blocks) * kernels->channels,
    };
    p.terms = ck_smaller(d->block_terms, d->segment_terms - p.first_term);
    p.channels = ck_smaller(kernels->channels, s->output_channels - p.first_channel);
    return p;
}

static void run_directly(
    const ck_gradient_kernels *kernels, const ck_convolution_shape *s, const float *input, const float *output_gradient,
    int32_t images, int64_t tile_begin, int64_t tile_end, float *gradient, void *scratch) {
    const division d = division_of(kernels, s);
    const size_t row_floats = (size_t)s->input_width * (size_t)s->input_channels;
    float *last_rows = (float *)((uint8_t *)scratch + d.last_rows_offset);
    source from = {
        .shape = s,
        .division = &d,
        .input = input,
        .last_rows = last_rows,
        .rows = images * s->input_height,
        .to = scratch,
        .edges = (float *)((uint8_t *)scratch + d.edges_offset),
    };
    int32_t copied = ck_smaller(d.last_rows, from.rows), missing = d.last_rows - copied;
    memcpy(
        last_rows + (size_t)missing * row_floats, input + (size_t)(from.rows - copied) * row_floats,
        (size_t)copied * row_floats * sizeof(float));
    ck_gradient_tile tile = {
        .lines = from.to,
        .input_step = (ptrdiff_t)s->stride_x * s->input_channels,
        .gradient_step = s->output_channels,
        .sums_pitch = (ptrdiff_t)d.segments * d.segment_terms,
        .begins = 1,
    };
    for (from.image = 0; from.image < images; from.image++) {
        for (from.line = 0; from.line < s->output_height; from.line += d.group_lines) {
            from.lines = ck_smaller(d.group_lines, s->output_height - from.line);
            int64_t first_pixel = ((int64_t)from.image * s->output_height + from.line) * s->output_width;
            from.gradient = output_gradient + first_pixel * s->output_channels;
            int32_t ready = -1;
            for (int64_t index = tile_begin; index < tile_end; index++) {
                const part p = part_of(kernels, &d, s, index);
                if (p.segment != ready) tile.line_count = lines_of(&from, p.segment);
                ready = p.segment;
                tile.first_term = p.first_term;
                tile.first_channel = p.first_channel;
                tile.terms = p.terms;
                tile.channels = p.channels;
                tile.sums = gradient + p.first_channel * tile.sums_pitch + p.segment * d.segment_terms + p.first_term;
                kernels->run(&tile);
            }
            tile.begins = 0;
        }
    }
}

/* Its own tiles of a gradient with the roles exchanged, as they belong. */
static void exchange_back(
    const ck_gradient_kernels *kernels, const ck_convolution_shape *s, int64_t tile_begin, int64_t tile_end,
    const float *sums, float *gradient) {
    const ck_convolution_shape other = exchanged(s);
    const division d = division_of(kernels, &other);
    for (int64_t index = tile_begin; index < tile_end; index++) {
        const part p = part_of(kernels, &d, &other, index);
        for (int32_t term = p.first_term; term < p.first_term + p.terms; term++) {
            for (int32_t channel = p.first_channel; channel < p.first_channel + p.channels; channel++) {
                gradient[(ptrdiff_t)term * s->input_channels + channel] =
                    sums[(ptrdiff_t)channel * s->output_channels + term];
            }
        }
    }
}

void ck_weight_gradient_f32_run(
    ck_isa isa, const ck_convolution_shape *s, const float *input, const float *output_gradient, int32_t images,
    int64_t tile_begin, int64_t tile_end, float *gradient, void *scratch) {
    const ck_gradient_kernels *kernels = kernels_of(isa);
    if (ck_winograd_gradient_is_faster(s)) {
        ck_winograd_gradient_run(
            isa, kernels, s, input, output_gradient, images, tile_begin, tile_end, gradient, scratch);
    } else if (exchanges(kernels, s)) {
        const ck_convolution_shape other = exchanged(s);
        float *sums = (float *)((uint8_t *)scratch + ck_whole_lines(division_of(kernels, &other).scratch_size));
        run_directly(kernels, &other, output_gradient, input, images, tile_begin, tile_end, sums, scratch);
        exchange_back(kernels, s, tile_begin, tile_end, sums, gradient);
    } else {
        run_directly(kernels, s, input, output_gradient, images, tile_begin, tile_end, gradient, scratch);
    }
}
