#include "convolution_rows.h"

enum {
    CACHE_LINE = 64,
    /* Input bytes that stay in the second-level cache while every block of weights passes over them. */
    CHUNK_BYTES = 512 << 10,
    POINTER_BYTES = 64 << 10,
    MAXIMUM_TILES = 128,
    /* Below this many channels a tap is too short to be worth a pointer. */
    FEW_CHANNELS = 16,
    /* Bytes that a short copy, or the filling up of a window, may write past its end. What follows is written later,
     * and the last gathered row is followed by as many. */
    COPY_SLACK = 32,
    /* Bytes that filling up to a multiple of the micro-kernel's unit can take. */
    MAXIMUM_UNIT = 4,
};

static size_t round_up(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

static int32_t clamp(size_t value, int32_t low, int32_t high) {
    return value < (size_t)low ? low : value > (size_t)high ? high : (int32_t)value;
}

ck_rows_layout ck_rows_layout_of(const ck_convolution_shape *shape, size_t element, int32_t unit, int32_t tile_pixels) {
    ck_rows_layout layout = {.element = element, .pixels = tile_pixels};
    int32_t taps = shape->kernel_height * shape->kernel_width, channels = shape->input_channels;
    layout.gathers = channels % unit != 0 || (taps > 1 && channels < FEW_CHANNELS);
    layout.taps = layout.gathers ? 1 : taps;
    layout.depth = layout.gathers ? (int32_t)round_up((size_t)taps * (size_t)channels, (size_t)unit) : channels;

    size_t pixels = (size_t)tile_pixels, row_bytes = (size_t)layout.depth * element;
    size_t strides = (size_t)shape->stride_y * (size_t)shape->stride_x;
    size_t touched = layout.gathers ? 1 : strides < (size_t)taps ? strides : (size_t)taps;
    int32_t most = clamp(POINTER_BYTES / (sizeof(void *) * pixels * (size_t)layout.taps), 1, MAXIMUM_TILES);
    layout.tiles = clamp(CHUNK_BYTES / (row_bytes * pixels * touched), 1, most);

    size_t tile_rows = (size_t)layout.tiles * pixels, offset = round_up((size_t)channels * element, CACHE_LINE);
    layout.rows_offset = offset;
    offset = round_up(offset + tile_rows * (size_t)layout.taps * sizeof(void *), CACHE_LINE);
    layout.outputs_offset = offset;
    offset = round_up(offset + tile_rows * sizeof(void *), CACHE_LINE);
    layout.residuals_offset = offset;
    offset = round_up(offset + tile_rows * sizeof(void *), CACHE_LINE);
    layout.sums_offset = offset;
    offset = round_up(offset + tile_rows * sizeof(int32_t), CACHE_LINE);
    layout.gathered_offset = offset;
    layout.gathered_pitch = row_bytes;
    if (layout.gathers) offset = round_up(offset + tile_rows * row_bytes + COPY_SLACK, CACHE_LINE);
    layout.scratch_size = offset;
    return layout;
}

void ck_rows_prepare(const ck_rows_layout *layout, const ck_convolution_shape *shape, uint8_t padding, void *scratch) {
    memset(scratch, padding, (size_t)shape->input_channels * layout->element);
}

/* Copies `count` bytes, in one or two moves where that reads nothing past `limit`. May write COPY_SLACK too many. */
static inline void copy_short(uint8_t *to, const uint8_t *from, size_t count, const uint8_t *limit) {
    if (count <= 16 && limit - from >= 16) {
        __builtin_memcpy_inline(to, from, 16);
    } else if (count <= 32 && limit - from >= 32) {
        __builtin_memcpy_inline(to, from, 32);
    } else {
        memcpy(to, from, count);
    }
}

typedef struct position {
    int64_t image;
    int32_t y, x;
} position;

static position position_of(const ck_convolution_shape *shape, int64_t pixel) {
    int64_t row = pixel / shape->output_width;
    return (position){
        .image = row / shape->output_height,
        .y = (int32_t)(row % shape->output_height),
        .x = (int32_t)(pixel % shape->output_width),
    };
}

static inline void advance(const ck_convolution_shape *shape, position *at) {
    if (++at->x < shape->output_width) return;
    at->x = 0;
    if (++at->y < shape->output_height) return;
    at->y = 0;
    at->image++;
}

/* What gathering needs of a layer, worked out once a chunk. */
typedef struct gathering {
    const ck_convolution_shape *shape;
    size_t pixel_bytes, step, row_bytes, window_bytes, pitch;
    uint8_t padding;
    int rows_are_dense; /* a row of the window is consecutive bytes */
} gathering;

/* The window of one output pixel, copied together and filled up to the pitch. */
static void gather(const gathering *g, const uint8_t *image, position at, uint8_t *to) {
    const ck_convolution_shape *shape = g->shape;
    size_t pixel_bytes = g->pixel_bytes, step = g->step;
    const uint8_t *limit =
        image + ((size_t)shape->input_height * (size_t)shape->input_width - 1) * step + pixel_bytes;
    int32_t top = at.y * shape->stride_y - shape->padding_top, left = at.x * shape->stride_x - shape->padding_left;
    int32_t width = shape->kernel_width;
    int copies_rows = g->rows_are_dense && left >= 0 && left + width <= shape->input_width;
    for (int32_t ky = 0; ky < shape->kernel_height; ky++) {
        int32_t y = top + ky * shape->dilation_y;
        const uint8_t *row = image + (ptrdiff_t)y * (ptrdiff_t)g->row_bytes;
        if (y < 0 || y >= shape->input_height) {
            memset(to, g->padding, g->window_bytes);
            to += g->window_bytes;
        } else if (copies_rows) {
            copy_short(to, row + (size_t)left * step, g->window_bytes, limit);
            to += g->window_bytes;
        } else {
            for (int32_t kx = 0; kx < width; kx++, to += pixel_bytes) {
                int32_t x = left + kx * shape->dilation_x;
                if (x < 0 || x >= shape->input_width) {
                    memset(to, g->padding, pixel_bytes);
                } else {
                    copy_short(to, row + (size_t)x * step, pixel_bytes, limit);
                }
            }
        }
    }
    __builtin_memset_inline(to, 0, MAXIMUM_UNIT);
}

/* Pointers to the window of one output pixel, `pixels` apart. */
static inline void point(
    const ck_convolution_shape *shape, size_t step, const uint8_t *image, const uint8_t *padding, position at,
    int32_t pixels, const uint8_t **rows) {
    int32_t top = at.y * shape->stride_y - shape->padding_top, left = at.x * shape->stride_x - shape->padding_left;
    for (int32_t ky = 0; ky < shape->kernel_height; ky++) {
        int32_t y = top + ky * shape->dilation_y;
        int inside = y >= 0 && y < shape->input_height;
        for (int32_t kx = 0; kx < shape->kernel_width; kx++, rows += pixels) {
            int32_t x = left + kx * shape->dilation_x;
            int in_image = inside && x >= 0 && x < shape->input_width;
            size_t pixel = in_image ? (size_t)y * (size_t)shape->input_width + (size_t)x : 0;
            *rows = in_image ? image + pixel * step : padding;
        }
    }
}

/* The addresses of consecutive flat pixels, image after image: all outputs, and all inputs of a pointwise layer. */
static void point_at_pixels(
    const ck_convolution_shape *shape, const void *const *images, size_t step, int64_t first, int32_t count,
    const uint8_t **rows) {
    int64_t pixels = (int64_t)shape->output_height * shape->output_width;
    while (count > 0) {
        int64_t image = first / pixels, pixel = first % pixels;
        int32_t run = pixels - pixel < count ? (int32_t)(pixels - pixel) : count;
        const uint8_t *from = (const uint8_t *)images[image] + (size_t)pixel * step;
        for (int32_t i = 0; i < run; i++) *rows++ = from + (size_t)i * step;
        first += run;
        count -= run;
    }
}

static int is_pointwise(const ck_convolution_shape *shape) {
    return shape->kernel_height == 1 && shape->kernel_width == 1 && shape->stride_y == 1 && shape->stride_x == 1
        && shape->padding_top == 0 && shape->padding_left == 0 && shape->output_height == shape->input_height
        && shape->output_width == shape->input_width;
}

void ck_rows_build(
    const ck_rows_layout *layout, const ck_convolution_shape *shape, const ck_work *work, const void *const *residuals,
    ptrdiff_t residual_stride, uint8_t padding, int64_t first, int32_t count) {
    uint8_t *scratch = work->scratch;
    const uint8_t **rows = (const uint8_t **)(scratch + layout->rows_offset);
    size_t step = (size_t)work->input_stride * layout->element;
    size_t tile_rows = (size_t)layout->pixels * (size_t)layout->taps;

    point_at_pixels(
        shape, (const void *const *)work->outputs, (size_t)work->output_stride * layout->element, first, count,
        (const uint8_t **)(scratch + layout->outputs_offset));
    if (residuals) {
        point_at_pixels(
            shape, residuals, (size_t)residual_stride * layout->element, first, count,
            (const uint8_t **)(scratch + layout->residuals_offset));
    }
    if (layout->gathers) {
        gathering g = {
            .shape = shape,
            .pixel_bytes = (size_t)shape->input_channels * layout->element,
            .step = step,
            .row_bytes = (size_t)shape->input_width * step,
            .window_bytes = (size_t)shape->kernel_width * (size_t)shape->input_channels * layout->element,
            .pitch = layout->gathered_pitch,
            .padding = padding,
        };
        g.rows_are_dense = shape->dilation_x == 1 && step == g.pixel_bytes;
        uint8_t *to = scratch + layout->gathered_offset;
        position at = position_of(shape, first);
        for (int32_t i = 0; i < count; i++, advance(shape, &at), to += g.pitch) {
            gather(&g, work->inputs[at.image], at, to);
            rows[i] = to;
        }
    } else if (is_pointwise(shape)) {
        point_at_pixels(shape, work->inputs, step, first, count, rows);
    } else {
        position at = position_of(shape, first);
        for (int32_t done = 0; done < count; done += layout->pixels) {
            const uint8_t **tile = rows + (size_t)done * (size_t)layout->taps;
            for (int32_t i = 0; i < layout->pixels && done + i < count; i++, advance(shape, &at)) {
                point(shape, step, work->inputs[at.image], scratch, at, layout->pixels, tile + i);
            }
        }
    }

    /* The last tile is filled up with its last pixel. */
    int32_t last = (count - 1) / layout->pixels, filled = count - last * layout->pixels;
    const uint8_t **tile = rows + (size_t)last * tile_rows;
    for (int32_t tap = 0; tap < layout->taps; tap++, tile += layout->pixels) {
        for (int32_t i = filled; i < layout->pixels; i++) tile[i] = tile[filled - 1];
    }
}
