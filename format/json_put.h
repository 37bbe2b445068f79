/* Pieces of JSON, put where the caller has made room for them (oat_json_reserve): for what is written often.
 * Nothing is checked, no comma is added. Each returns where its text ends. Any thread. */
#ifndef OAT_FORMAT_JSON_PUT_H
#define OAT_FORMAT_JSON_PUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define OAT_JSON_SLACK       8u  /* behind hex digits, that may be overwritten */
#define OAT_JSON_NUMBER_ROOM 32u /* that a number may take, with what is overwritten behind it */
#define OAT_JSON_TIME_DIGITS 19u /* of nanoseconds since the epoch, from 2001 on */

static inline char *oat_json_put(char *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}

/* A text of the program's own that is known when it is compiled. */
#define OAT_JSON_PUT(at, literal) oat_json_put(at, literal, sizeof(literal) - 1)

/* The digits of a number of nanoseconds since the epoch: nearly always as many, so that the compiler knows.
 */
static inline char *oat_json_put_digits(char *at, const char *digits, size_t len)
{
    return len == OAT_JSON_TIME_DIGITS ? oat_json_put(at, digits, OAT_JSON_TIME_DIGITS)
                                       : oat_json_put(at, digits, len);
}

char *oat_json_put_uint(char *at, uint64_t value);
char *oat_json_put_int(char *at, int64_t value);
/* As oat_json_fixed. */
char *oat_json_put_fixed(char *at, int64_t value, unsigned decimals);
/* A number of nanoseconds, in seconds: `digits` are the len digits of it (oat_json_put_uint). */
char *oat_json_put_seconds(char *at, const char *digits, size_t len);
/* A string of hex digits, lower case: 2 * len + 2 bytes and slack. */
char *oat_json_put_hex(char *at, const uint8_t *bytes, size_t len);

/* Copies text while it stands for itself: printable ASCII without quote and backslash, as most text is.
 * Returns how many bytes those are. dst has room for len bytes. */
size_t oat_json_put_plain(char *dst, const char *bytes, size_t len);

#endif
