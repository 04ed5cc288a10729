/* The indirection of a convolution, for elements of any size: which input pixels feed a tile of output pixels.
 *
 * The idea is that of the indirect convolution algorithm (Dukhan, arXiv 1907.02129): a matrix multiplication whose rows
 * are found through pointers, one a pixel and kernel tap, where taps outside the image point at a row of padding.
 * Strides, dilation, padding and batches are then a matter of pointers alone. Where a pixel has few channels, a tap is
 * a whole row of the window, since its pixels lie side by side in the image; only the rows that leave the image, or
 * that lie otherwise, are copied into scratch.
 */
#ifndef CK_INDIRECTION_H
#define CK_INDIRECTION_H

#include "shared/kernels.h"

typedef struct ck_indirection {
    size_t element;   /* bytes */
    int32_t by_rows;  /* whether a tap is a row of the window */
    int32_t taps;     /* as the micro-kernel sees them */
    int32_t terms;    /* elements of a tap */
    int32_t depth;    /* the same up to a multiple of the unit: what comes after its terms is not defined */
    int32_t pixels;   /* of a tile */
    int32_t tiles;    /* of a chunk: what one pass over the weights covers */
    size_t rows_offset, outputs_offset, residuals_offset, sums_offset, copies_offset; /* into the scratch */
    size_t scratch_size;
} ck_indirection;

/* `unit`: the micro-kernel takes a tap's channels that many at a time. */
ck_indirection ck_indirection_of(const ck_convolution_shape *shape, size_t element, int32_t unit, int32_t tile_pixels);

/* Writes the padding at the start of the scratch: `padding` is the byte that an element outside the image is made of.
 */
void ck_indirection_prepare(const ck_indirection *layout, uint8_t padding, void *scratch);

/* Fills the scratch for the output pixels first ..< first + count: rows [tile][tap][pixel], outputs and, where there
 * are any, residuals [tile][pixel]. */
void ck_indirection_build(
    const ck_indirection *layout, const ck_convolution_shape *shape, const ck_work *work, const void *const *residuals,
    ptrdiff_t residual_stride, uint8_t padding, int64_t first, int32_t count);

#endif
