/* Gathering what parts have of a trace. */
#ifndef OAT_READER_GATHER_H
#define OAT_READER_GATHER_H

#include "reader/snapshot.h"

/* A trace is sought in the parts of so many days before and after what is known of it. */
#define OAT_NEAR_DAYS 7u

/* Appends what the parts within OAT_NEAR_DAYS days of [first_day, last_day], and those that are linked to
 * them by continued traces, have of a trace to *rows, as trace number `trace`. Results as
 * oat_snapshot_part's, damage left out. */
int oat_snapshot_gather(const struct oat_snapshot *snapshot, const uint8_t trace_id[16], uint32_t first_day,
                        uint32_t last_day, uint32_t trace, struct oat_rows *rows);

#endif
