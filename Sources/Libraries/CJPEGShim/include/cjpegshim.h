#ifndef CJPEGSHIM_H
#define CJPEGSHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What the caller has read of a JPEG file's headers, and what it wants.
struct cjpeg_picture {
    uint32_t width;
    uint32_t height;
    /// 1, 2, 4 or 8: the picture is decoded at this fraction of its size, rounded up.
    uint32_t divisor;
    /// Rows of the whole picture that must precede the first sign of damage.
    uint32_t required_rows;
    /// The inks of four components are stored inverted, as Adobe's programs do.
    bool has_inverted_inks;
};

/// How decoding ended.
struct cjpeg_outcome {
    /// Rows of the whole picture before the first sign of damage: all of them if there was none.
    uint32_t sound_rows;
    /// The damage is that data are missing.
    bool is_truncated;
    /// What was wrong first, a sentence without its full stop; empty if nothing was.
    char message[200];
};

/// Decodes a JPEG file to 8-bit RGB without padding. libjpeg reports errors by longjmp, which must not cross frames of
/// Swift; here it crosses none.
///
/// libjpeg goes on after nearly everything and calls it a warning. Here a warning is a sign of damage, with the rows
/// that were decoded before it, or harmless: skipped bytes before a marker, header fields that are not used. Each is
/// judged, however many came before.
///
/// `pixels` has room for ⌈width / divisor⌉ × ⌈height / divisor⌉ × 3 bytes and is filled entirely on success (0). On
/// failure (-1) its content is undefined: the file cannot be decoded, has fewer sound rows than are required, or is not
/// the picture that the caller has read of.
int cjpeg_decode_rgb(
    const uint8_t *bytes, size_t count, const struct cjpeg_picture *picture, uint8_t *pixels,
    struct cjpeg_outcome *outcome);

/// Encodes 8-bit RGB without padding as a baseline JPEG file of `quality` 1...100 into `bytes`, which has room for
/// `capacity` bytes. Returns the file's length, or 0 if it does not fit or the encoder failed.
size_t cjpeg_encode_rgb(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, bool halves_chroma, uint8_t *bytes,
    size_t capacity);

#endif
