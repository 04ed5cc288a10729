/* The fp32 pools, a part of kernels_f32.h. */

KERNEL void max_window(const ck_window *window, float *out, int32_t channels) {
    for (int32_t c = 0; c < channels; c += LANES) {
        int32_t n = channels - c < LANES ? channels - c : LANES;
        const float *base = (const float *)window->base + c;
        vf best = vf_splat(-INFINITY);
        for (int32_t y = 0; y < window->rows; y++) {
            for (int32_t x = 0; x < window->columns; x++) {
                const float *pixel = base + y * window->row_step + x * window->pixel_step;
                best = vf_max(n == LANES ? vf_load(pixel) : vf_load_n(pixel, n), best);
            }
        }
        vf_store_n(out + c, best, n);
    }
}

/* Some vectors of channels side by side: a sum of one is done only when the sum before it is. */
INLINE void average_of(
    const ck_window *window, float divisor, float *out, int32_t c, int32_t n, const int vectors, const int full) {
    const float *base = (const float *)window->base + c;
    vf sums[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[v] = vf_splat(0);
    for (int32_t y = 0; y < window->rows; y++) {
        for (int32_t x = 0; x < window->columns; x++) {
            const float *pixel = base + y * window->row_step + x * window->pixel_step;
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) sums[v] = sums[v] + load_lanes(pixel + v * LANES, n, full);
        }
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) vf_store_n(out + c + v * LANES, sums[v] / vf_splat(divisor), n);
}

KERNEL void average_window(const ck_window *window, float divisor, float *out, int32_t channels) {
    int32_t c = 0;
    for (; c + 4 * LANES <= channels; c += 4 * LANES) average_of(window, divisor, out, c, LANES, 4, 1);
    for (; c + LANES <= channels; c += LANES) average_of(window, divisor, out, c, LANES, 1, 1);
    if (c < channels) average_of(window, divisor, out, c, channels - c, 1, 0);
}
