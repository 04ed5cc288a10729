#include "shared/runs.h"

#include "shared/cache.h"

int64_t ck_pointwise_chunk(const ck_convolution_shape *shape, size_t element) {
    /* A multiple of what every micro-kernel multiplies at once. */
    enum { GRANULE = 96 };
    int64_t pixels = CK_INPUT_BYTES / ((int64_t)shape->input_channels * (int64_t)element);
    return pixels < GRANULE ? GRANULE : pixels / GRANULE * GRANULE;
}
