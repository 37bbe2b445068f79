/* Building parts and packs: rows of pairs and of older parts in, files of days out. */
#ifndef OAT_COMPACTOR_BUILD_H
#define OAT_COMPACTOR_BUILD_H

#include "compactor/keys.h"
#include "pricing/price_table.h"
#include "reader/manifest.h"
#include "reader/sources.h"

struct oat_build_input {
    int store_fd;
    const struct oat_disk_store *store;
    /* The pairs to take, and as its parts the older parts to merge; nothing else. opens_count of a pair is as
     * all pairs of the store have it. */
    struct oat_sources *sources;
    struct oat_part **live; /* parts that stay: asked for traces that continue */
    size_t live_count;
    const struct oat_catalog *catalog;    /* tombstones, forgotten content; may be NULL */
    const struct oat_price_table *prices; /* spans are priced anew by these (reprice.h); NULL: costs stay */
    struct oat_pair_keys *keys;           /* of the pairs; NULL: pairs and parts are read */
    uint64_t first_generation;            /* names of the new files: this one and the next ones */
    uint64_t now_ns;
    uint64_t memory_bytes; /* of anonymous memory, about; a trace must fit in besides */
    unsigned threads;
    void (*progress)(void *arg, uint64_t done, uint64_t total); /* rows, now and then; may be NULL */
    void *progress_arg;
};

struct oat_build_output {
    struct oat_manifest_part *parts; /* written and synced, not yet published; caller frees */
    size_t part_count;
    uint64_t spans, traces, replacements, raw_payload_bytes, unique_bytes, stored_bytes;
};

/* The share of the memory of a build that keys may hold in one of their two orders. */
#define OAT_BUILD_KEYS_SHARE 4u

/* Writes days/<date>/<generation>.part and .pack for every day that has rows; a day gets several where one
 * would need too much memory. Spans of a trace that other parts have too, live or written here, are marked
 * for readers (CONTINUED). OAT_OK, OAT_E_NOMEM, OAT_E_IO, OAT_E_FULL (errno), OAT_E_LIMIT. On failure what
 * was written is removed. Damage in the input is in sources->problems: what cannot be read is left out, as a
 * reader would. So is what could not be read for now (OAT_PROBLEM_IO): then the caller must not publish. */
int oat_build_parts(const struct oat_build_input *input, struct oat_build_output *ret);

#endif
