#ifndef CPNGSHIM_H
#define CPNGSHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Decodes a PNG file to 8-bit RGB without padding: transparency composed on black, 16-bit samples rounded, no gamma.
/// libpng reports errors by longjmp, which must not cross frames of Swift; here it crosses none.
///
/// `pixels` has room for width * height * 3 bytes and is filled entirely on success (0). On failure (-1) its content is
/// undefined, `message` (of `message_size` > 0 bytes) holds a sentence without its full stop, and `is_truncated` is
/// whether the bytes ended before the picture did. The size must be the one of the file's header.
int cpng_decode_rgb(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels, char *message,
    size_t message_size, bool *is_truncated);

/// Encodes 8-bit RGB without padding as a PNG file into `bytes`, which has room for `capacity` bytes. Returns the file's
/// length, or 0 if it does not fit or the encoder failed.
size_t cpng_encode_rgb(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t *bytes, size_t capacity);

#endif
