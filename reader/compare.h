/* Comparing the values of a batch: one bit a row. */
#ifndef OAT_READER_COMPARE_H
#define OAT_READER_COMPARE_H

#include "reader/batch.h"

#include <string.h>

/* Bit i of the result is bytes[i], which is 0 or 1. Eight of them times this number line up in the
 * product's top byte. */
static inline uint64_t oat_bits_of_bytes(const uint8_t bytes[64])
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t eight;
        memcpy(&eight, bytes + 8 * i, sizeof eight);
        bits |= (eight * UINT64_C(0x0102040810204080) >> 56) << (8 * i);
    }
    return bits;
}

/* Sets bit i of ret where low <= values[i] <= high (low <= high), and clears the others, for OAT_BATCH_ROWS
 * values (those behind the batch's count give bits that mean nothing). 64-bit values are compared as signed:
 * times and costs are, and no other reaches 2^63. */
void oat_compare_range64(const uint64_t *values, int64_t low, int64_t high, uint64_t ret[OAT_BATCH_WORDS]);
void oat_compare_range32(const uint32_t *values, uint32_t low, uint32_t high, uint64_t ret[OAT_BATCH_WORDS]);
/* As above, where values[i] has any of the bits. */
void oat_compare_bits32(const uint32_t *values, uint32_t bits, uint64_t ret[OAT_BATCH_WORDS]);

/* Sets the bits of rows 0 .. count - 1, and clears the others. */
void oat_rows_set_first(uint64_t rows[OAT_BATCH_WORDS], uint32_t count);

/* rows &= with, rows &= ~without, rows |= with. */
void oat_rows_keep(uint64_t rows[OAT_BATCH_WORDS], const uint64_t with[OAT_BATCH_WORDS]);
void oat_rows_drop(uint64_t rows[OAT_BATCH_WORDS], const uint64_t without[OAT_BATCH_WORDS]);
void oat_rows_join(uint64_t rows[OAT_BATCH_WORDS], const uint64_t with[OAT_BATCH_WORDS]);
/* How many there are. */
uint32_t oat_rows_count(const uint64_t rows[OAT_BATCH_WORDS]);
bool oat_rows_any(const uint64_t rows[OAT_BATCH_WORDS]);

/* Clears the bits of rows that oat_compare_range32, or oat_compare_bits32, would not set. Quick for few rows.
 */
void oat_rows_keep_range32(const uint32_t *values, uint32_t low, uint32_t high,
                           uint64_t rows[OAT_BATCH_WORDS]);
void oat_rows_keep_bits32(const uint32_t *values, uint32_t bits, uint64_t rows[OAT_BATCH_WORDS]);

#endif
