/* What a query answers, found out row by row in the plainest way. */
#ifndef OAT_TESTS_QUERY_NAIVE_H
#define OAT_TESTS_QUERY_NAIVE_H

#include "tests/support/query_rows.h"

/* Rows that a query selects, of all sources. */
struct oat_naive_row {
    const struct oat_row_source *source;
    const struct oat_test_row *row;
};

struct oat_naive {
    const struct oat_query_plan *plan;
    struct oat_naive_row *rows;
    size_t row_count;
};

/* passes: the query's filter as a function; NULL: every row. Free it with oat_naive_free. */
struct oat_naive oat_naive_select(const struct oat_query_plan *plan, const struct oat_query_rows *rows,
                                  bool (*passes)(const struct oat_naive_row *row));
void oat_naive_free(struct oat_naive *naive);

/* Fails the test unless the answer is what the rows say: every group, value, total, order, limit. */
void oat_naive_check(const struct oat_naive *naive, const oat_query_result *result);

/* Fails the test unless both are the same, bit by bit. */
void oat_naive_check_same(const oat_query_result *a, const oat_query_result *b);

#endif
