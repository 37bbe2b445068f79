/* The background thread of a writer. */
#ifndef OAT_WRITER_FLUSHER_H
#define OAT_WRITER_FLUSHER_H

#include "writer/core.h"

/* Starts the thread; without one, appends still work and oat_tracer_flush still syncs. */
void oat_flusher_start(oat_writer *writer);
void oat_flusher_stop(oat_writer *writer);
/* Wakes it now. */
void oat_flusher_kick(oat_writer *writer);

static inline void oat_flusher_nudge(oat_writer *writer)
{
    if (__builtin_expect(atomic_load_explicit(&writer->flusher_asleep, memory_order_relaxed), 0))
        oat_flusher_kick(writer);
}

/* Syncs every pair that is not sealed. Result of oat_tracer_flush. */
int oat_writer_sync(oat_writer *writer);

#endif
