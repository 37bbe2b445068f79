/* Writes the chunks of a pack: in groups that are compressed together, with their tables, the index
 * by id and the text index. Memory: a few groups, and at the end 14 bytes a chunk. Used by one thread at a
 * time. Failures as of section_writer.h; OAT_E_LIMIT: more chunks than a table has rows. */
#ifndef OAT_COMPACTOR_CHUNK_GROUPS_H
#define OAT_COMPACTOR_CHUNK_GROUPS_H

#include "compactor/group_packer.h"
#include "compactor/signature_writer.h"
#include "compactor/table_writer.h"

struct oat_chunk_groups {
    struct oat_section_writer *file; /* borrowed */
    struct oat_group_packer *packer;
    struct oat_table_writer chunks, groups;
    struct oat_spill hashes; /* u64 of each id, for the index */
    struct oat_signature_writer signatures;
    uint32_t count;
    uint64_t raw_bytes, stored_bytes; /* of all chunks; of the groups that are in the file */
    uint64_t text_index_bytes;        /* once finished */
};

/* threads: as of oat_group_packer_new. On failure nothing is held. */
int oat_chunk_groups_open(struct oat_chunk_groups *groups, struct oat_section_writer *file, unsigned threads);
void oat_chunk_groups_close(struct oat_chunk_groups *groups);

/* Adds a chunk of 1 .. OAT_CHUNK_MAX bytes. id: of the bytes under the file's hash seed. *ret_number: the
 * next number, from 0. */
int oat_chunk_groups_add(struct oat_chunk_groups *groups, const oat_content_id *id, const void *bytes,
                         size_t len, uint32_t *ret_number);

/* Writes what is left, the tables and the indexes. */
int oat_chunk_groups_finish(struct oat_chunk_groups *groups);

#endif
