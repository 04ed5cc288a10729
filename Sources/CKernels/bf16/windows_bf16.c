/* Driver of the bfloat16 convolution over few channels: rounded rows in a ring, over them rows of output. */
#include "bf16/windows_bf16.h"

enum { CACHE_LINE = 64, MOST_CHANNELS = 15 };

typedef struct windows_layout {
    int32_t pairs;     /* of a tap */
    int32_t ring;      /* rows */
    size_t left;       /* bytes of padding before a row's pixels */
    size_t row_bytes;  /* from a row to the next */
    size_t rows_offset, scratch_size; /* before the rows stand pointers to the taps, then a row of zeros */
} windows_layout;

static size_t round_up_to_line(size_t bytes) { return (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE; }

int32_t ck_windows_bf16_terms(const ck_convolution_shape *shape) { return shape->kernel_width * shape->input_channels; }

static windows_layout layout_of(const ck_convolution_shape *shape) {
    const size_t pixel = (size_t)shape->input_channels * sizeof(uint16_t);
    windows_layout layout = {
        .pairs = (ck_windows_bf16_terms(shape) + 1) / 2,
        .ring = (shape->kernel_height - 1) * shape->dilation_y + 1,
        .left = (size_t)shape->padding_left * pixel,
    };
    size_t filled = layout.left + ((size_t)shape->input_width * (size_t)shape->input_channels + 1) * sizeof(uint16_t);
    size_t last = (size_t)(shape->output_width - 1) * (size_t)shape->stride_x * pixel;
    size_t read = last + (size_t)layout.pairs * sizeof(float);
    layout.row_bytes = round_up_to_line(filled > read ? filled : read);
    layout.rows_offset = round_up_to_line((size_t)shape->kernel_height * sizeof(float *));
    layout.scratch_size = layout.rows_offset + ((size_t)layout.ring + 1) * layout.row_bytes;
    return layout;
}

int ck_windows_bf16_suits(const ck_bf16_kernels *kernels, const ck_convolution_shape *shape) {
    return kernels->runs && shape->kernel_width > 1 && shape->dilation_x == 1 && shape->input_channels <= MOST_CHANNELS
        && shape->stride_x * shape->input_channels % 2 == 0;
}

size_t ck_windows_bf16_scratch_size(const ck_convolution_shape *shape) { return layout_of(shape).scratch_size; }

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

void ck_windows_bf16_run(const ck_bf16_kernels *kernels, const ck_convolution_f32 *layer, const ck_work *work) {
    const ck_convolution_shape *shape = &layer->shape;
    const windows_layout layout = layout_of(shape);
    const ck_run_kernels *runs = ck_runs_bf16_of(kernels, shape);
    const ptrdiff_t input_row = shape->input_width * work->input_stride;
    uint8_t *zeros = (uint8_t *)work->scratch + layout.rows_offset, *rows = zeros + layout.row_bytes;
    const float **taps = work->scratch;
    ck_run_f32 run = ck_run_of(layer, work);
    run.inputs = taps;
    run.input_step = shape->stride_x * shape->input_channels / 2;
    run.taps = shape->kernel_height;
    run.channels = layout.pairs;
    memset(zeros, 0, layout.row_bytes);
    int64_t image = -1;
    int32_t made = 0; /* the image's rows before it are in the ring, or not needed */
    for (int64_t pixel = work->begin; pixel < work->end; pixel += run.count) {
        int64_t row = pixel / shape->output_width, left = work->end - pixel;
        int32_t x = (int32_t)(pixel % shape->output_width), y = (int32_t)(row % shape->output_height);
        run.count = shape->output_width - x < left ? shape->output_width - x : (int32_t)left;
        if (row / shape->output_height != image) {
            image = row / shape->output_height;
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
            const uint8_t *at = is_inside ? rows + (size_t)(from % layout.ring) * layout.row_bytes : zeros;
            taps[ky] = (const float *)at + x * run.input_step;
        }
        ck_run_blocks(runs, layer, work, &run, image, (int64_t)y * shape->output_width + x);
    }
}
