/* bf16/windows: over few channels a tap is a row of the window, whose pixels lie together in rounded rows of the image:
 * these in a ring, over them rows of output. */
#include "bf16/runs_bf16.h"
#include "shared/cache.h"
#include "shared/methods.h"

enum { MOST_CHANNELS = 15 };

typedef struct windows_layout {
    int32_t pairs; /* of a tap */
    int32_t ring; /* rows */
    size_t left; /* bytes of padding before a row's pixels */
    size_t row_bytes; /* from a row to the next */
    size_t rows_offset, scratch_size; /* before the rows stand pointers to the taps, then a row of zeros */
} windows_layout;

/* Numbers of a tap; there are kernel_height of them. */
static int32_t terms_of(const ck_convolution_shape *shape) { return shape->kernel_width * shape->input_channels; }

static windows_layout layout_of(const ck_convolution_shape *shape) {
    const size_t pixel = (size_t)shape->input_channels * sizeof(uint16_t);
    windows_layout layout = {
        .pairs = (terms_of(shape) + 1) / 2,
        .ring = (shape->kernel_height - 1) * shape->dilation_y + 1,
        .left = (size_t)shape->padding_left * pixel,
    };
    size_t filled = layout.left + ((size_t)shape->input_width * (size_t)shape->input_channels + 1) * sizeof(uint16_t);
    size_t last = (size_t)(shape->output_width - 1) * (size_t)shape->stride_x * pixel;
    size_t read = last + (size_t)layout.pairs * sizeof(float);
    layout.row_bytes = ck_whole_lines(filled > read ? filled : read);
    layout.rows_offset = ck_whole_lines((size_t)shape->kernel_height * sizeof(float *));
    layout.scratch_size = layout.rows_offset + ((size_t)layout.ring + 1) * layout.row_bytes;
    return layout;
}

/* Windows must begin at pairs. */
static int suits(ck_isa isa, const ck_layer *layer) {
    const ck_convolution_shape *shape = &layer->shape;
    return ck_bf16_kernels_of(isa)->runs && shape->kernel_width > 1 && shape->dilation_x == 1
        && shape->input_channels <= MOST_CHANNELS && shape->stride_x * shape->input_channels % 2 == 0;
}

static size_t packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    return ck_runs_bf16_packed_size(isa, shape, shape->kernel_height, terms_of(shape));
}

static void pack(ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed) {
    ck_runs_bf16_pack(isa, shape, shape->kernel_height, terms_of(shape), &parameters->f32, packed);
}

static size_t scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    (void)isa;
    return layout_of(shape).scratch_size;
}

static void round_row(
    const ck_bf16_kernels *kernels, const windows_layout *layout, const ck_convolution_shape *shape, const float *from,
    ptrdiff_t step, uint8_t *to) {
    const int32_t channels = shape->input_channels, width = shape->input_width;
    const size_t end = layout->left + (size_t)width * (size_t)channels * sizeof(uint16_t);
    memset(to, 0, layout->left);
    if (step == channels) {
        kernels->pairs(from, 0, NULL, to + layout->left, 0, 1, width * channels);
    } else {
        kernels->pairs(from, step, NULL, to + layout->left, (size_t)channels * sizeof(uint16_t), width, channels);
    }
    memset(to + end, 0, layout->row_bytes - end);
}

static void run(ck_isa isa, const ck_convolution *layer, const ck_work *work) {
    const ck_convolution_shape *shape = &layer->shape;
    const windows_layout layout = layout_of(shape);
    const ck_bf16_kernels *kernels = ck_bf16_kernels_of(isa);
    const ck_run_kernels *runs = ck_runs_bf16_of(kernels, shape);
    ck_run_kernel *multiply = ck_run_kernel_of(runs, shape, shape->kernel_height);
    const ptrdiff_t input_row = shape->input_width * work->input_stride;
    uint8_t *zeros = (uint8_t *)work->scratch + layout.rows_offset, *rows = zeros + layout.row_bytes;
    const float **taps = work->scratch;
    ck_run_f32 run = ck_run_f32_of(layer, work);
    run.inputs = taps;
    run.input_step = shape->stride_x * shape->input_channels / 2;
    run.taps = shape->kernel_height;
    run.channels = layout.pairs;
    memset(zeros, 0, layout.row_bytes);
    int64_t image = -1;
    int32_t made = 0; /* the image's rows before it are in the ring, or not needed */
    ck_pixels at = {.count = 0};
    for (int64_t pixel = work->begin; pixel < work->end; pixel += at.count) {
        int64_t row = pixel / shape->output_width, left = work->end - pixel;
        int32_t x = (int32_t)(pixel % shape->output_width), y = (int32_t)(row % shape->output_height);
        at.count = shape->output_width - x < left ? shape->output_width - x : (int32_t)left;
        at.image = row / shape->output_height;
        at.pixel = (int64_t)y * shape->output_width + x;
        if (at.image != image) {
            image = at.image;
            made = 0;
        }
        int32_t top = y * shape->stride_y - shape->padding_top;
        if (made < top) made = top;
        for (; made < top + layout.ring && made < shape->input_height; made++) {
            const float *from = (const float *)work->inputs[image] + made * input_row;
            uint8_t *to = rows + (size_t)(made % layout.ring) * layout.row_bytes;
            round_row(kernels, &layout, shape, from, work->input_stride, to);
        }
        for (int32_t ky = 0; ky < shape->kernel_height; ky++) {
            int32_t from = top + ky * shape->dilation_y;
            int is_inside = from >= 0 && from < shape->input_height;
            const uint8_t *line = is_inside ? rows + (size_t)(from % layout.ring) * layout.row_bytes : zeros;
            taps[ky] = (const float *)line + x * run.input_step;
        }
        ck_run_f32_blocks(runs, multiply, layer, work, &run, at);
    }
}

const ck_method ck_bf16_windows = {
    .name = "windows",
    .element = CK_ELEMENT_BF16,
    .suits = suits,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .division = ck_runs_bf16_division,
    .run = run,
};
