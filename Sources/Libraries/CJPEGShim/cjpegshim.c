#include "cjpegshim.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
// After jpeglib.h, whose types it uses.
#include <jerror.h>

// Rows that are asked for at once: as many as libjpeg ever has ready.
enum { rows_at_once = 16 };

_Static_assert(sizeof((struct cjpeg_outcome *)0)->message >= JMSG_LENGTH_MAX, "libjpeg's sentences fit");

// The structs below live in the frame that calls the one with setjmp, so that what they hold is known after a jump.

struct decoder {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    const struct cjpeg_picture *picture;
    struct cjpeg_outcome *outcome;
    jmp_buf escape;
};

// MARK: Errors and warnings

static void fail(j_common_ptr common) {
    struct decoder *decoder = common->client_data;
    decoder->outcome->is_truncated = false;
    common->err->format_message(common, decoder->outcome->message);
    longjmp(decoder->escape, 1);
}

static bool is_harmless(int code) {
    switch (code) {
    case JWRN_EXTRANEOUS_DATA:  // Bytes were skipped up to the next marker.
    case JWRN_ADOBE_XFORM:      // An unknown transform, read as the usual one.
    case JWRN_JFIF_MAJOR:       // A revision of JFIF, which means nothing.
    case JWRN_NOT_SEQUENTIAL:   // Bytes of a sequential scan's header that are not used.
        return true;
    default: return false;
    }
}

static void judge(j_common_ptr common, int level) {
    if (level >= 0) return;  // What the library is doing.
    ++common->err->num_warnings;
    if (is_harmless(common->err->msg_code)) return;
    struct decoder *decoder = common->client_data;
    struct cjpeg_outcome *outcome = decoder->outcome;
    const struct jpeg_decompress_struct *info = &decoder->info;

    // The row of blocks that is being read. Where several scans make the picture, a later one may be damaged further up;
    // and in a progressive one, whose scans build on each other, what is wrong with one is so from its beginning.
    uint64_t row = 0;
    if (!info->progressive_mode) row = (uint64_t)info->input_iMCU_row * (uint64_t)info->max_v_samp_factor * DCTSIZE;
    if (row >= outcome->sound_rows) return;
    outcome->sound_rows = (uint32_t)row;
    outcome->is_truncated = common->err->msg_code == JWRN_HIT_MARKER;
    common->err->format_message(common, outcome->message);
    if (outcome->sound_rows < decoder->picture->required_rows) longjmp(decoder->escape, 1);
}

static void print_nothing(j_common_ptr common) { (void)common; }

// MARK: Bytes

static void begin_or_end(j_decompress_ptr info) { (void)info; }

// Behind the last byte the picture ends, as often as that is asked.
static boolean end_picture(j_decompress_ptr info) {
    static const JOCTET end[] = {0xFF, JPEG_EOI};
    info->src->next_input_byte = end;
    info->src->bytes_in_buffer = sizeof end;
    return TRUE;
}

static void skip(j_decompress_ptr info, long count) {
    if (count <= 0) return;
    if ((size_t)count >= info->src->bytes_in_buffer) {
        end_picture(info);
        return;
    }
    info->src->next_input_byte += count;
    info->src->bytes_in_buffer -= (size_t)count;
}

// MARK: Decoding

static void refuse(struct decoder *decoder, const char *message) {
    decoder->outcome->is_truncated = false;
    snprintf(decoder->outcome->message, sizeof decoder->outcome->message, "%s", message);
    longjmp(decoder->escape, 1);
}

// Of a picture of several scans: whether they brought all of it. What none brings libjpeg shows as if it were zero.
static void require_all_scans(struct decoder *decoder) {
    const struct jpeg_decompress_struct *info = &decoder->info;
    for (int component = 0; component < info->num_components; ++component) {
        if (info->comp_info[component].quant_table == NULL) refuse(decoder, "a component has no scan");
        if (info->coef_bits == NULL) continue;
        for (int coefficient = 0; coefficient < DCTSIZE2; ++coefficient)
            // The lowest bit that a scan brought: -1 where none did.
            if (info->coef_bits[component][coefficient] != 0) refuse(decoder, "scans are missing");
    }
}

// The light that inks leave: (1 - ink)(1 - black), without a colour profile.
static void show_inks(const JSAMPLE *inks, size_t count, bool are_inverted, uint8_t *rgb) {
    unsigned flip = are_inverted ? 0 : 255;
    for (size_t pixel = 0; pixel < count; ++pixel) {
        unsigned key = inks[pixel * 4 + 3] ^ flip;
        for (size_t channel = 0; channel < 3; ++channel)
            rgb[pixel * 3 + channel] = (uint8_t)(((inks[pixel * 4 + channel] ^ flip) * key + 127) / 255);
    }
}

static int decode(struct decoder *decoder, const uint8_t *bytes, size_t count, uint8_t *pixels) {
    struct jpeg_decompress_struct *info = &decoder->info;
    if (setjmp(decoder->escape) != 0) return -1;

    jpeg_create_decompress(info);
    decoder->source = (struct jpeg_source_mgr){.next_input_byte = bytes,
                                               .bytes_in_buffer = count,
                                               .init_source = begin_or_end,
                                               .fill_input_buffer = end_picture,
                                               .skip_input_data = skip,
                                               .resync_to_restart = jpeg_resync_to_restart,
                                               .term_source = begin_or_end};
    info->src = &decoder->source;
    jpeg_read_header(info, TRUE);
    const struct cjpeg_picture *picture = decoder->picture;
    if (info->image_width != picture->width || info->image_height != picture->height)
        refuse(decoder, "its headers contradict each other");

    bool has_inks = info->num_components == 4;
    info->out_color_space = has_inks ? JCS_CMYK : JCS_RGB;
    info->dct_method = JDCT_ISLOW;
    // It makes guesses for what scans have not brought: all of them are required.
    info->do_block_smoothing = FALSE;
    info->scale_num = 1;
    info->scale_denom = picture->divisor;
    jpeg_start_decompress(info);
    if (jpeg_has_multiple_scans(info)) require_all_scans(decoder);

    size_t row_bytes = (size_t)info->output_width * 3;
    JSAMPARRAY inks = NULL;
    if (has_inks) inks = info->mem->alloc_sarray((j_common_ptr)info, JPOOL_IMAGE, info->output_width * 4, rows_at_once);
    while (info->output_scanline < info->output_height) {
        JDIMENSION first = info->output_scanline;
        JDIMENSION wanted = info->output_height - first;
        if (wanted > rows_at_once) wanted = rows_at_once;
        if (has_inks) {
            JDIMENSION read = jpeg_read_scanlines(info, inks, wanted);
            for (JDIMENSION row = 0; row < read; ++row)
                show_inks(
                    inks[row], info->output_width, picture->has_inverted_inks, pixels + (first + row) * row_bytes);
        } else {
            JSAMPROW rows[rows_at_once];
            for (JDIMENSION row = 0; row < wanted; ++row) rows[row] = pixels + (first + row) * row_bytes;
            jpeg_read_scanlines(info, rows, wanted);
        }
    }
    jpeg_finish_decompress(info);
    return 0;
}

int cjpeg_decode_rgb(
    const uint8_t *bytes, size_t count, const struct cjpeg_picture *picture, uint8_t *pixels,
    struct cjpeg_outcome *outcome) {
    *outcome = (struct cjpeg_outcome){.sound_rows = picture->height};
    struct decoder decoder = {.picture = picture, .outcome = outcome};
    decoder.info.err = jpeg_std_error(&decoder.errors);
    decoder.info.client_data = &decoder;
    decoder.errors.error_exit = fail;
    decoder.errors.emit_message = judge;
    decoder.errors.output_message = print_nothing;
    int status = decode(&decoder, bytes, count, pixels);
    jpeg_destroy_decompress(&decoder.info);
    return status;
}

// MARK: Encoding

struct encoder {
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf escape;
};

static void fail_to_encode(j_common_ptr common) {
    struct encoder *encoder = common->client_data;
    longjmp(encoder->escape, 1);
}

static void ignore(j_common_ptr common, int level) {
    (void)common;
    (void)level;
}

static void begin_or_end_output(j_compress_ptr info) { (void)info; }

static boolean refuse_more(j_compress_ptr info) {
    fail_to_encode((j_common_ptr)info);
    return FALSE;
}

static size_t encode(
    struct encoder *encoder, const uint8_t *pixels, uint32_t width, uint32_t height, int quality, bool halves_chroma,
    uint8_t *bytes, size_t capacity) {
    struct jpeg_compress_struct *info = &encoder->info;
    if (setjmp(encoder->escape) != 0) return 0;

    jpeg_create_compress(info);
    encoder->destination = (struct jpeg_destination_mgr){.next_output_byte = bytes,
                                                         .free_in_buffer = capacity,
                                                         .init_destination = begin_or_end_output,
                                                         .empty_output_buffer = refuse_more,
                                                         .term_destination = begin_or_end_output};
    info->dest = &encoder->destination;
    info->image_width = width;
    info->image_height = height;
    info->input_components = 3;
    info->in_color_space = JCS_RGB;
    jpeg_set_defaults(info);
    jpeg_set_quality(info, quality, TRUE);
    info->dct_method = JDCT_ISLOW;
    // Luma beside chroma, whose factors are 1.
    info->comp_info[0].h_samp_factor = halves_chroma ? 2 : 1;
    info->comp_info[0].v_samp_factor = halves_chroma ? 2 : 1;
    jpeg_start_compress(info, TRUE);
    while (info->next_scanline < height) {
        // libjpeg does not write to the rows that it reads.
        JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + (size_t)info->next_scanline * width * 3);
        jpeg_write_scanlines(info, &row, 1);
    }
    jpeg_finish_compress(info);
    return capacity - info->dest->free_in_buffer;
}

size_t cjpeg_encode_rgb(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, bool halves_chroma, uint8_t *bytes,
    size_t capacity) {
    struct encoder encoder = {0};
    encoder.info.err = jpeg_std_error(&encoder.errors);
    encoder.info.client_data = &encoder;
    encoder.errors.error_exit = fail_to_encode;
    encoder.errors.emit_message = ignore;
    encoder.errors.output_message = print_nothing;
    size_t length = encode(&encoder, pixels, width, height, quality, halves_chroma, bytes, capacity);
    jpeg_destroy_compress(&encoder.info);
    return length;
}
