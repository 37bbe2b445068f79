/* Queries over sources of any kind. */
#ifndef OAT_READER_QUERY_H
#define OAT_READER_QUERY_H

#include "reader/query_scan.h"

/* As oat_query_run, over these sources; none of them has rows of a trace that another has. */
int oat_query_run_over(const struct oat_query_plan *plan, const struct oat_query_sources *sources,
                       oat_query_result **ret, oat_span_query_error *error);

#endif
