#include "reader/query_plan.h"

#include "format/utf8.h"
#include "reader/query_having.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 40u /* bytes of a wrong name that messages repeat */

/* ---- Errors ------------------------------------------------------------------------------------- */

/* A text of the query, whose errors are said of that part. */
static struct oat_filter_source source_of(oat_text text, enum oat_query_part part, size_t index,
                                          oat_span_query_error *error)
{
    error->part = part;
    error->index = index;
    return (struct oat_filter_source){text.bytes ? text.bytes : "", text.len, &error->text};
}

int oat_query_plan_no_column(const struct oat_query_plan *plan, const struct oat_filter_source *source,
                             size_t at, size_t len)
{
    char *message = source->error->message;
    size_t shown = oat_utf8_valid_prefix(source->text + at, len < SHOWN_MAX ? len : SHOWN_MAX);
    oat_filter_fail(source, at, len, "no column %.*s; there are", (int)shown, source->text + at);
    for (unsigned i = 0; i < plan->key_count + plan->aggregate_count; i++) {
        size_t used = strlen(message), left = sizeof source->error->message - used;
        if (strlen(plan->names[i]) + sizeof ", " <= left)
            snprintf(message + used, left, "%s%s", i == 0 ? " " : ", ", plan->names[i]);
    }
    return OAT_E_INVALID;
}

/* ---- Columns ------------------------------------------------------------------------------------ */

/* name: taken over; NULL: out of memory. *ret_again: there is a column of that name already. */
static int add_column(struct oat_query_plan *plan, char *name, oat_query_column column, bool *ret_again)
{
    unsigned count = plan->key_count + plan->aggregate_count;
    if (!name)
        return OAT_E_NOMEM;
    *ret_again = false;
    for (unsigned i = 0; i < count; i++)
        *ret_again = *ret_again || strcmp(plan->names[i], name) == 0;
    plan->names[count] = name;
    plan->columns[count] = column;
    plan->columns[count].name = name;
    return OAT_OK;
}

static int add_key(struct oat_query_plan *plan, const struct oat_query_key *key, bool *ret_again)
{
    int result = add_column(plan, oat_query_key_name(key), oat_query_key_column(key), ret_again);
    if (result != OAT_OK)
        return result;
    struct oat_query_key *added = &plan->keys[plan->key_count++];
    *added = *key;
    if (key->bucket_ns > 0 && (!plan->bucket || key->bucket_ns < plan->bucket->bucket_ns))
        plan->bucket = added;
    return OAT_OK;
}

static int add_keys(struct oat_query_plan *plan, oat_span_query_error *error)
{
    const oat_span_query *query = plan->query;
    struct oat_query_key key = {.bucket_ns = query->every_ns, .bucket_name = "time"};
    bool again;
    int result = OAT_OK;
    key.field = oat_field_find("start_time", strlen("start_time"), &key.attribute);
    if (query->every_ns > 0)
        result = add_key(plan, &key, &again);
    for (size_t i = 0; i < query->group_by_count && result == OAT_OK; i++) {
        struct oat_filter_source source = source_of(query->group_by[i], OAT_QUERY_OF_GROUP_BY, i, error);
        if (i == OAT_QUERY_GROUPS_MAX)
            return oat_filter_fail(&source, 0, source.len, "at most %u columns can be grouped by",
                                   OAT_QUERY_GROUPS_MAX);
        result = oat_query_key_parse(&source, &key);
        if (result == OAT_OK)
            result = add_key(plan, &key, &again);
        if (result == OAT_OK && again)
            result = oat_filter_fail(&source, 0, source.len, "it is grouped by already");
    }
    return result;
}

/* The measure that the aggregate is made from; a new one when there is none yet. */
static unsigned measure_of(struct oat_query_plan *plan, const struct oat_aggregate *aggregate)
{
    bool adds = aggregate->kind == OAT_AGGREGATE_SUM || aggregate->kind == OAT_AGGREGATE_AVG ||
                aggregate->kind == OAT_AGGREGATE_TRACES;
    bool counted = adds && !aggregate->all && oat_query_is_usage(aggregate->field);
    unsigned at = 0;
    while (at < plan->measure_count &&
           (plan->measures[at].field != aggregate->field || plan->measures[at].counted != counted))
        at++;
    struct oat_measure *measure = &plan->measures[at];
    if (at == plan->measure_count)
        plan->measure_count++;
    measure->field = aggregate->field;
    measure->counted = counted;
    measure->asked = measure->asked || aggregate->kind != OAT_AGGREGATE_TRACES;
    measure->sum = measure->sum || adds;
    measure->sketch = measure->sketch || aggregate->kind == OAT_AGGREGATE_QUANTILE;
    measure->extremes = measure->extremes || (!adds && aggregate->kind != OAT_AGGREGATE_QUANTILE);
    return at;
}

static int add_aggregate(struct oat_query_plan *plan, const struct oat_filter_source *source)
{
    struct oat_aggregate aggregate;
    bool again;
    int result = oat_query_aggregate_parse(source, &aggregate);
    if (result == OAT_OK && aggregate.kind == OAT_AGGREGATE_RATE && !plan->bucket &&
        (plan->query->from_ns == 0 || plan->query->to_ns == 0))
        return oat_filter_fail(source, 0, source->len,
                               "a rate needs a time: from and to, or groups by time, hour or day");
    if (result == OAT_OK)
        result = add_column(plan, oat_query_aggregate_name(&aggregate),
                            oat_query_aggregate_column(&aggregate), &again);
    if (result != OAT_OK)
        return result;
    if (aggregate.kind == OAT_AGGREGATE_TRACES) /* the values of a field that every trace has are counted */
        aggregate.field = oat_field_find("span_count", strlen("span_count"), &(oat_text){0});
    if (aggregate.field) {
        aggregate.measure = measure_of(plan, &aggregate);
        plan->of_trace = plan->of_trace || aggregate.field->of_trace;
    }
    plan->errors = plan->errors || aggregate.kind == OAT_AGGREGATE_ERROR_RATE;
    plan->aggregates[plan->aggregate_count++] = aggregate;
    return again ? oat_filter_fail(source, 0, source->len, "it is computed already") : OAT_OK;
}

static int add_aggregates(struct oat_query_plan *plan, oat_span_query_error *error)
{
    const oat_span_query *query = plan->query;
    const oat_text count = {"count", strlen("count")};
    struct oat_filter_source source = source_of(count, OAT_QUERY_OF_AGGREGATES, 0, error);
    int result = OAT_OK;
    if (query->aggregate_count == 0)
        return add_aggregate(plan, &source);
    for (size_t i = 0; i < query->aggregate_count && result == OAT_OK; i++) {
        source = source_of(query->aggregates[i], OAT_QUERY_OF_AGGREGATES, i, error);
        if (i == OAT_QUERY_AGGREGATES_MAX)
            return oat_filter_fail(&source, 0, source.len, "at most %u aggregates can be computed at once",
                                   OAT_QUERY_AGGREGATES_MAX);
        result = add_aggregate(plan, &source);
    }
    return result;
}

/* The full name of a column, however it is written. NULL: it is none, or out of memory. */
static char *full_name(oat_text name)
{
    oat_filter_error ignored;
    struct oat_filter_source source = {name.bytes, name.len, &ignored};
    struct oat_query_key key;
    struct oat_aggregate aggregate;
    if (oat_query_key_parse(&source, &key) == OAT_OK)
        return oat_query_key_name(&key);
    return oat_query_aggregate_parse(&source, &aggregate) == OAT_OK ? oat_query_aggregate_name(&aggregate)
                                                                    : NULL;
}

bool oat_query_plan_find(const struct oat_query_plan *plan, oat_text name, unsigned *ret)
{
    char *full = name.len == strlen("time") && memcmp(name.bytes, "time", name.len) == 0 ? strdup("time")
                                                                                         : full_name(name);
    unsigned count = plan->key_count + plan->aggregate_count, at = 0;
    while (full && at < count && strcmp(plan->names[at], full) != 0)
        at++;
    bool found = full && at < count;
    if (found)
        *ret = at;
    free(full);
    return found;
}

/* ---- Order -------------------------------------------------------------------------------------- */

static void add_order(struct oat_query_plan *plan, unsigned column, bool descending)
{
    plan->orders[plan->order_count++] = (struct oat_query_order){column, descending};
}

/* By time, then by the first aggregate, the greatest first. */
static void order_by_default(struct oat_query_plan *plan)
{
    for (unsigned i = 0; i < plan->key_count; i++)
        if (plan->keys[i].bucket_ns > 0)
            add_order(plan, i, false);
    add_order(plan, plan->key_count, true);
}

static int add_orders(struct oat_query_plan *plan, oat_span_query_error *error)
{
    const oat_span_query *query = plan->query;
    for (size_t i = 0; i < query->sort_count; i++) {
        struct oat_filter_source source = source_of(query->sort[i], OAT_QUERY_OF_SORT, i, error);
        bool descending = source.len > 0 && source.text[0] == '-';
        unsigned column;
        if (i == OAT_QUERY_SORTS_MAX)
            return oat_filter_fail(&source, 0, source.len, "at most %u columns can be sorted by",
                                   OAT_QUERY_SORTS_MAX);
        if (!oat_query_plan_find(plan, (oat_text){source.text + descending, source.len - descending},
                                 &column))
            return oat_query_plan_no_column(plan, &source, descending, source.len - descending);
        add_order(plan, column, descending);
    }
    if (query->sort_count == 0)
        order_by_default(plan);
    for (unsigned i = 0; i < plan->key_count; i++)
        add_order(plan, i, false); /* so that the order does not depend on threads */
    return OAT_OK;
}

/* ---- The whole ---------------------------------------------------------------------------------- */

static int set_window(struct oat_query_plan *plan, oat_span_query_error *error)
{
    const oat_span_query *query = plan->query;
    plan->from_ns = query->from_ns;
    plan->to_ns = query->to_ns && query->to_ns < INT64_MAX ? query->to_ns : INT64_MAX;
    plan->windowed = query->from_ns > 0 || query->to_ns > 0;
    if (plan->from_ns < plan->to_ns)
        return OAT_OK;
    struct oat_filter_source source = source_of((oat_text){0}, OAT_QUERY_OF_WINDOW, 0, error);
    return oat_filter_fail(&source, 0, 0, "the time ends before it begins");
}

int oat_query_plan_make(const oat_span_query *query, struct oat_query_plan *ret, oat_span_query_error *error)
{
    *ret = (struct oat_query_plan){.query = query};
    *error = (oat_span_query_error){0};
    int result = set_window(ret, error);
    if (result == OAT_OK)
        result = add_keys(ret, error);
    if (result == OAT_OK)
        result = add_aggregates(ret, error);
    if (result == OAT_OK) {
        struct oat_filter_source source = source_of(query->having, OAT_QUERY_OF_HAVING, 0, error);
        result = oat_query_having_parse(ret, &source);
    }
    if (result == OAT_OK)
        result = add_orders(ret, error);
    return result;
}

void oat_query_plan_free(struct oat_query_plan *plan)
{
    for (unsigned i = 0; i < OAT_QUERY_COLUMNS_MAX; i++)
        free(plan->names[i]);
    *plan = (struct oat_query_plan){0};
}
