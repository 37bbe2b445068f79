#include "compactor/mark_columns.h"

#include <string.h>

#define COLUMNS_MAX 16u

/* What differs between the tables. */
struct layout {
    enum oat_table_id table;
    unsigned column_count;
    uint16_t columns[COLUMNS_MAX];      /* ascending */
    uint16_t texts[OAT_MARK_TEXTS_MAX]; /* columns of the codes of its texts; 0: no more */
};

static const struct layout layouts[OAT_MARK_TABLES] = {
    [OAT_MARK_EVENTS] =
        {
            .table = OAT_TABLE_EVENTS,
            .column_count = 8,
            .columns = {OAT_COL_MARK_TRACE, OAT_COL_MARK_ROW, OAT_COL_MARK_SPAN_ID, OAT_COL_MARK_SPAN_START,
                        OAT_COL_MARK_ID, OAT_COL_MARK_TIME, OAT_COL_MARK_ATTRIBUTES, OAT_COL_EVENT_NAME},
            .texts = {OAT_COL_EVENT_NAME},
        },
    [OAT_MARK_LINKS] =
        {
            .table = OAT_TABLE_LINKS,
            .column_count = 12,
            .columns = {OAT_COL_MARK_TRACE, OAT_COL_MARK_ROW, OAT_COL_MARK_SPAN_ID, OAT_COL_MARK_SPAN_START,
                        OAT_COL_MARK_ID, OAT_COL_MARK_ATTRIBUTES, OAT_COL_LINK_TARGET_TRACE_FIRST,
                        OAT_COL_LINK_TARGET_TRACE_SECOND, OAT_COL_LINK_TARGET_SPAN, OAT_COL_LINK_TRACE_STATE,
                        OAT_COL_LINK_TRACE_FLAGS, OAT_COL_LINK_REMOTE},
            .texts = {OAT_COL_LINK_TRACE_STATE},
        },
    [OAT_MARK_SCORES] =
        {
            .table = OAT_TABLE_SCORES,
            .column_count = 12,
            .columns = {OAT_COL_MARK_TRACE, OAT_COL_MARK_ROW, OAT_COL_MARK_SPAN_ID, OAT_COL_MARK_SPAN_START,
                        OAT_COL_MARK_ID, OAT_COL_MARK_TIME, OAT_COL_SCORE_HAS_VALUE, OAT_COL_SCORE_VALUE,
                        OAT_COL_SCORE_NAME, OAT_COL_SCORE_LABEL, OAT_COL_SCORE_COMMENT, OAT_COL_SCORE_SOURCE},
            .texts = {OAT_COL_SCORE_NAME, OAT_COL_SCORE_LABEL, OAT_COL_SCORE_COMMENT, OAT_COL_SCORE_SOURCE},
        },
};

int oat_mark_columns_open(struct oat_mark_columns *columns, struct oat_section_writer *file,
                          struct oat_sources *sources, struct oat_pack_writer *pack)
{
    *columns = (struct oat_mark_columns){.sources = sources, .pack = pack};
    int result = OAT_OK;
    for (unsigned t = 0; t < OAT_MARK_TABLES; t++)
        for (unsigned i = 0; i < OAT_MARK_TEXTS_MAX; i++)
            oat_text_codes_init(&columns->texts[t][i]);
    for (unsigned t = 0; t < OAT_MARK_TABLES && result == OAT_OK; t++)
        result = oat_table_writer_open(&columns->tables[t], file, layouts[t].table, layouts[t].columns,
                                       layouts[t].column_count);
    return result;
}

void oat_mark_columns_close(struct oat_mark_columns *columns)
{
    for (unsigned t = 0; t < OAT_MARK_TABLES; t++) {
        oat_table_writer_close(&columns->tables[t]);
        for (unsigned i = 0; i < OAT_MARK_TEXTS_MAX; i++)
            oat_text_codes_clear(&columns->texts[t][i]);
    }
    *columns = (struct oat_mark_columns){0};
}

/* ---- Rows ---- */

static enum oat_mark_table table_of(uint16_t kind)
{
    return kind == OAT_SLOT_EVENT  ? OAT_MARK_EVENTS
           : kind == OAT_SLOT_LINK ? OAT_MARK_LINKS
                                   : OAT_MARK_SCORES;
}

static void set_link(struct oat_table_writer *table, const struct oat_mark_record *record)
{
    oat_table_writer_set(table, OAT_COL_LINK_TARGET_TRACE_FIRST, oat_le64_load(record->target_trace_id));
    oat_table_writer_set(table, OAT_COL_LINK_TARGET_TRACE_SECOND, oat_le64_load(record->target_trace_id + 8));
    oat_table_writer_set(table, OAT_COL_LINK_TARGET_SPAN, oat_le64_load(record->target_span_id));
    oat_table_writer_set(table, OAT_COL_LINK_TRACE_FLAGS, record->trace_flags);
    oat_table_writer_set(table, OAT_COL_LINK_REMOTE, record->remote);
}

static void set_score(struct oat_table_writer *table, const struct oat_mark_record *record)
{
    oat_table_writer_set(table, OAT_COL_MARK_TIME, record->time_ns);
    oat_table_writer_set(table, OAT_COL_SCORE_HAS_VALUE, record->has_value);
    oat_table_writer_set(table, OAT_COL_SCORE_VALUE, record->value);
}

static int set_texts(struct oat_mark_columns *columns, enum oat_mark_table t,
                     const struct oat_mark_record *record)
{
    for (unsigned i = 0; i < OAT_MARK_TEXTS_MAX && layouts[t].texts[i] != 0; i++) {
        const oat_text *text = &record->text[i];
        uint32_t code = 0;
        int result =
            text->bytes ? oat_text_codes_get(&columns->texts[t][i], text->bytes, text->len, &code) : OAT_OK;
        if (result != OAT_OK)
            return result;
        oat_table_writer_set(&columns->tables[t], layouts[t].texts[i], code);
    }
    return OAT_OK;
}

static int set_attributes(struct oat_mark_columns *columns, struct oat_table_writer *table, uint32_t source,
                          const struct oat_mark_record *record)
{
    uint32_t number = 0;
    if (record->attributes.kind == OAT_PLACE_NONE)
        return OAT_OK;
    int result = oat_pack_writer_add(columns->pack, columns->sources, source, &record->attributes, &number);
    oat_table_writer_set(table, OAT_COL_MARK_ATTRIBUTES, number);
    return result;
}

/* The record of a mark: space has room for it. */
static const struct oat_mark_record *record_of(const struct oat_mark_columns *columns,
                                               const struct oat_mark *mark, const union oat_day_mark *content,
                                               struct oat_mark_record *space)
{
    const struct oat_pair *pair = oat_sources_pair(columns->sources, mark->source);
    if (!pair)
        return &content->record;
    oat_mark_record_of_slot(columns->sources, pair, mark->kind, content->slot, space);
    return space;
}

int oat_mark_columns_add(struct oat_mark_columns *columns, const struct oat_mark *mark,
                         const union oat_day_mark *content, uint64_t trace, uint64_t row)
{
    struct oat_mark_record space;
    const struct oat_mark_record *record = record_of(columns, mark, content, &space);
    enum oat_mark_table t = table_of(mark->kind);
    struct oat_table_writer *table = &columns->tables[t];
    oat_table_writer_set(table, OAT_COL_MARK_TRACE, trace);
    oat_table_writer_set(table, OAT_COL_MARK_ROW, row);
    if (row == 0) {
        oat_table_writer_set(table, OAT_COL_MARK_SPAN_ID, oat_le64_load(mark->span_id));
        oat_table_writer_set(table, OAT_COL_MARK_SPAN_START, record->span_start_ns);
    }
    oat_table_writer_set(table, OAT_COL_MARK_ID, mark->id);
    if (t == OAT_MARK_SCORES) {
        oat_table_writer_set(table, OAT_COL_MARK_SPAN_START, record->span_start_ns);
        set_score(table, record);
    } else if (t == OAT_MARK_LINKS) {
        set_link(table, record);
    } else {
        oat_table_writer_set(table, OAT_COL_MARK_TIME, record->time_ns);
    }
    int result = set_texts(columns, t, record);
    if (result == OAT_OK && t != OAT_MARK_SCORES)
        result = set_attributes(columns, table, mark->source, record);
    return result == OAT_OK ? oat_table_writer_next(table) : result;
}

/* ---- The whole ---- */

uint64_t oat_mark_columns_count(const struct oat_mark_columns *columns, enum oat_mark_table table)
{
    return columns->tables[table].total_rows;
}

size_t oat_mark_columns_memory(const struct oat_mark_columns *columns)
{
    size_t memory = 0;
    for (unsigned t = 0; t < OAT_MARK_TABLES; t++)
        for (unsigned i = 0; i < OAT_MARK_TEXTS_MAX; i++)
            memory += oat_text_codes_memory(&columns->texts[t][i]);
    return memory;
}

int oat_mark_columns_finish(struct oat_mark_columns *columns)
{
    int result = OAT_OK;
    for (unsigned t = 0; t < OAT_MARK_TABLES && result == OAT_OK; t++) {
        result = oat_table_writer_finish(&columns->tables[t]);
        for (unsigned i = 0; i < OAT_MARK_TEXTS_MAX && layouts[t].texts[i] != 0 && result == OAT_OK; i++)
            result = oat_text_codes_write(&columns->texts[t][i], columns->tables[t].file, layouts[t].table,
                                          layouts[t].texts[i]);
    }
    return result;
}
