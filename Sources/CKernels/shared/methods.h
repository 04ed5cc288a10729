/* The methods that the lists are made of. */
#ifndef CK_METHODS_H
#define CK_METHODS_H

#include "shared/kernels.h"

extern const ck_method ck_f32_winograd4, ck_f32_winograd2, ck_f32_pixel, ck_f32_pointwise, ck_f32_windows, ck_f32_sums;
extern const ck_method ck_bf16_pointwise, ck_bf16_windows, ck_bf16_strips;
extern const ck_method ck_u8_winograd2, ck_u8_strips, ck_u8_pointwise, ck_u8_windows, ck_u8_sums;
extern const ck_method ck_f32_depthwise, ck_bf16_depthwise, ck_u8_depthwise;

#endif
