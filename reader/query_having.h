/* "count > 10 and p95:duration_ms > 2s": which rows of a result are shown. */
#ifndef OAT_READER_QUERY_HAVING_H
#define OAT_READER_QUERY_HAVING_H

#include "reader/query_plan.h"

/* Parses comparisons of the plan's columns with numbers into its conditions; empty text has none. OAT_OK,
 * OAT_E_NOMEM, or OAT_E_INVALID with the source's error. */
int oat_query_having_parse(struct oat_query_plan *plan, const struct oat_filter_source *source);

/* Does a value, null or not, pass? */
bool oat_query_condition_holds(const struct oat_query_condition *condition, const oat_query_value *value);

#endif
