#include "compactor/table_writer.h"

#include "reader/array.h"

#include <stdlib.h>
#include <string.h>

/* Rows from one column's numbers to the next one's: a row is set in all columns, whose numbers would
 * otherwise fall on the same lines of the processor's cache. */
#define STRIDE (OAT_GROUP_ROWS + 8u)

static uint64_t *new_memory(unsigned column_count)
{
    return calloc((size_t)column_count * STRIDE, sizeof(uint64_t));
}

static void place_values(struct oat_table_writer *writer)
{
    for (unsigned c = 0; c < writer->column_count; c++)
        writer->values[writer->columns[c]] = writer->memory + (size_t)c * STRIDE;
}

int oat_table_writer_open(struct oat_table_writer *writer, struct oat_section_writer *file,
                          enum oat_table_id table, const uint16_t *columns, unsigned column_count)
{
    *writer = (struct oat_table_writer){.file = file, .table = table, .column_count = column_count};
    memcpy(writer->columns, columns, column_count * sizeof *columns);
    writer->memory = new_memory(column_count);
    writer->group.memory = new_memory(column_count);
    writer->group.encoded = malloc(oat_group_size_max(column_count));
    if (!writer->memory || !writer->group.memory || !writer->group.encoded) {
        oat_table_writer_close(writer);
        return OAT_E_NOMEM;
    }
    place_values(writer);
    return OAT_OK;
}

/* ---- Groups ---- */

static void encode(void *arg)
{
    struct oat_group_under_way *group = arg;
    group->len =
        oat_group_encode(group->columns, group->values, group->column_count, group->rows, group->encoded);
    for (unsigned c = 0; c < group->column_count; c++)
        memset(group->values[c], 0, group->rows * sizeof *group->values[c]);
}

/* Waits for the group that is being encoded, if any, and writes it. */
static int write_group(struct oat_table_writer *writer)
{
    struct oat_group_under_way *group = &writer->group;
    uint64_t offset = writer->file->offset;
    if (group->rows == 0)
        return OAT_OK;
    oat_task_wait(&group->task);
    if (!oat_array_reserve(&writer->places, writer->place_count, &writer->place_capacity,
                           sizeof *writer->places))
        return OAT_E_NOMEM;
    oat_group_seal(group->encoded, writer->file->nonce, offset);
    writer->places[writer->place_count++] = (struct oat_disk_group_place){
        .offset = oat_le64_of(offset),
        .len = oat_le32_of((uint32_t)group->len),
        .rows = oat_le32_of(group->rows),
    };
    group->rows = 0;
    return oat_section_writer_append(writer->file, group->encoded, group->len);
}

/* Has the rows that were collected encoded, and begins a new group. */
static int end_group(struct oat_table_writer *writer)
{
    struct oat_group_under_way *group = &writer->group;
    int result = write_group(writer);
    if (result != OAT_OK || writer->rows == 0)
        return result;
    group->rows = writer->rows;
    group->column_count = 0;
    for (unsigned c = 0; c < writer->column_count; c++) {
        uint16_t column = writer->columns[c];
        if (!(writer->used >> column & 1))
            continue;
        group->columns[group->column_count] = column;
        group->values[group->column_count++] = writer->values[column];
    }
    uint64_t *memory = writer->memory;
    writer->memory = group->memory;
    group->memory = memory;
    place_values(writer);
    writer->rows = 0;
    writer->used = 0;
    oat_task_start(&group->task, writer->file->threaded, encode, group);
    return OAT_OK;
}

int oat_table_writer_next(struct oat_table_writer *writer)
{
    if (writer->total_rows >= OAT_TABLE_ROWS_MAX)
        return OAT_E_LIMIT;
    writer->total_rows++;
    writer->rows++;
    return writer->rows == OAT_GROUP_ROWS ? end_group(writer) : OAT_OK;
}

int oat_table_writer_finish(struct oat_table_writer *writer)
{
    int result = end_group(writer);
    if (result == OAT_OK)
        result = write_group(writer);
    if (result != OAT_OK || writer->total_rows == 0)
        return result;
    return oat_section_writer_put(writer->file, OAT_SECTION_TABLE, writer->table, 0, writer->places,
                                  writer->place_count * sizeof *writer->places);
}

void oat_table_writer_close(struct oat_table_writer *writer)
{
    oat_task_wait(&writer->group.task);
    free(writer->memory);
    free(writer->group.memory);
    free(writer->group.encoded);
    free(writer->places);
    *writer = (struct oat_table_writer){0};
}
