/* Arrays that grow. */
#ifndef OAT_READER_ARRAY_H
#define OAT_READER_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* Makes room for one more element. array: the address of the pointer to the elements, which may move;
 * count of them are used, *capacity fit in, each of size bytes. False: out of memory, all is as it was. */
bool oat_array_reserve(void *array, size_t count, size_t *capacity, size_t size);

/* The same for `needed` elements in all: exactly so many at first, an eighth more when it grows. */
bool oat_array_fit(void *array, size_t needed, size_t *capacity, size_t size);

#endif
