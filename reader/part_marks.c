#include "reader/part_marks.h"

#include "reader/part_record.h"

#include <string.h>

static enum oat_table_id table_of(uint16_t kind)
{
    return kind == OAT_SLOT_EVENT  ? OAT_TABLE_EVENTS
           : kind == OAT_SLOT_LINK ? OAT_TABLE_LINKS
                                   : OAT_TABLE_SCORES;
}

/* A row of one of the tables. The first failure stays: zeros are read from then on. */
struct mark_row {
    struct oat_part *part;
    struct oat_image_table *table;
    enum oat_table_id id;
    uint32_t row;
    int result;
};

static uint64_t number(struct mark_row *mark, unsigned column)
{
    uint64_t value = 0;
    if (mark->result == OAT_OK)
        mark->result = oat_image_number(mark->table, column, mark->row, &value);
    return value;
}

/* Likewise, one that is at most max. */
static uint64_t number_to(struct mark_row *mark, unsigned column, uint64_t max, const char *what)
{
    uint64_t value = number(mark, column);
    if (value <= max)
        return value;
    oat_part_report(mark->part, mark->id, mark->row, what);
    mark->result = OAT_E_CORRUPT;
    return 0;
}

static oat_text text(struct mark_row *mark, unsigned column)
{
    uint64_t code = number(mark, column);
    oat_text found = oat_part_text(mark->part, mark->id, column, code);
    if (code != 0 && !found.bytes)
        oat_part_report(mark->part, mark->id, mark->row, "code of a text");
    return found;
}

static void put_number(uint8_t dst[8], uint64_t value)
{
    oat_le64 bytes = oat_le64_of(value);
    memcpy(dst, &bytes, sizeof bytes);
}

/* What a mark tells of its span: from the span where that is here. */
static uint64_t of_span(struct mark_row *mark, unsigned span_column, unsigned own_column)
{
    struct oat_image_table *spans = oat_part_table(mark->part, OAT_TABLE_SPANS);
    uint64_t row = number_to(mark, OAT_COL_MARK_ROW, spans->table.rows, "row of a span");
    uint64_t value = 0;
    if (row == 0)
        return number(mark, own_column);
    if (mark->result == OAT_OK)
        mark->result = oat_image_number(spans, span_column, (uint32_t)(row - 1), &value);
    return value;
}

static struct mark_row open_row(struct oat_part *part, uint16_t kind, uint32_t row)
{
    enum oat_table_id id = table_of(kind);
    return (struct mark_row){part, oat_part_table(part, id), id, row, OAT_OK};
}

/* ---- Whole ---- */

static void read_link(struct mark_row *mark, struct oat_mark_record *ret)
{
    ret->text[0] = text(mark, OAT_COL_LINK_TRACE_STATE);
    put_number(ret->target_trace_id, number(mark, OAT_COL_LINK_TARGET_TRACE_FIRST));
    put_number(ret->target_trace_id + 8, number(mark, OAT_COL_LINK_TARGET_TRACE_SECOND));
    put_number(ret->target_span_id, number(mark, OAT_COL_LINK_TARGET_SPAN));
    ret->trace_flags = (uint8_t)number_to(mark, OAT_COL_LINK_TRACE_FLAGS, UINT8_MAX, "trace flags");
    ret->remote = number(mark, OAT_COL_LINK_REMOTE) == 1;
}

static void read_score(struct mark_row *mark, struct oat_mark_record *ret)
{
    ret->text[0] = text(mark, OAT_COL_SCORE_NAME);
    ret->text[1] = text(mark, OAT_COL_SCORE_LABEL);
    ret->text[2] = text(mark, OAT_COL_SCORE_COMMENT);
    ret->text[3] = text(mark, OAT_COL_SCORE_SOURCE);
    ret->has_value = number(mark, OAT_COL_SCORE_HAS_VALUE) != 0;
    ret->value = number(mark, OAT_COL_SCORE_VALUE);
}

int oat_part_mark_record(struct oat_part *part, uint16_t kind, uint32_t row, struct oat_mark_record *ret)
{
    struct mark_row mark = open_row(part, kind, row);
    struct oat_mark_record record = {0};
    record.id = number(&mark, OAT_COL_MARK_ID);
    record.time_ns = number_to(&mark, OAT_COL_MARK_TIME, OAT_TIME_MAX, "time");
    record.span_start_ns = kind == OAT_SLOT_SCORE
                               ? number(&mark, OAT_COL_MARK_SPAN_START)
                               : of_span(&mark, OAT_COL_SPAN_START, OAT_COL_MARK_SPAN_START);
    record.attributes = oat_part_payload(part, number(&mark, OAT_COL_MARK_ATTRIBUTES));
    if (kind == OAT_SLOT_EVENT)
        record.text[0] = text(&mark, OAT_COL_EVENT_NAME);
    else if (kind == OAT_SLOT_LINK)
        read_link(&mark, &record);
    else
        read_score(&mark, &record);
    if (mark.result == OAT_OK)
        *ret = record;
    return mark.result;
}

/* ---- Of a trace ---- */

static int collect_row(struct oat_part *part, uint16_t kind, uint32_t row, struct oat_mark *mark,
                       struct oat_rows *rows)
{
    struct mark_row at = open_row(part, kind, row);
    mark->id = number(&at, OAT_COL_MARK_ID);
    mark->time_ns = number_to(&at, OAT_COL_MARK_TIME, OAT_TIME_MAX, "time");
    put_number(mark->span_id, of_span(&at, OAT_COL_SPAN_ID, OAT_COL_MARK_SPAN_ID));
    mark->place = row;
    mark->kind = kind;
    if (at.result != OAT_OK)
        return at.result == OAT_E_NOMEM ? OAT_E_NOMEM : OAT_OK;
    return oat_rows_add_mark(rows, mark);
}

static int collect_kind(struct oat_part *part, uint16_t kind, uint32_t trace, struct oat_mark *mark,
                        struct oat_rows *rows)
{
    struct oat_image_table *table = oat_part_table(part, table_of(kind));
    uint32_t traces = oat_part_table(part, OAT_TABLE_TRACES)->table.rows;
    uint32_t row, end;
    int result = oat_image_lower_bound(table, OAT_COL_MARK_TRACE, trace, traces, &row);
    if (result == OAT_OK)
        result = oat_image_lower_bound(table, OAT_COL_MARK_TRACE, (uint64_t)trace + 1, traces, &end);
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? OAT_E_NOMEM : OAT_OK;
    for (; row < end && result == OAT_OK; row++)
        result = collect_row(part, kind, row, mark, rows);
    return result;
}

int oat_part_collect_marks(struct oat_part *part, uint32_t trace, uint32_t source, uint32_t trace_number,
                           struct oat_rows *ret)
{
    struct oat_mark mark = {.source = source, .trace = trace_number};
    int result = collect_kind(part, OAT_SLOT_EVENT, trace, &mark, ret);
    if (result == OAT_OK)
        result = collect_kind(part, OAT_SLOT_LINK, trace, &mark, ret);
    if (result == OAT_OK)
        result = collect_kind(part, OAT_SLOT_SCORE, trace, &mark, ret);
    return result;
}
