#include "compactor/summary_columns.h"

#include "format/varint.h"

#include <stdlib.h>

static const uint16_t summary_columns[] = {
    OAT_COL_SUMMARY_GROUP,
    OAT_COL_SUMMARY_HOUR,
    OAT_COL_SUMMARY_TYPE,
    OAT_COL_SUMMARY_STATUS,
    OAT_COL_SUMMARY_FLAGS,
    OAT_COL_SUMMARY_MODEL,
    OAT_COL_SUMMARY_SPANS,
    OAT_COL_SUMMARY_COUNTED,
    OAT_COL_SUMMARY_DURATION,
    OAT_COL_SUMMARY_COST,
    OAT_COL_SUMMARY_COUNT + OAT_COUNT_INPUT,
    OAT_COL_SUMMARY_COUNT + OAT_COUNT_OUTPUT,
    OAT_COL_SUMMARY_COUNT + OAT_COUNT_CACHED,
    OAT_COL_SUMMARY_COUNT + OAT_COUNT_CACHE_WRITE,
    OAT_COL_SUMMARY_COUNT + OAT_COUNT_CACHE_WRITE_1H,
    OAT_COL_SUMMARY_COUNT + OAT_COUNT_REASONING,
    OAT_COL_SUMMARY_COUNT + OAT_COUNT_AUDIO_INPUT,
    OAT_COL_SUMMARY_COUNT + OAT_COUNT_AUDIO_OUTPUT,
    OAT_COL_SUMMARY_COUNT + OAT_COUNT_IMAGE,
};
#define COLUMN_COUNT (sizeof summary_columns / sizeof *summary_columns)

int oat_summary_columns_open(struct oat_summary_columns *columns, struct oat_section_writer *file)
{
    *columns = (struct oat_summary_columns){.group = malloc(sizeof *columns->group)};
    if (!columns->group)
        return OAT_E_NOMEM;
    oat_summary_begin(columns->group, true);
    return oat_table_writer_open(&columns->table, file, OAT_TABLE_SUMMARIES, summary_columns, COLUMN_COUNT);
}

void oat_summary_columns_close(struct oat_summary_columns *columns)
{
    oat_table_writer_close(&columns->table);
    free(columns->group);
    *columns = (struct oat_summary_columns){0};
}

static int put_row(struct oat_table_writer *table, uint32_t group, const struct oat_summary_row *row)
{
    oat_table_writer_set(table, OAT_COL_SUMMARY_GROUP, group);
    oat_table_writer_set(table, OAT_COL_SUMMARY_HOUR, row->key.hour);
    oat_table_writer_set(table, OAT_COL_SUMMARY_TYPE, row->key.type);
    oat_table_writer_set(table, OAT_COL_SUMMARY_STATUS, row->key.status);
    oat_table_writer_set(table, OAT_COL_SUMMARY_FLAGS, row->key.flags);
    oat_table_writer_set(table, OAT_COL_SUMMARY_MODEL, row->key.model);
    oat_table_writer_set(table, OAT_COL_SUMMARY_SPANS, row->spans);
    oat_table_writer_set(table, OAT_COL_SUMMARY_COUNTED, row->counted);
    oat_table_writer_set(table, OAT_COL_SUMMARY_DURATION, (uint64_t)row->duration_ns);
    oat_table_writer_set(table, OAT_COL_SUMMARY_COST, oat_zigzag(row->cost_nano));
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        oat_table_writer_set(table, OAT_COL_SUMMARY_COUNT + i, row->count[i]);
    return oat_table_writer_next(table);
}

static int end_group(struct oat_summary_columns *columns)
{
    int result = OAT_OK;
    uint32_t count = oat_summary_end(columns->group, columns->spans / OAT_SUMMARY_SHARE);
    for (uint32_t i = 0; i < count && result == OAT_OK; i++)
        result = put_row(&columns->table, columns->group_number, &columns->group->rows[i]);
    oat_summary_begin(columns->group, true);
    columns->group_number++;
    columns->spans = 0;
    return result;
}

int oat_summary_columns_add(struct oat_summary_columns *columns, const struct oat_summary_span *span)
{
    oat_summary_add(columns->group, span);
    return ++columns->spans == OAT_GROUP_ROWS ? end_group(columns) : OAT_OK;
}

int oat_summary_columns_finish(struct oat_summary_columns *columns)
{
    int result = end_group(columns);
    return result == OAT_OK ? oat_table_writer_finish(&columns->table) : result;
}
