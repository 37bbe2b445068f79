/* What a store shows before and after it is compacted. */
#ifndef OAT_TESTS_SHOWN_H
#define OAT_TESTS_SHOWN_H

#include "tests/support/compact.h"
#include "tests/support/reader_fixture.h"

#define OAT_SHOWN_TRACES_MAX 64u

/* What a store showed of each of its traces. */
struct oat_shown {
    uint8_t ids[OAT_SHOWN_TRACES_MAX][16];
    char *texts[OAT_SHOWN_TRACES_MAX];
    size_t count;
};

/* Notes all traces that hot pairs hold something of. Free with oat_shown_forget. */
void oat_shown_note(struct oat_fixture *f, struct oat_shown *ret);
void oat_shown_forget(struct oat_shown *shown);

/* Fails the test when a new snapshot shows one of them otherwise. */
void oat_assert_still_shown(struct oat_fixture *f, const struct oat_shown *shown);

/* Compacts the store; what it shows must not change. */
void oat_compact_and_compare(struct oat_fixture *f, struct oat_compact *compact);

#endif
