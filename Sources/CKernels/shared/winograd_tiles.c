#include "shared/winograd_tiles.h"

int ck_winograd_fits(const ck_convolution_shape *shape) {
    return shape->kernel_height == CK_WINOGRAD_KERNEL_EDGE && shape->kernel_width == CK_WINOGRAD_KERNEL_EDGE
        && shape->stride_y == 1 && shape->stride_x == 1 && shape->dilation_y == shape->dilation_x;
}

static int32_t tiles_along(int32_t extent, int32_t size, int32_t dilation) {
    int32_t tiles = 0;
    for (int32_t phase = 0; phase < dilation && phase < extent; phase++) {
        tiles += ((extent - phase + dilation - 1) / dilation + size - 1) / size;
    }
    return tiles;
}

int64_t ck_winograd_tiles_of_image(const ck_convolution_shape *shape, int32_t size) {
    return (int64_t)tiles_along(shape->output_height, size, shape->dilation_y)
        * tiles_along(shape->output_width, size, shape->dilation_x);
}

/* ---- The tiles of a range ---------------------------------------------------------------------------------------- */

static int32_t origin_of(int32_t index, int32_t size, int32_t dilation) {
    return index / dilation * size * dilation + index % dilation;
}

/* The part of an image's pixels that lies in the range. */
static void range_in_image(const ck_convolution_shape *shape, int64_t image, int64_t *begin, int64_t *end) {
    int64_t pixels = (int64_t)shape->output_height * shape->output_width;
    *begin -= image * pixels;
    *end -= image * pixels;
    if (*begin < 0) *begin = 0;
    if (*end > pixels) *end = pixels;
}

static int touches(const ck_winograd_cursor *c, ck_winograd_tile at, int64_t begin, int64_t end) {
    const ck_convolution_shape *shape = c->shape;
    int32_t width = shape->output_width, reach = (c->size - 1) * shape->dilation_x;
    int32_t last = at.x + reach < width ? at.x + reach : width - 1;
    for (int32_t i = 0; i < c->size; i++) {
        int64_t y = at.y + i * shape->dilation_y;
        if (y < shape->output_height && y * width + last >= begin && y * width + at.x < end) return 1;
    }
    return 0;
}

ck_winograd_cursor ck_winograd_tiles_of_range(
    const ck_convolution_shape *shape, int32_t size, int64_t begin, int64_t end) {
    int64_t pixels = (int64_t)shape->output_height * shape->output_width, first = begin % pixels;
    int32_t y = (int32_t)(first / shape->output_width), cell = size * shape->dilation_y;
    return (ck_winograd_cursor){shape, size, begin, end, begin / pixels, y / cell * shape->dilation_y, 0};
}

int ck_winograd_next_tile(ck_winograd_cursor *c, ck_winograd_tile *at) {
    const ck_convolution_shape *shape = c->shape;
    for (;;) {
        int64_t begin = c->begin, end = c->end;
        range_in_image(shape, c->image, &begin, &end);
        if (begin >= end) return 0;
        int32_t y = origin_of(c->row, c->size, shape->dilation_y);
        int32_t x = origin_of(c->column, c->size, shape->dilation_x);
        int32_t cell = c->size * shape->dilation_y, last = (int32_t)((end - 1) / shape->output_width);
        if (y / cell > last / cell) {
            c->image++;
            c->row = c->column = 0;
        } else if (y >= shape->output_height || x - c->column % shape->dilation_x >= shape->output_width) {
            c->row++;
            c->column = 0;
        } else {
            c->column++;
            *at = (ck_winograd_tile){c->image, y, x};
            if (x < shape->output_width && touches(c, *at, begin, end)) return 1;
        }
    }
}

/* ---- The pixels of a tile ---------------------------------------------------------------------------------------- */

/* The addresses of a grid of edge × edge pixels that all exist. */
static inline void point_at_grid(
    const uint8_t *first, ptrdiff_t row_step, ptrdiff_t step, int32_t edge, const void **pixels) {
    for (int32_t i = 0; i < edge; i++, first += row_step) {
        for (int32_t j = 0; j < edge; j++) *pixels++ = first + j * step;
    }
}

void ck_winograd_tile_inputs(
    const ck_convolution_shape *shape, const ck_work *work, size_t element, int32_t size, ck_winograd_tile at,
    const void *padding, const void **pixels) {
    const uint8_t *image = work->inputs[at.image];
    int32_t dilation = shape->dilation_y, top = at.y - shape->padding_top, left = at.x - shape->padding_left;
    int32_t edge = size + CK_WINOGRAD_KERNEL_EDGE - 1, reach = (edge - 1) * dilation;
    ptrdiff_t step = work->input_stride * (ptrdiff_t)element, row_step = (ptrdiff_t)shape->input_width * step;
    if (top >= 0 && left >= 0 && top + reach < shape->input_height && left + reach < shape->input_width) {
        point_at_grid(image + top * row_step + left * step, dilation * row_step, dilation * step, edge, pixels);
        return;
    }
    for (int32_t i = 0; i < edge; i++) {
        int32_t y = top + i * dilation;
        int inside = y >= 0 && y < shape->input_height;
        for (int32_t j = 0; j < edge; j++) {
            int32_t x = left + j * dilation;
            int in_image = inside && x >= 0 && x < shape->input_width;
            *pixels++ = in_image ? image + y * row_step + x * step : padding;
        }
    }
}

void ck_winograd_tile_outputs(
    const ck_convolution_shape *shape, const ck_work *work, int32_t size, ck_winograd_tile at, const void *image,
    ptrdiff_t pixel_bytes, const void **pixels) {
    const uint8_t *base = image;
    int64_t begin = work->begin, end = work->end, width = shape->output_width;
    range_in_image(shape, at.image, &begin, &end);
    int32_t dilation = shape->dilation_y, reach = (size - 1) * dilation;
    int64_t first = at.y * width + at.x, last = (at.y + reach) * width + at.x + reach;
    if (at.x + reach < width && first >= begin && last < end) {
        point_at_grid(base + first * pixel_bytes, dilation * width * pixel_bytes, dilation * pixel_bytes, size, pixels);
        return;
    }
    for (int32_t i = 0; i < size; i++) {
        for (int32_t j = 0; j < size; j++) {
            int64_t x = at.x + j * dilation, pixel = (at.y + i * dilation) * width + x;
            *pixels++ = x < width && pixel >= begin && pixel < end ? base + pixel * pixel_bytes : NULL;
        }
    }
}
