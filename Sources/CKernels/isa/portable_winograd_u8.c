/* Winograd's F(2×2, 3×3) in bytes in plain C: the oracle of winograd_kernels_u8.h. */
#include "shared/kernels.h"

enum { EDGE = CK_WINOGRAD_U8_EDGE, SIZE = CK_WINOGRAD_U8_SIZE, LANES = CK_PORTABLE_LANES };

/* Bᵀ d */
static void spread(const int32_t d[EDGE], int32_t t[EDGE]) {
    t[0] = d[0] - d[2];
    t[1] = d[1] + d[2];
    t[2] = d[2] - d[1];
    t[3] = d[1] - d[3];
}

void ck_portable_winograd_input_u8(const ck_winograd_input_u8 *tile) {
    for (int32_t c = 0; c < tile->channels; c++) {
        int32_t half[EDGE][EDGE], d[EDGE], t[EDGE];
        for (int x = 0; x < EDGE; x++) {
            for (int y = 0; y < EDGE; y++) {
                d[y] = ((const uint8_t *)tile->pixels[y * EDGE + x])[c] - tile->zero_point;
            }
            spread(d, t);
            for (int y = 0; y < EDGE; y++) half[y][x] = t[y];
        }
        for (int y = 0; y < EDGE; y++) {
            spread(half[y], t);
            for (int x = 0; x < EDGE; x++) {
                int32_t q = (t[x] * tile->factors[y * EDGE + x] + (1 << 14)) >> 15;
                q = q < INT8_MIN ? INT8_MIN : q > INT8_MAX ? INT8_MAX : q;
                tile->to[(y * EDGE + x) * tile->pitch + c] = (uint8_t)(q - INT8_MIN);
            }
        }
    }
}

void ck_portable_winograd_product_u8(const ck_winograd_product_u8 *product) {
    const uint8_t *packed = product->packed;
    for (int position = 0; position < CK_WINOGRAD_U8_POSITIONS; position++) {
        const int32_t *first = (const int32_t *)packed;
        const int8_t *weights = (const int8_t *)(first + LANES);
        for (int32_t tile = 0; tile < product->count; tile++) {
            const uint8_t *x = product->inputs + position * product->input_pitch + tile * product->input_step;
            uint32_t sums[LANES];
            for (int i = 0; i < LANES; i++) sums[i] = (uint32_t)first[i];
            for (int32_t group = 0; group < product->groups; group++, x += 4) {
                const int8_t *w = weights + group * 4 * LANES;
                for (int i = 0; i < LANES; i++, w += 4) {
                    sums[i] += (uint32_t)(x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + x[3] * w[3]);
                }
            }
            memcpy(product->sums + position * product->sums_pitch + tile * LANES, sums, sizeof sums);
        }
        packed += 4 * LANES * (1 + product->groups);
    }
}

/* Aᵀ m, modulo 2^32. */
static void gather(const uint32_t m[EDGE], uint32_t y[SIZE]) {
    y[0] = m[0] + m[1] + m[2];
    y[1] = m[1] - m[2] - m[3];
}

void ck_portable_winograd_output_u8(const ck_winograd_output_u8 *tile) {
    const int32_t *multipliers = (const int32_t *)tile->packed + LANES, *shifts = multipliers + LANES;
    const ck_output_u8 *output = &tile->output;
    for (int32_t i = 0; i < tile->columns; i++) {
        uint32_t half[SIZE][EDGE], m[EDGE], y[SIZE];
        for (int column = 0; column < EDGE; column++) {
            for (int row = 0; row < EDGE; row++) {
                m[row] = (uint32_t)tile->sums[(row * EDGE + column) * tile->sums_pitch + i];
            }
            gather(m, y);
            for (int row = 0; row < SIZE; row++) half[row][column] = y[row];
        }
        for (int row = 0; row < SIZE; row++) {
            gather(half[row], y);
            for (int column = 0; column < SIZE; column++) {
                uint8_t *out = tile->outputs[row * SIZE + column];
                if (!out) continue;
                int32_t scaled = ck_scale_sum((int32_t)y[column], multipliers[i], shifts[i]);
                out[tile->first_channel + i] =
                    ck_quantized_output(scaled, output->zero_point, output->min, output->max);
            }
        }
    }
}
