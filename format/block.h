/* Blocks: up to 1,024 numbers of one column, packed.
 * Change this file, change SPEC.md section "Blocks" in the same commit.
 *
 *   0  check       4 bytes  low half of XXH3-64 over bytes 4 .. end, under the seed the caller gives
 *   4  encoding    1 byte   enum oat_block_encoding, and enum oat_block_rows
 *   5  width       1 byte   bits of a packed number, 0..64
 *   6  exceptions  2 bytes  how many; RUNS: how many runs
 *   8  base        8 bytes
 *  16  BITMAP only: 128 bytes, bit i set: row i is not 0
 *      ALIKE only: 1 byte, the column whose block of the same rows has the bitmap; 7 bytes of zeros
 *      PACKED: the packed numbers (below), then exceptions positions of 2 bytes (ascending, indexes
 *      among the packed numbers), zeros to a multiple of 8, then as many values of 8 bytes
 *      RUNS: the runs (runs.h)
 *
 * CONSTANT: every row is `base`. PACKED: row i is base + packed number i, or the value of its
 * exception. RUNS: row i is base + what its run says. With a bitmap likewise for the rows whose bit is
 * set, in order; the others are 0.
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
/* Bitmaps that are kept for columns that come later. */
#define OAT_BLOCK_BITMAPS 8u

enum oat_block_encoding {
    OAT_BLOCK_CONSTANT = 1,
    OAT_BLOCK_PACKED = 2,
    OAT_BLOCK_RUNS = 3,
};

/* Which rows a block has numbers of; in the upper half of its byte. CONSTANT: of all. */
enum oat_block_rows {
    OAT_BLOCK_ALL = 0x00,
    OAT_BLOCK_BITMAP = 0x10,
    OAT_BLOCK_ALIKE = 0x20, /* those of an earlier column's bitmap */
};

struct oat_disk_block {
    oat_le32 check;      /* 00-03 */
    uint8_t encoding;    /* 04     and rows */
    uint8_t width;       /* 05 */
    oat_le16 exceptions; /* 06-07 */
    oat_le64 base;       /* 08-15 */
};

/* Bitmaps that blocks of earlier columns have, of the same rows of a group. Zero-initialise. */
struct oat_block_bitmaps {
    unsigned count;
    struct {
        uint64_t bits[OAT_BLOCK_ROWS / 64];
        uint8_t column;
    } of[OAT_BLOCK_BITMAPS];
};

/* Encodes count (1..OAT_BLOCK_ROWS) values of a column in the smallest of the encodings, in RUNS where
 * they take less than half; dst has room for OAT_BLOCK_SIZE_MAX bytes. bitmaps: those that it may refer
 * to; gets its own. NULL: it stands for itself. Returns the bytes written, a multiple of 8. The same
 * values give the same bytes, which are a block once it is sealed. Any thread. */
size_t oat_block_encode(const uint64_t *values, unsigned count, unsigned column,
                        struct oat_block_bitmaps *bitmaps, uint8_t *dst);

/* Sets the check of a block of len bytes that was encoded: it depends on where the block stands. */
void oat_block_seal(uint8_t *block, size_t len, uint64_t seed);

/* A block whose header and length were checked; borrows its bytes. */
struct oat_block {
    const uint8_t *packed;     /* packed numbers or runs */
    const uint8_t *bitmap;     /* 128 bytes; NULL: it has all rows */
    const uint8_t *positions;  /* of exceptions */
    const uint8_t *exceptions; /* their values */
    uint64_t base;
    uint32_t rows;         /* of the block */
    uint32_t packed_count; /* rows, or the bits set in bitmap */
    uint16_t exception_count;
    uint16_t run_count;
    uint8_t encoding; /* enum oat_block_encoding */
    uint8_t width;
    uint8_t alike; /* the column that the bitmap is in; 0: in the block itself, or there is none */
};

/* Where an exception stands among the packed numbers, and its value; exception < exception_count. */
static inline unsigned oat_block_exception_at(const struct oat_block *block, unsigned exception)
{
    oat_le16 position;
    memcpy(&position, block->positions + exception * sizeof position, sizeof position);
    return oat_le16_get(position);
}
static inline uint64_t oat_block_exception(const struct oat_block *block, unsigned exception)
{
    oat_le64 value;
    memcpy(&value, block->exceptions + exception * sizeof value, sizeof value);
    return oat_le64_get(value);
}

/* Bytes from the beginning of a block to the end of its bitmap. */
#define OAT_BLOCK_FRONT_SIZE (16u + 128u)

/* The column whose bitmap the len bytes at src refer to; 0: none. */
unsigned oat_block_alike(const uint8_t *src, size_t len);

/* The bitmap of a block that was checked and has one of its own; NULL: it has none. */
const uint8_t *oat_block_bitmap(const uint8_t *src, size_t len);

/* Checks that the len bytes at src are a block of `rows` (1..OAT_BLOCK_ROWS) rows, no more and no
 * less, and that nothing in it points outside. bitmap: the one that an ALIKE block refers to, borrowed
 * like src; NULL: such a block is refused. verify: its checksum too (once is enough while the bytes
 * cannot change). Constant time but for the checksum, the bitmap, the exceptions and the runs. OAT_OK or
 * OAT_E_CORRUPT; *ret_what then names the field (static storage). */
int oat_block_open(const uint8_t *src, size_t len, unsigned rows, const uint8_t *bitmap, uint64_t seed,
                   bool verify, struct oat_block *ret, const char **ret_what);

/* Decodes all rows. dst has room for OAT_BLOCK_ROWS values (rows past the block's own are left
 * undefined, so that whole lanes can be stored). */
void oat_block_decode64(const struct oat_block *block, uint64_t *dst);

/* The same into 32 bits; values are cut to their low half (columns whose schema says 32 bits). */
void oat_block_decode32(const struct oat_block *block, uint32_t *dst);

/* False: no row has this value, which is not 0. Cheap beside decoding; true means little. */
bool oat_block_may_have(const struct oat_block *block, uint64_t value);

/* Sets the bits of rows whose value is low .. high, for rows that are in runs, or all the same; those behind
 * them mean nothing. False: they are neither. */
bool oat_block_range(const struct oat_block *block, uint64_t low, uint64_t high,
                     uint64_t ret[OAT_BLOCK_ROWS / 64]);

/* Blocks with a bitmap without their zeros: the packed_count values of the rows whose bit is set; of
 * others all rows. dst as in decode64 and decode32. */
void oat_block_decode_present64(const struct oat_block *block, uint64_t *dst);
void oat_block_decode_present32(const struct oat_block *block, uint32_t *dst);

#endif
