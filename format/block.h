/* Blocks: up to 1,024 numbers of one column, packed.
 * Change this file, change SPEC.md section "Blocks" in the same commit.
 *
 *   0  check       4 bytes  low half of XXH3-64 over bytes 4 .. end, under the seed the caller gives
 *   4  encoding    1 byte   enum oat_block_encoding
 *   5  width       1 byte   bits of a packed number, 0..64
 *   6  exceptions  2 bytes  how many
 *   8  base        8 bytes
 *  16  SPARSE only: 128 bytes, bit i set: row i is not 0
 *      the packed numbers (below), then exceptions positions of 2 bytes (ascending, indexes among the
 *      packed numbers), zeros to a multiple of 8, then as many values of 8 bytes
 *
 * CONSTANT: every row is `base`. PACKED: row i is base + packed number i, or the value of its
 * exception. SPARSE: likewise for the rows whose bit is set, in order; the others are 0.
 *
 * Packed numbers of n rows lie in lanes so that one wide load feeds every lane: widths up to 32 in
 * 16 lanes of 32-bit words, greater ones in 8 lanes of 64-bit words; number i is the (i / lanes)-th
 * of lane i % lanes; a lane is a stream of bits, least significant first; word j of lane l is word
 * j * lanes + l. A lane has ceil(ceil(n / lanes) * width / word bits) words. */
#ifndef OAT_FORMAT_BLOCK_H
#define OAT_FORMAT_BLOCK_H

#include "format/endian.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_BLOCK_ROWS 1024u
/* A block is never larger than this. */
#define OAT_BLOCK_SIZE_MAX (16u + 128u + 8u * OAT_BLOCK_ROWS + 64u)

enum oat_block_encoding {
    OAT_BLOCK_CONSTANT = 1,
    OAT_BLOCK_PACKED = 2,
    OAT_BLOCK_SPARSE = 3,
};

struct oat_disk_block {
    oat_le32 check;      /* 00-03 */
    uint8_t encoding;    /* 04 */
    uint8_t width;       /* 05 */
    oat_le16 exceptions; /* 06-07 */
    oat_le64 base;       /* 08-15 */
};

/* Encodes count (1..OAT_BLOCK_ROWS) values in the smallest of the encodings; dst has room for
 * OAT_BLOCK_SIZE_MAX bytes. Returns the bytes written, a multiple of 8. The same values give the
 * same bytes. Any thread. */
size_t oat_block_encode(const uint64_t *values, unsigned count, uint64_t seed, uint8_t *dst);

/* A block whose header and length were checked; borrows its bytes. */
struct oat_block {
    const uint8_t *packed;     /* packed numbers */
    const uint8_t *bitmap;     /* SPARSE: 128 bytes; else NULL */
    const uint8_t *positions;  /* of exceptions */
    const uint8_t *exceptions; /* their values */
    uint64_t base;
    uint32_t rows;         /* of the block */
    uint32_t packed_count; /* rows, or the bits set in bitmap */
    uint16_t exception_count;
    uint8_t encoding;
    uint8_t width;
};

/* Checks that the len bytes at src are a block of `rows` (1..OAT_BLOCK_ROWS) rows, no more and no
 * less, and that nothing in it points outside. verify: its checksum too (once is enough while the
 * bytes cannot change). Constant time but for the checksum, the bitmap and the exceptions. OAT_OK or
 * OAT_E_CORRUPT; *ret_what then names the field (static storage). */
int oat_block_open(const uint8_t *src, size_t len, unsigned rows, uint64_t seed, bool verify,
                   struct oat_block *ret, const char **ret_what);

/* Decodes all rows. dst has room for OAT_BLOCK_ROWS values (rows past the block's own are left
 * undefined, so that whole lanes can be stored). */
void oat_block_decode64(const struct oat_block *block, uint64_t *dst);

/* The same into 32 bits; values are cut to their low half (columns whose schema says 32 bits). */
void oat_block_decode32(const struct oat_block *block, uint32_t *dst);

/* One row, without decoding the others. row < rows. */
uint64_t oat_block_get(const struct oat_block *block, unsigned row);

/* SPARSE blocks without their zeros: the packed_count values of the rows whose bit is set; of other
 * encodings all rows. dst as in decode64. */
void oat_block_decode_present64(const struct oat_block *block, uint64_t *dst);

#endif
