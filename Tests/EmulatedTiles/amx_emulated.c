/* AMX's tile operations in C, as the architecture's manual defines them, so that the kernels built on them run anywhere.
 */
#include "isa/avx512_strips.h"

#define TARGET

typedef union tile_register {
    uint8_t bytes[16][64];
    float sums[16][16];
    int32_t integers[16][16];
} tile_register;

static void zero(tile_register *tile) { memset(tile, 0, sizeof *tile); }

static void load(tile_register *tile, const void *from, ptrdiff_t stride) {
    for (int row = 0; row < 16; row++) memcpy(tile->bytes[row], (const uint8_t *)from + row * stride, 64);
}

static void store(const tile_register *tile, void *to, ptrdiff_t stride) {
    for (int row = 0; row < 16; row++) memcpy((uint8_t *)to + row * stride, tile->bytes[row], 64);
}

static float element(const tile_register *tile, int row, int index) {
    uint16_t x;
    memcpy(&x, tile->bytes[row] + 2 * index, sizeof x);
    return ck_float_of(x);
}

/* TDPBF16PS: the even and the odd terms of a row are summed apart, then together, then to what was there. */
static void dot_bf16(tile_register *sum, const tile_register *a, const tile_register *b) {
    for (int m = 0; m < 16; m++) {
        float even[16] = {0}, odd[16] = {0};
        for (int k = 0; k < 16; k++) {
            for (int n = 0; n < 16; n++) {
                even[n] += element(a, m, 2 * k) * element(b, k, 2 * n);
                odd[n] += element(a, m, 2 * k + 1) * element(b, k, 2 * n + 1);
            }
        }
        for (int n = 0; n < 16; n++) sum->sums[m][n] += even[n] + odd[n];
    }
}

/* TDPBUSD: unsigned bytes of a times signed bytes of b, modulo 2^32. */
static void dot_u8(tile_register *sum, const tile_register *a, const tile_register *b) {
    for (int m = 0; m < 16; m++) {
        for (int n = 0; n < 16; n++) {
            uint32_t total = (uint32_t)sum->integers[m][n];
            for (int k = 0; k < 64; k++) {
                total += (uint32_t)(a->bytes[m][k] * (int8_t)b->bytes[k / 4][4 * n + k % 4]);
            }
            sum->integers[m][n] = (int32_t)total;
        }
    }
}

#define TILES tile_register registers[8];
#define tile_zero(t) zero(&registers[t])
#define tile_load(t, address, stride) load(&registers[t], address, stride)
#define tile_store(t, address, stride) store(&registers[t], address, stride)

#define PRODUCT product_bf16
#define PRODUCT_OF product_bf16_of
#define tile_dot(sum, a, b) dot_bf16(&registers[sum], &registers[a], &registers[b])
#include "shared/tile_product.h"
#undef PRODUCT
#undef PRODUCT_OF
#undef tile_dot

const ck_bf16_kernels ck_amx_emulated_bf16 = {
    .budget = CK_STRIP_BYTES_OF_TILES,
    .lines_ahead = 1,
    .gather = ck_portable_gather_bf16,
    .product = product_bf16,
    .finish = ck_portable_finish_bf16,
};

#define PRODUCT product_u8
#define PRODUCT_OF product_u8_of
#define tile_dot(sum, a, b) dot_u8(&registers[sum], &registers[a], &registers[b])
#include "shared/tile_product.h"

static void gather_u8(
    const void *from, ptrdiff_t step, uint8_t *to, size_t pitch, int32_t pixels, int32_t channels, size_t filled) {
    const uint8_t *pixel = from;
    for (int32_t p = 0; p < pixels; p++, pixel += step, to += pitch) {
        memcpy(to, pixel, (size_t)channels);
        memset(to + channels, 0, filled - (size_t)channels);
    }
}

static void sum_windows(
    const uint8_t *tile, ptrdiff_t step, const ptrdiff_t *taps, int32_t tap_count, int32_t terms, int32_t factor,
    int32_t sums[CK_STRIP_POSITIONS]) {
    for (int i = 0; i < CK_STRIP_POSITIONS; i++, tile += step) {
        uint32_t sum = 0;
        for (int32_t tap = 0; tap < tap_count; tap++) {
            for (int32_t k = 0; k < terms; k++) sum += tile[taps[tap] + k];
        }
        sums[i] = (int32_t)((uint32_t)factor * sum);
    }
}

static void finish_u8(const ck_strip_output_u8 *o) {
    int32_t width = o->vectors * CK_STRIP_LANES;
    const int32_t *bias = o->constants, *multipliers = bias + width, *shifts = multipliers + width;
    for (int32_t p = 0; p < CK_STRIP_POSITIONS; p++) {
        if (o->pixels[p] < 0) continue;
        uint8_t *out = o->output + o->pixels[p] * o->output_stride;
        uint32_t row_sum = o->row_sums ? (uint32_t)o->row_sums[p] : 0;
        for (int32_t c = 0; c < o->columns; c++) {
            int32_t sum = (int32_t)((uint32_t)o->sums[p * width + c] + (uint32_t)bias[c] + row_sum);
            int32_t scaled = ck_scale_sum(sum, multipliers[c], shifts[c]);
            out[c] = ck_quantized_output(scaled, o->range.zero_point, o->range.min, o->range.max);
        }
    }
}

const ck_strip_u8_kernels ck_amx_emulated_u8 = {
    .budget = CK_STRIP_BYTES_OF_TILES,
    .gather = gather_u8,
    .product = product_u8,
    .sum_windows = sum_windows,
    .finish = finish_u8,
};

#if defined(__x86_64__)
const ck_strip_u8_kernels ck_amx_emulated_avx512_u8 = {
    .budget = CK_STRIP_BYTES_OF_TILES,
    .gather = ck_avx512_gather_u8,
    .product = product_u8,
    .sum_windows = ck_avx512_sum_windows,
    .finish = ck_avx512_finish_u8,
};
#endif
