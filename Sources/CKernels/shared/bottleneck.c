/* A mobile network's bottleneck (MobileNetV2's inverted residual, arXiv 1801.04381): a pointwise layer, a depthwise one
 * and another pointwise one, a band of rows at a time, so that what lies between them never leaves the second-level
 * cache. The rows that the depthwise windows of two bands share are kept: expanded rows lie in a ring. */
#include "bf16/depthwise_bf16.h"
#include "bf16/pointwise_bf16.h"
#include "f32/depthwise_f32.h"
#include "shared/cache.h"
#include "shared/methods.h"

typedef struct bottleneck_layout {
    int32_t rows; /* of a band, at the output */
    int32_t ring; /* expanded rows that are kept */
    ptrdiff_t expanded_stride, expanded_row, filtered_stride; /* floats, each of which may be a pair in bfloat16 */
    size_t filtered_offset, scratch_offset, scratch_size;
} bottleneck_layout;

static int filters_bf16(const ck_bottleneck *bottleneck) {
    return bottleneck->depthwise_method->element == CK_ELEMENT_BF16;
}

/* Floats from a pixel to the next: a whole number of cache lines, so that no vector lies in two, and an odd one, so
 * that a row's pixels do not all want the same places of the first-level cache. */
static ptrdiff_t stride_of(int32_t channels) {
    return (ptrdiff_t)(ck_odd_lines((size_t)channels * sizeof(float)) / sizeof(float));
}

static int32_t expanded_rows(const ck_convolution_shape *shape, int32_t rows) {
    int32_t needed = (rows - 1) * shape->stride_y + (shape->kernel_height - 1) * shape->dilation_y + 1;
    return ck_smaller(needed, shape->input_height);
}

static size_t scratch_of(ck_isa isa, const ck_method *method, const ck_convolution *layer, size_t least) {
    size_t size = method ? method->scratch_size(isa, &layer->shape) : 0;
    return size > least ? size : least;
}

static bottleneck_layout layout_of(ck_isa isa, const ck_bottleneck *bottleneck) {
    const ck_convolution_shape *shape = &bottleneck->depthwise.shape;
    bottleneck_layout layout = {
        .expanded_stride = stride_of(shape->input_channels), .filtered_stride = stride_of(shape->output_channels)};
    if (filters_bf16(bottleneck) && bottleneck->project_method) {
        layout.filtered_stride = (ptrdiff_t)(ck_pointwise_bf16_pitch(&bottleneck->project.shape) / sizeof(float));
    }
    int32_t columns = shape->input_width / (filters_bf16(bottleneck) ? 2 : 1); /* alone, or pairs */
    layout.expanded_row = columns * layout.expanded_stride;
    size_t expanded_row = (size_t)layout.expanded_row * sizeof(float);
    size_t filtered_row = (size_t)shape->output_width * (size_t)layout.filtered_stride * sizeof(float);
    if (!bottleneck->expand_method) expanded_row = 0;
    if (!bottleneck->project_method) filtered_row = 0;
    int32_t rows = 1;
    while (rows < shape->output_height
           && (size_t)expanded_rows(shape, rows + 1) * expanded_row + (size_t)(rows + 1) * filtered_row
               <= CK_BOTTLENECK_BYTES) {
        rows++;
    }
    int32_t bands = (shape->output_height + rows - 1) / rows;
    layout.rows = (shape->output_height + bands - 1) / bands;
    layout.ring = expanded_rows(shape, layout.rows);
    layout.filtered_offset = (size_t)layout.ring * expanded_row;
    layout.scratch_offset = layout.filtered_offset + (size_t)layout.rows * filtered_row;
    size_t scratch = scratch_of(isa, bottleneck->depthwise_method, &bottleneck->depthwise, 0);
    scratch = scratch_of(isa, bottleneck->expand_method, &bottleneck->expand, scratch);
    scratch = scratch_of(isa, bottleneck->project_method, &bottleneck->project, scratch);
    layout.scratch_size = layout.scratch_offset + scratch;
    return layout;
}

size_t ck_bottleneck_scratch_size(ck_isa isa, const ck_bottleneck *bottleneck) {
    return layout_of(isa, bottleneck).scratch_size;
}

/* What its layers are run with. */
typedef struct bottleneck_run {
    ck_isa isa;
    const ck_bottleneck *bottleneck;
    bottleneck_layout layout;
    const ck_work *work;
    int64_t image;
    float *expanded, *filtered;
    void *scratch; /* of one layer at a time */
    int32_t made; /* expanded rows before it are made, or not needed */
} bottleneck_run;

/* Some whole rows of one image through a pointwise layer. */
static void run_pointwise(
    const bottleneck_run *r, const ck_method *method, const ck_convolution *layer, const float *from,
    ptrdiff_t input_stride, float *to, ptrdiff_t output_stride, int64_t pixels) {
    const void *inputs[1] = {from};
    void *outputs[1] = {to};
    ck_work work = {
        .inputs = inputs,
        .outputs = outputs,
        .input_stride = input_stride,
        .output_stride = output_stride,
        .begin = 0,
        .end = pixels,
        .block_begin = 0,
        .block_end = method->division(r->isa, &layer->shape).blocks,
        .scratch = r->scratch,
    };
    method->run(r->isa, layer, &work);
}

/* Makes the expanded rows that the output rows y ..< y + rows need and that are not there yet. */
static void expand(bottleneck_run *r, int32_t y, int32_t rows) {
    const ck_bottleneck *bottleneck = r->bottleneck;
    const bottleneck_layout *layout = &r->layout;
    const ck_convolution_shape *shape = &bottleneck->depthwise.shape;
    const float *input = r->work->inputs[r->image];
    int32_t top = y * shape->stride_y - shape->padding_top;
    int32_t bottom = top + (rows - 1) * shape->stride_y + (shape->kernel_height - 1) * shape->dilation_y + 1;
    bottom = ck_smaller(bottom, shape->input_height);
    r->made = ck_larger(r->made, top);
    while (r->made < bottom) {
        int32_t slot = r->made % layout->ring, count = ck_smaller(layout->ring - slot, bottom - r->made);
        const float *from = input + (ptrdiff_t)r->made * shape->input_width * r->work->input_stride;
        float *row = r->expanded + slot * layout->expanded_row;
        int64_t pixels = (int64_t)count * shape->input_width;
        if (filters_bf16(bottleneck)) {
            ck_pointwise_bf16_expand(
                r->isa, &bottleneck->expand, from, r->work->input_stride, pixels, row, layout->expanded_stride,
                r->scratch);
        } else {
            run_pointwise(
                r, bottleneck->expand_method, &bottleneck->expand, from, r->work->input_stride, row,
                layout->expanded_stride, pixels);
        }
        r->made += count;
    }
}

/* A layer with the residuals of output row y of the image on, of which `residuals` is to hold the pointer. */
static ck_convolution at_row(const bottleneck_run *r, const ck_convolution *layer, int32_t y, const void **residuals) {
    ck_convolution result = *layer;
    *residuals = NULL;
    if (layer->residuals) {
        *residuals = (const float *)layer->residuals[r->image]
            + (ptrdiff_t)y * layer->shape.output_width * layer->residual_stride;
        result.residuals = residuals;
    }
    return result;
}

/* The depthwise layer's output rows y ..< y + rows, to `to`. */
static void filter(const bottleneck_run *r, int32_t y, int32_t rows, float *to) {
    const ck_bottleneck *bottleneck = r->bottleneck;
    const ck_convolution_shape *shape = &bottleneck->depthwise.shape;
    const void *inputs[1] = {bottleneck->expand_method ? r->expanded : r->work->inputs[r->image]};
    const void *residuals[1];
    void *outputs[1] = {to};
    const ck_convolution depthwise = at_row(r, &bottleneck->depthwise, y, residuals);
    const ptrdiff_t output_stride = bottleneck->project_method ? r->layout.filtered_stride : r->work->output_stride;
    if (filters_bf16(bottleneck)) {
        ck_depthwise_band_bf16 band = {
            .shape = shape,
            .step = r->layout.expanded_stride,
            .packed = depthwise.packed,
            .rounds = bottleneck->project_method != NULL,
            .output = outputs[0],
            .output_step = output_stride * (ptrdiff_t)sizeof(float),
            .residual = residuals[0],
            .residual_step = depthwise.residual_stride,
            .residual_row_step = shape->output_width * depthwise.residual_stride,
            .activation = depthwise.activation,
        };
        band.output_row_step = shape->output_width * band.output_step;
        ck_depthwise_bf16_run_rows(
            ck_bf16_kernels_of(r->isa), band, r->expanded, r->layout.expanded_row, r->layout.ring, y, y + rows);
        return;
    }
    ck_work part = {
        .inputs = inputs,
        .outputs = outputs,
        .input_stride = bottleneck->expand_method ? r->layout.expanded_stride : r->work->input_stride,
        .output_stride = output_stride,
        .begin = (int64_t)y * shape->output_width,
        .end = (int64_t)(y + rows) * shape->output_width,
        .scratch = r->scratch,
    };
    ck_depthwise_f32_run_rows(
        r->isa, &depthwise, &part, bottleneck->expand_method ? r->layout.ring : shape->input_height, y);
}

/* The last layer's output rows y ..< y + rows, of those that are filtered. */
static void project(const bottleneck_run *r, int32_t y, int32_t rows, float *to) {
    const ck_bottleneck *bottleneck = r->bottleneck;
    const void *residuals[1];
    const ck_convolution layer = at_row(r, &bottleneck->project, y, residuals);
    int64_t pixels = (int64_t)rows * layer.shape.output_width;
    if (filters_bf16(bottleneck)) {
        ck_pointwise_bf16_project(r->isa, &layer, r->filtered, pixels, to, r->work->output_stride);
    } else {
        run_pointwise(
            r, bottleneck->project_method, &layer, r->filtered, r->layout.filtered_stride, to, r->work->output_stride,
            pixels);
    }
}

/* Output rows begin ..< end of one image. */
static void run_rows(bottleneck_run *r, int32_t begin, int32_t end) {
    ptrdiff_t output_row = r->bottleneck->depthwise.shape.output_width * r->work->output_stride;
    r->made = 0;
    for (int32_t y = begin, rows; y < end; y += rows) {
        rows = ck_smaller(end - y, r->layout.rows);
        float *to = (float *)r->work->outputs[r->image] + y * output_row;
        if (r->bottleneck->expand_method) expand(r, y, rows);
        filter(r, y, rows, r->bottleneck->project_method ? r->filtered : to);
        if (r->bottleneck->project_method) project(r, y, rows, to);
    }
}

void ck_bottleneck_run(ck_isa isa, const ck_bottleneck *bottleneck, const ck_work *work) {
    const ck_convolution_shape *shape = &bottleneck->depthwise.shape;
    uint8_t *scratch = work->scratch;
    bottleneck_run r = {.isa = isa, .bottleneck = bottleneck, .layout = layout_of(isa, bottleneck), .work = work};
    r.expanded = (float *)scratch;
    r.filtered = (float *)(scratch + r.layout.filtered_offset);
    r.scratch = scratch + r.layout.scratch_offset;
    int64_t row = work->begin / shape->output_width, end = work->end / shape->output_width;
    while (row < end) {
        int64_t first = row % shape->output_height, left = shape->output_height - first;
        if (left > end - row) left = end - row;
        r.image = row / shape->output_height;
        run_rows(&r, (int32_t)first, (int32_t)(first + left));
        row += left;
    }
}
