/* Mounting: a day that was copied away comes back. */
#ifndef OAT_COMPACTOR_MOUNT_H
#define OAT_COMPACTOR_MOUNT_H

#include "compactor/run.h"

/* Takes in the parts and packs of a folder: each is copied, checked whole, and written anew as a part of
 * the live set, so that its traces are joined with what is there, and tombstones and forgotten content are
 * applied. Days of any store may be mounted; the folder stays as it is. A dry run checks the headers only.
 * OAT_E_INVALID: no parts in it. OAT_E_CORRUPT, OAT_E_UNSUPPORTED: one of them is not good; nothing of the
 * folder is mounted. */
int oat_mount(struct oat_run *run, const char *path);

#endif
