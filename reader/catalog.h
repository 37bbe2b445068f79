/* The catalog: what outlives days. */
#ifndef OAT_READER_CATALOG_H
#define OAT_READER_CATALOG_H

#include "format/hash.h"
#include "reader/manifest.h"

struct oat_tombstone {
    uint8_t trace_id[16];
    uint64_t id, time_ns;
};

struct oat_forgotten {
    oat_content_id content_id; /* under the store's seed */
    uint64_t raw_len;
    uint64_t id, time_ns;
    uint8_t redaction_id[16];
};

struct oat_catalog {
    struct oat_tombstone *tombstones; /* by trace id */
    size_t tombstone_count;
    struct oat_forgotten *forgotten; /* by content id */
    size_t forgotten_count;
};

/* Reads the catalog that the manifest names; without one *ret is empty. OAT_OK, OAT_NOTFOUND (the file is
 * gone: the manifest was replaced), OAT_E_NOMEM, OAT_E_IO, OAT_E_CORRUPT, OAT_E_UNSUPPORTED (reported).
 * Free with oat_catalog_clear, also after a failure. */
int oat_catalog_read(int store_fd, const struct oat_manifest *manifest, struct oat_problems *problems,
                     struct oat_catalog *ret);
void oat_catalog_clear(struct oat_catalog *catalog);

#endif
