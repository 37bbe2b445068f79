/* Verifying: every entry where it stands, or with `deep` everything that is referred to. Slots were
 * all checked when the snapshot was taken. */
#include "format/attrs.h"
#include "reader/image_verify.h"
#include "reader/scan.h"
#include "reader/summary_verify.h"
#include "reader/trace.h"
#include "reader/view.h"

#include <stdlib.h>
#include <string.h>

static void report_attributes(struct oat_sources *sources, const oat_payload *payload)
{
    const struct oat_pair *pair = oat_sources_pair(sources, payload->source);
    oat_problems_add(&sources->problems, OAT_PROBLEM_LOST,
                     pair ? pair->blobs_path : oat_part_path(oat_sources_part(sources, payload->source)),
                     payload->place, "attributes", "a valid encoding", "another");
}

/* Attributes have to decode, too. */
static int follow_attributes(const oat_snapshot *snapshot, const oat_payload *payload)
{
    uint8_t *bytes;
    size_t len;
    struct oat_attr_cursor cursor;
    int result = oat_payload_read(snapshot, payload, &bytes, &len);
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? result : OAT_OK;
    if (oat_attrs_open(bytes, len, &cursor) != OAT_OK)
        report_attributes(snapshot->sources, payload);
    free(bytes);
    return OAT_OK;
}

/* Decodes a payload whole; damage is added to the problems on the way. */
static int follow_payload(const oat_snapshot *snapshot, const oat_payload *payload)
{
    uint8_t *bytes;
    size_t len;
    int result = oat_payload_read(snapshot, payload, &bytes, &len);
    if (result == OAT_OK)
        free(bytes);
    return result == OAT_E_NOMEM ? result : OAT_OK;
}

static int follow_span(const oat_snapshot *snapshot, const oat_span_view *span)
{
    const oat_payload *payloads[] = {&span->input, &span->output, &span->error};
    int result = follow_attributes(snapshot, &span->attributes);
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads && result == OAT_OK; i++)
        result = follow_payload(snapshot, payloads[i]);
    return result;
}

/* Reads what an event, link or score refers to. */
static int follow_mark(const oat_snapshot *snapshot, const struct oat_mark *mark)
{
    struct oat_sources *sources = snapshot->sources;
    struct oat_mark_record record;
    if (oat_mark_record_read(sources, mark->source, mark->kind, mark->place, &record) != OAT_OK)
        return OAT_OK;
    oat_payload attributes = oat_view_payload(sources, mark->source, &record.attributes);
    return follow_attributes(snapshot, &attributes);
}

/* Reading spans reads their texts. */
static int follow_trace(const oat_snapshot *snapshot, const uint8_t trace_id[16])
{
    oat_trace *trace;
    size_t count;
    int result = oat_trace_open(snapshot, trace_id, &trace);
    if (result != OAT_OK)
        return result;
    const oat_span_view *spans = oat_trace_spans(trace, &count);
    for (size_t i = 0; i < count && result == OAT_OK; i++)
        result = follow_span(snapshot, &spans[i]);
    const struct oat_mark *marks = trace->assembly->marks + trace->info->first_mark;
    for (size_t i = 0; i < trace->info->mark_count && result == OAT_OK; i++)
        result = follow_mark(snapshot, &marks[i]);
    oat_trace_close(trace);
    return result;
}

static int by_span_id(const void *x, const void *y)
{
    const struct oat_kept_row *const *a = x, *const *b = y;
    return memcmp((*a)->span_id, (*b)->span_id, sizeof(*a)->span_id);
}

/* Spans of one id that started on different days are kept apart; seldom is that meant. */
static int list_copies(const struct oat_assembly *assembly, const struct oat_trace_info *trace)
{
    const struct oat_kept_row **rows = malloc((trace->row_count + (size_t)1) * sizeof *rows);
    if (!rows)
        return OAT_E_NOMEM;
    for (uint32_t i = 0; i < trace->row_count; i++)
        rows[i] = &assembly->rows[trace->first_row + i];
    qsort(rows, trace->row_count, sizeof *rows, by_span_id);
    for (uint32_t i = 1; i < trace->row_count; i++)
        if (by_span_id(&rows[i - 1], &rows[i]) == 0)
            oat_sources_report(assembly->sources, rows[i]->source, rows[i]->place, OAT_PROBLEM_TREE,
                               "span id", "one start day", "several");
    free(rows);
    return OAT_OK;
}

static int list_loose_copies(const struct oat_assembly *loose)
{
    int result = OAT_OK;
    for (size_t i = 0; i < loose->trace_count && result == OAT_OK; i++)
        result = list_copies(loose, &loose->traces[i]);
    return result;
}

/* A scan does not keep their spans' ids. */
static int list_continued_copies(const struct oat_scan *scan)
{
    int result = OAT_OK;
    for (size_t i = 0; i < scan->continued.trace_count && result == OAT_OK; i++) {
        oat_trace *trace;
        result = oat_trace_open(scan->snapshot, scan->continued.traces[i].trace_id, &trace);
        if (result == OAT_OK) {
            result = list_copies(trace->assembly, trace->info);
            oat_trace_close(trace);
        } else if (result == OAT_NOTFOUND) {
            result = OAT_OK; /* what it had is damaged since: it is reported */
        }
    }
    return result;
}

static int verify_hot(struct oat_sources *sources)
{
    for (size_t i = 0; i < sources->pair_count; i++) {
        int result =
            sources->pairs[i]->has_blobs ? oat_blobs_verify(sources->pairs[i], &sources->problems) : OAT_OK;
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

static int verify_parts(const struct oat_scan *scan)
{
    for (size_t i = 0; i < scan->part_count; i++) {
        struct oat_part *part = scan->parts[i].part;
        struct oat_pack *pack = oat_part_pack(part);
        int result = oat_image_verify(oat_part_image(part));
        if (result == OAT_OK)
            result = oat_summaries_verify(part);
        if (result == OAT_OK && pack)
            result = oat_pack_verify(pack);
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

/* Nothing is lost with it, but lookups are slow without it. */
static int verify_trace_index(struct oat_sources *sources)
{
    struct oat_image image;
    int result = oat_image_open(&image, sources->store_fd, OAT_TRACE_INDEX_NAME, OAT_MAGIC_TRACES, 0,
                                &sources->problems);
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? result : OAT_OK;
    result = oat_image_verify(&image);
    oat_image_close(&image);
    return result;
}

static int follow_all(const oat_snapshot *snapshot)
{
    oat_trace_list *list;
    int result = oat_trace_list_open(snapshot, &(oat_trace_query){0}, &list);
    if (result != OAT_OK)
        return result;
    for (size_t i = 0; i < oat_trace_list_count(list) && result == OAT_OK; i++)
        result = follow_trace(snapshot, oat_trace_list_get(list, i)->trace_id);
    oat_trace_list_close(list);
    return result;
}

int oat_snapshot_verify(oat_snapshot *snapshot, bool deep)
{
    struct oat_scan scan;
    int result = oat_scan_open(snapshot, 0, UINT64_MAX, NULL, &scan);
    if (result != OAT_OK)
        return result;
    result = list_loose_copies(&snapshot->loose);
    if (result == OAT_OK)
        result = list_continued_copies(&scan);
    /* Not with deep: what nothing refers to may be the remains of a write that was given up. */
    if (result == OAT_OK && !deep)
        result = verify_hot(snapshot->sources);
    if (result == OAT_OK)
        result = verify_parts(&scan);
    if (result == OAT_OK)
        result = verify_trace_index(snapshot->sources);
    if (result == OAT_OK && deep)
        result = follow_all(snapshot);
    oat_scan_close(&scan);
    return result;
}
