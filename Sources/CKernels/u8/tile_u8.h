/* The 8-bit convolution of pixels that are found through pointers, a part of kernels_u8.h. */

REQUANTIZE_OF(1)
REQUANTIZE_OF(2)
#if TILE_VECTORS > 2
REQUANTIZE_OF(3)
#endif

INLINE void NAME(convolution_tile_of)(const ck_tile_u8 *tile, const int pixels, const int vectors) {
    V sums[TILE_PIXELS][TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sums[p][v] = NAME(load)(tile->packed + v * NAME(BYTES));
    }
    if (tile->row_sums) {
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++) {
            V row_sum = OP(set1_epi32)(tile->row_sums[p]);
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) sums[p][v] = OP(add_epi32)(sums[p][v], row_sum);
        }
    }
    const uint8_t *weights = tile->packed + CK_CONSTANTS_BYTES * vectors * WORDS;
    for (int32_t tap = 0; tap < tile->taps; tap++) {
        const uint8_t *rows[TILE_PIXELS];
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++) rows[p] = tile->rows[(size_t)tap * TILE_PIXELS + (size_t)p];
        weights = NAME(dot_groups)(sums, rows, weights, tile->groups, pixels, vectors);
    }
    /* From registers: where there are few terms, this is most of the work. */
    if (tile->output.scaling == CK_SCALING_MODERATE) {
        const NAME(bounds) bounds = NAME(bounds_of)(&tile->output);
        NAME(moderate_constants) constants[TILE_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            constants[v] = NAME(moderate_constants_at)(tile->packed, vectors * WORDS, v, tile->output.zero_point);
        }
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++) {
            if (p >= tile->count) break;
            uint8_t *out = tile->outputs[p] + tile->first_channel;
            NAME(requantize_moderate)(sums[p], constants, &bounds, out, tile->columns, vectors);
        }
        return;
    }
    _Alignas(64) int32_t spilled[TILE_PIXELS * TILE_VECTORS * WORDS];
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) NAME(store)(spilled + (p * vectors + v) * WORDS, sums[p][v]);
    }
    if (vectors == 1) {
        NAME(requantize_1)
        (spilled, tile->count, tile->packed, &tile->output, tile->outputs, tile->first_channel, tile->columns);
    } else if (vectors == 2) {
        NAME(requantize_2)
        (spilled, tile->count, tile->packed, &tile->output, tile->outputs, tile->first_channel, tile->columns);
#if TILE_VECTORS > 2
    } else {
        NAME(requantize_3)
        (spilled, tile->count, tile->packed, &tile->output, tile->outputs, tile->first_channel, tile->columns);
#endif
    }
}

#define DOT_TILE_OF(pixels, vectors)                                                                                   \
    static TARGET void NAME(tile_##pixels##_##vectors)(const ck_tile_u8 *tile) {                                       \
        NAME(convolution_tile_of)(tile, pixels < TILE_PIXELS ? pixels : TILE_PIXELS, vectors);                         \
    }
#define DOT_TILES_OF(vectors)                                                                                          \
    DOT_TILE_OF(1, vectors) DOT_TILE_OF(2, vectors) DOT_TILE_OF(4, vectors) DOT_TILE_OF(8, vectors)
DOT_TILES_OF(1)
DOT_TILES_OF(2)
#if TILE_VECTORS > 2
DOT_TILES_OF(3)
#endif

static void NAME(convolution_tile)(const ck_tile_u8 *tile) {
#define DOT_TILES(vectors)                                                                                             \
    {NAME(tile_1_##vectors), NAME(tile_2_##vectors), NAME(tile_4_##vectors), NAME(tile_8_##vectors)}
    static void (*const tiles[TILE_VECTORS][4])(const ck_tile_u8 *) = {
        DOT_TILES(1),
        DOT_TILES(2),
#if TILE_VECTORS > 2
        DOT_TILES(3),
#endif
    };
    int size = tile->count > 4 ? 3 : tile->count > 2 ? 2 : tile->count - 1;
    tiles[tile->vectors - 1][size](tile);
#undef DOT_TILES
}

#undef DOT_TILE_OF
#undef DOT_TILES_OF
