/* Rows of a batch that are looked at: as bits, and as a list. */
#ifndef OAT_READER_SELECTION_H
#define OAT_READER_SELECTION_H

#include "reader/batch.h"

/* Zero-initialise: no row. */
struct oat_selection {
    uint64_t bits[OAT_BATCH_WORDS];
    uint16_t rows[OAT_BATCH_ROWS + 3]; /* `count` of them, ascending */
    uint32_t count;
};

/* Sets bits and list. Quick when the bits are what they were. */
void oat_selection_set(struct oat_selection *selection, const uint64_t bits[OAT_BATCH_WORDS]);

#endif
