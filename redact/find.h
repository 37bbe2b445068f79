/* Finds one secret. Each finder is asked at a byte that may be a part of one, and looks around it. */
#ifndef OAT_REDACT_FIND_H
#define OAT_REDACT_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oat_redact_text {
    const uint8_t *at;
    size_t len;
    size_t done; /* what lies before was dealt with */
};

struct oat_redact_match {
    size_t pos, len;
    const char *kind;
};

/* A letter, digit or '_'. */
static inline bool oat_redact_is_word(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10 || c == '_';
}

/* True when no word goes on to the left of pos. In JSON text the letter of an escape ends none: \nsk-... */
bool oat_redact_begins(const struct oat_redact_text *text, size_t pos);

/* Keys by their look, at their '-', '_', '.', 'A', 'B' or 'J'. */
bool oat_redact_find_key(const struct oat_redact_text *text, size_t pos, struct oat_redact_match *ret);

/* An e-mail address, at its '@'. */
bool oat_redact_find_email(const struct oat_redact_text *text, size_t pos, struct oat_redact_match *ret);

/* The number of a payment card, at its first digit: 13 to 19 digits, single blanks or hyphens between them,
 * whose check digit (ISO/IEC 7812-1, Luhn) is right. */
bool oat_redact_find_card(const struct oat_redact_text *text, size_t pos, struct oat_redact_match *ret);

#endif
