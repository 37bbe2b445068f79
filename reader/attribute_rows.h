/* The attributes of rows that lie near each other, as those of a trace do, as codes. */
#ifndef OAT_READER_ATTRIBUTE_ROWS_H
#define OAT_READER_ATTRIBUTE_ROWS_H

#include "oat/reader.h"
#include "reader/part.h"

#define OAT_ATTRIBUTE_ROWS 64u /* of which codes are read at once */

/* Zero-initialise; one thread at a time. */
struct oat_attribute_rows {
    struct oat_part *part; /* of these rows; NULL: none yet */
    uint32_t first, count;
    uint64_t (*columns)[OAT_ATTRIBUTE_ROWS]; /* their codes */
    uint32_t column_count;                   /* that are used */
};

void oat_attribute_rows_free(struct oat_attribute_rows *rows);

/* The codes of a row of SPANS; codes may stand for nothing. Returns how many, less than
 * OAT_ATTRIBUTE_COLUMNS. 0: it has none, or they are to be read by themselves (oat_part_attributes), since
 * they are more than a few, or damaged, or memory is short. */
uint32_t oat_attribute_rows_of(struct oat_attribute_rows *rows, struct oat_part *part, uint32_t row,
                               uint32_t ret[OAT_ATTRIBUTE_COLUMNS]);

/* The same of a payload of a snapshot, which is of a row of rows->part then; 0 also when it is no row's, or
 * lost. */
uint32_t oat_attribute_rows_find(struct oat_attribute_rows *rows, const oat_snapshot *snapshot,
                                 const oat_payload *payload, uint32_t ret[OAT_ATTRIBUTE_COLUMNS]);

#endif
