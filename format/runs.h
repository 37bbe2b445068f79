/* Runs: the part of a block (block.h) that holds numbers of which many are equal to the one before
 * them. A run is a number of OAT_RUNS_LAST_BITS + width bits: below, the index of the last number that
 * belongs to it; above, its value over the base. Runs are one stream of bits, the least significant
 * first, in words of 64 bits. The last one ends with the last number. */
#ifndef OAT_FORMAT_RUNS_H
#define OAT_FORMAT_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_RUNS_LAST_BITS 10u
/* Greatest width: then a run fits a word. */
#define OAT_RUNS_WIDTH_MAX (64u - OAT_RUNS_LAST_BITS)

/* Bytes that runs take: a multiple of 8. */
size_t oat_runs_size(unsigned runs, unsigned width);

/* Writes the runs of count (1..1,024) values, as many bytes, at dst. values: none under base, none 2^width or
 * more over it. */
void oat_runs_write(const uint64_t *values, unsigned count, uint64_t base, unsigned width, uint8_t *dst);

/* True when these runs, in oat_runs_size bytes at src, are those of count numbers: what follows may be
 * called then. */
bool oat_runs_good(const uint8_t *src, unsigned runs, unsigned width, unsigned count);

/* Reads all numbers and adds base to each, modulo 2^64 or 2^32. */
void oat_runs_read64(const uint8_t *src, unsigned runs, unsigned width, uint64_t base, uint64_t *dst);
void oat_runs_read32(const uint8_t *src, unsigned runs, unsigned width, uint32_t base, uint32_t *dst);

/* Numbers [first, first + count) alone, with base added. */
void oat_runs_read_some(const uint8_t *src, unsigned runs, unsigned width, uint64_t base, unsigned first,
                        unsigned count, uint64_t *dst);

/* Sets the bits of numbers that, with base added, are low .. high; the others stay as they are. bits: 1,024.
 */
void oat_runs_range(const uint8_t *src, unsigned runs, unsigned width, uint64_t base, uint64_t low,
                    uint64_t high, uint64_t *bits);

/* True when a run has this value, over the base. */
bool oat_runs_have(const uint8_t *src, unsigned runs, unsigned width, uint64_t value);

/* Number `index` alone, over the base. */
uint64_t oat_runs_get(const uint8_t *src, unsigned runs, unsigned width, unsigned index);

#endif
