/* u8/depthwise. */
#include "shared/depthwise_rows.h"
#include "shared/methods.h"
#include "u8/quantized_layer.h"

enum { GROUP = 4, MAXIMUM_WIDTH = 64 };

static int32_t groups_of(const ck_convolution_shape *shape) { return (shape->kernel_height + GROUP - 1) / GROUP; }

static ck_depthwise_layout layout_of(const ck_convolution_shape *shape) {
    return ck_depthwise_layout_of(shape, sizeof(uint8_t), groups_of(shape) * GROUP, 1);
}

static size_t packed_size(ck_isa isa, const ck_convolution_shape *shape) {
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    size_t bytes = sizeof(ck_packed_u8_header);
    for (int32_t first = 0, width; first < shape->output_channels; first += width) {
        width = ck_depthwise_block_width(
            kernels->depthwise_width, kernels->depthwise_narrow, shape->output_channels - first);
        bytes += ck_depthwise_block_bytes(shape, width, CK_MAXIMUM_PLANES);
    }
    return bytes;
}

static int32_t clamp_to_int8(int32_t value) {
    return value < INT8_MIN ? INT8_MIN : value > INT8_MAX ? INT8_MAX : value;
}

/* How many int8 are needed to sum to any weight less the zero point. */
static int32_t planes_of(const int8_t *weights, size_t count, int32_t zero_point) {
    int32_t planes = 1;
    for (size_t i = 0; i < count; i++) {
        int32_t rest = weights[i] - zero_point, needed = 0;
        do {
            rest -= clamp_to_int8(rest);
            needed++;
        } while (rest != 0);
        if (needed > planes) planes = needed;
    }
    return planes;
}

/* The header, then blocks as ck_depthwise_row_u8 describes them. */
static void pack(ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed) {
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    const int8_t *weights = parameters->u8.weights;
    int32_t weight_zero_point = parameters->u8.weight_zero_point;
    int32_t channels = shape->output_channels, kernel_width = shape->kernel_width, groups = groups_of(shape);
    size_t taps = (size_t)shape->kernel_height * (size_t)kernel_width;
    ck_quantized_layer layer = {
        .channels = channels,
        .terms = taps,
        .channel_stride = 1,
        .term_stride = channels,
        .weights = weights,
        .weight_zero_point = weight_zero_point,
        .input_zero_point = parameters->u8.input_zero_point,
        .bias = parameters->u8.bias,
        .requantization = parameters->u8.requantization};
    ck_packed_u8_header header = {
        .scaling = ck_scaling_of(layer.requantization->shifts, channels),
        .planes = planes_of(weights, taps * (size_t)channels, weight_zero_point)};
    memcpy(packed, &header, sizeof header);

    uint8_t *to = (uint8_t *)packed + sizeof header;
    for (int32_t first = 0, width; first < channels; first += width) {
        width = ck_depthwise_block_width(kernels->depthwise_width, kernels->depthwise_narrow, channels - first);
        int32_t channel_of[MAXIMUM_WIDTH], lanes = width / 4;
        for (int32_t i = 0; i < width; i++) {
            int32_t vector = i / lanes, lane = i % lanes;
            channel_of[i] = first + 16 * (lane / 4) + 4 * vector + lane % 4;
        }
        to = ck_pack_constants(&layer, lanes, width, channel_of, to);
        for (int32_t plane = 0; plane < header.planes; plane++) {
            for (int32_t column = 0; column < groups * kernel_width; column++) {
                for (int32_t i = 0; i < width * GROUP; i++) {
                    int32_t y = column / kernel_width * GROUP + i % GROUP, channel = channel_of[i / GROUP], rest = 0;
                    if (y < shape->kernel_height && channel < channels) {
                        size_t tap = (size_t)y * (size_t)kernel_width + (size_t)(column % kernel_width);
                        rest = weights[tap * (size_t)channels + (size_t)channel] - weight_zero_point;
                    }
                    for (int32_t earlier = 0; earlier < plane; earlier++) rest -= clamp_to_int8(rest);
                    *to++ = (uint8_t)clamp_to_int8(rest);
                }
            }
        }
    }
}

static size_t scratch_size(ck_isa isa, const ck_convolution_shape *shape) {
    (void)isa;
    return layout_of(shape).scratch_size;
}

static void run(ck_isa isa, const ck_convolution *layer, const ck_work *work) {
    const ck_u8_kernels *kernels = ck_u8_kernels_of(isa);
    const ck_convolution_shape *shape = &layer->shape;
    const ck_packed_u8_header *header = layer->packed;
    ck_depthwise_layout layout = layout_of(shape);
    uint8_t *scratch = work->scratch;
    memset(scratch, (uint8_t)layer->input_zero_point, layout.rows_offset);
    ck_depthwise_row_u8 row = {
        .shape = shape,
        .rows = (const uint8_t *const *)(scratch + layout.rows_offset),
        .steps = (const ptrdiff_t *)(scratch + layout.steps_offset),
        .padding = scratch,
        .input_zero_point = layer->input_zero_point,
        .planes = header->planes,
        .packed = (const uint8_t *)layer->packed + sizeof *header,
        .output_stride = work->output_stride,
        .scaling = ck_output_of(layer),
    };
    for (int64_t pixel = work->begin; pixel < work->end; pixel += row.x_end - row.x_begin) {
        ck_row_part part = ck_row_part_at(shape, pixel, work->end);
        ck_depthwise_point(&layout, shape, work, &part, shape->input_height, 0);
        row.x_begin = part.x_begin;
        row.x_end = part.x_end;
        ptrdiff_t at = (ptrdiff_t)part.y * shape->output_width + part.x_begin;
        row.output = (uint8_t *)work->outputs[part.image] + at * work->output_stride;
        kernels->depthwise_row(&row);
    }
}

const ck_method ck_u8_depthwise = {
    .name = "depthwise",
    .element = CK_ELEMENT_U8,
    .suits = ck_depthwise_suits,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .division = ck_depthwise_division,
    .run = run,
};
