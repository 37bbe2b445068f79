/* Finds the pieces of JSON text by byte position, without building anything. It answers where a
 * value ends, not whether it is valid in every detail: brackets and strings must match, what stands
 * between them is not judged. Strict parsing is the business of whoever needs the values. */
#ifndef OAT_FORMAT_JSON_SCAN_H
#define OAT_FORMAT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* First position at or behind pos that is not white space (or text_len). */
size_t oat_json_skip_space(const char *text, size_t text_len, size_t pos);

/* Length of the number that begins at pos, by the grammar of RFC 8259; 0 when there is none. What
 * stands behind it is not judged. */
size_t oat_json_number_len(const char *text, size_t text_len, size_t pos);

/* The value that begins at pos (no white space before it). Returns its length, or 0 when it does
 * not end within the text or does not begin like a value. Any depth; constant stack. */
size_t oat_json_value_len(const char *text, size_t text_len, size_t pos);

#endif
