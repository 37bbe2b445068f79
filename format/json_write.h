/* Writes JSON straight into a growing buffer. Commas are put where they belong; nesting is the
 * caller's business: a key before every value of an object, as many ends as begins. Whatever bytes
 * come in, what comes out is safe to print to a terminal (but for oat_json_raw, which does not look).
 *
 * Out of memory sets `failed`, drops what follows and is asked for once, at the end. One thread at
 * a time. */
#ifndef OAT_FORMAT_JSON_WRITE_H
#define OAT_FORMAT_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise. bytes[0..len) is the text; owned here until oat_json_free or oat_json_take. */
struct oat_json {
    char *bytes;
    size_t len;
    size_t capacity;
    bool failed; /* out of memory: the text is not whole */
};

void oat_json_free(struct oat_json *json);
/* Empties it for reuse; keeps the memory. */
void oat_json_clear(struct oat_json *json);
/* Hands the text out, NUL behind its end: free(). NULL when it failed; json is empty afterwards. */
char *oat_json_take(struct oat_json *json, size_t *ret_len);

/* For what is written often (json_put.h): room for len bytes behind the text. Returns where it begins, NULL
 * when out of memory; oat_json_end says where the text ends now, in that room. */
char *oat_json_reserve(struct oat_json *json, size_t len);
static inline void oat_json_end(struct oat_json *json, const char *end)
{
    json->len = (size_t)(end - json->bytes);
}

void oat_json_object_begin(struct oat_json *json);
void oat_json_object_end(struct oat_json *json);
/* Takes back the end of the object that was written last: more members of it may follow, then its end. */
void oat_json_object_reopen(struct oat_json *json);
void oat_json_array_begin(struct oat_json *json);
void oat_json_array_end(struct oat_json *json);

/* A key of the program's own: plain ASCII without quotes and backslashes. */
void oat_json_key(struct oat_json *json, const char *key);
/* A key from outside, escaped as oat_json_string does. */
void oat_json_key_text(struct oat_json *json, const char *bytes, size_t len);

/* A string from any bytes: quote, backslash and hidden characters (oat_char_is_hidden) are escaped, a
 * NUL byte too; each byte that belongs to no UTF-8 character becomes U+FFFD. bytes NULL writes null. */
void oat_json_string(struct oat_json *json, const char *bytes, size_t len);
/* As above, up to NUL. */
void oat_json_cstring(struct oat_json *json, const char *text);
/* A string of hex digits, lower case. */
void oat_json_hex(struct oat_json *json, const uint8_t *bytes, size_t len);
/* A string in standard base64 with padding. */
void oat_json_base64(struct oat_json *json, const uint8_t *bytes, size_t len);

void oat_json_int(struct oat_json *json, int64_t value);
void oat_json_uint(struct oat_json *json, uint64_t value);
/* The shortest text that reads back as the same double; always with a point or an exponent, so it
 * stays a double. NaN and infinities write null: JSON has none. */
void oat_json_double(struct oat_json *json, double value);
/* value / 10^decimals, exactly; trailing zeros are left out but for one: 1500000000 with 9
 * decimals writes 1.5. decimals: 1..18. */
void oat_json_fixed(struct oat_json *json, int64_t value, unsigned decimals);
/* The number as a string, for readers whose numbers are doubles. */
void oat_json_int_string(struct oat_json *json, int64_t value);
void oat_json_bool(struct oat_json *json, bool value);
void oat_json_null(struct oat_json *json);

/* JSON text that oat_json_is_valid has accepted. Numbers and words stay byte for byte, strings but for
 * hidden characters, which are escaped: their values stay. Space around it is left out; line breaks
 * and tabs between tokens become spaces, so the answer can be one line of a JSONL file. */
void oat_json_embed(struct oat_json *json, const char *text, size_t len);

/* Bytes as they are, without a comma: the line breaks of a JSONL file, an answer that is plain text. */
void oat_json_raw(struct oat_json *json, const char *bytes, size_t len);

#endif
