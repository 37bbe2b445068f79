/* The rows of a query's answer: chosen, sorted, limited. */
#ifndef OAT_READER_QUERY_RESULT_H
#define OAT_READER_QUERY_RESULT_H

#include "reader/query_scan.h"

/* Makes the answer out of a table; nothing in it borrows from the table or the plan. Free it with
 * oat_query_result_free. OAT_OK, OAT_E_NOMEM, OAT_E_LIMIT (the table's budget). */
int oat_query_result_make(const struct oat_query_plan *plan, const struct oat_query_table *table,
                          oat_query_result **ret);

#endif
