/* Sorts rows of a trace: there are many traces of a few rows each. */
#ifndef OAT_READER_ROW_SORT_H
#define OAT_READER_ROW_SORT_H

#include "reader/rows.h"

enum oat_row_order { OAT_ROWS_BY_SPAN_ID, OAT_ROWS_BY_START };

/* Sorts by that, then by compare (as qsort's), which agrees with it. */
void oat_row_sort(struct oat_row *rows, size_t count, enum oat_row_order order,
                  int (*compare)(const void *, const void *));

#endif
