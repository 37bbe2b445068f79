#include "reader/query_result.h"

#include "reader/query_having.h"
#include "reader/query_value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S 1e9

/* What is handed out, and what it is made of. */
struct holder {
    oat_query_result result; /* first: it is freed by its address */
    struct oat_arena arena;
    oat_query_column columns[OAT_QUERY_COLUMNS_MAX];
    oat_query_value totals[OAT_QUERY_COLUMNS_MAX];
    oat_query_value *values;
};

struct maker {
    const struct oat_query_plan *plan;
    const struct oat_query_table *table;
    struct holder *holder;
    uint32_t *groups; /* chosen; then those that are shown come first, in order */
    size_t group_count;
};

void oat_query_result_free(oat_query_result *result)
{
    struct holder *holder = (struct holder *)result;
    if (!holder)
        return;
    free(holder->values);
    oat_arena_free(&holder->arena);
    free(holder);
}

/* ---- Values ------------------------------------------------------------------------------------- */

/* Seconds from one time to another, of the part that is in the query's window. */
static double seconds_between(const struct oat_query_plan *plan, uint64_t from_ns, uint64_t to_ns)
{
    if (plan->windowed && from_ns < plan->from_ns)
        from_ns = plan->from_ns;
    if (plan->windowed && to_ns > plan->to_ns)
        to_ns = plan->to_ns;
    return (double)(to_ns - from_ns) / NS_PER_S;
}

static double seconds_of_window(const struct oat_query_plan *plan)
{
    bool bounded = plan->query->from_ns > 0 && plan->query->to_ns > 0;
    return bounded ? seconds_between(plan, plan->from_ns, plan->to_ns) : 0;
}

/* The time that a group is of: its bucket, or the window. */
static double seconds_of_group(const struct maker *m, const uint32_t *codes)
{
    const struct oat_query_key *bucket = m->plan->bucket;
    oat_query_value start;
    if (!bucket)
        return seconds_of_window(m->plan);
    size_t key = (size_t)(bucket - m->plan->keys);
    oat_query_key_value(&m->table->groups.codes[key], codes[key], NULL, &start); /* a time needs no text */
    uint64_t start_ns = (uint64_t)start.integer;
    return seconds_between(m->plan, start_ns, start_ns + bucket->bucket_ns);
}

static oat_query_value aggregate_of(const struct maker *m, unsigned aggregate, uint32_t group,
                                    const uint32_t *codes)
{
    return oat_query_aggregate_value(&m->plan->aggregates[aggregate], &m->table->fold, group,
                                     seconds_of_group(m, codes));
}

/* Rows that are shown. */
static size_t row_count(const struct maker *m)
{
    size_t limit = m->plan->query->limit;
    return limit && limit < m->group_count ? limit : m->group_count;
}

/* ---- Choosing ----------------------------------------------------------------------------------- */

static bool is_chosen(const struct maker *m, uint32_t group)
{
    uint32_t codes[OAT_QUERY_KEYS_MAX];
    if (m->table->fold.counts[group] == 0 && m->plan->key_count > 0)
        return false;
    if (m->plan->condition_count == 0)
        return true;
    oat_query_groups_codes(&m->table->groups, group, codes);
    for (unsigned i = 0; i < m->plan->condition_count; i++) {
        const struct oat_query_condition *condition = &m->plan->conditions[i];
        oat_query_value value = aggregate_of(m, condition->column - m->plan->key_count, group, codes);
        if (!oat_query_condition_holds(condition, &value))
            return false;
    }
    return true;
}

static int choose(struct maker *m)
{
    uint32_t count = m->table->fold.group_count;
    m->groups = malloc((count + (size_t)1) * sizeof *m->groups);
    if (!m->groups)
        return OAT_E_NOMEM;
    for (uint32_t group = 0; group < count; group++)
        if (is_chosen(m, group))
            m->groups[m->group_count++] = group;
    return OAT_OK;
}

/* ---- Sorting ------------------------------------------------------------------------------------ */

struct sort_row {
    uint32_t group;
    const double *values; /* by order: the value of an aggregate, or the code of a key; NaN: null */
};

static double sort_value(const struct maker *m, unsigned column, uint32_t group, const uint32_t *codes)
{
    if (column < m->plan->key_count)
        return codes[column] == 0 ? (double)NAN : (double)codes[column];
    oat_query_value value = aggregate_of(m, column - m->plan->key_count, group, codes);
    return value.null ? (double)NAN : value.number;
}

static int compare_values(const struct maker *m, unsigned column, double a, double b)
{
    if (column >= m->plan->key_count)
        return (a > b) - (a < b);
    const struct oat_query_codes *codes = &m->table->groups.codes[column];
    uint32_t first = (uint32_t)a, second = (uint32_t)b;
    if (first == second)
        return 0;
    return oat_query_key_compare(codes->key, codes->values.texts[first - 1], codes->values.texts[second - 1]);
}

/* Less than 0: a comes before b. Null comes last, either way. */
static int compare_rows(const void *a, const void *b, void *arg)
{
    const struct maker *m = arg;
    const double *x = ((const struct sort_row *)a)->values, *y = ((const struct sort_row *)b)->values;
    for (unsigned i = 0; i < m->plan->order_count; i++) {
        const struct oat_query_order *by = &m->plan->orders[i];
        int order = isnan(x[i]) || isnan(y[i]) ? (isnan(x[i]) != 0) - (isnan(y[i]) != 0)
                                               : compare_values(m, by->column, x[i], y[i]);
        if (order != 0)
            return by->descending && !isnan(x[i]) && !isnan(y[i]) ? -order : order;
    }
    return 0;
}

/* Makes the row at the top of a heap, whose greatest row comes last in the order, sink to its place. */
static void sink(struct maker *m, struct sort_row *heap, size_t count, size_t at)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && compare_rows(&heap[child], &heap[child + 1], m) < 0)
            child++;
        if (compare_rows(&heap[at], &heap[child], m) >= 0)
            return;
        struct sort_row row = heap[at];
        heap[at] = heap[child];
        heap[child] = row;
        at = child;
    }
}

/* Puts those `limit` rows that come first in front. */
static void choose_first(struct maker *m, struct sort_row *rows, size_t limit)
{
    for (size_t i = limit / 2; i-- > 0;)
        sink(m, rows, limit, i);
    for (size_t i = limit; i < m->group_count; i++) {
        if (compare_rows(&rows[i], &rows[0], m) >= 0)
            continue;
        rows[0] = rows[i];
        sink(m, rows, limit, 0);
    }
}

static void sort_rows(struct maker *m, struct sort_row *rows, double *values)
{
    const struct oat_query_plan *plan = m->plan;
    uint32_t codes[OAT_QUERY_KEYS_MAX];
    for (size_t i = 0; i < m->group_count; i++, values += plan->order_count) {
        oat_query_groups_codes(&m->table->groups, m->groups[i], codes);
        for (unsigned k = 0; k < plan->order_count; k++)
            values[k] = sort_value(m, plan->orders[k].column, m->groups[i], codes);
        rows[i] = (struct sort_row){m->groups[i], values};
    }
    size_t shown = row_count(m);
    if (shown < m->group_count)
        choose_first(m, rows, shown);
    qsort_r(rows, shown, sizeof *rows, compare_rows, m);
    for (size_t i = 0; i < shown; i++)
        m->groups[i] = rows[i].group;
}

static int sort(struct maker *m)
{
    if (m->group_count < 2)
        return OAT_OK;
    struct sort_row *rows = malloc(m->group_count * sizeof *rows);
    double *values = malloc(m->group_count * m->plan->order_count * sizeof *values);
    bool ok = rows && values;
    if (ok)
        sort_rows(m, rows, values);
    free(rows);
    free(values);
    return ok ? OAT_OK : OAT_E_NOMEM;
}

/* ---- The answer --------------------------------------------------------------------------------- */

static int fill_row(struct maker *m, uint32_t group, oat_query_value *row)
{
    const struct oat_query_plan *plan = m->plan;
    uint32_t codes[OAT_QUERY_KEYS_MAX];
    int result = OAT_OK;
    oat_query_groups_codes(&m->table->groups, group, codes);
    for (unsigned i = 0; i < plan->key_count && result == OAT_OK; i++)
        result = oat_query_key_value(&m->table->groups.codes[i], codes[i], &m->holder->arena, &row[i]);
    for (unsigned i = 0; i < plan->aggregate_count; i++)
        row[plan->key_count + i] = aggregate_of(m, i, group, codes);
    return result;
}

static int fill_rows(struct maker *m)
{
    oat_query_result *result = &m->holder->result;
    result->group_count = m->group_count;
    result->row_count = row_count(m);
    m->holder->values = calloc(result->row_count * result->column_count + 1, sizeof *m->holder->values);
    if (!m->holder->values)
        return OAT_E_NOMEM;
    result->values = m->holder->values;
    int filled = OAT_OK;
    for (size_t i = 0; i < result->row_count && filled == OAT_OK; i++)
        filled = fill_row(m, m->groups[i], m->holder->values + i * result->column_count);
    return filled;
}

static int fill_columns(struct maker *m)
{
    struct holder *holder = m->holder;
    holder->result.column_count = m->plan->key_count + m->plan->aggregate_count;
    holder->result.columns = holder->columns;
    for (size_t i = 0; i < holder->result.column_count; i++) {
        size_t size = strlen(m->plan->names[i]) + 1;
        char *name = oat_arena_take(&holder->arena, size);
        if (!name)
            return OAT_E_NOMEM;
        memcpy(name, m->plan->names[i], size);
        holder->columns[i] = m->plan->columns[i];
        holder->columns[i].name = name;
    }
    return OAT_OK;
}

/* Totals of groups that have a trace in common cannot be told from theirs. */
static bool has_total(const struct oat_query_plan *plan, const struct oat_aggregate *aggregate)
{
    return plan->key_count == 0 || !aggregate->field || !aggregate->field->of_trace ||
           aggregate->kind == OAT_AGGREGATE_MIN || aggregate->kind == OAT_AGGREGATE_MAX;
}

/* Folds all groups into one. */
static int fill_totals(struct maker *m)
{
    const struct oat_query_plan *plan = m->plan;
    const struct oat_query_fold *fold = &m->table->fold;
    struct oat_query_fold total;
    uint32_t *map = calloc(fold->group_count + (size_t)1, sizeof *map);
    if (!map)
        return OAT_E_NOMEM;
    oat_query_fold_init(&total, plan, fold->budget);
    int result = oat_query_fold_reserve(&total, 1);
    if (result == OAT_OK)
        result = oat_query_fold_merge(&total, fold, map);
    for (unsigned i = 0; i < plan->key_count; i++)
        m->holder->totals[i].null = true;
    for (unsigned i = 0; i < plan->aggregate_count && result == OAT_OK; i++) {
        oat_query_value *value = &m->holder->totals[plan->key_count + i];
        if (has_total(plan, &plan->aggregates[i]))
            *value = oat_query_aggregate_value(&plan->aggregates[i], &total, 0, seconds_of_window(plan));
        else
            value->null = true;
    }
    m->holder->result.totals = m->holder->totals;
    oat_query_fold_free(&total);
    free(map);
    return result;
}

static int make(struct maker *m)
{
    int result = fill_columns(m);
    if (result == OAT_OK)
        result = choose(m);
    if (result == OAT_OK)
        result = sort(m);
    if (result == OAT_OK)
        result = fill_rows(m);
    return result == OAT_OK ? fill_totals(m) : result;
}

int oat_query_result_make(const struct oat_query_plan *plan, const struct oat_query_table *table,
                          oat_query_result **ret)
{
    struct maker m = {.plan = plan, .table = table, .holder = calloc(1, sizeof *m.holder)};
    if (!m.holder)
        return OAT_E_NOMEM;
    m.holder->result.span_count = table->span_count;
    int result = make(&m);
    free(m.groups);
    if (result == OAT_OK)
        *ret = &m.holder->result;
    else
        oat_query_result_free(&m.holder->result);
    return result;
}
