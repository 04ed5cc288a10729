/* AVX-512 BF16: the dot product of pairs of bfloat16, summed in single precision. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdatomic.h>

#define TARGET __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#define INLINE static inline __attribute__((always_inline)) TARGET
#define KERNEL static TARGET
#define LANES 16
#define TILE_PIXELS 8
#define TILE_VECTORS 3
#define CACHE_LINE_FLOATS 16

#include "isa/avx512_floats.h"
#include "isa/avx512_strips.h"
#include "bf16/kernels_bf16.h"
#include "f32/functions_f32.h"
#include "isa/peak.h"

/* ---- Pointwise and depthwise layers ---------------------------------------------------------------------------- */

#define TERMS_ARE_PAIRS
INLINE vf vf_term(vf x, vf w, vf sum) { return _mm512_dpbf16_ps(sum, (__m512bh)w, (__m512bh)x); }

/* A number of the even vector is the lower half of each pair. */
INLINE void vf_store_pairs(float *to, vf even, vf odd) {
    const __m512i order = _mm512_set_epi16(
        31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1,
        16, 0);
    _mm512_storeu_si512(to, _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(odd, even)));
}

#include "f32/run_f32.h"

KERNEL void convolution_run_paired(const ck_run_f32 *run) { convolution_run_stored(run, 1); }

#include "bf16/depthwise_kernels_bf16.h"

/* `scaled`: whether there are factors. */
INLINE void pairs_of(
    const float *pixel, ptrdiff_t step, const float *factors, uint8_t *to, size_t pitch, int32_t pixels,
    int32_t channels, const int scaled) {
    for (int32_t p = 0; p < pixels; p++, pixel += step, to += pitch) {
        int32_t c = 0;
        for (; c + 32 <= channels; c += 32) {
            vf low = vf_load(pixel + c), high = vf_load(pixel + c + LANES);
            if (scaled) {
                low = low * vf_load(factors + c);
                high = high * vf_load(factors + c + LANES);
            }
            _mm512_storeu_si512(to + 2 * c, (__m512i)_mm512_cvtne2ps_pbh(high, low));
        }
        if (c + LANES <= channels) {
            vf values = vf_load(pixel + c);
            if (scaled) values = values * vf_load(factors + c);
            _mm256_storeu_si256((__m256i *)(to + 2 * c), (__m256i)_mm512_cvtneps_pbh(values));
            c += LANES;
        }
        if (c < channels) {
            int32_t left = channels - c;
            vf values = vf_load_n(pixel + c, left);
            if (scaled) values = values * vf_load_n(factors + c, left);
            _mm256_mask_storeu_epi16(to + 2 * c, first_lanes(left + left % 2), (__m256i)_mm512_cvtneps_pbh(values));
        }
    }
}

static TARGET void pairs(
    const float *from, ptrdiff_t step, const float *factors, uint8_t *to, size_t pitch, int32_t pixels,
    int32_t channels) {
    if (factors) {
        pairs_of(from, step, factors, to, pitch, pixels, channels, 1);
    } else {
        pairs_of(from, step, factors, to, pitch, pixels, channels, 0);
    }
}

static const ck_run_kernels runs = {
    .lanes = LANES,
    .tile_vectors = TILE_VECTORS,
    .run = convolution_run,
    .pixel = convolution_pixel,
    .run_paired = convolution_run_paired,
};

/* ---- Strips ----------------------------------------------------------------------------------------------------- */

static TARGET __mmask16 first_of(int32_t n) { return first_lanes(n < LANES ? n : LANES); }

/* The instruction takes denormal numbers for zero, as all products of bfloat16 do. */
TARGET void ck_avx512_gather_bf16(
    const void *from, ptrdiff_t step, uint8_t *to, size_t pitch, int32_t pixels, int32_t channels, size_t filled) {
    const float *pixel = from;
    int32_t slots = (int32_t)(filled / sizeof(uint16_t));
    for (int32_t p = 0; p < pixels; p++, pixel += step, to += pitch) {
        int32_t c = 0;
        for (; c + 32 <= channels; c += 32) {
            __m512bh both = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(pixel + c + 16), _mm512_loadu_ps(pixel + c));
            _mm512_storeu_si512(to + 2 * c, (__m512i)both);
        }
        for (; c < slots; c += 16) {
            int32_t left = channels - c > 0 ? channels - c : 0;
            __m512 values = _mm512_maskz_loadu_ps(first_of(left), pixel + c);
            _mm256_mask_storeu_epi16(to + 2 * c, first_of(slots - c), (__m256i)_mm512_cvtneps_pbh(values));
        }
    }
}

enum { PIXELS = 8 }; /* of a tile at a time: with two vectors, half of the registers hold sums */

INLINE void product_of(const ck_strip_product *p, const uint8_t *tile, float *sums, const int vectors) {
    __m512 sum[PIXELS][CK_STRIP_VECTORS];
#pragma clang loop unroll(full)
    for (int i = 0; i < PIXELS; i++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sum[i][v] = _mm512_setzero_ps();
    }
    const uint8_t *panel = p->weights;
    for (int32_t slice = 0; slice < p->slices; slice++, tile += CK_STRIP_SLICE_BYTES) {
        for (int32_t tap = 0; tap < p->tap_count; tap++, panel += vectors * CK_STRIP_PANEL_BYTES) {
            const uint8_t *row = tile + p->taps[tap];
            for (int32_t k = 0; k < CK_STRIP_SLICE_BYTES; k += 4) {
                __m512bh w[CK_STRIP_VECTORS];
#pragma clang loop unroll(full)
                for (int v = 0; v < vectors; v++) {
                    w[v] = (__m512bh)_mm512_load_si512(panel + v * CK_STRIP_PANEL_BYTES + k * CK_STRIP_LANES);
                }
#pragma clang loop unroll(full)
                for (int i = 0; i < PIXELS; i++) {
                    int32_t pair;
                    memcpy(&pair, row + i * p->step + k, sizeof pair);
                    __m512bh x = (__m512bh)_mm512_set1_epi32(pair);
#pragma clang loop unroll(full)
                    for (int v = 0; v < vectors; v++) sum[i][v] = _mm512_dpbf16_ps(sum[i][v], x, w[v]);
                }
            }
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < PIXELS; i++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            _mm512_store_ps(sums + (i * vectors + v) * CK_STRIP_LANES, sum[i][v]);
        }
    }
}

static TARGET void product(const ck_strip_product *p) {
    float *sums = p->sums;
    for (int tile = 0; tile < 2 && p->tiles[tile]; tile++) {
        for (int first = 0; first < CK_STRIP_POSITIONS; first += PIXELS) {
            const uint8_t *from = p->tiles[tile] + first * p->step;
            if (p->vectors == 2) {
                product_of(p, from, sums, 2);
            } else {
                product_of(p, from, sums, 1);
            }
            sums += PIXELS * p->vectors * CK_STRIP_LANES;
        }
    }
}

TARGET void ck_avx512_finish_bf16(const ck_strip_output_bf16 *o) {
    float low, high;
    int is_curved = o->activation > CK_ACTIVATION_RELU6;
    ck_activation_range(is_curved ? CK_ACTIVATION_NONE : o->activation, &low, &high);
    const __m512 least = _mm512_set1_ps(low), most = _mm512_set1_ps(high);
    for (int32_t v = 0; v < o->vectors; v++) {
        int32_t first = v * CK_STRIP_LANES;
        __mmask16 mask = first_of(o->columns - first);
        const __m512 bias = _mm512_loadu_ps(o->bias + first);
        for (int32_t p = 0; p < CK_STRIP_POSITIONS; p++) {
            if (o->pixels[p] < 0) continue;
            __m512 x = _mm512_add_ps(_mm512_load_ps(o->sums + (p * o->vectors + v) * CK_STRIP_LANES), bias);
            if (o->residual) {
                const float *residual = o->residual + o->pixels[p] * o->residual_stride + first;
                x = _mm512_add_ps(x, _mm512_maskz_loadu_ps(mask, residual));
            }
            x = _mm512_min_ps(_mm512_max_ps(x, least), most);
            _mm512_mask_storeu_ps(o->output + o->pixels[p] * o->output_stride + first, mask, x);
        }
    }
    for (int32_t p = 0; is_curved && p < CK_STRIP_POSITIONS; p++) {
        if (o->pixels[p] < 0) continue;
        float *out = o->output + o->pixels[p] * o->output_stride;
        ck_avx512_f32.activation(o->activation, out, out, (size_t)o->columns);
    }
}

/* ---- Rates ------------------------------------------------------------------------------------------------------ */

enum { CHAINS = 12 };

static TARGET void bf16_loop(int64_t rounds) {
    volatile int32_t pair = 0x3F803F80;
    volatile float result;
    __m512bh x = (__m512bh)_mm512_set1_epi32(pair);
    __m512 sums[CHAINS];
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_setzero_ps();
    for (int64_t round = 0; round < rounds; round++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_dpbf16_ps(sums[i], x, x);
    }
#pragma clang loop unroll(full)
    for (int i = 1; i < CHAINS; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
    result = _mm512_cvtss_f32(sums[0]);
    (void)result;
}

static TARGET void f32_loop(int64_t rounds) {
    volatile float one = 1, result;
    __m512 x = _mm512_set1_ps(one), sums[CHAINS];
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_setzero_ps();
    for (int64_t round = 0; round < rounds; round++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_fmadd_ps(sums[i], x, x);
    }
#pragma clang loop unroll(full)
    for (int i = 1; i < CHAINS; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
    result = _mm512_cvtss_f32(sums[0]);
    (void)result;
}

static double best_time(void (*loop)(int64_t rounds)) {
    enum { ROUNDS = 2000, SLICES = 8 };
    double best = 1;
    for (int slice = 0; slice < SLICES; slice++) {
        double start = ck_seconds();
        loop(ROUNDS);
        double elapsed = ck_seconds() - start;
        if (elapsed < best) best = elapsed;
    }
    return best;
}

/* An instruction does twice the products of an fp32 one. Between the processors that take as long for it and those that
 * take four times as long there is nothing, so that noise does not decide. */
int ck_avx512_bf16_is_fast(void) { return best_time(bf16_loop) < 1.5 * best_time(f32_loop); }

/* Whether vectors of half the width take half the time: 1 more than the answer, which must not change between packing
 * weights and using them, so that of two threads that measure at once both take what the first found. */
static const ck_run_kernels *narrow_runs(void) {
    static _Atomic int cache;
    int known = atomic_load_explicit(&cache, memory_order_relaxed);
    if (known == 0) {
        int found = 1 + (best_time(ck_avx512_bf16_narrow_loop) < 0.75 * best_time(bf16_loop));
        known = atomic_compare_exchange_strong(&cache, &known, found) ? found : known;
    }
    return known == 2 ? &ck_avx512_bf16_narrow_runs : NULL;
}

double ck_avx512_peak_bf16(void) { return ck_peak(bf16_loop, 2.0 * 32 * CHAINS); }

const ck_bf16_kernels ck_avx512_bf16 = {
    .budget = CK_STRIP_BYTES,
    .gather = ck_avx512_gather_bf16,
    .product = product,
    .finish = ck_avx512_finish_bf16,
    .runs = &runs,
    .narrow_runs = narrow_runs,
    .pairs = pairs,
    .depthwise = depthwise,
};
#endif
