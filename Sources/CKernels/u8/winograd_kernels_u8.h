/* Winograd's F(2×2, 3×3) in bytes, a part of kernels_u8.h. */

/* ---- The input transform ----------------------------------------------------------------------------------------- */

/* Bᵀ d, in 16 bits. */
INLINE void NAME(winograd_spread)(const V *d, V *t) {
    t[0] = OP(sub_epi16)(d[0], d[2]);
    t[1] = OP(add_epi16)(d[1], d[2]);
    t[2] = OP(sub_epi16)(d[2], d[1]);
    t[3] = OP(sub_epi16)(d[1], d[3]);
}

/* The channels c ..< c + n of a tile; bytes are unpacked by halves of 128-bit lanes, which packing undoes. */
INLINE void NAME(winograd_input_of)(
    const ck_winograd_input_u8 *tile, const V *factors, ptrdiff_t c, int32_t n, const int full) {
    enum { EDGE = CK_WINOGRAD_U8_EDGE };
    const V zero = NAME(zero)();
    V low[EDGE][EDGE], high[EDGE][EDGE], d[EDGE], t[EDGE], u[EDGE];
#pragma clang loop unroll(full)
    for (int x = 0; x < EDGE; x++) {
        V bytes[EDGE];
#pragma clang loop unroll(full)
        for (int y = 0; y < EDGE; y++) {
            const uint8_t *from = (const uint8_t *)tile->pixels[y * EDGE + x] + c;
            bytes[y] = full ? NAME(load)(from) : NAME(load_n)(from, n);
        }
#pragma clang loop unroll(full)
        for (int y = 0; y < EDGE; y++) d[y] = OP(unpacklo_epi8)(bytes[y], zero);
        NAME(winograd_spread)(d, t);
#pragma clang loop unroll(full)
        for (int y = 0; y < EDGE; y++) low[y][x] = t[y];
#pragma clang loop unroll(full)
        for (int y = 0; y < EDGE; y++) d[y] = OP(unpackhi_epi8)(bytes[y], zero);
        NAME(winograd_spread)(d, t);
#pragma clang loop unroll(full)
        for (int y = 0; y < EDGE; y++) high[y][x] = t[y];
    }
#pragma clang loop unroll(full)
    for (int y = 0; y < EDGE; y++) {
        NAME(winograd_spread)(low[y], t);
        NAME(winograd_spread)(high[y], u);
#pragma clang loop unroll(full)
        for (int x = 0; x < EDGE; x++) {
            int position = y * EDGE + x;
            V lower = t[x], upper = u[x];
            /* The zero point cancels at all positions but one, which has it four times. */
            if (position == EDGE + 1) {
                const V offset = OP(set1_epi16)((int16_t)(4 * tile->zero_point));
                lower = OP(sub_epi16)(lower, offset);
                upper = OP(sub_epi16)(upper, offset);
            }
            lower = OP(mulhrs_epi16)(lower, factors[position]);
            upper = OP(mulhrs_epi16)(upper, factors[position]);
            V q = OP(add_epi8)(OP(packs_epi16)(lower, upper), OP(set1_epi8)(-128));
            uint8_t *to = tile->to + position * tile->pitch + c;
            if (full) {
                NAME(store)(to, q);
            } else {
                NAME(store_n)(to, q, n);
            }
        }
    }
}

static TARGET void NAME(winograd_input)(const ck_winograd_input_u8 *tile) {
    V factors[CK_WINOGRAD_U8_POSITIONS];
#pragma clang loop unroll(full)
    for (int i = 0; i < CK_WINOGRAD_U8_POSITIONS; i++) factors[i] = OP(set1_epi16)(tile->factors[i]);
    int32_t c = 0;
    for (; c + NAME(BYTES) <= tile->channels; c += NAME(BYTES)) {
        NAME(winograd_input_of)(tile, factors, c, NAME(BYTES), 1);
    }
    if (c < tile->channels) NAME(winograd_input_of)(tile, factors, c, tile->channels - c, 0);
}

/* ---- The products ------------------------------------------------------------------------------------------------ */

/* `count` of the tiles exist; the last is repeated for those that do not. */
INLINE void NAME(product_tile)(
    const ck_winograd_product_u8 *product, const uint8_t *inputs, const uint8_t *weights, int32_t *sums_at,
    const int32_t count, const int pixels, const int vectors) {
    V sums[NAME(NARROW_PIXELS)][TILE_VECTORS];
    const uint8_t *rows[NAME(NARROW_PIXELS)];
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) {
        rows[p] = p < count ? inputs + p * product->input_step : rows[p - 1];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sums[p][v] = NAME(load)(weights + v * NAME(BYTES));
    }
    weights += vectors * NAME(BYTES);
    NAME(dot_groups)(sums, rows, weights, product->groups, pixels, vectors);
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) {
        if (p < count) {
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) NAME(store)(sums_at + (p * vectors + v) * WORDS, sums[p][v]);
        }
    }
}

INLINE void NAME(winograd_product_of)(const ck_winograd_product_u8 *product, const int pixels, const int vectors) {
    const ptrdiff_t width = vectors * WORDS, position_bytes = width * 4 * (1 + (ptrdiff_t)product->groups);
    for (int position = 0; position < CK_WINOGRAD_U8_POSITIONS; position++) {
        const uint8_t *inputs = product->inputs + position * product->input_pitch;
        const uint8_t *weights = product->packed + position * position_bytes;
        int32_t *sums = product->sums + position * product->sums_pitch;
        int32_t left;
        for (int32_t first = 0, done; (left = product->count - first) > 0; first += done) {
            const uint8_t *from = inputs + first * product->input_step;
            int32_t *to = sums + first * width;
            if (left >= pixels) {
                NAME(product_tile)(product, from, weights, to, done = pixels, pixels, vectors);
            } else if (left > 4) {
                NAME(product_tile)(product, from, weights, to, done = left, pixels, vectors);
            } else {
                NAME(product_tile)(product, from, weights, to, done = left, 4, vectors);
            }
        }
    }
}

static TARGET void NAME(winograd_product)(const ck_winograd_product_u8 *product) {
    if (product->vectors == 1) NAME(winograd_product_of)(product, NAME(NARROW_PIXELS), 1);
    if (product->vectors == 2) NAME(winograd_product_of)(product, NAME(MIDDLE_PIXELS), 2);
#if TILE_VECTORS > 2
    if (product->vectors == 3) NAME(winograd_product_of)(product, TILE_PIXELS, 3);
#endif
}

/* ---- The output transform ---------------------------------------------------------------------------------------- */

/* Aᵀ M A of one vector of channels. */
INLINE void NAME(winograd_gather)(const int32_t *sums, ptrdiff_t pitch, V *y) {
    enum { EDGE = CK_WINOGRAD_U8_EDGE };
    V upper[EDGE], lower[EDGE];
#pragma clang loop unroll(full)
    for (int x = 0; x < EDGE; x++) {
        V m[EDGE];
#pragma clang loop unroll(full)
        for (int i = 0; i < EDGE; i++) m[i] = NAME(load)(sums + (i * EDGE + x) * pitch);
        upper[x] = OP(add_epi32)(OP(add_epi32)(m[0], m[1]), m[2]);
        lower[x] = OP(sub_epi32)(OP(sub_epi32)(m[1], m[2]), m[3]);
    }
    y[0] = OP(add_epi32)(OP(add_epi32)(upper[0], upper[1]), upper[2]);
    y[1] = OP(sub_epi32)(OP(sub_epi32)(upper[1], upper[2]), upper[3]);
    y[2] = OP(add_epi32)(OP(add_epi32)(lower[0], lower[1]), lower[2]);
    y[3] = OP(sub_epi32)(OP(sub_epi32)(lower[1], lower[2]), lower[3]);
}

INLINE void NAME(winograd_output_of)(const ck_winograd_output_u8 *tile, const int vectors) {
    enum { PIXELS = CK_WINOGRAD_U8_SIZE * CK_WINOGRAD_U8_SIZE };
    V sums[PIXELS][TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        V y[PIXELS];
        NAME(winograd_gather)(tile->sums + v * WORDS, tile->sums_pitch, y);
#pragma clang loop unroll(full)
        for (int p = 0; p < PIXELS; p++) sums[p][v] = y[p];
    }
    if (tile->output.scaling == CK_SCALING_MODERATE) {
        const NAME(bounds) bounds = NAME(bounds_of)(&tile->output);
        NAME(moderate_constants) constants[TILE_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            constants[v] = NAME(moderate_constants_at)(tile->packed, vectors * WORDS, v, tile->output.zero_point);
        }
#pragma clang loop unroll(full)
        for (int p = 0; p < PIXELS; p++) {
            if (!tile->outputs[p]) continue;
            uint8_t *out = tile->outputs[p] + tile->first_channel;
            NAME(requantize_moderate)(sums[p], constants, &bounds, out, tile->columns, vectors);
        }
        return;
    }
    _Alignas(64) int32_t spilled[TILE_VECTORS * WORDS];
    for (int p = 0; p < PIXELS; p++) {
        if (!tile->outputs[p]) continue;
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) NAME(store)(spilled + v * WORDS, sums[p][v]);
        uint8_t *const *out = &tile->outputs[p];
        if (vectors == 1) {
            NAME(requantize_1)(spilled, 1, tile->packed, &tile->output, out, tile->first_channel, tile->columns);
        } else if (vectors == 2) {
            NAME(requantize_2)(spilled, 1, tile->packed, &tile->output, out, tile->first_channel, tile->columns);
#if TILE_VECTORS > 2
        } else {
            NAME(requantize_3)(spilled, 1, tile->packed, &tile->output, out, tile->first_channel, tile->columns);
#endif
        }
    }
}

static TARGET void NAME(winograd_output)(const ck_winograd_output_u8 *tile) {
    if (tile->vectors == 1) NAME(winograd_output_of)(tile, 1);
    if (tile->vectors == 2) NAME(winograd_output_of)(tile, 2);
#if TILE_VECTORS > 2
    if (tile->vectors == 3) NAME(winograd_output_of)(tile, 3);
#endif
}
