/* How the depthwise drivers cut their work: parts of output rows, each with pointers to the input rows under it. */
#ifndef CK_DEPTHWISE_ROWS_H
#define CK_DEPTHWISE_ROWS_H

#include "shared/cache.h"
#include "shared/kernels.h"

/* What the depthwise methods have in common: each suits every layer, and its work is cut by neighbours alone. */
static inline int ck_depthwise_suits(ck_isa isa, const ck_layer *layer) {
    (void)isa;
    return layer->is_depthwise;
}
static inline ck_division ck_depthwise_division(ck_isa isa, const ck_convolution_shape *shape) {
    (void)isa;
    (void)shape;
    return (ck_division){.pixels = 16, .blocks = 1};
}

/* The scratch: a pixel of padding, then a pointer and a step for each kernel row of `band` output rows. */
typedef struct ck_depthwise_layout {
    int32_t rows; /* kernel rows, with those that only fill a group */
    size_t element, rows_offset, steps_offset, scratch_size;
} ck_depthwise_layout;

static inline ck_depthwise_layout ck_depthwise_layout_of(
    const ck_convolution_shape *shape, size_t element, int32_t rows, int32_t band) {
    ck_depthwise_layout layout = {.rows = rows, .element = element};
    layout.rows_offset = ck_whole_lines((size_t)shape->input_channels * element);
    layout.steps_offset = layout.rows_offset + (size_t)rows * (size_t)band * sizeof(void *);
    layout.scratch_size = ck_whole_lines(layout.steps_offset + (size_t)rows * (size_t)band * sizeof(ptrdiff_t));
    return layout;
}

/* A part of one output row. */
typedef struct ck_row_part {
    int64_t image;
    int32_t y, x_begin, x_end;
} ck_row_part;

/* The part that starts at flat output pixel `pixel` and ends with its row or before `end`. */
static inline ck_row_part ck_row_part_at(const ck_convolution_shape *shape, int64_t pixel, int64_t end) {
    int64_t row = pixel / shape->output_width, x = pixel % shape->output_width;
    int64_t left = shape->output_width - x, wanted = end - pixel;
    return (ck_row_part){
        .image = row / shape->output_height,
        .y = (int32_t)(row % shape->output_height),
        .x_begin = (int32_t)x,
        .x_end = (int32_t)(x + (wanted < left ? wanted : left)),
    };
}

/* Points the scratch's rows from `first` on at the input rows under output row y; those outside the image at the
 * padding. Row y of the input lies at y mod `ring`. */
static inline void ck_depthwise_point(
    const ck_depthwise_layout *layout, const ck_convolution_shape *shape, const ck_work *work, const ck_row_part *part,
    int32_t ring, int32_t first) {
    uint8_t *scratch = work->scratch;
    const uint8_t **rows = (const uint8_t **)(scratch + layout->rows_offset) + first;
    ptrdiff_t *steps = (ptrdiff_t *)(scratch + layout->steps_offset) + first;
    size_t row_bytes = (size_t)shape->input_width * (size_t)work->input_stride * layout->element;
    for (int32_t ky = 0; ky < layout->rows; ky++) {
        int32_t y = part->y * shape->stride_y - shape->padding_top + ky * shape->dilation_y;
        int inside = ky < shape->kernel_height && y >= 0 && y < shape->input_height;
        rows[ky] = inside ? (const uint8_t *)work->inputs[part->image] + (size_t)(y % ring) * row_bytes : scratch;
        steps[ky] = inside ? work->input_stride : 0;
    }
}

#endif
