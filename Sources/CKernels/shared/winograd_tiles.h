/* The tiles of Winograd's minimal filtering of 3×3 windows (Lavin and Gray, arXiv 1509.09308), for elements of any
 * size.
 *
 * An image's output is cut into tiles of size × size pixels, each of which needs (size + 2)² inputs. The tiles of a
 * dilated convolution are the same on interleaved pixels. The grid of tiles is fixed to the image, so the result of a
 * pixel does not depend on the range of work it is computed in; a range that cuts tiles costs the whole of them.
 */
#ifndef CK_WINOGRAD_TILES_H
#define CK_WINOGRAD_TILES_H

#include "shared/kernels.h"

enum {
    CK_WINOGRAD_KERNEL_EDGE = 3,
    CK_WINOGRAD_MAXIMUM_SIZE = 4,
    CK_WINOGRAD_MAXIMUM_EDGE = CK_WINOGRAD_MAXIMUM_SIZE + CK_WINOGRAD_KERNEL_EDGE - 1,
    CK_WINOGRAD_MAXIMUM_POSITIONS = CK_WINOGRAD_MAXIMUM_EDGE * CK_WINOGRAD_MAXIMUM_EDGE,
};

/* The first output pixel of a tile; the others are the dilation apart. */
typedef struct ck_winograd_tile {
    int64_t image;
    int32_t y, x;
} ck_winograd_tile;

/* Goes over the tiles that hold pixels of a range, image by image and row by row. `row` and `column` count tiles; in a
 * dilated convolution those of all phases that start at the same cell of pixels come after one another. */
typedef struct ck_winograd_cursor {
    const ck_convolution_shape *shape;
    int32_t size;
    int64_t begin, end, image;
    int32_t row, column;
} ck_winograd_cursor;

/* Whether a layer can be computed so at all: a window of 3×3, stride 1, the same dilation both ways. */
int ck_winograd_fits(const ck_convolution_shape *shape);

/* Tiles of an image. */
int64_t ck_winograd_tiles_of_image(const ck_convolution_shape *shape, int32_t size);

ck_winograd_cursor ck_winograd_tiles_of_range(
    const ck_convolution_shape *shape, int32_t size, int64_t begin, int64_t end);
/* The next tile; 0 when there is none. */
int ck_winograd_next_tile(ck_winograd_cursor *cursor, ck_winograd_tile *at);

/* The addresses of the (size + 2)² inputs of a tile; those outside the image are `padding`. Elements are `element`
 * bytes. */
void ck_winograd_tile_inputs(
    const ck_convolution_shape *shape, const ck_work *work, size_t element, int32_t size, ck_winograd_tile at,
    const void *padding, const void **pixels);
/* The addresses of the size² pixels of a tile in a map whose pixels are `pixel_bytes` apart, for those that lie in the
 * image and in the range of the work; null for the others. */
void ck_winograd_tile_outputs(
    const ck_convolution_shape *shape, const ck_work *work, int32_t size, ck_winograd_tile at, const void *image,
    ptrdiff_t pixel_bytes, const void **pixels);

#endif
