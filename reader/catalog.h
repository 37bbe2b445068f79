/* The catalog: what outlives days. Tombstones of traces, and content that was forgotten. */
#ifndef OAT_READER_CATALOG_H
#define OAT_READER_CATALOG_H

#include "format/forgotten.h"
#include "reader/manifest.h"

/* A trace that is hidden, whenever its spans arrive, or content that is shown nowhere any more. */
struct oat_catalog_entry {
    uint8_t of[16]; /* the trace id; the content id under the store's hash seed */
    uint64_t id;    /* of the record that says so */
    uint64_t time_ns;
    oat_text reason;          /* bytes NULL: none given */
    uint64_t raw_len;         /* of forgotten content, as is the next */
    uint8_t redaction_id[16]; /* shown instead of it */
    bool erased;              /* no live part holds it; pairs may */
};

struct oat_catalog_list {
    struct oat_catalog_entry *entries; /* by `of`, then id; each of them once */
    size_t count, capacity;
};

/* Zero-initialise an empty one. Looking up is thread-safe. */
struct oat_catalog {
    struct oat_catalog_list tombstones;
    struct oat_catalog_list forgotten;
};

/* Reads the catalog that MANIFEST names; without one it is empty. OAT_OK; OAT_NOTFOUND: its file is gone,
 * so MANIFEST has moved on; OAT_E_CORRUPT, OAT_E_UNSUPPORTED, OAT_E_IO: reported; OAT_E_NOMEM. *ret is
 * empty but after OAT_OK. Free with oat_catalog_clear. */
int oat_catalog_read(int store_fd, const struct oat_manifest *manifest, struct oat_problems *problems,
                     struct oat_catalog *ret);
void oat_catalog_clear(struct oat_catalog *catalog);

/* The first entry of a trace or content id, or NULL. */
const struct oat_catalog_entry *oat_catalog_find(const struct oat_catalog_list *list, const uint8_t of[16]);

/* What is forgotten, for masking: all of it, or what live parts may hold still. *ret: NULL when there is
 * none; else free it with oat_forgotten_free. OAT_OK or OAT_E_NOMEM. */
int oat_catalog_forgotten(const struct oat_catalog *catalog, uint64_t hash_seed, bool in_parts,
                          struct oat_forgotten **ret);

/* Adds an entry, whose reason is copied; call oat_catalog_sort before looking up. OAT_OK or OAT_E_NOMEM. */
int oat_catalog_add(struct oat_catalog_list *list, const struct oat_catalog_entry *entry);
/* Puts the entries in their order; of those that say the same thing the earliest stays. */
void oat_catalog_sort(struct oat_catalog_list *list);

#endif
