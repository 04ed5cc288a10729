/* The product of up to two tiles of input and two panels of weights, over operations on tile registers.
 *
 * Included once for each kind of number and each kind of tile: the registers of AMX, or an emulation of them. Before
 * it, the file defines PRODUCT and PRODUCT_OF (names of functions), TARGET, TILES (declarations that the operations
 * need) and the operations tile_zero(t), tile_load(t, address, stride), tile_store(t, address, stride) and
 * tile_dot(sum, a, b), whose register numbers are constants.
 *
 * Four registers hold sums, two hold input and two hold weights: each load feeds two products. Sums are by 16 positions
 * and 16 output channels.
 */

static inline __attribute__((always_inline)) TARGET void PRODUCT_OF(
    const ck_strip_product *p, const int tiles, const int vectors) {
    TILES
    const uint8_t *weights = p->weights, *ahead = p->ahead;
    const uint8_t *upper = p->tiles[0], *lower = p->tiles[tiles - 1];
    const ptrdiff_t step = p->step;
    if (p->first) {
        /* One row for all sixteen. */
        const uint8_t *first = p->first;
        tile_load(0, first, 0);
        if (vectors > 1) tile_load(1, first + CK_STRIP_LANES * 4, 0);
        if (tiles > 1) tile_load(2, first, 0);
        if (tiles > 1 && vectors > 1) tile_load(3, first + CK_STRIP_LANES * 4, 0);
    } else {
        tile_zero(0);
        if (vectors > 1) tile_zero(1);
        if (tiles > 1) tile_zero(2);
        if (tiles > 1 && vectors > 1) tile_zero(3);
    }
    for (int32_t slice = 0; slice < p->slices; slice++) {
        for (int32_t tap = 0; tap < p->tap_count; tap++, weights += vectors * CK_STRIP_PANEL_BYTES) {
            ptrdiff_t at = p->taps[tap] + (ptrdiff_t)slice * CK_STRIP_SLICE_BYTES;
            tile_load(4, upper + at, step);
            tile_load(6, weights, CK_STRIP_SLICE_BYTES);
            tile_dot(0, 4, 6);
            if (vectors > 1) {
                tile_load(7, weights + CK_STRIP_PANEL_BYTES, CK_STRIP_SLICE_BYTES);
                tile_dot(1, 4, 7);
            }
            if (tiles > 1) {
                tile_load(5, lower + at, step);
                tile_dot(2, 5, 6);
                if (vectors > 1) tile_dot(3, 5, 7);
            }
            for (int32_t line = 0; line < p->ahead_lines; line++, ahead += 64) __builtin_prefetch(ahead, 0, 2);
        }
    }
    uint8_t *sums = p->sums;
    const ptrdiff_t row = vectors * CK_STRIP_LANES * 4, tile_bytes = CK_STRIP_POSITIONS * row;
    tile_store(0, sums, row);
    if (vectors > 1) tile_store(1, sums + CK_STRIP_LANES * 4, row);
    if (tiles > 1) tile_store(2, sums + tile_bytes, row);
    if (tiles > 1 && vectors > 1) tile_store(3, sums + tile_bytes + CK_STRIP_LANES * 4, row);
}

static TARGET void PRODUCT(const ck_strip_product *p) {
    if (p->tiles[1]) {
        if (p->vectors > 1) {
            PRODUCT_OF(p, 2, 2);
        } else {
            PRODUCT_OF(p, 2, 1);
        }
    } else if (p->vectors > 1) {
        PRODUCT_OF(p, 1, 2);
    } else {
        PRODUCT_OF(p, 1, 1);
    }
}
