/* Writes MANIFEST. */
#ifndef OAT_COMPACTOR_MANIFEST_WRITE_H
#define OAT_COMPACTOR_MANIFEST_WRITE_H

#include "format/identity.h"
#include "reader/manifest.h"

/* Writes MANIFEST as given, generation included, and puts it in place of the old one. It is synced before
 * it gets its name; the name is durable when store_fd has been synced, which is the caller's. OAT_OK,
 * OAT_E_NOMEM, OAT_E_IO, OAT_E_FULL (errno): there is no telling then which of the two is in place. */
int oat_manifest_write(int store_fd, const struct oat_disk_store *store, const struct oat_manifest *manifest,
                       uint64_t now_ns);

#endif
