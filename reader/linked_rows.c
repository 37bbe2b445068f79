#include "reader/linked_rows.h"

#include "reader/array.h"
#include "reader/assembly_add.h"
#include "reader/part.h"

#include <stdlib.h>
#include <string.h>

/* Rows of a trace that lie behind each other in a part, up to the first row of the next run. */
struct run {
    uint32_t row; /* number of the first one here */
    uint32_t source, place;
    uint32_t trace;
};

struct batch {
    uint64_t first_ns, last_ns;        /* starts of its rows lie between */
    uint64_t counted[OAT_BATCH_WORDS]; /* a bit for each row */
    uint32_t first_run;
};

struct oat_linked_rows {
    struct run *runs; /* none is of two batches */
    size_t run_count, run_capacity;
    struct batch *batches;
    size_t batch_count, batch_capacity;
    uint32_t row_count, differing;
    uint64_t open_rows;
};

void oat_linked_rows_free(struct oat_linked_rows *rows)
{
    if (!rows)
        return;
    free(rows->runs);
    free(rows->batches);
    free(rows);
}

/* ---- Linking ---- */

static int by_place(const void *x, const void *y, void *arg)
{
    const struct oat_kept_row *rows = arg;
    const struct oat_kept_row *a = &rows[*(const uint32_t *)x], *b = &rows[*(const uint32_t *)y];
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static bool make_room(struct oat_linked_rows *s)
{
    return oat_array_reserve(&s->runs, s->run_count, &s->run_capacity, sizeof *s->runs) &&
           oat_array_reserve(&s->batches, s->batch_count, &s->batch_capacity, sizeof *s->batches);
}

/* True when the row lies behind the last one, and is of the same trace. */
static bool goes_on(const struct oat_linked_rows *s, const struct oat_kept_row *row, uint32_t trace)
{
    const struct run *last = &s->runs[s->run_count - 1];
    return last->trace == trace && last->source == row->source &&
           last->place + (s->row_count - last->row) == row->place;
}

static int link_row(struct oat_linked_rows *s, const struct oat_kept_row *row, uint32_t trace)
{
    uint32_t at = s->row_count % OAT_BATCH_ROWS;
    if (!make_room(s))
        return OAT_E_NOMEM;
    if (at == 0)
        s->batches[s->batch_count++] =
            (struct batch){.first_ns = UINT64_MAX, .first_run = (uint32_t)s->run_count};
    if (at == 0 || !goes_on(s, row, trace))
        s->runs[s->run_count++] = (struct run){s->row_count, row->source, row->place, trace};
    struct batch *batch = &s->batches[s->batch_count - 1];
    batch->first_ns = row->start_ns < batch->first_ns ? row->start_ns : batch->first_ns;
    batch->last_ns = row->start_ns > batch->last_ns ? row->start_ns : batch->last_ns;
    batch->counted[at / 64] |= (uint64_t)row->counted << at % 64;
    s->open_rows += row->open;
    s->row_count++;
    return OAT_OK;
}

static uint32_t end_of(const struct oat_linked_rows *s, size_t run)
{
    return run + 1 < s->run_count ? s->runs[run + 1].row : s->row_count;
}

/* True when its part says of one of its rows what is not so, or nobody can tell. */
static bool counts_otherwise(const struct oat_linked_rows *s, size_t number, struct oat_sources *sources)
{
    const struct run *run = &s->runs[number];
    const struct batch *batch = &s->batches[run->row / OAT_BATCH_ROWS];
    struct oat_image_table *spans = oat_part_table(oat_sources_part(sources, run->source), OAT_TABLE_SPANS);
    uint32_t count = end_of(s, number) - run->row, at = run->row % OAT_BATCH_ROWS;
    uint64_t counted[OAT_BATCH_ROWS], differ = 0;
    if (oat_image_numbers(spans, OAT_COL_SPAN_COUNTED, run->place, count, counted) != OAT_OK)
        return true;
    for (uint32_t i = 0; i < count; i++, at++)
        differ |= counted[i] ^ (batch->counted[at / 64] >> at % 64 & 1);
    return differ != 0;
}

/* order: room for a number of each of its rows. */
static int link_trace(struct oat_linked_rows *s, struct oat_kept_row *rows, struct oat_trace_info *info,
                      uint32_t trace, uint32_t *order)
{
    uint32_t root = info->root, model_row = info->model_row;
    int result = OAT_OK;
    for (uint32_t i = 0; i < info->row_count; i++)
        order[i] = i;
    qsort_r(order, info->row_count, sizeof *order, by_place, rows);
    info->first_row = s->row_count;
    for (uint32_t i = 0; i < info->row_count && result == OAT_OK; i++) {
        result = link_row(s, &rows[order[i]], trace);
        info->root = order[i] == root ? i : info->root;
        info->model_row = order[i] == model_row ? i : info->model_row;
    }
    return result;
}

/* Whether rows of a trace are others than its parts have. */
static int find_difference(struct oat_assembly *linked, size_t first_run, struct oat_trace_info *info,
                           struct oat_rows *collected)
{
    struct oat_linked_rows *s = linked->linked;
    uint32_t number;
    int result = oat_rows_trace(collected, info->trace_id, &number);
    if (result != OAT_OK)
        return result;
    info->differs = collected->traces[number].row_count != info->row_count;
    for (size_t run = first_run; run < s->run_count && !info->differs; run++)
        info->differs = counts_otherwise(s, run, linked->sources);
    s->differing += info->differs ? info->row_count : 0;
    return OAT_OK;
}

static int link_traces(struct oat_assembly *linked, struct oat_assembly *built, struct oat_rows *collected)
{
    uint32_t *order = malloc((built->row_count + 1) * sizeof *order);
    if (!linked->linked)
        linked->linked = calloc(1, sizeof *linked->linked);
    int result = order && linked->linked ? OAT_OK : OAT_E_NOMEM;
    for (size_t i = 0; i < built->trace_count && result == OAT_OK; i++) {
        struct oat_trace_info *info = &built->traces[i];
        size_t first_run = linked->linked->run_count;
        result = link_trace(linked->linked, built->rows + info->first_row, info,
                            (uint32_t)(linked->trace_count + i), order);
        if (result == OAT_OK)
            result = find_difference(linked, first_run, info, collected);
        info->mark_count = 0;
    }
    free(order);
    return result;
}

int oat_assembly_link(struct oat_assembly *linked, struct oat_assembly *built, struct oat_rows *collected)
{
    if (built->trace_count == 0)
        return OAT_OK;
    int result = link_traces(linked, built, collected);
    if (result == OAT_OK)
        result = oat_assembly_add_traces(linked, built->traces, built->trace_count);
    oat_assembly_free(built);
    return result;
}

/* Gives back the room for more elements of an array, if that can be. */
static void shrink(void *array, size_t count, size_t *capacity, size_t size)
{
    void *elements;
    memcpy(&elements, array, sizeof elements);
    void *smaller = elements ? realloc(elements, (count + 1) * size) : NULL;
    if (!smaller)
        return;
    memcpy(array, &smaller, sizeof smaller);
    *capacity = count + 1;
}

void oat_assembly_link_end(struct oat_assembly *linked)
{
    struct oat_linked_rows *s = linked->linked;
    free(linked->by_id);
    linked->by_id = NULL;
    shrink(&linked->traces, linked->trace_count, &linked->trace_capacity, sizeof *linked->traces);
    if (!s)
        return;
    shrink(&s->runs, s->run_count, &s->run_capacity, sizeof *s->runs);
    shrink(&s->batches, s->batch_count, &s->batch_capacity, sizeof *s->batches);
}

/* ---- Reading ---- */

size_t oat_linked_row_count(const struct oat_assembly *linked)
{
    return linked->linked->row_count;
}

size_t oat_linked_differing(const struct oat_assembly *linked)
{
    return linked->linked->differing;
}

void oat_linked_read(const struct oat_assembly *linked, uint32_t number, struct oat_kept_row *ret)
{
    const struct oat_linked_rows *s = linked->linked;
    const struct batch *batch = &s->batches[number];
    uint32_t first = number * OAT_BATCH_ROWS, left = s->row_count - first;
    uint32_t end = first + (left < OAT_BATCH_ROWS ? left : OAT_BATCH_ROWS);
    for (size_t i = batch->first_run; i < s->run_count && s->runs[i].row < end; i++) {
        const struct run *run = &s->runs[i];
        for (uint32_t row = run->row; row < end_of(s, i); row++) {
            uint32_t at = row - first;
            ret[at] = (struct oat_kept_row){.source = run->source,
                                            .place = run->place + (row - run->row),
                                            .trace = run->trace,
                                            .counted = batch->counted[at / 64] >> at % 64 & 1};
        }
    }
}

void oat_linked_bounds(const struct oat_assembly *linked, uint32_t batch, uint64_t *ret_first_ns,
                       uint64_t *ret_last_ns)
{
    *ret_first_ns = linked->linked->batches[batch].first_ns;
    *ret_last_ns = linked->linked->batches[batch].last_ns;
}

struct oat_row_place oat_assembly_place(const struct oat_assembly *assembly, size_t row)
{
    const struct oat_linked_rows *s = assembly->linked;
    if (!s)
        return (struct oat_row_place){assembly->rows[row].source, assembly->rows[row].place};
    size_t run = s->batches[row / OAT_BATCH_ROWS].first_run;
    while (end_of(s, run) <= row)
        run++;
    return (struct oat_row_place){s->runs[run].source,
                                  s->runs[run].place + ((uint32_t)row - s->runs[run].row)};
}

uint64_t oat_assembly_open_rows(const struct oat_assembly *assembly)
{
    uint64_t open = 0;
    if (assembly->linked)
        return assembly->linked->open_rows;
    for (size_t i = 0; i < assembly->row_count; i++)
        open += assembly->rows[i].trace != OAT_NO_ROW && assembly->rows[i].open;
    return open;
}
