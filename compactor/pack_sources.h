/* What payloads are made of, wherever they lie: entries of a pair's .blobs and payloads of an older pack
 * read alike. A place is an entry's offset in the one, a payload's or a chunk's number in the other. Used
 * by one thread at a time. */
#ifndef OAT_COMPACTOR_PACK_SOURCES_H
#define OAT_COMPACTOR_PACK_SOURCES_H

#include "format/buffer.h"
#include "format/schema.h"
#include "reader/pack.h"
#include "reader/sources.h"

#define OAT_PACK_SOURCES_OPEN 16u /* sources kept open; each holds some 2 MiB of decoded groups */

/* What stands at a place. */
struct oat_source_item {
    enum oat_payload_kind kind; /* NOTHING: lost */
    uint64_t raw_len;
    uint64_t chunk;  /* CHUNK: its place */
    uint8_t id4[4];  /* of an entry */
    uint8_t media;   /* of a payload of a pack; of an entry 0 */
    uint8_t flags;   /* likewise; OAT_REF_* */
    bool from_entry; /* of a pair */
};

/* One source. */
struct oat_source_reader {
    uint32_t source;
    bool is_open;
    uint64_t clock;
    const struct oat_forgotten *forgotten; /* borrowed; what reads as a marker */
    oat_chunks *chunks;                    /* of a pair; NULL: it has no .blobs */
    struct oat_pack *pack;
    struct oat_pack_decoder *decoder; /* of a part; NULL: it has no pack */
    /* The recipe being read: */
    uint64_t offset;       /* of the entry */
    struct oat_buffer ops; /* of the entry: a copy, because chunks are read through the same window */
    size_t pos;
    struct oat_pack_recipe recipe; /* of the pack */
};

struct oat_pack_sources {
    struct oat_sources *sources; /* borrowed */
    struct oat_source_reader readers[OAT_PACK_SOURCES_OPEN];
    uint64_t clock;
};

void oat_pack_sources_clear(struct oat_pack_sources *set);

/* The reader of a source; borrowed until the next call. NULL: out of memory. */
struct oat_source_reader *oat_pack_sources_use(struct oat_pack_sources *set, uint32_t source);

/* Says what stands at a place; a recipe is then read by oat_source_next. Results of these three: OAT_OK;
 * OAT_E_CORRUPT (of a pair: not reported); OAT_E_NOMEM; OAT_E_IO (errno). */
int oat_source_item(struct oat_source_reader *reader, uint64_t place, struct oat_source_item *ret);

/* The next operation of the recipe; ret->offset is the place of a chunk, or of a base. OAT_NOTFOUND at
 * the end. ret->literal is borrowed until the next oat_source_item. */
int oat_source_next(struct oat_source_reader *reader, struct oat_recipe_step *ret);

/* The bytes of a chunk, checked; borrowed until the reader is used again. *ret_forgotten: they are a marker.
 */
int oat_source_chunk(struct oat_source_reader *reader, uint64_t place, const uint8_t **ret_bytes,
                     size_t *ret_len, bool *ret_forgotten);

#endif
