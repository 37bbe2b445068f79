#include "compactor/day_trace.h"

#include "reader/array.h"
#include "reader/identity.h"

#include <stdlib.h>
#include <string.h>

void oat_day_trace_free(struct oat_day_trace *trace)
{
    free(trace->records);
    free(trace->rows);
    free(trace->row_of);
    free(trace->by_span);
    free(trace->marks);
    oat_tree_free(&trace->scratch);
    memset(trace, 0, sizeof *trace);
}

/* ---- Reading ---- */

static bool make_room(struct oat_day_trace *trace, size_t count)
{
    if (count <= trace->row_capacity)
        return true;
    free(trace->records);
    free(trace->rows);
    free(trace->row_of);
    free(trace->by_span);
    trace->row_capacity = 0;
    trace->records = malloc(2 * count * sizeof *trace->records);
    trace->rows = malloc(2 * count * sizeof *trace->rows);
    trace->row_of = malloc(2 * count * sizeof *trace->row_of);
    trace->by_span = malloc(2 * count * sizeof *trace->by_span);
    if (!trace->records || !trace->rows || !trace->row_of || !trace->by_span)
        return false;
    trace->row_capacity = 2 * count;
    return true;
}

static void read_span(struct oat_day_trace *trace, struct oat_sources *sources, const struct oat_key *key)
{
    struct oat_record *record = &trace->records[trace->count];
    struct oat_row *row = &trace->rows[trace->count];
    if (oat_record_read(sources, key->source, key->place, record) != OAT_OK)
        return;
    *row = oat_row_of_span(&record->span, record->open);
    row->source = key->source;
    row->place = key->place;
    row->status = record->span.status == OAT_STATUS_ERROR ? OAT_SHOWN_ERROR : OAT_SHOWN_SUCCESS;
    row->trace = (uint32_t)trace->count++;
}

static int read_mark(struct oat_day_trace *trace, struct oat_sources *sources, const struct oat_key *key)
{
    struct oat_mark_record record;
    if (!oat_array_reserve(&trace->marks, trace->mark_count, &trace->mark_capacity, sizeof *trace->marks))
        return OAT_E_NOMEM;
    if (oat_mark_record_read(sources, key->source, key->kind, key->place, &record) != OAT_OK)
        return OAT_OK;
    struct oat_mark *mark = &trace->marks[trace->mark_count++];
    *mark = (struct oat_mark){
        .id = record.id,
        .time_ns = record.time_ns,
        .source = key->source,
        .place = key->place,
        .kind = key->kind,
    };
    memcpy(mark->span_id, key->span_id, sizeof mark->span_id);
    return OAT_OK;
}

/* ---- Tree ---- */

static int compare_ids(const void *x, const void *y)
{
    return memcmp(((const struct oat_row *)x)->span_id, ((const struct oat_row *)y)->span_id, 8);
}

static int build_tree(struct oat_day_trace *trace, struct oat_sources *sources)
{
    uint32_t count = (uint32_t)trace->count;
    trace->summary = (struct oat_trace_info){.row_count = count, .model_row = OAT_NO_ROW};
    if (count == 0)
        return OAT_OK;
    if (count > 1)
        qsort(trace->rows, count, sizeof *trace->rows, compare_ids);
    int result = oat_tree_build(sources, trace->rows, count, trace->by_span, &trace->scratch);
    if (result != OAT_OK)
        return result;
    oat_tree_summarise(sources, trace->rows, &trace->summary);
    for (uint32_t i = 0; i < count; i++)
        trace->row_of[trace->rows[i].trace] = i;
    trace->start_ns = trace->summary.start_ns;
    return OAT_OK;
}

/* ---- Looking up ---- */

/* The row of a span id, or OAT_NO_ROW. */
static uint32_t find_row(const struct oat_day_trace *trace, const uint8_t span_id[8])
{
    size_t low = 0, high = trace->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(trace->rows[trace->by_span[middle]].span_id, span_id, 8) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == trace->count || memcmp(trace->rows[trace->by_span[low]].span_id, span_id, 8) != 0)
        return OAT_NO_ROW;
    return trace->by_span[low];
}

uint32_t oat_day_trace_find(const struct oat_day_trace *trace, const uint8_t span_id[8])
{
    uint32_t row = find_row(trace, span_id);
    return row == OAT_NO_ROW ? OAT_NO_ROW : trace->rows[row].trace;
}

uint32_t oat_day_trace_parent(const struct oat_day_trace *trace, uint32_t record)
{
    static const uint8_t zero[8];
    const struct oat_row *row = &trace->rows[trace->row_of[record]];
    if (row->parent != OAT_NO_ROW)
        return trace->rows[row->parent].trace;
    if (memcmp(row->parent_id, zero, sizeof zero) == 0)
        return OAT_NO_ROW;
    return oat_day_trace_find(trace, row->parent_id); /* of a cycle that was broken here */
}

static void join_marks(struct oat_day_trace *trace)
{
    for (size_t i = 0; i < trace->mark_count; i++)
        trace->marks[i].trace = oat_day_trace_find(trace, trace->marks[i].span_id) + 1; /* OAT_NO_ROW: 0 */
    trace->mark_count = oat_identity_join_marks(trace->marks, trace->mark_count);
}

int oat_day_trace_read(struct oat_day_trace *trace, struct oat_sources *sources, const struct oat_key *keys,
                       size_t count)
{
    size_t spans = 0;
    int result = OAT_OK;
    trace->count = trace->mark_count = 0;
    memcpy(trace->trace_id, keys->trace_id, sizeof trace->trace_id);
    trace->start_ns = keys->order;
    while (spans < count && (keys[spans].kind == OAT_SLOT_SPAN || keys[spans].kind == OAT_SLOT_OPEN))
        spans++;
    if (!make_room(trace, spans))
        return OAT_E_NOMEM;
    for (size_t i = 0; i < spans; i++)
        read_span(trace, sources, &keys[i]);
    for (size_t i = spans; i < count && result == OAT_OK; i++)
        result = read_mark(trace, sources, &keys[i]);
    if (result == OAT_OK)
        result = build_tree(trace, sources);
    if (result == OAT_OK)
        join_marks(trace);
    return result;
}
