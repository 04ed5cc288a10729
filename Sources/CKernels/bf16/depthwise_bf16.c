/* bf16/depthwise: between layers in bfloat16 alone. */
#include "bf16/depthwise_bf16.h"

#include "shared/depthwise_rows.h"
#include "shared/methods.h"

enum { LANES = CK_STRIP_LANES, LARGEST_WINDOW = 5 };

static size_t padded_channels(const ck_convolution_shape *shape) {
    return (size_t)ck_vectors_of(shape->output_channels, LANES) * LANES;
}

static int suits(ck_isa isa, const ck_layer *layer) {
    const ck_convolution_shape *shape = &layer->shape;
    int32_t width = shape->kernel_width, stride = shape->stride_x;
    return layer->is_depthwise && ck_bf16_kernels_of(isa)->depthwise && (width == 3 || width == 5)
        && shape->kernel_height <= LARGEST_WINDOW && (stride == 1 || stride == 2) && shape->dilation_x == 1
        && shape->padding_left == width / 2 && shape->input_width % 2 == 0;
}

static size_t packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    (void)isa;
    size_t pairs = 2 * (size_t)shape->kernel_height * (size_t)ck_window_pairs(shape->kernel_width);
    return padded_channels(shape) * (1 + pairs) * sizeof(float);
}

/* The bias [padded], then pairs of weights [kernel_height][parity][pairs][padded]: for windows that begin at an even
 * column, and for those that begin at an odd one, a zero before the first weight. */
static void pack(ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed) {
    const float *weights = parameters->f32.weights, *bias = parameters->f32.bias;
    const size_t channels = (size_t)shape->output_channels, padded = padded_channels(shape);
    const int32_t width = shape->kernel_width, pairs = ck_window_pairs(width);
    memset(packed, 0, packed_size(isa, shape));
    if (bias) memcpy(packed, bias, channels * sizeof(float));
    uint8_t *to = (uint8_t *)packed + padded * sizeof(float);
    for (int32_t ky = 0; ky < shape->kernel_height; ky++, weights += (size_t)width * channels) {
        for (int32_t parity = 0; parity < 2; parity++, to += (size_t)pairs * padded * sizeof(float)) {
            for (int32_t kx = 0; kx < width; kx++) {
                size_t pair = (size_t)(parity + kx) / 2, half = (size_t)(parity + kx) % 2;
                for (size_t c = 0; c < channels; c++) {
                    uint16_t rounded = ck_bf16_of(weights[(size_t)kx * channels + c]);
                    memcpy(to + (pair * padded + c) * sizeof(float) + half * sizeof rounded, &rounded, sizeof rounded);
                }
            }
        }
    }
}

void ck_depthwise_bf16_run_rows(
    const ck_bf16_kernels *kernels, ck_depthwise_band_bf16 band, const float *input, ptrdiff_t input_row, int32_t ring,
    int32_t begin, int32_t end) {
    const ck_convolution_shape *shape = band.shape;
    const float *rows[CK_BAND_ROWS * LARGEST_WINDOW];
    band.rows = rows;
    for (int32_t y = begin; y < end; y += band.row_count) {
        band.row_count = end - y < CK_BAND_ROWS ? end - y : CK_BAND_ROWS;
        const float **row = rows;
        for (int32_t i = 0; i < band.row_count; i++) {
            int32_t from = (y + i) * shape->stride_y - shape->padding_top;
            for (int32_t ky = 0; ky < shape->kernel_height; ky++, from += shape->dilation_y) {
                *row++ = from >= 0 && from < shape->input_height ? input + from % ring * input_row : NULL;
            }
        }
        kernels->depthwise(&band);
        band.output += band.row_count * band.output_row_step;
        if (band.residual) band.residual += band.row_count * band.residual_row_step;
    }
}

static size_t scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    (void)isa;
    (void)shape;
    return 0;
}

const ck_method ck_bf16_depthwise = {
    .name = "depthwise",
    .element = CK_ELEMENT_BF16,
    .suits = suits,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .division = ck_depthwise_division,
    .joins = 1,
};
