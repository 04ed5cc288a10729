#include "shared/methods.h"

#include "bf16/kernels_bf16.h"
#include "u8/quantized_layer.h"

const ck_method *const ck_f32_methods[] = {
    &ck_f32_winograd4, &ck_f32_winograd2, &ck_f32_pixel, &ck_f32_pointwise, &ck_f32_windows, &ck_f32_sums, NULL,
};
const ck_method *const ck_bf16_methods[] = {&ck_bf16_pointwise, &ck_bf16_windows, &ck_bf16_strips, NULL};
const ck_method *const ck_u8_methods[] = {
    &ck_u8_winograd2, &ck_u8_strips, &ck_u8_pointwise, &ck_u8_windows, &ck_u8_sums, NULL,
};
const ck_method *const ck_f32_depthwise_methods[] = {&ck_f32_depthwise, NULL};
const ck_method *const ck_bf16_depthwise_methods[] = {&ck_bf16_depthwise, NULL};
const ck_method *const ck_u8_depthwise_methods[] = {&ck_u8_depthwise, NULL};

const ck_method *const *ck_methods_of(ck_element element, int is_depthwise) {
    switch (element) {
    case CK_ELEMENT_F32: return is_depthwise ? ck_f32_depthwise_methods : ck_f32_methods;
    case CK_ELEMENT_BF16: return is_depthwise ? ck_bf16_depthwise_methods : ck_bf16_methods;
    case CK_ELEMENT_U8: break;
    }
    return is_depthwise ? ck_u8_depthwise_methods : ck_u8_methods;
}

const ck_method *ck_method_of(ck_isa isa, ck_element element, const ck_layer *layer) {
    const ck_method *const *method = ck_methods_of(element, layer->is_depthwise);
    while (*method && !(*method)->suits(isa, layer)) method++;
    return *method;
}

const char *ck_element_name(ck_element element) {
    switch (element) {
    case CK_ELEMENT_F32: return "f32";
    case CK_ELEMENT_BF16: return "bf16";
    case CK_ELEMENT_U8: return "u8";
    }
    return "unknown";
}

ck_layer ck_layer_f32(const ck_convolution_shape *shape, int is_depthwise, ptrdiff_t input_stride) {
    return (ck_layer){.shape = *shape, .input_stride = input_stride, .is_depthwise = is_depthwise};
}

ck_layer ck_layer_u8(
    const ck_convolution_shape *shape, int is_depthwise, ptrdiff_t input_stride, const ck_parameters_u8 *parameters) {
    ck_layer layer = ck_layer_f32(shape, is_depthwise, input_stride);
    size_t weights = (size_t)shape->kernel_height * (size_t)shape->kernel_width * (size_t)shape->output_channels;
    if (!is_depthwise) weights *= (size_t)shape->input_channels;
    layer.zero_point_folds = ck_zero_point_folds(parameters->weights, weights, parameters->weight_zero_point);
    layer.scaling_is_moderate =
        ck_scaling_of(parameters->requantization->shifts, shape->output_channels) == CK_SCALING_MODERATE;
    layer.has_winograd_factors = parameters->winograd_factors != NULL;
    return layer;
}

int ck_bf16_is_faster(ck_isa isa, const ck_layer *layer) {
    /* Of strips, whole tiles are computed, and few channels are mostly conversion. */
    enum { LEAST_CHANNELS = 16, LEAST_PIXELS = 16 };
    switch (ck_bf16_gain_of(isa)) {
    case CK_BF16_GAIN_NONE: return 0;
    case CK_BF16_GAIN_VECTORS: {
        const ck_method *f32 = ck_method_of(isa, CK_ELEMENT_F32, layer);
        if (f32 == &ck_f32_winograd4 || f32 == &ck_f32_winograd2) return 0;
        if (ck_method_of(isa, CK_ELEMENT_BF16, layer) != &ck_bf16_strips) return 1;
        const ck_convolution_shape *shape = &layer->shape;
        return shape->input_channels >= LEAST_CHANNELS && shape->output_height * shape->output_width >= LEAST_PIXELS;
    }
    case CK_BF16_GAIN_TILES: return 1;
    }
    return 0;
}
