/* Packed numbers: the part of a block (block.h) that holds numbers of a fixed width, in lanes. */
#ifndef OAT_FORMAT_PACKED_H
#define OAT_FORMAT_PACKED_H

#include <stddef.h>
#include <stdint.h>

#define OAT_PACKED_LANES_MAX 16u

/* Bytes that count numbers of width (0..64) bits take: a multiple of 64. */
size_t oat_packed_size(unsigned count, unsigned width);

/* Writes oat_packed_size bytes at dst. values: below 2^width; readable to a multiple of
 * OAT_PACKED_LANES_MAX, zeros behind count. */
void oat_packed_write(const uint64_t *values, unsigned count, unsigned width, uint8_t *dst);

/* Reads numbers [first, end) from oat_packed_size bytes at src and adds base to each, modulo 2^64 or 2^32.
 * first: a multiple of OAT_PACKED_LANES_MAX. dst: written to a multiple of it. */
void oat_packed_read64(const uint8_t *src, unsigned first, unsigned end, unsigned width, uint64_t base,
                       uint64_t *dst);
void oat_packed_read32(const uint8_t *src, unsigned first, unsigned end, unsigned width, uint32_t base,
                       uint32_t *dst);

/* Number `index` alone; index is below the count that was written. */
uint64_t oat_packed_get(const uint8_t *src, unsigned width, unsigned index);

#endif
