/* u8/pointwise: a layer whose pixels are made of the input pixels at their own place alone is a product of matrices. */
#include "shared/methods.h"
#include "u8/direct_u8.h"

static int suits(ck_isa isa, const ck_layer *layer) {
    return ck_direct_u8_runs(isa, layer) && ck_is_pointwise(&layer->shape)
        && !ck_direct_u8_layout_of(ck_u8_kernels_of(isa), &layer->shape).by_rows;
}

static void run(ck_isa isa, const ck_convolution *layer, const ck_work *work) {
    const ck_convolution_shape *shape = &layer->shape;
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    const ck_indirection layout = ck_direct_u8_layout_of(kernels, shape);
    int64_t chunk = ck_pointwise_chunk(shape, sizeof(uint8_t));
    const uint8_t *input[1];
    ck_run_u8 run = ck_run_u8_of(layer, work, &layout);
    run.inputs = input;
    for (int64_t first = work->begin; first < work->end; first += run.count) {
        ck_pixels at = ck_pixels_at(shape, first, work->end, chunk);
        input[0] = (const uint8_t *)work->inputs[at.image] + at.pixel * run.input_step;
        ck_run_u8_blocks(kernels, layer, work, &layout, &run, at);
    }
}

const ck_method ck_u8_pointwise = {
    .name = "pointwise",
    .element = CK_ELEMENT_U8,
    .suits = suits,
    .packed_size = ck_direct_u8_packed_size,
    .pack = ck_direct_u8_pack,
    .scratch_size = ck_direct_u8_scratch_size,
    .division = ck_direct_u8_division,
    .run = run,
};
