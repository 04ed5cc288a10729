/* Element-wise functions of floats and those over rows, a part of kernels_f32.h. */

/* The vectors of a row of `count` floats: full ones, then what is left. */
#define FOR_VECTORS(count, full, rest)                                                                                 \
    do {                                                                                                               \
        size_t i = 0;                                                                                                  \
        for (; i + LANES <= (count); i += LANES) full;                                                                 \
        int32_t n = (int32_t)((count) - i);                                                                            \
        if (n > 0) rest;                                                                                               \
    } while (0)

INLINE void activate_all(const ck_activation activation, const float *in, float *out, size_t count) {
    FOR_VECTORS(
        count, vf_store(out + i, vf_activate(activation, vf_load(in + i))),
        vf_store_n(out + i, vf_activate(activation, vf_load_n(in + i, n)), n));
}

KERNEL void activation(ck_activation activation, const float *in, float *out, size_t count) {
    switch (activation) {
    case CK_ACTIVATION_NONE: activate_all(CK_ACTIVATION_NONE, in, out, count); break;
    case CK_ACTIVATION_RELU: activate_all(CK_ACTIVATION_RELU, in, out, count); break;
    case CK_ACTIVATION_RELU6: activate_all(CK_ACTIVATION_RELU6, in, out, count); break;
    case CK_ACTIVATION_HARD_SWISH: activate_all(CK_ACTIVATION_HARD_SWISH, in, out, count); break;
    case CK_ACTIVATION_HARD_SIGMOID: activate_all(CK_ACTIVATION_HARD_SIGMOID, in, out, count); break;
    case CK_ACTIVATION_SIGMOID: activate_all(CK_ACTIVATION_SIGMOID, in, out, count); break;
    }
}

KERNEL void add(ck_activation activation, const float *a, const float *b, float *out, size_t count) {
    FOR_VECTORS(
        count, vf_store(out + i, vf_activate(activation, vf_load(a + i) + vf_load(b + i))),
        vf_store_n(out + i, vf_activate(activation, vf_load_n(a + i, n) + vf_load_n(b + i, n)), n));
}

KERNEL void multiply(const float *a, const float *b, float *out, size_t count) {
    FOR_VECTORS(
        count, vf_store(out + i, vf_load(a + i) * vf_load(b + i)),
        vf_store_n(out + i, vf_load_n(a + i, n) * vf_load_n(b + i, n), n));
}

KERNEL void l2_normalize(const float *in, const float *scale, float epsilon, float *out, size_t channels) {
    vf squares = vf_splat(0);
    FOR_VECTORS(
        channels, squares = vf_fma(vf_load(in + i), vf_load(in + i), squares),
        squares = vf_fma(vf_load_n(in + i, n), vf_load_n(in + i, n), squares));
    vf factor = vf_splat(1 / sqrtf(vf_sum(squares) + epsilon));
    FOR_VECTORS(
        channels, vf_store(out + i, vf_load(scale + i) * (vf_load(in + i) * factor)),
        vf_store_n(out + i, vf_load_n(scale + i, n) * (vf_load_n(in + i, n) * factor), n));
}

KERNEL void softmax(const float *in, float *out, size_t columns) {
    vf most = vf_splat(-INFINITY);
    FOR_VECTORS(
        columns, most = vf_max(vf_load(in + i), most), most = vf_first(n, vf_max(vf_load_n(in + i, n), most), most));
    vf shift = vf_splat(vf_largest(most)), sum = vf_splat(0);
    FOR_VECTORS(
        columns,
        {
            vf e = vf_exp(vf_load(in + i) - shift);
            vf_store(out + i, e);
            sum = sum + e;
        },
        {
            vf e = vf_exp(vf_load_n(in + i, n) - shift);
            vf_store_n(out + i, e, n);
            sum = sum + vf_first(n, e, vf_splat(0));
        });
    vf factor = vf_splat(1 / vf_sum(sum));
    FOR_VECTORS(
        columns, vf_store(out + i, vf_load(out + i) * factor), vf_store_n(out + i, vf_load_n(out + i, n) * factor, n));
}

INLINE vf quantized(vf x, float scale, float zero_point) {
    x = x / vf_splat(scale);
    x = vf_min(vf_max(x, vf_splat(-1024)), vf_splat(1024));
    /* Half away from zero: the fraction is exact, and twice a half or more is one or more. */
    vf whole = vf_trunc(x), rest = x - whole;
    x = whole + vf_trunc(rest + rest) + vf_splat(zero_point);
    return vf_min(vf_max(x, vf_splat(0)), vf_splat(255));
}

KERNEL void quantize(float scale, int32_t zero_point, const float *in, uint8_t *out, size_t count) {
    FOR_VECTORS(
        count, vf_store_bytes(out + i, quantized(vf_load(in + i), scale, (float)zero_point), LANES),
        vf_store_bytes(out + i, quantized(vf_load_n(in + i, n), scale, (float)zero_point), n));
}
