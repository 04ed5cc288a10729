/* AVX2 and FMA; its 8-bit kernels exist with AVX-VNNI and without. */
#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline)) TARGET
#define LANES 8
#define TILE_PIXELS 6
#define TILE_VECTORS 2
#define TABLE ck_avx2_f32

#include "shared/kernels.h"
#include "isa/peak.h"

/* All ones in the lanes below n. */
INLINE __m256i first_words(int32_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

INLINE void store_narrowed(uint8_t *to, __m256i x, int32_t n) {
    __m256i half = _mm256_packus_epi32(_mm256_max_epi32(x, _mm256_setzero_si256()), _mm256_setzero_si256());
    __m256i bytes = _mm256_packus_epi16(half, half);
    uint32_t low = (uint32_t)_mm256_extract_epi32(bytes, 0), high = (uint32_t)_mm256_extract_epi32(bytes, 4);
    uint64_t eight = low | (uint64_t)high << 32;
    memcpy(to, &eight, (size_t)n);
}

/* ---- fp32 ------------------------------------------------------------------------------------------------------ */

typedef __m256 vf;

INLINE vf vf_splat(float x) { return _mm256_set1_ps(x); }
INLINE vf vf_load(const float *from) { return _mm256_loadu_ps(from); }
INLINE void vf_store(float *to, vf x) { _mm256_storeu_ps(to, x); }
INLINE vf vf_load_n(const float *from, int32_t n) { return _mm256_maskload_ps(from, first_words(n)); }
INLINE void vf_store_n(float *to, vf x, int32_t n) { _mm256_maskstore_ps(to, first_words(n), x); }
INLINE vf vf_first(int32_t n, vf x, vf others) {
    return _mm256_blendv_ps(others, x, _mm256_castsi256_ps(first_words(n)));
}
INLINE vf vf_max(vf a, vf b) { return _mm256_max_ps(a, b); }
INLINE vf vf_min(vf a, vf b) { return _mm256_min_ps(a, b); }
INLINE vf vf_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vf vf_trunc(vf x) { return _mm256_round_ps(x, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
INLINE vf vf_round(vf x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
INLINE vf vf_scale(vf x, vf exponent) {
    __m256i shifted = _mm256_slli_epi32(_mm256_cvtps_epi32(exponent), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), shifted));
}
INLINE float vf_sum(vf x) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
INLINE float vf_largest(vf x) {
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}
INLINE void vf_store_bytes(uint8_t *to, vf x, int32_t n) { store_narrowed(to, _mm256_cvttps_epi32(x), n); }
INLINE uint32_t vf_at_least(vf x, vf y) { return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(x, y, _CMP_GE_OQ)); }

#include "f32/kernels_f32.h"

/* ---- 8-bit integers -------------------------------------------------------------------------------------------- */

#define V __m256i
#define WORDS 8
#define OP(name) _mm256_##name

static const int32_t natural_order[8] = {0, 4, 1, 5, 2, 6, 3, 7};

INLINE V zero_vector(void) { return _mm256_setzero_si256(); }
INLINE V load_vector(const void *from) { return _mm256_loadu_si256(from); }
INLINE void store_vector(void *to, V x) { _mm256_storeu_si256(to, x); }
/* Whole words through a mask, then the bytes after them. */
INLINE V load_first(const uint8_t *from, int32_t n) {
    V x = _mm256_maskload_epi32((const int *)from, first_words(n / 4));
    if (n % 4 == 0) return x;
    uint32_t rest = 0;
    memcpy(&rest, from + n / 4 * 4, (size_t)(n % 4));
    V here = _mm256_xor_si256(first_words(n / 4 + 1), first_words(n / 4));
    return _mm256_or_si256(x, _mm256_and_si256(here, _mm256_set1_epi32((int32_t)rest)));
}
INLINE void store_first(uint8_t *to, V x, int32_t n) {
    _mm256_maskstore_epi32((int *)to, first_words(n / 4), x);
    if (n % 4 == 0) return;
    uint8_t bytes[32];
    _mm256_storeu_si256((V *)bytes, x);
    memcpy(to + n / 4 * 4, bytes + n / 4 * 4, (size_t)(n % 4));
}
INLINE V load_widened(const uint8_t *from, int32_t n) {
    uint64_t eight = 0;
    memcpy(&eight, from, (size_t)n);
    return _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((int64_t)eight));
}
INLINE uint32_t add_across(V x) {
    __m128i two = _mm_add_epi64(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    return (uint32_t)_mm_cvtsi128_si32(_mm_add_epi64(two, _mm_unpackhi_epi64(two, two)));
}
INLINE V high_halves(V even, V odd) { return _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA); }

/* vpmaddubsw would saturate; bytes widened to 16 bits do not: the even bytes of each word, then the odd ones. */
INLINE V dot_of_halves(V sum, V x, V w) {
    V even_x = _mm256_and_si256(x, _mm256_set1_epi16(0xFF)), odd_x = _mm256_srli_epi16(x, 8);
    V even_w = _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8), odd_w = _mm256_srai_epi16(w, 8);
    V even = _mm256_madd_epi16(even_x, even_w), odd = _mm256_madd_epi16(odd_x, odd_w);
    return _mm256_add_epi32(_mm256_add_epi32(sum, even), odd);
}

/* Both inclusions' names for what they share. */
#define SHARE(suffix)                                                                                                  \
    static const int32_t *const natural_order_##suffix = natural_order;                                                \
    INLINE V zero_##suffix(void) { return zero_vector(); }                                                             \
    INLINE V load_##suffix(const void *from) { return load_vector(from); }                                             \
    INLINE void store_##suffix(void *to, V x) { store_vector(to, x); }                                                 \
    INLINE V load_n_##suffix(const uint8_t *from, int32_t n) { return load_first(from, n); }                           \
    INLINE void store_n_##suffix(uint8_t *to, V x, int32_t n) { store_first(to, x, n); }                               \
    INLINE void store_half_##suffix(void *to, V x) { _mm_storeu_si128(to, _mm256_castsi256_si128(x)); }                \
    INLINE V high_halves_##suffix(V even, V odd) { return high_halves(even, odd); }                                    \
    INLINE V permute_words_##suffix(V order, V x) { return _mm256_permutevar8x32_epi32(x, order); }                    \
    INLINE uint32_t add_across_##suffix(V x) { return add_across(x); }                                                 \
    INLINE V load_widened_##suffix(const uint8_t *from, int32_t n) { return load_widened(from, n); }                   \
    INLINE void store_narrowed_##suffix(uint8_t *to, V x, int32_t n) { store_narrowed(to, x, n); }

#define DEPTHWISE_ROW(suffix)                                                                                          \
    static void depthwise_row_##suffix(const ck_depthwise_row_u8 *row) {                                               \
        enum { WIDTH = 32 };                                                                                           \
        const uint8_t *packed = row->packed;                                                                           \
        int32_t channels = row->shape->output_channels;                                                                \
        for (int32_t first = 0; first < channels; first += WIDTH) {                                                    \
            int32_t left = channels - first;                                                                           \
            depthwise_block_##suffix(row, packed, first, left < WIDTH ? left : WIDTH);                                 \
            packed += ck_depthwise_block_bytes(row->shape, WIDTH, row->planes);                                        \
        }                                                                                                              \
    }

#define AVX2_TABLE(name, suffix, pixels)                                                                               \
    const ck_u8_kernels name = {                                                                                       \
        .lanes = WORDS,                                                                                                \
        .tile_pixels = pixels,                                                                                         \
        .tile_vectors = TILE_VECTORS,                                                                                  \
        .depthwise_width = 32,                                                                                         \
        .depthwise_narrow = 32,                                                                                        \
        .convolution_tile = convolution_tile_##suffix,                                                                 \
        .convolution_run = convolution_run_##suffix,                                                                   \
        .winograd_input = winograd_input_##suffix,                                                                     \
        .winograd_product = winograd_product_##suffix,                                                                 \
        .winograd_output = winograd_output_##suffix,                                                                   \
        .row_sums = row_sums_##suffix,                                                                                 \
        .depthwise_row = depthwise_row_##suffix,                                                                       \
        .max_window = max_window_##suffix,                                                                             \
        .average_window = average_window_##suffix,                                                                     \
        .add = add_##suffix,                                                                                           \
        .scale_channels = scale_channels_##suffix,                                                                     \
        .lookup = ck_portable_lookup_u8,                                                                               \
        .dequantize = dequantize_##suffix,                                                                             \
        .measure_peak = measure_peak_##suffix,                                                                         \
    }

/* Without VNNI both halves of the weights take registers, so there are fewer left for sums. */
#undef TILE_PIXELS
#define TILE_PIXELS 4
#define NAME(name) name##_madd
SHARE(madd)
INLINE V dot_madd(V sum, V x, V w) { return dot_of_halves(sum, x, w); }
#include "u8/kernels_u8.h"
DEPTHWISE_ROW(madd)
AVX2_TABLE(ck_avx2_u8, madd, 4);

#undef TARGET
#define TARGET __attribute__((target("avx2,fma,avxvnni")))
#undef TILE_PIXELS
#define TILE_PIXELS 6
#undef NAME
#define NAME(name) name##_vnni
SHARE(vnni)
INLINE V dot_vnni(V sum, V x, V w) { return _mm256_dpbusd_avx_epi32(sum, x, w); }
#include "u8/kernels_u8.h"
DEPTHWISE_ROW(vnni)
AVX2_TABLE(ck_avx2_vnni_u8, vnni, 6);
#endif
