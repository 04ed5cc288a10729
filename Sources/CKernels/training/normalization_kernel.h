/* Batch normalization in training, for one instruction set. Whoever includes this defines LANES, TARGET and NAME.
 *
 * A few vectors of channels at a time pass over the pixels, so that what belongs to a channel stays in registers. Where
 * a vector is not full, `n` tells how many of its channels exist. */

typedef float NAME(vector) __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t NAME(mask) __attribute__((vector_size(LANES * 4), aligned(4)));
#define NAME_INLINE static inline __attribute__((always_inline)) TARGET

NAME_INLINE NAME(vector) NAME(load)(const float *from, int32_t n) {
    if (n >= LANES) return *(const NAME(vector) *)from;
    NAME(vector) x = {0};
    memcpy(&x, from, (size_t)n * sizeof(float));
    return x;
}

NAME_INLINE void NAME(store)(float *to, NAME(vector) x, int32_t n) {
    if (n >= LANES) {
        *(NAME(vector) *)to = x;
    } else {
        memcpy(to, &x, (size_t)n * sizeof(float));
    }
}

/* x where the condition holds, else 0. */
NAME_INLINE NAME(vector) NAME(where)(NAME(mask) condition, NAME(vector) x) {
    return (NAME(vector))((NAME(mask))x & condition);
}

NAME_INLINE NAME(vector) NAME(blend)(NAME(mask) condition, NAME(vector) x, NAME(vector) other) {
    return (NAME(vector))(((NAME(mask))x & condition) | ((NAME(mask))other & ~condition));
}

/* f(z). */
NAME_INLINE NAME(vector) NAME(activated)(const ck_activation activation, NAME(vector) z) {
    const NAME(vector) six = {0};
    switch (activation) {
    case CK_ACTIVATION_RELU: return NAME(where)(z > 0, z);
    case CK_ACTIVATION_RELU6: return NAME(where)(z > 0, NAME(blend)(z < 6, z, six + 6));
    case CK_ACTIVATION_HARD_SWISH: {
        NAME(vector) up = z + 3;
        return z * NAME(where)(up > 0, NAME(blend)(up < 6, up, six + 6)) * (1.0f / 6);
    }
    default: return z;
    }
}

/* gradient * f′(z). */
NAME_INLINE NAME(vector) NAME(sloped)(const ck_activation activation, NAME(vector) gradient, NAME(vector) z) {
    switch (activation) {
    case CK_ACTIVATION_RELU: return NAME(where)(z > 0, gradient);
    case CK_ACTIVATION_RELU6: return NAME(where)((z > 0) & (z < 6), gradient);
    case CK_ACTIVATION_HARD_SWISH: {
        NAME(vector) bent = gradient * (2 * z + 3) * (1.0f / 6);
        return NAME(blend)(z < 3, NAME(where)(z > -3, bent), gradient);
    }
    default: return gradient;
    }
}

NAME_INLINE void NAME(moments_of)(
    const float *x, int64_t pixels, int32_t channels, float *sums, float *squares, const int vectors, int32_t n) {
    NAME(vector) origin[VECTORS], sum[VECTORS], square[VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        origin[v] = NAME(load)(x + v * LANES, n);
        sum[v] = square[v] = (NAME(vector)){0};
    }
    for (int64_t pixel = 0; pixel < pixels; pixel++, x += channels) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            NAME(vector) d = NAME(load)(x + v * LANES, n) - origin[v];
            sum[v] += d;
            square[v] += d * d;
        }
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        NAME(store)(sums + v * LANES, sum[v], n);
        NAME(store)(squares + v * LANES, square[v], n);
    }
}

static TARGET void NAME(moments)(const float *x, int64_t pixels, int32_t channels, float *sums, float *squares) {
    int32_t c = 0;
    for (; c + VECTORS * LANES <= channels; c += VECTORS * LANES) {
        NAME(moments_of)(x + c, pixels, channels, sums + c, squares + c, VECTORS, LANES);
    }
    for (; c + LANES <= channels; c += LANES) {
        NAME(moments_of)(x + c, pixels, channels, sums + c, squares + c, 1, LANES);
    }
    if (c < channels) NAME(moments_of)(x + c, pixels, channels, sums + c, squares + c, 1, channels - c);
}

typedef float NAME(line) __attribute__((vector_size(LANES * 4)));

/* Whole lines are written without being read first. */
NAME_INLINE void NAME(stream)(float *to, NAME(vector) x) {
    __builtin_nontemporal_store((NAME(line))x, (NAME(line) *)to);
}

NAME_INLINE void NAME(run_of)(
    const ck_normalization_f32 *layer, const ck_activation activation, const float *x, int64_t pixels, float *y,
    const int streams) {
    const int32_t channels = layer->channels;
    const float *factors = layer->factors, *summands = layer->summands;
    for (int64_t pixel = 0; pixel < pixels; pixel++, x += channels, y += channels) {
        int32_t c = 0;
        for (; c + LANES <= channels; c += LANES) {
            NAME(vector)
            z = NAME(load)(factors + c, LANES) * NAME(load)(x + c, LANES) + NAME(load)(summands + c, LANES);
            if (streams) {
                NAME(stream)(y + c, NAME(activated)(activation, z));
            } else {
                NAME(store)(y + c, NAME(activated)(activation, z), LANES);
            }
        }
        int32_t n = channels - c;
        if (n == 0) continue;
        NAME(vector) z = NAME(load)(factors + c, n) * NAME(load)(x + c, n) + NAME(load)(summands + c, n);
        NAME(store)(y + c, NAME(activated)(activation, z), n);
    }
}

NAME_INLINE void NAME(gradient_sums_of)(
    const ck_normalization_part *part, const ck_activation activation, float *sums, float *products, const int32_t c,
    const int vectors, int32_t n) {
    NAME(vector) factors[VECTORS], summands[VECTORS], means[VECTORS], sum[VECTORS], product[VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        factors[v] = NAME(load)(part->layer->factors + c + v * LANES, n);
        summands[v] = NAME(load)(part->layer->summands + c + v * LANES, n);
        means[v] = NAME(load)(part->means + c + v * LANES, n);
        sum[v] = product[v] = (NAME(vector)){0};
    }
    const ptrdiff_t channels = part->layer->channels;
    const float *input = part->x + c, *gradient = part->gradient + c;
    for (int64_t pixel = 0; pixel < part->pixels; pixel++, input += channels, gradient += channels) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            NAME(vector) x = NAME(load)(input + v * LANES, n);
            NAME(vector) z = factors[v] * x + summands[v];
            NAME(vector) d = NAME(sloped)(activation, NAME(load)(gradient + v * LANES, n), z);
            sum[v] += d;
            product[v] += d * (x - means[v]);
        }
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        NAME(store)(sums + c + v * LANES, sum[v], n);
        NAME(store)(products + c + v * LANES, product[v], n);
    }
}

NAME_INLINE void NAME(gradient_sums_over)(
    const ck_normalization_part *part, const ck_activation activation, float *sums, float *products) {
    const int32_t channels = part->layer->channels;
    int32_t c = 0;
    for (; c + VECTORS * LANES <= channels; c += VECTORS * LANES) {
        NAME(gradient_sums_of)(part, activation, sums, products, c, VECTORS, LANES);
    }
    for (; c + LANES <= channels; c += LANES) {
        NAME(gradient_sums_of)(part, activation, sums, products, c, 1, LANES);
    }
    if (c < channels) NAME(gradient_sums_of)(part, activation, sums, products, c, 1, channels - c);
}

NAME_INLINE void NAME(gradient_vector)(
    const ck_normalization_part *part, const ck_activation activation, ptrdiff_t at, int32_t c, int32_t n) {
    NAME(vector) x = NAME(load)(part->x + at + c, n), factor = NAME(load)(part->layer->factors + c, n);
    NAME(vector) z = factor * x + NAME(load)(part->layer->summands + c, n);
    NAME(vector) d = NAME(sloped)(activation, NAME(load)(part->gradient + at + c, n), z);
    d -= NAME(load)(part->mean_gradients + c, n);
    d -= (x - NAME(load)(part->means + c, n)) * NAME(load)(part->slopes + c, n);
    NAME(store)(part->result + at + c, factor * d, n);
}

NAME_INLINE void NAME(gradient_over)(const ck_normalization_part *part, const ck_activation activation) {
    const int32_t channels = part->layer->channels;
    ptrdiff_t at = 0;
    for (int64_t pixel = 0; pixel < part->pixels; pixel++, at += channels) {
        int32_t c = 0;
        for (; c + LANES <= channels; c += LANES) NAME(gradient_vector)(part, activation, at, c, LANES);
        if (c < channels) NAME(gradient_vector)(part, activation, at, c, channels - c);
    }
}

NAME_INLINE void NAME(through_of)(
    const ck_activation activation, const float *y, const float *gradient, int64_t pixels, int32_t channels,
    float *result, float *sums, const int vectors, int32_t n) {
    NAME(vector) sum[VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[v] = (NAME(vector)){0};
    for (int64_t pixel = 0; pixel < pixels; pixel++, y += channels, gradient += channels, result += channels) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            NAME(vector) d = NAME(load)(gradient + v * LANES, n);
            if (activation != CK_ACTIVATION_NONE) d = NAME(sloped)(activation, d, NAME(load)(y + v * LANES, n));
            NAME(store)(result + v * LANES, d, n);
            sum[v] += d;
        }
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) NAME(store)(sums + v * LANES, sum[v], n);
}

NAME_INLINE void NAME(through_over)(
    const ck_activation activation, const float *y, const float *gradient, int64_t pixels, int32_t channels,
    float *result, float *sums) {
    int32_t c = 0;
    for (; c + VECTORS * LANES <= channels; c += VECTORS * LANES) {
        NAME(through_of)
        (activation, y + c, gradient + c, pixels, channels, result + c, sums + c, VECTORS, LANES);
    }
    for (; c + LANES <= channels; c += LANES) {
        NAME(through_of)(activation, y + c, gradient + c, pixels, channels, result + c, sums + c, 1, LANES);
    }
    if (c == channels) return;
    NAME(through_of)(activation, y + c, gradient + c, pixels, channels, result + c, sums + c, 1, channels - c);
}

/* Each activation's loops are compiled for it alone. */
#define EACH_ACTIVATION(chosen, call)                                                                                  \
    switch (chosen) {                                                                                                  \
    case CK_ACTIVATION_RELU: call(CK_ACTIVATION_RELU); break;                                                          \
    case CK_ACTIVATION_RELU6: call(CK_ACTIVATION_RELU6); break;                                                        \
    case CK_ACTIVATION_HARD_SWISH: call(CK_ACTIVATION_HARD_SWISH); break;                                              \
    default: call(CK_ACTIVATION_NONE); break;                                                                          \
    }

static TARGET void NAME(run)(const ck_normalization_f32 *layer, const float *x, int64_t pixels, float *y, int streams) {
#define RUN(activation) NAME(run_of)(layer, activation, x, pixels, y, 0)
#define STREAM(activation) NAME(run_of)(layer, activation, x, pixels, y, 1)
    if (streams && layer->channels % LANES == 0 && (uintptr_t)y % (LANES * sizeof(float)) == 0) {
        EACH_ACTIVATION(layer->activation, STREAM)
        /* Whoever is told that it is there sees it. */
        atomic_thread_fence(memory_order_seq_cst);
    } else {
        EACH_ACTIVATION(layer->activation, RUN)
    }
#undef RUN
#undef STREAM
}

static TARGET void NAME(gradient_sums)(const ck_normalization_part *part, float *sums, float *products) {
#define SUMS(activation) NAME(gradient_sums_over)(part, activation, sums, products)
    EACH_ACTIVATION(part->layer->activation, SUMS)
#undef SUMS
}

static TARGET void NAME(gradient)(const ck_normalization_part *part) {
#define GRADIENT(activation) NAME(gradient_over)(part, activation)
    EACH_ACTIVATION(part->layer->activation, GRADIENT)
#undef GRADIENT
}

static TARGET void NAME(through)(
    const ck_activation activation, const float *y, const float *gradient, int64_t pixels, int32_t channels,
    float *result, float *sums) {
    switch (activation) {
    case CK_ACTIVATION_RELU: NAME(through_over)(CK_ACTIVATION_RELU, y, gradient, pixels, channels, result, sums); break;
    case CK_ACTIVATION_RELU6:
        NAME(through_over)(CK_ACTIVATION_RELU6, y, gradient, pixels, channels, result, sums);
        break;
    default: NAME(through_over)(CK_ACTIVATION_NONE, y, gradient, pixels, channels, result, sums); break;
    }
}

#undef EACH_ACTIVATION
#undef NAME_INLINE
#undef LANES
#undef TARGET
#undef NAME
