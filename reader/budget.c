#include "reader/budget.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 16u

int oat_budget_take(struct oat_budget *budget, uint64_t bytes)
{
    uint64_t used = atomic_fetch_add_explicit(&budget->used_bytes, bytes, memory_order_relaxed);
    return used + bytes <= budget->limit_bytes ? OAT_OK : OAT_E_LIMIT;
}

int oat_budget_reserve(struct oat_budget *budget, void *array, size_t *capacity, size_t needed, size_t size)
{
    size_t wanted = *capacity ? *capacity : CAPACITY_MIN;
    if (needed <= *capacity)
        return OAT_OK;
    while (wanted < needed)
        wanted *= 2;
    int result = oat_budget_take(budget, (wanted - *capacity) * size);
    if (result != OAT_OK)
        return result;
    /* Copied, not cast: a pointer to the elements is no void *. */
    uint8_t *elements;
    memcpy(&elements, array, sizeof elements);
    elements = realloc(elements, wanted * size);
    if (!elements)
        return OAT_E_NOMEM;
    memset(elements + *capacity * size, 0, (wanted - *capacity) * size);
    memcpy(array, &elements, sizeof elements);
    *capacity = wanted;
    return OAT_OK;
}
