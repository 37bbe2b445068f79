#include "reader/array.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 16u

bool oat_array_reserve(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    /* Copied, not cast: a pointer to the elements is no void *. */
    void *elements;
    memcpy(&elements, array, sizeof elements);
    size_t wanted = *capacity ? 2 * *capacity : CAPACITY_MIN;
    void *larger = realloc(elements, wanted * size);
    if (!larger)
        return false;
    memcpy(array, &larger, sizeof larger);
    *capacity = wanted;
    return true;
}

bool oat_array_fit(void *array, size_t needed, size_t *capacity, size_t size)
{
    if (needed <= *capacity)
        return true;
    void *elements;
    memcpy(&elements, array, sizeof elements);
    size_t wanted = *capacity ? needed + needed / 8 : needed;
    void *larger = realloc(elements, wanted * size);
    if (!larger)
        return false;
    memcpy(array, &larger, sizeof larger);
    *capacity = wanted;
    return true;
}
