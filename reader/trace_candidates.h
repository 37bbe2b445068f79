/* The traces of a scan that a list may show. */
#ifndef OAT_READER_TRACE_CANDIDATES_H
#define OAT_READER_TRACE_CANDIDATES_H

#include "reader/trace_rank.h"

/* A list in the making. */
struct oat_listing {
    const struct oat_snapshot *snapshot;
    const oat_trace_query *query;
    struct oat_scan scan;
    struct oat_ranking ranking;
    uint64_t total; /* traces that the query has, listed or not */
    bool has_after;
    struct oat_ranked after; /* what the cursor names: only what comes behind it is listed */
};

/* Takes in the traces of a source of the scan. OAT_OK, OAT_E_NOMEM, OAT_E_STALE, OAT_E_STOPPED. */
int oat_listing_meet(struct oat_listing *listing, uint32_t source);

#endif
