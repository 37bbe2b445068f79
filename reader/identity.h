/* The same span twice (SPEC.md, Identity): which one counts. */
#ifndef OAT_READER_IDENTITY_H
#define OAT_READER_IDENTITY_H

#include "reader/rows.h"

/* Rows that were left out for one that counts. */
struct oat_repeats {
    uint64_t ended;
    uint64_t open; /* for another open one; not those that an ended one hides */
};

/* Joins the repeats among the rows of one trace: sorts them by span id and moves the ones that
 * count to the front. Spans are one when span id and day of the start agree; an OPEN gives way to
 * any ended one of its id. Returns how many are left; *repeats grows by those that were left out. Joining
 * what is left with further rows gives what joining all at once would. */
size_t oat_identity_join(struct oat_sources *sources, struct oat_row *rows, size_t count,
                         struct oat_repeats *repeats);

/* Joins the repeats among marks: of those with one trace, kind, span id and id the latest is left, the
 * left ones are moved to the front in order of (trace, kind, span id, time, id). Returns how many. */
size_t oat_identity_join_marks(struct oat_mark *marks, size_t count);

#endif
