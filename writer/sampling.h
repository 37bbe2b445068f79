/* Sampling: which traces are written where not all are. The trace id alone decides, so services that keep the
 * same share keep the same traces: its last 56 bits, as a fraction, are at least 1 - share (consistent
 * probability sampling of OpenTelemetry). The spans of the others are held back in memory, as the appends
 * that they would have been, while spans of their trace run in this process; they are written after all when
 * one fails or the trace takes long.
 *
 * A span says of how many such traces one is kept, as far as that is known when it is written: of those that
 * fail or take long, more are kept than of others. A trace's last span, its root, knows best. */
#ifndef OAT_WRITER_SAMPLING_H
#define OAT_WRITER_SAMPLING_H

#include "writer/held.h"

struct oat_sampler;

/* NULL: out of memory. */
struct oat_sampler *oat_sampler_new(const oat_config *config);
/* Takes NULL. Not before its spans' handles are freed. */
void oat_sampler_free(struct oat_sampler *sampler);

/* Puts a span whose record has begun into its trace; append: the one of its start. parent: the running span
 * of this writer that it is a child of, or NULL. OAT_NOTFOUND: it is not held back, the append is to be made;
 * where there is no memory for its trace, it is written as if all were. OAT_OK: it is held; what its parent
 * hands on is, too. OAT_E_NOMEM, OAT_E_LIMIT (more is held than may be): it cannot be. Then, and when its
 * append fails, and if span->trace is set, oat_sampler_cancel. */
int oat_sampler_start(oat_thread *thread, oat_span *span, const oat_span *parent,
                      const struct oat_held_append *append);
void oat_sampler_cancel(oat_thread *thread, oat_span *span);

/* For a span that is held. OAT_OK: the append is, too. OAT_NOTFOUND: the trace is kept by now; what was held
 * of the span is in the files, the append is to be made. OAT_E_NOMEM, OAT_E_LIMIT as above; OAT_E_FULL,
 * OAT_E_IO. */
int oat_sampler_hold(oat_thread *thread, oat_span *span, const struct oat_held_append *append);

/* Ends a span that is in a trace; its record is complete, append writes it. True: the handle is gone, nothing
 * is left to be done. False: the append is to be made now. */
bool oat_sampler_end(oat_thread *thread, oat_span *span, const struct oat_held_append *append);

#endif
