/* The transforms of Winograd's minimal filtering, written once over a vector of LANES floats: F(2×2, 3×3) and
 * F(4×4, 3×3) of Lavin and Gray (arXiv 1509.09308). Included where INLINE, KERNEL, LANES are defined, and over
 * the vector `vf`: vf_load, vf_store, vf_load_n, vf_store_n, vf_splat, vf_fma, vf_min, vf_max, vf_activate.
 *
 * F(4×4) interpolates at 0, ±√½, ±√2 and infinity rather than at 0, ±1, ±2 and infinity: the transforms cost the same
 * and their entries stay nearer to one (what that does for rounding: Barabasz et al., arXiv 1803.10986). Over 512
 * channels of random numbers the result is off by 2e-6 of its norm.
 */

#define ROOT_HALF 0.70710678118654752f
#define ROOT_TWO 1.4142135623730950f

/* x - factor * y */
INLINE vf vf_less(vf x, float factor, vf y) { return vf_fma(vf_splat(-factor), y, x); }

/* Bᵀ d: of the `SIZE + 2` inputs of a row of a tile. */
INLINE void winograd_spread(const int size, const vf *d, vf *t) {
    if (size == 2) {
        t[0] = d[0] - d[2];
        t[1] = d[1] + d[2];
        t[2] = d[2] - d[1];
        t[3] = d[1] - d[3];
        return;
    }
    vf even = vf_less(d[4], 2.0f, d[2]), odd = vf_less(d[3], 2.0f, d[1]);
    t[1] = vf_fma(vf_splat(ROOT_HALF), odd, even);
    t[2] = vf_less(even, ROOT_HALF, odd);
    even = vf_less(d[4], 0.5f, d[2]);
    odd = vf_less(d[3], 0.5f, d[1]);
    t[3] = vf_fma(vf_splat(ROOT_TWO), odd, even);
    t[4] = vf_less(even, ROOT_TWO, odd);
    t[0] = vf_less(d[0] + d[4], 2.5f, d[2]);
    t[5] = vf_less(d[1] + d[5], 2.5f, d[3]);
}

/* Aᵀ m: the `size` outputs of a row of a tile. */
INLINE void winograd_gather(const int size, const vf *m, vf *y) {
    if (size == 2) {
        y[0] = m[0] + m[1] + m[2];
        y[1] = m[1] - m[2] - m[3];
        return;
    }
    vf near_sum = m[1] + m[2], near_difference = m[1] - m[2], far_sum = m[3] + m[4], far_difference = m[3] - m[4];
    y[0] = m[0] + near_sum + far_sum;
    y[1] = vf_fma(vf_splat(ROOT_TWO), far_difference, near_difference * vf_splat(ROOT_HALF));
    y[2] = vf_fma(vf_splat(2.0f), far_sum, near_sum * vf_splat(0.5f));
    y[3] = vf_fma(vf_splat(2 * ROOT_TWO), far_difference, vf_fma(vf_splat(0.5f * ROOT_HALF), near_difference, m[5]));
}

/* G g Gᵀ of 3×3 kernels, in double precision, whose roundings are the same for every instruction set: the compiler makes
 * vectors of the loops over kernels, and no sum and product become one. */
INLINE void winograd_weights_of(
    const int size, double g[9][CK_WINOGRAD_KERNELS], int32_t count, float *to, ptrdiff_t pitch, const int full) {
#pragma clang fp contract(off)
    const double a = 0.70710678118654752440, b = 1.41421356237309504880;
    const double two[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
    const double four[6][3] = {
        {1, 0, 0},
        {-2.0 / 3, -2.0 / 3 * a, -1.0 / 3},
        {-2.0 / 3, 2.0 / 3 * a, -1.0 / 3},
        {1.0 / 6, 1.0 / 6 * b, 1.0 / 3},
        {1.0 / 6, -1.0 / 6 * b, 1.0 / 3},
        {0, 0, 1},
    };
    const double(*matrix)[3] = size == 2 ? two : four;
    const int edge = size + 2;
    for (int y = 0; y < edge; y++) {
        const double *m = matrix[y];
        double row[3][CK_WINOGRAD_KERNELS];
        for (int x = 0; x < 3; x++) {
            for (int i = 0; i < CK_WINOGRAD_KERNELS; i++)
                row[x][i] = m[0] * g[x][i] + m[1] * g[3 + x][i] + m[2] * g[6 + x][i];
        }
        for (int x = 0; x < edge; x++, to += pitch) {
            m = matrix[x];
            float result[CK_WINOGRAD_KERNELS];
            for (int i = 0; i < CK_WINOGRAD_KERNELS; i++) {
                result[i] = (float)(m[0] * row[0][i] + m[1] * row[1][i] + m[2] * row[2][i]);
            }
            for (int i = 0; i < (full ? CK_WINOGRAD_KERNELS : count); i++) to[i] = result[i];
        }
    }
}

KERNEL void winograd_weights(
    int32_t size, double kernels[9][CK_WINOGRAD_KERNELS], int32_t count, float *to, ptrdiff_t pitch) {
    if (count < CK_WINOGRAD_KERNELS) {
        winograd_weights_of(size, kernels, count, to, pitch, 0);
    } else if (size == 2) {
        winograd_weights_of(2, kernels, count, to, pitch, 1);
    } else {
        winograd_weights_of(4, kernels, count, to, pitch, 1);
    }
}

INLINE void winograd_input_of(
    const int size, const void *const *pixels, ptrdiff_t c, int32_t n, float *to, ptrdiff_t pitch, const int full) {
    const int edge = size + 2;
    vf half[6][6], d[6], t[6];
#pragma clang loop unroll(full)
    for (int x = 0; x < edge; x++) {
#pragma clang loop unroll(full)
        for (int y = 0; y < edge; y++) {
            const float *from = (const float *)pixels[y * edge + x] + c;
            d[y] = full ? vf_load(from) : vf_load_n(from, n);
        }
        winograd_spread(size, d, t);
#pragma clang loop unroll(full)
        for (int y = 0; y < edge; y++) half[y][x] = t[y];
    }
#pragma clang loop unroll(full)
    for (int y = 0; y < edge; y++) {
        winograd_spread(size, half[y], t);
#pragma clang loop unroll(full)
        for (int x = 0; x < edge; x++) {
            float *out = to + (y * edge + x) * pitch + c;
            if (full) {
                vf_store(out, t[x]);
            } else {
                vf_store_n(out, t[x], n);
            }
        }
    }
}

INLINE void winograd_input_all(
    const int size, const void *const *pixels, int32_t channels, float *to, ptrdiff_t pitch) {
    int32_t c = 0;
    for (; c + LANES <= channels; c += LANES) winograd_input_of(size, pixels, c, LANES, to, pitch, 1);
    if (c < channels) winograd_input_of(size, pixels, c, channels - c, to, pitch, 0);
}

KERNEL void winograd_input(int32_t size, const void *const *pixels, int32_t channels, float *to, ptrdiff_t pitch) {
    if (size == 2) {
        winograd_input_all(2, pixels, channels, to, pitch);
    } else {
        winograd_input_all(4, pixels, channels, to, pitch);
    }
}

INLINE void winograd_output_of(const int size, const ck_winograd_output *tile, ptrdiff_t c, int32_t n, const int full) {
    const int edge = size + 2;
    vf half[4][6], m[6], y[4];
#pragma clang loop unroll(full)
    for (int column = 0; column < edge; column++) {
#pragma clang loop unroll(full)
        for (int row = 0; row < edge; row++) m[row] = vf_load(tile->from + (row * edge + column) * tile->pitch + c);
        winograd_gather(size, m, y);
#pragma clang loop unroll(full)
        for (int row = 0; row < size; row++) half[row][column] = y[row];
    }
    float low, high;
    ck_activation_range(tile->activation, &low, &high);
    const vf bias = vf_load(tile->bias + c), least = vf_splat(low), most = vf_splat(high);
    const int curved = tile->activation > CK_ACTIVATION_RELU6;
#pragma clang loop unroll(full)
    for (int row = 0; row < size; row++) {
        winograd_gather(size, half[row], y);
#pragma clang loop unroll(full)
        for (int column = 0; column < size; column++) {
            int pixel = row * size + column;
            float *out = tile->outputs[pixel];
            if (!out) continue;
            vf x = y[column] + bias;
            if (tile->residuals) {
                const float *residual = (const float *)tile->residuals[pixel] + c;
                x = x + (full ? vf_load(residual) : vf_load_n(residual, n));
            }
            x = curved ? vf_activate(tile->activation, x) : vf_min(vf_max(x, least), most);
            if (full) {
                vf_store(out + c, x);
            } else {
                vf_store_n(out + c, x, n);
            }
        }
    }
}

INLINE void winograd_output_all(const int size, const ck_winograd_output *tile) {
    int32_t c = 0;
    for (; c + LANES <= tile->columns; c += LANES) winograd_output_of(size, tile, c, LANES, 1);
    if (c < tile->columns) winograd_output_of(size, tile, c, tile->columns - c, 0);
}

KERNEL void winograd_output(int32_t size, const ck_winograd_output *tile) {
    if (size == 2) {
        winograd_output_all(2, tile);
    } else {
        winograd_output_all(4, tile);
    }
}
