#include "u8/direct_u8.h"

enum { UNIT = CK_DIRECT_U8_UNIT, MAXIMUM_BLOCK = 256 };

size_t ck_direct_u8_packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    ck_indirection layout = ck_direct_u8_layout_of(kernels, shape);
    size_t width = (size_t)ck_vectors_of(shape->output_channels, kernels->lanes) * (size_t)kernels->lanes;
    return sizeof(ck_packed_u8_header) + width * ck_direct_u8_channel_bytes(&layout);
}

/* The header, then for each block of channels its constants and its weights. */
void ck_direct_u8_pack(ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed) {
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    const ck_indirection layout = ck_direct_u8_layout_of(kernels, shape);
    const ck_quantized_layer layer = ck_quantized_dense(shape, &parameters->u8);
    const ck_packed_u8_header header = ck_packed_header_of(&layer);
    int32_t offset = layer.weight_zero_point - header.weight_zero_point;
    memcpy(packed, &header, sizeof header);

    uint8_t *to = (uint8_t *)packed + sizeof header;
    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes),
            blocks = ck_block_count(vectors, kernels->tile_vectors), first = 0;
    size_t depth = (size_t)layout.depth, tap_terms = (size_t)layout.terms;
    for (int32_t block = 0; block < blocks; block++) {
        int32_t width = ck_block_vectors(vectors, blocks, block) * kernels->lanes;
        int32_t channel_of[MAXIMUM_BLOCK];
        for (int32_t i = 0; i < width; i++) channel_of[i] = first + i;
        to = ck_pack_constants(&layer, kernels->lanes, width, channel_of, to);
        for (size_t at = 0; at < (size_t)layout.taps * depth; at += UNIT) {
            for (int32_t i = 0; i < width; i++) {
                for (size_t k = at % depth; k < at % depth + UNIT; k++) {
                    /* Past a tap's terms come bytes of anything, which the sums of the rows hold too: weights less the
                     * zero point that are 0 cancel them. Past the last channel nothing is stored. */
                    int32_t weight = header.weight_zero_point;
                    if (first + i < shape->output_channels && k < tap_terms) {
                        size_t term = at / depth * tap_terms + k;
                        weight = layer.weights[(size_t)(first + i) * layer.terms + term] - offset;
                    }
                    *to++ = (uint8_t)weight;
                }
            }
        }
        first += width;
    }
}

size_t ck_direct_u8_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    return ck_direct_u8_layout_of(ck_u8_kernels_of(isa), shape).scratch_size;
}

ck_division ck_direct_u8_division(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes);
    return (ck_division){kernels->tile_pixels, ck_block_count(vectors, kernels->tile_vectors)};
}

int ck_direct_u8_runs(ck_isa isa, const ck_layer *layer) {
    return ck_u8_kernels_of(isa)->convolution_run && layer->zero_point_folds && layer->scaling_is_moderate;
}
