/* A convolution as products of small matrices, for elements that a conversion brings into place first.
 *
 * The rows of input that some rows of output need are copied into a strip: converted, padded, one pixel after the
 * other. Rows of one phase (those a multiple of the stride apart) lie together, and what pads a row on its left pads
 * the one before it on its right. In such a strip the windows of output pixels that follow each other lie a constant
 * step apart, over the end of a row as well, so that sixteen positions are a matrix that a load with a stride finds in
 * place, whatever the window. The positions between two rows are computed and not stored.
 *
 * A strip is converted once for all output channels. Its size leaves room in a second-level cache for the weights of a
 * block of output channels, which pass over the whole of it.
 */
#ifndef CK_STRIP_H
#define CK_STRIP_H

#include "shared/cache.h"
#include "shared/kernels.h"

enum {
    CK_STRIP_POSITIONS = 16,  /* of a tile */
    CK_STRIP_SLICE_BYTES = 64, /* of a pixel that are multiplied at once: the row of a tile */
    CK_STRIP_LANES = 16,       /* output channels of a vector of weights */
    CK_STRIP_VECTORS = 2,      /* the most vectors of a block */
    CK_STRIP_PANEL_BYTES = 1024, /* weights of a slice and a vector: [16 groups of 4 bytes][16 lanes][4 bytes] */
};

/* Sixteen positions that follow each other. */
typedef struct ck_strip_tile {
    const uint8_t *base; /* where the first one's window begins */
    int64_t image;
    int32_t pixels[CK_STRIP_POSITIONS]; /* the output pixel of each within its image, or -1 for none */
} ck_strip_tile;

typedef struct ck_strip_layout {
    ck_convolution_shape shape; /* pointwise layers become one column, as their pixels have no neighbours */
    size_t element;      /* bytes */
    int32_t by_rows;     /* whether a tap is a row of the window: few channels, side by side */
    int32_t taps, terms; /* elements of a tap */
    int32_t slices;      /* of a tap */
    size_t pitch;        /* bytes from a pixel to the next */
    ptrdiff_t step;      /* bytes from a position to the next */
    int32_t positions;   /* of a row, those that are not stored included */
    int32_t row_pixels;  /* in the strip */
    int32_t columns;     /* of the strip that hold padding on the left or pixels */
    int32_t reach;       /* rows of a phase that are needed beyond the first */
    int32_t rows;        /* of a phase that a strip has room for */
    int32_t tiles;       /* that a strip has room for */
    size_t phase_bytes;
    size_t taps_offset, tiles_offset, sums_offset, pixels_offset; /* into the scratch */
    size_t scratch_size;
} ck_strip_layout;

/* Copies `pixels` pixels of `channels` elements that lie `step` elements apart to others `pitch` bytes apart,
 * converted, with zeros up to `filled` bytes. */
typedef void ck_strip_gather(
    const void *from, ptrdiff_t step, uint8_t *to, size_t pitch, int32_t pixels, int32_t channels, size_t filled);

/* How the input comes into a strip. */
typedef struct ck_strip_source {
    size_t element; /* bytes of an element of the input */
    uint8_t padding; /* the byte that an element outside the image is made of */
    ck_strip_gather *gather;
} ck_strip_source;

/* Up to two tiles times up to two panels of weights. */
typedef struct ck_strip_product {
    const uint8_t *tiles[2]; /* the second may be null */
    ptrdiff_t step;
    const ptrdiff_t *taps; /* bytes from the beginning of a window to each */
    int32_t tap_count, slices;
    const uint8_t *weights; /* [slices][taps][vectors] panels */
    int32_t vectors;
    const void *first; /* what the sums of every position begin with: [vectors * 16] of 4 bytes, or null for zeros */
    const uint8_t *ahead; /* what is needed next: `ahead_lines` cache lines of it are fetched for each tap of a slice */
    int32_t ahead_lines;
    void *sums; /* [tiles * 16][vectors * 16] of 4 bytes */
} ck_strip_product;

/* `budget`: bytes that a strip should not exceed. */
ck_strip_layout ck_strip_layout_of(const ck_convolution_shape *shape, size_t element, size_t budget);

/* Bytes of all panels. */
size_t ck_strip_weight_bytes(const ck_strip_layout *layout);
/* Bytes of the panels of one vector of output channels. */
static inline size_t ck_strip_vector_bytes(const ck_strip_layout *layout) {
    return (size_t)layout->slices * (size_t)layout->taps * CK_STRIP_PANEL_BYTES;
}
/* Blocks of output channels. */
static inline int32_t ck_strip_blocks(const ck_convolution_shape *shape) {
    return ck_block_count(ck_vectors_of(shape->output_channels, CK_STRIP_LANES), CK_STRIP_VECTORS);
}
/* How the work is best divided: by rows of output. */
ck_division ck_strip_division(const ck_convolution_shape *shape);

/* Packs weights [output_channels][kernel_height][kernel_width][input_channels], which `put` writes one by one. */
void ck_strip_pack(
    const ck_strip_layout *layout, uint8_t *to, void (*put)(const void *weights, size_t index, uint8_t *to),
    const void *weights);

/* Cache lines of the next block's weights that each tap of a slice of this one asks for, so that all are there in time:
 * `tiles` tiles pass over a block. */
int32_t ck_strip_lines_ahead(int32_t tiles);

/* Writes what does not change between strips to the start of the scratch. */
void ck_strip_prepare(const ck_strip_layout *layout, void *scratch);

/* Fills the strip with as many of the output pixels next ..< end as it has room for, and gives the first that it has
 * no room for. `tiles` is set to how many tiles they make. */
int64_t ck_strip_fill(
    const ck_strip_layout *layout, const ck_strip_source *source, const ck_work *work, int64_t next, int32_t *tiles);

#endif
