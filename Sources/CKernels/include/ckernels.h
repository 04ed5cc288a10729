/* The kernels of the inference engine: what a layer's inner loops are made of.
 *
 * Everything here is a plain function over memory that the caller owns: nothing allocates, blocks or keeps state, and
 * every function may run on many threads at once over disjoint work ranges. Tensors are NHWC. The instruction set is an
 * argument, so that one process can run (and test) every path that its processor has.
 *
 * One word for each thing:
 *
 *   map         the pixels of an image, NHWC; pixel (n, y, x) has the flat index (n * height + y) * width + x. A range
 *               is a half-open range of flat output pixels: a caller splits a layer between threads so, and a batch is
 *               one long row of pixels
 *   step        elements from a pixel to the next (`stride`, where the caller says it); pitch: from a position
 *   window      what of the input one output pixel is made of; tap: a position of it, or a row of it where there are
 *               few channels; term: a tap and an input channel
 *   layer       a convolution; dense with one group, depthwise with one a channel, pointwise with windows of one pixel
 *   method      a way to compute a layer, defined in the file of its name: f32/winograd4 in f32/winograd_f32.c. Direct
 *               methods (pixel, pointwise, windows, sums) multiply the input as it is, Winograd's a transform of it
 *   kernel      the inner loop of an instruction set, isa/; driver: the loops around it, everywhere else
 *   lanes       output channels of a vector; block: some vectors, whose weights are packed together and whose sums fit
 *               into registers; columns: those of its channels that exist
 *   tile        the pixels by one block whose sums are in registers together. Of Winograd's method: size × size output
 *               pixels. Of a strip: sixteen positions, as tile registers hold them
 *   chunk       the input that stays in a cache while all blocks pass over it
 *   run         pixels of an image whose inputs lie a constant step apart; other direct tiles find theirs by an
 *               indirection, a pointer a pixel and tap
 *   band        neighbouring rows of output, one under the other; segment: some pixels of a row
 *   strip       converted input rows, in which positions (output pixels, and what lies between two rows of them) are a
 *               constant step apart; slice: 64 bytes of a pixel, a row of a tile; panel: the weights of a slice and a
 *               vector
 *   group       four bytes that one 32-bit lane multiplies at once; dot: such a product of groups, and its sum
 *   bottleneck  a pointwise, a depthwise and a pointwise layer that run together
 */
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

/* ---- Instruction sets ------------------------------------------------------------------------------------------ */

/* In ascending order of preference on one architecture; MULTIBOX_ISA caps it by name. */
typedef enum ck_isa {
    CK_ISA_PORTABLE = 0, /* C only: the oracle of all others */
    CK_ISA_NEON = 1,     /* arm64 */
    CK_ISA_AVX2 = 2,     /* AVX2 and FMA; 256-bit VNNI (AVX-VNNI) is used inside it where the processor has it */
    CK_ISA_AVX512 = 3,   /* AVX-512 F, BW, DQ, VL; VNNI and BF16 are used inside it where the processor has them */
    CK_ISA_AMX = 4,      /* AVX512 and AMX tiles */
    /* Never the best, there so that tests reach their paths: AVX2 without VNNI even where the processor has it, and
     * the kernels of AMX over tiles that C emulates, with portable ones for all else: available where those tiles are
     * linked. */
    CK_ISA_AVX2_PLAIN = 16,
    CK_ISA_AMX_EMULATED = 17,
} ck_isa;

/* The best instruction set that this processor and its operating system offer and this file has kernels for. */
ck_isa ck_best_isa(void);
/* Whether kernels of `isa` can run here. */
int ck_isa_is_available(ck_isa isa);
/* "portable", "neon", "avx2", "avx512", "amx", "avx2-plain", "amx-emulated". */
const char *ck_isa_name(ck_isa isa);
/* The same with the extensions in use, for people: "avx512+vnni". */
const char *ck_isa_description(ck_isa isa);

/* The ceiling that a kernel of `isa` can be held against: multiply-adds of a loop over registers alone that lasts about
 * 20 ms on the calling thread, in FLOP/s, two a multiply-add. 0 where `isa` is not available. */
double ck_measure_peak_f32(ck_isa isa);
/* The same for products of uint8 and int8 summed in int32. */
double ck_measure_peak_u8(ck_isa isa);
/* The same for products of bfloat16 summed in fp32; 0 also where there are no instructions for them. */
double ck_measure_peak_bf16(ck_isa isa);
/* Whether products of bfloat16 are faster than those of fp32: with tiles many times, with vectors (measured at the
 * first call) up to twice. */
typedef enum ck_bf16_gain { CK_BF16_GAIN_NONE = 0, CK_BF16_GAIN_VECTORS = 1, CK_BF16_GAIN_TILES = 2 } ck_bf16_gain;
ck_bf16_gain ck_bf16_gain_of(ck_isa isa);
/* Whether there are instructions for products of bfloat16 at all. */
int ck_isa_has_bf16(ck_isa isa);

/* ---- Shapes and work ------------------------------------------------------------------------------------------- */

typedef struct ck_convolution_shape {
    int32_t input_height, input_width, input_channels;
    int32_t output_height, output_width, output_channels;
    int32_t kernel_height, kernel_width;
    int32_t stride_y, stride_x;
    int32_t dilation_y, dilation_x;
    int32_t padding_top, padding_left; /* bottom and right follow from the output's size */
} ck_convolution_shape;

/* Where a layer reads and writes, and which part of the work this call does. */
typedef struct ck_work {
    const void *const *inputs; /* one pointer an image of the batch: its pixel (0, 0) */
    void *const *outputs; /* likewise */
    ptrdiff_t input_stride; /* elements from one pixel to the next: the channels, or more inside a concatenation */
    ptrdiff_t output_stride; /* likewise */
    int64_t begin, end; /* range of flat output pixels, n * output_height * output_width + … */
    /* Convolutions with one group: which of their ck_division's blocks of output channels. */
    int32_t block_begin, block_end;
    void *scratch; /* of this thread, 64-byte aligned, as large as the kernel's _scratch_size */
} ck_work;

/* How a convolution's work is best divided between calls. Any range of pixels is right, and gives the same bits; one
 * that does not start at a multiple of `pixels` of an image, or end at one or the image's end, costs more. */
typedef struct ck_division {
    int64_t pixels;
    int32_t blocks; /* of output channels, of almost equal width */
} ck_division;

typedef enum ck_activation {
    CK_ACTIVATION_NONE = 0,
    CK_ACTIVATION_RELU = 1,
    CK_ACTIVATION_RELU6 = 2,
    CK_ACTIVATION_HARD_SWISH = 3, /* x * relu6(x + 3) / 6 */
    CK_ACTIVATION_HARD_SIGMOID = 4, /* relu6(x + 3) / 6 */
    CK_ACTIVATION_SIGMOID = 5,
} ck_activation;

/* ---- Methods ---------------------------------------------------------------------------------------------------
 *
 * A convolution can be computed by several methods. Each says which layers it is for; the first that suits in its list
 * is the layer's, chosen once by ck_method_of and carried as a value from then on: what one method packs, no other
 * reads.
 * People are shown one as element, name and instruction set: f32/winograd4/avx512.
 */

/* What is multiplied. Maps are floats for the first two. */
typedef enum ck_element {
    CK_ELEMENT_F32 = 0,
    /* Input and weights are rounded to bfloat16 (to nearest, halves to even), products are exact, sums and everything
     * after them are fp32. Denormal numbers may count as zero. */
    CK_ELEMENT_BF16 = 1,
    CK_ELEMENT_U8 = 2, /* see the section on 8-bit integers */
} ck_element;
/* "f32", "bf16", "u8". */
const char *ck_element_name(ck_element element);

/* What a layer's packed weights are made from: `f32` for products of fp32 and bfloat16, `u8` for those of bytes.
 * Weights are [output_channels][kernel_height][kernel_width][input_channels] (OHWI), of depthwise layers
 * [kernel_height][kernel_width][channels]. Biases are [output_channels], or null. */
typedef struct ck_parameters_f32 {
    const float *weights, *bias;
} ck_parameters_f32;
/* How sums become bytes: see the section on 8-bit integers. */
typedef struct ck_requantization {
    const int32_t *multipliers; /* [output_channels], Q31; the fast path is for those that are not negative */
    const int32_t *shifts; /* [output_channels], -31 … 30 */
    int32_t output_zero_point;
    int32_t output_min, output_max; /* the activation, as a range of the quantized output, within 0 … 255 */
} ck_requantization;
typedef struct ck_parameters_u8 {
    const int8_t *weights;
    int32_t weight_zero_point, input_zero_point;
    const int32_t *bias; /* in units of input scale * weight scale */
    const ck_requantization *requantization;
    const int16_t *winograd_factors; /* [16], or null: see the section on 8-bit integers */
} ck_parameters_u8;
typedef struct ck_parameters {
    ck_parameters_f32 f32;
    ck_parameters_u8 u8;
} ck_parameters;

/* A layer as a method must know it before anything is packed. */
typedef struct ck_layer {
    ck_convolution_shape shape;
    ptrdiff_t input_stride; /* as in the ck_work that it will be run with */
    int32_t is_depthwise; /* channel multiplier 1: output_channels == input_channels. Otherwise it has one group */
    /* 8 bits: whether the weights' zero point can be subtracted from the weights beforehand, whether all shifts are
     * those of trained layers (see ck_scaling in kernels.h), and whether there are factors for Winograd's method. */
    int32_t zero_point_folds, scaling_is_moderate, has_winograd_factors;
} ck_layer;
ck_layer ck_layer_f32(const ck_convolution_shape *shape, int is_depthwise, ptrdiff_t input_stride);
ck_layer ck_layer_u8(
    const ck_convolution_shape *shape, int is_depthwise, ptrdiff_t input_stride, const ck_parameters_u8 *parameters);

/* A packed layer. */
typedef struct ck_convolution {
    ck_convolution_shape shape;
    const void *packed; /* made by the method's `pack` for the same isa; 64-byte aligned */
    /* Maps of floats: output = activation(sum + bias (+ residual)). */
    ck_activation activation;
    const void *const *residuals; /* null, or one pointer an image */
    ptrdiff_t residual_stride;
    /* Maps of bytes. Positions in the padding hold input_zero_point. */
    int32_t input_zero_point, output_zero_point;
    int32_t output_min, output_max; /* the activation, as a range of the quantized output, within 0 … 255 */
} ck_convolution;

typedef struct ck_method {
    const char *name;
    ck_element element;
    int (*suits)(ck_isa isa, const ck_layer *layer);
    /* Sizes are bytes. They, what is packed and the division depend on the shape and the isa alone. */
    size_t (*packed_size)(ck_isa isa, const ck_convolution_shape *shape);
    void (*pack)(ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed);
    /* Null, or for one whose packing is work enough to be shared: some blocks of the division, the last of which is
     * `block_end` less one. */
    void (*pack_blocks)(
        ck_isa isa, const ck_convolution_shape *shape, const ck_parameters *parameters, void *packed,
        int32_t block_begin, int32_t block_end);
    size_t (*scratch_size)(ck_isa isa, const ck_convolution_shape *shape);
    ck_division (*division)(ck_isa isa, const ck_convolution_shape *shape);
    /* The work's input_stride is the one that the method was chosen for. Null for one that exists in a ck_bottleneck
     * alone. */
    void (*run)(ck_isa isa, const ck_convolution *layer, const ck_work *work);
    /* Null, or for windows of 1×1 over an input each of whose channels is multiplied by its own factor first
     * (squeeze-excite): `scales` has one pointer an image. In bfloat16 the products are what is rounded. */
    size_t (*scaled_scratch_size)(ck_isa isa, const ck_convolution_shape *shape);
    void (*run_scaled)(ck_isa isa, const ck_convolution *layer, const void *const *scales, const ck_work *work);
    int32_t joins; /* whether it can be part of a ck_bottleneck */
} ck_method;

/* In order of preference, a null pointer after the last. What each is for stands in the file that defines it. */
extern const ck_method *const ck_f32_methods[]; /* winograd4, winograd2, pixel, pointwise, windows, sums */
extern const ck_method *const ck_bf16_methods[]; /* pointwise, windows, strips */
extern const ck_method *const ck_u8_methods[]; /* winograd2, strips, pointwise, windows, sums */
extern const ck_method *const ck_f32_depthwise_methods[]; /* depthwise */
extern const ck_method *const ck_bf16_depthwise_methods[]; /* depthwise, for some layers */
extern const ck_method *const ck_u8_depthwise_methods[]; /* depthwise */
/* One of these lists. */
const ck_method *const *ck_methods_of(ck_element element, int is_depthwise);

/* The first method of its list that suits; null where there is none, which only a depthwise layer in bfloat16 can
 * be. */
const ck_method *ck_method_of(ck_isa isa, ck_element element, const ck_layer *layer);

/* Whether a dense layer takes less time in bfloat16 than in fp32. With tiles, always. With vectors, where these are
 * faster than floats at all, there are enough channels and pixels, and the fp32 method is not Winograd's, which saves
 * more than they do. */
int ck_bf16_is_faster(ck_isa isa, const ck_layer *layer);
/* Whether Winograd's method takes less time than the others over bytes, with vectors; where it does, its factors are
 * worth finding. */
int ck_u8_winograd_is_faster(const ck_convolution_shape *shape);

/* A pointwise layer (1×1, stride 1), a depthwise one and another pointwise one, each reading what the one before it
 * makes; the first or the last may be absent. What lies between them is in the scratch alone, some rows at a time. */
typedef struct ck_bottleneck {
    /* Methods that join. Null where there is no such layer; that of the depthwise layer always is, and is bfloat16's
     * only after a first layer in bfloat16: then what lies between the layers is bfloat16, too. */
    const ck_method *expand_method, *depthwise_method, *project_method;
    ck_convolution expand; /* without residuals */
    ck_convolution depthwise; /* with residuals only if it is the last */
    ck_convolution project;
} ck_bottleneck;

size_t ck_bottleneck_scratch_size(ck_isa isa, const ck_bottleneck *bottleneck);
/* The range of pixels is one of whole rows. It gives the bits of the layers one after the other, unless what lies
 * between them is rounded. */
void ck_bottleneck_run(ck_isa isa, const ck_bottleneck *bottleneck, const ck_work *work);

/* ---- fp32 ------------------------------------------------------------------------------------------------------ */

/* Pooling: windows as in shape (dilation 1), each with a position inside the input; positions outside take no part. The
 * average divides by the number of positions inside the input, as TensorFlow does, or by the whole window if
 * count_padding is set, as Caffe does. */
void ck_max_pool_f32(ck_isa isa, const ck_convolution_shape *shape, const ck_work *work);
void ck_average_pool_f32(ck_isa isa, const ck_convolution_shape *shape, int count_padding, const ck_work *work);

/* Element-wise over `count` contiguous floats; in and out may be the same memory. */
void ck_activation_f32(ck_isa isa, ck_activation activation, const float *in, float *out, size_t count);
void ck_add_f32(ck_isa isa, ck_activation activation, const float *a, const float *b, float *out, size_t count);
void ck_multiply_f32(ck_isa isa, const float *a, const float *b, float *out, size_t count);
/* out[p][c] = in[p][c] * scale[c] for `pixels` pixels (squeeze-excite). */
void ck_scale_channels_f32(ck_isa isa, const float *in, const float *scale, float *out, size_t pixels, size_t channels);
/* out[p][c] = scale[c] * in[p][c] / sqrt(sum over c of in[p][c]^2 + epsilon): ParseNet's layer, arXiv 1506.04579. */
void ck_l2_normalize_f32(
    ck_isa isa, const float *in, const float *scale, float epsilon, float *out, size_t pixels, size_t channels);
/* Softmax of each row, over the row's own maximum. */
void ck_softmax_f32(ck_isa isa, const float *in, float *out, size_t rows, size_t columns);

/* Which elements of the softmax of rows of raw scores are at least `cut`. A row is passed over if its largest score
 * beside the background's is more than -bound below the largest of all (with cut c, a bound of ln(c / (1 - c)) loses
 * nothing), or if one of its scores is NaN or +infinity. */
typedef struct ck_softmax_scan {
    const float *scores; /* [rows][columns] */
    size_t columns, end; /* end: of the rows to look at */
    ptrdiff_t background; /* its column, or -1 */
    float cut, bound;
} ck_softmax_scan;
typedef struct ck_score_candidate {
    float score;
    int32_t row, column;
} ck_score_candidate;
/* Looks at the rows from *next on until `out`, of `capacity` >= columns, has no room for a whole row or there are no
 * more rows; sets *next to the first row not looked at and returns how many candidates there are. Background counts
 * among them. `exponentials` has room for a row. */
size_t ck_softmax_candidates_f32(
    ck_isa isa, const ck_softmax_scan *scan, size_t *next, float *exponentials, ck_score_candidate *out,
    size_t capacity);

/* ---- 8-bit integers --------------------------------------------------------------------------------------------
 *
 * Activations are uint8 with a zero point: real = scale * (q - zero_point). (TFLite's int8 activations become this by
 * adding 128 to the value and the zero point.) Weights are int8 with one zero point for the layer (0 when they are
 * symmetric). Sums are int32 and exact; every isa gives the same bytes.
 *
 * Requantization is TensorFlow Lite's MultiplyByQuantizedMultiplier with a single rounding (after Jacob et al., arXiv
 * 1712.05877, section 2.2): (sum * multiplier + 2^(30 - shift)) / 2^(31 - shift), rounded down, within 32 bits.
 */

/* A convolution of 3×3, stride 1 and equal dilation by Winograd's F(2×2, 3×3) (Lavin and Gray, arXiv 1509.09308) has
 * 2.25 times fewer multiplications, in bytes throughout: each transformed input is multiplied by one of 16 factors, by
 * its position, and rounded to a byte; the transformed weights, less what those factors are, are rounded to bytes with
 * a scale for each output channel. These two roundings are an error that the sums of the other methods do not have;
 * everything else is exact, and every isa gives the same bytes. The weights' zero point is 0. Any range of pixels gives
 * the same bits.
 *
 * The factors are those by which the transformed inputs Bᵀ d B, position (y, x) at 4 y + x, become bytes, in units of
 * 2⁻¹⁵; each positive. */
enum { CK_WINOGRAD_U8_POSITIONS = 16 };

void ck_max_pool_u8(ck_isa isa, const ck_convolution_shape *shape, const ck_work *work);
/* TensorFlow Lite's average: (sum + count / 2) / count over the positions inside the input. */
void ck_average_pool_u8(ck_isa isa, const ck_convolution_shape *shape, const ck_work *work);

/* A quantized sum in one step: of the bytes x and y of the two sides it is
 * (((x a_high + y b_high) << 7) + ((x a_low + y b_low) >> 8) + offset) >> shift, if shift is not 0. */
typedef struct ck_pair_sum_u8 {
    int32_t a_high, a_low, b_high, b_low, offset, shift;
} ck_pair_sum_u8;

/* TensorFlow Lite's quantized add: each side scaled to a common 20-bit left shift, summed, requantized. */
typedef struct ck_add_u8_parameters {
    int32_t left_shift; /* 20 */
    int32_t a_zero_point, a_multiplier, a_shift;
    int32_t b_zero_point, b_multiplier, b_shift;
    int32_t output_zero_point, output_multiplier, output_shift;
    int32_t output_min, output_max;
    ck_pair_sum_u8 pair;
} ck_add_u8_parameters;
/* Sets `pair` to a sum in one step that gives the same byte for every pair of bytes, of which it tries all; or its
 * shift to 0 where none was found. */
void ck_add_u8_prepare(ck_add_u8_parameters *parameters);
void ck_add_u8(
    ck_isa isa, const ck_add_u8_parameters *parameters, const uint8_t *a, const uint8_t *b, uint8_t *out, size_t count);

/* out[p][c] = the byte of in[p][c] * scale[c] for `pixels` pixels (squeeze-excite): the product of both sides less
 * their zero points, requantized. */
typedef struct ck_scale_channels_u8_parameters {
    int32_t in_zero_point, scale_zero_point, output_zero_point;
    int32_t multiplier, shift;
} ck_scale_channels_u8_parameters;
void ck_scale_channels_u8(
    ck_isa isa, const ck_scale_channels_u8_parameters *parameters, const uint8_t *in, const uint8_t *scale,
    uint8_t *out, size_t pixels, size_t channels);

/* Any function of one byte: logistic, hard-swish, requantization to another scale. */
void ck_lookup_u8(ck_isa isa, const uint8_t table[256], const uint8_t *in, uint8_t *out, size_t count);
/* The same with a float result: a function and dequantization in one pass. */
void ck_lookup_f32(ck_isa isa, const float table[256], const uint8_t *in, float *out, size_t count);
/* scale * (q - zero_point). */
void ck_dequantize_u8(ck_isa isa, float scale, int32_t zero_point, const uint8_t *in, float *out, size_t count);
/* q = clamp(round half away from zero(x / scale) + zero_point). */
void ck_quantize_u8(ck_isa isa, float scale, int32_t zero_point, const float *in, uint8_t *out, size_t count);

#endif
