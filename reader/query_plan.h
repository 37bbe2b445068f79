/* What a query asks for, with its names resolved. */
#ifndef OAT_READER_QUERY_PLAN_H
#define OAT_READER_QUERY_PLAN_H

#include "reader/filter.h"
#include "reader/query_column.h"

#define OAT_QUERY_GROUPS_MAX     8u
#define OAT_QUERY_KEYS_MAX       (OAT_QUERY_GROUPS_MAX + 1) /* `every` adds one */
#define OAT_QUERY_AGGREGATES_MAX 32u
#define OAT_QUERY_COLUMNS_MAX    (OAT_QUERY_KEYS_MAX + OAT_QUERY_AGGREGATES_MAX)
#define OAT_QUERY_CONDITIONS_MAX 16u
#define OAT_QUERY_SORTS_MAX      16u
#define OAT_QUERY_ORDERS_MAX     (OAT_QUERY_SORTS_MAX + OAT_QUERY_KEYS_MAX)

/* Values that are collected for each group, and what is kept of them. */
struct oat_measure {
    const struct oat_field *field; /* a trace's value counts once in a group */
    bool counted;                  /* of spans whose usage counts in their trace only */
    bool asked;                    /* of a trace: its value matters; else traces are only counted */
    bool sum, extremes, sketch;
};

/* A comparison of a column's values with a number, in the column's unit. */
struct oat_query_condition {
    unsigned column;
    enum oat_filter_operator op; /* EQ .. GE */
    double value;
};

struct oat_query_order {
    unsigned column;
    bool descending;
};

struct oat_query_plan {
    const oat_span_query *query;
    uint64_t from_ns, to_ns; /* spans whose start is in [from_ns, to_ns) */
    bool windowed;           /* not all spans are */

    unsigned key_count;
    struct oat_query_key keys[OAT_QUERY_KEYS_MAX];
    const struct oat_query_key *bucket; /* the one with the shortest buckets; NULL: none has any */

    unsigned aggregate_count;
    struct oat_aggregate aggregates[OAT_QUERY_AGGREGATES_MAX];
    unsigned measure_count;
    struct oat_measure measures[OAT_QUERY_AGGREGATES_MAX];
    bool errors;   /* spans with errors are counted */
    bool of_trace; /* a measure is of traces: their rows must not be divided between threads */

    /* Of the result: the keys, then the aggregates. */
    oat_query_column columns[OAT_QUERY_COLUMNS_MAX];
    char *names[OAT_QUERY_COLUMNS_MAX]; /* theirs; owned */

    unsigned condition_count;
    struct oat_query_condition conditions[OAT_QUERY_CONDITIONS_MAX]; /* all have to hold */
    unsigned order_count;
    struct oat_query_order orders[OAT_QUERY_ORDERS_MAX]; /* every key is in it */
};

/* Resolves a query, which has to outlive the plan. The plan stays where it is made. OAT_OK, OAT_E_NOMEM, or
 * OAT_E_INVALID with *error set. Free the plan with oat_query_plan_free, after a failure too. */
int oat_query_plan_make(const oat_span_query *query, struct oat_query_plan *ret, oat_span_query_error *error);
void oat_query_plan_free(struct oat_query_plan *plan);

/* The column that a name stands for, in whatever way it is written: "p95:duration" is "p95:duration_ms".
 * False: the plan has no such column. */
bool oat_query_plan_find(const struct oat_query_plan *plan, oat_text name, unsigned *ret);

/* Says that bytes [at, at + len) of a text name no column, and which there are. Returns OAT_E_INVALID. */
int oat_query_plan_no_column(const struct oat_query_plan *plan, const struct oat_filter_source *source,
                             size_t at, size_t len);

#endif
