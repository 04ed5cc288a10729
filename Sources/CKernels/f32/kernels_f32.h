/* The fp32 micro-kernels, written once over a vector of LANES floats and included by each instruction set's file.
 *
 * Before it, the file defines LANES, TILE_PIXELS, TILE_VECTORS, TARGET (the function attribute that allows the
 * instructions), TABLE (the table's name), INLINE, and over its vector type `vf`: vf_splat, vf_load, vf_store,
 * vf_load_n and vf_store_n (the first n lanes only, touching no memory past them; the rest reads as 0), vf_first (lanes
 * below n of one vector, the others of another), vf_max and vf_min (the second operand where the first is NaN), vf_fma,
 * vf_trunc, vf_round (to the nearest integer), vf_scale (by a power of two), vf_sum, vf_largest,
 * vf_at_least (bit i: lane i of the first is no less than that of the second), vf_store_bytes.
 */
#include <math.h>

#include "shared/kernels.h"
#include "isa/peak.h"

#define KERNEL static TARGET
#define vf_term vf_fma

enum { CACHE_LINE_FLOATS = 16 };

#include "f32/functions_f32.h"

#include "f32/tile_f32.h"
#include "f32/run_f32.h"
#include "f32/depthwise_kernels_f32.h"
#include "f32/winograd_kernels_f32.h"
#include "f32/scores_f32.h"
#include "f32/pooling_f32.h"
#include "f32/elementwise_f32.h"

/* ---- Ceiling --------------------------------------------------------------------------------------------------- */

enum { PEAK_SUMS = TILE_PIXELS * TILE_VECTORS };

KERNEL void peak_loop(int64_t rounds) {
    volatile float factor = 0.5f, term = 1;
    vf a = vf_splat(factor), b = vf_splat(term), sums[PEAK_SUMS];
#pragma clang loop unroll(full)
    for (int i = 0; i < PEAK_SUMS; i++) sums[i] = a;
    for (int64_t round = 0; round < rounds; round++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < PEAK_SUMS; i++) sums[i] = vf_fma(sums[i], a, b);
    }
#pragma clang loop unroll(full)
    for (int i = 1; i < PEAK_SUMS; i++) sums[0] = sums[0] + sums[i];
    term = vf_sum(sums[0]);
}

static double measure_peak(void) { return ck_peak(peak_loop, 2.0 * PEAK_SUMS * LANES); }

const ck_f32_kernels TABLE = {
    .lanes = LANES,
    .tile_pixels = TILE_PIXELS,
    .tile_vectors = TILE_VECTORS,
    .convolution_tile = convolution_tile,
    .convolution_run = convolution_run,
    .convolution_pixel = convolution_pixel,
    .winograd_weights = winograd_weights,
    .winograd_input = winograd_input,
    .winograd_output = winograd_output,
    .depthwise_band = depthwise_band,
    .max_window = max_window,
    .average_window = average_window,
    .activation = activation,
    .add = add,
    .multiply = multiply,
    .l2_normalize = l2_normalize,
    .softmax = softmax,
    .softmax_candidates = softmax_candidates,
    .quantize = quantize,
    .measure_peak = measure_peak,
};
