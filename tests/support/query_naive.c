#include "tests/support/query_naive.h"

#include <math.h>

#include "reader/query_having.h"
#include "tests/support/unit.h"

#define KEY_SIZE   512u
#define NS_PER_S   1e9
#define SKETCH_OFF 0.01

/* ---- Values of a row ---------------------------------------------------------------------------- */

static const struct oat_trace_figures *trace_of(const struct oat_naive_row *r)
{
    return &r->source->traces[r->row->values[OAT_VECTOR_TRACE]];
}

static bool is_there(const struct oat_field *field, const struct oat_test_row *row, uint64_t value)
{
    uint64_t status = row->values[OAT_VECTOR_STATUS];
    switch (field->presence) {
    case OAT_FIELD_NONZERO:
        return value != 0;
    case OAT_FIELD_FLAGGED:
        return (row->values[OAT_VECTOR_FLAGS] & field->flags) != 0;
    case OAT_FIELD_ENDED:
        return status == OAT_SHOWN_SUCCESS || status == OAT_SHOWN_ERROR;
    case OAT_FIELD_ALWAYS:
        break;
    }
    return true;
}

static bool number_of(const struct oat_field *field, const struct oat_naive_row *r, int64_t *ret)
{
    if (field->of_trace)
        return oat_field_of_trace(field, trace_of(r), ret);
    uint64_t value = r->row->values[field->place] + (field->plus ? r->row->values[field->plus] : 0);
    if (field->mask)
        value = value >> field->shift & field->mask;
    if (value == 0)
        value = field->if_zero;
    *ret = (int64_t)value;
    return is_there(field, r->row, value);
}

static bool text_of(const struct oat_field *field, const struct oat_naive_row *r, oat_text *ret)
{
    if (field->of_trace) {
        *ret = oat_field_text_of_trace(field, trace_of(r));
        return ret->bytes != NULL;
    }
    uint64_t code = r->row->values[field->place];
    if (code > 0)
        *ret = r->source->texts[code - 1];
    return code > 0;
}

static bool attribute_of(oat_text key, const struct oat_naive_row *r, oat_text *ret)
{
    for (uint32_t i = 0; i < r->row->attribute_count; i++) {
        uint32_t at = r->row->attributes[i] - 1;
        oat_text found = r->source->keys[at];
        *ret = r->source->attributes[at];
        if (found.len == key.len && memcmp(found.bytes, key.bytes, key.len) == 0)
            return true;
    }
    return false;
}

/* ---- Keys as text ------------------------------------------------------------------------------- */

static void append(char *key, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(char *key, const char *format, ...)
{
    va_list list;
    size_t len = strlen(key);
    va_start(list, format);
    assert_true(vsnprintf(key + len, KEY_SIZE - len, format, list) < (int)(KEY_SIZE - len));
    va_end(list);
}

static void append_text(char *key, oat_text text)
{
    append(key, "%.*s|", (int)text.len, text.bytes);
}

static void append_hex(char *key, const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        append(key, "%02x", ((const uint8_t *)bytes)[i]);
    append(key, "|");
}

static void append_number(char *key, const struct oat_field *field, int64_t number)
{
    if (field->kind == OAT_FIELD_ENUM)
        append(key, "%s|", field->value_name((unsigned)number));
    else if (field->kind == OAT_FIELD_COUNT || field->kind == OAT_FIELD_TIME)
        append(key, "%lld|", (long long)number);
    else
        append(key, "%.17g|", (double)number / (double)field->per_shown);
}

static void append_key(char *text, const struct oat_query_key *key, const struct oat_naive_row *r)
{
    const struct oat_field *field = key->field;
    int64_t number;
    oat_text value;
    if (field->kind == OAT_FIELD_TRACE_ID)
        append_hex(text, trace_of(r)->trace_id, 16);
    else if (field->kind == OAT_FIELD_TEXT && text_of(field, r, &value))
        append_text(text, value);
    else if (field->kind == OAT_FIELD_ATTRIBUTE && attribute_of(key->attribute, r, &value))
        append_hex(text, value.bytes, value.len);
    else if (field->kind == OAT_FIELD_TEXT || field->kind == OAT_FIELD_ATTRIBUTE ||
             !number_of(field, r, &number))
        append(text, "null|");
    else if (field->kind == OAT_FIELD_SPAN_ID)
        append_hex(text, &number, sizeof number);
    else
        append_number(text, field, number - (key->bucket_ns ? number % (int64_t)key->bucket_ns : 0));
}

static void append_shown(char *text, const oat_query_column *column, const oat_query_value *value)
{
    if (value->null)
        append(text, "null|");
    else if (column->type == OAT_QUERY_TEXT)
        append_text(text, value->text);
    else if (column->type == OAT_QUERY_ATTRIBUTE)
        append_hex(text, value->text.bytes, value->text.len);
    else if (column->type == OAT_QUERY_NUMBER)
        append(text, "%.17g|", value->number);
    else
        append(text, "%lld|", (long long)value->integer);
}

/* ---- Aggregates --------------------------------------------------------------------------------- */

/* Rows of one group. */
struct naive_group {
    char key[KEY_SIZE];
    const struct oat_naive_row **rows;
    size_t count;
    bool shown;
};

static bool is_first_of_trace(const struct naive_group *group, size_t at)
{
    for (size_t i = at; i-- > 0;)
        if (trace_of(group->rows[i]) == trace_of(group->rows[at]))
            return false;
    return true;
}

static int compare_integers(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The values that an aggregate is made of, ascending. */
static size_t values_of(const struct naive_group *group, const struct oat_aggregate *aggregate, int64_t *ret)
{
    bool adds = aggregate->kind == OAT_AGGREGATE_SUM || aggregate->kind == OAT_AGGREGATE_AVG;
    bool counted = adds && !aggregate->all && oat_query_is_usage(aggregate->field);
    size_t count = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct oat_naive_row *r = group->rows[i];
        if (counted && r->row->values[OAT_VECTOR_COUNTED] == 0)
            continue;
        if (number_of(aggregate->field, r, &ret[count]) &&
            (!aggregate->field->of_trace || is_first_of_trace(group, i)))
            count++;
    }
    qsort(ret, count, sizeof *ret, compare_integers);
    return count;
}

static double sum_of(const int64_t *values, size_t count)
{
    __extension__ __int128 sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return (double)sum;
}

static void check_number(double found, double expected, double off)
{
    if (!(fabs(found - expected) <= off * fabs(expected)))
        fail_msg("%.17g is not %.17g", found, expected);
}

static double seconds_of(const struct oat_naive *naive, const struct naive_group *group, bool total)
{
    const oat_span_query *query = naive->plan->query;
    double from = (double)query->from_ns / NS_PER_S, to = (double)query->to_ns / NS_PER_S;
    if (total || !naive->plan->bucket)
        return query->from_ns && query->to_ns ? to - from : 0;
    uint64_t bucket = naive->plan->bucket->bucket_ns, start = group->rows[0]->row->values[OAT_VECTOR_START];
    double begin = (double)(start / bucket * bucket) / NS_PER_S, end = begin + (double)bucket / NS_PER_S;
    return (query->to_ns && to < end ? to : end) - (from > begin ? from : begin);
}

static void check_measure(const struct naive_group *group, const struct oat_aggregate *aggregate,
                          const oat_query_value *value)
{
    int64_t *values = malloc((group->count + 1) * sizeof *values);
    assert_non_null(values);
    size_t count = values_of(group, aggregate, values);
    double one = (double)aggregate->field->per_shown, n = (double)count;
    assert_int_equal(value->null, count == 0);
    if (count == 0)
        ;
    else if (aggregate->kind == OAT_AGGREGATE_SUM)
        check_number(value->number, sum_of(values, count) / one, 0);
    else if (aggregate->kind == OAT_AGGREGATE_AVG)
        check_number(value->number, sum_of(values, count) / n / one, 0);
    else if (aggregate->kind == OAT_AGGREGATE_MIN)
        check_number(value->number, (double)values[0] / one, 0);
    else if (aggregate->kind == OAT_AGGREGATE_MAX)
        check_number(value->number, (double)values[count - 1] / one, 0);
    else
        check_number(value->number, (double)values[(size_t)(aggregate->percent / 100.0 * (n - 1))] / one,
                     SKETCH_OFF);
    free(values);
}

static void check_aggregate(const struct oat_naive *naive, const struct naive_group *group,
                            const struct oat_aggregate *aggregate, bool total, const oat_query_value *value)
{
    double errors = 0, count = (double)group->count, seconds = seconds_of(naive, group, total);
    for (size_t i = 0; i < group->count; i++)
        errors += group->rows[i]->row->values[OAT_VECTOR_STATUS] == OAT_SHOWN_ERROR;
    if (aggregate->kind == OAT_AGGREGATE_COUNT) {
        assert_int_equal(value->integer, group->count);
    } else if (aggregate->kind == OAT_AGGREGATE_RATE) {
        assert_int_equal(value->null, seconds <= 0);
        check_number(value->number, value->null ? 0 : count / seconds, 1e-6);
    } else if (aggregate->kind == OAT_AGGREGATE_ERROR_RATE) {
        assert_int_equal(value->null, count <= 0);
        check_number(value->number, value->null ? 0 : errors / count, 0);
    } else if (aggregate->kind == OAT_AGGREGATE_TRACES) {
        int64_t traces = 0;
        for (size_t i = 0; i < group->count; i++)
            traces += is_first_of_trace(group, i);
        assert_int_equal(value->integer, traces);
    } else {
        check_measure(group, aggregate, value);
    }
}

/* ---- Groups ------------------------------------------------------------------------------------- */

struct keyed_row {
    char key[KEY_SIZE];
    const struct oat_naive_row *row;
};

static int compare_keyed(const void *a, const void *b)
{
    const struct keyed_row *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

/* All groups, by key; *ret_rows is what their rows are part of. Both are the caller's. */
static struct naive_group *group_rows(const struct oat_naive *naive, size_t *ret_count,
                                      const struct oat_naive_row ***ret_rows)
{
    struct keyed_row *keyed = calloc(naive->row_count + 1, sizeof *keyed);
    struct naive_group *groups = calloc(naive->row_count + 1, sizeof *groups);
    const struct oat_naive_row **rows = calloc(naive->row_count + 1, sizeof(void *));
    size_t count = 0;
    assert_true(keyed && groups && rows);
    for (size_t i = 0; i < naive->row_count; i++) {
        keyed[i].row = &naive->rows[i];
        for (unsigned k = 0; k < naive->plan->key_count; k++)
            append_key(keyed[i].key, &naive->plan->keys[k], &naive->rows[i]);
    }
    qsort(keyed, naive->row_count, sizeof *keyed, compare_keyed);
    for (size_t i = 0; i < naive->row_count; i++) {
        if (i == 0 || strcmp(keyed[i].key, keyed[i - 1].key) != 0) {
            memcpy(groups[count].key, keyed[i].key, KEY_SIZE);
            groups[count++].rows = rows + i;
        }
        rows[i] = keyed[i].row;
        groups[count - 1].count++;
    }
    if (naive->plan->key_count == 0 && count == 0)
        count = 1; /* no rows are a group too */
    free(keyed);
    *ret_count = count;
    *ret_rows = rows;
    return groups;
}

static struct naive_group *find_group(struct naive_group *groups, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(groups[i].key, key) == 0)
            return &groups[i];
    fail_msg("there is no group %s", key);
    return NULL;
}

static bool is_wanted(const struct oat_query_plan *plan, const oat_query_value *row)
{
    for (unsigned i = 0; i < plan->condition_count; i++)
        if (!oat_query_condition_holds(&plan->conditions[i], &row[plan->conditions[i].column]))
            return false;
    return true;
}

static void check_row(const struct oat_naive *naive, struct naive_group *groups, size_t group_count,
                      const oat_query_result *result, const oat_query_value *row)
{
    const struct oat_query_plan *plan = naive->plan;
    char key[KEY_SIZE] = "";
    for (unsigned i = 0; i < plan->key_count; i++)
        append_shown(key, &result->columns[i], &row[i]);
    struct naive_group *group = find_group(groups, group_count, key);
    assert_false(group->shown);
    group->shown = true;
    assert_true(is_wanted(plan, row));
    for (unsigned i = 0; i < plan->aggregate_count; i++)
        check_aggregate(naive, group, &plan->aggregates[i], false, &row[plan->key_count + i]);
}

/* ---- Order -------------------------------------------------------------------------------------- */

static int compare_shown(const oat_query_column *column, const oat_query_value *a, const oat_query_value *b)
{
    size_t least = a->text.len < b->text.len ? a->text.len : b->text.len;
    if (column->type == OAT_QUERY_TEXT) {
        int order = memcmp(a->text.bytes, b->text.bytes, least);
        return order ? order : (a->text.len > b->text.len) - (a->text.len < b->text.len);
    }
    return (a->number > b->number) - (a->number < b->number);
}

/* Names of numbers are in the order of the numbers, attributes by type: no order that can be seen here. */
static bool order_shows(const struct oat_query_plan *plan, unsigned column)
{
    return column >= plan->key_count || (plan->keys[column].field->kind != OAT_FIELD_ENUM &&
                                         plan->keys[column].field->kind != OAT_FIELD_ATTRIBUTE);
}

static void check_order(const struct oat_query_plan *plan, const oat_query_result *result,
                        const oat_query_value *a, const oat_query_value *b)
{
    for (unsigned i = 0; i < plan->order_count; i++) {
        unsigned column = plan->orders[i].column;
        if (!order_shows(plan, column))
            return;
        assert_false(a[column].null && !b[column].null);
        if (b[column].null && !a[column].null)
            return;
        int order = a[column].null ? 0 : compare_shown(&result->columns[column], &a[column], &b[column]);
        assert_true(plan->orders[i].descending ? order >= 0 : order <= 0);
        if (order != 0)
            return;
    }
}

/* ---- The whole ---------------------------------------------------------------------------------- */

static void check_totals(const struct oat_naive *naive, const struct oat_naive_row **rows,
                         const oat_query_result *result)
{
    const struct oat_query_plan *plan = naive->plan;
    struct naive_group all = {.rows = rows, .count = naive->row_count};
    for (unsigned i = 0; i < plan->key_count; i++)
        assert_true(result->totals[i].null);
    for (unsigned i = 0; i < plan->aggregate_count; i++) {
        const struct oat_aggregate *aggregate = &plan->aggregates[i];
        bool extreme = aggregate->kind == OAT_AGGREGATE_MIN || aggregate->kind == OAT_AGGREGATE_MAX;
        if (plan->key_count > 0 && aggregate->field && aggregate->field->of_trace && !extreme)
            assert_true(result->totals[plan->key_count + i].null);
        else
            check_aggregate(naive, &all, aggregate, true, &result->totals[plan->key_count + i]);
    }
}

void oat_naive_check(const struct oat_naive *naive, const oat_query_result *result)
{
    const struct oat_query_plan *plan = naive->plan;
    const struct oat_naive_row **rows;
    size_t group_count, limit = plan->query->limit;
    struct naive_group *groups = group_rows(naive, &group_count, &rows);
    assert_int_equal(result->span_count, naive->row_count);
    assert_int_equal(result->column_count, plan->key_count + plan->aggregate_count);
    assert_in_range(result->group_count, plan->condition_count ? 0 : group_count, group_count);
    assert_int_equal(result->row_count,
                     limit && limit < result->group_count ? limit : (size_t)result->group_count);
    for (size_t i = 0; i < result->row_count; i++) {
        const oat_query_value *row = result->values + i * result->column_count;
        check_row(naive, groups, group_count, result, row);
        if (i > 0)
            check_order(plan, result, row - result->column_count, row);
    }
    check_totals(naive, rows, result);
    free(groups);
    free(rows);
}

void oat_naive_check_same(const oat_query_result *a, const oat_query_result *b)
{
    assert_int_equal(a->column_count, b->column_count);
    assert_int_equal(a->row_count, b->row_count);
    assert_int_equal(a->group_count, b->group_count);
    assert_int_equal(a->span_count, b->span_count);
    for (size_t i = 0; i < a->row_count * a->column_count; i++) {
        const oat_query_value *x = &a->values[i], *y = &b->values[i];
        assert_int_equal(x->null, y->null);
        assert_int_equal(x->integer, y->integer);
        assert_memory_equal(&x->number, &y->number, sizeof x->number);
        assert_int_equal(x->text.len, y->text.len);
        if (x->text.len > 0)
            assert_memory_equal(x->text.bytes, y->text.bytes, x->text.len);
    }
}

/* ---- Rows --------------------------------------------------------------------------------------- */

struct oat_naive oat_naive_select(const struct oat_query_plan *plan, const struct oat_query_rows *rows,
                                  bool (*passes)(const struct oat_naive_row *row))
{
    struct oat_naive naive = {.plan = plan};
    size_t room = 0;
    for (unsigned i = 0; i < OAT_QUERY_ROWS_SOURCES; i++)
        room += rows->sources[i]->row_count;
    naive.rows = calloc(room + 1, sizeof *naive.rows);
    assert_non_null(naive.rows);
    for (unsigned i = 0; i < OAT_QUERY_ROWS_SOURCES; i++)
        for (uint32_t k = 0; k < rows->sources[i]->row_count; k++) {
            const struct oat_naive_row row = {rows->sources[i], &rows->sources[i]->rows[k]};
            uint64_t start = row.row->values[OAT_VECTOR_START];
            if (start >= plan->from_ns && (!plan->query->to_ns || start < plan->to_ns) &&
                (!passes || passes(&row)))
                naive.rows[naive.row_count++] = row;
        }
    return naive;
}

void oat_naive_free(struct oat_naive *naive)
{
    free(naive->rows);
}
