/* Spans on their way out of a store: those of chosen traces, by trace and start, in a format that other
 * programs read. What is written is bounded by what one trace holds, however many there are.
 *
 * One thread at a time. The snapshot outlives it. */
#ifndef OAT_EXPORT_EXPORT_H
#define OAT_EXPORT_EXPORT_H

#include "export/formats.h"

struct oat_export;

/* Begins an export. trace_ids: count of them, in the order in which they are to come; allocated by malloc and
 * this function's from here on, also when it fails. OAT_OK or OAT_E_NOMEM. */
int oat_export_open(const oat_snapshot *snapshot, const struct oat_export_format *format,
                    const struct oat_export_options *options, uint8_t (*trace_ids)[16], size_t count,
                    struct oat_export **ret);
/* Takes NULL. */
void oat_export_close(struct oat_export *export);

/* Appends the next lines to out: until it has at_least bytes or *ret_done says that these were the last.
 * A trace that is not there is left out. OAT_OK; OAT_E_NOMEM; OAT_E_STALE as oat_trace_open. */
int oat_export_read(struct oat_export *export, struct oat_json *out, size_t at_least, bool *ret_done);

/* How many of the traces are written. */
size_t oat_export_trace_count(const struct oat_export *export);

#endif
