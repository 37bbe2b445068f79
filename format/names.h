/* Names of the numbers on disk: span types, statuses, media types.
 * Change this file, change SPEC.md sections "Span types", "Status", "Media types". */
#ifndef OAT_FORMAT_NAMES_H
#define OAT_FORMAT_NAMES_H

#include "oat/oat.h"

/* Media types by number. OTHER: the attribute oat.input.media_type (or output) has the text. */
enum oat_media {
    OAT_MEDIA_OCTETS = 0,
    OAT_MEDIA_TEXT = 1,
    OAT_MEDIA_JSON = 2,
    OAT_MEDIA_ATTRS = 3, /* the attribute encoding of attrs.h */
    OAT_MEDIA_MARKDOWN = 4,
    OAT_MEDIA_HTML = 5,
    OAT_MEDIA_PNG = 6,
    OAT_MEDIA_JPEG = 7,
    OAT_MEDIA_GIF = 8,
    OAT_MEDIA_WEBP = 9,
    OAT_MEDIA_WAV = 10,
    OAT_MEDIA_MPEG_AUDIO = 11,
    OAT_MEDIA_OGG = 12,
    OAT_MEDIA_MP4 = 13,
    OAT_MEDIA_PDF = 14,
    OAT_MEDIA_OTHER = 255,
};

/* "agent" .. "file_io"; NULL for a number out of range. */
const char *oat_span_type_name(unsigned type);
/* 0 when the text names no type. */
enum oat_span_type oat_span_type_parse(const char *text, size_t len);

/* "unset", "ok", "error"; NULL for OAT_OTEL_NONE and a number out of range. */
const char *oat_otel_status_name(unsigned status);

/* "reported", "computed", "unpriced"; NULL for OAT_COST_NONE and a number out of range. */
const char *oat_cost_source_name(unsigned source);

/* "name", "service" ... as in JSON; NULL for a number out of range. */
const char *oat_text_field_name(unsigned field);
/* "prompt_tokens" ... as in JSON; NULL for a number out of range. */
const char *oat_count_field_name(unsigned field);

/* The media type as text; NULL for OTHER and unknown numbers. */
const char *oat_media_name(unsigned media);
/* The number of a media type; parameters (";...") are ignored; OTHER when it has none. */
enum oat_media oat_media_parse(const char *text);

#endif
