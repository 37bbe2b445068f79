/* Writes catalog/<generation>.part. */
#ifndef OAT_COMPACTOR_CATALOG_WRITE_H
#define OAT_COMPACTOR_CATALOG_WRITE_H

#include "format/identity.h"
#include "reader/catalog.h"

/* Where a catalog stands, as MANIFEST says it. */
struct oat_catalog_file {
    uint64_t generation; /* 0: none */
    uint64_t bytes;
    uint64_t nonce;
};

/* Writes and syncs it; catalog/ is made when it is missing. It becomes the live one by a publication.
 * OAT_OK, OAT_E_NOMEM, OAT_E_IO, OAT_E_FULL (errno); nothing is left of it then. */
int oat_catalog_write(int store_fd, const struct oat_disk_store *store, const struct oat_catalog *catalog,
                      uint64_t generation, uint64_t now_ns, struct oat_catalog_file *ret);

#endif
