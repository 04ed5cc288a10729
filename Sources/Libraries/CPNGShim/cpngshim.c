#include "cpngshim.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

// libpng refuses a chunk other than the pixels' that asks for more memory; palettes and transparency take far less.
enum { maximum_chunk_bytes = 1 << 16 };

// Headers of chunks and blocks, a checksum, and what libpng reads ahead.
enum { spare_bytes = 1 << 16 };

struct source {
    const uint8_t *bytes;
    size_t count;
    size_t budget;  // Bytes that may still be read.
    bool *is_truncated;
};

struct complaint {
    char *message;
    size_t size;
};

static void read_bytes(png_structp png, png_bytep to, size_t count) {
    struct source *source = png_get_io_ptr(png);
    if (count > source->count) {
        *source->is_truncated = true;
        png_error(png, "it ends too early");
    }
    if (count > source->budget) png_error(png, "its data goes on after the picture");
    memcpy(to, source->bytes, count);
    source->bytes += count;
    source->count -= count;
    source->budget -= count;
}

static void fail(png_structp png, png_const_charp message) {
    struct complaint *complaint = png_get_error_ptr(png);
    snprintf(complaint->message, complaint->size, "%s", message);
    png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

int cpng_decode_rgb(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels, char *message,
    size_t message_size, bool *is_truncated) {
    *is_truncated = false;
    struct source source = {bytes, count, count, is_truncated};
    struct complaint complaint = {message, message_size};
    snprintf(message, message_size, "the decoder could not start");

    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &complaint, fail, ignore_warning);
    if (png == NULL) return -1;
    // Not changed between setjmp and longjmp, so that it is known after either.
    png_infop info = png_create_info_struct(png);
    if (info == NULL || setjmp(png_jmpbuf(png)) != 0) {
        png_destroy_read_struct(&png, &info, NULL);
        return -1;
    }

    png_set_read_fn(png, &source, read_bytes);
    png_set_user_limits(png, width, height);
    png_set_chunk_malloc_max(png, maximum_chunk_bytes);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    // Of the chunks that are not needed to see the picture only transparency matters. The others are not looked into:
    // text and profiles may be compressed a thousandfold, and gamma shall not be applied.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    static const png_byte shown[] = "tRNS";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT, shown, 1);

    png_read_info(png, info);
    if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height)
        png_error(png, "its headers contradict each other");

    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    static const png_color_16 black = {0};
    png_set_background(png, &black, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t row_bytes = (size_t)width * 3;
    if (png_get_rowbytes(png, info) != row_bytes) png_error(png, "its headers contradict each other");

    for (int pass = 0; pass < passes; ++pass)
        for (uint32_t row = 0; row < height; ++row) {
            // With the last row libpng inflates whatever else the data holds, a thousand times its size, to throw it
            // away. What a row can take, even stored and at eight bytes a pixel, bounds that.
            if (pass == passes - 1 && row == height - 1) {
                size_t enough = (size_t)width * 16 + spare_bytes;
                if (source.budget > enough) source.budget = enough;
            }
            png_read_row(png, pixels + row * row_bytes, NULL);
        }

    // Whether the file has an end is for the caller to say.
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
}

struct sink {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
};

static void write_bytes(png_structp png, png_bytep from, size_t count) {
    struct sink *sink = png_get_io_ptr(png);
    if (count > sink->capacity - sink->count) png_error(png, "it does not fit");
    memcpy(sink->bytes + sink->count, from, count);
    sink->count += count;
}

static void flush_nothing(png_structp png) { (void)png; }

size_t cpng_encode_rgb(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t *bytes, size_t capacity) {
    struct sink sink = {bytes, 0, capacity};
    char message[1];
    struct complaint complaint = {message, sizeof message};

    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &complaint, fail, ignore_warning);
    if (png == NULL) return 0;
    png_infop info = png_create_info_struct(png);
    if (info == NULL || setjmp(png_jmpbuf(png)) != 0) {
        png_destroy_write_struct(&png, &info);
        return 0;
    }
    png_set_write_fn(png, &sink, write_bytes, flush_nothing);
    png_set_IHDR(
        png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
        PNG_FILTER_TYPE_DEFAULT);
    // In a photo the search for repeated strings finds nothing and takes nearly all of the time. Differences to the
    // predicted pixel, coded by frequency and with runs of zeros, give the size for a fraction of it.
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_PAETH);
    png_set_compression_strategy(png, Z_RLE);
    png_write_info(png, info);
    for (uint32_t row = 0; row < height; ++row) png_write_row(png, pixels + (size_t)row * width * 3);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return sink.count;
}
