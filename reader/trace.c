#include "reader/trace.h"

#include "format/ids.h"
#include "reader/assembly_add.h"
#include "reader/gather.h"
#include "reader/row_records.h"
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
                         const struct oat_kept_records *kept, oat_trace_view *ret)
{
    struct oat_sources *sources = assembly->sources;
    struct oat_row_place root = oat_assembly_place(assembly, info->first_row + info->root);
    struct oat_record record;
    oat_trace_view_numbers(info, ret);
    oat_row_record(sources, kept, root, &record);
    if (!info->root_missing) {
        ret->name = record.text[OAT_TEXT_NAME];
        ret->agent = record.text[OAT_TEXT_AGENT];
    }
    ret->service = record.text[OAT_TEXT_SERVICE];
    ret->session = record.text[OAT_TEXT_SESSION];
    ret->user = record.text[OAT_TEXT_USER];
    ret->attributes = oat_view_payload(sources, root.source, &record.payload[OAT_RECORD_ATTRIBUTES]);
    if (info->model_row != OAT_NO_ROW) {
        struct oat_row_place model = oat_assembly_place(assembly, info->first_row + info->model_row);
        oat_row_record(sources, kept, model, &record);
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
static void show_span(const struct oat_trace *trace, const struct oat_kept_row *row,
                      const struct oat_record *record, oat_span_view *ret)
{
    memset(ret, 0, sizeof *ret);
    oat_view_fill(trace->assembly->sources, record, ret);
    /* The row is what was joined and ordered, and stands also then. */
    memcpy(ret->trace_id, trace->info->trace_id, sizeof ret->trace_id);
    memcpy(ret->span_id, row->span_id, sizeof ret->span_id);
    memcpy(ret->parent_id, oat_assembly_parent_id(trace->assembly, row), sizeof ret->parent_id);
    ret->start_ns = row->start_ns;
    ret->end_ns = row->end_ns;
    ret->type = (enum oat_span_type)row->type;
    ret->status = (enum oat_shown_status)row->status;
    ret->depth = row->depth;
    ret->parent_index = oat_kept_parent(row);
    if (trace->info->mark_count > 0) {
        ret->event_count = count_marks(trace, OAT_SLOT_EVENT, row->span_id);
        ret->link_count = count_marks(trace, OAT_SLOT_LINK, row->span_id);
        ret->score_count = count_marks(trace, OAT_SLOT_SCORE, row->span_id);
    }
}

/* False: some were not kept. */
static bool show_kept(struct oat_trace *trace, const struct oat_kept_records *kept)
{
    const struct oat_kept_row *rows = trace->assembly->rows + trace->info->first_row;
    for (uint32_t i = 0; i < trace->info->row_count; i++) {
        const struct oat_record *record = oat_kept_records_find(kept, rows[i].source, rows[i].place);
        if (!record)
            return false;
        show_span(trace, &rows[i], record, &trace->spans[i]);
    }
    return true;
}

static int show_spans(struct oat_trace *trace)
{
    const struct oat_kept_row *rows = trace->assembly->rows + trace->info->first_row;
    uint32_t count = trace->info->row_count, most = count < OAT_ROW_RECORDS ? count : OAT_ROW_RECORDS;
    struct oat_record *records = malloc(most * sizeof *records);
    int result = records ? OAT_OK : OAT_E_NOMEM;
    for (uint32_t done = 0; done < count && result == OAT_OK; done += most) {
        uint32_t n = count - done < most ? count - done : most;
        result =
            oat_row_records(trace->assembly->sources, NULL, OAT_RECORD_TEXTS_ALL, rows + done, n, records);
        for (uint32_t i = 0; i < n && result == OAT_OK; i++)
            show_span(trace, &rows[done + i], &records[i], &trace->spans[done + i]);
    }
    free(records);
    return result;
}

/* ---- Opening ---- */

/* Puts a trace together that no hot pair has anything of. OAT_NOTFOUND: no part has, either. */
static int gather(struct oat_trace *trace, const uint8_t trace_id[16], struct oat_kept_records *kept)
{
    const struct oat_snapshot *snapshot = trace->snapshot;
    struct oat_rows rows;
    if (snapshot->manifest.part_count == 0 || oat_snapshot_is_hidden(snapshot, trace_id))
        return OAT_NOTFOUND;
    int result = oat_rows_init_one(&rows, trace_id);
    rows.kept = kept;
    trace->own.sources = snapshot->sources;
    trace->own.unindexed = true;
    if (result == OAT_OK)
        result = oat_snapshot_gather(snapshot, trace_id, 0, &rows);
    if (result == OAT_OK)
        result = oat_assembly_add(&trace->own, &rows);
    oat_rows_free(&rows);
    if (result != OAT_OK)
        return result;
    trace->assembly = &trace->own;
    trace->info = oat_assembly_find(&trace->own, trace_id);
    return trace->info ? OAT_OK : OAT_NOTFOUND;
}

int oat_trace_open(const oat_snapshot *snapshot, const uint8_t trace_id[16], oat_trace **ret_trace)
{
    struct oat_trace *trace = calloc(1, sizeof *trace);
    struct oat_kept_records kept = {0};
    if (!trace)
        return OAT_E_NOMEM;
    trace->snapshot = snapshot;
    trace->assembly = &snapshot->loose;
    trace->info = oat_assembly_find(&snapshot->loose, trace_id);
    int result = trace->info ? OAT_OK : gather(trace, trace_id, &kept);
    if (result == OAT_OK)
        trace->spans = malloc(trace->info->row_count * sizeof *trace->spans);
    if (result == OAT_OK && !trace->spans)
        result = OAT_E_NOMEM;
    if (result == OAT_OK && !show_kept(trace, &kept))
        result = show_spans(trace);
    if (result == OAT_OK) {
        oat_trace_view_fill(trace->assembly, trace->info, &kept, &trace->head);
        *ret_trace = trace;
    } else {
        oat_trace_close(trace);
    }
    oat_kept_records_free(&kept);
    return result;
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
