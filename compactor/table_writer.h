/* Writes one table (format/table.h) into a file of sections: rows are collected, column by column, and
 * encoded a group at a time. Memory: one group, decoded and encoded. Several tables of one file may be
 * written at the same time, by one thread. Failures as of section_writer.h. */
#ifndef OAT_COMPACTOR_TABLE_WRITER_H
#define OAT_COMPACTOR_TABLE_WRITER_H

#include "compactor/section_writer.h"
#include "format/schema.h"
#include "format/table.h"

struct oat_table_writer {
    struct oat_section_writer *file; /* borrowed */
    unsigned table;                  /* enum oat_table_id */
    uint16_t columns[OAT_TABLE_COLUMNS];
    unsigned column_count;
    uint64_t *values[OAT_TABLE_COLUMNS]; /* by column number: of the rows of this group; NULL: not in it */
    uint64_t *memory;                    /* holds them */
    uint8_t *encoded;
    uint64_t used;       /* a bit for each column that is not 0 in all rows of this group */
    uint32_t rows;       /* in this group */
    uint64_t total_rows; /* in the table */
    struct oat_disk_group_place *places;
    size_t place_count, place_capacity;
};

/* Begins a table of these columns (ascending). On failure nothing is held. */
int oat_table_writer_open(struct oat_table_writer *writer, struct oat_section_writer *file,
                          enum oat_table_id table, const uint16_t *columns, unsigned column_count);

/* Sets a number of the row being made; what is not set is 0. column: one of those of the table. */
static inline void oat_table_writer_set(struct oat_table_writer *writer, unsigned column, uint64_t value)
{
    writer->values[column][writer->rows] = value;
    writer->used |= (uint64_t)(value != 0) << column;
}

/* Ends the row being made: the next one begins. OAT_E_LIMIT: more rows than a table may have. */
int oat_table_writer_next(struct oat_table_writer *writer);

/* Writes what is left, and the TABLE section. A table without rows gets none: readers take
 * a missing table for an empty one. */
int oat_table_writer_finish(struct oat_table_writer *writer);

/* Releases the memory. */
void oat_table_writer_close(struct oat_table_writer *writer);

#endif
