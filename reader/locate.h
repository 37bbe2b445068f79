/* Which parts have something of a trace. */
#ifndef OAT_READER_LOCATE_H
#define OAT_READER_LOCATE_H

#include "reader/snapshot.h"

/* A row of TRACES of a part. */
struct oat_located {
    size_t index; /* of the part, in the manifest */
    struct oat_part *part;
    uint32_t row;
};

/* Is told of each; returns OAT_OK, or a failure, which ends the search. */
typedef int (*oat_located_fn)(void *arg, const struct oat_located *located);

/* Tells of all parts that have the trace, hidden or not, in any order. OAT_OK, what fn returned, or
 * OAT_E_STALE or OAT_E_NOMEM of oat_snapshot_part; parts that are damaged are left out. Any thread. */
int oat_snapshot_locate(const struct oat_snapshot *snapshot, const uint8_t trace_id[16], oat_located_fn fn,
                        void *arg);

/* The same of one part. */
int oat_snapshot_locate_in(const struct oat_snapshot *snapshot, size_t index, const uint8_t trace_id[16],
                           oat_located_fn fn, void *arg);

#endif
