/* Every micro-kernel in plain C: what runs where nothing better does, and the oracle of all others. */
#include <math.h>

#include "shared/kernels.h"
#include "isa/peak.h"

enum { LANES = CK_PORTABLE_LANES, PIXELS = 4, WIDTH = 16 };

/* ---- fp32 ------------------------------------------------------------------------------------------------------ */

float ck_portable_activate(ck_activation activation, float x) {
    float low, high;
    switch (activation) {
    case CK_ACTIVATION_NONE:
    case CK_ACTIVATION_RELU:
    case CK_ACTIVATION_RELU6:
        ck_activation_range(activation, &low, &high);
        x = x > low ? x : low;
        return x < high ? x : high;
    case CK_ACTIVATION_HARD_SWISH: return x * ck_portable_activate(CK_ACTIVATION_RELU6, x + 3) * (1.0f / 6);
    case CK_ACTIVATION_HARD_SIGMOID: return ck_portable_activate(CK_ACTIVATION_RELU6, x + 3) * (1.0f / 6);
    case CK_ACTIVATION_SIGMOID: return 1 / (1 + expf(x > -86.6f ? -x : 86.6f));
    }
    return x;
}

static void convolution_tile_f32(const ck_tile_f32 *tile) {
    float sums[PIXELS][LANES];
    const float *weights = tile->packed;
    for (int p = 0; p < PIXELS; p++) memcpy(sums[p], weights, sizeof sums[p]);
    weights += LANES;
    for (int32_t tap = 0; tap < tile->taps; tap++) {
        const float *const *rows = tile->rows + (size_t)tap * PIXELS;
        for (int32_t k = 0; k < tile->channels; k++, weights += LANES) {
            for (int p = 0; p < PIXELS; p++) {
                for (int i = 0; i < LANES; i++) sums[p][i] += rows[p][k] * weights[i];
            }
        }
    }
    for (int32_t p = 0; p < tile->count; p++) {
        for (int32_t i = 0; i < tile->columns; i++) {
            float residual = tile->residuals ? tile->residuals[p][tile->first_channel + i] : 0;
            tile->outputs[p][tile->first_channel + i] = ck_portable_activate(tile->activation, sums[p][i] + residual);
        }
    }
}

static void convolution_run_f32(const ck_run_f32 *run) {
    for (int32_t p = 0; p < run->count; p++) {
        float sums[LANES];
        const float *weights = run->packed;
        memcpy(sums, weights, sizeof sums);
        weights += LANES;
        for (int32_t tap = 0; tap < run->taps; tap++) {
            if (!run->inputs[tap]) {
                weights += (ptrdiff_t)run->channels * LANES;
                continue;
            }
            const float *input = run->inputs[tap] + p * run->input_step;
            for (int32_t k = 0; k < run->channels; k++, weights += LANES) {
                for (int i = 0; i < LANES; i++) sums[i] += input[k] * weights[i];
            }
        }
        for (int32_t i = 0; i < run->columns; i++) {
            float residual = run->residual ? run->residual[p * run->residual_step + i] : 0;
            run->output[p * run->output_step + i] = ck_portable_activate(run->activation, sums[i] + residual);
        }
    }
}

static void depthwise_band_f32(const ck_depthwise_band_f32 *band) {
    const ck_convolution_shape *shape = band->shape;
    int32_t channels = shape->output_channels, padded = (channels + LANES - 1) / LANES * LANES;
    for (int32_t y = 0; y < band->row_count; y++) {
        const float *const *rows = band->rows + (ptrdiff_t)y * shape->kernel_height;
        const ptrdiff_t *steps = band->steps + (ptrdiff_t)y * shape->kernel_height;
        for (int32_t x = band->x_begin; x < band->x_end; x++) {
            ptrdiff_t pixel = x - band->x_begin;
            for (int32_t c = 0; c < channels; c++) {
                float sum = band->packed[c];
                const float *weights = band->packed + padded + c;
                for (int32_t ky = 0; ky < shape->kernel_height; ky++) {
                    for (int32_t kx = 0; kx < shape->kernel_width; kx++, weights += padded) {
                        int32_t from = x * shape->stride_x - shape->padding_left + kx * shape->dilation_x;
                        if (from < 0 || from >= shape->input_width) continue;
                        sum += rows[ky][from * steps[ky] + c] * *weights;
                    }
                }
                if (band->residual) {
                    sum += band->residual[y * band->residual_row_step + pixel * band->residual_stride + c];
                }
                band->output[y * band->output_row_step + pixel * band->output_stride + c] =
                    ck_portable_activate(band->activation, sum);
            }
        }
    }
}

static void max_window_f32(const ck_window *window, float *out, int32_t channels) {
    const float *base = window->base;
    for (int32_t c = 0; c < channels; c++) {
        float best = base[c];
        for (int32_t y = 0; y < window->rows; y++) {
            for (int32_t x = 0; x < window->columns; x++) {
                float value = base[y * window->row_step + x * window->pixel_step + c];
                if (value > best) best = value;
            }
        }
        out[c] = best;
    }
}

static void average_window_f32(const ck_window *window, float divisor, float *out, int32_t channels) {
    const float *base = window->base;
    for (int32_t c = 0; c < channels; c++) {
        float sum = 0;
        for (int32_t y = 0; y < window->rows; y++) {
            for (int32_t x = 0; x < window->columns; x++) {
                sum += base[y * window->row_step + x * window->pixel_step + c];
            }
        }
        out[c] = sum / divisor;
    }
}

static void activation_f32(ck_activation activation, const float *in, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = ck_portable_activate(activation, in[i]);
}

static void add_f32(ck_activation activation, const float *a, const float *b, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = ck_portable_activate(activation, a[i] + b[i]);
}

static void multiply_f32(const float *a, const float *b, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = a[i] * b[i];
}

static void l2_normalize_f32(const float *in, const float *scale, float epsilon, float *out, size_t channels) {
    float sum = epsilon;
    for (size_t c = 0; c < channels; c++) sum += in[c] * in[c];
    float factor = 1 / sqrtf(sum);
    for (size_t c = 0; c < channels; c++) out[c] = scale[c] * (in[c] * factor);
}

static void softmax_f32(const float *in, float *out, size_t columns) {
    float most = -INFINITY, sum = 0;
    for (size_t c = 0; c < columns; c++) most = in[c] > most ? in[c] : most;
    for (size_t c = 0; c < columns; c++) {
        float difference = in[c] - most;
        out[c] = expf(difference > -86.6f ? difference : -86.6f);
        sum += out[c];
    }
    for (size_t c = 0; c < columns; c++) out[c] *= 1 / sum;
}

static void quantize_u8(float scale, int32_t zero_point, const float *in, uint8_t *out, size_t count) {
    for (size_t i = 0; i < count; i++) {
        /* Bounds that no byte reaches past, so that the conversion is defined; NaN becomes the lower. */
        float x = in[i] / scale;
        x = x > -1024 ? x : -1024;
        x = x < 1024 ? x : 1024;
        float whole = truncf(x), rest = x - whole;
        int32_t rounded = (int32_t)whole + (rest >= 0.5f) - (rest <= -0.5f);
        out[i] = ck_quantized_output(rounded, zero_point, 0, 255);
    }
}

static void peak_loop_f32(int64_t rounds) {
    float sums[64] = {0};
    volatile float factor = 0.5f, term = 1;
    float a = factor, b = term;
    for (int64_t round = 0; round < rounds; round++) {
        for (int i = 0; i < 64; i++) sums[i] = sums[i] * a + b;
    }
    for (int i = 0; i < 64; i++) term = term + sums[i];
}

static double measure_peak_f32(void) { return ck_peak(peak_loop_f32, 2.0 * 64); }

const ck_f32_kernels ck_portable_f32 = {
    .lanes = LANES,
    .tile_pixels = PIXELS,
    .tile_vectors = 1,
    .convolution_tile = convolution_tile_f32,
    .convolution_run = convolution_run_f32,
    .convolution_pixel = convolution_run_f32,
    .winograd_weights = ck_portable_winograd_weights,
    .winograd_input = ck_portable_winograd_input,
    .winograd_output = ck_portable_winograd_output,
    .depthwise_band = depthwise_band_f32,
    .max_window = max_window_f32,
    .average_window = average_window_f32,
    .activation = activation_f32,
    .add = add_f32,
    .multiply = multiply_f32,
    .l2_normalize = l2_normalize_f32,
    .softmax = softmax_f32,
    .softmax_candidates = ck_portable_softmax_candidates,
    .quantize = quantize_u8,
    .measure_peak = measure_peak_f32,
};

/* ---- 8-bit integers -------------------------------------------------------------------------------------------- */

/* The constants of one block, as far as scalar code needs them. */
typedef struct constants {
    const int32_t *bias, *multipliers, *shifts;
    const int8_t *weights;
} constants;

static constants constants_of(const uint8_t *packed, int32_t width) {
    const int32_t *bias = (const int32_t *)packed;
    return (constants){bias, bias + width, bias + 2 * width, (const int8_t *)packed + CK_CONSTANTS_BYTES * width};
}

static void convolution_tile_u8(const ck_tile_u8 *tile) {
    constants block = constants_of(tile->packed, LANES);
    const int8_t *weights = block.weights;
    /* Sums are modulo 2^32, so that overflow is defined. */
    uint32_t sums[PIXELS][LANES];
    for (int p = 0; p < PIXELS; p++) {
        for (int i = 0; i < LANES; i++) {
            sums[p][i] = (uint32_t)block.bias[i] + (uint32_t)(tile->row_sums ? tile->row_sums[p] : 0);
        }
    }
    for (int32_t tap = 0; tap < tile->taps; tap++) {
        const uint8_t *const *rows = tile->rows + (size_t)tap * PIXELS;
        for (int32_t group = 0; group < tile->groups; group++, weights += 4 * LANES) {
            for (int p = 0; p < PIXELS; p++) {
                const uint8_t *x = rows[p] + 4 * group;
                for (int i = 0; i < LANES; i++) {
                    const int8_t *w = weights + 4 * i;
                    sums[p][i] += (uint32_t)(x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + x[3] * w[3]);
                }
            }
        }
    }
    const ck_output_u8 *output = &tile->output;
    for (int32_t p = 0; p < tile->count; p++) {
        for (int32_t i = 0; i < tile->columns; i++) {
            int32_t scaled = ck_scale_sum((int32_t)sums[p][i], block.multipliers[i], block.shifts[i]);
            tile->outputs[p][tile->first_channel + i] =
                ck_quantized_output(scaled, output->zero_point, output->min, output->max);
        }
    }
}

static void row_sums(const ck_tile_u8 *tile, int32_t factor, int32_t *sums) {
    for (int32_t p = 0; p < tile->count; p++) {
        uint32_t sum = 0;
        for (int32_t tap = 0; tap < tile->taps; tap++) {
            const uint8_t *row = tile->rows[(size_t)tap * PIXELS + (size_t)p];
            for (int32_t i = 0; i < 4 * tile->groups; i++) sum += row[i];
        }
        sums[p] = (int32_t)((uint32_t)factor * sum);
    }
}

static void depthwise_row_u8(const ck_depthwise_row_u8 *row) {
    const ck_convolution_shape *shape = row->shape;
    const ck_output_u8 *output = &row->scaling;
    int32_t channels = shape->output_channels, kernel_width = shape->kernel_width;
    int32_t groups = (shape->kernel_height + 3) / 4;
    const uint8_t *packed = row->packed;
    for (int32_t first = 0; first < channels; first += WIDTH) {
        constants block = constants_of(packed, WIDTH);
        packed += ck_depthwise_block_bytes(shape, WIDTH, row->planes);
        int32_t columns = channels - first < WIDTH ? channels - first : WIDTH;
        for (int32_t x = row->x_begin; x < row->x_end; x++) {
            for (int32_t c = 0; c < columns; c++) {
                uint32_t sum = (uint32_t)block.bias[c];
                for (int32_t column = 0; column < groups * kernel_width; column++) {
                    int32_t kx = column % kernel_width;
                    int32_t from = x * shape->stride_x - shape->padding_left + kx * shape->dilation_x;
                    int inside = from >= 0 && from < shape->input_width;
                    for (int32_t y = 0; y < 4; y++) {
                        int32_t ky = column / kernel_width * 4 + y, weight = 0;
                        for (int32_t plane = 0; plane < row->planes; plane++) {
                            int32_t at = plane * groups * kernel_width + column;
                            weight += block.weights[(at * WIDTH + c) * 4 + y];
                        }
                        int32_t value = row->input_zero_point;
                        if (inside) value = row->rows[ky][from * row->steps[ky] + first + c];
                        sum += (uint32_t)(value * weight);
                    }
                }
                int32_t scaled = ck_scale_sum((int32_t)sum, block.multipliers[c], block.shifts[c]);
                row->output[(x - row->x_begin) * row->output_stride + first + c] =
                    ck_quantized_output(scaled, output->zero_point, output->min, output->max);
            }
        }
    }
}

static void max_window_u8(const ck_window *window, uint8_t *out, int32_t channels) {
    const uint8_t *base = window->base;
    for (int32_t c = 0; c < channels; c++) {
        uint8_t best = 0;
        for (int32_t y = 0; y < window->rows; y++) {
            for (int32_t x = 0; x < window->columns; x++) {
                uint8_t value = base[y * window->row_step + x * window->pixel_step + c];
                if (value > best) best = value;
            }
        }
        out[c] = best;
    }
}

static void average_window_u8(const ck_window *window, uint8_t *out, int32_t channels) {
    const uint8_t *base = window->base;
    uint32_t count = (uint32_t)window->rows * (uint32_t)window->columns;
    for (int32_t c = 0; c < channels; c++) {
        uint32_t sum = count / 2;
        for (int32_t y = 0; y < window->rows; y++) {
            for (int32_t x = 0; x < window->columns; x++) {
                sum += base[y * window->row_step + x * window->pixel_step + c];
            }
        }
        out[c] = (uint8_t)(sum / count);
    }
}

static int32_t scaled_side(int32_t value, int32_t left_shift, int32_t multiplier, int32_t shift) {
    return ck_scale_sum((int32_t)((uint32_t)value << left_shift), multiplier, shift);
}

void ck_portable_add_u8(
    const ck_add_u8_parameters *parameters, const uint8_t *a, const uint8_t *b, uint8_t *out, size_t count) {
    const ck_add_u8_parameters p = *parameters;
    for (size_t i = 0; i < count; i++) {
        int32_t left = scaled_side(a[i] - p.a_zero_point, p.left_shift, p.a_multiplier, p.a_shift);
        int32_t right = scaled_side(b[i] - p.b_zero_point, p.left_shift, p.b_multiplier, p.b_shift);
        int32_t sum = (int32_t)((uint32_t)left + (uint32_t)right);
        int32_t scaled = ck_scale_sum(sum, p.output_multiplier, p.output_shift);
        out[i] = ck_quantized_output(scaled, p.output_zero_point, p.output_min, p.output_max);
    }
}

void ck_portable_scale_channels_u8(
    const ck_scale_channels_u8_parameters *parameters, const uint8_t *in, const uint8_t *scale, uint8_t *out,
    size_t pixels, size_t channels) {
    const ck_scale_channels_u8_parameters p = *parameters;
    for (size_t i = 0; i < pixels * channels; i++) {
        int32_t product = (in[i] - p.in_zero_point) * (scale[i % channels] - p.scale_zero_point);
        out[i] = ck_quantized_output(ck_scale_sum(product, p.multiplier, p.shift), p.output_zero_point, 0, UINT8_MAX);
    }
}

static void dequantize_u8(float scale, int32_t zero_point, const uint8_t *in, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = scale * (float)(in[i] - zero_point);
}

void ck_portable_lookup_u8(const uint8_t table[256], const uint8_t *in, uint8_t *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = table[in[i]];
}

static void peak_loop_u8(int64_t rounds) {
    uint32_t sums[64] = {0};
    volatile uint32_t total = 0;
    volatile int16_t left = 3, right = 5;
    for (int64_t round = 0; round < rounds; round++) {
        int32_t a = left, b = right;
        for (int i = 0; i < 64; i++) sums[i] += (uint32_t)(a * b) ^ sums[i];
    }
    for (int i = 0; i < 64; i++) total = total + sums[i];
}

static double measure_peak_u8(void) { return ck_peak(peak_loop_u8, 2.0 * 64); }

const ck_u8_kernels ck_portable_u8 = {
    .lanes = LANES,
    .tile_pixels = PIXELS,
    .tile_vectors = 1,
    .depthwise_width = WIDTH,
    .depthwise_narrow = WIDTH,
    .convolution_tile = convolution_tile_u8,
    .winograd_input = ck_portable_winograd_input_u8,
    .winograd_product = ck_portable_winograd_product_u8,
    .winograd_output = ck_portable_winograd_output_u8,
    .row_sums = row_sums,
    .depthwise_row = depthwise_row_u8,
    .max_window = max_window_u8,
    .average_window = average_window_u8,
    .add = ck_portable_add_u8,
    .scale_channels = ck_portable_scale_channels_u8,
    .lookup = ck_portable_lookup_u8,
    .dequantize = dequantize_u8,
    .measure_peak = measure_peak_u8,
};
