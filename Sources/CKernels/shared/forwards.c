/* What the Swift side called before there were methods: see the last section of ckernels.h. */
#include "shared/methods.h"

static const ck_method *f32_method(
    ck_isa isa, ck_element element, const ck_convolution_shape *shape, ptrdiff_t stride) {
    const ck_layer layer = ck_layer_f32(shape, 0, stride);
    return ck_method_of(isa, element, &layer);
}
static const ck_method *f32_dense(ck_isa isa, const ck_convolution_shape *shape) {
    return f32_method(isa, CK_ELEMENT_F32, shape, shape->input_channels);
}
static const ck_method *bf16_dense(ck_isa isa, const ck_convolution_shape *shape) {
    return f32_method(isa, CK_ELEMENT_BF16, shape, shape->input_channels);
}
static ck_convolution convolution_f32(const ck_convolution_f32 *layer) {
    return (ck_convolution){
        .shape = layer->shape,
        .packed = layer->packed,
        .activation = layer->activation,
        .residuals = layer->residuals,
        .residual_stride = layer->residual_stride,
    };
}
static ck_parameters parameters_f32(const float *weights, const float *bias) {
    return (ck_parameters){.f32 = {.weights = weights, .bias = bias}};
}

size_t ck_convolution_f32_packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    return f32_dense(isa, shape)->packed_size(isa, shape);
}
void ck_convolution_f32_pack(
    ck_isa isa, const ck_convolution_shape *shape, const float *weights, const float *bias, void *packed) {
    const ck_parameters parameters = parameters_f32(weights, bias);
    f32_dense(isa, shape)->pack(isa, shape, &parameters, packed);
}
size_t ck_convolution_f32_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    return f32_dense(isa, shape)->scratch_size(isa, shape);
}
ck_division ck_convolution_f32_division(ck_isa isa, const ck_convolution_shape *shape) {
    return f32_dense(isa, shape)->division(isa, shape);
}
void ck_convolution_f32_run(ck_isa isa, const ck_convolution_f32 *layer, const ck_work *work) {
    const ck_convolution convolution = convolution_f32(layer);
    f32_method(isa, CK_ELEMENT_F32, &layer->shape, work->input_stride)->run(isa, &convolution, work);
}
void ck_convolution_f32_run_scaled(
    ck_isa isa, const ck_convolution_f32 *layer, const void *const *scales, const ck_work *work) {
    const ck_convolution convolution = convolution_f32(layer);
    f32_dense(isa, &layer->shape)->run_scaled(isa, &convolution, scales, work);
}
size_t ck_convolution_f32_scaled_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    return f32_dense(isa, shape)->scaled_scratch_size(isa, shape);
}

size_t ck_convolution_bf16_packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    return bf16_dense(isa, shape)->packed_size(isa, shape);
}
void ck_convolution_bf16_pack(
    ck_isa isa, const ck_convolution_shape *shape, const float *weights, const float *bias, void *packed) {
    const ck_parameters parameters = parameters_f32(weights, bias);
    bf16_dense(isa, shape)->pack(isa, shape, &parameters, packed);
}
size_t ck_convolution_bf16_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    return bf16_dense(isa, shape)->scratch_size(isa, shape);
}
int ck_convolution_bf16_is_faster(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_layer layer = ck_layer_f32(shape, 0, shape->input_channels);
    return ck_bf16_is_faster(isa, &layer);
}
ck_division ck_convolution_bf16_division(ck_isa isa, const ck_convolution_shape *shape) {
    return bf16_dense(isa, shape)->division(isa, shape);
}
void ck_convolution_bf16_run(ck_isa isa, const ck_convolution_f32 *layer, const ck_work *work) {
    const ck_convolution convolution = convolution_f32(layer);
    f32_method(isa, CK_ELEMENT_BF16, &layer->shape, work->input_stride)->run(isa, &convolution, work);
}
int ck_convolution_bf16_joins(ck_isa isa, const ck_convolution_shape *shape) { return bf16_dense(isa, shape)->joins; }
void ck_convolution_bf16_run_scaled(
    ck_isa isa, const ck_convolution_f32 *layer, const void *const *scales, const ck_work *work) {
    const ck_convolution convolution = convolution_f32(layer);
    bf16_dense(isa, &layer->shape)->run_scaled(isa, &convolution, scales, work);
}

size_t ck_depthwise_f32_packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    return ck_f32_depthwise.packed_size(isa, shape);
}
void ck_depthwise_f32_pack(
    ck_isa isa, const ck_convolution_shape *shape, const float *weights, const float *bias, void *packed) {
    const ck_parameters parameters = parameters_f32(weights, bias);
    ck_f32_depthwise.pack(isa, shape, &parameters, packed);
}
size_t ck_depthwise_f32_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    return ck_f32_depthwise.scratch_size(isa, shape);
}
void ck_depthwise_f32_run(ck_isa isa, const ck_convolution_f32 *layer, const ck_work *work) {
    const ck_convolution convolution = convolution_f32(layer);
    ck_f32_depthwise.run(isa, &convolution, work);
}
int ck_depthwise_bf16_joins(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_layer layer = ck_layer_f32(shape, 1, shape->input_channels);
    return ck_method_of(isa, CK_ELEMENT_BF16, &layer) != NULL;
}
size_t ck_depthwise_bf16_packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    return ck_bf16_depthwise.packed_size(isa, shape);
}
void ck_depthwise_bf16_pack(
    ck_isa isa, const ck_convolution_shape *shape, const float *weights, const float *bias, void *packed) {
    const ck_parameters parameters = parameters_f32(weights, bias);
    ck_bf16_depthwise.pack(isa, shape, &parameters, packed);
}

static ck_bottleneck bottleneck_of(ck_isa isa, const ck_block_f32 *block) {
    const ck_element element = block->is_bf16 ? CK_ELEMENT_BF16 : CK_ELEMENT_F32;
    ck_bottleneck result = {
        .depthwise_method = block->filters_bf16 ? &ck_bf16_depthwise : &ck_f32_depthwise,
        .expand = convolution_f32(&block->expand),
        .depthwise = convolution_f32(&block->depthwise),
        .project = convolution_f32(&block->project),
    };
    if (block->expands) result.expand_method = f32_method(isa, element, &block->expand.shape, 0);
    if (block->projects) result.project_method = f32_method(isa, element, &block->project.shape, 0);
    return result;
}
size_t ck_block_f32_scratch_size(ck_isa isa, const ck_block_f32 *block) {
    const ck_bottleneck own = bottleneck_of(isa, block);
    return ck_bottleneck_scratch_size(isa, &own);
}
void ck_block_f32_run(ck_isa isa, const ck_block_f32 *block, const ck_work *work) {
    const ck_bottleneck own = bottleneck_of(isa, block);
    ck_bottleneck_run(isa, &own, work);
}

/* ---- 8-bit integers ---------------------------------------------------------------------------------------------- */

static const ck_method *u8_method(ck_isa isa, const ck_convolution_shape *shape, ptrdiff_t stride, const void *packed) {
    const ck_packed_u8_header *header = packed;
    ck_layer layer = ck_layer_f32(shape, 0, stride);
    layer.zero_point_folds = header && header->weight_zero_point == 0;
    layer.scaling_is_moderate = header && header->scaling == CK_SCALING_MODERATE;
    return ck_method_of(isa, CK_ELEMENT_U8, &layer);
}
/* What is packed does not depend on which of the direct methods reads it. */
static const ck_method *u8_dense(ck_isa isa, const ck_convolution_shape *shape) {
    return u8_method(isa, shape, shape->input_channels, NULL);
}
static ck_convolution convolution_u8(const ck_convolution_u8 *layer) {
    return (ck_convolution){
        .shape = layer->shape,
        .packed = layer->packed,
        .input_zero_point = layer->input_zero_point,
        .output_zero_point = layer->output_zero_point,
        .output_min = layer->output_min,
        .output_max = layer->output_max,
    };
}

size_t ck_convolution_u8_packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    return u8_dense(isa, shape)->packed_size(isa, shape);
}
void ck_convolution_u8_pack(
    ck_isa isa, const ck_convolution_shape *shape, const int8_t *weights, int32_t weight_zero_point,
    int32_t input_zero_point, const int32_t *bias, const ck_requantization *requantization, void *packed) {
    const ck_parameters parameters = {.u8 = {weights, weight_zero_point, input_zero_point, bias, requantization, NULL}};
    u8_dense(isa, shape)->pack(isa, shape, &parameters, packed);
}
size_t ck_convolution_u8_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    return u8_dense(isa, shape)->scratch_size(isa, shape);
}
ck_division ck_convolution_u8_division(ck_isa isa, const ck_convolution_shape *shape) {
    return u8_dense(isa, shape)->division(isa, shape);
}
void ck_convolution_u8_run(ck_isa isa, const ck_convolution_u8 *layer, const ck_work *work) {
    const ck_convolution convolution = convolution_u8(layer);
    u8_method(isa, &layer->shape, work->input_stride, layer->packed)->run(isa, &convolution, work);
}

int ck_winograd_u8_is_faster(const ck_convolution_shape *shape) { return ck_u8_winograd_is_faster(shape); }
size_t ck_winograd_u8_packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    return ck_u8_winograd2.packed_size(isa, shape);
}
void ck_winograd_u8_pack(
    ck_isa isa, const ck_convolution_shape *shape, const int8_t *weights, const int32_t *bias,
    const ck_requantization *requantization, const int16_t factors[CK_WINOGRAD_U8_POSITIONS], void *packed) {
    const ck_parameters parameters = {.u8 = {weights, 0, 0, bias, requantization, factors}};
    ck_u8_winograd2.pack(isa, shape, &parameters, packed);
}
size_t ck_winograd_u8_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    return ck_u8_winograd2.scratch_size(isa, shape);
}
ck_division ck_winograd_u8_division(ck_isa isa, const ck_convolution_shape *shape) {
    return ck_u8_winograd2.division(isa, shape);
}
void ck_winograd_u8_run(ck_isa isa, const ck_convolution_u8 *layer, const ck_work *work) {
    const ck_convolution convolution = convolution_u8(layer);
    ck_u8_winograd2.run(isa, &convolution, work);
}

size_t ck_depthwise_u8_packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    return ck_u8_depthwise.packed_size(isa, shape);
}
void ck_depthwise_u8_pack(
    ck_isa isa, const ck_convolution_shape *shape, const int8_t *weights, int32_t weight_zero_point,
    int32_t input_zero_point, const int32_t *bias, const ck_requantization *requantization, void *packed) {
    const ck_parameters parameters = {.u8 = {weights, weight_zero_point, input_zero_point, bias, requantization, NULL}};
    ck_u8_depthwise.pack(isa, shape, &parameters, packed);
}
size_t ck_depthwise_u8_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    return ck_u8_depthwise.scratch_size(isa, shape);
}
void ck_depthwise_u8_run(ck_isa isa, const ck_convolution_u8 *layer, const ck_work *work) {
    const ck_convolution convolution = convolution_u8(layer);
    ck_u8_depthwise.run(isa, &convolution, work);
}
