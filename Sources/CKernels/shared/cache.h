/* Cache lines, and how much of a layer is worked on at once: budgets of memory, with what each must leave room for. */
#ifndef CK_CACHE_H
#define CK_CACHE_H

#include <stddef.h>
#include <stdint.h>

enum { CK_CACHE_LINE = 64, CK_LINE_FLOATS = CK_CACHE_LINE / 4 };

/* Bytes. Second-level caches hold 1 MiB and more on servers, 512 KiB and less elsewhere; a thread has one to itself. */
enum {
    /* Input that stays in the second-level cache while every block of weights passes over it. */
    CK_INPUT_BYTES = 512 << 10,
    /* Input rounded to bfloat16, half as much, since what it was read from passes through the cache too. */
    CK_ROUNDED_INPUT_BYTES = 256 << 10,
    /* Pointers to input, which the second-level cache holds beside it. */
    CK_POINTER_BYTES = 64 << 10,
    /* A strip, beside the weights of a block of output channels: with tile registers, which only processors with large
     * caches have, and without. */
    CK_STRIP_BYTES = 512 << 10,
    CK_STRIP_BYTES_OF_TILES = 1 << 20,
    /* Winograd's method: transformed inputs of a chunk, which every block of weights passes over, and transformed
     * outputs, which are read back at once: together they leave room for the weights. */
    CK_WINOGRAD_INPUT_BYTES = 640 << 10,
    CK_WINOGRAD_OUTPUT_BYTES = 512 << 10,
    /* Weights beyond this do not stay in a shared third-level cache. */
    CK_CACHED_WEIGHT_BYTES = 12 << 20,
    /* Winograd's method in bytes, transformed inputs of a chunk: where there are many channels, fetching the weights costs
     * more than inputs that leave the second-level cache. */
    CK_WINOGRAD_U8_INPUT_BYTES = 1 << 20,
    /* Input rows of a depthwise layer, over which vectors of channels pass one after the other, in a small second-level
     * cache. */
    CK_DEPTHWISE_BYTES = 192 << 10,
    /* What lies between the layers of a bottleneck. */
    CK_BOTTLENECK_BYTES = 384 << 10,
    /* Transformed tiles of a chunk of a gradient, about. Sums are read and written once a chunk: what leaves the
     * second-level cache for a shared third costs less than fewer sums, which cost more transforms. */
    CK_GRADIENT_BYTES = 3 << 20,
};

static inline size_t ck_round_up(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }
static inline size_t ck_whole_lines(size_t bytes) { return ck_round_up(bytes, CK_CACHE_LINE); }
/* An odd number of lines, so that what lies so far apart and is used together is in different sets of the caches. */
static inline size_t ck_odd_lines(size_t bytes) { return (ck_whole_lines(bytes) / CK_CACHE_LINE | 1) * CK_CACHE_LINE; }

static inline int32_t ck_smaller(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t ck_larger(int32_t a, int32_t b) { return a > b ? a : b; }
static inline size_t ck_clamp(size_t value, size_t low, size_t high) {
    return value < low ? low : value > high ? high : value;
}

#endif
