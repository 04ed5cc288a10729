/* The fp32 convolution of pixels that are found through pointers, a part of kernels_f32.h. */

/* Residuals and the curved activations, apart from the tile so that its many instances stay small. */
KERNEL __attribute__((noinline)) void finish_tile(const ck_tile_f32 *tile, const float *sums) {
    for (int32_t p = 0; p < tile->count; p++, sums += tile->vectors * LANES) {
        for (int32_t c = 0; c < tile->columns; c += LANES) {
            int32_t n = tile->columns - c < LANES ? tile->columns - c : LANES;
            vf x = vf_load(sums + c);
            if (tile->residuals) x = x + vf_load_n(tile->residuals[p] + tile->first_channel + c, n);
            vf_store_n(tile->outputs[p] + tile->first_channel + c, vf_activate(tile->activation, x), n);
        }
    }
}

enum { PREFETCH_TERMS = 8 };

INLINE void convolution_tile_of(const ck_tile_f32 *tile, const int pixels, const int vectors) {
    vf sums[TILE_PIXELS][TILE_VECTORS];
    const float *weights = tile->packed;
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sums[p][v] = vf_load(weights + v * LANES);
    }
    weights += vectors * LANES;
    const float *ahead = tile->ahead;
    for (int32_t tap = 0; tap < tile->taps; tap++) {
        const float *rows[TILE_PIXELS];
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++) rows[p] = tile->rows[(size_t)tap * TILE_PIXELS + (size_t)p];
        for (ptrdiff_t k = 0; k < tile->channels; k++, weights += vectors * LANES, ahead += CACHE_LINE_FLOATS) {
            __builtin_prefetch(ahead, 0, 2);
            vf w[TILE_VECTORS];
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) {
                /* The weights come from the second-level cache at best, in one long row. */
                __builtin_prefetch(weights + (PREFETCH_TERMS * vectors + v) * LANES);
                w[v] = vf_load(weights + v * LANES);
            }
#pragma clang loop unroll(full)
            for (int p = 0; p < pixels; p++) {
                vf x = vf_splat(rows[p][k]);
#pragma clang loop unroll(full)
                for (int v = 0; v < vectors; v++) sums[p][v] = vf_fma(x, w[v], sums[p][v]);
            }
        }
    }
    if (tile->residuals || tile->activation > CK_ACTIVATION_RELU6) {
        float spilled[TILE_PIXELS * TILE_VECTORS * LANES];
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++) {
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) vf_store(spilled + (p * vectors + v) * LANES, sums[p][v]);
        }
        finish_tile(tile, spilled);
        return;
    }
    float low, high;
    ck_activation_range(tile->activation, &low, &high);
    vf least = vf_splat(low), most = vf_splat(high);
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) {
        if (p >= tile->count) break;
        float *out = tile->outputs[p] + tile->first_channel;
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            vf x = vf_min(vf_max(sums[p][v], least), most);
            int32_t n = tile->columns - v * LANES;
            if (n >= LANES) {
                vf_store(out + v * LANES, x);
            } else if (n > 0) {
                vf_store_n(out + v * LANES, x, n);
            }
        }
    }
}

#define TILE_OF(pixels, vectors)                                                                                       \
    KERNEL void tile_##pixels##_##vectors(const ck_tile_f32 *tile) {                                                   \
        convolution_tile_of(tile, pixels < TILE_PIXELS ? pixels : TILE_PIXELS, vectors);                               \
    }
#define TILES_OF(vectors) TILE_OF(1, vectors) TILE_OF(2, vectors) TILE_OF(4, vectors) TILE_OF(8, vectors)
TILES_OF(1)
TILES_OF(2)
#if TILE_VECTORS > 2
TILES_OF(3)
#endif

KERNEL void convolution_tile(const ck_tile_f32 *tile) {
#define TILES(vectors) {tile_1_##vectors, tile_2_##vectors, tile_4_##vectors, tile_8_##vectors}
    static void (*const tiles[TILE_VECTORS][4])(const ck_tile_f32 *) = {
        TILES(1),
        TILES(2),
#if TILE_VECTORS > 2
        TILES(3),
#endif
    };
    int size = tile->count > 4 ? 3 : tile->count > 2 ? 2 : tile->count - 1;
    tiles[tile->vectors - 1][size](tile);
}
