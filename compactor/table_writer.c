#include "compactor/table_writer.h"

#include "reader/array.h"

#include <stdlib.h>
#include <string.h>

/* Rows from one column's numbers to the next one's: a row is set in all columns, whose numbers would
 * otherwise fall on the same lines of the processor's cache. */
#define STRIDE (OAT_GROUP_ROWS + 8u)

int oat_table_writer_open(struct oat_table_writer *writer, struct oat_section_writer *file,
                          enum oat_table_id table, const uint16_t *columns, unsigned column_count)
{
    *writer = (struct oat_table_writer){.file = file, .table = table, .column_count = column_count};
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

static int write_group(struct oat_table_writer *writer)
{
    uint16_t columns[OAT_TABLE_COLUMNS];
    uint64_t *values[OAT_TABLE_COLUMNS];
    unsigned count = 0;
    uint64_t offset = writer->file->offset;
    if (writer->rows == 0)
        return OAT_OK;
    if (!oat_array_reserve(&writer->places, writer->place_count, &writer->place_capacity,
                           sizeof *writer->places))
        return OAT_E_NOMEM;
    for (unsigned c = 0; c < writer->column_count; c++) {
        if (!(writer->used >> writer->columns[c] & 1))
            continue;
        columns[count] = writer->columns[c];
        values[count++] = writer->values[writer->columns[c]];
    }
    size_t len =
        oat_group_encode(columns, values, count, writer->rows, writer->file->nonce, offset, writer->encoded);
    writer->places[writer->place_count++] = (struct oat_disk_group_place){
        .offset = oat_le64_of(offset), .len = oat_le32_of((uint32_t)len), .rows = oat_le32_of(writer->rows)};
    for (unsigned c = 0; c < count; c++)
        memset(values[c], 0, writer->rows * sizeof *values[c]);
    writer->rows = 0;
    writer->used = 0;
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
    return oat_section_writer_put(writer->file, OAT_SECTION_TABLE, writer->table, 0, writer->places,
                                  writer->place_count * sizeof *writer->places);
}

void oat_table_writer_close(struct oat_table_writer *writer)
{
    free(writer->memory);
    free(writer->encoded);
    free(writer->places);
    *writer = (struct oat_table_writer){0};
}
