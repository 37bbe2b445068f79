/* Memory that requests may take together: what would be over it is refused before it is allocated. */
#ifndef OAT_INGEST_MEMORY_BUDGET_H
#define OAT_INGEST_MEMORY_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Set limit_bytes before threads start. Any thread. */
struct oat_memory_budget {
    size_t limit_bytes;
    atomic_size_t used_bytes;
};

/* False: it would be over the limit, and nothing is taken. */
bool oat_memory_budget_take(struct oat_memory_budget *budget, size_t bytes);
void oat_memory_budget_give(struct oat_memory_budget *budget, size_t bytes);

/* As realloc, of memory that the budget (NULL: none) pays for; size is not smaller than old_size, which it
 * pays for already. NULL: over the limit or out of memory, and old is as it was. */
void *oat_memory_grow(struct oat_memory_budget *budget, void *old, size_t old_size, size_t size);
/* size: what was asked for last. Takes NULL, of size 0. */
void oat_memory_free(struct oat_memory_budget *budget, void *memory, size_t size);

#endif
