#include "reader/attribute_rows.h"

#include "reader/snapshot.h"

#include <stdlib.h>

void oat_attribute_rows_free(struct oat_attribute_rows *rows)
{
    free(rows->columns);
    *rows = (struct oat_attribute_rows){0};
}

static bool has_any(const uint64_t *codes, uint32_t count)
{
    uint64_t any = 0;
    for (uint32_t i = 0; i < count; i++)
        any |= codes[i];
    return any != 0;
}

/* Reads the columns that the rows use. */
static int read_columns(struct oat_attribute_rows *rows, struct oat_image_table *table)
{
    int result = OAT_OK;
    rows->column_count = 0;
    while (result == OAT_OK && rows->column_count < OAT_ATTRIBUTE_COLUMNS) {
        uint64_t *codes = rows->columns[rows->column_count];
        result =
            oat_image_numbers(table, OAT_COL_ATTRIBUTE + rows->column_count, rows->first, rows->count, codes);
        if (result != OAT_OK || !has_any(codes, rows->count))
            break;
        rows->column_count++;
    }
    return result;
}

/* Reads the codes of rows from that one on: of a trace, the first one is mostly asked for first. False: they
 * cannot be read. */
static bool read_rows(struct oat_attribute_rows *rows, struct oat_part *part, uint32_t row)
{
    struct oat_image_table *table = oat_part_table(part, OAT_TABLE_SPAN_ATTRIBUTES);
    uint32_t all = table->table.rows;
    if (rows->part == part && row >= rows->first && row - rows->first < rows->count)
        return true;
    if (!rows->columns)
        rows->columns = malloc(OAT_ATTRIBUTE_COLUMNS * sizeof *rows->columns);
    rows->part = NULL;
    if (!rows->columns || row >= all)
        return false;
    rows->first = row;
    rows->count = all - row < OAT_ATTRIBUTE_ROWS ? all - row : OAT_ATTRIBUTE_ROWS;
    if (read_columns(rows, table) != OAT_OK)
        return false;
    rows->part = part;
    return true;
}

uint32_t oat_attribute_rows_of(struct oat_attribute_rows *rows, struct oat_part *part, uint32_t row,
                               uint32_t ret[OAT_ATTRIBUTE_COLUMNS])
{
    uint32_t count = 0;
    if (!read_rows(rows, part, row))
        return 0;
    while (count < rows->column_count &&
           (ret[count] = (uint32_t)rows->columns[count][row - rows->first]) != 0)
        count++;
    return count < OAT_ATTRIBUTE_COLUMNS ? count : 0; /* MORE_ATTRIBUTES may have others */
}

uint32_t oat_attribute_rows_find(struct oat_attribute_rows *rows, const oat_snapshot *snapshot,
                                 const oat_payload *payload, uint32_t ret[OAT_ATTRIBUTE_COLUMNS])
{
    if (!payload->present || payload->lost || payload->place_kind != OAT_PLACE_ATTRIBUTES)
        return 0;
    return oat_attribute_rows_of(rows, oat_sources_part(snapshot->sources, payload->source),
                                 (uint32_t)payload->place, ret);
}
