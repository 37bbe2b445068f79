/* What requests see of the store: a snapshot that they share, refreshed when it is older than
 * OAT_VIEW_AGE_MS at the next request. A store that does not exist yet is an empty one; it is looked
 * for again each time.
 *
 * A request takes a lease before it reads and returns it after: what it sees stays as it is meanwhile.
 * A snapshot is refreshed when no lease is out, for which new ones wait OAT_VIEW_DRAIN_MS at most; when
 * a long request keeps its lease, another snapshot is taken beside it, and the old one goes with its
 * last lease. */
#ifndef OAT_HTTPD_VIEW_H
#define OAT_HTTPD_VIEW_H

#include "oat/reader.h"

#define OAT_VIEW_AGE_MS   250
#define OAT_VIEW_DRAIN_MS 20

struct oat_view;

/* dir is borrowed. Opens nothing yet. OAT_OK, OAT_E_NOMEM. */
int oat_view_open(const char *dir, struct oat_view **ret);
/* All leases are returned. Takes NULL. */
void oat_view_close(struct oat_view *view);

struct oat_lease {
    const oat_snapshot *snapshot; /* NULL: no store yet */
    const oat_store *store;       /* likewise */
    const oat_stop *stop; /* ends queries for whom nobody waits; set by who took the lease; NULL: none */
    void *generation;
};

/* OAT_OK, also without a store; else why the store or a snapshot of it cannot be opened, with *ret_why
 * telling it to people. Any thread. */
int oat_view_lease(struct oat_view *view, struct oat_lease *ret, char ret_why[OAT_PROBLEM_TEXT_SIZE]);
void oat_view_return(struct oat_view *view, const struct oat_lease *lease);

/* True when a mapped file could not be read, so that what was read of it may be wrong: *ret says which file;
 * static storage. The next lease is of another snapshot. */
bool oat_lease_has_fault(const struct oat_lease *lease, oat_problem *ret);

/* Traces in it; 0 without a store. */
uint64_t oat_lease_trace_count(const struct oat_lease *lease);

/* Threads that a query which looks at every span of it is worth: as many as there are processors, but not for
 * a few spans. */
unsigned oat_lease_threads(const struct oat_lease *lease);

/* Makes the snapshot count as old: the next lease refreshes it. For what has just been written to be
 * seen at once. Any thread. */
void oat_view_expire(struct oat_view *view);

#endif
