/* Simple case folding: characters that differ only in case fold to one. It is Unicode's own mapping of
 * one character to one, without regard to language: sharp s is not "ss", dotless i is not i, and
 * characters are not composed or decomposed. */
#ifndef OAT_FORMAT_CASEFOLD_H
#define OAT_FORMAT_CASEFOLD_H

#include <stdint.h>

#define OAT_CASEFOLD_ORIGINS_MAX 4u

/* As oat_casefold, of a character below 0x80. */
static inline uint32_t oat_casefold_ascii(uint32_t character)
{
    return character - 'A' < 26u ? character + ('a' - 'A') : character;
}

/* What a character folds to; itself when it has no case. Folding twice changes nothing more. */
uint32_t oat_casefold(uint32_t character);

/* The characters that fold to one, itself first; returns how many. */
unsigned oat_casefold_origins(uint32_t folded, uint32_t ret[OAT_CASEFOLD_ORIGINS_MAX]);

#endif
