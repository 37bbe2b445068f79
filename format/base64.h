/* Base64 (RFC 4648 section 4): the standard alphabet, padded, no line breaks. */
#ifndef OAT_FORMAT_BASE64_H
#define OAT_FORMAT_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters that encode len bytes. */
static inline size_t oat_base64_encoded_len(size_t len)
{
    return (len + 2) / 3 * 4;
}

/* Encodes len bytes into oat_base64_encoded_len(len) characters at dst, without a NUL. */
void oat_base64_encode(char *dst, const uint8_t *src, size_t len);

/* Value + 1 of each character; 0: not one of the 64 ('=' is not). */
extern const uint8_t oat_base64_values[256];

/* Decodes text_len characters into at most text_len / 4 * 3 bytes at dst; sets *ret_len. False,
 * with dst undefined, unless encoding the result again gives this very text: a multiple of 4, only
 * the alphabet, padding where it belongs, unused bits zero. */
bool oat_base64_decode(uint8_t *dst, const char *text, size_t text_len, size_t *ret_len);

#endif
