/* The gradient of a convolution by its weights: for each tap, input channel and output channel, the sum over all pixels of
 * the batch of input times output gradient.
 *
 * Terms (a tap and an input channel) that lie side by side in the input are taken together: a kernel row of all its taps,
 * unless it is dilated. A tile is a few vectors of terms by a few output channels; its sums stay in registers over a group
 * of lines, whose input and gradient the first-level cache holds. Each sum is one of a fixed order, whichever tiles are
 * computed by whom. */
#include "weight_gradient.h"

enum {
    GROUP_PIXELS = 128,      /* pixels of a group, at least, where the map has as many */
    CHUNK_FLOATS = 96 << 10, /* of input and gradient in a chunk, about: they stay in the second-level cache */
    SLACK_FLOATS = 64,       /* after a copied row: vectors are loaded whole */
};

#if defined(__x86_64__)
#define LANES 16
#define CHANNELS 8
#define TARGET __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define NAME(name) name##_avx512
#include "weight_gradient_kernel.h"

#define LANES 8
#define CHANNELS 4
#define TARGET __attribute__((target("avx2,fma")))
#define NAME(name) name##_avx2
#include "weight_gradient_kernel.h"
#endif

#define LANES 4
#define CHANNELS 4
#define TARGET
#define NAME(name) name##_portable
#include "weight_gradient_kernel.h"

#define KERNELS(name, isa_lanes, tile_channels)                                                                      \
    static const ck_gradient_kernels kernels_##name = {                                                              \
        .lanes = isa_lanes,                                                                                          \
        .channels = tile_channels,                                                                                   \
        .run = run_##name,                                                                                           \
        .spread = spread_##name,                                                                                     \
        .gather = gather_##name,                                                                                     \
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

static int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t parts(int32_t count, int32_t size) { return (count + size - 1) / size; }

/* How the terms and channels are cut into tiles: [segments][blocks of terms][blocks of channels]. A segment is a run of
 * terms that lie side by side. */
typedef struct division {
    int32_t segments, segment_terms, segments_a_row;
    int32_t term_blocks, channel_blocks;
    /* Input rows a chunk of `chunk_lines` output lines needs, and floats of a copied one. */
    int32_t chunk_lines, copied_rows, copied_floats;
} division;

static division division_of(ck_isa isa, const ck_convolution_shape *s) {
    const ck_gradient_kernels *kernels = kernels_of(isa);
    division d;
    int is_dilated = s->dilation_x != 1;
    d.segments_a_row = is_dilated ? s->kernel_width : 1;
    d.segments = s->kernel_height * d.segments_a_row;
    d.segment_terms = is_dilated ? s->input_channels : s->kernel_width * s->input_channels;
    d.term_blocks = parts(d.segment_terms, CK_GRADIENT_VECTORS * kernels->lanes);
    d.channel_blocks = parts(s->output_channels, kernels->channels);
    int32_t columns = (s->output_width - 1) * s->stride_x + (s->kernel_width - 1) * s->dilation_x + 1;
    d.copied_floats = columns * s->input_channels + SLACK_FLOATS;
    int32_t line_floats = d.copied_floats * s->stride_y + s->output_width * s->output_channels;
    d.chunk_lines = smaller(larger(CHUNK_FLOATS / line_floats, 1), s->output_height);
    d.copied_rows = (d.chunk_lines - 1) * s->stride_y + (s->kernel_height - 1) * s->dilation_y + 1;
    return d;
}

int64_t ck_weight_gradient_f32_tiles(ck_isa isa, const ck_convolution_shape *shape) {
    if (ck_winograd_gradient_is_faster(shape)) return ck_winograd_gradient_tiles(kernels_of(isa), shape);
    division d = division_of(isa, shape);
    return (int64_t)d.segments * d.term_blocks * d.channel_blocks;
}

size_t ck_weight_gradient_f32_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    if (ck_winograd_gradient_is_faster(shape)) return ck_winograd_gradient_scratch_size(kernels_of(isa), shape);
    division d = division_of(isa, shape);
    return (size_t)d.copied_rows * (size_t)d.copied_floats * sizeof(float);
}

/* Copies the input rows of a chunk, with zeros where its windows reach out of the image. */
static void copy_rows(const ck_convolution_shape *s, const division *d, const float *image, int32_t first_line,
                      int32_t lines, float *to) {
    int32_t rows = (lines - 1) * s->stride_y + (s->kernel_height - 1) * s->dilation_y + 1;
    size_t channels = (size_t)s->input_channels;
    int32_t columns = (d->copied_floats - SLACK_FLOATS) / s->input_channels;
    int32_t left = smaller(s->padding_left, columns), inside = smaller(columns - left, s->input_width);
    for (int32_t i = 0; i < rows; i++, to += d->copied_floats) {
        int32_t row = first_line * s->stride_y - s->padding_top + i;
        if (row < 0 || row >= s->input_height) {
            memset(to, 0, (size_t)d->copied_floats * sizeof(float));
            continue;
        }
        const float *from = image + (size_t)row * (size_t)s->input_width * channels;
        memset(to, 0, (size_t)left * channels * sizeof(float));
        memcpy(to + (size_t)left * channels, from, (size_t)inside * channels * sizeof(float));
        size_t filled = (size_t)(left + inside) * channels;
        memset(to + filled, 0, ((size_t)d->copied_floats - filled) * sizeof(float));
    }
}

void ck_weight_gradient_f32_run(ck_isa isa, const ck_convolution_shape *s, const float *input,
                                const float *output_gradient, int32_t images, int64_t tile_begin, int64_t tile_end,
                                float *gradient, void *scratch) {
    const ck_gradient_kernels *kernels = kernels_of(isa);
    if (ck_winograd_gradient_is_faster(s)) {
        ck_winograd_gradient_run(
            isa, kernels, s, input, output_gradient, images, tile_begin, tile_end, gradient, scratch);
        return;
    }
    division d = division_of(isa, s);
    float *copies = scratch;
    size_t image_floats = (size_t)s->input_height * (size_t)s->input_width * (size_t)s->input_channels;
    size_t line_floats = (size_t)s->output_width * (size_t)s->output_channels;
    int32_t group_lines = smaller(parts(GROUP_PIXELS, s->output_width), CK_GRADIENT_LINES);
    int32_t block_terms = CK_GRADIENT_VECTORS * kernels->lanes;
    const float *inputs[CK_GRADIENT_LINES], *gradients[CK_GRADIENT_LINES];
    ck_gradient_tile tile = {
        .inputs = inputs,
        .gradients = gradients,
        .pixels = s->output_width,
        .input_step = (ptrdiff_t)s->stride_x * s->input_channels,
        .gradient_step = s->output_channels,
        .sums_pitch = (ptrdiff_t)d.segments * d.segment_terms,
        .begins = 1,
    };
    for (int32_t image = 0; image < images; image++) {
        for (int32_t chunk = 0; chunk < s->output_height; chunk += d.chunk_lines) {
            int32_t chunk_lines = smaller(d.chunk_lines, s->output_height - chunk);
            copy_rows(s, &d, input + (size_t)image * image_floats, chunk, chunk_lines, copies);
            const float *chunk_gradient =
                output_gradient + ((size_t)image * (size_t)s->output_height + (size_t)chunk) * line_floats;
            for (int32_t group = 0; group < chunk_lines; group += group_lines) {
                tile.lines = smaller(group_lines, chunk_lines - group);
                for (int64_t index = tile_begin; index < tile_end; index++) {
                    int32_t channel_block = (int32_t)(index % d.channel_blocks);
                    int32_t term_block = (int32_t)(index / d.channel_blocks % d.term_blocks);
                    int32_t segment = (int32_t)(index / d.channel_blocks / d.term_blocks);
                    int32_t first_term = term_block * block_terms, first_channel = channel_block * kernels->channels;
                    int32_t ky = segment / d.segments_a_row, kx = segment % d.segments_a_row;
                    for (int32_t line = 0; line < tile.lines; line++) {
                        int32_t row = (group + line) * s->stride_y + ky * s->dilation_y;
                        inputs[line] = copies + (size_t)row * (size_t)d.copied_floats +
                                       (size_t)kx * (size_t)s->dilation_x * (size_t)s->input_channels + first_term;
                        gradients[line] = chunk_gradient + (size_t)(group + line) * line_floats + first_channel;
                    }
                    tile.terms = smaller(block_terms, d.segment_terms - first_term);
                    tile.channels = smaller(kernels->channels, s->output_channels - first_channel);
                    tile.sums = gradient + first_channel * tile.sums_pitch + segment * d.segment_terms + first_term;
                    kernels->run(&tile);
                }
                tile.begins = 0;
            }
        }
    }
}
