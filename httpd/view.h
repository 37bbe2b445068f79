/* What the requests see of the store: a snapshot, refreshed when it is older than OAT_VIEW_AGE_MS at
 * the next request. A store that does not exist yet is an empty one; it is looked for again each
 * time. Used by the loop thread alone: a snapshot lives until the next oat_view_refresh. */
#ifndef OAT_HTTPD_VIEW_H
#define OAT_HTTPD_VIEW_H

#include "oat/reader.h"

#define OAT_VIEW_AGE_MS 250

struct oat_view {
    const char *dir; /* borrowed */
    oat_store *store;
    oat_snapshot *snapshot; /* NULL: no store yet */
    uint64_t taken_ns;      /* or found to be current; CLOCK_MONOTONIC */
    char why[OAT_PROBLEM_TEXT_SIZE];
};

/* OAT_OK, also without a store; else why the store or a snapshot of it cannot be opened, with view->why
 * telling it to people: a snapshot that was there before stays. */
int oat_view_refresh(struct oat_view *view);
void oat_view_close(struct oat_view *view);

/* True when a mapped file could not be read, so that what was read of the view may be wrong: *ret says which
 * file; static storage. The next oat_view_refresh looks anew. */
bool oat_view_has_fault(const struct oat_view *view, oat_problem *ret);

/* Traces in the view; 0 without a store. */
uint64_t oat_view_trace_count(const struct oat_view *view);

#endif
