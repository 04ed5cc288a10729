/* AVX-512 F, BW, DQ, VL; its 8-bit kernels need VNNI. */
#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE static inline __attribute__((always_inline)) TARGET
#define LANES 16
#define TILE_PIXELS 8
#define TILE_VECTORS 3
#define TABLE ck_avx512_f32

#include "shared/kernels.h"
#include "isa/peak.h"

/* ---- fp32 ------------------------------------------------------------------------------------------------------ */

#include "isa/avx512_floats.h"
#include "f32/kernels_f32.h"

#undef TARGET
#undef INLINE

/* ---- 8-bit integers: 512 bits ---------------------------------------------------------------------------------- */

#define TARGET __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define INLINE static inline __attribute__((always_inline)) TARGET
#define V __m512i
#define WORDS 16
#define OP(name) _mm512_##name
#define NAME(name) name##_512

static const int32_t natural_order_512[16] = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};

INLINE __mmask64 first_bytes_512(int32_t n) { return n >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << n) - 1; }
INLINE V zero_512(void) { return _mm512_setzero_si512(); }
INLINE V load_512(const void *from) { return _mm512_loadu_si512(from); }
INLINE void store_512(void *to, V x) { _mm512_storeu_si512(to, x); }
INLINE V load_n_512(const uint8_t *from, int32_t n) { return _mm512_maskz_loadu_epi8(first_bytes_512(n), from); }
INLINE void store_n_512(uint8_t *to, V x, int32_t n) { _mm512_mask_storeu_epi8(to, first_bytes_512(n), x); }
INLINE void store_half_512(void *to, V x) { _mm256_storeu_si256(to, _mm512_castsi512_si256(x)); }
INLINE V dot_512(V sum, V x, V w) { return _mm512_dpbusd_epi32(sum, x, w); }
INLINE V high_halves_512(V even, V odd) { return _mm512_mask_shuffle_epi32(odd, 0x5555, even, 0xF5); }
INLINE V permute_words_512(V order, V x) { return _mm512_permutexvar_epi32(order, x); }
INLINE uint32_t add_across_512(V x) {
    __m256i four = _mm256_add_epi64(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64(x, 1));
    __m128i two = _mm_add_epi64(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
    return (uint32_t)_mm_cvtsi128_si32(_mm_add_epi64(two, _mm_unpackhi_epi64(two, two)));
}
INLINE V load_widened_512(const uint8_t *from, int32_t n) {
    return _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(first_lanes(n), from));
}
INLINE void store_narrowed_512(uint8_t *to, V x, int32_t n) {
    _mm512_mask_cvtusepi32_storeu_epi8(to, first_lanes(n), _mm512_max_epi32(x, _mm512_setzero_si512()));
}

#include "u8/kernels_u8.h"

/* ---- 8-bit integers: 256 bits, for depthwise blocks of few channels --------------------------------------------- */

#undef TILE_PIXELS
#undef V
#undef WORDS
#undef OP
#undef NAME
#define V __m256i
#define WORDS 8
#define OP(name) _mm256_##name
#define NAME(name) name##_256

static const int32_t natural_order_256[8] = {0, 4, 1, 5, 2, 6, 3, 7};

INLINE __mmask32 first_bytes_256(int32_t n) { return n >= 32 ? ~(__mmask32)0 : ((__mmask32)1 << n) - 1; }
INLINE V zero_256(void) { return _mm256_setzero_si256(); }
INLINE V load_256(const void *from) { return _mm256_loadu_si256(from); }
INLINE void store_256(void *to, V x) { _mm256_storeu_si256(to, x); }
INLINE V load_n_256(const uint8_t *from, int32_t n) { return _mm256_maskz_loadu_epi8(first_bytes_256(n), from); }
INLINE void store_n_256(uint8_t *to, V x, int32_t n) { _mm256_mask_storeu_epi8(to, first_bytes_256(n), x); }
INLINE void store_half_256(void *to, V x) { _mm_storeu_si128(to, _mm256_castsi256_si128(x)); }
INLINE V dot_256(V sum, V x, V w) { return _mm256_dpbusd_epi32(sum, x, w); }
INLINE V high_halves_256(V even, V odd) { return _mm256_mask_shuffle_epi32(odd, 0x55, even, 0xF5); }
INLINE V permute_words_256(V order, V x) { return _mm256_permutexvar_epi32(order, x); }

#include "u8/kernels_u8.h"

/* ---- The tables ------------------------------------------------------------------------------------------------ */

enum { WIDE = 64, NARROW = 32 };

/* A row of sixteen channels under a window of 3×3, without gaps between pixels: what a block of 64 channels is, four
 * pixels are here, since the sixteen channels of each 128-bit lane of a block lie as those of one pixel do. Returns
 * where it ends: it has the pixels whose windows lie inside the image, up to a multiple of four. */
static TARGET int32_t depthwise_16(const ck_depthwise_row_u8 *row, int32_t begin) {
    enum { PIXELS = 4, CHANNELS = 16 };
    const ck_convolution_shape *shape = row->shape;
    const uint8_t *rows[4];
    for (int y = 0; y < 3; y++) rows[y] = row->rows[y];
    __m512i weights[3][4], bias[4];
    moderate_constants_512 constants[4];
    const uint8_t *at = row->packed;
    for (int v = 0; v < 4; v++) {
        /* Lane 0 of the narrow block's vector v, in all lanes. */
        const int32_t *words = (const int32_t *)at + 2 * v * 4;
        bias[v] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)words));
        constants[v] = moderate_constants_of_512(
            _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(words + NARROW))),
            _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(words + 2 * NARROW))), row->scaling.zero_point);
        for (int kx = 0; kx < 3; kx++) {
            const uint8_t *from = at + CK_CONSTANTS_BYTES * NARROW + kx * 4 * NARROW + 2 * v * 16;
            weights[kx][v] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)from));
        }
    }
    const bounds_512 bounds = bounds_of_512(&row->scaling);
    const __m512i padding = zero_512();
    int32_t x = begin;
    for (; x + PIXELS <= row->x_end; x += PIXELS) {
        int32_t left = x - shape->padding_left;
        if (left + 2 + PIXELS > shape->input_width) break;
        __m512i sums[4] = {bias[0], bias[1], bias[2], bias[3]};
#pragma clang loop unroll(full)
        for (int kx = 0; kx < 3; kx++) {
            __m512i column[4];
            load_column_512(
                column, rows, row->steps, left + kx, (uint32_t)shape->input_width, padding, CHANNELS * PIXELS, 3, 1);
#pragma clang loop unroll(full)
            for (int v = 0; v < 4; v++) sums[v] = dot_512(sums[v], column[v], weights[kx][v]);
        }
        uint8_t *out = row->output + (x - row->x_begin) * CHANNELS;
        requantize_moderate_512(sums, constants, &bounds, out, CHANNELS * PIXELS, 4);
    }
    return x;
}

/* Whether a row is one for depthwise_16. The padding, which has room for four pixels, stands for rows outside. */
static int is_row_of_16(const ck_depthwise_row_u8 *row) {
    const ck_convolution_shape *shape = row->shape;
    if (shape->output_channels != 16 || shape->kernel_height != 3 || shape->kernel_width != 3 || shape->stride_x != 1
        || shape->dilation_x != 1 || row->planes != 1 || row->scaling.scaling != CK_SCALING_MODERATE
        || row->output_stride != 16) {
        return 0;
    }
    for (int y = 0; y < 3; y++) {
        if (row->rows[y] != row->padding && row->steps[y] != 16) return 0;
    }
    return 1;
}

/* The pixels begin ..< end of a row whose channels all lie in one narrow block. */
static void depthwise_narrow(const ck_depthwise_row_u8 *row, int32_t begin, int32_t end) {
    ck_depthwise_row_u8 part = *row;
    part.output += (begin - row->x_begin) * row->output_stride;
    part.x_begin = begin;
    part.x_end = end;
    if (begin < end) depthwise_block_256(&part, row->packed, 0, row->shape->output_channels);
}

static void depthwise_row_u8(const ck_depthwise_row_u8 *row) {
    const uint8_t *packed = row->packed;
    int32_t channels = row->shape->output_channels;
    if (is_row_of_16(row)) {
        int32_t inside = row->shape->padding_left;
        if (inside < row->x_begin) inside = row->x_begin;
        if (inside > row->x_end) inside = row->x_end;
        depthwise_narrow(row, row->x_begin, inside);
        depthwise_narrow(row, depthwise_16(row, inside), row->x_end);
        return;
    }
    for (int32_t first = 0, width; first < channels; first += width) {
        int32_t left = channels - first;
        width = ck_depthwise_block_width(WIDE, NARROW, left);
        int32_t n = left < width ? left : width;
        if (width == WIDE) {
            depthwise_block_512(row, packed, first, n);
        } else {
            depthwise_block_256(row, packed, first, n);
        }
        packed += ck_depthwise_block_bytes(row->shape, width, row->planes);
    }
}

/* A table of 256 bytes is four registers: two permutations over pairs of them, and the index's upper bit chooses. */
static __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi"))) void lookup_vbmi(
    const uint8_t table[256], const uint8_t *in, uint8_t *out, size_t count) {
    const __m512i a = _mm512_loadu_si512(table), b = _mm512_loadu_si512(table + 64);
    const __m512i c = _mm512_loadu_si512(table + 128), d = _mm512_loadu_si512(table + 192);
    for (size_t i = 0; i < count; i += 64) {
        __mmask64 mask = count - i >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << (count - i)) - 1;
        __m512i index = _mm512_maskz_loadu_epi8(mask, in + i);
        __m512i low = _mm512_permutex2var_epi8(a, index, b), high = _mm512_permutex2var_epi8(c, index, d);
        _mm512_mask_storeu_epi8(out + i, mask, _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), low, high));
    }
}

#define AVX512_VNNI_TABLE(name, lookup_function)                                                                       \
    const ck_u8_kernels name = {                                                                                       \
        .lanes = 16,                                                                                                   \
        .tile_pixels = 8,                                                                                              \
        .tile_vectors = TILE_VECTORS,                                                                                  \
        .depthwise_width = WIDE,                                                                                       \
        .depthwise_narrow = NARROW,                                                                                    \
        .convolution_tile = convolution_tile_512,                                                                      \
        .convolution_run = convolution_run_512,                                                                        \
        .winograd_input = winograd_input_512,                                                                          \
        .winograd_product = winograd_product_512,                                                                      \
        .winograd_output = winograd_output_512,                                                                        \
        .row_sums = row_sums_512,                                                                                      \
        .depthwise_row = depthwise_row_u8,                                                                             \
        .max_window = max_window_512,                                                                                  \
        .average_window = average_window_512,                                                                          \
        .add = add_512,                                                                                                \
        .scale_channels = scale_channels_512,                                                                          \
        .lookup = lookup_function,                                                                                     \
        .dequantize = dequantize_512,                                                                                  \
        .measure_peak = measure_peak_512,                                                                              \
    }

AVX512_VNNI_TABLE(ck_avx512_vnni_u8, ck_portable_lookup_u8);
AVX512_VNNI_TABLE(ck_avx512_vbmi_u8, lookup_vbmi);
#endif
