/* u8/windows: over few channels, or a number of them that is not whole units, a tap is a row of the window, whose
 * pixels lie together in an image without gaps. */
#include "shared/methods.h"
#include "u8/direct_u8.h"

static int suits(ck_isa isa, const ck_layer *layer) {
    const ck_convolution_shape *shape = &layer->shape;
    return ck_direct_u8_runs(isa, layer) && ck_direct_u8_layout_of(ck_u8_kernels_of(isa), shape).by_rows
        && shape->dilation_x == 1 && layer->input_stride == shape->input_channels;
}

static void run(ck_isa isa, const ck_convolution *layer, const ck_work *work) {
    const ck_convolution_shape *shape = &layer->shape;
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    const ck_indirection layout = ck_direct_u8_layout_of(kernels, shape);
    ck_run_u8 run = ck_run_u8_of(layer, work, &layout);
    for (int64_t pixel = work->begin; pixel < work->end; pixel += run.count) {
        ck_pixels at = ck_windows_at(&layout, shape, work, run.padding, pixel);
        ck_run_u8_blocks(kernels, layer, work, &layout, &run, at);
    }
}

const ck_method ck_u8_windows = {
    .name = "windows",
    .element = CK_ELEMENT_U8,
    .suits = suits,
    .packed_size = ck_direct_u8_packed_size,
    .pack = ck_direct_u8_pack,
    .scratch_size = ck_direct_u8_scratch_size,
    .division = ck_direct_u8_division,
    .run = run,
};
