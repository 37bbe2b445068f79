/* Sorts more keys than memory holds: runs are sorted in memory, written to a file without a name below
 * the store, and merged. */
#ifndef OAT_COMPACTOR_KEY_SORTER_H
#define OAT_COMPACTOR_KEY_SORTER_H

#include "oat/oat.h"

/* Where a span, event, link or score lies, and what says which part it goes to. */
struct oat_key {
    uint64_t order; /* sorted by this, then by trace id */
    uint8_t trace_id[16];
    uint8_t span_id[8];
    uint64_t start_ns;     /* of the span; of a mark: of its span, 0 = not known */
    uint64_t end_ns;       /* of a span, an OPEN's is its start; of a mark: its own time */
    uint32_t source;       /* as in struct oat_row */
    uint32_t place;        /* likewise; of a mark: row of the table of its kind */
    uint32_t replacements; /* ended repeats that were left out for it */
    uint16_t kind;         /* enum oat_slot_kind, or OAT_KEY_CONTINUED */
    bool is_later;         /* there are keys of an earlier day of its trace */
    bool goes_on;          /* the sorter's own */
};

/* Says that a live part has the trace too (continued.h). */
#define OAT_KEY_CONTINUED UINT16_MAX

/* By order, then trace id; as memcmp's. */
int oat_key_compare(const struct oat_key *a, const struct oat_key *b);

struct oat_key_sorter;

/* dir_fd: where runs are written, borrowed. memory_bytes: what it may hold, about. OAT_OK or
 * OAT_E_NOMEM. */
int oat_key_sorter_new(int dir_fd, size_t memory_bytes, struct oat_key_sorter **ret);
/* Accepts NULL; keeps errno. */
void oat_key_sorter_free(struct oat_key_sorter *sorter);

/* Adds a key. OAT_OK, OAT_E_NOMEM, OAT_E_IO, OAT_E_FULL (errno). */
int oat_key_sorter_add(struct oat_key_sorter *sorter, const struct oat_key *key);

/* Keys that were added. */
uint64_t oat_key_sorter_count(const struct oat_key_sorter *sorter);

/* Ends the adding: sorts. Failures as of adding. */
int oat_key_sorter_end(struct oat_key_sorter *sorter);

/* The next key in order; equal ones in the order they were added. The first call ends the adding, if need be.
 * *ret_key is borrowed until the next call. OAT_NOTFOUND behind the last; else as above. */
int oat_key_sorter_next(struct oat_key_sorter *sorter, const struct oat_key **ret_key);

#endif
