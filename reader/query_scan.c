#include "reader/query_scan.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "reader/compare.h"
#include "reader/filter_eval.h"
#include "reader/query_runs.h"
#include "reader/query_summary.h"

#define THREADS_MAX 256u
#define NO_SOURCE   SIZE_MAX

/* What the threads share. */
struct scan {
    const struct oat_query_plan *plan;
    const struct oat_query_sources *sources;
    struct oat_budget *budget;
    struct oat_query_runs runs;
    bool summed; /* summaries answer the query, where there are any: these */
    enum oat_summary_kind summary;
};

/* Rows to be read. */
struct rows {
    struct oat_source *source;
    struct oat_filter_eval *filter; /* NULL: every row */
};

struct worker {
    struct scan *scan;
    unsigned number;
    pthread_t thread;
    struct oat_query_table table;
    struct oat_query_table surplus; /* of masked spans for which summaries stand, too: it is taken off */
    size_t source_index;            /* NO_SOURCE: none is open */
    struct rows spans;
    struct oat_summary_source *summary; /* NULL: none; its batches are behind those of the spans */
    struct rows summaries;
    struct oat_batch batch;
    struct oat_selection selected, present;
    uint32_t groups[OAT_BATCH_ROWS];
};

void oat_query_table_free(struct oat_query_table *table)
{
    oat_query_groups_free(&table->groups);
    oat_query_fold_free(&table->fold);
}

/* ---- Opening sources -------------------------------------------------------------------------------- */

static void close_rows(struct rows *rows)
{
    oat_filter_eval_free(rows->filter);
    if (rows->source)
        rows->source->ops->free(rows->source);
    *rows = (struct rows){0};
}

static void close_source(struct worker *w)
{
    close_rows(&w->summaries);
    close_rows(&w->spans);
    w->summary = NULL;
    w->source_index = NO_SOURCE;
}

static int open_filter(const struct worker *w, struct rows *rows)
{
    const oat_filter *filter = w->scan->plan->query->filter;
    return filter ? oat_filter_eval_open(filter, rows->source, &rows->filter) : OAT_OK;
}

/* Opens the summaries of the source, if there are any. */
static int open_summary(struct worker *w)
{
    struct oat_source *source = w->spans.source;
    struct oat_summary_scope scope = oat_query_scope(w->scan->plan, w->scan->summary);
    int result = OAT_NOTFOUND;
    if (w->scan->summed && source->ops->summary)
        result = source->ops->summary(source, &scope, &w->summary);
    if (result != OAT_OK)
        return result == OAT_NOTFOUND ? OAT_OK : result;
    w->summaries.source = oat_summary_source_rows(w->summary);
    return open_filter(w, &w->summaries);
}

static int open_source(struct worker *w, size_t index)
{
    const struct oat_query_sources *sources = w->scan->sources;
    if (w->source_index == index)
        return OAT_OK;
    close_source(w);
    int result = sources->open(sources->arg, index, &w->spans.source);
    if (result == OAT_OK)
        result = open_filter(w, &w->spans);
    if (result == OAT_OK)
        result = open_summary(w);
    if (result != OAT_OK)
        return result;
    w->source_index = index;
    oat_query_groups_change_source(&w->table.groups);
    oat_query_groups_change_source(&w->surplus.groups);
    return OAT_OK;
}

static uint32_t batch_count(const struct worker *w)
{
    return w->spans.source->batch_count + (w->summary ? w->summaries.source->batch_count : 0);
}

/* ---- Reading batches ---------------------------------------------------------------------------- */

/* Leaves out rows of an open batch that started outside of the window. */
static int keep_window(const struct oat_query_plan *plan, struct oat_batch *batch)
{
    const uint64_t *starts;
    uint64_t inside[OAT_BATCH_WORDS];
    int result = oat_batch_u64(batch, OAT_VECTOR_START, &starts);
    if (result != OAT_OK)
        return result;
    oat_compare_range64(starts, (int64_t)plan->from_ns, (int64_t)(plan->to_ns - 1), inside);
    oat_rows_keep(batch->rows, inside);
    return OAT_OK;
}

enum place { OUTSIDE, INSIDE, ACROSS };

/* Where a batch lies from the window, as far as its bounds tell. */
static enum place place_of(const struct worker *w, uint32_t number)
{
    const struct oat_query_plan *plan = w->scan->plan;
    uint64_t first, last;
    if (!plan->windowed)
        return INSIDE;
    if (!w->spans.source->ops->zone(w->spans.source, number, OAT_VECTOR_START, &first, &last))
        return ACROSS;
    if (last < plan->from_ns || first >= plan->to_ns)
        return OUTSIDE;
    return first >= plan->from_ns && last < plan->to_ns ? INSIDE : ACROSS;
}

/* Has the rows of an open batch read that were left out, and leaves out the others. */
static void turn_round(struct oat_batch *batch)
{
    uint64_t left_out[OAT_BATCH_WORDS];
    oat_rows_set_first(left_out, batch->count);
    oat_rows_drop(left_out, batch->rows);
    memcpy(batch->rows, left_out, sizeof left_out);
}

/* Opens a batch and selects its rows; masked: those that the source leaves out. */
static int select_rows(struct worker *w, const struct rows *rows, uint32_t number, enum place place,
                       bool masked)
{
    uint64_t passed[OAT_BATCH_WORDS];
    int result = oat_batch_open(&w->batch, rows->source, number);
    if (result == OAT_OK && masked)
        turn_round(&w->batch);
    if (result == OAT_OK && place == ACROSS && oat_rows_any(w->batch.rows))
        result = keep_window(w->scan->plan, &w->batch);
    if (result != OAT_OK)
        return result;
    if (rows->filter)
        result = oat_filter_select(rows->filter, &w->batch, passed);
    if (result == OAT_OK && rows->filter)
        oat_rows_keep(w->batch.rows, passed);
    if (result == OAT_OK)
        oat_selection_set(&w->selected, w->batch.rows);
    return result;
}

/* Finds the groups of the selected rows, and makes room for them. */
static int find_groups(struct worker *w, struct oat_query_table *table)
{
    int result = oat_query_groups_read(&table->groups, &w->batch, &w->selected, w->groups);
    return result == OAT_OK ? oat_query_fold_reserve(&table->fold, oat_query_groups_count(&table->groups))
                            : result;
}

/* Adds the spans of a batch to the table; masked: as in select_rows. */
static int read_spans(struct worker *w, uint32_t number, bool masked, struct oat_query_table *table)
{
    struct oat_query_view view = {.batch = &w->batch,
                                  .selected = &w->selected,
                                  .groups = w->groups,
                                  .source_number = w->source_index + 1,
                                  .present = &w->present};
    enum place place = place_of(w, number);
    if (place == OUTSIDE || (w->spans.filter && !oat_filter_may_match(w->spans.filter, number)))
        return OAT_OK;
    int result = select_rows(w, &w->spans, number, place, masked);
    if (result != OAT_OK || w->selected.count == 0)
        return result;
    table->span_count += w->selected.count;
    result = find_groups(w, table);
    return result == OAT_OK ? oat_query_fold_batch(&table->fold, &view) : result;
}

static int read_summaries(struct worker *w, uint32_t number)
{
    int result = select_rows(w, &w->summaries, number, INSIDE, false);
    if (result != OAT_OK || w->selected.count == 0)
        return result;
    result = find_groups(w, &w->table);
    return result == OAT_OK ? oat_query_fold_summary(&w->table.fold, w->summary, &w->batch, &w->selected,
                                                     w->groups, &w->table.span_count)
                            : result;
}

static int read_batch(struct worker *w, uint32_t number)
{
    uint32_t spans = w->spans.source->batch_count, group = number / OAT_GROUP_BLOCKS;
    if (number >= spans)
        return read_summaries(w, number - spans);
    if (!w->summary || !oat_summary_source_covers(w->summary, group))
        return read_spans(w, number, false, &w->table);
    return oat_summary_source_has_masked(w->summary, group) ? read_spans(w, number, true, &w->surplus)
                                                            : OAT_OK;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct oat_query_runs *runs = &w->scan->runs;
    struct oat_query_run run;
    while (oat_query_runs_take(runs, w->number, &run)) {
        int result = open_source(w, run.source);
        if (result == OAT_OK && run.is_new)
            oat_query_runs_opened(runs, w->number, batch_count(w));
        for (uint32_t number = run.first; number < run.end && result == OAT_OK; number++)
            result = read_batch(w, number);
        if (result != OAT_OK)
            oat_query_runs_fail(runs, result);
    }
    close_source(w);
    return NULL;
}

/* ---- Threads ------------------------------------------------------------------------------------ */

static void init_table(struct oat_query_table *table, const struct scan *scan)
{
    oat_query_groups_init(&table->groups, scan->plan, scan->budget);
    oat_query_fold_init(&table->fold, scan->plan, scan->budget);
}

static void init_worker(struct worker *w, struct scan *scan, unsigned number)
{
    w->scan = scan;
    w->number = number;
    w->source_index = NO_SOURCE;
    init_table(&w->table, scan);
    init_table(&w->surplus, scan);
}

static void free_worker(struct worker *w)
{
    oat_batch_free(&w->batch);
    oat_query_table_free(&w->table);
    oat_query_table_free(&w->surplus);
}

/* Makes the groups of another table groups of this one, too. *ret_map: free(). */
static int join_groups(struct oat_query_table *table, const struct oat_query_table *with, uint32_t **ret_map)
{
    int result = oat_query_groups_merge(&table->groups, &with->groups, ret_map);
    if (result != OAT_OK)
        return result;
    result = oat_query_fold_reserve(&table->fold, oat_query_groups_count(&table->groups));
    if (result != OAT_OK)
        free(*ret_map);
    return result;
}

static int merge(struct oat_query_table *table, const struct oat_query_table *with)
{
    uint32_t *map;
    int result = join_groups(table, with, &map);
    if (result != OAT_OK)
        return result;
    result = oat_query_fold_merge(&table->fold, &with->fold, map);
    table->span_count += with->span_count;
    free(map);
    return result;
}

static int take_off(struct oat_query_table *table, const struct oat_query_table *surplus)
{
    uint32_t *map;
    if (surplus->span_count == 0)
        return OAT_OK;
    int result = join_groups(table, surplus, &map);
    if (result != OAT_OK)
        return result;
    oat_query_fold_take_off(&table->fold, &surplus->fold, map);
    table->span_count -= surplus->span_count;
    free(map);
    return OAT_OK;
}

/* Runs all workers, the first one here, and merges what the others have into the first. */
static int run_all(struct scan *scan, struct worker *workers, unsigned count)
{
    unsigned started = 1;
    for (; started < count; started++)
        if (pthread_create(&workers[started].thread, NULL, work, &workers[started]) != 0)
            break; /* the others do it */
    work(&workers[0]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    int result = scan->runs.result;
    for (unsigned i = 1; i < started && result == OAT_OK; i++)
        result = merge(&workers[0].table, &workers[i].table);
    for (unsigned i = 0; i < started && result == OAT_OK; i++)
        result = take_off(&workers[0].table, &workers[i].surplus);
    if (result != OAT_OK)
        return result;
    return oat_query_fold_reserve(&workers[0].table.fold, oat_query_groups_count(&workers[0].table.groups));
}

static int scan_with(struct scan *scan, unsigned count, struct oat_query_table *ret)
{
    struct worker *workers = calloc(count, sizeof *workers);
    if (!workers)
        return OAT_E_NOMEM;
    for (unsigned i = 0; i < count; i++)
        init_worker(&workers[i], scan, i);
    int result = run_all(scan, workers, count);
    if (result == OAT_OK) {
        *ret = workers[0].table;
        workers[0].table = (struct oat_query_table){0};
    }
    for (unsigned i = 0; i < count; i++)
        free_worker(&workers[i]);
    free(workers);
    return result;
}

int oat_query_scan(const struct oat_query_plan *plan, const struct oat_query_sources *sources,
                   struct oat_budget *budget, struct oat_query_table *ret)
{
    struct scan scan = {.plan = plan, .sources = sources, .budget = budget};
    unsigned asked = plan->query->threads ? plan->query->threads : 1;
    unsigned threads = asked < THREADS_MAX ? asked : THREADS_MAX;
    scan.summed = oat_query_is_summed(plan, &scan.summary);
    int result = oat_query_runs_init(&scan.runs, sources->count, threads, plan->of_trace);
    if (result == OAT_OK)
        result = scan_with(&scan, threads, ret);
    oat_query_runs_free(&scan.runs);
    return result;
}
