/* Writes JSON text into an arena: for payloads that are put together from attributes. */
#ifndef OAT_INGEST_JSON_OUT_H
#define OAT_INGEST_JSON_OUT_H

#include "ingest/arena.h"
#include "oat/reader.h"

struct oat_json_out {
    struct oat_arena *arena;
    char *bytes;
    size_t len, room;
    bool failed; /* out of memory: the text is not whole */
};

/* Bytes as they are (punctuation, JSON text that is known to be valid). */
void oat_json_out_raw(struct oat_json_out *out, const char *bytes, size_t len);
void oat_json_out_char(struct oat_json_out *out, char c);

/* A string with its quotes; bytes that are no UTF-8 become U+FFFD. */
void oat_json_out_string(struct oat_json_out *out, const char *bytes, size_t len);

/* `"key":`, behind a comma unless the object has just been opened. */
void oat_json_out_key(struct oat_json_out *out, const char *key, size_t len);

/* A comma, unless the text ends in '[' or '{' (or is empty). */
void oat_json_out_comma(struct oat_json_out *out);

/* A value: byte strings as base64, NaN and infinities as strings. */
void oat_json_out_value(struct oat_json_out *out, const oat_value *value);

/* A string that is itself JSON text (an object or array) as that text, any other value as it is. */
void oat_json_out_nested(struct oat_json_out *out, const oat_value *value);

#endif
