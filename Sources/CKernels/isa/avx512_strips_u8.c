/* What the tiles of AMX do not do themselves of an 8-bit convolution. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "isa/avx512_strips.h"

#define TARGET __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE static inline __attribute__((always_inline)) TARGET

INLINE __mmask64 first_bytes(int64_t n) { return n >= 64 ? ~(__mmask64)0 : n <= 0 ? 0 : ((__mmask64)1 << n) - 1; }

TARGET void ck_avx512_gather_u8(
    const void *from, ptrdiff_t step, uint8_t *to, size_t pitch, int32_t pixels, int32_t channels, size_t filled) {
    const uint8_t *pixel = from;
    for (int32_t p = 0; p < pixels; p++, pixel += step, to += pitch) {
        for (size_t c = 0; c < filled; c += 64) {
            __m512i bytes = _mm512_maskz_loadu_epi8(first_bytes((int64_t)channels - (int64_t)c), pixel + c);
            _mm512_mask_storeu_epi8(to + c, first_bytes((int64_t)(filled - c)), bytes);
        }
    }
}

TARGET void ck_avx512_sum_windows(
    const uint8_t *tile, ptrdiff_t step, const ptrdiff_t *taps, int32_t tap_count, int32_t terms, int32_t factor,
    int32_t sums[CK_STRIP_POSITIONS]) {
    const __m512i zero = _mm512_setzero_si512();
    for (int i = 0; i < CK_STRIP_POSITIONS; i++, tile += step) {
        __m512i sum = zero;
        for (int32_t tap = 0; tap < tap_count; tap++) {
            const uint8_t *row = tile + taps[tap];
            for (int32_t k = 0; k < terms; k += 64) {
                __m512i bytes = _mm512_maskz_loadu_epi8(first_bytes(terms - k), row + k);
                sum = _mm512_add_epi64(sum, _mm512_sad_epu8(bytes, zero));
            }
        }
        sums[i] = (int32_t)((uint32_t)factor * (uint32_t)_mm512_reduce_add_epi64(sum));
    }
}

/* ck_scale_sum of the even 32-bit lanes, or of the odd ones brought there; `right` is 31 less the shift. */
INLINE __m512i scale_lanes(__m512i sums, __m512i multipliers, __m512i right) {
    const __m512i one = _mm512_set1_epi64(1);
    __m512i half = _mm512_sllv_epi64(one, _mm512_sub_epi64(right, one));
    __m512i scaled = _mm512_srav_epi64(_mm512_add_epi64(_mm512_mul_epi32(sums, multipliers), half), right);
    scaled = _mm512_max_epi64(scaled, _mm512_set1_epi64(INT32_MIN));
    return _mm512_min_epi64(scaled, _mm512_set1_epi64(INT32_MAX));
}

TARGET void ck_avx512_finish_u8(const ck_strip_output_u8 *o) {
    const __m512i least = _mm512_set1_epi32(o->range.min - o->range.zero_point);
    const __m512i most = _mm512_set1_epi32(o->range.max - o->range.zero_point);
    const __m512i zero_point = _mm512_set1_epi32(o->range.zero_point), low_words = _mm512_set1_epi64(0xFFFFFFFF);
    int32_t width = o->vectors * CK_STRIP_LANES;
    for (int32_t v = 0; v < o->vectors; v++) {
        int32_t first = v * CK_STRIP_LANES, n = o->columns - first;
        __mmask16 mask = n >= CK_STRIP_LANES ? 0xFFFF : (__mmask16)((1u << n) - 1);
        const __m512i bias = _mm512_loadu_si512(o->constants + first);
        const __m512i multipliers = _mm512_loadu_si512(o->constants + width + first);
        const __m512i shifts = _mm512_loadu_si512(o->constants + 2 * width + first);
        const __m512i right = _mm512_sub_epi32(_mm512_set1_epi32(31), shifts);
        const __m512i even_right = _mm512_and_si512(right, low_words), odd_right = _mm512_srli_epi64(right, 32);
        const __m512i odd_multipliers = _mm512_srli_epi64(multipliers, 32);
        for (int32_t p = 0; p < CK_STRIP_POSITIONS; p++) {
            if (o->pixels[p] < 0) continue;
            __m512i sum = _mm512_add_epi32(_mm512_load_si512(o->sums + p * width + first), bias);
            if (o->row_sums) sum = _mm512_add_epi32(sum, _mm512_set1_epi32(o->row_sums[p]));
            __m512i even = scale_lanes(sum, multipliers, even_right);
            __m512i odd = scale_lanes(_mm512_srli_epi64(sum, 32), odd_multipliers, odd_right);
            __m512i scaled = _mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32));
            __m512i bytes = _mm512_add_epi32(_mm512_min_epi32(_mm512_max_epi32(scaled, least), most), zero_point);
            _mm512_mask_cvtepi32_storeu_epi8(o->output + o->pixels[p] * o->output_stride + first, mask, bytes);
        }
    }
}
#endif
