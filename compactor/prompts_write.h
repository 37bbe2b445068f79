/* Writes PROMPTS, which daemons alone change: not the compactor, so LOCK is not asked for. */
#ifndef OAT_COMPACTOR_PROMPTS_WRITE_H
#define OAT_COMPACTOR_PROMPTS_WRITE_H

#include "reader/prompts.h"
#include "reader/store.h"

/* Takes the right to change PROMPTS, waiting for others: read it only then. *ret_fd holds it until it is
 * closed with oat_prompts_unlock. OAT_OK, OAT_E_IO (errno). */
int oat_prompts_lock(const struct oat_store *store, int *ret_fd);
void oat_prompts_unlock(int fd);

/* Replaces PROMPTS, as a whole and durably: after a crash there are either the old ones or the new ones. The
 * lock is held. OAT_OK, OAT_E_NOMEM, OAT_E_IO, OAT_E_FULL (errno). */
int oat_prompts_write(const struct oat_store *store, const struct oat_prompts *prompts, uint64_t now_ns);

#endif
