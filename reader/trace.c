#include "reader/trace.h"

#include "format/ids.h"
#include "reader/gather.h"
#include "reader/part_record.h"
#include "reader/view.h"

#include <stdlib.h>
#include <string.h>

/* ---- Views ---- */

void oat_trace_view_numbers(const struct oat_trace_info *info, oat_trace_view *ret)
{
    *ret = (oat_trace_view){
        .start_ns = info->start_ns,
        .end_ns = info->end_ns,
        .status = (enum oat_shown_status)info->status,
        .root_missing = info->root_missing,
        .span_count = info->row_count,
        .error_count = info->error_count,
        .llm_calls = info->llm_calls,
        .tool_calls = info->tool_calls,
        .depth = info->depth,
        .has_input_tokens = info->has_input_tokens,
        .has_output_tokens = info->has_output_tokens,
        .has_cost = info->has_cost,
        .input_tokens = info->input_tokens,
        .output_tokens = info->output_tokens,
        .cost_total_nano = info->cost_total_nano,
    };
    memcpy(ret->trace_id, info->trace_id, sizeof ret->trace_id);
}

void oat_trace_view_fill(const struct oat_assembly *assembly, const struct oat_trace_info *info,
                         oat_trace_view *ret)
{
    struct oat_sources *sources = assembly->sources;
    const struct oat_row *rows = assembly->rows + info->first_row, *root = &rows[info->root];
    struct oat_record record;
    oat_trace_view_numbers(info, ret);
    oat_record_read(sources, root->source, root->place, &record); /* zeros when it is gone */
    if (!info->root_missing) {
        ret->name = record.text[OAT_TEXT_NAME];
        ret->agent = record.text[OAT_TEXT_AGENT];
    }
    ret->service = record.text[OAT_TEXT_SERVICE];
    ret->session = record.text[OAT_TEXT_SESSION];
    ret->user = record.text[OAT_TEXT_USER];
    ret->attributes = oat_view_payload(sources, root->source, &record.payload[OAT_RECORD_ATTRIBUTES]);
    if (info->model_row != OAT_NO_ROW) {
        const struct oat_row *row = &rows[info->model_row];
        oat_record_read(sources, row->source, row->place, &record);
        ret->model = record.text[OAT_TEXT_MODEL];
    }
}

static uint32_t count_marks(const struct oat_trace *trace, uint16_t kind, const uint8_t *span_id)
{
    size_t count;
    oat_assembly_marks(trace->assembly, trace->info, kind, span_id, &count);
    return (uint32_t)count;
}

/* record: zeros when it is gone. */
static void show_span(const struct oat_trace *trace, const struct oat_row *row,
                      const struct oat_record *record, oat_span_view *ret)
{
    memset(ret, 0, sizeof *ret);
    oat_view_fill(trace->assembly->sources, record, ret);
    /* The row is what was joined and ordered, and stands also then. */
    memcpy(ret->trace_id, trace->info->trace_id, sizeof ret->trace_id);
    memcpy(ret->span_id, row->span_id, sizeof ret->span_id);
    memcpy(ret->parent_id, row->parent_id, sizeof ret->parent_id);
    ret->start_ns = row->start_ns;
    ret->end_ns = row->end_ns;
    ret->type = (enum oat_span_type)row->type;
    ret->status = (enum oat_shown_status)row->status;
    ret->depth = row->depth;
    ret->parent_index = row->parent;
    if (trace->info->mark_count > 0) {
        ret->event_count = count_marks(trace, OAT_SLOT_EVENT, row->span_id);
        ret->link_count = count_marks(trace, OAT_SLOT_LINK, row->span_id);
        ret->score_count = count_marks(trace, OAT_SLOT_SCORE, row->span_id);
    }
}

/* Where a row of the trace is stored. */
struct place {
    uint32_t source, place, row;
};

static int compare_places(const void *x, const void *y)
{
    const struct place *a = x, *b = y;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* How many of the places, from the first on, lie one after the other in a part. */
static uint32_t run_length(const struct place *places, uint32_t count)
{
    uint32_t n = 1;
    while (n < count && n < OAT_PART_RECORDS && places[n].source == places->source &&
           places[n].place == places->place + n)
        n++;
    return places->source & OAT_SOURCE_PART ? n : 1;
}

static int show_run(struct oat_trace *trace, const struct place *places, uint32_t count)
{
    struct oat_sources *sources = trace->assembly->sources;
    const struct oat_row *rows = trace->assembly->rows + trace->info->first_row;
    struct oat_record records[OAT_PART_RECORDS];
    int result = OAT_OK;
    if (places->source & OAT_SOURCE_PART)
        result = oat_part_records(oat_sources_part(sources, places->source), places->place, count,
                                  places->source, true, records);
    else
        oat_record_read(sources, places->source, places->place, records);
    for (uint32_t i = 0; i < count && result == OAT_OK; i++) {
        records[i].source = places->source;
        show_span(trace, &rows[places[i].row], &records[i], &trace->spans[places[i].row]);
    }
    return result;
}

/* Rows are in tree order, but are read in the order in which they lie. */
static int show_spans(struct oat_trace *trace)
{
    const struct oat_row *rows = trace->assembly->rows + trace->info->first_row;
    uint32_t count = trace->info->row_count;
    struct place *places = malloc(count * sizeof *places);
    int result = OAT_OK;
    if (!places)
        return OAT_E_NOMEM;
    for (uint32_t i = 0; i < count; i++)
        places[i] = (struct place){rows[i].source, rows[i].place, i};
    qsort(places, count, sizeof *places, compare_places);
    for (uint32_t done = 0, n; done < count && result == OAT_OK; done += n) {
        n = run_length(places + done, count - done);
        result = show_run(trace, places + done, n);
    }
    free(places);
    return result;
}

/* ---- Opening ---- */

/* Puts a trace together that no hot pair has anything of. OAT_NOTFOUND: no part has, either. */
static int gather(struct oat_trace *trace, const uint8_t trace_id[16])
{
    const struct oat_snapshot *snapshot = trace->snapshot;
    struct oat_rows rows;
    uint32_t number;
    if (snapshot->manifest.part_count == 0 || oat_snapshot_is_hidden(snapshot, trace_id))
        return OAT_NOTFOUND;
    oat_rows_init(&rows);
    int result = oat_rows_trace(&rows, trace_id, &number);
    if (result == OAT_OK)
        result = oat_snapshot_gather(snapshot, trace_id, 0, UINT32_MAX, number, &rows);
    if (result == OAT_OK)
        result = oat_assemble(snapshot->sources, &rows, &trace->own);
    oat_rows_free(&rows);
    if (result == OAT_OK && trace->own.trace_count == 0)
        result = OAT_NOTFOUND;
    trace->assembly = &trace->own;
    trace->info = trace->own.traces;
    return result;
}

int oat_trace_open(const oat_snapshot *snapshot, const uint8_t trace_id[16], oat_trace **ret_trace)
{
    struct oat_trace *trace = calloc(1, sizeof *trace);
    if (!trace)
        return OAT_E_NOMEM;
    trace->snapshot = snapshot;
    trace->assembly = &snapshot->loose;
    trace->info = oat_assembly_find(&snapshot->loose, trace_id);
    int result = trace->info ? OAT_OK : gather(trace, trace_id);
    if (result == OAT_OK)
        trace->spans = malloc(trace->info->row_count * sizeof *trace->spans);
    if (result == OAT_OK)
        result = trace->spans ? show_spans(trace) : OAT_E_NOMEM;
    if (result != OAT_OK) {
        oat_trace_close(trace);
        return result;
    }
    oat_trace_view_fill(trace->assembly, trace->info, &trace->head);
    *ret_trace = trace;
    return OAT_OK;
}

void oat_trace_close(oat_trace *trace)
{
    if (!trace)
        return;
    oat_assembly_free(&trace->own);
    free(trace->spans);
    free(trace);
}

const oat_trace_view *oat_trace_head(const oat_trace *trace)
{
    return &trace->head;
}

const oat_span_view *oat_trace_spans(const oat_trace *trace, size_t *ret_count)
{
    *ret_count = trace->info->row_count;
    return trace->spans;
}
