/* What the values of a block are like: tells how to encode them. Any thread. */
#ifndef OAT_FORMAT_VALUES_H
#define OAT_FORMAT_VALUES_H

#include <stddef.h>
#include <stdint.h>

/* Least and greatest of count (1 or more) values. */
void oat_values_range(const uint64_t *values, size_t count, uint64_t *ret_least, uint64_t *ret_greatest);

/* How many of the values need more than `width` (0..63) bits over base, which none is below. */
unsigned oat_values_above(const uint64_t *values, size_t count, uint64_t base, unsigned width);

/* Runs of equal values that count (1 or more) values make. */
unsigned oat_values_runs(const uint64_t *values, size_t count);

#endif
