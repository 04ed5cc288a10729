/* What the tiles of AMX do not do themselves, done with AVX-512. */
#ifndef CK_AVX512_BF16_H
#define CK_AVX512_BF16_H

#include "bf16_kernels.h"

ck_strip_gather ck_avx512_gather_bf16;
void ck_avx512_finish_bf16(const ck_bf16_output *output);

#endif
