/* A snapshot: the rows of hot traces in memory, parts as MANIFEST names them, opened when they are
 * asked for. */
#ifndef OAT_READER_SNAPSHOT_H
#define OAT_READER_SNAPSHOT_H

#include "reader/assembly.h"
#include "reader/catalog.h"
#include "reader/manifest.h"
#include "reader/part.h"
#include "reader/trace_index.h"

struct oat_hidden {
    uint8_t trace_id[16];
};

struct oat_snapshot {
    uint64_t hash_seed;          /* of the store */
    struct oat_sources *sources; /* parts[i] is the i-th of the manifest, NULL until opened */
    struct oat_manifest manifest;
    struct oat_catalog catalog;
    struct oat_forgotten *forgotten, *in_parts; /* all that is forgotten; what parts may hold still */
    struct oat_assembly loose;                  /* traces that hot pairs hold something of, whole */
    struct oat_hidden *hidden;                  /* traces with a tombstone, by id */
    size_t hidden_count;
    uint64_t **masked;        /* for each part: a bit for each trace that is loose or hidden; NULL: none */
    struct oat_part **mapped; /* for each part: where it is mapped, but not opened */
    struct oat_trace_index *traces; /* NULL: none, or not asked for yet */
    bool traces_asked_for;
    uint64_t faults;             /* oat_faults_count() before it was taken */
    struct oat_scan_kept *scans; /* scan.h: those opened last */
    bool is_behind;              /* a refresh was given up: it may lack what the pairs say was read */
    pthread_mutex_t lock;        /* of scans; of parts and of the four before, while parts are opened */
};

/* Opens a part of the manifest, with its mask. Borrowed from the snapshot. OAT_OK, OAT_E_STALE,
 * OAT_E_NOMEM, OAT_E_CORRUPT and the like (reported: leave it out). Any thread, as are those below. */
int oat_snapshot_part(const struct oat_snapshot *snapshot, size_t index, struct oat_part **ret);

/* Which of its traces other parts have rows of too: a bit for each, which the caller frees. Reads all of its
 * traces. Results likewise. */
int oat_snapshot_continued(const struct oat_snapshot *snapshot, size_t index, uint64_t **ret);

/* The index of the store's traces; NULL: there is none. Borrowed from the snapshot. */
struct oat_trace_index *oat_snapshot_trace_index(const struct oat_snapshot *snapshot);

/* Parts [first, end) will be opened, the newest first: the kernel begins to read what that needs, of all at
 * the same time. */
void oat_snapshot_parts_ahead(const struct oat_snapshot *snapshot, size_t first, size_t end);

/* True when the newer part may continue traces of the older one. */
static inline bool oat_may_continue(const struct oat_manifest_part *newer,
                                    const struct oat_manifest_part *older)
{
    return newer->continued_from != 0 && newer->generation > older->generation &&
           newer->continued_from <= older->day + 1 && older->day + 1 <= newer->continued_to;
}

/* True when a mapped file could not be read since the snapshot was begun: what was read of it by now may be
 * wrong, and another one is to be taken. *ret_problem, unless NULL, says which; static storage. */
bool oat_snapshot_has_fault(const struct oat_snapshot *snapshot, oat_problem *ret_problem);

bool oat_snapshot_is_hidden(const struct oat_snapshot *snapshot, const uint8_t trace_id[16]);
/* The order of hidden traces, as qsort wants it. */
int oat_hidden_compare(const void *a, const void *b);
/* Masks a trace of a part that is open. While nobody else looks at the snapshot's masks, as is the next.
 * OAT_OK or OAT_E_NOMEM. */
int oat_snapshot_mask(const struct oat_snapshot *snapshot, size_t index, uint32_t trace);
/* Masks the hidden traces in such a part. */
int oat_snapshot_mask_hidden(const struct oat_snapshot *snapshot, size_t index);

static inline void oat_set_bit(uint64_t *bits, uint32_t index)
{
    bits[index / 64] |= UINT64_C(1) << (index % 64);
}

static inline bool oat_bit(const uint64_t *bits, uint32_t index)
{
    return bits && (bits[index / 64] >> (index % 64) & 1);
}

#endif
