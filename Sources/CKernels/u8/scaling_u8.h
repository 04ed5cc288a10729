/* How the 8-bit micro-kernels turn sums into bytes, a part of kernels_u8.h. */

/* The constants of one vector of channels, widened as 32-bit multiplication wants them. */
typedef struct NAME(channel_constants) {
    V even_multiplier, odd_multiplier, even_rounding, odd_rounding, shift;
} NAME(channel_constants);

INLINE NAME(channel_constants) NAME(constants_at)(const uint8_t *packed, int32_t width, int32_t vector) {
    const int32_t *multipliers = (const int32_t *)packed + width + vector * WORDS, *shifts = multipliers + width;
    const int64_t *rounding = (const int64_t *)((const int32_t *)packed + 3 * width) + vector * WORDS;
    V multiplier = NAME(load)(multipliers);
    return (NAME(channel_constants)){
        .even_multiplier = multiplier,
        .odd_multiplier = OP(srli_epi64)(multiplier, 32),
        .even_rounding = NAME(load)(rounding),
        .odd_rounding = NAME(load)(rounding + WORDS / 2),
        .shift = NAME(load)(shifts),
    };
}

/* ck_scale_sum with shift = -e < 0: (x * multiplier + 2^(30 + e)) / 2^(31 + e), taken as the upper half of the 64-bit
 * sum and a shift by e - 1, which `shift` holds. */
INLINE V NAME(scale_right)(V x, V even_multiplier, V odd_multiplier, V even_rounding, V odd_rounding, V shift) {
    V even = OP(add_epi64)(OP(mul_epi32)(x, even_multiplier), even_rounding);
    V odd = OP(add_epi64)(OP(mul_epi32)(OP(srli_epi64)(x, 32), odd_multiplier), odd_rounding);
    return OP(srav_epi32)(NAME(high_halves)(even, odd), shift);
}

/* ck_scale_sum of one vector of channels whatever their shifts: no layer that was trained needs it. */
static TARGET __attribute__((noinline)) V
NAME(scale_general)(const int32_t *sums, const uint8_t *packed, int32_t width, int32_t vector) {
    const int32_t *multipliers = (const int32_t *)packed + width + vector * WORDS, *shifts = multipliers + width;
    int32_t scaled[WORDS];
    for (int i = 0; i < WORDS; i++) scaled[i] = ck_scale_sum(sums[i], multipliers[i], shifts[i]);
    return NAME(load)(scaled);
}

/* The constants of one vector of channels of moderate shifts. */
typedef struct NAME(moderate_constants) {
    V even_multiplier, odd_multiplier, offset, shift;
} NAME(moderate_constants);

INLINE NAME(moderate_constants) NAME(moderate_constants_of)(V multiplier, V shifts, int32_t zero_point) {
    V one = OP(set1_epi32)(1), shift = OP(sub_epi32)(OP(set1_epi32)(-1), shifts); /* e - 1 */
    V rounding = OP(sllv_epi32)(one, OP(sub_epi32)(shift, one));
    return (NAME(moderate_constants)){
        .even_multiplier = multiplier,
        .odd_multiplier = OP(srli_epi64)(multiplier, 32),
        .offset = OP(add_epi32)(rounding, OP(sllv_epi32)(OP(set1_epi32)(zero_point), shift)),
        .shift = shift,
    };
}

INLINE NAME(moderate_constants)
    NAME(moderate_constants_at)(const uint8_t *packed, int32_t width, int32_t vector, int32_t zero_point) {
    const int32_t *multipliers = (const int32_t *)packed + width + vector * WORDS, *shifts = multipliers + width;
    return NAME(moderate_constants_of)(NAME(load)(multipliers), NAME(load)(shifts), zero_point);
}

/* The scaled sum and the zero point. */
INLINE V NAME(scale_moderate)(V x, const NAME(moderate_constants) * constants) {
    V even = OP(mul_epi32)(x, constants->even_multiplier);
    V odd = OP(mul_epi32)(OP(srli_epi64)(x, 32), constants->odd_multiplier);
    return OP(srav_epi32)(OP(add_epi32)(NAME(high_halves)(even, odd), constants->offset), constants->shift);
}

typedef struct NAME(bounds) {
    V least, most, order;
} NAME(bounds);

INLINE NAME(bounds) NAME(bounds_of)(const ck_output_u8 *output) {
    return (NAME(bounds)){
        OP(set1_epi8)((int8_t)output->min), OP(set1_epi8)((int8_t)output->max), NAME(load)(NAME(natural_order))};
}

/* Stores the channels of one pixel, already packed to 16 bits. A convolution's vectors hold consecutive channels, and
 * packing interleaved them by 128-bit lanes; four vectors are a depthwise block, whose order packing has just
 * undone. */
INLINE void NAME(store_pixel)(
    V low, V high, const NAME(bounds) * bounds, uint8_t *out, int32_t columns, const int vectors) {
    V bytes = OP(packus_epi16)(low, high);
    if (vectors < 4) bytes = NAME(permute_words)(bounds->order, bytes);
    bytes = OP(max_epu8)(OP(min_epu8)(bytes, bounds->most), bounds->least);
    if (columns == NAME(BYTES)) {
        NAME(store)(out, bytes);
    } else if (vectors < 4 && columns == NAME(BYTES) / 2) {
        NAME(store_half)(
            out, bytes); /* a store of fewer bytes than its vector has may touch a line more than it needs */
    } else {
        NAME(store_n)(out, bytes, columns);
    }
}

/* One pixel's sums of moderate shifts. Saturation to 16 bits changes nothing that the bounds, within a byte, would not.
 */
INLINE void NAME(requantize_moderate)(
    const V *sums, const NAME(moderate_constants) * constants, const NAME(bounds) * bounds, uint8_t *out,
    int32_t columns, const int vectors) {
    V q[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < 4; v++) {
        q[v] = v < vectors ? NAME(scale_moderate)(sums[v], &constants[v]) : NAME(zero)();
    }
    V low = OP(packs_epi32)(q[0], q[1]), high = vectors > 2 ? OP(packs_epi32)(q[2], q[3]) : low;
    NAME(store_pixel)(low, high, bounds, out, columns, vectors);
}

/* The sums of `count` pixels, whatever the shifts. */
INLINE void NAME(requantize_rows)(
    const int32_t *sums, int32_t count, const uint8_t *packed, const ck_output_u8 *output, uint8_t *const *outputs,
    ptrdiff_t first_channel, int32_t columns, const int vectors, const ck_scaling scaling) {
    const NAME(bounds) bounds = NAME(bounds_of)(output);
    NAME(moderate_constants) moderate[4];
    NAME(channel_constants) constants[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        if (scaling == CK_SCALING_MODERATE) {
            moderate[v] = NAME(moderate_constants_at)(packed, vectors * WORDS, v, output->zero_point);
        } else {
            constants[v] = NAME(constants_at)(packed, vectors * WORDS, v);
            constants[v].shift = OP(sub_epi32)(OP(set1_epi32)(-1), constants[v].shift); /* e - 1 */
        }
    }
    const V zero_point = OP(set1_epi16)((int16_t)output->zero_point);
    for (int32_t p = 0; p < count; p++, sums += vectors * WORDS) {
        uint8_t *out = outputs[p] + first_channel;
        V q[4];
        if (scaling == CK_SCALING_MODERATE) {
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) q[v] = NAME(load)(sums + v * WORDS);
            NAME(requantize_moderate)(q, moderate, &bounds, out, columns, vectors);
            continue;
        }
#pragma clang loop unroll(full)
        for (int v = 0; v < 4; v++) {
            if (v >= vectors) {
                q[v] = NAME(zero)();
            } else if (scaling == CK_SCALING_GENERAL) {
                q[v] = NAME(scale_general)(sums + v * WORDS, packed, vectors * WORDS, v);
            } else {
                q[v] = NAME(scale_right)(
                    NAME(load)(sums + v * WORDS), constants[v].even_multiplier, constants[v].odd_multiplier,
                    constants[v].even_rounding, constants[v].odd_rounding, constants[v].shift);
            }
        }
        V low = OP(adds_epi16)(OP(packs_epi32)(q[0], q[1]), zero_point), high = low;
        if (vectors > 2) high = OP(adds_epi16)(OP(packs_epi32)(q[2], q[3]), zero_point);
        NAME(store_pixel)(low, high, &bounds, out, columns, vectors);
    }
}

#define REQUANTIZE_OF(vectors)                                                                                         \
    static TARGET __attribute__((noinline)) void NAME(requantize_##vectors)(                                           \
        const int32_t *sums, int32_t count, const uint8_t *packed, const ck_output_u8 *output,                         \
        uint8_t *const *outputs, ptrdiff_t first, int32_t columns) {                                                   \
        if (output->scaling == CK_SCALING_MODERATE) {                                                                  \
            NAME(requantize_rows)                                                                                      \
            (sums, count, packed, output, outputs, first, columns, vectors, CK_SCALING_MODERATE);                      \
        } else if (output->scaling == CK_SCALING_RIGHT) {                                                              \
            NAME(requantize_rows)                                                                                      \
            (sums, count, packed, output, outputs, first, columns, vectors, CK_SCALING_RIGHT);                         \
        } else {                                                                                                       \
            NAME(requantize_rows)                                                                                      \
            (sums, count, packed, output, outputs, first, columns, vectors, CK_SCALING_GENERAL);                       \
        }                                                                                                              \
    }
REQUANTIZE_OF(4)
