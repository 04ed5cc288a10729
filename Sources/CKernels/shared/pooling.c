/* Driver of the pools: clips each window to the image. */
#include "shared/kernels.h"

typedef struct clipped_window {
    ck_window window;
    int64_t image;
    ptrdiff_t output; /* elements from the image's pixel 0 */
} clipped_window;

static clipped_window window_at(const ck_convolution_shape *shape, const ck_work *work, size_t element, int64_t pixel) {
    int64_t row = pixel / shape->output_width;
    clipped_window result = {.image = row / shape->output_height};
    int32_t y = (int32_t)(row % shape->output_height), x = (int32_t)(pixel % shape->output_width);
    int32_t top = y * shape->stride_y - shape->padding_top, left = x * shape->stride_x - shape->padding_left;
    int32_t bottom = top + shape->kernel_height, right = left + shape->kernel_width;
    if (top < 0) top = 0;
    if (left < 0) left = 0;
    if (bottom > shape->input_height) bottom = shape->input_height;
    if (right > shape->input_width) right = shape->input_width;
    ptrdiff_t first = (ptrdiff_t)top * shape->input_width + left;
    result.window = (ck_window){
        .base = (const uint8_t *)work->inputs[result.image] + first * work->input_stride * (ptrdiff_t)element,
        .row_step = shape->input_width * work->input_stride,
        .pixel_step = work->input_stride,
        .rows = bottom - top,
        .columns = right - left,
    };
    result.output = ((ptrdiff_t)y * shape->output_width + x) * work->output_stride;
    return result;
}

void ck_max_pool_f32(ck_isa isa, const ck_convolution_shape *shape, const ck_work *work) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    for (int64_t pixel = work->begin; pixel < work->end; pixel++) {
        clipped_window at = window_at(shape, work, sizeof(float), pixel);
        kernels->max_window(&at.window, (float *)work->outputs[at.image] + at.output, shape->output_channels);
    }
}

void ck_average_pool_f32(ck_isa isa, const ck_convolution_shape *shape, int count_padding, const ck_work *work) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    for (int64_t pixel = work->begin; pixel < work->end; pixel++) {
        clipped_window at = window_at(shape, work, sizeof(float), pixel);
        int32_t count = at.window.rows * at.window.columns;
        if (count_padding) count = shape->kernel_height * shape->kernel_width;
        float *out = (float *)work->outputs[at.image] + at.output;
        kernels->average_window(&at.window, (float)count, out, shape->output_channels);
    }
}

void ck_max_pool_u8(ck_isa isa, const ck_convolution_shape *shape, const ck_work *work) {
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    for (int64_t pixel = work->begin; pixel < work->end; pixel++) {
        clipped_window at = window_at(shape, work, sizeof(uint8_t), pixel);
        kernels->max_window(&at.window, (uint8_t *)work->outputs[at.image] + at.output, shape->output_channels);
    }
}

void ck_average_pool_u8(ck_isa isa, const ck_convolution_shape *shape, const ck_work *work) {
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    for (int64_t pixel = work->begin; pixel < work->end; pixel++) {
        clipped_window at = window_at(shape, work, sizeof(uint8_t), pixel);
        kernels->average_window(&at.window, (uint8_t *)work->outputs[at.image] + at.output, shape->output_channels);
    }
}
