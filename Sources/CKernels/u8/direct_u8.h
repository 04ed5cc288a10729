/* What the direct 8-bit methods over vectors (pointwise, windows, sums) have in common: the packed weights, the
 * scratch, how the work is divided, and how a block of output channels is multiplied. */
#ifndef CK_DIRECT_U8_H
#define CK_DIRECT_U8_H

#include "shared/runs.h"
#include "u8/quantized_layer.h"

/* Bytes of a tap that the micro-kernel multiplies at once: one 32-bit lane's worth. */
enum { CK_DIRECT_U8_UNIT = 4 };

static inline ck_indirection ck_direct_u8_layout_of(const ck_u8_kernels *kernels, const ck_convolution_shape *shape) {
    return ck_indirection_of(shape, sizeof(uint8_t), CK_DIRECT_U8_UNIT, kernels->tile_pixels);
}

/* Bytes of the packed weights of an output channel. */
static inline size_t ck_direct_u8_channel_bytes(const ck_indirection *layout) {
    return CK_CONSTANTS_BYTES + (size_t)layout->taps * (size_t)layout->depth;
}

size_t ck_direct_u8_packed_size(ck_isa isa, const ck_convolution_shape *shape);
void ck_direct_u8_pack(ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed);
size_t ck_direct_u8_scratch_size(ck_isa isa, const ck_convolution_shape *shape);
ck_division ck_direct_u8_division(ck_isa isa, const ck_convolution_shape *shape);

/* Whether an instruction set has kernels for runs that a layer's weights and scaling are for. */
int ck_direct_u8_runs(ck_isa isa, const ck_layer *layer);
/* What all runs of a layer have in common. */
static inline ck_run_u8 ck_run_u8_of(const ck_convolution *layer, const ck_work *work, const ck_indirection *layout) {
    return (ck_run_u8){
        .inputs = (const uint8_t *const *)((uint8_t *)work->scratch + layout->rows_offset),
        .input_step = work->input_stride * layer->shape.stride_x,
        .output_step = work->output_stride,
        .taps = layout->taps,
        .groups = layout->depth / CK_DIRECT_U8_UNIT,
        .padding = (uint8_t)layer->input_zero_point,
        .range = ck_output_of(layer),
    };
}

/* The work's blocks of channels over some pixels. */
static inline void ck_run_u8_blocks(
    const ck_u8_kernels *kernels, const ck_convolution *layer, const ck_work *work, const ck_indirection *layout,
    ck_run_u8 *run, ck_pixels at) {
    const uint8_t *weights = (const uint8_t *)layer->packed + sizeof(ck_packed_u8_header);
    int32_t channels = layer->shape.output_channels, vectors = ck_vectors_of(channels, kernels->lanes);
    int32_t blocks = ck_block_count(vectors, kernels->tile_vectors);
    run->count = at.count;
    for (int32_t block = work->block_begin; block < work->block_end; block++) {
        int32_t channel = ck_block_first_vector(vectors, blocks, block) * kernels->lanes;
        run->vectors = ck_block_vectors(vectors, blocks, block);
        int32_t width = run->vectors * kernels->lanes, rest = channels - channel;
        run->columns = rest < width ? rest : width;
        run->packed = weights + (size_t)channel * ck_direct_u8_channel_bytes(layout);
        run->output = (uint8_t *)work->outputs[at.image] + at.pixel * run->output_step + channel;
        kernels->convolution_run(run);
    }
}

#endif
