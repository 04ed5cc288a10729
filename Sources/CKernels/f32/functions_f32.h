/* Functions of one variable over vectors of floats, a part of kernels_f32.h. */

/* e^x with a relative error near 1e-7: Cephes' polynomial on ±ln 2 / 2. Clamped to where the result is a normal float,
 * so that infinities and NaN give finite results. */
INLINE vf vf_exp(vf x) {
    x = vf_min(vf_max(x, vf_splat(-86.6f)), vf_splat(88.3f));
    vf n = vf_round(x * vf_splat(1.44269504088896341f));
    vf r = vf_fma(n, vf_splat(-0.693359375f), x);
    r = vf_fma(n, vf_splat(2.12194440e-4f), r);
    vf p = vf_splat(1.9875691500e-4f);
    p = vf_fma(p, r, vf_splat(1.3981999507e-3f));
    p = vf_fma(p, r, vf_splat(8.3334519073e-3f));
    p = vf_fma(p, r, vf_splat(4.1665795894e-2f));
    p = vf_fma(p, r, vf_splat(1.6666665459e-1f));
    p = vf_fma(p, r, vf_splat(5.0000001201e-1f));
    p = vf_fma(p, r * r, r + vf_splat(1));
    return vf_scale(p, n);
}

INLINE vf vf_relu6(vf x) { return vf_min(vf_max(x, vf_splat(0)), vf_splat(6)); }

INLINE vf vf_activate(ck_activation activation, vf x) {
    const vf three = vf_splat(3), sixth = vf_splat(1.0f / 6);
    switch (activation) {
    case CK_ACTIVATION_NONE: return x;
    case CK_ACTIVATION_RELU: return vf_max(x, vf_splat(0));
    case CK_ACTIVATION_RELU6: return vf_relu6(x);
    case CK_ACTIVATION_HARD_SWISH:
        return x * vf_min(vf_max(vf_fma(x, sixth, vf_splat(0.5f)), vf_splat(0)), vf_splat(1));
    case CK_ACTIVATION_HARD_SIGMOID: return vf_relu6(x + three) * sixth;
    case CK_ACTIVATION_SIGMOID: return vf_splat(1) / (vf_splat(1) + vf_exp(vf_splat(0) - x));
    }
    return x;
}

/* Activations with a division, apart from the tiles so that their many instances stay small. */
KERNEL __attribute__((noinline)) void activate_sums(ck_activation activation, float *sums, int32_t count) {
    for (int32_t i = 0; i < count; i += LANES) vf_store(sums + i, vf_activate(activation, vf_load(sums + i)));
}
