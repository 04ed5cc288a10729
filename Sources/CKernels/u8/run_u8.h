/* The 8-bit convolution of pixels that lie evenly, and the sums of rows, a part of kernels_u8.h. */

/* Pixels of a tile of one vector of channels, and of two: as many sums as there are registers for. */
#if TILE_VECTORS > 2
enum { NAME(NARROW_PIXELS) = 2 * TILE_PIXELS, NAME(MIDDLE_PIXELS) = TILE_PIXELS * 3 / 2 };
#else
enum { NAME(NARROW_PIXELS) = 2 * TILE_PIXELS, NAME(MIDDLE_PIXELS) = TILE_PIXELS };
#endif

/* `count` of a tile's pixels exist; the last is repeated for those that do not. */
INLINE void NAME(run_tile)(
    const ck_run_u8 *run, const ptrdiff_t first, const int32_t count, const int pixels, const int vectors) {
    V sums[NAME(NARROW_PIXELS)][TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sums[p][v] = NAME(load)(run->packed + v * NAME(BYTES));
    }
    const uint8_t *weights = run->packed + CK_CONSTANTS_BYTES * vectors * WORDS;
    for (int32_t tap = 0; tap < run->taps; tap++) {
        const uint8_t *rows[NAME(NARROW_PIXELS)];
        if (!run->inputs[tap]) {
            const V padding = OP(set1_epi8)((int8_t)run->padding);
            for (int32_t i = 0; i < run->groups; i++, weights += vectors * NAME(BYTES)) {
#pragma clang loop unroll(full)
                for (int p = 0; p < pixels; p++) {
#pragma clang loop unroll(full)
                    for (int v = 0; v < vectors; v++) {
                        sums[p][v] = NAME(dot)(sums[p][v], padding, NAME(load)(weights + v * NAME(BYTES)));
                    }
                }
            }
            continue;
        }
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++) {
            rows[p] = p < count ? run->inputs[tap] + (first + p) * run->input_step : rows[p - 1];
        }
        weights = NAME(dot_groups)(sums, rows, weights, run->groups, pixels, vectors);
    }
    const NAME(bounds) bounds = NAME(bounds_of)(&run->range);
    NAME(moderate_constants) constants[TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        constants[v] = NAME(moderate_constants_at)(run->packed, vectors * WORDS, v, run->range.zero_point);
    }
    uint8_t *output = run->output + first * run->output_step;
    /* Pixels without gaps between them are stored four at a time. */
    if (vectors == 1 && pixels % 4 == 0 && run->columns == WORDS && run->output_step == WORDS) {
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p += 4) {
            V q[4];
#pragma clang loop unroll(full)
            for (int i = 0; i < 4; i++) q[i] = NAME(scale_moderate)(sums[p + i][0], &constants[0]);
            V bytes = OP(packus_epi16)(OP(packs_epi32)(q[0], q[1]), OP(packs_epi32)(q[2], q[3]));
            bytes = NAME(permute_words)(bounds.order, bytes);
            bytes = OP(max_epu8)(OP(min_epu8)(bytes, bounds.most), bounds.least);
            if (count - p >= 4) {
                NAME(store)(output + p * WORDS, bytes);
            } else if (count > p) {
                NAME(store_n)(output + p * WORDS, bytes, (count - p) * WORDS);
            }
        }
        return;
    }
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) {
        if (p < count) {
            uint8_t *out = output + p * run->output_step;
            NAME(requantize_moderate)(sums[p], constants, &bounds, out, run->columns, vectors);
        }
    }
}

/* All pixels of a run: whole tiles, then what is left in the smallest that hold it. */
INLINE void NAME(convolution_run_of)(const ck_run_u8 *run, const int pixels, const int vectors) {
    int32_t left;
    for (int32_t first = 0, done; (left = run->count - first) > 0; first += done) {
        if (left >= pixels) {
            NAME(run_tile)(run, first, done = pixels, pixels, vectors);
        } else if (left > 4 && left > pixels - 4) {
            NAME(run_tile)(run, first, done = left, pixels, vectors);
        } else if (left > 1) {
            NAME(run_tile)(run, first, done = left < 4 ? left : 4, 4, vectors);
        } else {
            NAME(run_tile)(run, first, done = 1, 1, vectors);
        }
    }
}

static TARGET void NAME(convolution_run)(const ck_run_u8 *run) {
    if (run->vectors == 1) NAME(convolution_run_of)(run, NAME(NARROW_PIXELS), 1);
    if (run->vectors == 2) NAME(convolution_run_of)(run, NAME(MIDDLE_PIXELS), 2);
#if TILE_VECTORS > 2
    if (run->vectors == 3) NAME(convolution_run_of)(run, TILE_PIXELS, 3);
#endif
}

static TARGET void NAME(row_sums)(const ck_tile_u8 *tile, int32_t factor, int32_t *sums) {
    const V zero = NAME(zero)();
    int32_t bytes = 4 * tile->groups, whole = bytes / NAME(BYTES) * NAME(BYTES), rest = bytes - whole;
    for (int32_t p = 0; p < tile->count; p++) {
        V sum = zero;
        for (int32_t tap = 0; tap < tile->taps; tap++) {
            const uint8_t *row = tile->rows[(size_t)tap * TILE_PIXELS + (size_t)p];
            for (int32_t i = 0; i < whole; i += NAME(BYTES)) {
                sum = OP(add_epi64)(sum, OP(sad_epu8)(NAME(load)(row + i), zero));
            }
            if (rest) sum = OP(add_epi64)(sum, OP(sad_epu8)(NAME(load_n)(row + whole, rest), zero));
        }
        sums[p] = (int32_t)((uint32_t)factor * NAME(add_across)(sum));
    }
}
