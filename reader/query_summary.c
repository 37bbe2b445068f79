#include "reader/query_summary.h"

#include "format/varint.h"
#include "reader/filter_fields.h"

#include <string.h>

/* The column with the sums of a vector; 0: there is none. */
static unsigned column_of(enum oat_vector vector)
{
    if (vector == OAT_VECTOR_DURATION)
        return OAT_COL_SUMMARY_DURATION;
    if (vector == OAT_VECTOR_COST)
        return OAT_COL_SUMMARY_COST;
    return vector >= OAT_VECTOR_TOKENS ? OAT_COL_SUMMARY_COUNT + (vector - OAT_VECTOR_TOKENS) : 0;
}

/* ---- Plans ---------------------------------------------------------------------------------------- */

/* True when spans that are alike have the same value; vectors: what they are alike in. */
static bool is_key(const struct oat_field *field, uint64_t vectors)
{
    bool has_vector =
        field->kind == OAT_FIELD_TEXT || field->kind == OAT_FIELD_ENUM || field->kind == OAT_FIELD_COUNT;
    if (field->of_trace || !has_vector || !(vectors >> field->place & 1))
        return false;
    uint64_t bits = (uint64_t)field->mask << field->shift;
    return field->place != OAT_VECTOR_FLAGS || (bits != 0 && (bits & ~(uint64_t)OAT_SUMMARY_FLAGS) == 0);
}

/* True when all spans that are alike have a value, or none has. */
static bool is_present_alike(const struct oat_field *field, uint64_t vectors)
{
    if (field->of_trace || field->kind == OAT_FIELD_PAYLOAD || field->kind == OAT_FIELD_ATTRIBUTE)
        return false;
    switch (field->presence) {
    case OAT_FIELD_NONZERO:
        return is_key(field, vectors);
    case OAT_FIELD_FLAGGED:
        return (field->flags & ~OAT_SUMMARY_FLAGS) == 0;
    case OAT_FIELD_ENDED:
        return vectors >> OAT_VECTOR_STATUS & 1;
    case OAT_FIELD_ALWAYS:
        break;
    }
    return true;
}

static bool passes_alike(const struct oat_field *field, bool presence, uint64_t vectors)
{
    return is_present_alike(field, vectors) && (presence || is_key(field, vectors));
}

static bool is_summed(const struct oat_measure *measure, uint64_t vectors)
{
    const struct oat_field *field = measure->field;
    return !measure->extremes && !measure->sketch && !field->of_trace && field->mask == 0 &&
           field->if_zero == 0 && measure->counted == oat_query_is_usage(field) && column_of(field->place) &&
           (field->plus == 0 || column_of(field->plus)) && is_present_alike(field, vectors);
}

/* True when rows that are alike in these vectors answer the query. */
static bool is_answered(const struct oat_query_plan *plan, uint64_t vectors)
{
    if (plan->query->filter && !oat_filter_all_fields(plan->query->filter, passes_alike, vectors))
        return false;
    if (plan->errors && !(vectors >> OAT_VECTOR_STATUS & 1))
        return false;
    for (unsigned i = 0; i < plan->key_count; i++)
        if (plan->keys[i].bucket_ns == 0 && !is_key(plan->keys[i].field, vectors))
            return false;
    for (unsigned i = 0; i < plan->measure_count; i++)
        if (!is_summed(&plan->measures[i], vectors))
            return false;
    return true;
}

bool oat_query_is_summed(const struct oat_query_plan *plan, enum oat_summary_kind *ret)
{
    for (unsigned kind = 0; kind < OAT_SUMMARY_KINDS; kind++)
        if (is_answered(plan, oat_summary_vectors((enum oat_summary_kind)kind))) {
            *ret = (enum oat_summary_kind)kind;
            return true;
        }
    return false;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

struct oat_summary_scope oat_query_scope(const struct oat_query_plan *plan, enum oat_summary_kind kind)
{
    struct oat_summary_scope scope = {plan->from_ns, plan->to_ns - 1, 0, kind};
    if (!plan->windowed)
        scope.last_ns = UINT64_MAX;
    for (unsigned i = 0; i < plan->key_count; i++)
        scope.bucket_ns = common_divisor(scope.bucket_ns, plan->keys[i].bucket_ns);
    return scope;
}

/* ---- Folding -------------------------------------------------------------------------------------- */

struct folding {
    const struct oat_summary_source *summary;
    struct oat_batch *batch;
    struct oat_selection *selected;
    const uint32_t *groups;
    uint64_t spans[OAT_BATCH_ROWS], counted[OAT_BATCH_ROWS];
};

static int read_numbers(const struct folding *f, unsigned column, uint64_t ret[OAT_BATCH_ROWS])
{
    return oat_summary_source_numbers(f->summary, f->batch, column, ret);
}

static bool has_row(const uint64_t rows[OAT_BATCH_WORDS], uint32_t row)
{
    return rows[row / 64] >> row % 64 & 1;
}

static void add_counts(struct folding *f, const uint64_t rows[OAT_BATCH_WORDS], uint64_t *counts)
{
    const uint16_t *list = oat_selection_rows(f->selected);
    for (uint32_t i = 0; i < f->selected->count; i++)
        if (has_row(rows, list[i]))
            counts[f->groups[list[i]]] += f->spans[list[i]];
}

static int add_errors(struct folding *f, uint64_t *errors)
{
    uint64_t rows[OAT_BATCH_WORDS];
    int result = oat_batch_range(f->batch, OAT_VECTOR_STATUS, OAT_SHOWN_ERROR, OAT_SHOWN_ERROR, rows);
    if (result == OAT_OK)
        add_counts(f, rows, errors);
    return result;
}

/* Adds the sums of a vector; `of` says of how many spans in each row, whose count is added once. */
static int add_sums(struct folding *f, enum oat_vector vector, const uint64_t rows[OAT_BATCH_WORDS],
                    const uint64_t *of, struct oat_sum *sums)
{
    const uint16_t *list = oat_selection_rows(f->selected);
    uint64_t values[OAT_BATCH_ROWS];
    int result = read_numbers(f, column_of(vector), values);
    for (uint32_t i = 0; i < f->selected->count && result == OAT_OK; i++) {
        uint32_t row = list[i];
        if (!has_row(rows, row))
            continue;
        int64_t value = vector == OAT_VECTOR_COST ? oat_unzigzag(values[row]) : (int64_t)values[row];
        sums[f->groups[row]].total += value;
        sums[f->groups[row]].count += of ? of[row] : 0;
    }
    return result;
}

static int fold_measure(struct folding *f, const struct oat_measure *measure, struct oat_sum *sums)
{
    uint64_t rows[OAT_BATCH_WORDS];
    memcpy(rows, f->selected->bits, sizeof rows);
    int result = oat_field_presence(f->batch, measure->field, rows);
    if (result == OAT_OK)
        result = add_sums(f, measure->field->place, rows, measure->counted ? f->counted : f->spans, sums);
    if (result == OAT_OK && measure->field->plus != 0)
        result = add_sums(f, measure->field->plus, rows, NULL, sums);
    return result;
}

int oat_query_fold_summary(struct oat_query_fold *fold, const struct oat_summary_source *summary,
                           struct oat_batch *batch, struct oat_selection *selected, const uint32_t *groups,
                           uint64_t *span_count)
{
    struct folding f = {.summary = summary, .batch = batch, .selected = selected, .groups = groups};
    int result = read_numbers(&f, OAT_COL_SUMMARY_SPANS, f.spans);
    if (result == OAT_OK)
        result = read_numbers(&f, OAT_COL_SUMMARY_COUNTED, f.counted);
    if (result != OAT_OK)
        return result;
    const uint16_t *list = oat_selection_rows(selected);
    for (uint32_t i = 0; i < selected->count; i++)
        *span_count += f.spans[list[i]];
    add_counts(&f, selected->bits, fold->counts);
    if (fold->errors)
        result = add_errors(&f, fold->errors);
    for (unsigned i = 0; i < fold->plan->measure_count && result == OAT_OK; i++)
        result = fold_measure(&f, &fold->plan->measures[i], fold->measures[i].sums);
    return result;
}
