/* The loop over strips, blocks and pairs of tiles, inlined into each method over strips. */
#ifndef CK_STRIP_RUN_H
#define CK_STRIP_RUN_H

#include "shared/cache.h"
#include "shared/strip.h"

/* What a method has of its own. Each function is given the `context`. */
typedef struct ck_strip_method {
    const ck_strip_layout *layout;
    ck_strip_source source;
    const uint8_t *weights; /* all panels */
    int lines_ahead; /* whether weights that are needed later must be asked for */
    void (*product)(const ck_strip_product *product);
    /* Null, or called for each filled strip. */
    void (*begin_strip)(void *context, const ck_strip_tile *tiles, int32_t count);
    /* A block of output channels from `first` on, of which `columns` exist, is next. */
    void (*begin_block)(void *context, int32_t first, int32_t vectors, int32_t columns);
    /* The sums of a strip's tile `index`, [16][vectors * 16], are there. */
    void (*finish)(void *context, const ck_strip_tile *tile, int32_t index, const void *sums);
} ck_strip_method;

static inline const ptrdiff_t *ck_strip_taps(const ck_strip_layout *layout, const void *scratch) {
    return (const ptrdiff_t *)((const uint8_t *)scratch + layout->taps_offset);
}

static inline __attribute__((always_inline)) void ck_strip_run(
    const ck_strip_method *method, const ck_work *work, void *context) {
    const ck_strip_layout *layout = method->layout;
    const int32_t channels = layout->shape.output_channels;
    uint8_t *scratch = work->scratch, *sums = scratch + layout->sums_offset;
    const ck_strip_tile *tiles = (const ck_strip_tile *)(scratch + layout->tiles_offset);
    int32_t vectors = ck_vectors_of(channels, CK_STRIP_LANES), blocks = ck_strip_blocks(&layout->shape);
    size_t vector_bytes = ck_strip_vector_bytes(layout), steps = (size_t)layout->slices * (size_t)layout->taps;

    ck_strip_prepare(layout, scratch);
    ck_strip_product product = {
        .step = layout->step,
        .taps = ck_strip_taps(layout, scratch),
        .tap_count = layout->taps,
        .slices = layout->slices,
        .sums = sums,
    };
    for (int64_t next = work->begin; next < work->end;) {
        int32_t count;
        next = ck_strip_fill(layout, &method->source, work, next, &count);
        if (method->begin_strip) method->begin_strip(context, tiles, count);
        for (int32_t block = work->block_begin; block < work->block_end; block++) {
            int32_t vector = ck_block_first_vector(vectors, blocks, block), first = vector * CK_STRIP_LANES;
            product.weights = method->weights + (size_t)vector * vector_bytes;
            product.vectors = ck_block_vectors(vectors, blocks, block);
            product.ahead = product.weights + (size_t)product.vectors * vector_bytes;
            product.ahead_lines = method->lines_ahead && block + 1 < work->block_end ? ck_strip_lines_ahead(count) : 0;
            int32_t width = product.vectors * CK_STRIP_LANES, left = channels - first;
            method->begin_block(context, first, product.vectors, left < width ? left : width);
            const uint8_t *end_of_next = product.ahead + (size_t)product.vectors * vector_bytes;
            for (int32_t t = 0; t < count; t += 2) {
                int32_t pair = count - t < 2 ? 1 : 2;
                product.tiles[0] = tiles[t].base;
                product.tiles[1] = pair == 2 ? tiles[t + 1].base : NULL;
                method->product(&product);
                product.ahead += (size_t)product.ahead_lines * steps * CK_CACHE_LINE;
                if (product.ahead >= end_of_next) product.ahead_lines = 0;
                for (int32_t i = 0; i < pair; i++) {
                    method->finish(
                        context, tiles + t + i, t + i, sums + (ptrdiff_t)(i * CK_STRIP_POSITIONS * width) * 4);
                }
            }
        }
    }
}

#endif
