/* What the tiles of AMX do not do themselves, done with AVX-512. */
#ifndef CK_AVX512_STRIP_H
#define CK_AVX512_STRIP_H

#include "bf16/kernels_bf16.h"
#include "u8/strips_u8.h"

ck_strip_gather ck_avx512_gather_bf16, ck_avx512_gather_u8;
void ck_avx512_finish_bf16(const ck_strip_output_bf16 *output);
void ck_avx512_finish_u8(const ck_strip_output_u8 *output);
void ck_avx512_sum_windows(
    const uint8_t *tile, ptrdiff_t step, const ptrdiff_t *taps, int32_t tap_count, int32_t terms, int32_t factor,
    int32_t sums[CK_STRIP_POSITIONS]);

#endif
