/* AMX: registers of 16 rows of 64 bytes, and their matrix products. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "isa/avx512_strips.h"
#include "isa/peak.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,amx-tile,amx-bf16,amx-int8")))

/* LDTILECFG's operand (palette 1): every register is used whole. */
typedef struct tile_configuration {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_configuration;

static TARGET void enter(void) {
    static const _Alignas(64) tile_configuration whole = {
        .palette = 1,
        .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
        .rows = {16, 16, 16, 16, 16, 16, 16, 16},
    };
    _tile_loadconfig(&whole);
}

/* Without tiles in use, the system has less to save when it changes threads. */
static TARGET void leave(void) { _tile_release(); }

#define TILES
#define tile_zero(t) _tile_zero(t)
#define tile_load(t, address, stride) _tile_loadd(t, address, stride)
#define tile_store(t, address, stride) _tile_stored(t, address, stride)

#define PRODUCT product_bf16
#define PRODUCT_OF product_bf16_of
#define tile_dot(sum, a, b) _tile_dpbf16ps(sum, a, b)
#include "shared/tile_product.h"
#undef PRODUCT
#undef PRODUCT_OF
#undef tile_dot

#define PRODUCT product_u8
#define PRODUCT_OF product_u8_of
#define tile_dot(sum, a, b) _tile_dpbusd(sum, a, b)
#include "shared/tile_product.h"
#undef PRODUCT
#undef PRODUCT_OF
#undef tile_dot

const ck_bf16_kernels ck_amx_bf16 = {
    .budget = CK_STRIP_BYTES_OF_TILES,
    .lines_ahead = 1,
    .enter = enter,
    .leave = leave,
    .gather = ck_avx512_gather_bf16,
    .product = product_bf16,
    .finish = ck_avx512_finish_bf16,
};

/* ---- 8-bit integers -------------------------------------------------------------------------------------------- */

const ck_strip_u8_kernels ck_amx_u8 = {
    .budget = CK_STRIP_BYTES_OF_TILES,
    .enter = enter,
    .leave = leave,
    .gather = ck_avx512_gather_u8,
    .product = product_u8,
    .sum_windows = ck_avx512_sum_windows,
    .finish = ck_avx512_finish_u8,
};

/* ---- Ceilings --------------------------------------------------------------------------------------------------- */

/* All registers hold zeros; the time does not depend on what they hold. */
#define PEAK_LOOP(name, dot)                                                                                           \
    static TARGET void name(int64_t rounds) {                                                                          \
        enter();                                                                                                       \
        _tile_zero(0), _tile_zero(1), _tile_zero(2), _tile_zero(3);                                                    \
        _tile_zero(4), _tile_zero(5), _tile_zero(6), _tile_zero(7);                                                    \
        for (int64_t round = 0; round < rounds; round++) {                                                             \
            dot(0, 4, 6);                                                                                              \
            dot(1, 4, 7);                                                                                              \
            dot(2, 5, 6);                                                                                              \
            dot(3, 5, 7);                                                                                              \
        }                                                                                                              \
        leave();                                                                                                       \
    }
PEAK_LOOP(peak_loop_bf16, _tile_dpbf16ps)
PEAK_LOOP(peak_loop_u8, _tile_dpbusd)

double ck_amx_peak_bf16(void) { return ck_peak(peak_loop_bf16, 2.0 * 16 * 16 * 32 * 4); }
double ck_amx_peak_u8(void) { return ck_peak(peak_loop_u8, 2.0 * 16 * 16 * 64 * 4); }

/* ---- Trust ------------------------------------------------------------------------------------------------------ */

/* Two tiles of sixteen slices by two panels of a vector: all registers. */
static void multiply(void (*product)(const ck_strip_product *), const void *input, const void *panels, void *sums) {
    const ptrdiff_t tap = 0;
    const uint8_t *first = input;
    const ck_strip_product whole = {
        .tiles = {first, first + CK_STRIP_POSITIONS * CK_STRIP_SLICE_BYTES},
        .step = CK_STRIP_SLICE_BYTES,
        .taps = &tap,
        .tap_count = 1,
        .slices = 1,
        .weights = panels,
        .vectors = 2,
        .sums = sums};
    enter();
    product(&whole);
    leave();
}

/* Position p of a tile of input holds p + 1 everywhere, lane l of a panel -(l + 1): numbers that either type holds. */
static int bf16_works(void) {
    _Alignas(64) uint16_t input[2][CK_STRIP_POSITIONS][32], panels[2][16][CK_STRIP_LANES][2];
    _Alignas(64) float sums[2 * CK_STRIP_POSITIONS][2 * CK_STRIP_LANES];
    for (int tile = 0; tile < 2; tile++) {
        for (int i = 0; i < CK_STRIP_POSITIONS; i++) {
            for (int k = 0; k < 32; k++) {
                input[tile][i][k] = ck_bf16_of((float)(tile * CK_STRIP_POSITIONS + i + 1));
                panels[tile][k / 2][i][k % 2] = ck_bf16_of((float)-(tile * CK_STRIP_LANES + i + 1));
            }
        }
    }
    multiply(product_bf16, input, panels, sums);
    for (int i = 0; i < 2 * CK_STRIP_POSITIONS; i++) {
        for (int lane = 0; lane < 2 * CK_STRIP_LANES; lane++) {
            if (sums[i][lane] != (float)(-32 * (i + 1) * (lane + 1))) return 0;
        }
    }
    return 1;
}

/* Bytes that tell apart every position, lane and place within a group of four. */
static int u8_works(void) {
    _Alignas(64) uint8_t input[2][CK_STRIP_POSITIONS][64];
    _Alignas(64) int8_t panels[2][16][CK_STRIP_LANES][4];
    _Alignas(64) int32_t sums[2 * CK_STRIP_POSITIONS][2 * CK_STRIP_LANES];
    for (int i = 0; i < 2 * CK_STRIP_POSITIONS; i++) {
        for (int k = 0; k < 64; k++) {
            input[i / 16][i % 16][k] = (uint8_t)(255 - i * 7 - k);
            panels[i / 16][k / 4][i % 16][k % 4] = (int8_t)(i * 5 - k - 60);
        }
    }
    multiply(product_u8, input, panels, sums);
    for (int i = 0; i < 2 * CK_STRIP_POSITIONS; i++) {
        for (int lane = 0; lane < 2 * CK_STRIP_LANES; lane++) {
            int32_t expected = 0;
            for (int k = 0; k < 64; k++) {
                expected += input[i / 16][i % 16][k] * panels[lane / 16][k / 4][lane % 16][k % 4];
            }
            if (sums[i][lane] != expected) return 0;
        }
    }
    return 1;
}

int ck_amx_works(void) { return bf16_works() && u8_works(); }
#endif
