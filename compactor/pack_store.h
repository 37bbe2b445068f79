/* The pack being made: its chunks and payloads, each once. Used by one thread at a time. Failures as of
 * pack_writer.h. */
#ifndef OAT_COMPACTOR_PACK_STORE_H
#define OAT_COMPACTOR_PACK_STORE_H

#include "compactor/chunk_groups.h"
#include "compactor/number_map.h"
#include "compactor/pack_writer.h"
#include "format/buffer.h"
#include "format/pack_recipe.h"

/* Kept free before the operations of a recipe, for what is put there when the payload gets its number. */
#define OAT_PACK_RECIPE_FRONT (OAT_PACK_RECIPE_HEAD_MAX + OAT_RECIPE_OP_MAX)

struct oat_pack_store {
    const struct oat_pack_options *options; /* borrowed */
    struct oat_section_writer file;
    struct oat_chunk_groups chunks;
    struct oat_table_writer payloads;
    struct oat_spill recipes;
    struct oat_number_map numbers;                 /* of chunks and payloads by content, and by place */
    uint64_t chunk_seed, payload_seed, place_seed; /* of the map's keys */
    bool is_open;
};

/* A payload to be stored. */
struct oat_pack_item {
    enum oat_payload_kind kind;
    uint64_t raw_len;
    uint8_t media;
    uint8_t flags;                 /* OAT_REF_* without RECIPE */
    uint32_t chunk;                /* CHUNK */
    struct oat_buffer *ops;        /* RECIPE: OAT_PACK_RECIPE_FRONT free bytes, then the operations behind
                                    * BASE; the free bytes are used */
    const struct oat_number *base; /* RECIPE: NULL, or what it builds on */
    uint64_t base_len;             /* bytes taken from it */
};

/* Makes the file. On failure nothing is held. */
int oat_pack_store_open(struct oat_pack_store *store, const struct oat_pack_options *options);
/* Removes the file when it was not finished. */
void oat_pack_store_close(struct oat_pack_store *store);

/* The number of a chunk of 1 .. OAT_CHUNK_MAX bytes, which is stored when it is new. */
int oat_pack_store_chunk(struct oat_pack_store *store, const void *bytes, size_t len, struct oat_number *ret);

/* The number of a payload, which is stored when it is new. */
int oat_pack_store_payload(struct oat_pack_store *store, const struct oat_pack_item *item,
                           struct oat_number *ret);

/* Writes what is left. */
int oat_pack_store_finish(struct oat_pack_store *store, struct oat_pack_figures *ret);

#endif
