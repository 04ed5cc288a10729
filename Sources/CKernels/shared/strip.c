#include "shared/strip.h"

enum {
    MAXIMUM_TILES = 256,
    SUMS = 2 * CK_STRIP_POSITIONS * CK_STRIP_VECTORS * CK_STRIP_LANES,
};

/* Phases of rows up to the last that a window needs. */
static int32_t phases_of(const ck_convolution_shape *shape) {
    return ck_smaller(shape->stride_y, (shape->kernel_height - 1) * shape->dilation_y + 1);
}

/* A layer without a neighbourhood is one column of pixels. */
static ck_convolution_shape flattened(const ck_convolution_shape *shape) {
    ck_convolution_shape result = *shape;
    if (ck_is_pointwise(shape)) {
        result.input_height = result.output_height = shape->output_height * shape->output_width;
        result.input_width = result.output_width = 1;
    }
    return result;
}

ck_strip_layout ck_strip_layout_of(const ck_convolution_shape *given, size_t element, size_t budget) {
    ck_strip_layout layout = {.shape = flattened(given), .element = element};
    const ck_convolution_shape *shape = &layout.shape;
    size_t pixel_bytes = (size_t)shape->input_channels * element;
    layout.by_rows = shape->kernel_width > 1 && shape->dilation_x == 1 && pixel_bytes < CK_STRIP_SLICE_BYTES;
    layout.taps = layout.by_rows ? shape->kernel_height : shape->kernel_height * shape->kernel_width;
    layout.terms = layout.by_rows ? shape->kernel_width * shape->input_channels : shape->input_channels;
    size_t filled = ck_round_up((size_t)layout.terms * element, CK_STRIP_SLICE_BYTES);
    layout.slices = (int32_t)(filled / CK_STRIP_SLICE_BYTES);
    /* An odd number of lines, so that the pixels of a tile lie in different sets of the caches. */
    layout.pitch = layout.by_rows ? pixel_bytes : ck_odd_lines(filled);
    layout.step = (ptrdiff_t)layout.pitch * shape->stride_x;

    int32_t window = (shape->kernel_width - 1) * shape->dilation_x;
    int32_t needed = (shape->output_width - 1) * shape->stride_x + window + 1;
    layout.columns = ck_smaller(shape->padding_left + shape->input_width, needed);
    /* What is needed beyond the row's pixels is padding, which the next row begins with. */
    int32_t row = ck_larger(ck_larger(layout.columns, needed - shape->padding_left), 1);
    layout.positions = ck_larger((row + shape->stride_x - 1) / shape->stride_x, shape->output_width);
    layout.row_pixels = layout.positions * shape->stride_x;

    int32_t phases = phases_of(shape);
    layout.reach = (shape->kernel_height - 1) * shape->dilation_y / shape->stride_y;
    size_t row_bytes = (size_t)layout.row_pixels * layout.pitch;
    size_t fitting = budget / (row_bytes * (size_t)phases), most = (size_t)shape->output_height + (size_t)layout.reach;
    /* Several small images fit into one strip. */
    if (most < (size_t)4 * CK_STRIP_POSITIONS) most = 4 * CK_STRIP_POSITIONS;
    layout.rows = (int32_t)(fitting < most ? fitting : most);
    layout.rows = ck_larger(layout.rows, layout.reach + 1);
    layout.tiles = ck_larger(MAXIMUM_TILES, (layout.positions + CK_STRIP_POSITIONS - 1) / CK_STRIP_POSITIONS);
    /* The last tile's positions may go on past the rows, and a slice past the last pixel. */
    size_t beyond = (size_t)(CK_STRIP_POSITIONS * shape->stride_x + window + shape->padding_left) * layout.pitch;
    layout.phase_bytes = ck_round_up((size_t)layout.rows * row_bytes + beyond + filled, CK_CACHE_LINE);

    size_t offset = 0;
    layout.taps_offset = offset;
    offset = ck_round_up(offset + (size_t)layout.taps * sizeof(ptrdiff_t), CK_CACHE_LINE);
    layout.tiles_offset = offset;
    offset = ck_round_up(offset + (size_t)layout.tiles * sizeof(ck_strip_tile), CK_CACHE_LINE);
    layout.sums_offset = offset;
    offset += SUMS * sizeof(float);
    layout.pixels_offset = offset;
    layout.scratch_size = offset + (size_t)phases * layout.phase_bytes;
    return layout;
}

size_t ck_strip_weight_bytes(const ck_strip_layout *layout) {
    return (size_t)ck_vectors_of(layout->shape.output_channels, CK_STRIP_LANES) * ck_strip_vector_bytes(layout);
}

ck_division ck_strip_division(const ck_convolution_shape *given) {
    ck_convolution_shape shape = flattened(given);
    return (ck_division){
        .pixels = shape.output_width == 1 ? CK_STRIP_POSITIONS : shape.output_width, .blocks = ck_strip_blocks(given)};
}

/* Block by block: panels [slice][tap][vector], whose rows of 4 bytes a lane are what one 32-bit lane multiplies. */
void ck_strip_pack(
    const ck_strip_layout *layout, uint8_t *to, void (*put)(const void *weights, size_t index, uint8_t *to),
    const void *weights) {
    const ck_convolution_shape *shape = &layout->shape;
    int32_t vectors = ck_vectors_of(shape->output_channels, CK_STRIP_LANES), blocks = ck_strip_blocks(shape);
    int32_t elements = (int32_t)(CK_STRIP_SLICE_BYTES / layout->element), group = (int32_t)(4 / layout->element);
    size_t channel_terms = (size_t)layout->taps * (size_t)layout->terms;
    memset(to, 0, ck_strip_weight_bytes(layout));
    for (int32_t block = 0; block < blocks; block++) {
        int32_t first = ck_block_first_vector(vectors, blocks, block), width = ck_block_vectors(vectors, blocks, block);
        for (int32_t slice = 0; slice < layout->slices; slice++) {
            int32_t begin = slice * elements, end = ck_smaller(begin + elements, layout->terms);
            for (int32_t tap = 0; tap < layout->taps; tap++) {
                for (int32_t vector = first; vector < first + width; vector++, to += CK_STRIP_PANEL_BYTES) {
                    int32_t channel = vector * CK_STRIP_LANES;
                    int32_t lanes = ck_smaller(CK_STRIP_LANES, shape->output_channels - channel);
                    for (int32_t lane = 0; lane < lanes; lane++) {
                        size_t from = (size_t)(channel + lane) * channel_terms + (size_t)tap * (size_t)layout->terms;
                        for (int32_t k = begin; k < end; k++) {
                            int32_t at = ((k - begin) / group * CK_STRIP_LANES + lane) * group + (k - begin) % group;
                            put(weights, from + (size_t)k, to + (size_t)at * layout->element);
                        }
                    }
                }
            }
        }
    }
}

int32_t ck_strip_lines_ahead(int32_t tiles) {
    enum { MOST = 8, LINES = CK_STRIP_VECTORS * CK_STRIP_PANEL_BYTES / CK_CACHE_LINE };
    int32_t products = (tiles + 1) / 2;
    return ck_smaller((LINES + products - 1) / products, MOST);
}

void ck_strip_prepare(const ck_strip_layout *layout, void *scratch) {
    const ck_convolution_shape *shape = &layout->shape;
    ptrdiff_t *taps = (ptrdiff_t *)((uint8_t *)scratch + layout->taps_offset);
    int32_t columns = layout->by_rows ? 1 : shape->kernel_width;
    for (int32_t ky = 0; ky < shape->kernel_height; ky++) {
        int32_t phase = ky * shape->dilation_y % shape->stride_y, row = ky * shape->dilation_y / shape->stride_y;
        for (int32_t kx = 0; kx < columns; kx++) {
            ptrdiff_t pixel = (ptrdiff_t)row * layout->row_pixels + kx * shape->dilation_x;
            *taps++ = phase * (ptrdiff_t)layout->phase_bytes + pixel * (ptrdiff_t)layout->pitch;
        }
    }
}

/* Rows of input at the output rows from `top` of an image on: `rows` of each phase, to the strip's row `at`. */
static void fill_rows(
    const ck_strip_layout *layout, const ck_strip_source *source, const ck_work *work, int64_t image, int32_t top,
    int32_t rows, int32_t at, uint8_t *strip) {
    const ck_convolution_shape *shape = &layout->shape;
    const uint8_t *pixels = work->inputs[image];
    size_t pixel_step = (size_t)work->input_stride * source->element;
    size_t row_bytes = (size_t)layout->row_pixels * layout->pitch;
    int32_t left = shape->padding_left, width = layout->columns - left, channels = shape->input_channels;
    size_t filled =
        layout->by_rows ? (size_t)channels * layout->element : (size_t)layout->slices * CK_STRIP_SLICE_BYTES;
    int is_dense = layout->by_rows && work->input_stride == channels;
    int32_t phases = phases_of(shape);
    for (int32_t phase = 0; phase < phases; phase++) {
        uint8_t *to = strip + (size_t)phase * layout->phase_bytes + (size_t)at * row_bytes;
        for (int32_t row = 0; row < rows; row++, to += row_bytes) {
            int32_t y = (top + row) * shape->stride_y + phase - shape->padding_top;
            if (y < 0 || y >= shape->input_height || width <= 0) {
                memset(to, source->padding, row_bytes);
                continue;
            }
            const uint8_t *from = pixels + (size_t)y * (size_t)shape->input_width * pixel_step;
            uint8_t *first = to + (size_t)left * layout->pitch;
            memset(to, source->padding, (size_t)left * layout->pitch);
            if (is_dense) {
                int32_t elements = width * channels;
                source->gather(from, elements, first, 0, 1, elements, (size_t)elements * layout->element);
            } else {
                source->gather(from, work->input_stride, first, layout->pitch, width, channels, filled);
            }
            memset(
                first + (size_t)width * layout->pitch, source->padding,
                (size_t)(layout->row_pixels - layout->columns) * layout->pitch);
        }
        /* What pads the last row, and what the last slice's unused end meets: it must be finite. The next rows of the
         * strip are written over it. */
        memset(to, source->padding, (size_t)left * layout->pitch + CK_STRIP_SLICE_BYTES);
    }
}

int64_t ck_strip_fill(
    const ck_strip_layout *layout, const ck_strip_source *source, const ck_work *work, int64_t next, int32_t *tiles) {
    const ck_convolution_shape *shape = &layout->shape;
    uint8_t *strip = (uint8_t *)work->scratch + layout->pixels_offset;
    ck_strip_tile *tile = (ck_strip_tile *)((uint8_t *)work->scratch + layout->tiles_offset), *first = tile;
    int64_t image_pixels = (int64_t)shape->output_height * shape->output_width;
    size_t row_bytes = (size_t)layout->row_pixels * layout->pitch;
    int32_t at = 0;
    while (next < work->end) {
        int64_t image = next / image_pixels, pixel = next % image_pixels;
        int64_t end = work->end - image * image_pixels < image_pixels ? work->end - image * image_pixels : image_pixels;
        int32_t top = (int32_t)(pixel / shape->output_width);
        int32_t bottom = (int32_t)((end + shape->output_width - 1) / shape->output_width);
        int32_t room = layout->rows - at - layout->reach;
        int64_t tile_room = (int64_t)(layout->tiles - (tile - first)) * CK_STRIP_POSITIONS / layout->positions;
        if (tile_room < room) room = (int32_t)tile_room;
        if (room <= 0) break;
        int32_t rows = ck_smaller(bottom - top, room);
        fill_rows(layout, source, work, image, top, rows + layout->reach, at, strip);
        const uint8_t *base = strip + (size_t)at * row_bytes;
        int32_t x = 0, y = top;
        for (int32_t q = 0; q < rows * layout->positions; q += CK_STRIP_POSITIONS, tile++) {
            tile->base = base + (ptrdiff_t)q * layout->step;
            tile->image = image;
            for (int32_t i = 0; i < CK_STRIP_POSITIONS; i++) {
                int64_t output = (int64_t)y * shape->output_width + x;
                int is_stored = y < top + rows && x < shape->output_width && output >= pixel && output < end;
                tile->pixels[i] = is_stored ? (int32_t)output : -1;
                if (++x == layout->positions) {
                    x = 0;
                    y++;
                }
            }
        }
        at += rows + layout->reach;
        int64_t reached = (int64_t)(top + rows) * shape->output_width;
        next = image * image_pixels + (reached < end ? reached : end);
    }
    *tiles = (int32_t)(tile - first);
    return next;
}
