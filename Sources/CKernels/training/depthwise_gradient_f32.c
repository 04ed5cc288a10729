/* The gradients of a depthwise convolution by its input and by its weights. Of each, the sums are taken in an order that
 * depends on the shape alone. */
#include <string.h>

#include "ck_training.h"
#include "shared/cache.h"

enum {
    VECTORS = 4, /* of channels, at most, whose sums are taken together */
    LARGEST_WIDTH = 5, /* of a window whose taps are summed together */
    LARGEST_WINDOW = 64, /* meetings that are gathered together */
};

/* A pixel of the output's gradient and the weights of the tap by which it depends on a pixel of the input. */
typedef struct meeting {
    const float *gradient, *weights;
} meeting;

/* Pixels of an output row and those of the input under some taps. */
typedef struct row_meeting {
    const float *input, *gradient; /* of the first pixel; of the input under the first tap */
    int32_t pixels, channels;
    ptrdiff_t input_step, tap_step; /* floats from a pixel, or a tap, to the next */
} row_meeting;

#if defined(__x86_64__)
#define LANES 16
#define TARGET __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define NAME(name) name##_avx512
#include "training/depthwise_gradient_kernel.h"

#define LANES 8
#define TARGET __attribute__((target("avx2,fma")))
#define NAME(name) name##_avx2
#include "training/depthwise_gradient_kernel.h"
#endif

#define LANES 4
#define TARGET
#define NAME(name) name##_portable
#include "training/depthwise_gradient_kernel.h"

typedef struct depthwise_gradient_kernels {
    void (*gather)(const meeting *meetings, int32_t count, float *to, int accumulates, int32_t channels);
    void (*sum_one)(const row_meeting *row, float *sums);
    void (*sum_three)(const row_meeting *row, float *sums);
    void (*sum_five)(const row_meeting *row, float *sums);
} depthwise_gradient_kernels;

#define KERNELS(name)                                                                                                  \
    static const depthwise_gradient_kernels kernels_##name = {                                                         \
        gather_##name, sum_one_##name, sum_three_##name, sum_five_##name}
#if defined(__x86_64__)
KERNELS(avx512);
KERNELS(avx2);
#endif
KERNELS(portable);

static const depthwise_gradient_kernels *kernels_of(ck_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case CK_ISA_AVX512:
    case CK_ISA_AMX: return &kernels_avx512;
    case CK_ISA_AVX2:
    case CK_ISA_AVX2_PLAIN: return &kernels_avx2;
#endif
    default: return &kernels_portable;
    }
}

/* The output position that depends by tap k on input position `at`, or -1. */
static int32_t output_of(int32_t at, int32_t k, int32_t stride, int32_t dilation, int32_t padding, int32_t extent) {
    int32_t scaled = at + padding - k * dilation;
    if (scaled < 0 || scaled % stride != 0) return -1;
    return scaled / stride < extent ? scaled / stride : -1;
}

void ck_depthwise_input_gradient_f32(
    ck_isa isa, const ck_convolution_shape *s, const float *weights, const float *output_gradient, int64_t row_begin,
    int64_t row_end, float *gradient, int accumulates) {
    const depthwise_gradient_kernels *kernels = kernels_of(isa);
    const ptrdiff_t channels = s->input_channels, row_floats = s->output_width * channels;
    meeting meetings[LARGEST_WINDOW];
    for (int64_t row = row_begin; row < row_end; row++) {
        const int32_t y = (int32_t)(row % s->input_height);
        const float *image = output_gradient + row / s->input_height * s->output_height * row_floats;
        float *to = gradient + row * s->input_width * channels;
        for (int32_t x = 0; x < s->input_width; x++, to += channels) {
            int32_t count = 0;
            int adds = accumulates;
            for (int32_t ky = 0; ky < s->kernel_height; ky++) {
                int32_t from = output_of(y, ky, s->stride_y, s->dilation_y, s->padding_top, s->output_height);
                if (from < 0) continue;
                for (int32_t kx = 0; kx < s->kernel_width; kx++) {
                    int32_t at = output_of(x, kx, s->stride_x, s->dilation_x, s->padding_left, s->output_width);
                    if (at < 0) continue;
                    if (count == LARGEST_WINDOW) {
                        kernels->gather(meetings, count, to, adds, s->input_channels);
                        count = 0;
                        adds = 1;
                    }
                    meetings[count++] = (meeting){
                        image + from * row_floats + at * channels, weights + (ky * s->kernel_width + kx) * channels};
                }
            }
            kernels->gather(meetings, count, to, adds, s->input_channels);
        }
    }
}

/* Adds what one output row and one input row give to the taps of a kernel row. */
static void add_row(
    const depthwise_gradient_kernels *kernels, const ck_convolution_shape *s, const float *input, const float *gradient,
    float *sums) {
    const int32_t channels = s->input_channels, width = s->kernel_width;
    row_meeting row = {
        .channels = channels,
        .input_step = (ptrdiff_t)s->stride_x * channels,
        .tap_step = (ptrdiff_t)s->dilation_x * channels,
    };
    /* The pixels of which all taps are in the image go together, the others a tap at a time. */
    const int32_t reach = (width - 1) * s->dilation_x - s->padding_left; /* of pixel 0 */
    int32_t begin = s->padding_left > 0 ? (s->padding_left + s->stride_x - 1) / s->stride_x : 0;
    int32_t end = reach < s->input_width ? (s->input_width - 1 - reach) / s->stride_x + 1 : 0;
    begin = ck_smaller(begin, s->output_width);
    end = ck_smaller(end, s->output_width);
    if (end < begin || (width != 3 && width != 5)) end = begin;
    if (begin < end) {
        row.input = input + ((ptrdiff_t)begin * s->stride_x - s->padding_left) * channels;
        row.gradient = gradient + (ptrdiff_t)begin * channels;
        row.pixels = end - begin;
        (width == 3 ? kernels->sum_three : kernels->sum_five)(&row, sums);
    }
    row.pixels = 1;
    for (int32_t x = begin > 0 ? 0 : end; x < s->output_width; x = x + 1 == begin ? end : x + 1) {
        for (int32_t kx = 0; kx < width; kx++) {
            int32_t column = x * s->stride_x + kx * s->dilation_x - s->padding_left;
            if (column < 0 || column >= s->input_width) continue;
            row.input = input + (ptrdiff_t)column * channels;
            row.gradient = gradient + (ptrdiff_t)x * channels;
            kernels->sum_one(&row, sums + (ptrdiff_t)kx * channels);
        }
    }
}

void ck_depthwise_weight_gradient_f32(
    ck_isa isa, const ck_convolution_shape *s, const float *input, const float *output_gradient, float *sums) {
    const depthwise_gradient_kernels *kernels = kernels_of(isa);
    const ptrdiff_t channels = s->input_channels;
    memset(sums, 0, (size_t)(s->kernel_height * s->kernel_width * channels) * sizeof(float));
    for (int32_t y = 0; y < s->output_height; y++) {
        for (int32_t ky = 0; ky < s->kernel_height; ky++) {
            int32_t from = y * s->stride_y + ky * s->dilation_y - s->padding_top;
            if (from < 0 || from >= s->input_height) continue;
            add_row(
                kernels, s, input + (ptrdiff_t)from * s->input_width * channels,
                output_gradient + (ptrdiff_t)y * s->output_width * channels, sums + ky * s->kernel_width * channels);
        }
    }
}
