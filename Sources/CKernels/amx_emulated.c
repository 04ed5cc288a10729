/* AMX's tile operations in C, as the architecture's manual defines them, so that the kernels built on them run anywhere.
 */
#include "bf16_kernels.h"

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

#define TILES tile_register registers[8];
#define tile_zero(t) zero(&registers[t])
#define tile_load(t, address, stride) load(&registers[t], address, stride)
#define tile_store(t, address, stride) store(&registers[t], address, stride)

#define PRODUCT product_bf16
#define PRODUCT_OF product_bf16_of
#define tile_dot(sum, a, b) dot_bf16(&registers[sum], &registers[a], &registers[b])
#include "tile_product.h"
#undef PRODUCT
#undef PRODUCT_OF
#undef tile_dot

const ck_bf16_kernels ck_amx_emulated_bf16 = {
    .budget = 1 << 20,
    .lines_ahead = 1,
    .gather = ck_portable_gather_bf16,
    .product = product_bf16,
    .finish = ck_portable_finish_bf16,
};
