/* Removes what is not live any more. Whoever sweeps holds LOCK. */
#ifndef OAT_COMPACTOR_SWEEP_H
#define OAT_COMPACTOR_SWEEP_H

#include "reader/manifest.h"

/* Removes the pairs and files that MANIFEST lists for it, and what a run that died left behind: files in
 * the making, and parts, packs and catalogs newer than MANIFEST, which nobody has ever seen. Anything
 * else stays: a day that somebody copied into days/ is theirs to mount.
 *
 * manifest is what MANIFEST says now; it is made durable first, so that nothing goes that an older
 * MANIFEST needs. When all has been removed durably, its lists of consumed pairs and retired files are
 * emptied: the next publication drops them. OAT_OK, OAT_E_IO (errno): something may be left, which the
 * next sweep removes; OAT_E_NOMEM. */
int oat_sweep(int store_fd, struct oat_manifest *manifest);

/* The same without looking at the days that MANIFEST lists nothing of, where only a run that died can have
 * left something: for a run that has swept at its beginning. */
int oat_sweep_retired(int store_fd, struct oat_manifest *manifest);

/* The greatest generation among the names of parts, packs and catalogs, live or not; 0: there are none. */
int oat_sweep_greatest(int store_fd, uint64_t *ret_generation);

#endif
