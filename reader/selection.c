#include "reader/selection.h"

#include "reader/compare.h"

#include <string.h>

typedef uint16_t four_rows __attribute__((vector_size(8)));

/* By four bits: those that are set, then some that do not count. */
static const four_rows set_of_four[16] = {
    {0}, {0},    {1},    {0, 1},    {2},    {0, 2},    {1, 2},    {0, 1, 2},
    {3}, {0, 3}, {1, 3}, {0, 1, 3}, {2, 3}, {0, 2, 3}, {1, 2, 3}, {0, 1, 2, 3},
};
static const uint8_t count_of_four[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};

void oat_selection_set(struct oat_selection *selection, const uint64_t bits[OAT_BATCH_WORDS])
{
    if (memcmp(selection->bits, bits, sizeof selection->bits) == 0)
        return;
    memcpy(selection->bits, bits, sizeof selection->bits);
    selection->count = oat_rows_count(bits);
    selection->listed = false;
}

/* Four rows at a time and no branch on their bits: which rows are selected cannot be foreseen. */
const uint16_t *oat_selection_rows(struct oat_selection *selection)
{
    uint32_t count = 0;
    for (uint32_t word = 0; !selection->listed && word < OAT_BATCH_WORDS; word++) {
        uint64_t left = selection->bits[word];
        for (uint32_t first = 64 * word; left != 0; first += 4, left >>= 4) {
            four_rows rows = set_of_four[left & 15] + (uint16_t)first;
            memcpy(&selection->rows[count], &rows, sizeof rows);
            count += count_of_four[left & 15];
        }
    }
    selection->listed = true;
    return selection->rows;
}
