/* The fp32 depthwise convolution, a part of kernels_f32.h: a vector of channels at a time.
 *
 * Windows 3 or 5 wide, which are all that networks for phones use, are summed for several neighbours of a row together:
 * each input column is loaded once a kernel row and goes into every sum whose window it is in. Any other window, and
 * the pixels of a row that fill no segment, go one at a time. The order of a sum's terms is the same everywhere. */

/* Pixels of a row that are summed together, where there are as many. */
enum { SEGMENT = 8, HALF_SEGMENT = SEGMENT / 2, QUARTER_SEGMENT = SEGMENT / 4, LARGEST_WINDOW = 5 };

/* Which of a segment's columns lie outside the image. The usual cases are known when the loop over columns is
 * unrolled. */
typedef enum segment_edge {
    EDGE_NONE,
    EDGE_LEFT,  /* the first width / 2 */
    EDGE_RIGHT, /* the last width / 2, or the last where the stride is 2 */
    EDGE_ANY,
} segment_edge;

/* A part of one of a band's rows. */
typedef struct depthwise_row {
    /* The kernel rows that lie inside the image: where the input's column 0 is, and the first of their weights. */
    const float *columns[LARGEST_WINDOW], *weights[LARGEST_WINDOW];
    int32_t count;
    ptrdiff_t column_step, weight_step; /* floats */
    int32_t input_width;
    const float *bias;
    ck_activation activation;
    float *output; /* of the first pixel */
    ptrdiff_t output_step;
    const float *residual; /* likewise, or null */
    ptrdiff_t residual_step;
} depthwise_row;

INLINE vf load_lanes(const float *from, int32_t n, const int full) { return full ? vf_load(from) : vf_load_n(from, n); }

/* Residuals, activation and store of `count` sums, of which `n` channels exist. */
INLINE void finish_depthwise(
    ck_activation activation, vf *sums, const int count, float *output, const ptrdiff_t output_step,
    const float *residual, const ptrdiff_t residual_step, int32_t n, const int full) {
#define FOR_SUMS(statement)                                                                                            \
    do {                                                                                                               \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++) { statement; }                              \
    } while (0)
    if (residual) FOR_SUMS(sums[i] = sums[i] + load_lanes(residual + i * residual_step, n, full));
    switch (activation) {
    case CK_ACTIVATION_NONE: break;
    case CK_ACTIVATION_RELU: FOR_SUMS(sums[i] = vf_max(sums[i], vf_splat(0))); break;
    case CK_ACTIVATION_RELU6: FOR_SUMS(sums[i] = vf_relu6(sums[i])); break;
    case CK_ACTIVATION_HARD_SWISH: FOR_SUMS(sums[i] = vf_activate(CK_ACTIVATION_HARD_SWISH, sums[i])); break;
    default: {
        float spilled[SEGMENT * LANES];
        FOR_SUMS(vf_store(spilled + i * LANES, sums[i]));
        activate_sums(activation, spilled, count * LANES);
        FOR_SUMS(sums[i] = vf_load(spilled + i * LANES));
    }
    }
    if (full) {
        FOR_SUMS(vf_store(output + i * output_step, sums[i]));
    } else {
        FOR_SUMS(vf_store_n(output + i * output_step, sums[i], n));
    }
#undef FOR_SUMS
}

/* The vector of channels from c on, n of which exist, of pixel `first` of a row and its neighbours, whose windows begin
 * at column `left`. */
INLINE void depthwise_segment(
    const depthwise_row *row, int32_t c, int32_t n, int32_t first, int32_t left, const int pixels, const int width,
    const int stride, const segment_edge edge, const int full) {
    const int columns = (pixels - 1) * stride + width;
    const int begin = edge == EDGE_LEFT ? width / 2 : 0;
    const int end = edge == EDGE_RIGHT ? columns - (stride == 1 ? width / 2 : 1) : columns;
    const ptrdiff_t step = row->column_step, weight_step = row->weight_step, at = left * step + c;
    vf sums[SEGMENT], bias = vf_load(row->bias + c);
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) sums[p] = bias;
    for (int32_t ky = 0; ky < row->count; ky++) {
        const float *from = row->columns[ky] + at, *packed = row->weights[ky] + c;
        vf weights[LARGEST_WINDOW];
#pragma clang loop unroll(full)
        for (int kx = 0; kx < width; kx++) weights[kx] = vf_load(packed + kx * weight_step);
#pragma clang loop unroll(full)
        for (int column = begin; column < end; column++) {
            if (edge == EDGE_ANY && (uint32_t)(left + column) >= (uint32_t)row->input_width) continue;
            vf value = load_lanes(from + column * step, n, full);
#pragma clang loop unroll(full)
            for (int p = 0; p < pixels; p++) {
                const int kx = column - p * stride;
                if (kx >= 0 && kx < width) sums[p] = vf_fma(value, weights[kx], sums[p]);
            }
        }
    }
    const float *residual = row->residual ? row->residual + first * row->residual_step + c : NULL;
    finish_depthwise(
        row->activation, sums, pixels, row->output + first * row->output_step + c, row->output_step, residual,
        row->residual_step, n, full);
}

/* Which of the columns of `pixels` neighbours, whose windows begin at `left`, lie outside the image. */
INLINE segment_edge
edge_of(const depthwise_row *row, int32_t left, const int pixels, const int width, const int stride) {
    const int32_t over = left + (pixels - 1) * stride + width - row->input_width;
    if (left >= 0 && over <= 0) return EDGE_NONE;
    if (left == -(width / 2) && over <= 0) return EDGE_LEFT;
    if (left >= 0 && over == (stride == 1 ? width / 2 : 1)) return EDGE_RIGHT;
    return EDGE_ANY;
}

INLINE void depthwise_segment_at(
    const depthwise_row *row, int32_t c, int32_t n, int32_t first, int32_t left, const int pixels, const int width,
    const int stride, const int full) {
    switch (edge_of(row, left, pixels, width, stride)) {
    case EDGE_NONE: depthwise_segment(row, c, n, first, left, pixels, width, stride, EDGE_NONE, full); break;
    case EDGE_LEFT: depthwise_segment(row, c, n, first, left, pixels, width, stride, EDGE_LEFT, full); break;
    case EDGE_RIGHT: depthwise_segment(row, c, n, first, left, pixels, width, stride, EDGE_RIGHT, full); break;
    case EDGE_ANY: depthwise_segment(row, c, n, first, left, pixels, width, stride, EDGE_ANY, full); break;
    }
}

INLINE depthwise_row depthwise_row_of(const ck_depthwise_band_f32 *band, int32_t index) {
    const ck_convolution_shape *shape = band->shape;
    const ptrdiff_t padded = (shape->output_channels + LANES - 1) / LANES * LANES;
    const float *const *rows = band->rows + (ptrdiff_t)index * shape->kernel_height;
    const ptrdiff_t *steps = band->steps + (ptrdiff_t)index * shape->kernel_height;
    const float *weights = band->packed + padded;
    depthwise_row row = {
        .weight_step = padded,
        .input_width = shape->input_width,
        .bias = band->packed,
        .activation = band->activation,
        .output = band->output + index * band->output_row_step,
        .output_step = band->output_stride,
        .residual = band->residual ? band->residual + index * band->residual_row_step : NULL,
        .residual_step = band->residual_stride,
    };
    for (int32_t ky = 0; ky < shape->kernel_height; ky++, weights += shape->kernel_width * padded) {
        if (rows[ky] == band->padding) continue;
        row.columns[row.count] = rows[ky];
        row.weights[row.count++] = weights;
        row.column_step = steps[ky];
    }
    return row;
}

/* A row's segments for the vector of channels from c on; returns where they end. */
INLINE int32_t depthwise_segments(
    const ck_depthwise_band_f32 *band, const depthwise_row *row, int32_t c, int32_t n, const int width,
    const int stride, const int full) {
    const int32_t begin = band->x_begin, end = band->x_end, padding = band->shape->padding_left;
    int32_t x = begin;
    for (; x + SEGMENT <= end; x += SEGMENT) {
        depthwise_segment_at(row, c, n, x - begin, x * stride - padding, SEGMENT, width, stride, full);
    }
    if (x + HALF_SEGMENT <= end) {
        depthwise_segment_at(row, c, n, x - begin, x * stride - padding, HALF_SEGMENT, width, stride, full);
        x += HALF_SEGMENT;
    }
    if (x + QUARTER_SEGMENT <= end) {
        depthwise_segment(row, c, n, x - begin, x * stride - padding, QUARTER_SEGMENT, width, stride, EDGE_ANY, full);
        x += QUARTER_SEGMENT;
    }
    return x;
}

/* The segments of all rows, a cache line of channels after the other, so that a row is in the first-level cache when
 * the window moves down; returns where they end. */
INLINE int32_t depthwise_band_segments(const ck_depthwise_band_f32 *band, const int width, const int stride) {
    const int32_t channels = band->shape->output_channels;
    depthwise_row rows[CK_BAND_ROWS];
    for (int32_t index = 0; index < band->row_count; index++) rows[index] = depthwise_row_of(band, index);
    int32_t x = band->x_begin;
    for (int32_t line = 0; line < channels; line += CACHE_LINE_FLOATS) {
        const int32_t end = channels - line < CACHE_LINE_FLOATS ? channels : line + CACHE_LINE_FLOATS;
        for (const depthwise_row *row = rows; row < rows + band->row_count; row++) {
            int32_t c = line;
            for (; c + LANES <= end; c += LANES) x = depthwise_segments(band, row, c, LANES, width, stride, 1);
            if (c < end) x = depthwise_segments(band, row, c, end - c, width, stride, 0);
        }
    }
    return x;
}

KERNEL int32_t depthwise_3_1(const ck_depthwise_band_f32 *band) { return depthwise_band_segments(band, 3, 1); }
KERNEL int32_t depthwise_3_2(const ck_depthwise_band_f32 *band) { return depthwise_band_segments(band, 3, 2); }
KERNEL int32_t depthwise_5_1(const ck_depthwise_band_f32 *band) { return depthwise_band_segments(band, 5, 1); }
KERNEL int32_t depthwise_5_2(const ck_depthwise_band_f32 *band) { return depthwise_band_segments(band, 5, 2); }

/* Any window, from pixel `first` of a row on: `vectors` vectors of channels at a time, so that a tap's address is
 * worked out once for all of them. */
INLINE void depthwise_any(
    const ck_depthwise_band_f32 *band, int32_t index, int32_t first, int32_t c, int32_t n, const int vectors,
    const int full) {
    const ck_convolution_shape *shape = band->shape;
    const ptrdiff_t padded = (shape->output_channels + LANES - 1) / LANES * LANES;
    const float *const *rows = band->rows + (ptrdiff_t)index * shape->kernel_height;
    const ptrdiff_t *steps = band->steps + (ptrdiff_t)index * shape->kernel_height;
    for (int32_t x = first; x < band->x_end; x++) {
        const ptrdiff_t at = x - band->x_begin;
        const float *packed = band->packed + c;
        vf sums[4];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sums[v] = vf_load(packed + v * LANES);
        packed += padded;
        for (int32_t ky = 0; ky < shape->kernel_height; ky++) {
            if (rows[ky] == band->padding) {
                packed += shape->kernel_width * padded;
                continue;
            }
            int32_t from = x * shape->stride_x - shape->padding_left;
            for (int32_t kx = 0; kx < shape->kernel_width; kx++, packed += padded, from += shape->dilation_x) {
                if (from < 0 || from >= shape->input_width) continue;
                const float *column = rows[ky] + from * steps[ky] + c;
#pragma clang loop unroll(full)
                for (int v = 0; v < vectors; v++) {
                    vf value = load_lanes(column + v * LANES, n, full);
                    sums[v] = vf_fma(value, vf_load(packed + v * LANES), sums[v]);
                }
            }
        }
        float *output = band->output + index * band->output_row_step + at * band->output_stride + c;
        const float *residual = NULL;
        if (band->residual) {
            residual = band->residual + index * band->residual_row_step + at * band->residual_stride + c;
        }
        finish_depthwise(band->activation, sums, vectors, output, LANES, residual, LANES, n, full);
    }
}

KERNEL void depthwise_band(const ck_depthwise_band_f32 *band) {
    const ck_convolution_shape *shape = band->shape;
    const int32_t width = shape->kernel_width, stride = shape->stride_x, channels = shape->output_channels;
    int32_t first = band->x_begin;
    if (shape->dilation_x == 1 && (stride == 1 || stride == 2) && shape->kernel_height <= LARGEST_WINDOW) {
        if (width == 3) first = stride == 1 ? depthwise_3_1(band) : depthwise_3_2(band);
        if (width == 5) first = stride == 1 ? depthwise_5_1(band) : depthwise_5_2(band);
    }
    if (first == band->x_end) return;
    for (int32_t index = 0; index < band->row_count; index++) {
        int32_t c = 0;
        for (; c + 4 * LANES <= channels; c += 4 * LANES) depthwise_any(band, index, first, c, LANES, 4, 1);
        for (; c + LANES <= channels; c += LANES) depthwise_any(band, index, first, c, LANES, 1, 1);
        if (c < channels) depthwise_any(band, index, first, c, channels - c, 1, 0);
    }
}
