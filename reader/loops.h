/* Loops over the values of a batch, eight at a time where the processor can. */
#ifndef OAT_READER_LOOPS_H
#define OAT_READER_LOOPS_H

#include "reader/batch.h"

/* Numbers of a table that oat_loop_look_up has in registers. */
#define OAT_LOOP_TABLE 16u

/* Values that are greater than max become 0. */
void oat_loop_limit(const uint32_t *values, uint32_t max, uint32_t *ret);

/* Least and greatest of the values. */
void oat_loop_range(const uint32_t *values, uint32_t *ret_least, uint32_t *ret_greatest);

/* Replaces each value by what the table has at its place, for which there is room for OAT_LOOP_TABLE
 * numbers or more. count: values are below. */
void oat_loop_look_up(const uint32_t *table, uint32_t count, uint32_t *values);

/* Those below take 64 values for each of `words` words. */

/* Replaces each zigzag number by what it stands for: SPEC.md. */
void oat_loop_unzigzag(uint64_t *values, uint32_t words);

/* The sum of the values whose bits are set in the words, modulo 2^64. */
uint64_t oat_loop_sum32(const uint32_t *values, const uint64_t *rows, uint32_t words);
uint64_t oat_loop_sum64(const uint64_t *values, const uint64_t *rows, uint32_t words);

/* The bits that any of the values, plus a number each, has. */
uint64_t oat_loop_join(const uint64_t *values, uint32_t words, uint64_t plus);

#endif
