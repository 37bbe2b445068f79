#include "reader/pairs.h"

#include "reader/loops.h"

#include <stdlib.h>
#include <string.h>

#define DIRECT_BITS 16u
#define HASHED_MIN  (4u << DIRECT_BITS) /* places: no more than a quarter are taken at first */

static size_t hash_of(uint32_t first, uint32_t second)
{
    uint64_t hash = ((uint64_t)first << 32 | second) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(hash ^ hash >> 32);
}

/* The place of a pair in the table, or the free one where it belongs. While not hashed both numbers fit. */
static inline size_t place_of(const struct oat_pairs *pairs, uint32_t first, uint32_t second)
{
    if (!pairs->hashed)
        return (size_t)first << pairs->second_bits | second;
    size_t at = hash_of(first, second) & (pairs->table_size - 1);
    for (; pairs->table[at] != 0; at = (at + 1) & (pairs->table_size - 1)) {
        const uint32_t *pair = pairs->pairs[pairs->table[at] - 1];
        if (pair[0] == first && pair[1] == second)
            break;
    }
    return at;
}

static inline bool fits(const struct oat_pairs *pairs, uint32_t first, uint32_t second)
{
    return pairs->hashed ||
           (first >> pairs->first_bits == 0 && second >> pairs->second_bits == 0 && pairs->table);
}

/* Puts every pair where it belongs in a larger table. */
static int rebuild(struct oat_pairs *pairs, size_t table_size)
{
    int result = oat_budget_take(pairs->budget, (table_size - pairs->table_size) * sizeof *pairs->table);
    if (result != OAT_OK)
        return result;
    uint32_t *table = calloc(table_size, sizeof *table);
    if (!table)
        return OAT_E_NOMEM;
    free(pairs->table);
    pairs->table = table;
    pairs->table_size = table_size;
    for (uint32_t i = 0; i < pairs->count; i++)
        table[place_of(pairs, pairs->pairs[i][0], pairs->pairs[i][1])] = i + 1;
    return OAT_OK;
}

static unsigned bits_of(uint32_t number)
{
    return number == 0 ? 0 : 32 - (unsigned)__builtin_clz(number);
}

static unsigned greatest(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

/* Makes a place for a pair whose numbers are too large for the table as it is. */
static int widen(struct oat_pairs *pairs, uint32_t first, uint32_t second)
{
    unsigned first_bits = greatest(pairs->first_bits, bits_of(first));
    unsigned second_bits = greatest(pairs->second_bits, bits_of(second));
    pairs->hashed = first_bits + second_bits > DIRECT_BITS;
    pairs->first_bits = first_bits;
    pairs->second_bits = second_bits;
    return rebuild(pairs, pairs->hashed ? HASHED_MIN : (size_t)1 << (first_bits + second_bits));
}

static int add(struct oat_pairs *pairs, uint32_t first, uint32_t second)
{
    int result = oat_budget_reserve(pairs->budget, &pairs->pairs, &pairs->capacity, pairs->count + 1,
                                    sizeof *pairs->pairs);
    if (result == OAT_OK && pairs->hashed && (size_t)pairs->count * 2 >= pairs->table_size)
        result = rebuild(pairs, pairs->table_size * 2);
    if (result != OAT_OK)
        return result;
    pairs->pairs[pairs->count][0] = first;
    pairs->pairs[pairs->count][1] = second;
    pairs->table[place_of(pairs, first, second)] = ++pairs->count;
    return OAT_OK;
}

int oat_pairs_number(struct oat_pairs *pairs, uint32_t first, uint32_t second, uint32_t *ret)
{
    int result = fits(pairs, first, second) ? OAT_OK : widen(pairs, first, second);
    if (result == OAT_OK && pairs->table[place_of(pairs, first, second)] == 0)
        result = add(pairs, first, second);
    if (result == OAT_OK)
        *ret = pairs->table[place_of(pairs, first, second)] - 1;
    return result;
}

/* True when a pair of the greatest numbers, or greater ones of as many bits, has a place. */
static bool all_fit(const struct oat_pairs *pairs, const uint32_t *first, const uint32_t *second,
                    struct oat_selection *selected)
{
    const uint16_t *rows = oat_selection_rows(selected);
    uint32_t all_first = 0, all_second = 0;
    for (uint32_t i = 0; i < selected->count; i++) {
        all_first |= first[rows[i]];
        all_second |= second[rows[i]];
    }
    return fits(pairs, all_first, all_second);
}

/* The same for all rows of a batch, where the first numbers are one and the second ones small: in the
 * hours of a day, most are. Pairs get numbers that no row may have. */
static int number_small(struct oat_pairs *pairs, uint32_t first, uint32_t second_max, const uint32_t *second,
                        uint32_t *ret)
{
    uint32_t numbers[OAT_LOOP_TABLE] = {0};
    for (uint32_t i = 0; i <= second_max; i++) {
        int result = oat_pairs_number(pairs, first, i, &numbers[i]);
        if (result != OAT_OK)
            return result;
    }
    memmove(ret, second, OAT_BATCH_ROWS * sizeof *ret);
    oat_loop_look_up(numbers, OAT_LOOP_TABLE, ret);
    return OAT_OK;
}

/* Are all rows of the batch selected, and their numbers as number_small wants them? */
static bool are_small(const uint32_t *first, const uint32_t *second, const struct oat_selection *selected,
                      uint32_t *ret_second_max)
{
    uint32_t least, greatest;
    if (selected->count < OAT_BATCH_ROWS)
        return false;
    oat_loop_range(first, &least, &greatest);
    if (least != greatest)
        return false;
    oat_loop_range(second, &least, ret_second_max);
    return *ret_second_max < OAT_LOOP_TABLE;
}

int oat_pairs_number_rows(struct oat_pairs *pairs, const uint32_t *first, const uint32_t *second,
                          struct oat_selection *selected, uint32_t *ret)
{
    uint32_t second_max;
    if (are_small(first, second, selected, &second_max))
        return number_small(pairs, first[0], second_max, second, ret);
    const uint16_t *rows = oat_selection_rows(selected);
    bool fit = all_fit(pairs, first, second, selected);
    for (uint32_t i = 0; i < selected->count; i++) {
        uint32_t row = rows[i];
        uint32_t found = fit ? pairs->table[place_of(pairs, first[row], second[row])] : 0;
        if (found) {
            ret[row] = found - 1;
            continue;
        }
        int result = oat_pairs_number(pairs, first[row], second[row], &ret[row]);
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

void oat_pairs_free(struct oat_pairs *pairs)
{
    free(pairs->pairs);
    free(pairs->table);
    *pairs = (struct oat_pairs){.budget = pairs->budget};
}
