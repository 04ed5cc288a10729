/* Runs: output pixels of one image whose inputs lie a constant step apart, so that a micro-kernel needs no pointer for
 * each. */
#ifndef CK_RUNS_H
#define CK_RUNS_H

#include "shared/indirection.h"

/* `count` output pixels from `pixel` of an image on. */
typedef struct ck_pixels {
    int64_t image, pixel;
    int32_t count;
} ck_pixels;

/* Those of a pointwise layer from flat pixel `first` on: at most `most`, of one image, before `end`. */
static inline ck_pixels ck_pixels_at(const ck_convolution_shape *shape, int64_t first, int64_t end, int64_t most) {
    int64_t pixels = (int64_t)shape->output_height * shape->output_width;
    ck_pixels at = {.image = first / pixels, .pixel = first % pixels};
    int64_t left = pixels - at.pixel;
    if (left > end - first) left = end - first;
    at.count = (int32_t)(left < most ? left : most);
    return at;
}

/* Pixels of a pointwise layer whose input stays in the second-level cache while every block of weights passes over
 * it. */
int64_t ck_pointwise_chunk(const ck_convolution_shape *shape, size_t element);

/* A row of a window that hangs over an edge, which `line` is the image's row of. */
static inline void ck_copy_window_row(
    const ck_convolution_shape *shape, const uint8_t *line, int32_t left, size_t pixel_bytes, uint8_t padding,
    uint8_t *to) {
    for (int32_t kx = 0; kx < shape->kernel_width; kx++, to += pixel_bytes) {
        int32_t column = left + kx;
        if (column < 0 || column >= shape->input_width) {
            memset(to, padding, pixel_bytes);
        } else {
            memcpy(to, line + (size_t)column * pixel_bytes, pixel_bytes);
        }
    }
}

/* Those from flat pixel `first` on where a tap is a row of the window, whose pixels lie together in the image. Points
 * the scratch's rows at each tap of the first pixel's window, or sets them to null outside the image. Windows that hang
 * over the left or right edge are copied, one at a time, and so are those at the image's end past which a tap would be
 * filled up with what is not its own. The input's pixels lie without gaps. */
static inline __attribute__((always_inline)) ck_pixels ck_windows_at(
    const ck_indirection *layout, const ck_convolution_shape *shape, const ck_work *work, uint8_t padding,
    int64_t first) {
    const size_t pixel_bytes = (size_t)shape->input_channels * layout->element;
    const size_t tap_bytes = (size_t)layout->depth * layout->element;
    const int64_t pixel_step = (int64_t)pixel_bytes, row_bytes = shape->input_width * pixel_step;
    int64_t row = first / shape->output_width;
    int32_t x = (int32_t)(first % shape->output_width), y = (int32_t)(row % shape->output_height);
    ck_pixels at = {.image = row / shape->output_height, .pixel = (int64_t)y * shape->output_width + x};
    int32_t left = x * shape->stride_x - shape->padding_left, top = y * shape->stride_y - shape->padding_top;
    int32_t bottom = top + (shape->kernel_height - 1) * shape->dilation_y;
    if (bottom >= shape->input_height) bottom = shape->input_height - 1;

    /* Pixels from here on whose windows lie between the edges. */
    int32_t room = shape->input_width - shape->kernel_width - left;
    int32_t inside = left < 0 || room < 0 ? 0 : room / shape->stride_x + 1;
    if (inside > shape->output_width - x) inside = shape->output_width - x;
    if (inside > work->end - first) inside = (int32_t)(work->end - first);
    int64_t bytes = (shape->input_height - bottom) * row_bytes - (int64_t)tap_bytes - left * pixel_step;
    while (inside > 0 && (inside - 1) * shape->stride_x * pixel_step > bytes) inside--;
    at.count = inside > 0 ? inside : 1;

    uint8_t *copy = (uint8_t *)work->scratch + layout->copies_offset;
    const uint8_t **taps = (const uint8_t **)((uint8_t *)work->scratch + layout->rows_offset);
    for (int32_t ky = 0; ky < shape->kernel_height; ky++, copy += tap_bytes) {
        int32_t from = top + ky * shape->dilation_y;
        taps[ky] = NULL;
        if (from < 0 || from >= shape->input_height) continue;
        const uint8_t *line = (const uint8_t *)work->inputs[at.image] + from * row_bytes;
        if (inside > 0) {
            taps[ky] = line + left * pixel_step;
        } else {
            ck_copy_window_row(shape, line, left, pixel_bytes, padding, copy);
            taps[ky] = copy;
        }
    }
    return at;
}

#endif
