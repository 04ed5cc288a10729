#include "f32/direct_f32.h"

static size_t terms_of(const ck_convolution_shape *shape) {
    return (size_t)shape->kernel_height * (size_t)shape->kernel_width * (size_t)shape->input_channels;
}

size_t ck_direct_f32_packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    return (size_t)ck_vectors_of(shape->output_channels, kernels->lanes) * (size_t)kernels->lanes
        * (terms_of(shape) + 1) * sizeof(float);
}

/* For each block of channels the bias [channels of the block], then the weights [terms][channels of the block]. */
void ck_direct_f32_pack(ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    const float *weights = parameters->f32.weights, *bias = parameters->f32.bias;
    size_t terms = terms_of(shape);
    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes),
            blocks = ck_block_count(vectors, kernels->tile_vectors), channel = 0;
    float *to = packed;
    for (int32_t block = 0; block < blocks; block++) {
        int32_t width = ck_block_vectors(vectors, blocks, block) * kernels->lanes;
        for (int32_t i = 0; i < width; i++) {
            *to++ = bias && channel + i < shape->output_channels ? bias[channel + i] : 0;
        }
        for (size_t term = 0; term < terms; term++) {
            for (int32_t i = 0; i < width; i++) {
                *to++ = channel + i < shape->output_channels ? weights[(size_t)(channel + i) * terms + term] : 0;
            }
        }
        channel += width;
    }
}

size_t ck_direct_f32_scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    return ck_direct_f32_layout_of(ck_f32_kernels_of(isa), shape).scratch_size;
}

ck_division ck_direct_f32_division(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    int32_t vectors = ck_vectors_of(shape->output_channels, kernels->lanes);
    return (ck_division){.pixels = kernels->tile_pixels, .blocks = ck_block_count(vectors, kernels->tile_vectors)};
}
