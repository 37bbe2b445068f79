#include "ingest/memory_budget.h"

#include <stdlib.h>

bool oat_memory_budget_take(struct oat_memory_budget *budget, size_t bytes)
{
    size_t used = atomic_load_explicit(&budget->used_bytes, memory_order_relaxed);
    do {
        if (used > budget->limit_bytes || bytes > budget->limit_bytes - used)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&budget->used_bytes, &used, used + bytes,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

void oat_memory_budget_give(struct oat_memory_budget *budget, size_t bytes)
{
    atomic_fetch_sub_explicit(&budget->used_bytes, bytes, memory_order_relaxed);
}

void *oat_memory_grow(struct oat_memory_budget *budget, void *old, size_t old_size, size_t size)
{
    if (budget && !oat_memory_budget_take(budget, size - old_size))
        return NULL;
    void *grown = realloc(old, size);
    if (!grown && budget)
        oat_memory_budget_give(budget, size - old_size);
    return grown;
}

void oat_memory_free(struct oat_memory_budget *budget, void *memory, size_t size)
{
    free(memory);
    if (budget)
        oat_memory_budget_give(budget, size);
}
