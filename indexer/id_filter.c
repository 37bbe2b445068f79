#include "indexer/id_filter.h"

#include <string.h>

#define ROWS_A_WORD 8u
#define BITS        5u /* of an id */

static uint64_t place_of(uint64_t hash, uint64_t words)
{
    return ((hash >> 32) * words >> 32) * sizeof(oat_le64);
}

static uint64_t bits_of(uint64_t hash)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < BITS; i++)
        bits |= UINT64_C(1) << (hash >> 6 * i & 63);
    return bits;
}

size_t oat_id_filter_size(uint32_t count)
{
    size_t words = ((size_t)count + ROWS_A_WORD - 1) / ROWS_A_WORD;
    return (words > 0 ? words : 1) * sizeof(oat_le64);
}

void oat_id_filter_add(uint8_t *filter, size_t len, uint64_t hash)
{
    oat_le64 word;
    uint8_t *at = filter + place_of(hash, len / sizeof word);
    memcpy(&word, at, sizeof word);
    word = oat_le64_of(oat_le64_get(word) | bits_of(hash));
    memcpy(at, &word, sizeof word);
}

void oat_id_filter_build(const uint64_t *hashes, uint32_t count, uint8_t *dst)
{
    size_t len = oat_id_filter_size(count);
    memset(dst, 0, len);
    for (uint32_t row = 0; row < count; row++)
        oat_id_filter_add(dst, len, hashes[row]);
}

bool oat_id_filter_may_have(const struct oat_section_view *view, uint64_t hash)
{
    oat_le64 word;
    uint64_t at = place_of(hash, view->len / sizeof word), bits = bits_of(hash);
    if (!oat_section_need(view, at, sizeof word))
        return true;
    memcpy(&word, view->bytes + at, sizeof word);
    return (oat_le64_get(word) & bits) == bits;
}
