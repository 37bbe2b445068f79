/* Building parts and packs: rows of pairs and of older parts in, files of days out. */
#ifndef OAT_COMPACTOR_BUILD_H
#define OAT_COMPACTOR_BUILD_H

#include "reader/manifest.h"
#include "reader/sources.h"

struct oat_build_input {
    int store_fd;
    const struct oat_disk_store *store;
    struct oat_sources
        *sources;           /* the pairs to take, and as its parts the older parts to merge; nothing else */
    struct oat_part **live; /* parts that stay: asked for traces that continue */
    size_t live_count;
    const struct oat_catalog *catalog; /* tombstones, forgotten content; may be NULL */
    uint64_t first_generation;         /* names of the new files: this one and the next ones */
    uint64_t now_ns;
    uint64_t memory_bytes; /* of anonymous memory, about */
    unsigned threads;
    void (*progress)(void *arg, uint64_t done, uint64_t total); /* rows; may be NULL */
    void *progress_arg;
};

struct oat_build_output {
    struct oat_manifest_part *parts; /* written and synced, not yet published; caller frees */
    size_t part_count;
    uint64_t spans, traces, replacements, raw_payload_bytes, unique_bytes, stored_bytes;
};

/* Writes days/<date>/<generation>.part and .pack for every day that has rows. OAT_OK, OAT_E_NOMEM,
 * OAT_E_IO (errno). On failure what was written is removed. Damage in the input is in
 * sources->problems: what cannot be read is left out, as a reader would. */
int oat_build_parts(const struct oat_build_input *input, struct oat_build_output *ret);

#endif
