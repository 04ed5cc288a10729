/* The 8-bit micro-kernels for x86, over vectors of 256 or 512 bits; included once for each width and extension.
 *
 * All of them rest on one instruction, VNNI's dot product: each 32-bit lane gains the sum of its four products of an
 * unsigned and a signed byte. Where the processor lacks it, `dot` is made of exact 16-bit multiply-adds instead.
 *
 * Before it, the file defines V (the vector), WORDS (its 32-bit lanes), OP(name) (the intrinsic's name), NAME(name)
 * (this inclusion's name for a function), TARGET, INLINE, TILE_PIXELS, TILE_VECTORS and, under NAME: zero, load, store,
 * load_n and store_n (the first n bytes, touching no memory past them), store_half (the first half), dot, high_halves (of the 64-bit lanes
 * of an even and an odd vector, interleaved), permute_words, add_across (the 64-bit lanes), load_widened and store_narrowed (n bytes
 * from and to 32-bit lanes; saturating), and the array natural_order, which undoes what packing up to three vectors
 * does.
 */

enum { NAME(BYTES) = 4 * WORDS, NAME(STRIP) = 16 };

/* ---- Sums to bytes --------------------------------------------------------------------------------------------- */

/* The constants of one vector of channels, widened as 32-bit multiplication wants them. */
typedef struct NAME(channel_constants) {
    V even_multiplier, odd_multiplier, even_rounding, odd_rounding, shift;
} NAME(channel_constants);

INLINE NAME(channel_constants) NAME(constants_at)(const uint8_t *packed, int32_t width, int32_t vector) {
    const int32_t *multipliers = (const int32_t *)packed + width + vector * WORDS, *shifts = multipliers + width;
    const int64_t *rounding = (const int64_t *)((const int32_t *)packed + 3 * width) + vector * WORDS;
    V multiplier = NAME(load)(multipliers);
    return (NAME(channel_constants)){
        .even_multiplier = multiplier,
        .odd_multiplier = OP(srli_epi64)(multiplier, 32),
        .even_rounding = NAME(load)(rounding),
        .odd_rounding = NAME(load)(rounding + WORDS / 2),
        .shift = NAME(load)(shifts),
    };
}

/* ck_scale_sum with shift = -e < 0: (x * multiplier + 2^(30 + e)) / 2^(31 + e), taken as the upper half of the 64-bit
 * sum and a shift by e - 1, which `shift` holds. */
INLINE V NAME(scale_right)(V x, V even_multiplier, V odd_multiplier, V even_rounding, V odd_rounding, V shift) {
    V even = OP(add_epi64)(OP(mul_epi32)(x, even_multiplier), even_rounding);
    V odd = OP(add_epi64)(OP(mul_epi32)(OP(srli_epi64)(x, 32), odd_multiplier), odd_rounding);
    return OP(srav_epi32)(NAME(high_halves)(even, odd), shift);
}

/* ck_scale_sum of one vector of channels whatever their shifts: no layer that was trained needs it. */
static TARGET __attribute__((noinline)) V NAME(scale_general)(
    const int32_t *sums, const uint8_t *packed, int32_t width, int32_t vector) {
    const int32_t *multipliers = (const int32_t *)packed + width + vector * WORDS, *shifts = multipliers + width;
    int32_t scaled[WORDS];
    for (int i = 0; i < WORDS; i++) scaled[i] = ck_scale_sum(sums[i], multipliers[i], shifts[i]);
    return NAME(load)(scaled);
}

/* The constants of one vector of channels of moderate shifts. */
typedef struct NAME(moderate_constants) {
    V even_multiplier, odd_multiplier, offset, shift;
} NAME(moderate_constants);

INLINE NAME(moderate_constants) NAME(moderate_constants_of)(V multiplier, V shifts, int32_t zero_point) {
    V one = OP(set1_epi32)(1), shift = OP(sub_epi32)(OP(set1_epi32)(-1), shifts); /* e - 1 */
    V rounding = OP(sllv_epi32)(one, OP(sub_epi32)(shift, one));
    return (NAME(moderate_constants)){
        .even_multiplier = multiplier,
        .odd_multiplier = OP(srli_epi64)(multiplier, 32),
        .offset = OP(add_epi32)(rounding, OP(sllv_epi32)(OP(set1_epi32)(zero_point), shift)),
        .shift = shift,
    };
}

INLINE NAME(moderate_constants) NAME(moderate_constants_at)(
    const uint8_t *packed, int32_t width, int32_t vector, int32_t zero_point) {
    const int32_t *multipliers = (const int32_t *)packed + width + vector * WORDS, *shifts = multipliers + width;
    return NAME(moderate_constants_of)(NAME(load)(multipliers), NAME(load)(shifts), zero_point);
}

/* The scaled sum and the zero point. */
INLINE V NAME(scale_moderate)(V x, const NAME(moderate_constants) *constants) {
    V even = OP(mul_epi32)(x, constants->even_multiplier);
    V odd = OP(mul_epi32)(OP(srli_epi64)(x, 32), constants->odd_multiplier);
    return OP(srav_epi32)(OP(add_epi32)(NAME(high_halves)(even, odd), constants->offset), constants->shift);
}

typedef struct NAME(bounds) {
    V least, most, order;
} NAME(bounds);

INLINE NAME(bounds) NAME(bounds_of)(const ck_output_u8 *output) {
    return (NAME(bounds)){
        OP(set1_epi8)((int8_t)output->min), OP(set1_epi8)((int8_t)output->max), NAME(load)(NAME(natural_order))};
}

/* Stores the channels of one pixel, already packed to 16 bits. A convolution's vectors hold consecutive channels, and
 * packing interleaved them by 128-bit lanes; four vectors are a depthwise block, whose order packing has just undone. */
INLINE void NAME(store_pixel)(
    V low, V high, const NAME(bounds) *bounds, uint8_t *out, int32_t columns, const int vectors) {
    V bytes = OP(packus_epi16)(low, high);
    if (vectors < 4) bytes = NAME(permute_words)(bounds->order, bytes);
    bytes = OP(max_epu8)(OP(min_epu8)(bytes, bounds->most), bounds->least);
    if (columns == NAME(BYTES)) {
        NAME(store)(out, bytes);
    } else if (vectors < 4 && columns == NAME(BYTES) / 2) {
        NAME(store_half)(out, bytes); /* a store of fewer bytes than its vector has may touch a line more than it needs */
    } else {
        NAME(store_n)(out, bytes, columns);
    }
}

/* One pixel's sums of moderate shifts. Saturation to 16 bits changes nothing that the bounds, within a byte, would not.
 */
INLINE void NAME(requantize_moderate)(
    const V *sums, const NAME(moderate_constants) *constants, const NAME(bounds) *bounds, uint8_t *out, int32_t columns,
    const int vectors) {
    V q[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < 4; v++) {
        q[v] = v < vectors ? NAME(scale_moderate)(sums[v], &constants[v]) : NAME(zero)();
    }
    V low = OP(packs_epi32)(q[0], q[1]), high = vectors > 2 ? OP(packs_epi32)(q[2], q[3]) : low;
    NAME(store_pixel)(low, high, bounds, out, columns, vectors);
}

/* The sums of `count` pixels, whatever the shifts. */
INLINE void NAME(requantize_rows)(
    const int32_t *sums, int32_t count, const uint8_t *packed, const ck_output_u8 *output, uint8_t *const *outputs,
    ptrdiff_t first_channel, int32_t columns, const int vectors, const ck_scaling scaling) {
    const NAME(bounds) bounds = NAME(bounds_of)(output);
    NAME(moderate_constants) moderate[4];
    NAME(channel_constants) constants[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        if (scaling == CK_SCALING_MODERATE) {
            moderate[v] = NAME(moderate_constants_at)(packed, vectors * WORDS, v, output->zero_point);
        } else {
            constants[v] = NAME(constants_at)(packed, vectors * WORDS, v);
            constants[v].shift = OP(sub_epi32)(OP(set1_epi32)(-1), constants[v].shift); /* e - 1 */
        }
    }
    const V zero_point = OP(set1_epi16)((int16_t)output->zero_point);
    for (int32_t p = 0; p < count; p++, sums += vectors * WORDS) {
        uint8_t *out = outputs[p] + first_channel;
        V q[4];
        if (scaling == CK_SCALING_MODERATE) {
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) q[v] = NAME(load)(sums + v * WORDS);
            NAME(requantize_moderate)(q, moderate, &bounds, out, columns, vectors);
            continue;
        }
#pragma clang loop unroll(full)
        for (int v = 0; v < 4; v++) {
            if (v >= vectors) {
                q[v] = NAME(zero)();
            } else if (scaling == CK_SCALING_GENERAL) {
                q[v] = NAME(scale_general)(sums + v * WORDS, packed, vectors * WORDS, v);
            } else {
                q[v] = NAME(scale_right)(
                    NAME(load)(sums + v * WORDS), constants[v].even_multiplier, constants[v].odd_multiplier,
                    constants[v].even_rounding, constants[v].odd_rounding, constants[v].shift);
            }
        }
        V low = OP(adds_epi16)(OP(packs_epi32)(q[0], q[1]), zero_point), high = low;
        if (vectors > 2) high = OP(adds_epi16)(OP(packs_epi32)(q[2], q[3]), zero_point);
        NAME(store_pixel)(low, high, &bounds, out, columns, vectors);
    }
}

#define REQUANTIZE_OF(vectors)                                                                                         \
    static TARGET __attribute__((noinline)) void NAME(requantize_##vectors)(                                           \
        const int32_t *sums, int32_t count, const uint8_t *packed, const ck_output_u8 *output,                         \
        uint8_t *const *outputs, ptrdiff_t first, int32_t columns) {                                                   \
        if (output->scaling == CK_SCALING_MODERATE) {                                                                  \
            NAME(requantize_rows)                                                                                      \
            (sums, count, packed, output, outputs, first, columns, vectors, CK_SCALING_MODERATE);                      \
        } else if (output->scaling == CK_SCALING_RIGHT) {                                                              \
            NAME(requantize_rows)                                                                                      \
            (sums, count, packed, output, outputs, first, columns, vectors, CK_SCALING_RIGHT);                         \
        } else {                                                                                                       \
            NAME(requantize_rows)                                                                                      \
            (sums, count, packed, output, outputs, first, columns, vectors, CK_SCALING_GENERAL);                       \
        }                                                                                                              \
    }
REQUANTIZE_OF(4)

/* ---- Depthwise ------------------------------------------------------------------------------------------------- */

/* The bytes of four input rows at column x, interleaved to one 32-bit lane a channel. */
INLINE void NAME(load_column)(
    V column[4], const uint8_t *const rows[4], const ptrdiff_t steps[4], int32_t x, uint32_t width, V padding,
    int32_t n, const int count, const int full) {
    if ((uint32_t)x >= width) {
        column[0] = column[1] = column[2] = column[3] = padding;
        return;
    }
    V row[4];
#pragma clang loop unroll(full)
    for (int y = 0; y < 4; y++) {
        /* The row that a window of three lacks meets weights of zero. */
        if (y >= count) {
            row[y] = row[y - 1];
            continue;
        }
        const uint8_t *from = rows[y] + x * steps[y];
        row[y] = full ? NAME(load)(from) : NAME(load_n)(from, n);
    }
    V upper_low = OP(unpacklo_epi8)(row[0], row[1]), upper_high = OP(unpackhi_epi8)(row[0], row[1]);
    V lower_low = OP(unpacklo_epi8)(row[2], row[3]), lower_high = OP(unpackhi_epi8)(row[2], row[3]);
    column[0] = OP(unpacklo_epi16)(upper_low, lower_low);
    column[1] = OP(unpackhi_epi16)(upper_low, lower_low);
    column[2] = OP(unpacklo_epi16)(upper_high, lower_high);
    column[3] = OP(unpackhi_epi16)(upper_high, lower_high);
}

/* One block of channels of a window three wide and three high: a column serves up to three pixels. */
INLINE void NAME(depthwise_3x3)(
    const ck_row_u8 *row, const uint8_t *packed, int32_t channel, int32_t n, const int stride, const int planes,
    const int full) {
    const ck_convolution_shape *shape = row->shape;
    const uint8_t *rows[4];
    ptrdiff_t steps[4];
    for (int y = 0; y < 3; y++) {
        rows[y] = row->rows[y] + channel;
        steps[y] = row->steps[y];
    }
    const uint8_t *bias = packed, *weights = packed + CK_CONSTANTS_BYTES * NAME(BYTES);
    uint32_t width = (uint32_t)shape->input_width;
    const V padding = OP(set1_epi8)((int8_t)row->input_zero_point);

    V columns[3][4];
    int32_t left = row->x_begin * stride - shape->padding_left;
    NAME(load_column)(columns[0], rows, steps, left, width, padding, n, 3, full);
    if (stride == 1) NAME(load_column)(columns[1], rows, steps, left + 1, width, padding, n, 3, full);
    for (int32_t first = row->x_begin; first < row->x_end; first += NAME(STRIP)) {
        int32_t count = row->x_end - first < NAME(STRIP) ? row->x_end - first : NAME(STRIP);
        _Alignas(64) int32_t sums[NAME(STRIP) * NAME(BYTES)];
        uint8_t *outputs[NAME(STRIP)];
        for (int32_t p = 0; p < count; p++, left += stride) {
            outputs[p] = row->output + (first - row->x_begin + p) * row->output_stride;
            if (stride != 1) NAME(load_column)(columns[1], rows, steps, left + 1, width, padding, n, 3, full);
            NAME(load_column)(columns[2], rows, steps, left + 2, width, padding, n, 3, full);
#pragma clang loop unroll(full)
            for (int v = 0; v < 4; v++) {
                V sum = NAME(load)(bias + v * NAME(BYTES));
#pragma clang loop unroll(full)
                for (int i = 0; i < 3 * planes; i++) {
                    sum = NAME(dot)(sum, columns[i % 3][v], NAME(load)(weights + (i * 4 + v) * NAME(BYTES)));
                }
                NAME(store)(sums + (p * 4 + v) * WORDS, sum);
                if (stride == 1) {
                    columns[0][v] = columns[1][v];
                    columns[1][v] = columns[2][v];
                } else {
                    columns[0][v] = columns[2][v];
                }
            }
        }
        NAME(requantize_4)(sums, count, packed, &row->scaling, outputs, channel, n);
    }
}

/* What depthwise_columns puts aside: the columns under a strip of pixels, each once. */
enum { NAME(COLUMNS) = 40, NAME(COLUMN_GROUPS) = 2, NAME(PIXELS) = 8 };

/* Pixels of such a strip, a multiple of PIXELS; 0 where not even that many have room. */
INLINE int32_t NAME(column_strip)(const ck_convolution_shape *shape) {
    int32_t room = NAME(COLUMNS) - 1 - (shape->kernel_width - 1) * shape->dilation_x;
    if (room < 0 || shape->kernel_height > 4 * NAME(COLUMN_GROUPS)) return 0;
    int32_t pixels = room / shape->stride_x + 1;
    return pixels >= NAME(STRIP) ? NAME(STRIP) : pixels >= NAME(PIXELS) ? NAME(PIXELS) : 0;
}

/* The sums of `pixels` neighbours for vector v of a block's four. */
INLINE void NAME(sum_columns)(
    const ck_row_u8 *row, const uint8_t *packed, const V *columns, int32_t groups, int32_t v, int32_t *sums,
    const int pixels) {
    const ck_convolution_shape *shape = row->shape;
    const uint8_t *weights = packed + CK_CONSTANTS_BYTES * NAME(BYTES) + v * NAME(BYTES);
    V sum[NAME(PIXELS)], bias = NAME(load)(packed + v * NAME(BYTES));
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) sum[p] = bias;
    for (int32_t plane = 0; plane < row->planes; plane++) {
        for (int32_t group = 0; group < groups; group++) {
            const V *column = columns + group * NAME(COLUMNS) * 4 + v;
            for (int32_t kx = 0; kx < shape->kernel_width; kx++, column += 4 * shape->dilation_x) {
                V w = NAME(load)(weights);
#pragma clang loop unroll(full)
                for (int p = 0; p < pixels; p++) sum[p] = NAME(dot)(sum[p], column[4 * p * shape->stride_x], w);
                weights += 4 * NAME(BYTES);
            }
        }
    }
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) NAME(store)(sums + (p * 4 + v) * WORDS, sum[p]);
}

/* One block of channels of a window that is not too large: the columns under a strip of pixels are interleaved once,
 * for all the windows that share them. */
INLINE void NAME(depthwise_columns)(
    const ck_row_u8 *row, const uint8_t *packed, int32_t channel, int32_t n, int32_t strip, const int full) {
    const ck_convolution_shape *shape = row->shape;
    int32_t groups = (shape->kernel_height + 3) / 4;
    uint32_t width = (uint32_t)shape->input_width;
    const V padding = OP(set1_epi8)((int8_t)row->input_zero_point);
    V columns[NAME(COLUMN_GROUPS) * NAME(COLUMNS) * 4];
    _Alignas(64) int32_t sums[NAME(STRIP) * NAME(BYTES)];
    for (int32_t first = row->x_begin; first < row->x_end; first += strip) {
        int32_t count = row->x_end - first < strip ? row->x_end - first : strip;
        int32_t filled = (count + 3) / 4 * 4; /* what sum_columns computes */
        int32_t used = (filled - 1) * shape->stride_x + (shape->kernel_width - 1) * shape->dilation_x + 1;
        int32_t left = first * shape->stride_x - shape->padding_left;
        for (int32_t group = 0; group < groups; group++) {
            const uint8_t *rows[4];
            for (int y = 0; y < 4; y++) rows[y] = row->rows[4 * group + y] + channel;
            const ptrdiff_t *steps = row->steps + 4 * group;
            V *to = columns + group * NAME(COLUMNS) * 4;
            if (shape->kernel_height - 4 * group == 1) {
                for (int32_t i = 0; i < used; i++, to += 4) {
                    NAME(load_column)(to, rows, steps, left + i, width, padding, n, 1, full);
                }
            } else {
                for (int32_t i = 0; i < used; i++, to += 4) {
                    NAME(load_column)(to, rows, steps, left + i, width, padding, n, 4, full);
                }
            }
        }
        for (int32_t v = 0; v < 4; v++) {
            int32_t p = 0;
            for (; p + 4 < filled; p += NAME(PIXELS)) {
                const V *from = columns + 4 * p * shape->stride_x;
                NAME(sum_columns)(row, packed, from, groups, v, sums + p * 4 * WORDS, NAME(PIXELS));
            }
            if (p < filled) {
                const V *from = columns + 4 * p * shape->stride_x;
                NAME(sum_columns)(row, packed, from, groups, v, sums + p * 4 * WORDS, 4);
            }
        }
        uint8_t *outputs[NAME(STRIP)];
        for (int32_t p = 0; p < count; p++) outputs[p] = row->output + (first - row->x_begin + p) * row->output_stride;
        NAME(requantize_4)(sums, count, packed, &row->scaling, outputs, channel, n);
    }
}

/* One block of channels of any window. */
static TARGET void NAME(depthwise_any)(const ck_row_u8 *row, const uint8_t *packed, int32_t channel, int32_t n) {
    const ck_convolution_shape *shape = row->shape;
    int32_t groups = (shape->kernel_height + 3) / 4, kernel_width = shape->kernel_width;
    ptrdiff_t plane_bytes = (ptrdiff_t)groups * kernel_width * 4 * NAME(BYTES);
    uint32_t width = (uint32_t)shape->input_width;
    const V padding = OP(set1_epi8)((int8_t)row->input_zero_point);
    for (int32_t first = row->x_begin; first < row->x_end; first += NAME(STRIP)) {
        int32_t count = row->x_end - first < NAME(STRIP) ? row->x_end - first : NAME(STRIP);
        _Alignas(64) int32_t spilled[NAME(STRIP) * NAME(BYTES)];
        uint8_t *outputs[NAME(STRIP)];
        for (int32_t p = 0; p < count; p++) {
            outputs[p] = row->output + (first - row->x_begin + p) * row->output_stride;
            V sums[4];
#pragma clang loop unroll(full)
            for (int v = 0; v < 4; v++) sums[v] = NAME(load)(packed + v * NAME(BYTES));
            const uint8_t *weights = packed + CK_CONSTANTS_BYTES * NAME(BYTES);
            for (int32_t group = 0; group < groups; group++) {
                const uint8_t *rows[4];
                for (int y = 0; y < 4; y++) rows[y] = row->rows[4 * group + y] + channel;
                int32_t x = (first + p) * shape->stride_x - shape->padding_left;
                for (int32_t kx = 0; kx < kernel_width; kx++, x += shape->dilation_x) {
                    V column[4];
                    NAME(load_column)(column, rows, row->steps + 4 * group, x, width, padding, n, 4, 0);
                    for (int32_t plane = 0; plane < row->planes; plane++) {
                        const uint8_t *at = weights + plane * plane_bytes;
#pragma clang loop unroll(full)
                        for (int v = 0; v < 4; v++) {
                            sums[v] = NAME(dot)(sums[v], column[v], NAME(load)(at + v * NAME(BYTES)));
                        }
                    }
                    weights += 4 * NAME(BYTES);
                }
            }
#pragma clang loop unroll(full)
            for (int v = 0; v < 4; v++) NAME(store)(spilled + (p * 4 + v) * WORDS, sums[v]);
        }
        NAME(requantize_4)(spilled, count, packed, &row->scaling, outputs, channel, n);
    }
}

#define DEPTHWISE_3X3_OF(stride, planes)                                                                               \
    static TARGET __attribute__((noinline)) void NAME(depthwise_3x3_##stride##_##planes)(                              \
        const ck_row_u8 *row, const uint8_t *packed, int32_t channel, int32_t n) {                                     \
        if (n == NAME(BYTES)) {                                                                                        \
            NAME(depthwise_3x3)(row, packed, channel, n, stride, planes, 1);                                           \
        } else {                                                                                                       \
            NAME(depthwise_3x3)(row, packed, channel, n, stride, planes, 0);                                           \
        }                                                                                                              \
    }
DEPTHWISE_3X3_OF(1, 1)
DEPTHWISE_3X3_OF(1, 2)
DEPTHWISE_3X3_OF(2, 1)
DEPTHWISE_3X3_OF(2, 2)

/* The n <= BYTES channels from `channel` on, whose block starts at `packed`. */
static TARGET void NAME(depthwise_block)(const ck_row_u8 *row, const uint8_t *packed, int32_t channel, int32_t n) {
    const ck_convolution_shape *shape = row->shape;
    int is_3x3 = shape->kernel_height == 3 && shape->kernel_width == 3 && shape->dilation_x == 1;
    int stride = is_3x3 && row->planes <= 2 ? shape->stride_x : 0;
    if (stride == 1 && row->planes == 1) {
        NAME(depthwise_3x3_1_1)(row, packed, channel, n);
    } else if (stride == 1) {
        NAME(depthwise_3x3_1_2)(row, packed, channel, n);
    } else if (stride == 2 && row->planes == 1) {
        NAME(depthwise_3x3_2_1)(row, packed, channel, n);
    } else if (stride == 2) {
        NAME(depthwise_3x3_2_2)(row, packed, channel, n);
    } else if (NAME(column_strip)(shape) && n == NAME(BYTES)) {
        NAME(depthwise_columns)(row, packed, channel, n, NAME(column_strip)(shape), 1);
    } else if (NAME(column_strip)(shape)) {
        NAME(depthwise_columns)(row, packed, channel, n, NAME(column_strip)(shape), 0);
    } else {
        NAME(depthwise_any)(row, packed, channel, n);
    }
}

/* An inclusion without tiles is for narrow depthwise blocks alone. */
#ifdef TILE_PIXELS

/* ---- Convolution ----------------------------------------------------------------------------------------------- */

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
        for (ptrdiff_t group = 0; group < tile->groups; group++, weights += vectors * NAME(BYTES)) {
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
    }
    /* From registers: where there are few terms, this is most of the work. */
    if (tile->output.scaling == CK_SCALING_MODERATE) {
        const NAME(bounds) bounds = NAME(bounds_of)(&tile->output);
        NAME(moderate_constants) constants[TILE_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            constants[v] =
                NAME(moderate_constants_at)(tile->packed, vectors * WORDS, v, tile->output.zero_point);
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

/* ---- Convolution of evenly spaced pixels ------------------------------------------------------------------------ */

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
        for (ptrdiff_t group = 0; group < run->groups; group++, weights += vectors * NAME(BYTES)) {
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

/* ---- Pooling --------------------------------------------------------------------------------------------------- */

static TARGET void NAME(max_window)(const ck_window *window, uint8_t *out, int32_t channels) {
    for (int32_t c = 0; c < channels; c += NAME(BYTES)) {
        int32_t n = channels - c < NAME(BYTES) ? channels - c : NAME(BYTES);
        const uint8_t *base = (const uint8_t *)window->base + c;
        V best = NAME(zero)();
        for (int32_t y = 0; y < window->rows; y++) {
            for (int32_t x = 0; x < window->columns; x++) {
                const uint8_t *pixel = base + y * window->row_step + x * window->pixel_step;
                best = OP(max_epu8)(best, n == NAME(BYTES) ? NAME(load)(pixel) : NAME(load_n)(pixel, n));
            }
        }
        NAME(store_n)(out + c, best, n);
    }
}

/* The quotient is taken in fp32, which is exact while the sums are below 2^24: a quotient that is not an integer then
 * differs from the next one by more than half a unit in the last place. */
static TARGET void NAME(average_window)(const ck_window *window, uint8_t *out, int32_t channels) {
    enum { EXACT = 1 << 16 };
    int64_t count = (int64_t)window->rows * window->columns;
    if (count >= EXACT) {
        ck_portable_u8.average_window(window, out, channels);
        return;
    }
    for (int32_t c = 0; c < channels; c += WORDS) {
        int32_t n = channels - c < WORDS ? channels - c : WORDS;
        const uint8_t *base = (const uint8_t *)window->base + c;
        V sum = OP(set1_epi32)((int32_t)count / 2);
        for (int32_t y = 0; y < window->rows; y++) {
            for (int32_t x = 0; x < window->columns; x++) {
                const uint8_t *pixel = base + y * window->row_step + x * window->pixel_step;
                sum = OP(add_epi32)(sum, NAME(load_widened)(pixel, n));
            }
        }
        V quotient = OP(cvttps_epi32)(OP(div_ps)(OP(cvtepi32_ps)(sum), OP(set1_ps)((float)count)));
        NAME(store_narrowed)(out + c, quotient, n);
    }
}

/* ---- Element-wise ---------------------------------------------------------------------------------------------- */

static inline int NAME(is_moderate)(int32_t shift) {
    return shift >= CK_LEAST_MODERATE_SHIFT && shift <= CK_MOST_MODERATE_SHIFT;
}

INLINE V NAME(load_bytes)(const uint8_t *from, int32_t n) {
    return n == NAME(BYTES) ? NAME(load)(from) : NAME(load_n)(from, n);
}

/* Stores n bytes whose widening to words four vectors undid: saturated, and within bounds. */
INLINE void NAME(store_packed)(const V words[4], V least, V most, uint8_t *out, int32_t n) {
    V low = OP(packs_epi32)(words[0], words[1]), high = OP(packs_epi32)(words[2], words[3]);
    V bytes = OP(max_epu8)(OP(min_epu8)(OP(packus_epi16)(low, high), most), least);
    if (n == NAME(BYTES)) {
        NAME(store)(out, bytes);
    } else {
        NAME(store_n)(out, bytes, n);
    }
}

/* One side of a quantized sum: ck_scale_sum of x = (byte - zero point) 2^left_shift in 32-bit arithmetic.
 *
 * With the multiplier m = 2^16 h + l, where h and l are of 16 bits, and s = 31 - shift - left_shift, that is
 * (2^16 x h + x l + 2^(s - 1)) / 2^s, rounded down, x being the byte less its zero point. If s <= 16 the first term is a
 * multiple of what is divided by: x h 2^(16 - s) + (x l + 2^(s - 1)) / 2^s. Otherwise the last is a multiple of 2^16:
 * (x h + 2^(s - 17) + x l / 2^16) / 2^(s - 16). The terms of the zero point are part of what is added. */
typedef struct NAME(side) {
    V high, low;          /* h and l beside zeros, for products of pairs of words */
    V low_offset, down;   /* of x l */
    V up;                 /* of x h */
    V offset, last;       /* of their sum */
} NAME(side);

/* Whether the 16-bit halves of a multiplier hold it, and no step leaves 32 bits. */
static inline int NAME(has_side)(int32_t multiplier, int32_t shift, int32_t left_shift) {
    return multiplier < INT32_MAX - INT16_MAX && multiplier >= 0 && shift <= 0 && left_shift >= 0 && left_shift <= 20;
}

INLINE NAME(side) NAME(side_of)(int32_t zero_point, int32_t multiplier, int32_t shift, int32_t left_shift) {
    int32_t low = (int16_t)multiplier, high = (multiplier - low) >> 16, s = 31 - shift - left_shift;
    int32_t up = s <= 16 ? 16 - s : 0, low_rounding = s <= 16 ? 1 << (s - 1) : 0;
    int32_t rounding = s <= 16 ? 0 : 1 << (s - 17);
    return (NAME(side)){
        .high = OP(set1_epi32)(high),
        .low = OP(set1_epi32)(low & 0xFFFF),
        .low_offset = OP(set1_epi32)(low_rounding - zero_point * low),
        .down = OP(set1_epi32)(s <= 16 ? s : 16),
        .up = OP(set1_epi32)(up),
        .offset = OP(set1_epi32)(rounding - zero_point * high * (1 << up)),
        .last = OP(set1_epi32)(s <= 16 ? 0 : s - 16),
    };
}

/* Of words that hold a byte each. */
INLINE V NAME(scale_side)(V bytes, const NAME(side) *side) {
    V high = OP(sllv_epi32)(OP(madd_epi16)(bytes, side->high), side->up);
    V low = OP(srav_epi32)(OP(add_epi32)(OP(madd_epi16)(bytes, side->low), side->low_offset), side->down);
    return OP(srav_epi32)(OP(add_epi32)(OP(add_epi32)(high, low), side->offset), side->last);
}

static TARGET void NAME(add)(
    const ck_add_u8_parameters *parameters, const uint8_t *a, const uint8_t *b, uint8_t *out, size_t count) {
    const ck_add_u8_parameters p = *parameters;
    if (!NAME(has_side)(p.a_multiplier, p.a_shift, p.left_shift)
        || !NAME(has_side)(p.b_multiplier, p.b_shift, p.left_shift) || !NAME(is_moderate)(p.output_shift)) {
        ck_portable_add_u8(parameters, a, b, out, count);
        return;
    }
    const NAME(side) left = NAME(side_of)(p.a_zero_point, p.a_multiplier, p.a_shift, p.left_shift);
    const NAME(side) right = NAME(side_of)(p.b_zero_point, p.b_multiplier, p.b_shift, p.left_shift);
    const NAME(moderate_constants) scaling = NAME(moderate_constants_of)(
        OP(set1_epi32)(p.output_multiplier), OP(set1_epi32)(p.output_shift), p.output_zero_point);
    const V zero = NAME(zero)();
    const V least = OP(set1_epi8)((int8_t)p.output_min), most = OP(set1_epi8)((int8_t)p.output_max);
    for (size_t i = 0; i < count; i += NAME(BYTES)) {
        int32_t n = count - i < NAME(BYTES) ? (int32_t)(count - i) : NAME(BYTES);
        V x = NAME(load_bytes)(a + i, n), y = NAME(load_bytes)(b + i, n), sums[4];
#pragma clang loop unroll(full)
        for (int half = 0; half < 2; half++) {
            V wide_x = half == 0 ? OP(unpacklo_epi8)(x, zero) : OP(unpackhi_epi8)(x, zero);
            V wide_y = half == 0 ? OP(unpacklo_epi8)(y, zero) : OP(unpackhi_epi8)(y, zero);
            sums[2 * half] = OP(add_epi32)(
                NAME(scale_side)(OP(unpacklo_epi16)(wide_x, zero), &left),
                NAME(scale_side)(OP(unpacklo_epi16)(wide_y, zero), &right));
            sums[2 * half + 1] = OP(add_epi32)(
                NAME(scale_side)(OP(unpackhi_epi16)(wide_x, zero), &left),
                NAME(scale_side)(OP(unpackhi_epi16)(wide_y, zero), &right));
        }
#pragma clang loop unroll(full)
        for (int v = 0; v < 4; v++) sums[v] = NAME(scale_moderate)(sums[v], &scaling);
        NAME(store_packed)(sums, least, most, out + i, n);
    }
}

/* Bytes less a zero point as words, which hold 16 bits beside zeros. */
INLINE void NAME(widen)(V bytes, V zero_point, V words[4]) {
    const V zero = NAME(zero)();
    V low = OP(sub_epi16)(OP(unpacklo_epi8)(bytes, zero), zero_point);
    V high = OP(sub_epi16)(OP(unpackhi_epi8)(bytes, zero), zero_point);
    words[0] = OP(unpacklo_epi16)(low, zero);
    words[1] = OP(unpackhi_epi16)(low, zero);
    words[2] = OP(unpacklo_epi16)(high, zero);
    words[3] = OP(unpackhi_epi16)(high, zero);
}

static TARGET void NAME(scale_channels)(
    const ck_scale_channels_u8_parameters *parameters, const uint8_t *in, const uint8_t *scale, uint8_t *out,
    size_t pixels, size_t channels) {
    const ck_scale_channels_u8_parameters p = *parameters;
    if (!NAME(is_moderate)(p.shift)) {
        ck_portable_scale_channels_u8(parameters, in, scale, out, pixels, channels);
        return;
    }
    const NAME(moderate_constants) scaling = NAME(moderate_constants_of)(
        OP(set1_epi32)(p.multiplier), OP(set1_epi32)(p.shift), p.output_zero_point);
    const V in_zero_point = OP(set1_epi16)((int16_t)p.in_zero_point);
    const V scale_zero_point = OP(set1_epi16)((int16_t)p.scale_zero_point);
    const V least = NAME(zero)(), most = OP(set1_epi8)(-1);
    for (size_t c = 0; c < channels; c += NAME(BYTES)) {
        int32_t n = channels - c < NAME(BYTES) ? (int32_t)(channels - c) : NAME(BYTES);
        V factors[4];
        NAME(widen)(NAME(load_bytes)(scale + c, n), scale_zero_point, factors);
        for (size_t at = c; at < pixels * channels; at += channels) {
            V x[4];
            NAME(widen)(NAME(load_bytes)(in + at, n), in_zero_point, x);
#pragma clang loop unroll(full)
            for (int v = 0; v < 4; v++) {
                x[v] = NAME(scale_moderate)(OP(madd_epi16)(x[v], factors[v]), &scaling);
            }
            NAME(store_packed)(x, least, most, out + at, n);
        }
    }
}

static TARGET void NAME(dequantize)(float scale, int32_t zero_point, const uint8_t *in, float *out, size_t count) {
    size_t i = 0;
    for (; i + WORDS <= count; i += WORDS) {
        V x = OP(sub_epi32)(NAME(load_widened)(in + i, WORDS), OP(set1_epi32)(zero_point));
        OP(storeu_ps)(out + i, OP(mul_ps)(OP(cvtepi32_ps)(x), OP(set1_ps)(scale)));
    }
    for (; i < count; i++) out[i] = scale * (float)(in[i] - zero_point);
}

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

#undef DOT_TILE_OF
#undef DOT_TILES_OF
#endif

#undef REQUANTIZE_OF
#undef DEPTHWISE_3X3_OF
