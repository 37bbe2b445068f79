/* Bitmaps of the rows of a block: counting their bits, putting values where these are, and the reverse. */
#ifndef OAT_FORMAT_SPREAD_H
#define OAT_FORMAT_SPREAD_H

#include <stdint.h>

#define OAT_SPREAD_WORDS 16u
#define OAT_SPREAD_ROWS  (OAT_SPREAD_WORDS * 64u)
/* Values that may be read behind the last one. */
#define OAT_SPREAD_AHEAD 8u

/* Bits that are set in a bitmap: OAT_SPREAD_WORDS little-endian words, at any address. */
unsigned oat_spread_count(const uint8_t *bitmap);

/* Those among the first `end` (up to OAT_SPREAD_ROWS) of them. */
unsigned oat_spread_rank(const uint8_t *bitmap, unsigned end);

/* Moves the bits of `rows` (OAT_SPREAD_WORDS words) at the bits that are set in a bitmap together: bit i of
 * ret is that at the i-th of these. Sets as many words as hold them, and at most one behind. Returns how many
 * there are. */
unsigned oat_spread_gather(const uint64_t *rows, const uint8_t *bitmap, uint64_t ret[OAT_SPREAD_WORDS + 1]);

/* The reverse: ret gets the next of the bits (OAT_SPREAD_WORDS words, and one behind that is only read) where
 * one is set in a bitmap, else 0. */
void oat_spread_bits(const uint64_t *bits, const uint8_t *bitmap, uint64_t ret[OAT_SPREAD_WORDS]);

/* dst[i] becomes the next of the values where bit i is set, else 0. dst has room for OAT_SPREAD_ROWS and
 * does not overlap the values, which are readable up to OAT_SPREAD_AHEAD behind the last. */
void oat_spread32(const uint32_t *values, const uint8_t *bitmap, uint32_t *dst);
void oat_spread64(const uint64_t *values, const uint8_t *bitmap, uint64_t *dst);

#endif
