/* Rows of a batch that are looked at: as bits, and, where that is asked for, as a list. */
#ifndef OAT_READER_SELECTION_H
#define OAT_READER_SELECTION_H

#include "reader/batch.h"

/* Zero-initialise: no row. */
struct oat_selection {
    uint64_t bits[OAT_BATCH_WORDS];
    uint32_t count;
    bool listed;                       /* `rows` are those of the bits */
    uint16_t rows[OAT_BATCH_ROWS + 3]; /* oat_selection_rows */
};

/* Sets the bits. Quick when they are what they were. */
void oat_selection_set(struct oat_selection *selection, const uint64_t bits[OAT_BATCH_WORDS]);

/* The numbers of the rows, `count` of them, ascending; borrowed until the bits are set. */
const uint16_t *oat_selection_rows(struct oat_selection *selection);

#endif
