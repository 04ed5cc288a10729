/* The clock around the loops that measure a ceiling. */
#ifndef CK_PEAK_H
#define CK_PEAK_H

#include <time.h>

static inline double ck_seconds(void) {
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Calls `loop` for about 20 ms in slices; the best slice counts, since a neighbour can only slow one down. */
static inline double ck_peak(void (*loop)(int64_t rounds), double operations_a_round) {
    enum { ROUNDS = 20000, MINIMUM_SLICES = 3 };
    double start = ck_seconds(), before = start, best = 0;
    for (int slice = 0; slice < MINIMUM_SLICES || before - start < 0.02; slice++) {
        loop(ROUNDS);
        double after = ck_seconds(), elapsed = after - before > 1e-9 ? after - before : 1e-9;
        double rate = ROUNDS * operations_a_round / elapsed;
        if (rate > best) best = rate;
        before = after;
    }
    return best;
}

#endif
