/* What training computes besides what inference does, in fp32. */
#ifndef CK_TRAINING_H
#define CK_TRAINING_H

#include "ckernels.h"

/* The gradient of a dense convolution by its weights, over a batch: Σ over pixels of input * output gradient, as
 * [output_channels][kernel_height][kernel_width][input_channels]. `input` and `output_gradient` are the maps of all
 * images, one after the other, without gaps. Work is divided by tiles, each of which is written by whoever has it: the
 * result does not depend on the division. */
int64_t ck_weight_gradient_f32_tiles(ck_isa isa, const ck_convolution_shape *shape);
size_t ck_weight_gradient_f32_scratch_size(ck_isa isa, const ck_convolution_shape *shape); /* for each thread */
void ck_weight_gradient_f32_run(
    ck_isa isa, const ck_convolution_shape *shape, const float *input, const float *output_gradient, int32_t images,
    int64_t tile_begin, int64_t tile_end, float *gradient, void *scratch);

/* The gradient of a depthwise convolution by its input: that of the input's rows from row_begin to row_end, counted over
 * the batch, written or, with `accumulates`, added. Weights are [kernel_height][kernel_width][channels]. */
void ck_depthwise_input_gradient_f32(
    ck_isa isa, const ck_convolution_shape *shape, const float *weights, const float *output_gradient,
    int64_t row_begin, int64_t row_end, float *gradient, int accumulates);
/* That by its weights, of one image, as [kernel_height][kernel_width][channels]. */
void ck_depthwise_weight_gradient_f32(
    ck_isa isa, const ck_convolution_shape *shape, const float *input, const float *output_gradient, float *sums);

/* What an activation (none, ReLU or ReLU6) whose result is y lets through of a gradient, to `result`, which may be
 * `gradient`; and for each channel the sum of that. */
void ck_activation_gradient_f32(
    ck_isa isa, ck_activation activation, const float *y, const float *gradient, int64_t pixels, int32_t channels,
    float *result, float *sums);

/* The least and the greatest of `count` floats and 0; both infinite if one of them is not a number. */
void ck_range_f32(ck_isa isa, const float *x, size_t count, float range[2]);

/* Batch normalization with the activation after it, y = f(z), z = factor * x + summand by channel, as training needs
 * it; over `pixels` pixels of `channels` channels, without gaps. Of activations it knows CK_ACTIVATION_NONE to
 * CK_ACTIVATION_HARD_SWISH. Sums are single precision: the caller cuts the pixels into runs. */
typedef struct ck_normalization_f32 {
    int32_t channels;
    ck_activation activation;
    const float *factors, *summands;
} ck_normalization_f32;

/* For each channel, the sums of x − p and of its square, p being the first pixel. */
void ck_normalization_f32_moments(
    ck_isa isa, const float *x, int64_t pixels, int32_t channels, float *sums, float *squares);
/* With `streams` the result goes by the caches, where it can: for maps so large that nothing of them would still be there
 * when they are read. */
void ck_normalization_f32_run(
    ck_isa isa, const ck_normalization_f32 *layer, const float *x, int64_t pixels, float *y, int streams);
/* With δ = gradient * f′(z): for each channel, the sums of δ and of δ * (x − mean). */
void ck_normalization_f32_gradient_sums(
    ck_isa isa, const ck_normalization_f32 *layer, const float *x, const float *gradient, const float *means,
    int64_t pixels, float *sums, float *products);
/* factor * (δ − mean_gradient − (x − mean) * slope), to `result`, which may be `gradient`. */
void ck_normalization_f32_gradient(
    ck_isa isa, const ck_normalization_f32 *layer, const float *x, const float *gradient, const float *means,
    const float *mean_gradients, const float *slopes, int64_t pixels, float *result);

#endif
