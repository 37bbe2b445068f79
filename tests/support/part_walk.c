#include "tests/support/part_walk.h"

#include "format/attrs.h"
#include "reader/part_attributes.h"
#include "reader/part_collect.h"
#include "reader/part_find.h"
#include "reader/part_marks.h"
#include "reader/part_record.h"
#include "reader/part_source.h"
#include "reader/part_trace.h"
#include "reader/summary_source.h"
#include "reader/summary_verify.h"
#include "reader/text_match.h"

#include <stdlib.h>
#include <string.h>

#define BATCHES_MAX 20u

struct walk {
    struct oat_part *part;
    uint32_t row_max;
    uint64_t hash;
};

static void require(bool promise)
{
    if (!promise)
        abort();
}

static void add(struct walk *w, const void *bytes, size_t len)
{
    w->hash = oat_hash64(bytes, len, w->hash);
}

static void add_number(struct walk *w, uint64_t number)
{
    add(w, &number, sizeof number);
}

static void add_text(struct walk *w, oat_text text)
{
    require(text.bytes || text.len == 0);
    add_number(w, text.bytes ? text.len : UINT64_MAX);
    if (text.bytes)
        add(w, text.bytes, text.len);
}

/* Adds bytes that are the caller's, and frees them. */
static void add_bytes(struct walk *w, int result, uint8_t *bytes, size_t len)
{
    add_number(w, (uint64_t)result);
    if (result != OAT_OK)
        return;
    require(bytes[len] == 0);
    add(w, bytes, len);
    free(bytes);
}

/* ---- Rows ---- */

static void add_payload(struct walk *w, const struct oat_record_payload *payload)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    add_number(w, payload->kind);
    add_number(w, payload->media);
    add_number(w, payload->flags);
    add_number(w, payload->raw_len);
    if (payload->kind == OAT_PLACE_ATTRIBUTES) {
        struct oat_attr_cursor cursor;
        int result = oat_part_attributes(w->part, (uint32_t)payload->place, &bytes, &len);
        require(result != OAT_OK ||
                (len == payload->raw_len && oat_attrs_open(bytes, len, &cursor) == OAT_OK));
        add_bytes(w, result, bytes, len);
    } else if (payload->kind == OAT_PLACE_PACK && oat_part_pack(w->part)) {
        int result =
            oat_pack_read(oat_part_pack(w->part), (uint32_t)payload->place, 1000, &bytes, &len, NULL);
        add_bytes(w, result, bytes, len);
    }
}

static void walk_span(struct walk *w, uint32_t row)
{
    struct oat_record record;
    uint32_t trace = 0;
    uint32_t found[4];
    int result = oat_part_record(w->part, row, 1, OAT_RECORD_TEXTS_ALL, &record);
    add_number(w, (uint64_t)result);
    add_number(w, (uint64_t)oat_part_trace_of(w->part, row, &trace));
    add_number(w, trace);
    if (result != OAT_OK)
        return;
    require(record.span.type >= OAT_AGENT && record.span.type <= OAT_FILE_IO);
    add(w, &record.span, sizeof record.span);
    for (unsigned t = 0; t < OAT_TEXT_FIELDS; t++)
        add_text(w, record.text[t]);
    for (unsigned p = 0; p < OAT_RECORD_PAYLOADS; p++)
        add_payload(w, &record.payload[p]);
    add_number(w, oat_part_find_spans(w->part, record.span.span_id, found, 4));
}

static void walk_marks(struct walk *w, const struct oat_rows *rows)
{
    for (size_t i = 0; i < rows->mark_count && i < w->row_max; i++) {
        const struct oat_mark *mark = &rows->marks[i];
        struct oat_mark_record record;
        int result = oat_part_mark_record(w->part, mark->kind, mark->place, &record);
        add_number(w, (uint64_t)result);
        add_number(w, mark->id);
        add_number(w, mark->time_ns);
        add(w, mark->span_id, sizeof mark->span_id);
        if (result != OAT_OK)
            continue;
        for (unsigned t = 0; t < OAT_MARK_TEXTS_MAX; t++)
            add_text(w, record.text[t]);
        add(w, record.target_trace_id, sizeof record.target_trace_id);
        add(w, record.target_span_id, sizeof record.target_span_id);
        add_number(w, record.span_start_ns);
        add_number(w, record.value);
        add_number(w, record.trace_flags | (uint64_t)record.remote << 8 | (uint64_t)record.has_value << 9);
        add_payload(w, &record.attributes);
    }
}

static void add_figures(struct walk *w, const struct oat_trace_figures *figures)
{
    add(w, figures->trace_id, sizeof figures->trace_id);
    add_number(w, figures->start_ns);
    add_number(w, figures->end_ns);
    add_number(w, figures->input_tokens);
    add_number(w, figures->output_tokens);
    add_number(w, (uint64_t)figures->cost_nano);
    add_number(w, figures->status);
    add_number(w, figures->depth | (uint64_t)figures->error_count << 32);
    add_number(w, figures->llm_calls | (uint64_t)figures->tool_calls << 32);
    for (unsigned t = 0; t < OAT_TEXT_FIELDS; t++)
        add_text(w, figures->text[t]);
}

static void walk_trace(struct walk *w, uint32_t trace)
{
    struct oat_trace_figures figures;
    struct oat_rows rows;
    uint32_t first, count, number;
    int result = oat_part_trace_figures(w->part, trace, OAT_FIGURES_ALL, &figures);
    add_number(w, (uint64_t)result);
    if (result == OAT_OK) {
        add_figures(w, &figures);
        add_number(w, oat_part_find_trace(w->part, figures.trace_id));
    }
    result = oat_part_trace_rows(w->part, trace, &first, &count);
    if (result == OAT_OK && count > w->row_max)
        return;
    oat_rows_init(&rows);
    require(oat_rows_trace(&rows, (const uint8_t *)"any trace at all", &number) == OAT_OK);
    require(oat_part_collect(w->part, trace, 1, number, &rows) == OAT_OK);
    add_number(w, rows.row_count);
    walk_marks(w, &rows);
    oat_rows_free(&rows);
}

/* ---- Batches ---- */

static void walk_vectors(struct walk *w, struct oat_source *source, struct oat_batch *batch)
{
    for (int v = 0; v < OAT_VECTOR_COUNT; v++) {
        enum oat_vector vector = (enum oat_vector)v;
        const uint64_t *wide;
        const uint32_t *narrow;
        if (vector < OAT_VECTOR_WIDE_COUNT) {
            require(oat_batch_u64(batch, vector, &wide) == OAT_OK);
            add(w, wide, batch->count * sizeof *wide);
            continue;
        }
        require(oat_batch_u32(batch, vector, &narrow) == OAT_OK);
        add(w, narrow, batch->count * sizeof *narrow);
        uint32_t codes = source->ops->code_count(source, vector);
        for (uint32_t i = 0; i < batch->count; i++) {
            require(vector != OAT_VECTOR_TYPE || narrow[i] <= OAT_FILE_IO);
            require(vector != OAT_VECTOR_STATUS || narrow[i] <= OAT_SHOWN_LOST_CONTACT);
            require(vector != OAT_VECTOR_TRACE || narrow[i] < source->trace_count ||
                    source->trace_count == 0);
            if (vector >= OAT_VECTOR_TEXT && vector < OAT_VECTOR_TOKENS)
                require(narrow[i] <= codes);
        }
        if (codes > 0)
            add_text(w, source->ops->text(source, vector, codes));
    }
}

static void walk_attributes(struct walk *w, struct oat_source *source, struct oat_batch *batch)
{
    const struct oat_code_columns *columns;
    uint32_t count = source->ops->attribute_count(source);
    require(source->ops->attributes(source, batch, batch->rows, &columns) == OAT_OK);
    for (uint32_t n = 0; n < columns->count; n++) {
        const uint32_t *codes = columns->codes + n * OAT_BATCH_ROWS;
        for (uint32_t i = 0; i < batch->count; i++)
            require(codes[i] <= count);
        add(w, codes, batch->count * sizeof *codes);
    }
}

static void walk_batches(struct walk *w)
{
    struct oat_source *source;
    struct oat_batch batch = {0};
    struct oat_text_match *match;
    require(oat_part_source_new(w->part, NULL, &source) == OAT_OK);
    require(oat_text_match_create("text", 4, &match) == OAT_OK);
    for (uint32_t n = 0; n < source->batch_count && n < BATCHES_MAX; n++) {
        uint64_t min = 0, max = 0, rows[OAT_BATCH_WORDS];
        require(oat_batch_open(&batch, source, n) == OAT_OK);
        walk_vectors(w, source, &batch);
        walk_attributes(w, source, &batch);
        for (int v = 0; v < OAT_VECTOR_COUNT; v++)
            source->ops->zone(source, n, (enum oat_vector)v, &min, &max);
        memcpy(rows, batch.rows, sizeof rows);
        require(source->ops->contains(source, &batch, OAT_PAYLOAD_OF_INPUT, match, rows) == OAT_OK);
        add(w, rows, sizeof rows);
        add(w, batch.rows, sizeof batch.rows);
    }
    oat_batch_free(&batch);
    source->ops->free(source);
    oat_text_match_free(match);
}

/* ---- Summaries ---- */

static void walk_summary(struct walk *w, struct oat_summary_source *summary, enum oat_summary_kind kind)
{
    struct oat_source *source = oat_summary_source_rows(summary);
    struct oat_batch batch = {0};
    for (uint32_t n = 0; n < source->batch_count && n < BATCHES_MAX; n++) {
        uint64_t numbers[OAT_BATCH_ROWS];
        const uint64_t *starts;
        const uint32_t *values;
        require(oat_batch_open(&batch, source, n) == OAT_OK);
        add(w, batch.rows, sizeof batch.rows);
        require(oat_batch_u64(&batch, OAT_VECTOR_START, &starts) == OAT_OK);
        add(w, starts, batch.count * sizeof *starts);
        for (int v = 0; v < OAT_VECTOR_COUNT; v++) {
            if (!(oat_summary_vectors(kind) >> v & 1))
                continue;
            require(oat_batch_u32(&batch, (enum oat_vector)v, &values) == OAT_OK);
            add(w, values, batch.count * sizeof *values);
        }
        for (unsigned column = 1; column < OAT_TABLE_COLUMNS; column++)
            if (oat_summary_source_numbers(summary, &batch, column, numbers) == OAT_OK)
                add(w, numbers, batch.count * sizeof *numbers);
    }
    oat_batch_free(&batch);
}

static void walk_summaries(struct walk *w)
{
    static const struct oat_summary_scope scopes[] = {
        {0, UINT64_MAX, 0, OAT_SUMMARY_BY_MODEL},
        {0, UINT64_MAX, 0, OAT_SUMMARY_BY_AGENT},
        {UINT64_C(1795305600000000000), UINT64_C(1795309200000000000), 0, OAT_SUMMARY_BY_MODEL},
        {0, UINT64_MAX, UINT64_C(3600000000000), OAT_SUMMARY_BY_MODEL},
    };
    require(oat_summaries_verify(w->part) == OAT_OK);
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        struct oat_summary_source *summary;
        int result = oat_summary_source_new(w->part, NULL, &scopes[i], &summary);
        add_number(w, (uint64_t)result);
        if (result != OAT_OK)
            continue;
        walk_summary(w, summary, scopes[i].kind);
        oat_summary_source_rows(summary)->ops->free(oat_summary_source_rows(summary));
    }
}

uint64_t oat_part_walk(struct oat_part *part, uint32_t row_max)
{
    struct walk w = {.part = part, .row_max = row_max};
    uint32_t spans = oat_part_table(part, OAT_TABLE_SPANS)->table.rows;
    uint32_t traces = oat_part_table(part, OAT_TABLE_TRACES)->table.rows;
    for (uint64_t row = 0; row < spans; row += spans / row_max + 1)
        walk_span(&w, (uint32_t)row);
    for (uint64_t trace = 0; trace < traces; trace += traces / row_max + 1)
        walk_trace(&w, (uint32_t)trace);
    walk_batches(&w);
    walk_summaries(&w);
    return w.hash;
}
