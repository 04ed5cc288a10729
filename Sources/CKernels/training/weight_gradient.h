/* What the drivers of the weight gradient and its micro-kernels, one set for each instruction set, agree on. */
#ifndef CK_WEIGHT_GRADIENT_H
#define CK_WEIGHT_GRADIENT_H

#include <string.h>

#include "ck_training.h"

enum {
    CK_GRADIENT_VECTORS = 3, /* of terms in a tile */
    /* Winograd's F(3×3, 4×4): what the spread of a tile has for each channel. */
    CK_GRADIENT_EDGE = 6,
    CK_GRADIENT_POSITIONS = CK_GRADIENT_EDGE * CK_GRADIENT_EDGE,
};

#define CK_ROOT_HALF 0.70710678118654752f
#define CK_ROOT_TWO 1.4142135623730950f

/* Pixels that lie evenly, from term 0 and channel 0 of the first. */
typedef struct ck_gradient_line {
    const float *input, *gradient;
    int32_t pixels;
} ck_gradient_line;

/* sums[channel][term] += Σ over the lines' pixels of gradient[channel] * input[term]. */
typedef struct ck_gradient_tile {
    const ck_gradient_line *lines;
    int32_t line_count;
    ptrdiff_t input_step, gradient_step; /* floats from a pixel to the next */
    int32_t first_term, terms, first_channel, channels;
    float *sums; /* [channels], `sums_pitch` floats apart */
    ptrdiff_t sums_pitch;
    int begins; /* whether the sums are 0 before this, whatever is in memory */
} ck_gradient_tile;

typedef struct ck_gradient_kernels {
    int32_t lanes;
    int32_t channels; /* the most of a tile */
    void (*run)(const ck_gradient_tile *tile);
    /* The output gradient's 4×4 pixels as 6×6 values a channel, `pitch` floats from one to the next. */
    void (*spread)(const void *const *pixels, int32_t channels, float *to, ptrdiff_t pitch);
    /* 6×6 sums of `terms` terms, `pitch` floats apart, as the gradients of 3×3 weights, `tap_pitch` floats apart. */
    void (*gather)(const float *sums, ptrdiff_t pitch, int32_t terms, float *gradient, ptrdiff_t tap_pitch);
} ck_gradient_kernels;

/* Tiles of a gradient: [blocks of channels][parts of the terms]. Each is one thread's, whose range of them may be any. */
int ck_winograd_gradient_is_faster(const ck_convolution_shape *shape);
int64_t ck_winograd_gradient_tiles(const ck_gradient_kernels *kernels, const ck_convolution_shape *shape);
size_t ck_winograd_gradient_scratch_size(const ck_gradient_kernels *kernels, const ck_convolution_shape *shape);
void ck_winograd_gradient_run(
    ck_isa isa, const ck_gradient_kernels *kernels, const ck_convolution_shape *shape, const float *input,
    const float *output_gradient, int32_t images, int64_t tile_begin, int64_t tile_end, float *gradient, void *scratch);

#endif
