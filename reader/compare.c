#include "reader/compare.h"

#include <string.h>

/* Bit i of the result is bytes[i], which is 0 or 1. Eight of them times this number line up in the
 * product's top byte. */
static uint64_t bits_of(const uint8_t bytes[64])
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t eight;
        memcpy(&eight, bytes + 8 * i, sizeof eight);
        bits |= (eight * UINT64_C(0x0102040810204080) >> 56) << (8 * i);
    }
    return bits;
}

/* The inner loops have a fixed length and no branch, so that the compiler makes vectors of them. */

void oat_compare_range64(const uint64_t *values, int64_t low, int64_t high, uint64_t ret[OAT_BATCH_WORDS])
{
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++, values += 64) {
        uint8_t inside[64];
        for (unsigned i = 0; i < 64; i++)
            inside[i] = ((int64_t)values[i] >= low) & ((int64_t)values[i] <= high);
        ret[word] = bits_of(inside);
    }
}

void oat_compare_range32(const uint32_t *values, uint32_t low, uint32_t high, uint64_t ret[OAT_BATCH_WORDS])
{
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++, values += 64) {
        uint8_t inside[64];
        for (unsigned i = 0; i < 64; i++)
            inside[i] = (values[i] >= low) & (values[i] <= high);
        ret[word] = bits_of(inside);
    }
}

void oat_compare_bits32(const uint32_t *values, uint32_t bits, uint64_t ret[OAT_BATCH_WORDS])
{
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++, values += 64) {
        uint8_t any[64];
        for (unsigned i = 0; i < 64; i++)
            any[i] = (values[i] & bits) != 0;
        ret[word] = bits_of(any);
    }
}

void oat_rows_keep(uint64_t rows[OAT_BATCH_WORDS], const uint64_t with[OAT_BATCH_WORDS])
{
    for (unsigned i = 0; i < OAT_BATCH_WORDS; i++)
        rows[i] &= with[i];
}

void oat_rows_drop(uint64_t rows[OAT_BATCH_WORDS], const uint64_t without[OAT_BATCH_WORDS])
{
    for (unsigned i = 0; i < OAT_BATCH_WORDS; i++)
        rows[i] &= ~without[i];
}

void oat_rows_join(uint64_t rows[OAT_BATCH_WORDS], const uint64_t with[OAT_BATCH_WORDS])
{
    for (unsigned i = 0; i < OAT_BATCH_WORDS; i++)
        rows[i] |= with[i];
}

bool oat_rows_any(const uint64_t rows[OAT_BATCH_WORDS])
{
    uint64_t any = 0;
    for (unsigned i = 0; i < OAT_BATCH_WORDS; i++)
        any |= rows[i];
    return any != 0;
}
