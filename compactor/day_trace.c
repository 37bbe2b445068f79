#include "compactor/day_trace.h"

#include "compactor/reprice.h"
#include "reader/array.h"
#include "reader/identity.h"
#include "reader/part_marks.h"
#include "reader/row_sort.h"

#include <stdlib.h>
#include <string.h>

void oat_day_trace_free(struct oat_day_trace *trace)
{
    free(trace->spans);
    free(trace->rows);
    free(trace->row_of);
    free(trace->by_span);
    free(trace->records);
    free(trace->marks);
    free(trace->contents);
    free(trace->links);
    oat_tree_free(&trace->scratch);
    memset(trace, 0, sizeof *trace);
}

/* ---- Reading ---- */

static bool make_room(struct oat_day_trace *trace, size_t count)
{
    if (count <= trace->span_capacity)
        return true;
    free(trace->spans);
    free(trace->rows);
    free(trace->row_of);
    free(trace->by_span);
    trace->span_capacity = 0;
    trace->spans = malloc(2 * count * sizeof *trace->spans);
    trace->rows = malloc(2 * count * sizeof *trace->rows);
    trace->row_of = malloc(2 * count * sizeof *trace->row_of);
    trace->by_span = malloc(2 * count * sizeof *trace->by_span);
    if (!trace->spans || !trace->rows || !trace->row_of || !trace->by_span)
        return false;
    trace->span_capacity = 2 * count;
    return true;
}

static void reprice_slot(const struct oat_day_reader *reader, const struct oat_pair *pair,
                         struct oat_disk_span *span)
{
    static const uint8_t fields[] = {OAT_TEXT_PROVIDER, OAT_TEXT_MODEL};
    struct oat_sources *sources = reader->sources;
    oat_text text[sizeof fields];
    if (!reader->prices)
        return;
    for (size_t i = 0; i < sizeof fields; i++)
        text[i] =
            oat_strings_get(&sources->strings, pair, oat_le32_get(span->text[fields[i]]), &sources->problems);
    oat_reprice_record(reader->prices, text[0], text[1], span);
}

/* Reads a span of a pair and its row. OAT_E_CORRUPT: it cannot be read any more. */
static int read_slot(const struct oat_day_reader *reader, struct oat_slot_windows *windows,
                     const struct oat_pair *pair, const struct oat_key *key, struct oat_day_span *span,
                     struct oat_row *row)
{
    struct oat_problems *problems = &reader->sources->problems;
    const uint8_t *bytes;
    uint16_t kind;
    if (oat_slot_windows_get(windows, pair, key->place, problems, &bytes, &kind) != OAT_OK)
        return OAT_E_CORRUPT;
    memcpy(&span->span, bytes, sizeof span->span);
    span->open = kind == OAT_SLOT_OPEN;
    span->record = OAT_NO_ROW;
    reprice_slot(reader, pair, &span->span);
    return oat_row_of_slot(pair, key->place, kind, &span->span, problems, row) ? OAT_OK : OAT_E_CORRUPT;
}

/* The same of a part; also OAT_E_NOMEM. */
static int read_record(struct oat_day_trace *trace, struct oat_day_reader *reader, const struct oat_key *key,
                       struct oat_day_span *span, struct oat_row *row)
{
    const struct oat_record *record;
    int result = oat_part_runs_get(&reader->runs, key->source, key->place, &record);
    if (result != OAT_OK)
        return result;
    if (!oat_array_reserve(&trace->records, trace->record_count, &trace->record_capacity,
                           sizeof *trace->records))
        return OAT_E_NOMEM;
    trace->records[trace->record_count] = *record;
    span->span = record->span;
    if (reader->prices)
        oat_reprice_record(reader->prices, record->text[OAT_TEXT_PROVIDER], record->text[OAT_TEXT_MODEL],
                           &span->span);
    span->open = record->open;
    span->record = (uint32_t)trace->record_count++;
    oat_row_of_span(&span->span, record->open, row);
    row->source = key->source;
    row->place = key->place;
    row->status = (uint8_t)oat_part_shown_status(record->span.status);
    for (size_t i = 0; i < OAT_RECORD_PAYLOADS; i++)
        row->raw_payload_bytes += record->payload[i].raw_len;
    return OAT_OK;
}

static int read_span(struct oat_day_trace *trace, struct oat_day_reader *reader, const struct oat_key *key)
{
    const struct oat_pair *pair = oat_sources_pair(reader->sources, key->source);
    struct oat_day_span *span = &trace->spans[trace->span_count];
    struct oat_row *row = &trace->rows[trace->span_count];
    int result = pair ? read_slot(reader, &reader->windows, pair, key, span, row)
                      : read_record(trace, reader, key, span, row);
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? result : OAT_OK;
    span->source = key->source;
    row->trace = (uint32_t)trace->span_count++;
    return OAT_OK;
}

static int read_mark(struct oat_day_trace *trace, struct oat_day_reader *reader, const struct oat_key *key)
{
    const struct oat_pair *pair = oat_sources_pair(reader->sources, key->source);
    if (!oat_array_reserve(&trace->marks, trace->mark_count, &trace->mark_capacity, sizeof *trace->marks) ||
        !oat_array_reserve(&trace->contents, trace->mark_count, &trace->content_capacity,
                           sizeof *trace->contents))
        return OAT_E_NOMEM;
    struct oat_mark mark = {.source = key->source, .place = (uint32_t)trace->mark_count, .kind = key->kind};
    union oat_day_mark *content = &trace->contents[trace->mark_count];
    memcpy(mark.span_id, key->span_id, sizeof mark.span_id);
    if (pair) {
        const uint8_t *bytes;
        uint16_t kind;
        if (oat_slot_windows_get(&reader->windows, pair, key->place, &reader->sources->problems, &bytes,
                                 &kind) != OAT_OK)
            return OAT_OK;
        struct oat_mark_parts parts = oat_mark_parts_of(key->kind, bytes);
        memcpy(content->slot, bytes, sizeof content->slot);
        mark.id = parts.id;
        mark.time_ns = parts.time_ns;
    } else {
        struct oat_part *part = oat_sources_part(reader->sources, key->source);
        if (oat_part_mark_record(part, key->kind, key->place, &content->record) != OAT_OK)
            return OAT_OK;
        mark.id = content->record.id;
        mark.time_ns = content->record.time_ns;
    }
    trace->marks[trace->mark_count++] = mark;
    return OAT_OK;
}

static int add_link(struct oat_day_trace *trace, const struct oat_key *key)
{
    if (!oat_array_reserve(&trace->links, trace->link_count, &trace->link_capacity, sizeof *trace->links))
        return OAT_E_NOMEM;
    trace->links[trace->link_count++] = (struct oat_trace_link){key->source, key->place};
    return OAT_OK;
}

/* ---- Looking up ---- */

/* The row of a span id, or OAT_NO_ROW. */
static uint32_t find_row(const struct oat_day_trace *trace, const uint8_t span_id[8])
{
    uint64_t id = oat_span_id_order(span_id);
    size_t low = 0, high = trace->span_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (oat_span_id_order(trace->rows[trace->by_span[middle]].span_id) < id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == trace->span_count || memcmp(trace->rows[trace->by_span[low]].span_id, span_id, 8) != 0)
        return OAT_NO_ROW;
    return trace->by_span[low];
}

/* The index of a span by its id, or OAT_NO_ROW. */
static uint32_t find_span(const struct oat_day_trace *trace, const uint8_t span_id[8])
{
    uint32_t row = find_row(trace, span_id);
    return row == OAT_NO_ROW ? OAT_NO_ROW : trace->rows[row].trace;
}

uint32_t oat_day_trace_parent(const struct oat_day_trace *trace, uint32_t span)
{
    static const uint8_t zero[8];
    const struct oat_row *row = &trace->rows[trace->row_of[span]];
    if (row->parent != OAT_NO_ROW)
        return trace->rows[row->parent].trace;
    if (memcmp(row->parent_id, zero, sizeof zero) == 0)
        return OAT_NO_ROW;
    return find_span(trace, row->parent_id); /* of a cycle that was broken here */
}

/* ---- Putting together ---- */

static int compare_ids(const void *x, const void *y)
{
    return memcmp(((const struct oat_row *)x)->span_id, ((const struct oat_row *)y)->span_id, 8);
}

static int build_tree(struct oat_day_trace *trace, struct oat_sources *sources)
{
    uint32_t count = (uint32_t)trace->span_count;
    trace->summary = (struct oat_trace_info){.row_count = count, .model_row = OAT_NO_ROW};
    if (count == 0)
        return OAT_OK;
    oat_row_sort(trace->rows, count, OAT_ROWS_BY_SPAN_ID, compare_ids);
    int result = oat_tree_build(sources, trace->rows, count, trace->by_span, &trace->scratch);
    if (result != OAT_OK)
        return result;
    oat_tree_summarise(sources, trace->rows, &trace->summary);
    for (uint32_t i = 0; i < count; i++)
        trace->row_of[trace->rows[i].trace] = i;
    trace->start_ns = trace->summary.start_ns;
    return OAT_OK;
}

static void join_marks(struct oat_day_trace *trace)
{
    for (size_t i = 0; i < trace->mark_count; i++)
        trace->marks[i].trace = find_span(trace, trace->marks[i].span_id) + 1; /* OAT_NO_ROW: 0 */
    trace->mark_count = oat_identity_join_marks(trace->marks, trace->mark_count);
}

static bool is_span(const struct oat_key *key)
{
    return key->kind == OAT_SLOT_SPAN || key->kind == OAT_SLOT_OPEN;
}

int oat_day_trace_read(struct oat_day_trace *trace, struct oat_day_reader *reader, const struct oat_key *keys,
                       size_t count)
{
    size_t spans = 0;
    int result = OAT_OK;
    trace->span_count = trace->mark_count = trace->record_count = trace->link_count = 0;
    memcpy(trace->trace_id, keys->trace_id, sizeof trace->trace_id);
    trace->start_ns = keys->order;
    trace->replacements = keys->replacements;
    trace->is_later = keys->is_later;
    while (spans < count && is_span(&keys[spans]))
        spans++;
    if (!make_room(trace, spans))
        return OAT_E_NOMEM;
    for (size_t i = 0; i < spans && result == OAT_OK; i++)
        result = read_span(trace, reader, &keys[i]);
    for (size_t i = spans; i < count && result == OAT_OK; i++)
        result = keys[i].kind == OAT_KEY_CONTINUED ? add_link(trace, &keys[i])
                                                   : read_mark(trace, reader, &keys[i]);
    if (result == OAT_OK)
        result = build_tree(trace, reader->sources);
    if (result == OAT_OK)
        join_marks(trace);
    return result;
}
