/* The scan of score rows, over the vectors that kernels_f32.h describes. */

INLINE float largest_of(const float *row, size_t count) {
    vf most = vf_splat(-INFINITY);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) most = vf_max(vf_load(row + i), most);
    if (i < count) {
        int32_t n = (int32_t)(count - i);
        most = vf_first(n, vf_max(vf_load_n(row + i, n), most), most);
    }
    return vf_largest(most);
}

/* e^x from above, for x that are not positive: 1 to 1.0615 times as much. Read as an integer, a float is its logarithm
 * to base 2 with straight lines between the powers of two, (1 + f) for 2^f (Schraudolph, A fast, compact approximation
 * of the exponential function, 1999). Below 2^-126 it is that. */
INLINE vf exponential_from_above(vf x) {
    vf bits = vf_max(x * vf_splat(0x1p23f * 1.44269504f) + vf_splat(0x1p23f * 127), vf_splat(0x1p23f));
#if LANES > 1
    typedef int32_t words __attribute__((vector_size(LANES * sizeof(int32_t))));
    return (vf) __builtin_convertvector(bits, words);
#else
    int32_t word = (int32_t)bits;
    memcpy(&bits, &word, sizeof bits);
    return bits;
#endif
}

/* Whether no element of a row's softmax can be as much as `cut`: the largest is one over the sum of all e^(x -
 * largest). */
INLINE int is_below(const float *row, size_t count, float largest, float cut) {
    vf shift = vf_splat(largest), sum = vf_splat(0);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) sum = sum + exponential_from_above(vf_load(row + i) - shift);
    if (i < count) {
        int32_t n = (int32_t)(count - i);
        sum = sum + vf_first(n, exponential_from_above(vf_load_n(row + i, n) - shift), vf_splat(0));
    }
    /* The sum is at most 1.0615 times too large, and the rest is more than all roundings. */
    return vf_sum(sum) * cut > 1.063f;
}

KERNEL size_t softmax_candidates(
    const ck_softmax_scan *scan, size_t *next, float *exponentials, ck_score_candidate *out, size_t capacity) {
    size_t columns = scan->columns, row = *next, count = 0;
    size_t before = scan->background < 0 ? 0 : (size_t)scan->background;
    size_t after = scan->background < 0 ? 0 : before + 1;
    for (; row < scan->end && capacity - count >= columns; row++) {
        const float *x = scan->scores + row * columns;
        float wanted = largest_of(x + after, columns - after), largest = wanted;
        if (before > 0) {
            float other = largest_of(x, before);
            largest = wanted = other > wanted ? other : wanted;
        }
        if (scan->background >= 0 && x[before] > largest) largest = x[before];
        if (!(wanted - largest >= scan->bound) || is_below(x, columns, largest, scan->cut)) continue;
        /* The maxima have passed over NaN. */
        int32_t has_nan = 0;
        for (size_t c = 0; c < columns; c++) has_nan |= x[c] != x[c];
        if (has_nan) continue;

        vf shift = vf_splat(largest), sum = vf_splat(0);
        size_t i = 0;
        for (; i + LANES <= columns; i += LANES) {
            vf e = vf_exp(vf_load(x + i) - shift);
            vf_store(exponentials + i, e);
            sum = sum + e;
        }
        if (i < columns) {
            int32_t n = (int32_t)(columns - i);
            vf e = vf_exp(vf_load_n(x + i, n) - shift);
            vf_store_n(exponentials + i, e, n);
            sum = sum + vf_first(n, e, vf_splat(0));
        }
        float factor = 1 / vf_sum(sum);
        /* The largest score is e^0 times the factor. */
        if (!(factor * 1.00001f >= scan->cut)) continue;
        for (size_t first = 0; first < columns; first += LANES) {
            size_t n = columns - first < LANES ? columns - first : LANES;
            vf scores = vf_load_n(exponentials + first, (int32_t)n) * vf_splat(factor);
            uint32_t passing = vf_at_least(scores, vf_splat(scan->cut)) & (uint32_t)((1ull << n) - 1);
            for (; passing; passing &= passing - 1) {
                size_t c = first + (size_t)__builtin_ctz(passing);
                out[count++] = (ck_score_candidate){exponentials[c] * factor, (int32_t)row, (int32_t)c};
            }
        }
    }
    *next = row;
    return count;
}
