/* Tables: columns of numbers, in groups of up to 16 blocks.
 * Change this file, change SPEC.md section "Tables" in the same commit.
 *
 * A group holds up to 16,384 rows of every column, block by block, so that a trace's columns lie
 * within a megabyte and a writer needs memory for one group only. A column that is 0 in every row of
 * a group is not in it.
 *
 *   group   struct oat_disk_group, then struct oat_disk_group_column for each column (by number,
 *           ascending), then for each of them a u32 for each block: offset of the block from the
 *           beginning of the group; then the blocks. The head is all before the blocks.
 *   index   (the content of a TABLE section) struct oat_disk_group_place for each group, in order
 *
 * Seed of a block's check: nonce XOR (file offset of the block / 8) * OAT_POSITION_PRIME. A group and
 * its blocks stand at multiples of 8. */
#ifndef OAT_FORMAT_TABLE_H
#define OAT_FORMAT_TABLE_H

#include "format/block.h"

#define OAT_GROUP_BLOCKS   16u
#define OAT_GROUP_ROWS     (OAT_GROUP_BLOCKS * OAT_BLOCK_ROWS)
#define OAT_TABLE_COLUMNS  64u /* column numbers are below this */
#define OAT_TABLE_ROWS_MAX (1u << 31)

struct oat_disk_group {
    oat_le32 check;    /* 00-03  low half of XXH3-64 over bytes 4 .. end of head; seed as a block's */
    oat_le32 head_len; /* 04-07  bytes of the head */
    oat_le32 len;      /* 08-11  bytes of the group */
    oat_le32 rows;     /* 12-15  OAT_GROUP_ROWS in all groups but the last */
    oat_le16 columns;  /* 16-17 */
    uint8_t unused[6]; /* 18-23 */
};

struct oat_disk_group_column {
    oat_le16 column;   /* 00-01 */
    uint8_t unused[6]; /* 02-07 */
    oat_le64 min;      /* 08-15  least and greatest value in the group, as stored */
    oat_le64 max;      /* 16-23 */
};

struct oat_disk_group_place {
    oat_le64 offset; /* 00-07  in the file */
    oat_le32 len;    /* 08-11 */
    oat_le32 rows;   /* 12-15 */
};

/* ---- Writing ---- */

/* Most bytes a group of `columns` columns takes. */
size_t oat_group_size_max(unsigned columns);

/* Encodes a group of rows (1..OAT_GROUP_ROWS): values[c] is the column number columns[c] (ascending),
 * rows values each. dst has room for oat_group_size_max(column_count). Returns the bytes written, which are
 * a group once it is sealed. */
size_t oat_group_encode(const uint16_t *columns, uint64_t *const *values, unsigned column_count,
                        uint32_t rows, uint8_t *dst);

/* Sets the checks of a group that was encoded. offset: where it stands in the file, a multiple of 8. */
void oat_group_seal(uint8_t *bytes, uint64_t nonce, uint64_t offset);

/* ---- Reading ---- */

/* A table in memory (a mapped file). Borrows the file's bytes. Reading is thread-safe. */
struct oat_table {
    const uint8_t *file;
    uint64_t file_len;
    const struct oat_disk_group_place *places;
    uint64_t nonce;
    uint32_t group_count;
    uint32_t rows;
};

/* Checks the index (an array of places): groups inside the file, aligned, rows as the rule says.
 * OAT_OK or OAT_E_CORRUPT with *ret_what and *ret_offset (in the index). */
int oat_table_open(const uint8_t *file, uint64_t file_len, uint64_t nonce, const uint8_t *index,
                   size_t index_len, struct oat_table *ret, const char **ret_what, uint64_t *ret_offset);

/* A group whose head was checked. */
struct oat_group {
    const uint8_t *bytes;
    uint64_t offset; /* in the file */
    uint64_t nonce;
    uint32_t len;
    uint32_t head_len;
    uint32_t rows;
    uint32_t column_count;
    uint32_t block_count;                /* of each column */
    uint32_t first_row;                  /* of the table */
    uint8_t entry_of[OAT_TABLE_COLUMNS]; /* column -> its entry + 1; 0: all zeros */
};

/* Opens group number `group`. verify: the head's checksum too. OAT_OK or OAT_E_CORRUPT with
 * *ret_what. */
int oat_group_open(const struct oat_table *table, uint32_t group, bool verify, struct oat_group *ret,
                   const char **ret_what);

/* Least and greatest value of a column in the group; 0 and 0 of one that is not there. */
void oat_group_zone(const struct oat_group *group, unsigned column, uint64_t *ret_min, uint64_t *ret_max);

/* Opens a block of a column. *ret is a CONSTANT 0 for a column that is not there. OAT_OK or
 * OAT_E_CORRUPT with *ret_what. */
int oat_group_block(const struct oat_group *group, unsigned column, unsigned block, bool verify,
                    struct oat_block *ret, const char **ret_what);

/* Has the processor fetch where the block of each column begins, all at the same time: who opens them one
 * after the other waits for memory once. */
void oat_group_touch(const struct oat_group *group, unsigned block);

/* File offset of a block, for reports; of the group when the column is not there. */
uint64_t oat_group_block_offset(const struct oat_group *group, unsigned column, unsigned block);

#endif
