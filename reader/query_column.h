/* The columns of a query: what their names mean. */
#ifndef OAT_READER_QUERY_COLUMN_H
#define OAT_READER_QUERY_COLUMN_H

#include "reader/fields.h"
#include "reader/filter_error.h"

/* What rows are grouped by. */
struct oat_query_key {
    const struct oat_field *field;
    oat_text attribute;      /* its key, when the field is one; borrowed from the name */
    uint64_t bucket_ns;      /* > 0: times are rounded down to multiples of it */
    const char *bucket_name; /* "time", "hour", "day" */
};

enum oat_aggregate_kind {
    OAT_AGGREGATE_COUNT = 1,
    OAT_AGGREGATE_RATE,
    OAT_AGGREGATE_ERROR_RATE,
    OAT_AGGREGATE_TRACES, /* how many have a span in the row */
    OAT_AGGREGATE_SUM,    /* this one and those below are of a field */
    OAT_AGGREGATE_AVG,
    OAT_AGGREGATE_MIN,
    OAT_AGGREGATE_MAX,
    OAT_AGGREGATE_QUANTILE,
};

struct oat_aggregate {
    enum oat_aggregate_kind kind;
    unsigned percent;              /* QUANTILE: 1..99 */
    const struct oat_field *field; /* NULL: none */
    bool all;                      /* spans whose usage does not count in their trace, too */
    unsigned measure;              /* of the field: the plan's */
};

/* Parses "span_type", "attr.tier", "hour", "day". OAT_OK, or OAT_E_INVALID with the source's error. */
int oat_query_key_parse(const struct oat_filter_source *source, struct oat_query_key *ret);

/* Parses "count", "p95:duration_ms", "all:sum:cost". As above. */
int oat_query_aggregate_parse(const struct oat_filter_source *source, struct oat_aggregate *ret);

/* What the column is called in the result: with full names of fields. free(). NULL: out of memory. */
char *oat_query_key_name(const struct oat_query_key *key);
char *oat_query_aggregate_name(const struct oat_aggregate *aggregate);

/* Type and unit of its values; name is not set. */
oat_query_column oat_query_key_column(const struct oat_query_key *key);
oat_query_column oat_query_aggregate_column(const struct oat_aggregate *aggregate);

/* True for tokens and costs of spans: a sum of them leaves out what is counted elsewhere in the trace. */
bool oat_query_is_usage(const struct oat_field *field);

#endif
