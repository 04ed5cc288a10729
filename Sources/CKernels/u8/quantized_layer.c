#include "u8/quantized_layer.h"

int ck_zero_point_folds(const int8_t *weights, size_t count, int32_t zero_point) {
    for (size_t i = 0; i < count; i++) {
        int32_t difference = weights[i] - zero_point;
        if (difference < INT8_MIN || difference > INT8_MAX) return 0;
    }
    return 1;
}

ck_scaling ck_scaling_of(const int32_t *shifts, int32_t channels) {
    int32_t least = CK_MOST_MODERATE_SHIFT, most = CK_LEAST_MODERATE_SHIFT;
    for (int32_t c = 0; c < channels; c++) {
        if (shifts[c] < least) least = shifts[c];
        if (shifts[c] > most) most = shifts[c];
    }
    if (most >= 0) return CK_SCALING_GENERAL;
    return least >= CK_LEAST_MODERATE_SHIFT && most <= CK_MOST_MODERATE_SHIFT ? CK_SCALING_MODERATE : CK_SCALING_RIGHT;
}

ck_packed_u8_header ck_packed_header_of(const ck_quantized_layer *layer) {
    size_t weights = layer->terms * (size_t)layer->channels;
    int folds = ck_zero_point_folds(layer->weights, weights, layer->weight_zero_point);
    return (ck_packed_u8_header){
        .weight_zero_point = folds ? 0 : layer->weight_zero_point,
        .scaling = ck_scaling_of(layer->requantization->shifts, layer->channels),
        .planes = 1,
    };
}

/* bias - input zero point * Σ w + terms * both zero points: what of Σ (x - xz) (w - wz) depends on the channel alone.
 * Modulo 2^32, as all sums are. */
static int32_t folded_bias(const ck_quantized_layer *layer, int32_t channel) {
    uint32_t sum = 0;
    const int8_t *weights = layer->weights + channel * layer->channel_stride;
    for (size_t i = 0; i < layer->terms; i++) {
        sum += (uint32_t)(weights[(ptrdiff_t)i * layer->term_stride] - layer->weight_zero_point);
    }
    uint32_t bias = layer->bias ? (uint32_t)layer->bias[channel] : 0;
    return (int32_t)(bias - (uint32_t)layer->input_zero_point * sum);
}

uint8_t *ck_pack_constants(
    const ck_quantized_layer *layer, int32_t lanes, int32_t width, const int32_t *channel_of, uint8_t *to) {
    int32_t *bias = (int32_t *)to, *multipliers = bias + width, *shifts = multipliers + width;
    int64_t *rounding = (int64_t *)(shifts + width);
    for (int32_t i = 0; i < width; i++) {
        int32_t channel = channel_of[i], exists = channel < layer->channels;
        bias[i] = exists ? folded_bias(layer, channel) : 0;
        multipliers[i] = exists ? layer->requantization->multipliers[channel] : 0;
        shifts[i] = exists ? layer->requantization->shifts[channel] : CK_MOST_MODERATE_SHIFT;
        int32_t lane = i % lanes, half = lane % 2 == 0 ? 0 : lanes / 2;
        rounding[i - lane + half + lane / 2] = shifts[i] < 0 ? (int64_t)1 << (30 - shifts[i]) : 0;
    }
    return (uint8_t *)(rounding + width);
}
