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

/* Syncs every pair that is not sealed, and the directories when a pair was made since. A pair that
 * fails is rolled. Any thread. OAT_OK, OAT_E_FULL or OAT_E_IO (errno); writer->unreported is set too. */
int oat_writer_sync(oat_writer *writer);
/* Makes the names of pairs made since the last time durable: to sync a file says nothing about its
 * directory. Under the writer's sync_lock, or alone. OAT_OK or OAT_E_IO. */
int oat_writer_sync_names(oat_writer *writer);

#endif
