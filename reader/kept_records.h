/* Records of rows of parts that were read to put a trace together, kept until it is shown. */
#ifndef OAT_READER_KEPT_RECORDS_H
#define OAT_READER_KEPT_RECORDS_H

#include "reader/record.h"

#define OAT_KEPT_RUNS 32u

/* Rows of one part that follow each other. */
struct oat_kept_run {
    uint32_t source, first, count;
    uint32_t at; /* where their records begin */
};

/* Zero-initialise; used by one thread. */
struct oat_kept_records {
    struct oat_record *records;
    uint32_t count;
    struct oat_kept_run runs[OAT_KEPT_RUNS];
    uint32_t run_count;
};

/* Room for the records of rows [first, first + count) of a part, to be filled in; borrowed until the next
 * call. NULL: they are not kept, because there are many already or there is no memory. */
struct oat_record *oat_kept_records_add(struct oat_kept_records *kept, uint32_t source, uint32_t first,
                                        uint32_t count);

/* The record of a row (or slot) of a source; NULL: it was not kept. kept may be NULL. */
const struct oat_record *oat_kept_records_find(const struct oat_kept_records *kept, uint32_t source,
                                               uint32_t place);

void oat_kept_records_free(struct oat_kept_records *kept);

#endif
