/* Driver of a mobile network's block (MobileNetV2's inverted residual, arXiv 1801.04381): a pointwise layer, a depthwise
 * one and another pointwise one, a strip of rows at a time, so that what lies between them never leaves the second-level
 * cache. The rows that the depthwise windows of two strips share are kept: expanded rows lie in a ring. */
#include "bf16/depthwise_bf16.h"
#include "f32/depthwise_f32.h"
#include "bf16/pointwise_bf16.h"

enum {
    CACHE_LINE = 64,
    /* Of what lies between the layers, for a strip. */
    STRIP_BYTES = 384 << 10,
};

typedef struct block_layout {
    int32_t rows; /* of a strip, at the output */
    int32_t ring; /* expanded rows that are kept */
    ptrdiff_t expanded_stride, expanded_row, filtered_stride; /* floats, each of which may be a pair in bfloat16 */
    size_t filtered_offset, scratch_offset, scratch_size;
} block_layout;

/* Floats from a pixel to the next: a whole number of cache lines, so that no vector lies in two, and an odd one, so that
 * a row's pixels do not all want the same places of the first-level cache. */
static ptrdiff_t stride_of(int32_t channels) {
    int32_t floats = CACHE_LINE / (int32_t)sizeof(float);
    return (ptrdiff_t)(((channels + floats - 1) / floats) | 1) * floats;
}

static int32_t expanded_rows(const ck_convolution_shape *shape, int32_t rows) {
    int32_t needed = (rows - 1) * shape->stride_y + (shape->kernel_height - 1) * shape->dilation_y + 1;
    return needed < shape->input_height ? needed : shape->input_height;
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

static size_t pointwise_scratch_size(ck_isa isa, const ck_block_f32 *block, const ck_convolution_shape *shape) {
    return (block->is_bf16 ? ck_convolution_bf16_scratch_size : ck_convolution_f32_scratch_size)(isa, shape);
}

static block_layout layout_of(ck_isa isa, const ck_block_f32 *block) {
    const ck_convolution_shape *shape = &block->depthwise.shape;
    block_layout layout = {
        .expanded_stride = stride_of(shape->input_channels), .filtered_stride = stride_of(shape->output_channels)};
    if (block->filters_bf16 && block->projects) {
        layout.filtered_stride = (ptrdiff_t)(ck_pointwise_bf16_pitch(&block->project.shape) / sizeof(float));
    }
    int32_t columns = shape->input_width / (block->filters_bf16 ? 2 : 1); /* alone, or pairs */
    layout.expanded_row = columns * layout.expanded_stride;
    size_t expanded_row = (size_t)layout.expanded_row * sizeof(float);
    size_t filtered_row = (size_t)shape->output_width * (size_t)layout.filtered_stride * sizeof(float);
    if (!block->expands) expanded_row = 0;
    if (!block->projects) filtered_row = 0;
    int32_t rows = 1;
    while (rows < shape->output_height
           && (size_t)expanded_rows(shape, rows + 1) * expanded_row + (size_t)(rows + 1) * filtered_row
               <= STRIP_BYTES) {
        rows++;
    }
    int32_t strips = (shape->output_height + rows - 1) / rows;
    layout.rows = (shape->output_height + strips - 1) / strips;
    layout.ring = expanded_rows(shape, layout.rows);
    layout.filtered_offset = (size_t)layout.ring * expanded_row;
    layout.scratch_offset = layout.filtered_offset + (size_t)layout.rows * filtered_row;
    size_t scratch = ck_depthwise_f32_scratch_size(isa, shape);
    if (block->expands) scratch = larger(scratch, pointwise_scratch_size(isa, block, &block->expand.shape));
    if (block->projects) scratch = larger(scratch, pointwise_scratch_size(isa, block, &block->project.shape));
    layout.scratch_size = layout.scratch_offset + scratch;
    return layout;
}

size_t ck_block_f32_scratch_size(ck_isa isa, const ck_block_f32 *block) { return layout_of(isa, block).scratch_size; }

/* Some whole rows of one image through a pointwise layer. */
static void run_pointwise(
    ck_isa isa, int is_bf16, const ck_convolution_f32 *layer, const float *from, ptrdiff_t input_stride, float *to,
    ptrdiff_t output_stride, int64_t pixels, void *scratch) {
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
        .block_end = (is_bf16 ? ck_convolution_bf16_division : ck_convolution_f32_division)(isa, &layer->shape).blocks,
        .scratch = scratch,
    };
    (is_bf16 ? ck_convolution_bf16_run : ck_convolution_f32_run)(isa, layer, &work);
}

/* Output rows begin ..< end of one image. */
static void run_rows(
    ck_isa isa, const ck_block_f32 *block, const block_layout *layout, const ck_work *work, int64_t image,
    int32_t begin, int32_t end) {
    const ck_convolution_shape *shape = &block->depthwise.shape;
    uint8_t *scratch = work->scratch;
    float *expanded = (float *)scratch, *filtered = (float *)(scratch + layout->filtered_offset);
    void *inner = scratch + layout->scratch_offset;
    const float *input = work->inputs[image];
    float *output = work->outputs[image];
    ptrdiff_t input_row = shape->input_width * work->input_stride;
    ptrdiff_t expanded_row = layout->expanded_row;
    const ck_bf16_kernels *bf16 = ck_bf16_kernels_of(isa);
    ptrdiff_t output_row = shape->output_width * work->output_stride;

    int32_t made = 0; /* expanded rows before it are made, or not needed */
    for (int32_t y = begin, rows; y < end; y += rows) {
        rows = end - y < layout->rows ? end - y : layout->rows;
        if (block->expands) {
            int32_t top = y * shape->stride_y - shape->padding_top;
            int32_t bottom = top + (rows - 1) * shape->stride_y + (shape->kernel_height - 1) * shape->dilation_y + 1;
            if (bottom > shape->input_height) bottom = shape->input_height;
            if (made < top) made = top;
            while (made < bottom) {
                int32_t slot = made % layout->ring, run = layout->ring - slot;
                if (run > bottom - made) run = bottom - made;
                const float *from = input + made * input_row;
                float *row = expanded + slot * expanded_row;
                int64_t pixels = (int64_t)run * shape->input_width;
                if (block->filters_bf16) {
                    ck_pointwise_bf16_expand(
                        bf16, &block->expand, from, work->input_stride, pixels, row, layout->expanded_stride, inner);
                } else {
                    run_pointwise(
                        isa, block->is_bf16, &block->expand, from, work->input_stride, row, layout->expanded_stride,
                        pixels, inner);
                }
                made += run;
            }
        }

        float *to = output + y * output_row;
        const void *inputs[1] = {block->expands ? expanded : input};
        void *outputs[1] = {block->projects ? filtered : to};
        const void *residuals[1] = {NULL};
        ck_convolution_f32 depthwise = block->depthwise;
        if (!block->projects && depthwise.residuals) {
            residuals[0] = (const float *)depthwise.residuals[image]
                + (ptrdiff_t)y * shape->output_width * depthwise.residual_stride;
            depthwise.residuals = residuals;
        }
        if (block->filters_bf16) {
            const ptrdiff_t output_stride = block->projects ? layout->filtered_stride : work->output_stride;
            ck_bf16_strip strip = {
                .shape = shape,
                .step = layout->expanded_stride,
                .packed = depthwise.packed,
                .rounds = block->projects,
                .output = outputs[0],
                .output_step = output_stride * (ptrdiff_t)sizeof(float),
                .residual = residuals[0],
                .residual_step = depthwise.residual_stride,
                .residual_row_step = shape->output_width * depthwise.residual_stride,
                .activation = depthwise.activation,
            };
            strip.output_row_step = shape->output_width * strip.output_step;
            ck_depthwise_bf16_run_rows(bf16, strip, expanded, expanded_row, layout->ring, y, y + rows);
        } else {
            ck_work part = {
                .inputs = inputs,
                .outputs = outputs,
                .input_stride = block->expands ? layout->expanded_stride : work->input_stride,
                .output_stride = block->projects ? layout->filtered_stride : work->output_stride,
                .begin = (int64_t)y * shape->output_width,
                .end = (int64_t)(y + rows) * shape->output_width,
                .scratch = inner,
            };
            ck_depthwise_f32_run_rows(isa, &depthwise, &part, block->expands ? layout->ring : shape->input_height, y);
        }

        if (block->projects) {
            ck_convolution_f32 project = block->project;
            if (project.residuals) {
                residuals[0] = (const float *)project.residuals[image]
                    + (ptrdiff_t)y * shape->output_width * project.residual_stride;
                project.residuals = residuals;
            }
            if (block->filters_bf16) {
                ck_pointwise_bf16_project(
                    bf16, &project, filtered, (int64_t)rows * shape->output_width, to, work->output_stride);
                continue;
            }
            run_pointwise(
                isa, block->is_bf16, &project, filtered, layout->filtered_stride, to, work->output_stride,
                (int64_t)rows * shape->output_width, inner);
        }
    }
}

void ck_block_f32_run(ck_isa isa, const ck_block_f32 *block, const ck_work *work) {
    const ck_convolution_shape *shape = &block->depthwise.shape;
    const block_layout layout = layout_of(isa, block);
    int64_t row = work->begin / shape->output_width, end = work->end / shape->output_width;
    while (row < end) {
        int64_t image = row / shape->output_height, first = row % shape->output_height;
        int64_t left = shape->output_height - first;
        if (left > end - row) left = end - row;
        run_rows(isa, block, &layout, work, image, (int32_t)first, (int32_t)(first + left));
        row += left;
    }
}
