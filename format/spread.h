/* Bitmaps of the rows of a block: counting their bits, and putting values where these are. */
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

/* dst[i] becomes the next of the values where bit i is set, else 0. dst has room for OAT_SPREAD_ROWS and
 * does not overlap the values, which are readable up to OAT_SPREAD_AHEAD behind the last. */
void oat_spread32(const uint32_t *values, const uint8_t *bitmap, uint32_t *dst);
void oat_spread64(const uint64_t *values, const uint8_t *bitmap, uint64_t *dst);

#endif
