#include "reader/query_fold.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 64u

void oat_query_fold_init(struct oat_query_fold *fold, const struct oat_query_plan *plan,
                         struct oat_budget *budget)
{
    *fold = (struct oat_query_fold){.plan = plan, .budget = budget};
}

void oat_query_fold_free(struct oat_query_fold *fold)
{
    for (unsigned i = 0; i < OAT_QUERY_AGGREGATES_MAX; i++) {
        struct oat_measure_fold *m = &fold->measures[i];
        for (uint32_t group = 0; m->sketches && group < fold->group_count; group++)
            oat_sketch_free(&m->sketches[group]);
        free(m->sums);
        free(m->extremes);
        free(m->sketches);
        free(m->last_trace);
    }
    free(fold->counts);
    free(fold->errors);
    *fold = (struct oat_query_fold){0};
}

/* ---- Groups ------------------------------------------------------------------------------------- */

static int reserve_measure(struct oat_query_fold *fold, unsigned number, size_t capacity)
{
    const struct oat_measure *measure = &fold->plan->measures[number];
    struct oat_measure_fold *m = &fold->measures[number];
    struct oat_budget *budget = fold->budget;
    size_t sums = fold->capacity, extremes = sums, sketches = sums, traces = sums;
    int result = OAT_OK;
    if (measure->sum)
        result = oat_budget_reserve(budget, &m->sums, &sums, capacity, sizeof *m->sums);
    if (result == OAT_OK && measure->extremes)
        result = oat_budget_reserve(budget, &m->extremes, &extremes, capacity, sizeof *m->extremes);
    if (result == OAT_OK && measure->sketch)
        result = oat_budget_reserve(budget, &m->sketches, &sketches, capacity, sizeof *m->sketches);
    if (result == OAT_OK && measure->field->of_trace)
        result = oat_budget_reserve(budget, &m->last_trace, &traces, capacity, sizeof *m->last_trace);
    return result;
}

static int reserve_elements(struct oat_query_fold *fold, size_t capacity)
{
    size_t counts = fold->capacity, errors = fold->capacity;
    int result = oat_budget_reserve(fold->budget, &fold->counts, &counts, capacity, sizeof *fold->counts);
    if (result == OAT_OK && fold->plan->errors)
        result = oat_budget_reserve(fold->budget, &fold->errors, &errors, capacity, sizeof *fold->errors);
    for (unsigned i = 0; i < fold->plan->measure_count && result == OAT_OK; i++)
        result = reserve_measure(fold, i, capacity);
    if (result == OAT_OK)
        fold->capacity = capacity;
    return result;
}

int oat_query_fold_reserve(struct oat_query_fold *fold, uint32_t count)
{
    size_t capacity = fold->capacity ? fold->capacity : CAPACITY_MIN;
    int result = OAT_OK;
    if (count <= fold->group_count)
        return OAT_OK;
    while (capacity < count)
        capacity *= 2;
    if (capacity > fold->capacity)
        result = reserve_elements(fold, capacity);
    if (result != OAT_OK)
        return result;
    for (unsigned m = 0; m < fold->plan->measure_count; m++)
        for (uint32_t i = fold->group_count; fold->measures[m].extremes && i < count; i++)
            fold->measures[m].extremes[i] = (struct oat_extremes){INT64_MAX, INT64_MIN};
    fold->group_count = count;
    return OAT_OK;
}

/* ---- Adding rows to groups ---------------------------------------------------------------------- */

static void add_extremes(struct oat_extremes *extremes, struct oat_selection *rows, const uint32_t *groups,
                         const uint64_t *values)
{
    const uint16_t *list = oat_selection_rows(rows);
    for (uint32_t i = 0; i < rows->count; i++) {
        int64_t value = (int64_t)values[list[i]];
        struct oat_extremes *e = &extremes[groups[list[i]]];
        if (value < e->min)
            e->min = value;
        if (value > e->max)
            e->max = value;
    }
}

/* Counts what a sketch has grown by. */
static int charge_sketch(struct oat_budget *budget, const struct oat_sketch *sketch, size_t bytes_before)
{
    size_t bytes = oat_sketch_bytes(sketch);
    return bytes > bytes_before ? oat_budget_take(budget, bytes - bytes_before) : OAT_OK;
}

static int add_to_sketch(struct oat_budget *budget, struct oat_sketch *sketch, uint32_t bin)
{
    size_t bytes = oat_sketch_bytes(sketch);
    return oat_sketch_add_bin(sketch, bin, 1) ? charge_sketch(budget, sketch, bytes) : OAT_E_NOMEM;
}

static int add_sketches(const struct oat_query_fold *fold, struct oat_sketch *sketches,
                        struct oat_selection *rows, const uint32_t *groups, const uint64_t *values)
{
    const uint16_t *list = oat_selection_rows(rows);
    int result = OAT_OK;
    for (uint32_t i = 0; i < rows->count && result == OAT_OK; i++) {
        uint32_t bin = oat_sketch_bin((int64_t)values[list[i]]);
        struct oat_sketch *sketch = &sketches[groups[list[i]]];
        if (!oat_sketch_add_quickly(sketch, bin))
            result = add_to_sketch(fold->budget, sketch, bin);
    }
    return result;
}

/* ---- A batch ------------------------------------------------------------------------------------ */

/* Sets *counted when that has counted the selected rows, too. */
static int fold_measure(struct oat_query_fold *fold, unsigned number, struct oat_query_view *view,
                        struct oat_row_groups *groups, bool *counted)
{
    const struct oat_measure *measure = &fold->plan->measures[number];
    const struct oat_measure_fold *m = &fold->measures[number];
    struct oat_selection of_traces;
    struct oat_selection *rows = &of_traces;
    union oat_query_room room;
    struct oat_query_values values = {.wide = room.wide};
    int result = measure->field->of_trace
                     ? oat_query_view_traces(view, measure, m->last_trace, &of_traces, room.wide)
                     : oat_query_view_spans(view, measure, &room, &rows, &values);
    if (result != OAT_OK || rows->count == 0)
        return result;
    if (m->sums) {
        bool counts = !*counted && rows == view->selected;
        oat_query_sums_add(m->sums, counts ? fold->counts : NULL, rows, groups, &values);
        *counted |= counts;
    }
    if (m->extremes)
        add_extremes(m->extremes, rows, view->groups, values.wide);
    return m->sketches ? add_sketches(fold, m->sketches, rows, view->groups, values.wide) : OAT_OK;
}

int oat_query_fold_batch(struct oat_query_fold *fold, struct oat_query_view *view)
{
    struct oat_selection *errors;
    int result = OAT_OK;
    struct oat_row_groups groups;
    oat_row_groups_init(&groups, view->groups, view->selected, fold->group_count);
    bool counted = false;
    if (fold->errors)
        result = oat_query_view_errors(view, &errors);
    if (result == OAT_OK && fold->errors)
        oat_query_counts_add(fold->errors, errors, &groups);
    for (unsigned i = 0; i < fold->plan->measure_count && result == OAT_OK; i++)
        result = fold_measure(fold, i, view, &groups, &counted);
    if (result == OAT_OK && !counted)
        oat_query_counts_add(fold->counts, view->selected, &groups);
    return result;
}

/* ---- Merging ------------------------------------------------------------------------------------ */

static void merge_counts(uint64_t *counts, const uint64_t *from, uint32_t count, const uint32_t *map)
{
    for (uint32_t i = 0; i < count; i++)
        counts[map[i]] += from[i];
}

static void merge_sums(struct oat_sum *sums, const struct oat_sum *from, uint32_t count, const uint32_t *map)
{
    for (uint32_t i = 0; i < count; i++) {
        sums[map[i]].total += from[i].total;
        sums[map[i]].count += from[i].count;
    }
}

static int merge_measure(struct oat_query_fold *fold, const struct oat_query_fold *with, unsigned number,
                         const uint32_t *map)
{
    struct oat_measure_fold *m = &fold->measures[number];
    const struct oat_measure_fold *from = &with->measures[number];
    int result = OAT_OK;
    if (m->sums)
        merge_sums(m->sums, from->sums, with->group_count, map);
    for (uint32_t i = 0; m->extremes && i < with->group_count; i++) {
        struct oat_extremes *e = &m->extremes[map[i]];
        if (from->extremes[i].min < e->min)
            e->min = from->extremes[i].min;
        if (from->extremes[i].max > e->max)
            e->max = from->extremes[i].max;
    }
    for (uint32_t i = 0; m->sketches && i < with->group_count && result == OAT_OK; i++) {
        struct oat_sketch *sketch = &m->sketches[map[i]];
        size_t bytes = oat_sketch_bytes(sketch);
        result = oat_sketch_merge(sketch, &from->sketches[i]) ? charge_sketch(fold->budget, sketch, bytes)
                                                              : OAT_E_NOMEM;
    }
    return result;
}

int oat_query_fold_merge(struct oat_query_fold *fold, const struct oat_query_fold *with, const uint32_t *map)
{
    int result = OAT_OK;
    if (with->group_count == 0)
        return OAT_OK;
    merge_counts(fold->counts, with->counts, with->group_count, map);
    if (fold->errors)
        merge_counts(fold->errors, with->errors, with->group_count, map);
    for (unsigned i = 0; i < fold->plan->measure_count && result == OAT_OK; i++)
        result = merge_measure(fold, with, i, map);
    return result;
}

static void take_off_counts(uint64_t *counts, const uint64_t *from, uint32_t count, const uint32_t *map)
{
    for (uint32_t i = 0; i < count; i++)
        counts[map[i]] -= from[i];
}

static void take_off_sums(struct oat_sum *sums, const struct oat_sum *from, uint32_t count,
                          const uint32_t *map)
{
    for (uint32_t i = 0; i < count; i++) {
        sums[map[i]].total -= from[i].total;
        sums[map[i]].count -= from[i].count;
    }
}

void oat_query_fold_take_off(struct oat_query_fold *fold, const struct oat_query_fold *with,
                             const uint32_t *map)
{
    take_off_counts(fold->counts, with->counts, with->group_count, map);
    if (fold->errors)
        take_off_counts(fold->errors, with->errors, with->group_count, map);
    for (unsigned i = 0; i < fold->plan->measure_count; i++)
        take_off_sums(fold->measures[i].sums, with->measures[i].sums, with->group_count, map);
}
