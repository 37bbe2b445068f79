#include "reader/compare.h"

/* The inner loops have a fixed length and no branch, so that the compiler makes vectors of them. */

void oat_compare_range64(const uint64_t *values, int64_t low, int64_t high, uint64_t ret[OAT_BATCH_WORDS])
{
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++, values += 64) {
        uint8_t inside[64];
        for (unsigned i = 0; i < 64; i++)
            inside[i] = ((int64_t)values[i] >= low) & ((int64_t)values[i] <= high);
        ret[word] = oat_bits_of_bytes(inside);
    }
}

void oat_compare_range32(const uint32_t *values, uint32_t low, uint32_t high, uint64_t ret[OAT_BATCH_WORDS])
{
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++, values += 64) {
        uint8_t inside[64];
        for (unsigned i = 0; i < 64; i++)
            inside[i] = (values[i] >= low) & (values[i] <= high);
        ret[word] = oat_bits_of_bytes(inside);
    }
}

void oat_compare_bits32(const uint32_t *values, uint32_t bits, uint64_t ret[OAT_BATCH_WORDS])
{
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++, values += 64) {
        uint8_t any[64];
        for (unsigned i = 0; i < 64; i++)
            any[i] = (values[i] & bits) != 0;
        ret[word] = oat_bits_of_bytes(any);
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
