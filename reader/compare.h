/* Comparing the values of a batch: one bit a row. */
#ifndef OAT_READER_COMPARE_H
#define OAT_READER_COMPARE_H

#include "reader/batch.h"

/* Sets bit i of ret where low <= values[i] <= high, and clears the others, for OAT_BATCH_ROWS values
 * (those behind the batch's count give bits that mean nothing). 64-bit values are compared as signed:
 * times and costs are, and no other reaches 2^63. */
void oat_compare_range64(const uint64_t *values, int64_t low, int64_t high, uint64_t ret[OAT_BATCH_WORDS]);
void oat_compare_range32(const uint32_t *values, uint32_t low, uint32_t high, uint64_t ret[OAT_BATCH_WORDS]);
/* As above, where values[i] has any of the bits. */
void oat_compare_bits32(const uint32_t *values, uint32_t bits, uint64_t ret[OAT_BATCH_WORDS]);

/* rows &= with, rows &= ~without, rows |= with. */
void oat_rows_keep(uint64_t rows[OAT_BATCH_WORDS], const uint64_t with[OAT_BATCH_WORDS]);
void oat_rows_drop(uint64_t rows[OAT_BATCH_WORDS], const uint64_t without[OAT_BATCH_WORDS]);
void oat_rows_join(uint64_t rows[OAT_BATCH_WORDS], const uint64_t with[OAT_BATCH_WORDS]);
bool oat_rows_any(const uint64_t rows[OAT_BATCH_WORDS]);

#endif
