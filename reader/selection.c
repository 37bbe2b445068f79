#include "reader/selection.h"

#include <string.h>

void oat_selection_set(struct oat_selection *selection, const uint64_t set[OAT_BATCH_WORDS])
{
    uint32_t count = 0;
    if (memcmp(selection->bits, set, sizeof selection->bits) == 0)
        return;
    memcpy(selection->bits, set, sizeof selection->bits);
    for (uint32_t word = 0; word < OAT_BATCH_WORDS; word++) {
        uint64_t bits = selection->bits[word];
        if (bits == UINT64_MAX) {
            for (uint32_t i = 0; i < 64; i++)
                selection->rows[count + i] = (uint16_t)(64 * word + i);
            count += 64;
            continue;
        }
        for (; bits; bits &= bits - 1)
            selection->rows[count++] = (uint16_t)(64 * word + (uint32_t)__builtin_ctzll(bits));
    }
    selection->count = count;
}
