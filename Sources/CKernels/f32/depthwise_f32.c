/* f32/depthwise. */
#include "f32/depthwise_f32.h"

#include "shared/cache.h"
#include "shared/depthwise_rows.h"
#include "shared/methods.h"

/* A vector of channels passes over some rows at a time: as many as keep their input in the cache, where the next
 * vector's pass finds it. */
static int32_t band_rows(const ck_convolution_shape *shape, const ck_work *work) {
    size_t pixels = (size_t)shape->stride_y * (size_t)shape->input_width;
    size_t rows = CK_DEPTHWISE_BYTES / (pixels * (size_t)work->input_stride * sizeof(float));
    return rows < 1 ? 1 : rows > CK_BAND_ROWS ? CK_BAND_ROWS : (int32_t)rows;
}

static ck_depthwise_layout layout_of(const ck_convolution_shape *shape) {
    return ck_depthwise_layout_of(shape, sizeof(float), shape->kernel_height, CK_BAND_ROWS);
}

static size_t padded_channels(const ck_f32_kernels *kernels, const ck_convolution_shape *shape) {
    return (size_t)((shape->output_channels + kernels->lanes - 1) / kernels->lanes * kernels->lanes);
}

static size_t packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    size_t taps = (size_t)shape->kernel_height * (size_t)shape->kernel_width;
    return padded_channels(ck_f32_kernels_of(isa), shape) * (taps + 1) * sizeof(float);
}

/* The bias [channels up to lanes], then the weights [taps][channels up to lanes]. */
static void pack(ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed) {
    const float *weights = parameters->f32.weights, *bias = parameters->f32.bias;
    size_t taps = (size_t)shape->kernel_height * (size_t)shape->kernel_width;
    size_t channels = (size_t)shape->output_channels, padded = padded_channels(ck_f32_kernels_of(isa), shape);
    float *to = packed;
    memset(to, 0, padded * (taps + 1) * sizeof(float));
    if (bias) memcpy(to, bias, channels * sizeof(float));
    for (size_t tap = 0; tap < taps; tap++) {
        memcpy(to + (tap + 1) * padded, weights + tap * channels, channels * sizeof(float));
    }
}

static size_t scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    (void)isa;
    return layout_of(shape).scratch_size;
}

static void run(ck_isa isa, const ck_convolution *layer, const ck_work *work) {
    ck_depthwise_f32_run_rows(isa, layer, work, layer->shape.input_height, 0);
}

void ck_depthwise_f32_run_rows(
    ck_isa isa, const ck_convolution *layer, const ck_work *work, int32_t ring, int32_t first_row) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    const ck_convolution_shape *shape = &layer->shape;
    ck_depthwise_layout layout = layout_of(shape);
    uint8_t *scratch = work->scratch;
    memset(scratch, 0, layout.rows_offset);
    ck_depthwise_band_f32 band = {
        .shape = shape,
        .rows = (const float *const *)(scratch + layout.rows_offset),
        .steps = (const ptrdiff_t *)(scratch + layout.steps_offset),
        .padding = (const float *)scratch,
        .packed = layer->packed,
        .output_stride = work->output_stride,
        .output_row_step = shape->output_width * work->output_stride,
        .residual_stride = layer->residual_stride,
        .residual_row_step = shape->output_width * layer->residual_stride,
        .activation = layer->activation,
    };
    const int32_t most = band_rows(shape, work);
    for (int64_t pixel = work->begin; pixel < work->end;) {
        ck_row_part first = ck_row_part_at(shape, pixel, work->end), part = first;
        /* The rows after it that lie under it as a whole. */
        for (band.row_count = 0; band.row_count < most && pixel < work->end; band.row_count++) {
            part = ck_row_part_at(shape, pixel, work->end);
            if (part.image != first.image || part.x_begin != first.x_begin || part.x_end != first.x_end) break;
            ck_depthwise_point(&layout, shape, work, &part, ring, band.row_count * shape->kernel_height);
            pixel += part.x_end - part.x_begin;
        }
        band.x_begin = first.x_begin;
        band.x_end = first.x_end;
        ptrdiff_t at = (ptrdiff_t)(first.y - first_row) * shape->output_width + first.x_begin;
        band.output = (float *)work->outputs[first.image] + at * work->output_stride;
        if (layer->residuals) {
            band.residual = (const float *)layer->residuals[first.image] + at * layer->residual_stride;
        }
        kernels->depthwise_band(&band);
    }
}

const ck_method ck_f32_depthwise = {
    .name = "depthwise",
    .element = CK_ELEMENT_F32,
    .suits = ck_depthwise_suits,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .division = ck_depthwise_division,
    .run = run,
    .joins = 1,
};
