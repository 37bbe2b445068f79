/* Numbers for pairs of small numbers: 0, 1, 2 ... in the order of first use. */
#ifndef OAT_READER_PAIRS_H
#define OAT_READER_PAIRS_H

#include "reader/budget.h"
#include "reader/selection.h"

/* Zero-initialise, but for the budget; free with oat_pairs_free. One thread at a time. */
struct oat_pairs {
    struct oat_budget *budget;
    uint32_t (*pairs)[2]; /* by number */
    size_t capacity;
    uint32_t count;
    /* Where the number of a pair, and 1, is; 0: it has none yet. While both numbers are small at
     * [first << second_bits | second], later by hash. */
    uint32_t *table;
    size_t table_size; /* a power of two */
    unsigned first_bits, second_bits;
    bool hashed;
};

/* The number of a pair. OAT_OK, OAT_E_NOMEM, OAT_E_LIMIT. */
int oat_pairs_number(struct oat_pairs *pairs, uint32_t first, uint32_t second, uint32_t *ret);

/* The same for selected rows: ret[row] for (first[row], second[row]); ret may be either of them. Pairs that
 * no row has may get numbers, too. */
int oat_pairs_number_rows(struct oat_pairs *pairs, const uint32_t *first, const uint32_t *second,
                          struct oat_selection *selected, uint32_t *ret);

void oat_pairs_free(struct oat_pairs *pairs);

#endif
