#include "bf16/runs_bf16.h"

enum { PAIR_BYTES = 4 };

/* A layer gets vectors of half the width where whole ones would compute this part of their channels in vain. */
const ck_run_kernels *ck_runs_bf16_of(const ck_bf16_kernels *kernels, const ck_convolution_shape *shape) {
    enum { WORTH = 10 };
    const ck_run_kernels *narrow = kernels->narrow_runs ? kernels->narrow_runs() : NULL;
    if (!narrow) return kernels->runs;
    int32_t wide_channels = ck_vectors_of(shape->output_channels, kernels->runs->lanes) * kernels->runs->lanes;
    int32_t channels = ck_vectors_of(shape->output_channels, narrow->lanes) * narrow->lanes;
    return (wide_channels - channels) * WORTH >= wide_channels ? narrow : kernels->runs;
}

size_t ck_runs_bf16_packed_size(ck_isa isa, const ck_convolution_shape *shape, int32_t taps, int32_t terms) {
    int32_t lanes = ck_runs_bf16_of(ck_bf16_kernels_of(isa), shape)->lanes,
            width = ck_vectors_of(shape->output_channels, lanes) * lanes;
    return (size_t)width * (sizeof(float) + (size_t)taps * (size_t)((terms + 1) / 2) * PAIR_BYTES);
}

void ck_runs_bf16_pack(
    ck_isa isa, const ck_convolution_shape *shape, int32_t taps, int32_t terms, const ck_parameters_f32 *parameters,
    void *packed) {
    const ck_run_kernels *runs = ck_runs_bf16_of(ck_bf16_kernels_of(isa), shape);
    const float *weights = parameters->weights, *bias = parameters->bias;
    const int32_t outputs = shape->output_channels, lanes = runs->lanes, pairs = (terms + 1) / 2;
    int32_t vectors = ck_vectors_of(outputs, lanes), blocks = ck_block_count(vectors, runs->tile_vectors);
    uint8_t *to = packed;
    for (int32_t block = 0, channel = 0, width; block < blocks; block++, channel += width) {
        width = ck_block_vectors(vectors, blocks, block) * lanes;
        for (int32_t i = 0; i < width; i++, to += sizeof(float)) {
            float value = bias && channel + i < outputs ? bias[channel + i] : 0;
            memcpy(to, &value, sizeof value);
        }
        for (int32_t pair = 0; pair < taps * pairs; pair++) {
            int32_t tap = pair / pairs, term = 2 * (pair % pairs);
            for (int32_t i = 0; i < width; i++) {
                size_t at = ((size_t)(channel + i) * (size_t)taps + (size_t)tap) * (size_t)terms;
                for (int32_t k = term; k < term + 2; k++, to += sizeof(uint16_t)) {
                    int exists = k < terms && channel + i < outputs;
                    uint16_t rounded = exists ? ck_bf16_of(weights[at + (size_t)k]) : 0;
                    memcpy(to, &rounded, sizeof rounded);
                }
            }
        }
    }
}

ck_division ck_runs_bf16_division(ck_isa isa, const ck_convolution_shape *shape) {
    enum { TILE_PIXELS = 8 };
    const ck_run_kernels *runs = ck_runs_bf16_of(ck_bf16_kernels_of(isa), shape);
    int32_t vectors = ck_vectors_of(shape->output_channels, runs->lanes);
    return (ck_division){.pixels = TILE_PIXELS, .blocks = ck_block_count(vectors, runs->tile_vectors)};
}
