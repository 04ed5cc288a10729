/* The 8-bit micro-kernels for x86, over vectors of 256 or 512 bits; included once for each width and extension.
 *
 * All of them rest on one instruction, VNNI's dot product: each 32-bit lane gains the sum of its four products of an
 * unsigned and a signed byte. Where the processor lacks it, `dot` is made of exact 16-bit multiply-adds instead.
 *
 * Before it, the file defines V (the vector), WORDS (its 32-bit lanes), OP(name) (the intrinsic's name), NAME(name)
 * (this inclusion's name for a function), TARGET, INLINE, TILE_PIXELS, TILE_VECTORS and, under NAME: zero, load, store,
 * load_n and store_n (the first n bytes, touching no memory past them), store_half (the first half), dot, high_halves
 * (of the 64-bit lanes of an even and an odd vector, interleaved), permute_words, add_across (the 64-bit lanes),
 * load_widened and store_narrowed (n bytes from and to 32-bit lanes; saturating), and the array natural_order, which
 * undoes what packing up to three vectors does. Without TILE_PIXELS there are the depthwise kernels alone.
 */

enum { NAME(BYTES) = 4 * WORDS, NAME(SEGMENT) = 16 };

#include "u8/scaling_u8.h"

#include "u8/depthwise_kernels_u8.h"

#ifdef TILE_PIXELS
/* Adds to the sums of some pixels and vectors of output channels the products of `groups` groups of four input
 * channels. Returns the byte after their weights. */
INLINE const uint8_t *NAME(dot_groups)(
    V (*sums)[TILE_VECTORS], const uint8_t *const *rows, const uint8_t *weights, const ptrdiff_t groups,
    const int pixels, const int vectors) {
    for (ptrdiff_t group = 0; group < groups; group++, weights += vectors * NAME(BYTES)) {
        V w[TILE_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) w[v] = NAME(load)(weights + v * NAME(BYTES));
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++) {
            int32_t four;
            memcpy(&four, rows[p] + 4 * group, sizeof four);
            V x = OP(set1_epi32)(four);
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) sums[p][v] = NAME(dot)(sums[p][v], x, w[v]);
        }
    }
    return weights;
}

#include "u8/tile_u8.h"
#include "u8/run_u8.h"
#include "u8/winograd_kernels_u8.h"
#include "u8/pooling_u8.h"
#include "u8/elementwise_u8.h"

/* ---- Ceiling --------------------------------------------------------------------------------------------------- */

static TARGET void NAME(peak_loop)(int64_t rounds) {
    volatile int32_t left = 0x01020304, right = 0x05060708, result;
    V x = OP(set1_epi32)(left), w = OP(set1_epi32)(right), sums[TILE_PIXELS * TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int i = 0; i < TILE_PIXELS * TILE_VECTORS; i++) sums[i] = w;
    for (int64_t round = 0; round < rounds; round++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < TILE_PIXELS * TILE_VECTORS; i++) sums[i] = NAME(dot)(sums[i], x, w);
        /* Without VNNI, `dot` splits both factors; the loop must not forget that it does. */
        __asm__ volatile("" : "+v"(x), "+v"(w));
    }
    int32_t lanes[WORDS];
#pragma clang loop unroll(full)
    for (int i = 1; i < TILE_PIXELS * TILE_VECTORS; i++) sums[0] = OP(add_epi32)(sums[0], sums[i]);
    NAME(store)(lanes, sums[0]);
    result = lanes[0];
    (void)result;
}

static double NAME(measure_peak)(void) {
    return ck_peak(NAME(peak_loop), 2.0 * 4 * WORDS * TILE_PIXELS * TILE_VECTORS);
}

#endif

#undef REQUANTIZE_OF
