/* Keeping a snapshot while it is what a new one would be. */
#include "reader/snapshot.h"

#define TEXTS_MAX_BYTES (64u << 20) /* one that has kept more is taken anew, which forgets them */

/* What could not be read may be read now. */
static bool has_unread(struct oat_problems *problems)
{
    for (size_t i = 0; i < oat_problems_count(problems); i++)
        if (oat_problems_get(problems, i)->kind == OAT_PROBLEM_IO)
            return true;
    return false;
}

/* hot/ is looked at first: if MANIFEST is the same behind that, it was the same meanwhile. */
static int is_current(const struct oat_snapshot *s, bool *ret_current)
{
    struct oat_manifest manifest = {0};
    struct oat_problems problems;
    bool current = false;
    if (s->sources->strings.bytes > TEXTS_MAX_BYTES || has_unread(&s->sources->problems) ||
        oat_snapshot_has_fault(s, NULL)) {
        *ret_current = false;
        return OAT_OK;
    }
    int result = oat_sources_are_current(s->sources, &s->manifest, &current);
    if (result == OAT_OK && current) {
        oat_problems_init(&problems);
        result = oat_manifest_read(s->sources->store_fd, &problems, &manifest);
        current = result == OAT_OK && manifest.generation == s->manifest.generation;
        oat_manifest_clear(&manifest);
        oat_problems_clear(&problems);
    }
    *ret_current = current;
    return result == OAT_E_NOMEM ? result : OAT_OK; /* what cannot be read a new one finds out */
}

int oat_snapshot_refresh(oat_store *store, oat_snapshot **snapshot)
{
    oat_snapshot *fresh;
    bool current = false;
    int result = *snapshot ? is_current(*snapshot, &current) : OAT_OK;
    if (result != OAT_OK || current)
        return result;
    result = oat_snapshot_take(store, &fresh);
    if (result != OAT_OK)
        return result;
    oat_snapshot_free(*snapshot);
    *snapshot = fresh;
    return OAT_OK;
}
