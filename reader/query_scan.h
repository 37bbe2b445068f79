/* Reads the rows that a query selects, on one or several threads, and folds them into groups. */
#ifndef OAT_READER_QUERY_SCAN_H
#define OAT_READER_QUERY_SCAN_H

#include "reader/query_fold.h"
#include "reader/query_groups.h"

/* Sources that have no row in common; all rows of a trace are in one, next to each other. */
struct oat_query_sources {
    void *arg;
    size_t count;
    /* Opens one for one thread, which frees it with ops->free. Any thread. OAT_OK or a failure. */
    int (*open)(void *arg, size_t index, struct oat_source **ret);
};

struct oat_query_table {
    struct oat_query_groups groups;
    struct oat_query_fold fold; /* of every group */
    uint64_t span_count;        /* rows in them */
};

/* plan and budget must outlive the table; free it with oat_query_table_free. OAT_OK, OAT_E_NOMEM,
 * OAT_E_LIMIT (the budget), or what a source returned. */
int oat_query_scan(const struct oat_query_plan *plan, const struct oat_query_sources *sources,
                   struct oat_budget *budget, struct oat_query_table *ret);
void oat_query_table_free(struct oat_query_table *table);

#endif
