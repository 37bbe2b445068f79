/* The rows of a snapshot whose traces start in a window, as sources that have no row in common. */
#ifndef OAT_READER_SCAN_H
#define OAT_READER_SCAN_H

#include "reader/batch.h"
#include "reader/snapshot.h"

/* A part that the window selects. */
struct oat_scan_part {
    struct oat_part *part; /* borrowed from the snapshot */
    uint32_t index;        /* in the manifest */
    uint32_t *continued;   /* its traces that lie in other parts too: numbers, ascending; OAT_SCAN_DIFFERS */
    size_t continued_count, continued_capacity;
};

#define OAT_SCAN_DIFFERS UINT32_C(0x80000000) /* set in the number of a trace that differs (rows.h) */

struct oat_scan_kept;

/* Borrows from what the snapshot keeps of it. */
struct oat_scan {
    const struct oat_snapshot *snapshot;
    struct oat_scan_kept *kept;  /* NULL: it is not open */
    struct oat_scan_part *parts; /* newest first */
    size_t part_count;
    struct oat_assembly continued; /* traces that lie in several parts, linked */
    bool of_spans; /* set by who asks nothing of traces: their spans are read in the parts where they lie, but
                    * for those of traces that differ (rows.h) */
    size_t skipped;       /* parts that could not be read: answers are partial */
    const oat_stop *stop; /* NULL: none; what is read of its sources ends with OAT_E_STOPPED */
};

/* Selects the parts that hold spans that started in [from_ns, to_ns] and puts together the traces that
 * lie in several of them; the snapshot keeps that for the next who wants the same parts. stop is borrowed,
 * and may be NULL. OAT_OK, OAT_E_STALE, OAT_E_NOMEM. Any thread. */
int oat_scan_open(const struct oat_snapshot *snapshot, uint64_t from_ns, uint64_t to_ns, const oat_stop *stop,
                  struct oat_scan *ret);
/* Accepts a zeroed one. */
void oat_scan_close(struct oat_scan *scan);
/* Gives up what a snapshot keeps; no scan of it is open. */
void oat_scans_free(struct oat_snapshot *snapshot);

/* Sources of the scan: the loose traces, the continued ones, then the parts. */
static inline size_t oat_scan_source_count(const struct oat_scan *scan)
{
    return 2 + scan->part_count;
}

/* Which traces of a part are not to be read there, for they are loose, hidden or continued: a bit for each,
 * which the caller frees; NULL: none. OAT_OK or OAT_E_NOMEM. */
int oat_scan_masked(const struct oat_scan *scan, const struct oat_scan_part *selected, uint64_t **ret);

/* Opens one of them, for one thread. The caller frees it with ops->free. OAT_OK or OAT_E_NOMEM. */
int oat_scan_source(const struct oat_scan *scan, size_t index, struct oat_source **ret);

/* The record of a row of one of them: batch * OAT_BATCH_ROWS + its place in the batch. Results and borrowed
 * texts as of oat_record_read. */
int oat_scan_record(const struct oat_scan *scan, size_t index, uint32_t row, struct oat_record *ret);

#endif
