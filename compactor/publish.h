/* Publication: a change of the live set is one rename of MANIFEST. Whoever publishes holds LOCK. */
#ifndef OAT_COMPACTOR_PUBLISH_H
#define OAT_COMPACTOR_PUBLISH_H

#include "compactor/catalog_write.h"

/* What changes. Arrays are borrowed. */
struct oat_change {
    const struct oat_manifest_part *added; /* written, synced and named; their folders are not synced yet */
    size_t added_count;
    const struct oat_manifest_retired *retired; /* live parts that go */
    size_t retired_count;
    const struct oat_manifest_pair *consumed; /* pairs whose rows are all in parts now */
    size_t consumed_count;
    struct oat_catalog_file catalog; /* generation 0: the catalog stays what it is */
};

/* Makes a change durable: syncs folders, writes MANIFEST of this generation (greater than all others),
 * syncs the store. Readers see all of the change or nothing, also after a crash. *manifest, the live set,
 * becomes the new one. OAT_OK, OAT_E_NOMEM, OAT_E_IO, OAT_E_FULL (errno); *manifest then is as it was,
 * and what is on disk is either: nothing may be removed before MANIFEST has been read and synced again
 * (oat_sweep). */
int oat_publish(int store_fd, const struct oat_disk_store *store, struct oat_manifest *manifest,
                const struct oat_change *change, uint64_t generation, uint64_t now_ns);

#endif
