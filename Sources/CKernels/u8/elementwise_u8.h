/* Element-wise functions of bytes, a part of kernels_u8.h. */

static inline int NAME(is_moderate)(int32_t shift) {
    return shift >= CK_LEAST_MODERATE_SHIFT && shift <= CK_MOST_MODERATE_SHIFT;
}

INLINE V NAME(load_bytes)(const uint8_t *from, int32_t n) {
    return n == NAME(BYTES) ? NAME(load)(from) : NAME(load_n)(from, n);
}

/* Stores n bytes whose widening to words four vectors undid: saturated, and within bounds. */
INLINE void NAME(store_packed)(const V words[4], V least, V most, uint8_t *out, int32_t n) {
    V low = OP(packs_epi32)(words[0], words[1]), high = OP(packs_epi32)(words[2], words[3]);
    V bytes = OP(max_epu8)(OP(min_epu8)(OP(packus_epi16)(low, high), most), least);
    if (n == NAME(BYTES)) {
        NAME(store)(out, bytes);
    } else {
        NAME(store_n)(out, bytes, n);
    }
}

/* One side of a quantized sum: ck_scale_sum of x = (byte - zero point) 2^left_shift in 32-bit arithmetic.
 *
 * With the multiplier m = 2^16 h + l, where h and l are of 16 bits, and s = 31 - shift - left_shift, that is (2^16 x h
 * + x l + 2^(s - 1)) / 2^s, rounded down, x being the byte less its zero point. If s <= 16 the first term is a multiple
 * of what is divided by: x h 2^(16 - s) + (x l + 2^(s - 1)) / 2^s. Otherwise the last is a multiple of 2^16: (x h +
 * 2^(s - 17) + x l / 2^16) / 2^(s - 16). The terms of the zero point are part of what is added. */
typedef struct NAME(side) {
    V high, low;          /* h and l beside zeros, for products of pairs of words */
    V low_offset, down;   /* of x l */
    V up;                 /* of x h */
    V offset, last;       /* of their sum */
} NAME(side);

/* Whether the 16-bit halves of a multiplier hold it, and no step leaves 32 bits. */
static inline int NAME(has_side)(int32_t multiplier, int32_t shift, int32_t left_shift) {
    return multiplier < INT32_MAX - INT16_MAX && multiplier >= 0 && shift <= 0 && left_shift >= 0 && left_shift <= 20;
}

INLINE NAME(side) NAME(side_of)(int32_t zero_point, int32_t multiplier, int32_t shift, int32_t left_shift) {
    int32_t low = (int16_t)multiplier, high = (multiplier - low) >> 16, s = 31 - shift - left_shift;
    int32_t up = s <= 16 ? 16 - s : 0, low_rounding = s <= 16 ? 1 << (s - 1) : 0;
    int32_t rounding = s <= 16 ? 0 : 1 << (s - 17);
    return (NAME(side)){
        .high = OP(set1_epi32)(high),
        .low = OP(set1_epi32)(low & 0xFFFF),
        .low_offset = OP(set1_epi32)(low_rounding - zero_point * low),
        .down = OP(set1_epi32)(s <= 16 ? s : 16),
        .up = OP(set1_epi32)(up),
        .offset = OP(set1_epi32)(rounding - zero_point * high * (1 << up)),
        .last = OP(set1_epi32)(s <= 16 ? 0 : s - 16),
    };
}

/* Of words that hold a byte each. */
INLINE V NAME(scale_side)(V bytes, const NAME(side) * side) {
    V high = OP(sllv_epi32)(OP(madd_epi16)(bytes, side->high), side->up);
    V low = OP(srav_epi32)(OP(add_epi32)(OP(madd_epi16)(bytes, side->low), side->low_offset), side->down);
    return OP(srav_epi32)(OP(add_epi32)(OP(add_epi32)(high, low), side->offset), side->last);
}

/* Of all pairs of bytes the same, by two products of words: x and y lie beside each other. */
static TARGET void NAME(add_pairs)(
    const ck_add_u8_parameters *parameters, const uint8_t *a, const uint8_t *b, uint8_t *out, size_t count) {
    const ck_pair_sum_u8 pair = parameters->pair;
    const V high = OP(set1_epi32)(pair.b_high * 65536 + pair.a_high),
            low = OP(set1_epi32)(pair.b_low * 65536 + pair.a_low);
    const V offset = OP(set1_epi32)(pair.offset), shift = OP(set1_epi32)(pair.shift), zero = NAME(zero)();
    const V least = OP(set1_epi8)((int8_t)parameters->output_min), most = OP(set1_epi8)((int8_t)parameters->output_max);
    for (size_t i = 0; i < count; i += NAME(BYTES)) {
        int32_t n = count - i < NAME(BYTES) ? (int32_t)(count - i) : NAME(BYTES);
        V x = NAME(load_bytes)(a + i, n), y = NAME(load_bytes)(b + i, n);
        V near = OP(unpacklo_epi8)(x, y), far = OP(unpackhi_epi8)(x, y);
        V sums[4] = {
            OP(unpacklo_epi8)(near, zero), OP(unpackhi_epi8)(near, zero), OP(unpacklo_epi8)(far, zero),
            OP(unpackhi_epi8)(far, zero)};
#pragma clang loop unroll(full)
        for (int v = 0; v < 4; v++) {
            V upper = OP(slli_epi32)(OP(madd_epi16)(sums[v], high), 7);
            V lower = OP(srli_epi32)(OP(madd_epi16)(sums[v], low), 8);
            sums[v] = OP(srav_epi32)(OP(add_epi32)(OP(add_epi32)(upper, lower), offset), shift);
        }
        NAME(store_packed)(sums, least, most, out + i, n);
    }
}

static TARGET void NAME(add)(
    const ck_add_u8_parameters *parameters, const uint8_t *a, const uint8_t *b, uint8_t *out, size_t count) {
    const ck_add_u8_parameters p = *parameters;
    if (p.pair.shift != 0) {
        NAME(add_pairs)(parameters, a, b, out, count);
        return;
    }
    if (!NAME(has_side)(p.a_multiplier, p.a_shift, p.left_shift)
        || !NAME(has_side)(p.b_multiplier, p.b_shift, p.left_shift) || !NAME(is_moderate)(p.output_shift)) {
        ck_portable_add_u8(parameters, a, b, out, count);
        return;
    }
    const NAME(side) left = NAME(side_of)(p.a_zero_point, p.a_multiplier, p.a_shift, p.left_shift);
    const NAME(side) right = NAME(side_of)(p.b_zero_point, p.b_multiplier, p.b_shift, p.left_shift);
    const NAME(moderate_constants) scaling = NAME(moderate_constants_of)(
        OP(set1_epi32)(p.output_multiplier), OP(set1_epi32)(p.output_shift), p.output_zero_point);
    const V zero = NAME(zero)();
    const V least = OP(set1_epi8)((int8_t)p.output_min), most = OP(set1_epi8)((int8_t)p.output_max);
    for (size_t i = 0; i < count; i += NAME(BYTES)) {
        int32_t n = count - i < NAME(BYTES) ? (int32_t)(count - i) : NAME(BYTES);
        V x = NAME(load_bytes)(a + i, n), y = NAME(load_bytes)(b + i, n), sums[4];
#pragma clang loop unroll(full)
        for (int half = 0; half < 2; half++) {
            V wide_x = half == 0 ? OP(unpacklo_epi8)(x, zero) : OP(unpackhi_epi8)(x, zero);
            V wide_y = half == 0 ? OP(unpacklo_epi8)(y, zero) : OP(unpackhi_epi8)(y, zero);
            sums[2 * half] = OP(add_epi32)(
                NAME(scale_side)(OP(unpacklo_epi16)(wide_x, zero), &left),
                NAME(scale_side)(OP(unpacklo_epi16)(wide_y, zero), &right));
            sums[2 * half + 1] = OP(add_epi32)(
                NAME(scale_side)(OP(unpackhi_epi16)(wide_x, zero), &left),
                NAME(scale_side)(OP(unpackhi_epi16)(wide_y, zero), &right));
        }
#pragma clang loop unroll(full)
        for (int v = 0; v < 4; v++) sums[v] = NAME(scale_moderate)(sums[v], &scaling);
        NAME(store_packed)(sums, least, most, out + i, n);
    }
}

/* Bytes less a zero point as words, which hold 16 bits beside zeros. */
INLINE void NAME(widen)(V bytes, V zero_point, V words[4]) {
    const V zero = NAME(zero)();
    V low = OP(sub_epi16)(OP(unpacklo_epi8)(bytes, zero), zero_point);
    V high = OP(sub_epi16)(OP(unpackhi_epi8)(bytes, zero), zero_point);
    words[0] = OP(unpacklo_epi16)(low, zero);
    words[1] = OP(unpackhi_epi16)(low, zero);
    words[2] = OP(unpacklo_epi16)(high, zero);
    words[3] = OP(unpackhi_epi16)(high, zero);
}

static TARGET void NAME(scale_channels)(
    const ck_scale_channels_u8_parameters *parameters, const uint8_t *in, const uint8_t *scale, uint8_t *out,
    size_t pixels, size_t channels) {
    const ck_scale_channels_u8_parameters p = *parameters;
    if (!NAME(is_moderate)(p.shift)) {
        ck_portable_scale_channels_u8(parameters, in, scale, out, pixels, channels);
        return;
    }
    const NAME(moderate_constants) scaling =
        NAME(moderate_constants_of)(OP(set1_epi32)(p.multiplier), OP(set1_epi32)(p.shift), p.output_zero_point);
    const V in_zero_point = OP(set1_epi16)((int16_t)p.in_zero_point);
    const V scale_zero_point = OP(set1_epi16)((int16_t)p.scale_zero_point);
    const V least = NAME(zero)(), most = OP(set1_epi8)(-1);
    for (size_t c = 0; c < channels; c += NAME(BYTES)) {
        int32_t n = channels - c < NAME(BYTES) ? (int32_t)(channels - c) : NAME(BYTES);
        V factors[4];
        NAME(widen)(NAME(load_bytes)(scale + c, n), scale_zero_point, factors);
        for (size_t at = c; at < pixels * channels; at += channels) {
            V x[4];
            NAME(widen)(NAME(load_bytes)(in + at, n), in_zero_point, x);
#pragma clang loop unroll(full)
            for (int v = 0; v < 4; v++) {
                x[v] = NAME(scale_moderate)(OP(madd_epi16)(x[v], factors[v]), &scaling);
            }
            NAME(store_packed)(x, least, most, out + at, n);
        }
    }
}

static TARGET void NAME(dequantize)(float scale, int32_t zero_point, const uint8_t *in, float *out, size_t count) {
    size_t i = 0;
    for (; i + WORDS <= count; i += WORDS) {
        V x = OP(sub_epi32)(NAME(load_widened)(in + i, WORDS), OP(set1_epi32)(zero_point));
        OP(storeu_ps)(out + i, OP(mul_ps)(OP(cvtepi32_ps)(x), OP(set1_ps)(scale)));
    }
    for (; i < count; i++) out[i] = scale * (float)(in[i] - zero_point);
}
