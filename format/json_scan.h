/* Finds the pieces of JSON text by byte position, without building anything. It answers where a
 * value ends, not whether it is valid in every detail: brackets and strings must match, what stands
 * between them is not judged. Strict parsing is the business of whoever needs the values. */
#ifndef OAT_FORMAT_JSON_SCAN_H
#define OAT_FORMAT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run of bytes in the text: [pos, pos + len). */
struct oat_json_span {
    size_t pos;
    size_t len;
};

/* First position at or behind pos that is not white space (or text_len). */
size_t oat_json_skip_space(const char *text, size_t text_len, size_t pos);

/* Length of the number that begins at pos, by the grammar of RFC 8259; 0 when there is none. What
 * stands behind it is not judged. */
size_t oat_json_number_len(const char *text, size_t text_len, size_t pos);

/* The value that begins at pos (no white space before it). Returns its length, or 0 when it does
 * not end within the text or does not begin like a value. Any depth; constant stack. */
size_t oat_json_value_len(const char *text, size_t text_len, size_t pos);

/* Walks the entries of an array or object. Initialise with oat_json_walk_open. */
struct oat_json_walk {
    const char *text;
    size_t text_len;
    size_t pos;
    char close; /* ']' or '}' */
    bool first;
    bool failed; /* the walk ended because the text is malformed */
};

/* Starts at the '[' or '{' at pos. False when there is neither. */
bool oat_json_walk_open(struct oat_json_walk *walk, const char *text, size_t text_len, size_t pos);

/* The next entry: *ret_key (object only; with its quotes; may be NULL) and *ret_value. False at the
 * end, with walk->failed telling why; walk->pos is then behind the closing bracket. */
bool oat_json_walk_next(struct oat_json_walk *walk, struct oat_json_span *ret_key,
                        struct oat_json_span *ret_value);

/* The value of a key of the object at pos; len 0 when there is none. Keys are compared as they
 * stand (escapes are not decoded). The last one wins. */
struct oat_json_span oat_json_member(const char *text, size_t text_len, size_t pos, const char *key);

#endif
