/* Sorts rows of a trace: there are many traces of a few rows each. */
#ifndef OAT_READER_ROW_SORT_H
#define OAT_READER_ROW_SORT_H

#include "reader/rows.h"

#include <endian.h>
#include <string.h>

/* A span id as a number of the same order. */
static inline uint64_t oat_span_id_order(const uint8_t span_id[8])
{
    uint64_t id;
    memcpy(&id, span_id, sizeof id);
    return be64toh(id);
}

enum oat_row_order { OAT_ROWS_BY_SPAN_ID, OAT_ROWS_BY_START };

/* Sorts by that, then by compare (as qsort's), which agrees with it. */
void oat_row_sort(struct oat_row *rows, size_t count, enum oat_row_order order,
                  int (*compare)(const void *, const void *));

/* Sets order[0 .. count) to the indexes of the rows by (start, index). */
void oat_row_starts(const struct oat_row *rows, uint32_t count, uint32_t *order);

#endif
