/* The attributes of rows that lie near each other, as those of a trace do. Many of them have the same, which
 * are put together once. */
#ifndef OAT_READER_ATTRIBUTE_SETS_H
#define OAT_READER_ATTRIBUTE_SETS_H

#include "oat/reader.h"
#include "reader/part.h"

#define OAT_ATTRIBUTE_SETS 8u  /* that are kept */
#define OAT_ATTRIBUTE_ROWS 64u /* of which codes are read at once */

struct oat_attribute_set {
    uint64_t number; /* from 1 on: no two sets that were put together have the same; 0: none yet */
    const struct oat_part *part; /* whose codes these are */
    uint32_t codes[OAT_ATTRIBUTE_COLUMNS];
    uint32_t count;
    uint8_t *bytes; /* the encoding (format/attrs.h) */
    size_t len;
};

/* Zero-initialise; one thread at a time. */
struct oat_attribute_sets {
    struct oat_part *part; /* of these rows; NULL: none yet */
    uint32_t first, count;
    uint64_t (*columns)[OAT_ATTRIBUTE_ROWS]; /* their codes */
    uint32_t column_count;                   /* that are used */
    struct oat_attribute_set sets[OAT_ATTRIBUTE_SETS];
    uint64_t made; /* sets by now */
};

void oat_attribute_sets_free(struct oat_attribute_sets *sets);

/* The attributes of a row of SPANS that keeps them as codes; borrowed until the next call. NULL: they are to
 * be read by themselves (oat_part_attributes), since they are more than a few, or damaged, or memory is
 * short. */
const struct oat_attribute_set *oat_attribute_sets_of_row(struct oat_attribute_sets *sets,
                                                          struct oat_part *part, uint32_t row);

/* The same of a payload of a snapshot; NULL also when it is no row's, or lost. */
const struct oat_attribute_set *oat_attribute_sets_find(struct oat_attribute_sets *sets,
                                                        const oat_snapshot *snapshot,
                                                        const oat_payload *payload);

#endif
