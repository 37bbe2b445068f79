/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef OAT_FORMAT_UTF8_H
#define OAT_FORMAT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_UTF8_CHAR_MAX 4u /* bytes of a character */

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

static inline bool oat_utf8_is_valid(const char *bytes, size_t len)
{
    return oat_utf8_valid_prefix(bytes, len) == len;
}

#endif
