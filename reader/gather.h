/* Gathering what parts have of a trace. */
#ifndef OAT_READER_GATHER_H
#define OAT_READER_GATHER_H

#include "reader/snapshot.h"

/* Appends what all parts have of a trace to *rows, as trace number `trace`. Results as oat_snapshot_part's,
 * damage left out, as are those of the next. */
int oat_snapshot_gather(const struct oat_snapshot *snapshot, const uint8_t trace_id[16], uint32_t trace,
                        struct oat_rows *rows);

/* The same of a trace that the index-th part has something of: parts that are made know of all others that
 * have, so only those that this one continues, or that continue it, are asked. */
int oat_snapshot_gather_linked(const struct oat_snapshot *snapshot, size_t index, const uint8_t trace_id[16],
                               uint32_t trace, struct oat_rows *rows);

#endif
