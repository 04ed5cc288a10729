/* f32/windows: over few channels a tap is a row of the window, whose pixels lie together in an image without gaps. */
#include "f32/direct_f32.h"
#include "shared/methods.h"

static int suits(ck_isa isa, const ck_layer *layer) {
    const ck_convolution_shape *shape = &layer->shape;
    return ck_direct_f32_layout_of(ck_f32_kernels_of(isa), shape).by_rows && shape->dilation_x == 1
        && layer->input_stride == shape->input_channels;
}

static void run(ck_isa isa, const ck_convolution *layer, const ck_work *work) {
    const ck_convolution_shape *shape = &layer->shape;
    const ck_f32_kernels *kernels = ck_f32_kernels_of(isa);
    const ck_indirection layout = ck_direct_f32_layout_of(kernels, shape);
    const ck_run_kernels runs = ck_direct_f32_runs_of(kernels);
    ck_run_f32 run = ck_run_f32_of(layer, work);
    run.inputs = (const float *const *)((uint8_t *)work->scratch + layout.rows_offset);
    run.taps = shape->kernel_height;
    run.channels = layout.depth;
    ck_run_kernel *multiply = ck_run_kernel_of(&runs, shape, run.taps);
    for (int64_t pixel = work->begin; pixel < work->end; pixel += run.count) {
        ck_run_f32_blocks(&runs, multiply, layer, work, &run, ck_windows_at(&layout, shape, work, 0, pixel));
    }
}

const ck_method ck_f32_windows = {
    .name = "windows",
    .element = CK_ELEMENT_F32,
    .suits = suits,
    .packed_size = ck_direct_f32_packed_size,
    .pack = ck_direct_f32_pack,
    .scratch_size = ck_direct_f32_scratch_size,
    .division = ck_direct_f32_division,
    .run = run,
};
