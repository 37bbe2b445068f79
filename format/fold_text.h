/* Texts read character by character, each folded (casefold.h), in one of two readings: as the bytes stand,
 * or with each JSON escape (json_escape.h) taken for the character it stands for; a backslash that begins
 * none is no character then. So what some bytes read as, they read as wherever they are part of others. */
#ifndef OAT_FORMAT_FOLD_TEXT_H
#define OAT_FORMAT_FOLD_TEXT_H

#include "format/casefold.h"

#include <stdbool.h>
#include <stddef.h>

/* As oat_fold_get, which is for most text, where it finds no plain letter of one byte. */
size_t oat_fold_get_any(const char *bytes, size_t len, bool escapes, uint32_t *ret);

/* Reads the character that begins the bytes. Returns the bytes it takes, or 0: there is none (malformed,
 * cut short or len 0). */
static inline size_t oat_fold_get(const char *bytes, size_t len, bool escapes, uint32_t *ret)
{
    /* Other bytes are a character in either reading. */
    if (len == 0 || (unsigned char)bytes[0] >= 0x80 || bytes[0] == '\\')
        return oat_fold_get_any(bytes, len, escapes, ret);
    *ret = oat_casefold_ascii((unsigned char)bytes[0]);
    return 1;
}

#endif
