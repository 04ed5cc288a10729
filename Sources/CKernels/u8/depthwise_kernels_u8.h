/* The 8-bit depthwise convolution, a part of kernels_u8.h. */

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
    const ck_depthwise_row_u8 *row, const uint8_t *packed, int32_t channel, int32_t n, const int stride,
    const int planes, const int full) {
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
    for (int32_t first = row->x_begin; first < row->x_end; first += NAME(SEGMENT)) {
        int32_t count = row->x_end - first < NAME(SEGMENT) ? row->x_end - first : NAME(SEGMENT);
        _Alignas(64) int32_t sums[NAME(SEGMENT) * NAME(BYTES)];
        uint8_t *outputs[NAME(SEGMENT)];
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

/* What depthwise_columns puts aside: the columns under a segment of pixels, each once. */
enum { NAME(COLUMNS) = 40, NAME(COLUMN_GROUPS) = 2, NAME(PIXELS) = 8 };

/* Pixels of such a segment, a multiple of PIXELS; 0 where not even that many have room. */
INLINE int32_t NAME(column_segment)(const ck_convolution_shape *shape) {
    int32_t room = NAME(COLUMNS) - 1 - (shape->kernel_width - 1) * shape->dilation_x;
    if (room < 0 || shape->kernel_height > 4 * NAME(COLUMN_GROUPS)) return 0;
    int32_t pixels = room / shape->stride_x + 1;
    return pixels >= NAME(SEGMENT) ? NAME(SEGMENT) : pixels >= NAME(PIXELS) ? NAME(PIXELS) : 0;
}

/* The sums of `pixels` neighbours for vector v of a block's four. */
INLINE void NAME(sum_columns)(
    const ck_depthwise_row_u8 *row, const uint8_t *packed, const V *columns, int32_t groups, int32_t v, int32_t *sums,
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

/* One block of channels of a window that is not too large: the columns under a segment of pixels are interleaved once,
 * for all the windows that share them. */
INLINE void NAME(depthwise_columns)(
    const ck_depthwise_row_u8 *row, const uint8_t *packed, int32_t channel, int32_t n, int32_t segment,
    const int full) {
    const ck_convolution_shape *shape = row->shape;
    int32_t groups = (shape->kernel_height + 3) / 4;
    uint32_t width = (uint32_t)shape->input_width;
    const V padding = OP(set1_epi8)((int8_t)row->input_zero_point);
    V columns[NAME(COLUMN_GROUPS) * NAME(COLUMNS) * 4];
    _Alignas(64) int32_t sums[NAME(SEGMENT) * NAME(BYTES)];
    for (int32_t first = row->x_begin; first < row->x_end; first += segment) {
        int32_t count = row->x_end - first < segment ? row->x_end - first : segment;
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
        uint8_t *outputs[NAME(SEGMENT)];
        for (int32_t p = 0; p < count; p++) outputs[p] = row->output + (first - row->x_begin + p) * row->output_stride;
        NAME(requantize_4)(sums, count, packed, &row->scaling, outputs, channel, n);
    }
}

/* One block of channels of any window. */
static TARGET void NAME(depthwise_any)(
    const ck_depthwise_row_u8 *row, const uint8_t *packed, int32_t channel, int32_t n) {
    const ck_convolution_shape *shape = row->shape;
    int32_t groups = (shape->kernel_height + 3) / 4, kernel_width = shape->kernel_width;
    ptrdiff_t plane_bytes = (ptrdiff_t)groups * kernel_width * 4 * NAME(BYTES);
    uint32_t width = (uint32_t)shape->input_width;
    const V padding = OP(set1_epi8)((int8_t)row->input_zero_point);
    for (int32_t first = row->x_begin; first < row->x_end; first += NAME(SEGMENT)) {
        int32_t count = row->x_end - first < NAME(SEGMENT) ? row->x_end - first : NAME(SEGMENT);
        _Alignas(64) int32_t spilled[NAME(SEGMENT) * NAME(BYTES)];
        uint8_t *outputs[NAME(SEGMENT)];
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
        const ck_depthwise_row_u8 *row, const uint8_t *packed, int32_t channel, int32_t n) {                           \
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
static TARGET void NAME(depthwise_block)(
    const ck_depthwise_row_u8 *row, const uint8_t *packed, int32_t channel, int32_t n) {
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
    } else if (NAME(column_segment)(shape) && n == NAME(BYTES)) {
        NAME(depthwise_columns)(row, packed, channel, n, NAME(column_segment)(shape), 1);
    } else if (NAME(column_segment)(shape)) {
        NAME(depthwise_columns)(row, packed, channel, n, NAME(column_segment)(shape), 0);
    } else {
        NAME(depthwise_any)(row, packed, channel, n);
    }
}

/* An inclusion without tiles is for narrow depthwise blocks alone. */

#undef DEPTHWISE_3X3_OF
