/* Adding to a snapshot what was collected of hot pairs. */
#ifndef OAT_READER_SNAPSHOT_ADD_H
#define OAT_READER_SNAPSHOT_ADD_H

#include "reader/snapshot.h"

/* Hides the traces that are deleted, takes over what parts have of the traces that are new to the snapshot,
 * and adds all that to its loose traces. Rows and marks of *collected are used up. OAT_OK, OAT_E_NOMEM,
 * OAT_E_STALE; on failure the snapshot may have a part of it. Nobody else may be reading. */
int oat_snapshot_add(struct oat_snapshot *snapshot, struct oat_rows *collected);

#endif
