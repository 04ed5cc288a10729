/* Runs: output pixels of one image whose inputs lie a constant step apart, so that a micro-kernel needs no pointer for
 * each. */
#ifndef CK_RUNS_H
#define CK_RUNS_H

#include "shared/convolution_rows.h"

/* `count` output pixels from `pixel` of an image on. */
typedef struct ck_pixels {
    int64_t image, pixel;
    int32_t count;
} ck_pixels;

/* Those of a pointwise layer from flat pixel `first` on: at most `most`, of one image, before `end`. */
static inline ck_pixels ck_pixels_at(const ck_convolution_shape *shape, int64_t first, int64_t end, int64_t most) {
    int64_t pixels = (int64_t)shape->output_height * shape->output_width;
    ck_pixels at = {.image = first / pixels, .pixel = first % pixels};
    int64_t left = pixels - at.pixel;
    if (left > end - first) left = end - first;
    at.count = (int32_t)(left < most ? left : most);
    return at;
}

/* Pixels of a pointwise layer whose input stays in the second-level cache while every block of weights passes over it. */
int64_t ck_pointwise_chunk(const ck_convolution_shape *shape, size_t element);

/* Those from flat pixel `first` on where a tap is a row of the window, whose pixels lie together in the image. Points the
 * scratch's rows at each tap of the first pixel's window, or sets them to null outside the image. Windows that hang over
 * the left or right edge are copied, one at a time, and so are those at the image's end past which a tap would be filled up
 * with what is not its own. The input's pixels lie without gaps. */
ck_pixels ck_windows_at(
    const ck_rows_layout *layout, const ck_convolution_shape *shape, const ck_work *work, uint8_t padding,
    int64_t first);

#endif
