/* The 8-bit pools, a part of kernels_u8.h. */

static TARGET void NAME(max_window)(const ck_window *window, uint8_t *out, int32_t channels) {
    for (int32_t c = 0; c < channels; c += NAME(BYTES)) {
        int32_t n = channels - c < NAME(BYTES) ? channels - c : NAME(BYTES);
        const uint8_t *base = (const uint8_t *)window->base + c;
        V best = NAME(zero)();
        for (int32_t y = 0; y < window->rows; y++) {
            for (int32_t x = 0; x < window->columns; x++) {
                const uint8_t *pixel = base + y * window->row_step + x * window->pixel_step;
                best = OP(max_epu8)(best, n == NAME(BYTES) ? NAME(load)(pixel) : NAME(load_n)(pixel, n));
            }
        }
        NAME(store_n)(out + c, best, n);
    }
}

/* The quotient is taken in fp32, which is exact while the sums are below 2^24: a quotient that is not an integer then
 * differs from the next one by more than half a unit in the last place. */
static TARGET void NAME(average_window)(const ck_window *window, uint8_t *out, int32_t channels) {
    enum { EXACT = 1 << 16 };
    int64_t count = (int64_t)window->rows * window->columns;
    if (count >= EXACT) {
        ck_portable_u8.average_window(window, out, channels);
        return;
    }
    for (int32_t c = 0; c < channels; c += WORDS) {
        int32_t n = channels - c < WORDS ? channels - c : WORDS;
        const uint8_t *base = (const uint8_t *)window->base + c;
        V sum = OP(set1_epi32)((int32_t)count / 2);
        for (int32_t y = 0; y < window->rows; y++) {
            for (int32_t x = 0; x < window->columns; x++) {
                const uint8_t *pixel = base + y * window->row_step + x * window->pixel_step;
                sum = OP(add_epi32)(sum, NAME(load_widened)(pixel, n));
            }
        }
        V quotient = OP(cvttps_epi32)(OP(div_ps)(OP(cvtepi32_ps)(sum), OP(set1_ps)((float)count)));
        NAME(store_narrowed)(out + c, quotient, n);
    }
}
