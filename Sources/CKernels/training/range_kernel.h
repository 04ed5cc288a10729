/* The least and the greatest of many floats, for one instruction set. Whoever includes this defines LANES, TARGET and
 * NAME. */

typedef float NAME(vector) __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t NAME(mask) __attribute__((vector_size(LANES * 4), aligned(4)));

TARGET static void NAME(range)(const float *x, size_t count, float range[2]) {
    NAME(vector) least = {0}, greatest = {0};
    NAME(mask) strange = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        NAME(vector) v = *(const NAME(vector) *)(x + i);
        NAME(mask) below = v < least;
        NAME(mask) above = v > greatest;
        least = (NAME(vector))(((NAME(mask))v & below) | ((NAME(mask))least & ~below));
        greatest = (NAME(vector))(((NAME(mask))v & above) | ((NAME(mask))greatest & ~above));
        strange |= v != v;
    }
    float lowest = 0, highest = 0;
    int is_strange = 0;
    for (int lane = 0; lane < LANES; lane++) {
        if (least[lane] < lowest) lowest = least[lane];
        if (greatest[lane] > highest) highest = greatest[lane];
        is_strange |= strange[lane] != 0;
    }
    for (; i < count; i++) {
        if (x[i] < lowest) lowest = x[i];
        if (x[i] > highest) highest = x[i];
        is_strange |= x[i] != x[i];
    }
    range[0] = is_strange ? -INFINITY : lowest;
    range[1] = is_strange ? INFINITY : highest;
}

#undef LANES
#undef TARGET
#undef NAME
