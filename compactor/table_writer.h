/* Writes one table (format/table.h) into a file of sections: rows are collected, column by column, and
 * encoded a group at a time, while the next one is collected. Memory: two groups decoded, one encoded.
 * Several tables of one file may be written at the same time, by one thread. Failures as of section_writer.h.
 */
#ifndef OAT_COMPACTOR_TABLE_WRITER_H
#define OAT_COMPACTOR_TABLE_WRITER_H

#include "compactor/parallel.h"
#include "compactor/section_writer.h"
#include "format/schema.h"
#include "format/table.h"

/* A group that is being encoded, or was and is not in the file yet. */
struct oat_group_under_way {
    struct oat_task task;
    uint64_t *memory; /* holds the values, which are 0 again when it is encoded */
    uint64_t *values[OAT_TABLE_COLUMNS];
    uint16_t columns[OAT_TABLE_COLUMNS];
    unsigned column_count;
    uint32_t rows; /* 0: there is none */
    uint8_t *encoded;
    size_t len;
};

struct oat_table_writer {
    struct oat_section_writer *file; /* borrowed */
    unsigned table;                  /* enum oat_table_id */
    uint16_t columns[OAT_TABLE_COLUMNS];
    unsigned column_count;
    uint64_t *values[OAT_TABLE_COLUMNS]; /* by column number: of the rows of this group; NULL: not in it */
    uint64_t *memory;                    /* holds them */
    struct oat_group_under_way group;
    uint64_t used;       /* a bit for each column that is not 0 in all rows of this group */
    uint32_t rows;       /* in this group */
    uint64_t total_rows; /* in the table */
    struct oat_disk_group_place *places;
    size_t place_count, place_capacity;
};

/* Begins a table of these columns (ascending). On failure nothing is held. */
int oat_table_writer_open(struct oat_table_writer *writer, struct oat_section_writer *file,
                          enum oat_table_id table, const uint16_t *columns, unsigned column_count);

/* Sets a number of the row being made, once; what is not set is 0. column: one of those of the table. */
static inline void oat_table_writer_set(struct oat_table_writer *writer, unsigned column, uint64_t value)
{
    if (value == 0) /* most columns are in most rows: their memory is left alone */
        return;
    writer->values[column][writer->rows] = value;
    writer->used |= UINT64_C(1) << column;
}

/* Ends the row being made: the next one begins. OAT_E_LIMIT: more rows than a table may have. */
int oat_table_writer_next(struct oat_table_writer *writer);

/* Writes what is left, and the TABLE section. A table without rows gets none: readers take
 * a missing table for an empty one. */
int oat_table_writer_finish(struct oat_table_writer *writer);

/* Releases the memory. */
void oat_table_writer_close(struct oat_table_writer *writer);

#endif
