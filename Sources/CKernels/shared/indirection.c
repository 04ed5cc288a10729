#include "shared/indirection.h"

#include "shared/cache.h"

enum {
    MAXIMUM_TILES = 128,
    /* Below this many channels a tap is too short to be worth a pointer. */
    FEW_CHANNELS = 16,
};

ck_indirection ck_indirection_of(const ck_convolution_shape *shape, size_t element, int32_t unit, int32_t tile_pixels) {
    ck_indirection layout = {.element = element, .pixels = tile_pixels};
    int32_t taps = shape->kernel_height * shape->kernel_width, channels = shape->input_channels;
    layout.by_rows = channels % unit != 0 || (taps > 1 && channels < FEW_CHANNELS);
    layout.taps = layout.by_rows ? shape->kernel_height : taps;
    layout.terms = layout.by_rows ? shape->kernel_width * channels : channels;
    layout.depth = (int32_t)ck_round_up((size_t)layout.terms, (size_t)unit);

    size_t pixels = (size_t)tile_pixels, row_bytes = (size_t)layout.depth * element;
    size_t strides = (size_t)shape->stride_y * (size_t)shape->stride_x;
    size_t touched = strides < (size_t)layout.taps ? strides : (size_t)layout.taps;
    size_t most = ck_clamp(CK_POINTER_BYTES / (sizeof(void *) * pixels * (size_t)layout.taps), 1, MAXIMUM_TILES);
    layout.tiles = (int32_t)ck_clamp(CK_INPUT_BYTES / (row_bytes * pixels * touched), 1, most);

    size_t tile_rows = (size_t)layout.tiles * pixels, offset = ck_round_up(row_bytes, CK_CACHE_LINE);
    layout.rows_offset = offset;
    offset = ck_round_up(offset + tile_rows * (size_t)layout.taps * sizeof(void *), CK_CACHE_LINE);
    layout.outputs_offset = offset;
    offset = ck_round_up(offset + tile_rows * sizeof(void *), CK_CACHE_LINE);
    layout.residuals_offset = offset;
    offset = ck_round_up(offset + tile_rows * sizeof(void *), CK_CACHE_LINE);
    layout.sums_offset = offset;
    offset = ck_round_up(offset + tile_rows * sizeof(int32_t), CK_CACHE_LINE);
    layout.copies_offset = offset;
    if (layout.by_rows) offset = ck_round_up(offset + tile_rows * (size_t)layout.taps * row_bytes, CK_CACHE_LINE);
    layout.scratch_size = offset;
    return layout;
}

void ck_indirection_prepare(const ck_indirection *layout, uint8_t padding, void *scratch) {
    memset(scratch, padding, (size_t)layout->depth * layout->element);
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

/* Whether the windows of `count` pixels from `at` on lie inside the image, one beside the other. */
static inline int lie_inside(const ck_convolution_shape *shape, position at, int32_t count) {
    int32_t top = at.y * shape->stride_y - shape->padding_top, left = at.x * shape->stride_x - shape->padding_left;
    int32_t bottom = top + (shape->kernel_height - 1) * shape->dilation_y;
    int32_t right = left + (shape->kernel_width - 1) * shape->dilation_x + (count - 1) * shape->stride_x;
    return at.x + count <= shape->output_width && top >= 0 && left >= 0 && bottom < shape->input_height
        && right < shape->input_width;
}

static inline void skip(const ck_convolution_shape *shape, position *at, int32_t count) {
    at->x += count - 1;
    advance(shape, at);
}

/* `taps` × `count` pointers: a tap's are `step` bytes apart. */
static inline void point_at_run(
    const uint8_t *first, size_t tap_step, int32_t taps, size_t step, int32_t count, const uint8_t **rows) {
    for (int32_t tap = 0; tap < taps; tap++, first += tap_step) {
        for (int32_t i = 0; i < count; i++) *rows++ = first + (size_t)i * step;
    }
}

/* What finding rows of windows needs of a layer, worked out once a chunk. */
typedef struct row_finder {
    const ck_convolution_shape *shape;
    size_t pixel_bytes, step, image_bytes, tap_bytes;
    int32_t pixels; /* of a tile */
    int rows_are_dense;
    uint8_t padding_byte;
    const uint8_t *padding;
} row_finder;

/* Copies a row of a window, pixel by pixel. `left` may lie outside the image. */
static void copy_row(const row_finder *f, const uint8_t *row, int32_t left, uint8_t *to) {
    for (int32_t kx = 0; kx < f->shape->kernel_width; kx++, to += f->pixel_bytes) {
        int32_t x = left + kx * f->shape->dilation_x;
        if (x < 0 || x >= f->shape->input_width) {
            memset(to, f->padding_byte, f->pixel_bytes);
        } else {
            memcpy(to, row + (size_t)x * f->step, f->pixel_bytes);
        }
    }
}

/* Pointers to the rows of the window of one output pixel, `pixels` apart. `copies` has room for all of them. */
static inline void find_rows(
    const row_finder *f, const uint8_t *image, position at, uint8_t *copies, const uint8_t **rows) {
    const ck_convolution_shape *shape = f->shape;
    int32_t top = at.y * shape->stride_y - shape->padding_top, left = at.x * shape->stride_x - shape->padding_left;
    int in_columns = f->rows_are_dense && left >= 0 && left + shape->kernel_width <= shape->input_width;
    const uint8_t *limit = image + f->image_bytes;
    for (int32_t ky = 0; ky < shape->kernel_height; ky++, rows += f->pixels, copies += f->tap_bytes) {
        int32_t y = top + ky * shape->dilation_y;
        if (y < 0 || y >= shape->input_height) {
            *rows = f->padding;
            continue;
        }
        const uint8_t *row = image + (size_t)y * (size_t)shape->input_width * f->step;
        ptrdiff_t offset = left * (ptrdiff_t)f->step;
        /* What fills a tap up to the unit is read too, so it must belong to the image. */
        if (in_columns && limit - row - offset >= (ptrdiff_t)f->tap_bytes) {
            *rows = row + offset;
        } else {
            copy_row(f, row, left, copies);
            *rows = copies;
        }
    }
}

/* The same of a whole tile, where nothing is to copy. */
static inline int find_rows_of_tile(const row_finder *f, const uint8_t *image, position at, const uint8_t **rows) {
    const ck_convolution_shape *shape = f->shape;
    if (!f->rows_are_dense || !lie_inside(shape, at, f->pixels)) return 0;
    ptrdiff_t top = at.y * shape->stride_y - shape->padding_top, left = at.x * shape->stride_x - shape->padding_left;
    size_t row_bytes = (size_t)shape->input_width * f->step, tap_step = (size_t)shape->dilation_y * row_bytes;
    size_t pixel_step = (size_t)shape->stride_x * f->step;
    size_t first = (size_t)top * row_bytes + (size_t)left * f->step;
    size_t last = first + (size_t)(shape->kernel_height - 1) * tap_step + (size_t)(f->pixels - 1) * pixel_step;
    if (last + f->tap_bytes > f->image_bytes) return 0;
    point_at_run(image + first, tap_step, shape->kernel_height, pixel_step, f->pixels, rows);
    return 1;
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

/* The same of a tile whose windows lie inside the image. */
static inline void point_at_windows(
    const ck_convolution_shape *shape, size_t step, const uint8_t *image, position at, int32_t pixels,
    const uint8_t **rows) {
    ptrdiff_t top = at.y * shape->stride_y - shape->padding_top, left = at.x * shape->stride_x - shape->padding_left;
    size_t tap_step = (size_t)shape->dilation_x * step, pixel_step = (size_t)shape->stride_x * step;
    const uint8_t *row = image + ((size_t)top * (size_t)shape->input_width + (size_t)left) * step;
    for (int32_t ky = 0; ky < shape->kernel_height; ky++) {
        point_at_run(row, tap_step, shape->kernel_width, pixel_step, pixels, rows);
        row += (size_t)shape->dilation_y * (size_t)shape->input_width * step;
        rows += shape->kernel_width * pixels;
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

void ck_indirection_build(
    const ck_indirection *layout, const ck_convolution_shape *shape, const ck_work *work, const void *const *residuals,
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
    if (layout->by_rows) {
        row_finder finder = {
            .shape = shape,
            .pixel_bytes = (size_t)shape->input_channels * layout->element,
            .step = step,
            .tap_bytes = (size_t)layout->depth * layout->element,
            .pixels = layout->pixels,
            .padding_byte = padding,
            .padding = scratch,
        };
        finder.image_bytes = ((size_t)shape->input_height * (size_t)shape->input_width - 1) * step + finder.pixel_bytes;
        finder.rows_are_dense = (shape->dilation_x == 1 && step == finder.pixel_bytes) || shape->kernel_width == 1;
        uint8_t *copies = scratch + layout->copies_offset;
        position at = position_of(shape, first);
        for (int32_t done = 0; done < count; done += layout->pixels) {
            const uint8_t **tile = rows + (size_t)done * (size_t)layout->taps;
            if (done + layout->pixels <= count && find_rows_of_tile(&finder, work->inputs[at.image], at, tile)) {
                skip(shape, &at, layout->pixels);
                continue;
            }
            for (int32_t i = 0; i < layout->pixels && done + i < count; i++, advance(shape, &at)) {
                find_rows(&finder, work->inputs[at.image], at, copies, tile + i);
                copies += (size_t)layout->taps * finder.tap_bytes;
            }
        }
    } else if (ck_is_pointwise(shape)) {
        point_at_pixels(shape, work->inputs, step, first, count, rows);
    } else {
        position at = position_of(shape, first);
        for (int32_t done = 0; done < count; done += layout->pixels) {
            const uint8_t **tile = rows + (size_t)done * (size_t)layout->taps;
            if (done + layout->pixels <= count && lie_inside(shape, at, layout->pixels)) {
                point_at_windows(shape, step, work->inputs[at.image], at, layout->pixels, tile);
                skip(shape, &at, layout->pixels);
                continue;
            }
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
