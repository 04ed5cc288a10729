/* Finds the quantized sum in one step that stands for one in three. */
#include <math.h>

#include "shared/kernels.h"

enum {
    BYTES = 256,
    /* Of the fixed point: what is left of 32 bits for sums and their offset. */
    MAXIMUM_SHIFT = 22,
    LOW_BITS = 15,
    DROPPED_BITS = 8,
    /* How far, in units of the last bit, the offset is looked for on each side of where it should be. */
    REACH = 3,
};

/* What one side adds, as a number in units of the output. */
static double slope(const ck_add_u8_parameters *p, int32_t multiplier, int32_t shift) {
    return ldexp(multiplier, shift - 31 + p->left_shift) * ldexp(p->output_multiplier, p->output_shift - 31);
}

static int is_same(const ck_pair_sum_u8 *pair, const uint8_t expected[BYTES][BYTES], int32_t least, int32_t most) {
    for (int32_t x = 0; x < BYTES; x++) {
        int different = 0;
        for (int32_t y = 0; y < BYTES; y++) {
            int32_t upper = (x * pair->a_high + y * pair->b_high) << 7;
            int32_t lower = (x * pair->a_low + y * pair->b_low) >> DROPPED_BITS;
            int32_t sum = (upper + lower + pair->offset) >> pair->shift;
            different |= expected[x][y] != (sum < least ? least : sum > most ? most : sum);
        }
        if (different) return 0;
    }
    return 1;
}

void ck_add_u8_prepare(ck_add_u8_parameters *parameters) {
    parameters->pair = (ck_pair_sum_u8){0};
    double a = slope(parameters, parameters->a_multiplier, parameters->a_shift);
    double b = slope(parameters, parameters->b_multiplier, parameters->b_shift), larger = a > b ? a : b;
    ck_pair_sum_u8 pair = {.shift = MAXIMUM_SHIFT};
    while (pair.shift > 0 && ldexp(larger, pair.shift) >= 1 << 21) pair.shift--;
    /* Beyond that no sum of a network lies. */
    if (!(a >= 0 && b >= 0) || pair.shift == 0) return;
    int32_t a_fixed = (int32_t)lrint(ldexp(a, pair.shift + DROPPED_BITS));
    int32_t b_fixed = (int32_t)lrint(ldexp(b, pair.shift + DROPPED_BITS)), low_mask = (1 << LOW_BITS) - 1;
    pair.a_high = a_fixed >> LOW_BITS;
    pair.a_low = a_fixed & low_mask;
    pair.b_high = b_fixed >> LOW_BITS;
    pair.b_low = b_fixed & low_mask;
    double offset = parameters->output_zero_point + 0.5 - a * parameters->a_zero_point - b * parameters->b_zero_point;
    int32_t middle = (int32_t)lrint(ldexp(offset, pair.shift));

    uint8_t expected[BYTES][BYTES], left[BYTES], right[BYTES];
    for (int32_t y = 0; y < BYTES; y++) right[y] = (uint8_t)y;
    for (int32_t x = 0; x < BYTES; x++) {
        memset(left, x, sizeof left);
        ck_portable_add_u8(parameters, left, right, expected[x], BYTES);
    }
    for (int32_t i = 0; i <= 2 * REACH; i++) {
        pair.offset = middle + (i % 2 == 0 ? i / 2 : -(i + 1) / 2);
        if (is_same(&pair, expected, parameters->output_min, parameters->output_max)) {
            parameters->pair = pair;
            return;
        }
    }
}
