#include "convolution_rows.h"

enum {
    CACHE_LINE = 64,
    /* Input bytes that stay in the second-level cache while every block of weights passes over them. */
    CHUNK_BYTES = 512 << 10,
    POINTER_BYTES = 64 << 10,
    MAXIMUM_TILES = 128,
    /* Below this many channels a tap is too short to be worth a pointer. */
    FEW_CHANNELS = 16,
    /* Bytes that a short copy may write past its end; the gathered rows end with as many. */
    COPY_SLACK = 32,
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
        memcpy(to, from, 16);
    } else if (count <= 32 && limit - from >= 32) {
        memcpy(to, from, 32);
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

/* The window of one output pixel, copied together and filled up to the pitch. */
static void gather(
    const ck_rows_layout *layout, const ck_convolution_shape *shape, const ck_work *work, uint8_t padding, position at,
    uint8_t *to) {
    size_t pixel_bytes = (size_t)shape->input_channels * layout->element;
    size_t step = (size_t)work->input_stride * layout->element;
    const uint8_t *image = work->inputs[at.image];
    const uint8_t *limit =
        image + ((size_t)shape->input_height * (size_t)shape->input_width - 1) * step + pixel_bytes;
    int32_t top = at.y * shape->stride_y - shape->padding_top, left = at.x * shape->stride_x - shape->padding_left;
    int32_t width = shape->kernel_width;
    uint8_t *start = to;
    for (int32_t ky = 0; ky < shape->kernel_height; ky++) {
        int32_t y = top + ky * shape->dilation_y;
        if (y < 0 || y >= shape->input_height) {
            memset(to, padding, (size_t)width * pixel_bytes);
            to += (size_t)width * pixel_bytes;
            continue;
        }
        const uint8_t *row = image + (size_t)y * (size_t)shape->input_width * step;
        int inside = left >= 0 && left + width <= shape->input_width;
        if (inside && shape->dilation_x == 1 && step == pixel_bytes) {
            copy_short(to, row + (size_t)left * step, (size_t)width * pixel_bytes, limit);
            to += (size_t)width * pixel_bytes;
            continue;
        }
        for (int32_t kx = 0; kx < width; kx++, to += pixel_bytes) {
            int32_t x = left + kx * shape->dilation_x;
            if (x < 0 || x >= shape->input_width) {
                memset(to, padding, pixel_bytes);
            } else {
                copy_short(to, row + (size_t)x * step, pixel_bytes, limit);
            }
        }
    }
    memset(to, 0, layout->gathered_pitch - (size_t)(to - start));
}

/* Pointers to the window of one output pixel, `pixels` apart. */
static void point(
    const ck_rows_layout *layout, const ck_convolution_shape *shape, const ck_work *work, position at,
    const uint8_t **rows) {
    size_t step = (size_t)work->input_stride * layout->element;
    const uint8_t *image = work->inputs[at.image], *padding = work->scratch;
    int32_t top = at.y * shape->stride_y - shape->padding_top, left = at.x * shape->stride_x - shape->padding_left;
    for (int32_t ky = 0; ky < shape->kernel_height; ky++) {
        int32_t y = top + ky * shape->dilation_y;
        int inside = y >= 0 && y < shape->input_height;
        for (int32_t kx = 0; kx < shape->kernel_width; kx++, rows += layout->pixels) {
            int32_t x = left + kx * shape->dilation_x;
            int in_image = inside && x >= 0 && x < shape->input_width;
            size_t pixel = in_image ? (size_t)y * (size_t)shape->input_width + (size_t)x : 0;
            *rows = in_image ? image + pixel * step : padding;
        }
    }
}

void ck_rows_build(
    const ck_rows_layout *layout, const ck_convolution_shape *shape, const ck_work *work, const void *const *residuals,
    ptrdiff_t residual_stride, uint8_t padding, int64_t first, int32_t count) {
    uint8_t *scratch = work->scratch;
    const uint8_t **rows = (const uint8_t **)(scratch + layout->rows_offset);
    uint8_t **outputs = (uint8_t **)(scratch + layout->outputs_offset);
    const uint8_t **residual_rows = (const uint8_t **)(scratch + layout->residuals_offset);
    uint8_t *gathered = scratch + layout->gathered_offset;
    size_t output_step = (size_t)work->output_stride * layout->element;
    size_t residual_step = (size_t)residual_stride * layout->element;
    size_t tile_rows = (size_t)layout->pixels * (size_t)layout->taps;

    position at = position_of(shape, first);
    for (int32_t i = 0; i < count; i++, advance(shape, &at)) {
        const uint8_t **own = rows + (size_t)(i / layout->pixels) * tile_rows + i % layout->pixels;
        if (layout->gathers) {
            uint8_t *to = gathered + (size_t)i * layout->gathered_pitch;
            gather(layout, shape, work, padding, at, to);
            *own = to;
        } else {
            point(layout, shape, work, at, own);
        }
        size_t pixel = (size_t)at.y * (size_t)shape->output_width + (size_t)at.x;
        outputs[i] = (uint8_t *)work->outputs[at.image] + pixel * output_step;
        if (residuals) residual_rows[i] = (const uint8_t *)residuals[at.image] + pixel * residual_step;
    }

    /* The last tile is filled up with its last pixel. */
    int32_t last = (count - 1) / layout->pixels, filled = count - last * layout->pixels;
    const uint8_t **tile = rows + (size_t)last * tile_rows;
    for (int32_t tap = 0; tap < layout->taps; tap++, tile += layout->pixels) {
        for (int32_t i = filled; i < layout->pixels; i++) tile[i] = tile[filled - 1];
    }
}
