/* Which rows of a table may have an id: a hash table on disk, packed.
 * Change this file, change SPEC.md section "Id index" in the same commit.
 *
 *   struct oat_disk_id_index
 *   u32 start[2^bucket bits + 1]   entries before each bucket; the last: count
 *   entries                        one stream of bits, least significant first: row >> run bits, then tag;
 *                                  padded to a multiple of 8 bytes, then 8 bytes of zeros
 *
 * The hash of an id is its XXH3-64, seed: the nonce of the file. Its upper bits are the bucket, the
 * bits below them the tag. Rows of a bucket ascend. */
#ifndef OAT_INDEXER_ID_INDEX_H
#define OAT_INDEXER_ID_INDEX_H

#include "format/section_view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oat_disk_id_index {
    oat_le32 count;      /* 00-03 */
    uint8_t bucket_bits; /* 04 */
    uint8_t row_bits;    /* 05 */
    uint8_t tag_bits;    /* 06 */
    uint8_t run_bits;    /* 07 */
};

/* ---- Writing ---- */

struct oat_id_index_shape {
    uint8_t tag_bits; /* 0..16: one of 2^n other entries of a bucket of 16 or more passes */
    uint8_t run_bits; /* 0..OAT_RUN_BITS_MAX: 2^n rows that follow each other are not told apart */
};
#define OAT_RUN_BITS_MAX 10u

/* Of spans there are so many that the bits of an entry count; of the ids of a block, which is checked and
 * therefore read whole, one is found soon. A chunk that passes in vain is decoded. Most traces that
 * a part has not got are told from its filter (id_filter.h). */
#define OAT_INDEX_OF_CHUNKS ((struct oat_id_index_shape){.tag_bits = 10})
#define OAT_INDEX_OF_SPANS  ((struct oat_id_index_shape){.tag_bits = 4, .run_bits = OAT_RUN_BITS_MAX})
#define OAT_INDEX_OF_TRACES ((struct oat_id_index_shape){.tag_bits = 6})
/* Of the traces of a whole store: a part is opened for each that passes in vain. */
#define OAT_INDEX_OF_STORE ((struct oat_id_index_shape){.tag_bits = 12})

/* Bytes of an index of count (0..OAT_TABLE_ROWS_MAX) rows. */
size_t oat_id_index_size(uint32_t count, struct oat_id_index_shape shape);

/* Writes that many bytes at dst: hashes[r] is the hash of the id of row r. Linear in count; needs no
 * other memory. */
void oat_id_index_build(const uint64_t *hashes, uint32_t count, struct oat_id_index_shape shape,
                        uint8_t *dst);

/* ---- Reading ---- */

/* Borrows the view it was opened over. Reading is thread-safe. */
struct oat_id_index {
    struct oat_section_view view;
    uint64_t entries_at; /* in it */
    uint32_t count;
    uint8_t bucket_bits;
    uint8_t row_bits;
    uint8_t tag_bits;
    uint8_t run_bits;
};

/* Checks that a view is an index over `rows` rows; in constant time, so what is in the buckets is checked
 * when it is looked up. OAT_OK or OAT_E_CORRUPT with *ret_what (NULL: the listener of the view was told). */
int oat_id_index_open(const struct oat_section_view *view, uint32_t rows, struct oat_id_index *ret,
                      const char **ret_what);

/* A lookup that is under way. */
struct oat_id_lookup {
    const struct oat_id_index *index;
    uint32_t entry; /* next one */
    uint32_t end;   /* behind the last of the bucket */
    uint32_t tag;
    uint64_t behind; /* the runs that were given */
};

/* Begins to look for the rows of the ids with a hash; in a damaged bucket there are none. */
struct oat_id_lookup oat_id_index_find(const struct oat_id_index *index, uint64_t hash);

/* Has read what oat_id_index_find, and the first oat_id_lookup_next, will read: of several lookups that
 * are begun one after the other, none waits for memory alone. */
void oat_id_index_prefetch(const struct oat_id_index *index, uint64_t hash);
void oat_id_lookup_prefetch(const struct oat_id_lookup *lookup);

/* The next rows [*ret_first, *ret_first + *ret_count), below the count, of which one may have the id; the
 * caller compares. With 4 bits a tag, one or two runs a lookup are given in vain. False: no more. */
bool oat_id_lookup_next(struct oat_id_lookup *lookup, uint32_t *ret_first, uint32_t *ret_count);

#endif
