/* What the portable drivers and the micro-kernels of one instruction set agree on.
 *
 * A driver (each method's file, pooling.c, elementwise.c) knows shapes, padding and batches; a micro-kernel knows
 * registers. Between them stand the two tables below, so that an instruction set is one file that fills them.
 */
#ifndef CK_KERNELS_H
#define CK_KERNELS_H

#include <string.h>

#include "ckernels.h"

/* ---- Convolution ----------------------------------------------------------------------------------------------- */

/* One call of the fp32 convolution micro-kernel: up to tile_pixels pixels × one block of output channels.
 * `rows` holds tile_pixels pointers a tap; those past `count` repeat the last pixel, so a kernel may compute them, but
 * only `count` pixels are stored. */
typedef struct ck_tile_f32 {
    const float *const *rows; /* [taps][tile_pixels]: `channels` floats each */
    int32_t taps, channels;
    const float *packed;           /* bias [vectors * lanes], then weights [taps * channels][vectors * lanes] */
    const float *ahead;            /* what is needed next: a cache line of it is fetched with each term */
    int32_t count;                 /* pixels to store */
    int32_t vectors;               /* of `lanes` output channels in this block, 1 … tile_vectors */
    int32_t columns;               /* output channels of the block that exist */
    ptrdiff_t first_channel;       /* of the block */
    float *const *outputs;         /* [count]: channel 0 of each output pixel */
    const float *const *residuals; /* likewise, or null */
    ck_activation activation;
} ck_tile_f32;

/* One call of the fp32 convolution micro-kernel where pixels lie evenly: any number of them, of one image, × one block
 * of output channels. No pointer a pixel is needed. */
typedef struct ck_run_f32 {
    const float *const *inputs; /* [taps]: of the first pixel, `channels` floats each; null for one that is all zeros */
    float *output; /* the first pixel, from the block's first channel on */
    const float *residual; /* likewise, or null */
    ptrdiff_t input_step, output_step, residual_step; /* floats from a pixel to the next */
    int32_t count; /* of pixels */
    int32_t taps, channels;
    const float *packed; /* as in ck_tile_f32 */
    const float *ahead; /* weights of the same size that are needed next, or null: fetched beside the first pixels */
    int32_t vectors, columns; /* likewise */
    ck_activation activation;
} ck_run_f32;

/* How sums become bytes.
 *
 * With a shift of -e, a sum x becomes (x m + 2^(30 + e)) / 2^(31 + e), rounded down. If e >= 2, that is
 * (h + 2^(e - 2)) / 2^(e - 1) of the product's upper half h = x m / 2^32, rounded down, since the lower half is less
 * than a unit of what is added. If e <= 22 as well, 2^(e - 1) times an output's zero point can be added before the
 * division without leaving 32 bits: |h| <= 2^30, and the rest is below 2^30. That is the way of trained layers. */
enum { CK_LEAST_MODERATE_SHIFT = -22, CK_MOST_MODERATE_SHIFT = -2 };
typedef enum ck_scaling {
    CK_SCALING_MODERATE = 0, /* every shift is within CK_LEAST_MODERATE_SHIFT … CK_MOST_MODERATE_SHIFT */
    CK_SCALING_RIGHT = 1, /* every shift is negative */
    CK_SCALING_GENERAL = 2,
} ck_scaling;

typedef struct ck_output_u8 {
    int32_t zero_point, min, max;
    ck_scaling scaling;
} ck_output_u8;

/* At the start of every packed 8-bit layer. */
typedef struct ck_packed_u8_header {
    int32_t weight_zero_point; /* 0 when it could be folded into the weights */
    int32_t scaling; /* a ck_scaling */
    int32_t planes; /* depthwise: int8 terms that sum to one weight less its zero point, 1 … 3 */
    int32_t reserved[13];
} ck_packed_u8_header;

/* Constants of a block of n output channels, in the order in which the block's vectors hold them:
 * bias int32[n], multiplier int32[n], shift int32[n], rounding int64[n].
 * The sums are bias + Σ x w - zero point * Σ x. `rounding` is 2^(30 - shift), half of what the product is divided by;
 * used where the shift is negative. It is stored, a vector of lanes at a time, as the even lanes' values and then the
 * odd ones', since 32-bit multiplication widens them separately. */
enum { CK_CONSTANTS_BYTES = 4 + 4 + 4 + 8 };

/* One call of the 8-bit convolution micro-kernel. Like ck_tile_f32. */
typedef struct ck_tile_u8 {
    const uint8_t *const *rows; /* [taps][tile_pixels]: 4 * groups bytes each */
    int32_t taps, groups;
    const uint8_t *packed; /* the constants, then int8 weights [taps * groups][vectors * lanes][4] */
    const int32_t *row_sums; /* [tile_pixels]: - zero point of the weights * Σ x, or null when that is 0 */
    int32_t count, vectors, columns;
    ptrdiff_t first_channel;
    uint8_t *const *outputs;
    ck_output_u8 output;
} ck_tile_u8;

/* One call of the 8-bit convolution micro-kernel where pixels lie evenly. Like ck_run_f32; only for layers whose
 * weights need no sums of the input and whose scaling is moderate. */
typedef struct ck_run_u8 {
    const uint8_t *const
        *inputs; /* [taps]: of the first pixel, 4 * groups bytes each; null for one that is all padding */
    uint8_t *output; /* the first pixel, from the block's first channel on */
    ptrdiff_t input_step, output_step;
    int32_t count; /* of pixels */
    int32_t taps, groups;
    const uint8_t *packed; /* as in ck_tile_u8 */
    int32_t vectors, columns;
    uint8_t padding;
    ck_output_u8 range;
} ck_run_u8;

/* Vectors of `lanes` that hold the output channels. */
static inline int32_t ck_vectors_of(int32_t channels, int32_t lanes) { return (channels + lanes - 1) / lanes; }

/* How `vectors` vectors of output channels are cut into blocks of at most `most`, as evenly as can be: a narrow last
 * block would leave too few sums in flight. */
static inline int32_t ck_block_count(int32_t vectors, int32_t most) { return (vectors + most - 1) / most; }
static inline int32_t ck_block_vectors(int32_t vectors, int32_t blocks, int32_t block) {
    return vectors / blocks + (block < vectors % blocks);
}
/* The vectors before a block. */
static inline int32_t ck_block_first_vector(int32_t vectors, int32_t blocks, int32_t block) {
    int32_t wide = vectors % blocks;
    return block * (vectors / blocks) + (block < wide ? block : wide);
}

/* One tile of Winograd's output transform: what (size + 2)² transformed sums become. */
typedef struct ck_winograd_output {
    const float *from; /* the sums of position 0, for channels up to whole vectors */
    ptrdiff_t pitch; /* floats from a position to the next */
    const float *bias; /* likewise up to whole vectors */
    int32_t columns; /* channels to store */
    void *const *outputs; /* [size²]: floats; null where a pixel is not stored */
    const void *const *residuals; /* likewise, or null for none */
    ck_activation activation;
} ck_winograd_output;

/* Winograd's F(2×2, 3×3) in bytes: see winograd_u8.c. */
enum { CK_WINOGRAD_U8_SIZE = 2, CK_WINOGRAD_U8_EDGE = 4 };

/* The input transform of one tile, Bᵀ d B, as bytes again. */
typedef struct ck_winograd_input_u8 {
    const void *const *pixels; /* [16]: `channels` bytes each */
    int32_t channels, zero_point;
    const int16_t *factors; /* [16], in units of 2⁻¹⁵ */
    uint8_t *to; /* `channels` bytes a position */
    ptrdiff_t pitch; /* bytes from a position to the next */
} ck_winograd_input_u8;

/* The products of a block of output channels, one matrix multiplication for each of the 16 positions. */
typedef struct ck_winograd_product_u8 {
    const uint8_t *inputs; /* position 0 of the first tile: 4 * groups bytes a tile and position */
    ptrdiff_t input_step, input_pitch; /* bytes from a tile to the next, and from a position to the next */
    const uint8_t *packed; /* [16]: int32[vectors * lanes] to begin with, int8 weights [groups][vectors * lanes][4] */
    int32_t count, groups, vectors; /* count: of tiles */
    int32_t *sums; /* [16][count][vectors * lanes] */
    ptrdiff_t sums_pitch; /* from a position to the next */
} ck_winograd_product_u8;

/* The output transform of one tile, Aᵀ M A, and the bytes of its sums. */
typedef struct ck_winograd_output_u8 {
    const int32_t *sums; /* of position 0: [vectors * lanes] */
    ptrdiff_t sums_pitch;
    const uint8_t *packed; /* the block's constants; its bias is in the sums already */
    int32_t vectors, columns;
    ptrdiff_t first_channel;
    uint8_t *const *outputs; /* [4]; null where a pixel is not stored */
    ck_output_u8 output;
} ck_winograd_output_u8;

/* ---- Depthwise ------------------------------------------------------------------------------------------------- */

/* The same part of one or several output rows, all channels. */
enum { CK_BAND_ROWS = 16 };
typedef struct ck_depthwise_band_f32 {
    const ck_convolution_shape *shape;
    int32_t row_count; /* at most CK_BAND_ROWS */
    const float *const *rows; /* [row_count][kernel_height]: pixel 0 of the input row, or `padding` outside the image */
    const ptrdiff_t *steps; /* likewise: floats from a pixel to the next, 0 for padding */
    const float *padding; /* a pixel of zeros */
    const float *packed; /* bias [channels up to lanes], weights [kernel_height][kernel_width][the same] */
    int32_t x_begin, x_end;
    float *output; /* pixel x_begin of the first row */
    ptrdiff_t output_stride, output_row_step;
    const float *residual; /* likewise, or null */
    ptrdiff_t residual_stride, residual_row_step;
    ck_activation activation;
} ck_depthwise_band_f32;

/* The 8-bit kernel sees its window as columns of 4 rows: `rows` is padded to a multiple of 4.
 *
 * Channels are in blocks of depthwise_width, where the last may be depthwise_narrow wide. A block is its constants,
 * then int8 weights [planes][groups of 4 rows][kernel_width][width][4]. Position 4 (l j + i) + t of a block of
 * width 16 l, where i < l and j, t < 4, holds channel 16 i + 4 j + t: the order in which interleaving the bytes of
 * four rows within 128-bit lanes leaves them, and which packing the sums undoes. */
typedef struct ck_depthwise_row_u8 {
    const ck_convolution_shape *shape;
    const uint8_t *const *rows; /* [4 * groups] */
    const ptrdiff_t *steps;
    const uint8_t *padding; /* a pixel of the input's zero point, and as much as fills a cache line */
    int32_t input_zero_point;
    int32_t planes;
    const uint8_t *packed; /* the first block */
    int32_t x_begin, x_end;
    uint8_t *output;
    ptrdiff_t output_stride;
    ck_output_u8 scaling;
} ck_depthwise_row_u8;

/* Int8 terms that one weight less its zero point, -255 … 255, can need. */
enum { CK_MAXIMUM_PLANES = 3 };

/* Kernels that Winograd's method transforms together. */
enum { CK_WINOGRAD_KERNELS = 16 };

/* ---- Pooling --------------------------------------------------------------------------------------------------- */

/* The part of a pooling window that lies inside the image. Steps are in elements. */
typedef struct ck_window {
    const void *base;
    ptrdiff_t row_step, pixel_step;
    int32_t rows, columns;
} ck_window;

/* ---- Tables ---------------------------------------------------------------------------------------------------- */

typedef struct ck_f32_kernels {
    int32_t lanes, tile_pixels, tile_vectors;
    void (*convolution_tile)(const ck_tile_f32 *tile);
    void (*convolution_run)(const ck_run_f32 *run);
    /* One pixel and one tap, with the terms in another order: only for layers that have one of each. */
    void (*convolution_pixel)(const ck_run_f32 *run);
    /* 3×3 kernels, [tap][kernel], transformed: position p of `count` of them to to + p * pitch. size is 2 or 4. */
    void (*winograd_weights)(
        int32_t size, double kernels[9][CK_WINOGRAD_KERNELS], int32_t count, float *to, ptrdiff_t pitch);
    /* A tile of (size + 2)² input pixels, transformed: position p to to + p * pitch. size is 2 or 4. */
    void (*winograd_input)(int32_t size, const void *const *pixels, int32_t channels, float *to, ptrdiff_t pitch);
    void (*winograd_output)(int32_t size, const ck_winograd_output *tile);
    void (*depthwise_band)(const ck_depthwise_band_f32 *band);
    void (*max_window)(const ck_window *window, float *out, int32_t channels);
    void (*average_window)(const ck_window *window, float divisor, float *out, int32_t channels);
    void (*activation)(ck_activation activation, const float *in, float *out, size_t count);
    void (*add)(ck_activation activation, const float *a, const float *b, float *out, size_t count);
    void (*multiply)(const float *a, const float *b, float *out, size_t count);
    void (*l2_normalize)(const float *in, const float *scale, float epsilon, float *out, size_t channels);
    void (*softmax)(const float *in, float *out, size_t columns);
    size_t (*softmax_candidates)(
        const ck_softmax_scan *scan, size_t *next, float *exponentials, ck_score_candidate *out, size_t capacity);
    void (*quantize)(float scale, int32_t zero_point, const float *in, uint8_t *out, size_t count);
    double (*measure_peak)(void);
} ck_f32_kernels;

typedef struct ck_u8_kernels {
    int32_t lanes, tile_pixels, tile_vectors;
    int32_t depthwise_width, depthwise_narrow; /* multiples of 16; equal where there is only one width */
    void (*convolution_tile)(const ck_tile_u8 *tile);
    void (*convolution_run)(const ck_run_u8 *run); /* null where tiles are as fast */
    void (*winograd_input)(const ck_winograd_input_u8 *tile);
    void (*winograd_product)(const ck_winograd_product_u8 *product);
    void (*winograd_output)(const ck_winograd_output_u8 *tile);
    /* sums[p] = factor * Σ x over all taps of the tile's `count` pixels. Reads rows, taps, groups and count alone. */
    void (*row_sums)(const ck_tile_u8 *tile, int32_t factor, int32_t *sums);
    void (*depthwise_row)(const ck_depthwise_row_u8 *row);
    void (*max_window)(const ck_window *window, uint8_t *out, int32_t channels);
    void (*average_window)(const ck_window *window, uint8_t *out, int32_t channels);
    void (*add)(const ck_add_u8_parameters *parameters, const uint8_t *a, const uint8_t *b, uint8_t *out, size_t count);
    void (*scale_channels)(
        const ck_scale_channels_u8_parameters *parameters, const uint8_t *in, const uint8_t *scale, uint8_t *out,
        size_t pixels, size_t channels);
    void (*lookup)(const uint8_t table[256], const uint8_t *in, uint8_t *out, size_t count);
    void (*dequantize)(float scale, int32_t zero_point, const uint8_t *in, float *out, size_t count);
    double (*measure_peak)(void);
} ck_u8_kernels;

extern const ck_f32_kernels ck_portable_f32;
extern const ck_u8_kernels ck_portable_u8;
float ck_portable_activate(ck_activation activation, float x);
size_t ck_portable_softmax_candidates(
    const ck_softmax_scan *scan, size_t *next, float *exponentials, ck_score_candidate *out, size_t capacity);
void ck_portable_winograd_weights(
    int32_t size, double kernels[9][CK_WINOGRAD_KERNELS], int32_t count, float *to, ptrdiff_t pitch);
void ck_portable_winograd_input(int32_t size, const void *const *pixels, int32_t channels, float *to, ptrdiff_t pitch);
void ck_portable_winograd_output(int32_t size, const ck_winograd_output *tile);
/* Output channels of a block of the portable 8-bit convolutions. */
enum { CK_PORTABLE_LANES = 16 };
void ck_portable_winograd_input_u8(const ck_winograd_input_u8 *tile);
void ck_portable_winograd_product_u8(const ck_winograd_product_u8 *product);
void ck_portable_winograd_output_u8(const ck_winograd_output_u8 *tile);
void ck_portable_add_u8(
    const ck_add_u8_parameters *parameters, const uint8_t *a, const uint8_t *b, uint8_t *out, size_t count);
void ck_portable_scale_channels_u8(
    const ck_scale_channels_u8_parameters *parameters, const uint8_t *in, const uint8_t *scale, uint8_t *out,
    size_t pixels, size_t channels);
/* One load a byte: what every instruction set without byte permutations uses. */
void ck_portable_lookup_u8(const uint8_t table[256], const uint8_t *in, uint8_t *out, size_t count);
#if defined(__aarch64__)
extern const ck_f32_kernels ck_neon_f32;
#elif defined(__x86_64__)
extern const ck_f32_kernels ck_avx2_f32, ck_avx512_f32;
extern const ck_u8_kernels ck_avx2_u8, ck_avx2_vnni_u8, ck_avx512_vnni_u8, ck_avx512_vbmi_u8;
#endif

/* The tables of an instruction set that is available here; those of the portable one for any other. */
const ck_f32_kernels *ck_f32_kernels_of(ck_isa isa);
const ck_u8_kernels *ck_u8_kernels_of(ck_isa isa);

/* ---- Arithmetic that everyone shares --------------------------------------------------------------------------- */

/* Whether an output pixel is made of the input pixel at its own place alone. */
static inline int ck_is_pointwise(const ck_convolution_shape *shape) {
    return shape->kernel_height == 1 && shape->kernel_width == 1 && shape->stride_y == 1 && shape->stride_x == 1
        && shape->padding_top == 0 && shape->padding_left == 0 && shape->output_height == shape->input_height
        && shape->output_width == shape->input_width;
}

/* Depthwise channels come in blocks; this is the width of the one that starts `remaining` before the end. */
static inline int32_t ck_depthwise_block_width(int32_t width, int32_t narrow, int32_t remaining) {
    return remaining <= narrow ? narrow : width;
}

/* Bytes of one depthwise block. */
static inline size_t ck_depthwise_block_bytes(const ck_convolution_shape *shape, int32_t width, int32_t planes) {
    size_t groups = ((size_t)shape->kernel_height + 3) / 4;
    return (size_t)width * (CK_CONSTANTS_BYTES + (size_t)planes * groups * (size_t)shape->kernel_width * 4);
}

/* TensorFlow Lite's MultiplyByQuantizedMultiplier in its single-rounding form: sum * multiplier / 2^(31 - shift),
 * halves up, saturated to 32 bits. The multiplier is not negative. */
static inline int32_t ck_scale_sum(int32_t sum, int32_t multiplier, int32_t shift) {
    int32_t right = 31 - shift;
    int64_t scaled = ((int64_t)sum * multiplier + ((int64_t)1 << (right - 1))) >> right;
    return (int32_t)(scaled < INT32_MIN ? INT32_MIN : scaled > INT32_MAX ? INT32_MAX : scaled);
}

/* A scaled sum as a byte of the output. */
static inline uint8_t ck_quantized_output(int32_t scaled, int32_t zero_point, int32_t min, int32_t max) {
    int64_t value = (int64_t)scaled + zero_point;
    return (uint8_t)(value < min ? min : value > max ? max : value);
}

/* The range that the activations without curves clamp to. */
static inline void ck_activation_range(ck_activation activation, float *low, float *high) {
    *low = activation == CK_ACTIVATION_NONE ? -__builtin_inff() : 0.0f;
    *high = activation == CK_ACTIVATION_RELU6 ? 6.0f : __builtin_inff();
}

#endif
