/* What the packing of 8-bit convolutions and depthwise convolutions share. */
#ifndef CK_QUANTIZED_LAYER_H
#define CK_QUANTIZED_LAYER_H

#include "shared/kernels.h"

/* Everything about a layer that its per-channel constants are made from. */
typedef struct ck_quantized_layer {
    int32_t channels;         /* of the output */
    size_t terms;             /* weights of one output channel */
    ptrdiff_t channel_stride; /* from a channel's weights to the next channel's */
    ptrdiff_t term_stride;    /* from a weight to the next of its channel */
    const int8_t *weights;
    int32_t weight_zero_point, input_zero_point;
    const int32_t *bias; /* or null */
    const ck_requantization *requantization;
} ck_quantized_layer;

/* Whether every weight less the zero point is still an int8. Then the zero point costs nothing at run time. */
int ck_zero_point_folds(const int8_t *weights, size_t count, int32_t zero_point);

/* The fastest way that all shifts allow. */
ck_scaling ck_scaling_of(const int32_t *shifts, int32_t channels);

/* A layer with one group, weights OHWI. */
static inline ck_quantized_layer ck_quantized_dense(
    const ck_convolution_shape *shape, const ck_parameters_u8 *parameters) {
    size_t terms = (size_t)shape->kernel_height * (size_t)shape->kernel_width * (size_t)shape->input_channels;
    return (ck_quantized_layer){
        .channels = shape->output_channels,
        .terms = terms,
        .channel_stride = (ptrdiff_t)terms,
        .term_stride = 1,
        .weights = parameters->weights,
        .weight_zero_point = parameters->weight_zero_point,
        .input_zero_point = parameters->input_zero_point,
        .bias = parameters->bias,
        .requantization = parameters->requantization,
    };
}

/* The header of such a layer. What its zero point is less than the layer's is subtracted from the weights. */
ck_packed_u8_header ck_packed_header_of(const ck_quantized_layer *layer);

/* Writes the constants of a block of `width` positions, where position i holds channel channel_of[i] (any value past
 * the last channel: zeros). Returns the byte after them. */
uint8_t *ck_pack_constants(
    const ck_quantized_layer *layer, int32_t lanes, int32_t width, const int32_t *channel_of, uint8_t *to);

/* How the sums of a packed layer are scaled under these output bounds. */
static inline ck_output_u8 ck_output_of(const ck_convolution *layer) {
    const ck_packed_u8_header *header = layer->packed;
    return (ck_output_u8){
        layer->output_zero_point,
        layer->output_min,
        layer->output_max,
        (ck_scaling)header->scaling,
    };
}

#endif
