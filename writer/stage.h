/* New entries on their way into the file: collected, laid out behind one another, written with one
 * pwrite. */
#ifndef OAT_WRITER_STAGE_H
#define OAT_WRITER_STAGE_H

#include "format/entry.h"
#include "writer/blob_file.h"
#include "writer/group.h"
#include "writer/recipe_builder.h"

#define OAT_STAGE_CHUNKS 1024u      /* chunks a batch */
#define OAT_STAGE_BYTES  (1u << 20) /* stored bytes after which a batch is full */

struct oat_staged {
    oat_content_id id;
    enum oat_entry_kind kind;
    bool group_first;
    uint32_t raw_len;
    uint32_t stored_len;
    size_t stored_at; /* in stage.bytes */
};

struct oat_stage {
    struct oat_staged chunk[OAT_STAGE_CHUNKS];
    uint64_t offset[OAT_STAGE_CHUNKS];    /* in the file, once written */
    uint16_t index[OAT_STAGE_CHUNKS * 2]; /* hash table of the ids: chunk number + 1 */
    uint32_t count;
    uint8_t *bytes; /* stored bytes of all chunks */
    size_t used;
    size_t room;
    uint8_t *out; /* entries as they go into the file; behind them room for a recipe's operations */
    size_t out_room;
    uint64_t group_last; /* offset of the group's last committed block */
};

/* NULL when out of memory. Plain memory: no buffers yet. */
struct oat_stage *oat_stage_new(void);
void oat_stage_free(struct oat_stage *stage);

/* The staged chunk of this id, or -1. */
int oat_stage_find(const struct oat_stage *stage, const oat_content_id *id);

bool oat_stage_is_full(const struct oat_stage *stage);

/* Compresses a chunk (1 .. OAT_CHUNK_MAX bytes) and stages it under its id. Returns its number, or
 * OAT_E_NOMEM. Not when the stage is full. */
int oat_stage_add(struct oat_stage *stage, oat_group *group, const oat_content_id *id, const void *raw,
                  size_t len, bool alone);

/* Writes what is staged, and the recipe behind it unless plan is NULL (raw_len, id: of the whole
 * payload), as one run of entries; then the chunks and the recipe are in file->chunks. The stage is
 * empty afterwards; chunk offsets are in stage->offset, that of the recipe in *ret_recipe.
 * OAT_OK, OAT_E_FULL, OAT_E_IO (errno), OAT_E_LIMIT, OAT_E_NOMEM. */
int oat_stage_write(struct oat_stage *stage, oat_blob_file *file, oat_blob_inflight *inflight,
                    const struct oat_recipe_plan *plan, const oat_content_id *id, uint64_t raw_len,
                    uint64_t *ret_recipe);

/* Forgets what is staged. */
void oat_stage_clear(struct oat_stage *stage);

/* Gives back what only an unusually large payload needed. */
void oat_stage_shrink(struct oat_stage *stage);

/* Values of file->chunks: an entry's offset, with bit 0 set for a recipe. */
#define OAT_CHUNKS_RECIPE UINT64_C(1)

#endif
