/* Escapes in JSON strings. */
#ifndef OAT_FORMAT_JSON_ESCAPE_H
#define OAT_FORMAT_JSON_ESCAPE_H

#include <stddef.h>
#include <stdint.h>

/* Reads the escape at text (a backslash and what belongs to it; two \u escapes when they are a pair of
 * surrogates) as the character it stands for; U+FFFD for an unpaired surrogate. Returns the bytes it
 * takes, never fewer than the character has in UTF-8, or 0: there is no well-formed escape here. */
size_t oat_json_escape_get(const char *text, size_t len, uint32_t *ret);

#endif
