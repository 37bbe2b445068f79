/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef OAT_FORMAT_UTF8_H
#define OAT_FORMAT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_UTF8_CHAR_MAX 4u    /* bytes of a character */
#define OAT_UTF8_NEVER    0xffu /* a byte that is in none */

/* Bytes of the well-formed character that begins the text (1..4), or 0: malformed, cut short or
 * len 0. */
size_t oat_utf8_char_len(const char *bytes, size_t len);

/* Reads that character into *ret. Returns its bytes, or 0 as above. */
size_t oat_utf8_get(const char *bytes, size_t len, uint32_t *ret);

/* Writes a character (a code point, no surrogate) at dst, which has room for OAT_UTF8_CHAR_MAX bytes.
 * Returns the bytes written. */
size_t oat_utf8_put(char *dst, uint32_t character);

/* Bytes of the longest well-formed prefix of the text. */
size_t oat_utf8_valid_prefix(const char *bytes, size_t len);

/* Bytes of the longest well-formed prefix without a hidden character (oat_char_is_hidden). */
size_t oat_utf8_visible_prefix(const char *bytes, size_t len);

static inline bool oat_utf8_is_valid(const char *bytes, size_t len)
{
    return oat_utf8_valid_prefix(bytes, len) == len;
}

/* The code point of a character; char_len: what oat_utf8_char_len has found, not 0. */
uint32_t oat_utf8_code_point(const char *bytes, size_t char_len);

/* Code points first .. last. */
struct oat_char_range {
    uint32_t first, last;
};

/* True when c is in one of the ranges, which ascend. */
bool oat_char_is_in(uint32_t c, const struct oat_char_range *ranges, size_t count);

/* True for what must not reach a terminal as it is, because it acts or deceives there: C0, DEL, C1,
 * line and paragraph separators, bidirectional marks, zero-width and invisible characters. */
bool oat_char_is_hidden(uint32_t c);

/* Writes the character that begins the text as a terminal may get it, with NUL: as it is, or what is hidden
 * and bytes that are no UTF-8 as a visible escape (\n, \x1b, \u{202e}, \xff). Returns the bytes of the text
 * that it took; len: not 0. */
#define OAT_UTF8_SHOWN_SIZE 16u
size_t oat_utf8_show(const char *bytes, size_t len, char ret[OAT_UTF8_SHOWN_SIZE]);

#endif
