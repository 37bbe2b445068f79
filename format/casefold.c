#include "format/casefold.h"

#include <stdbool.h>
#include <stddef.h>

/* Each step-th character of first .. last folds to itself + delta. */
struct run {
    uint32_t first, last;
    uint32_t step;
    int32_t delta;
};

#include "format/casefold_table.h"

#define RUN_COUNT (sizeof runs / sizeof *runs)

static bool is_in(const struct run *run, uint32_t c)
{
    return c >= run->first && c <= run->last && (c - run->first) % run->step == 0;
}

uint32_t oat_casefold(uint32_t character)
{
    if (character < 0x80)
        return oat_casefold_ascii(character);
    /* The last run that does not begin behind the character. */
    size_t low = 0, high = RUN_COUNT;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (runs[middle].first <= character)
            low = middle;
        else
            high = middle;
    }
    return is_in(&runs[low], character) ? character + (uint32_t)runs[low].delta : character;
}

unsigned oat_casefold_origins(uint32_t folded, uint32_t ret[OAT_CASEFOLD_ORIGINS_MAX])
{
    unsigned count = 0;
    ret[count++] = folded;
    for (size_t i = 0; i < RUN_COUNT && count < OAT_CASEFOLD_ORIGINS_MAX; i++) {
        uint32_t origin = folded - (uint32_t)runs[i].delta;
        if (is_in(&runs[i], origin))
            ret[count++] = origin;
    }
    return count;
}
