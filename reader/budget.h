/* How much memory a query may hold, all its threads together. */
#ifndef OAT_READER_BUDGET_H
#define OAT_READER_BUDGET_H

#include "oat/oat.h"

#include <stdatomic.h>

struct oat_budget {
    _Atomic uint64_t used_bytes;
    uint64_t limit_bytes;
};

/* Counts bytes that are about to be allocated, or were. OAT_OK or OAT_E_LIMIT. Any thread. */
int oat_budget_take(struct oat_budget *budget, uint64_t bytes);

/* Makes an array have room for `needed` elements of `size` bytes and counts what it grows by; new elements
 * are zero. array: the address of the pointer to the elements, which may move; *capacity: how many have
 * room. OAT_OK, OAT_E_NOMEM, OAT_E_LIMIT: after a failure all is as it was. */
int oat_budget_reserve(struct oat_budget *budget, void *array, size_t *capacity, size_t needed, size_t size);

#endif
