/* The bfloat16 kernels in C alone: the oracle of the others. */
#include "bf16/depthwise_bf16.h"

void ck_portable_gather_bf16(
    const void *from, ptrdiff_t step, uint8_t *to, size_t pitch, int32_t pixels, int32_t channels, size_t filled) {
    const float *pixel = from;
    for (int32_t p = 0; p < pixels; p++, pixel += step, to += pitch) {
        for (int32_t c = 0; c < channels; c++) {
            uint16_t rounded = ck_bf16_of(pixel[c]);
            memcpy(to + (size_t)c * sizeof rounded, &rounded, sizeof rounded);
        }
        memset(to + (size_t)channels * sizeof(uint16_t), 0, filled - (size_t)channels * sizeof(uint16_t));
    }
}

static float element(const uint8_t *bytes, size_t index) {
    uint16_t x;
    memcpy(&x, bytes + index * sizeof x, sizeof x);
    return ck_float_of(x);
}

static void product(const ck_strip_product *p) {
    float *sums = p->sums;
    for (int tile = 0; tile < 2 && p->tiles[tile]; tile++) {
        for (int32_t position = 0; position < CK_STRIP_POSITIONS; position++) {
            for (int32_t vector = 0; vector < p->vectors; vector++, sums += CK_STRIP_LANES) {
                const uint8_t *panel = p->weights + vector * CK_STRIP_PANEL_BYTES;
                const uint8_t *row = p->tiles[tile] + position * p->step;
                for (int lane = 0; lane < CK_STRIP_LANES; lane++) sums[lane] = 0;
                for (int32_t slice = 0; slice < p->slices; slice++, row += CK_STRIP_SLICE_BYTES) {
                    for (int32_t tap = 0; tap < p->tap_count; tap++, panel += p->vectors * CK_STRIP_PANEL_BYTES) {
                        for (size_t k = 0; k < CK_STRIP_SLICE_BYTES / sizeof(uint16_t); k++) {
                            float x = element(row + p->taps[tap], k);
                            const uint8_t *group = panel + k / 2 * CK_STRIP_SLICE_BYTES;
                            for (size_t lane = 0; lane < CK_STRIP_LANES; lane++) {
                                sums[lane] += x * element(group, 2 * lane + k % 2);
                            }
                        }
                    }
                }
            }
        }
    }
}

void ck_portable_finish_bf16(const ck_strip_output_bf16 *o) {
    for (int32_t p = 0; p < CK_STRIP_POSITIONS; p++) {
        if (o->pixels[p] < 0) continue;
        const float *sums = o->sums + p * o->vectors * CK_STRIP_LANES;
        const float *residual = o->residual ? o->residual + o->pixels[p] * o->residual_stride : NULL;
        float *out = o->output + o->pixels[p] * o->output_stride;
        for (int32_t c = 0; c < o->columns; c++) {
            out[c] = ck_portable_activate(o->activation, sums[c] + o->bias[c] + (residual ? residual[c] : 0));
        }
    }
}

void ck_portable_pairs_bf16(
    const float *from, ptrdiff_t step, const float *factors, uint8_t *to, size_t pitch, int32_t pixels,
    int32_t channels) {
    for (int32_t p = 0; p < pixels; p++, from += step, to += pitch) {
        for (int32_t c = 0; c < channels + channels % 2; c++) {
            uint16_t rounded = c < channels ? ck_bf16_of(factors ? from[c] * factors[c] : from[c]) : 0;
            memcpy(to + (size_t)c * sizeof rounded, &rounded, sizeof rounded);
        }
    }
}

/* `paired`: whether to store pairs of pixels. */
static void run_stored(const ck_run_f32 *run, int paired) {
    const ptrdiff_t width = run->vectors * CK_STRIP_LANES;
    for (int32_t p = 0; p < run->count; p++) {
        for (int32_t i = 0; i < run->columns; i++) {
            float sum = run->packed[i];
            for (int32_t tap = 0; tap < run->taps; tap++) {
                const uint8_t *input = (const uint8_t *)(run->inputs[tap] + p * run->input_step);
                for (int32_t k = 0; k < run->channels; k++) {
                    const float *pairs = run->packed + (1 + (ptrdiff_t)tap * run->channels + k) * width + i;
                    for (size_t half = 0; half < 2; half++) {
                        sum += element(input, 2 * (size_t)k + half) * element((const uint8_t *)pairs, half);
                    }
                }
            }
            float residual = run->residual ? run->residual[p * run->residual_step + i] : 0;
            float value = ck_portable_activate(run->activation, sum + residual);
            if (paired) {
                uint16_t rounded = ck_bf16_of(value);
                uint8_t *pair = (uint8_t *)(run->output + p / 2 * run->output_step + i);
                memcpy(pair + p % 2 * (ptrdiff_t)sizeof rounded, &rounded, sizeof rounded);
            } else {
                run->output[p * run->output_step + i] = value;
            }
        }
    }
}

static void run_pairs(const ck_run_f32 *run) { run_stored(run, 0); }
static void run_paired(const ck_run_f32 *run) { run_stored(run, 1); }

static const ck_run_kernels runs = {
    .lanes = CK_STRIP_LANES, .tile_vectors = 3, .run = run_pairs, .pixel = run_pairs, .run_paired = run_paired};

static void depthwise(const ck_depthwise_band_bf16 *band) {
    const ck_convolution_shape *shape = band->shape;
    const int32_t padded = ck_vectors_of(shape->output_channels, CK_STRIP_LANES) * CK_STRIP_LANES;
    const int32_t pairs = ck_window_pairs(shape->kernel_width);
    for (int32_t index = 0; index < band->row_count; index++) {
        const float *const *rows = band->rows + (ptrdiff_t)index * shape->kernel_height;
        for (int32_t x = 0; x < shape->output_width; x++) {
            const int32_t left = x * shape->stride_x - shape->padding_left, parity = left & 1;
            uint8_t *out = band->output + index * band->output_row_step + x * band->output_step;
            for (int32_t c = 0; c < shape->output_channels; c++) {
                float sum = band->packed[c];
                for (int32_t ky = 0; ky < shape->kernel_height; ky++) {
                    for (int32_t kx = 0; kx < shape->kernel_width; kx++) {
                        const int32_t column = left + kx, pair = (parity + kx) / 2;
                        if (!rows[ky] || column < 0 || column >= shape->input_width) continue;
                        const float *weights =
                            band->packed + (1 + (ptrdiff_t)(ky * 2 + parity) * pairs + pair) * padded + c;
                        const float *values = rows[ky] + column / 2 * band->step + c;
                        const size_t half = (size_t)(column % 2);
                        sum += element((const uint8_t *)values, half) * element((const uint8_t *)weights, half);
                    }
                }
                if (band->residual) {
                    sum += band->residual[index * band->residual_row_step + x * band->residual_step + c];
                }
                float value = ck_portable_activate(band->activation, sum);
                if (band->rounds) {
                    uint16_t rounded = ck_bf16_of(value);
                    memcpy(out + (size_t)c * sizeof rounded, &rounded, sizeof rounded);
                } else {
                    memcpy(out + (size_t)c * sizeof value, &value, sizeof value);
                }
            }
        }
    }
}

const ck_bf16_kernels ck_portable_bf16 = {
    .budget = CK_STRIP_BYTES,
    .gather = ck_portable_gather_bf16,
    .product = product,
    .finish = ck_portable_finish_bf16,
    .runs = &runs,
    .pairs = ck_portable_pairs_bf16,
    .depthwise = depthwise,
};
