/* Answering a query about root spans from TRACES of the parts, and from SPANS only where these do not tell.
 */
#ifndef OAT_READER_QUERY_ROOTS_H
#define OAT_READER_QUERY_ROOTS_H

#include "reader/query_plan.h"
#include "reader/scan.h"

/* True when the query is about spans without a parent alone, and all that it asks about them stands in
 * TRACES. */
bool oat_query_is_of_roots(const struct oat_query_plan *plan);

/* What one source has of a part. */
struct oat_root_piece {
    struct oat_part *part;
    uint64_t *traces; /* a bit for each: those that it has; of_spans: those that it leaves out */
    bool of_spans;    /* rows of SPANS; else roots, from TRACES */
};

/* The sources of a scan for such a query. Of spans with a parent they may have any. */
struct oat_root_scan {
    const struct oat_scan *scan; /* borrowed */
    struct oat_root_piece *pieces;
    size_t piece_count;
};

/* OAT_OK, OAT_E_NOMEM. Close it after a failure, too. */
int oat_root_scan_open(const struct oat_scan *scan, struct oat_root_scan *ret);
/* Accepts a zeroed one. */
void oat_root_scan_close(struct oat_root_scan *roots);

size_t oat_root_scan_source_count(const struct oat_root_scan *roots);
/* As oat_scan_source. */
int oat_root_scan_source(const struct oat_root_scan *roots, size_t index, struct oat_source **ret);

#endif
