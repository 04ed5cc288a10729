// zlib, and functions for its macros.
#pragma once
#include <zlib.h>

// A window of 32 KiB, the gzip format (RFC 1952).
static inline int zlib_begin_gunzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
// The zlib format (RFC 1950), which HTTP calls deflate.
static inline int zlib_begin_inflate(z_stream *stream) { return inflateInit2(stream, 15); }
static inline int zlib_begin_gzip(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
