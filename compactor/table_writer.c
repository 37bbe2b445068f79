#include "compactor/table_writer.h"

#include "reader/array.h"

#include <stdlib.h>
#include <string.h>

/* Rows from one column's numbers to the next one's: a row is set in all columns, whose numbers would
 * otherwise fall on the same lines of the processor's cache. */
#define STRIDE (OAT_GROUP_ROWS + 8u)

int oat_table_writer_open(struct oat_table_writer *writer, struct oat_section_writer *file,
                          enum oat_table_id table, const uint16_t *columns, unsigned column_count,
                          unsigned summed_column)
{
    *writer = (struct oat_table_writer){
        .file = file, .table = table, .column_count = column_count, .summed_column = summed_column};
    memcpy(writer->columns, columns, column_count * sizeof *columns);
    writer->memory = calloc((size_t)column_count * STRIDE, sizeof *writer->memory);
    writer->encoded = malloc(oat_group_size_max(column_count));
    if (!writer->memory || !writer->encoded) {
        oat_table_writer_close(writer);
        return OAT_E_NOMEM;
    }
    for (unsigned c = 0; c < column_count; c++)
        writer->values[columns[c]] = writer->memory + (size_t)c * STRIDE;
    return OAT_OK;
}

static int add_starts(struct oat_table_writer *writer)
{
    const uint64_t *counts = writer->values[writer->summed_column];
    for (uint32_t row = 0; row < writer->rows; row++) {
        if (row % OAT_BLOCK_ROWS == 0) {
            if (!oat_array_reserve(&writer->starts, writer->start_count, &writer->start_capacity,
                                   sizeof *writer->starts))
                return OAT_E_NOMEM;
            writer->starts[writer->start_count++] = oat_le64_of(writer->sum);
        }
        writer->sum += counts[row];
    }
    return OAT_OK;
}

static int write_group(struct oat_table_writer *writer)
{
    uint64_t *values[OAT_TABLE_COLUMNS];
    uint64_t offset = writer->file->offset;
    if (writer->rows == 0)
        return OAT_OK;
    int result = writer->summed_column ? add_starts(writer) : OAT_OK;
    if (result != OAT_OK)
        return result;
    if (!oat_array_reserve(&writer->places, writer->place_count, &writer->place_capacity,
                           sizeof *writer->places))
        return OAT_E_NOMEM;
    for (unsigned c = 0; c < writer->column_count; c++)
        values[c] = writer->values[writer->columns[c]];
    size_t len = oat_group_encode(writer->columns, values, writer->column_count, writer->rows,
                                  writer->file->nonce, offset, writer->encoded);
    writer->places[writer->place_count++] = (struct oat_disk_group_place){
        .offset = oat_le64_of(offset), .len = oat_le32_of((uint32_t)len), .rows = oat_le32_of(writer->rows)};
    for (unsigned c = 0; c < writer->column_count; c++)
        memset(values[c], 0, writer->rows * sizeof *values[c]);
    writer->rows = 0;
    return oat_section_writer_append(writer->file, writer->encoded, len);
}

int oat_table_writer_next(struct oat_table_writer *writer)
{
    if (writer->total_rows >= OAT_TABLE_ROWS_MAX)
        return OAT_E_LIMIT;
    writer->total_rows++;
    writer->rows++;
    return writer->rows == OAT_GROUP_ROWS ? write_group(writer) : OAT_OK;
}

int oat_table_writer_finish(struct oat_table_writer *writer)
{
    int result = write_group(writer);
    if (result != OAT_OK || writer->total_rows == 0)
        return result;
    result = oat_section_writer_put(writer->file, OAT_SECTION_TABLE, writer->table, 0, writer->places,
                                    writer->place_count * sizeof *writer->places);
    if (result == OAT_OK && writer->summed_column)
        result =
            oat_section_writer_put(writer->file, OAT_SECTION_STARTS, writer->table, writer->summed_column,
                                   writer->starts, writer->start_count * sizeof *writer->starts);
    return result;
}

void oat_table_writer_close(struct oat_table_writer *writer)
{
    free(writer->memory);
    free(writer->encoded);
    free(writer->places);
    free(writer->starts);
    *writer = (struct oat_table_writer){0};
}
