/* Driver of the fp32 depthwise convolution. */
#include "depthwise_rows.h"

static ck_depthwise_layout layout_of(const ck_convolution_shape *shape) {
    return ck_depthwise_layout_of(shape, sizeof(float), shape->kernel_height);
}

static size_t padded_channels(const ck_f32_kernels *kernels, const ck_convolution_shape *shape) {
    return (size_t)((shape->output_channels + kernels->lanes - 1) / kernels->lanes * kernels->lanes);
}

size_t ck_depthwise_f32_packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    size_t taps = (size_t)shape->kernel_height * (size_t)shape->kernel_width;
    return padded_channels(ck_f32_kernels_of(isa), shape) * (taps + 1) * sizeof(float);
}

void ck_depthwise_f32_pack(
    ck_isa isa, const ck_convolution_shape *shape, const float *weights, const float *bias, void *packed) {
    size_t taps = (size_t)shape->kernel_height * (size_t)shape->kernel_width;
    size_t channels = (size_t)shape->output_channels, padded = padded_channels(ck_f32_kernels_of(isa), shape);
    float *to = packed;
    memset(to, 0, padded * (taps + 1) * sizeof(float));
    if (bias) memcpy(to, bias, channels * sizeof(float));
    for (size_t tap = 0; tap < taps; tap++) {
        memcpy(to + (tap + 1) * padded, weights + tap * channels, channels * sizeof(float));
    }
}

size_t ck_depthwise_f32_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    (void)isa;
    return layout_of(shape).scratch_size;
}

void ck_depthwise_f32_run(ck_isa isa, const ck_convolution_f32 *layer, const ck_work *work) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    const ck_convolution_shape *shape = &layer->shape;
    ck_depthwise_layout layout = layout_of(shape);
    uint8_t *scratch = work->scratch;
    memset(scratch, 0, layout.rows_offset);
    ck_row_f32 row = {
        .shape = shape,
        .rows = (const float *const *)(scratch + layout.rows_offset),
        .steps = (const ptrdiff_t *)(scratch + layout.steps_offset),
        .padding = (const float *)scratch,
        .packed = layer->packed,
        .output_stride = work->output_stride,
        .residual_stride = layer->residual_stride,
        .activation = layer->activation,
    };
    for (int64_t pixel = work->begin; pixel < work->end; pixel += row.x_end - row.x_begin) {
        ck_row_part part = ck_row_part_at(shape, pixel, work->end);
        ck_depthwise_point(&layout, shape, work, &part);
        row.x_begin = part.x_begin;
        row.x_end = part.x_end;
        ptrdiff_t at = (ptrdiff_t)part.y * shape->output_width + part.x_begin;
        row.output = (float *)work->outputs[part.image] + at * work->output_stride;
        if (layer->residuals) {
            row.residual = (const float *)layer->residuals[part.image] + at * layer->residual_stride;
        }
        kernels->depthwise_row(&row);
    }
}
