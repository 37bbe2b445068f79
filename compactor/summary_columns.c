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
    OAT_COL_SUMMARY_AGENT,
    OAT_COL_SUMMARY_PROMPT,
    OAT_COL_SUMMARY_PROMPT_VERSION,
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

static void begin_groups(struct oat_summary_columns *columns)
{
    for (unsigned kind = 0; kind < OAT_SUMMARY_KINDS; kind++)
        oat_summary_begin(&columns->groups[kind], oat_summary_shapes[kind].fields);
}

int oat_summary_columns_open(struct oat_summary_columns *columns, struct oat_section_writer *file)
{
    *columns = (struct oat_summary_columns){.groups = malloc(OAT_SUMMARY_KINDS * sizeof *columns->groups)};
    if (!columns->groups)
        return OAT_E_NOMEM;
    begin_groups(columns);
    int result = OAT_OK;
    for (unsigned kind = 0; kind < OAT_SUMMARY_KINDS && result == OAT_OK; kind++)
        result = oat_table_writer_open(&columns->tables[kind], file, oat_summary_shapes[kind].table,
                                       summary_columns, COLUMN_COUNT);
    return result;
}

void oat_summary_columns_close(struct oat_summary_columns *columns)
{
    for (unsigned kind = 0; kind < OAT_SUMMARY_KINDS; kind++)
        oat_table_writer_close(&columns->tables[kind]);
    free(columns->groups);
    *columns = (struct oat_summary_columns){0};
}

static int put_row(struct oat_table_writer *table, uint32_t group, const struct oat_summary_row *row)
{
    oat_table_writer_set(table, OAT_COL_SUMMARY_GROUP, group);
    for (unsigned i = 0; i < OAT_ALIKE_FIELDS; i++)
        oat_table_writer_set(table, oat_summary_columns_of[i], row->key.of[i]);
    oat_table_writer_set(table, OAT_COL_SUMMARY_SPANS, row->spans);
    oat_table_writer_set(table, OAT_COL_SUMMARY_COUNTED, row->counted);
    oat_table_writer_set(table, OAT_COL_SUMMARY_DURATION, (uint64_t)row->duration_ns);
    oat_table_writer_set(table, OAT_COL_SUMMARY_COST, oat_zigzag(row->cost_nano));
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        oat_table_writer_set(table, OAT_COL_SUMMARY_COUNT + i, row->count[i]);
    return oat_table_writer_next(table);
}

/* Writes the rows of a group into one of the tables. */
static int put_group(struct oat_summary_columns *columns, unsigned kind)
{
    struct oat_summary *group = &columns->groups[kind];
    uint32_t count = oat_summary_end(group, columns->spans / OAT_SUMMARY_SHARE);
    int result = OAT_OK;
    for (uint32_t i = 0; i < count && result == OAT_OK; i++)
        result = put_row(&columns->tables[kind], columns->group_number, &group->rows[i]);
    return result;
}

static int end_group(struct oat_summary_columns *columns)
{
    int result = OAT_OK;
    for (unsigned kind = 0; kind < OAT_SUMMARY_KINDS && result == OAT_OK; kind++)
        result = put_group(columns, kind);
    begin_groups(columns);
    columns->group_number++;
    columns->spans = 0;
    return result;
}

int oat_summary_columns_add(struct oat_summary_columns *columns, const struct oat_summary_span *span)
{
    for (unsigned kind = 0; kind < OAT_SUMMARY_KINDS; kind++)
        oat_summary_add(&columns->groups[kind], span);
    return ++columns->spans == OAT_GROUP_ROWS ? end_group(columns) : OAT_OK;
}

int oat_summary_columns_finish(struct oat_summary_columns *columns)
{
    int result = end_group(columns);
    for (unsigned kind = 0; kind < OAT_SUMMARY_KINDS && result == OAT_OK; kind++)
        result = oat_table_writer_finish(&columns->tables[kind]);
    return result;
}
