/* A thread's part of a tracer: found at every call, handed on when the thread ends. */
#ifndef OAT_WRITER_THREAD_H
#define OAT_WRITER_THREAD_H

#include "writer/core.h"

/* Where a thread finds its part of a tracer. */
typedef struct oat_lookup {
    uint64_t tracer_serial;
    oat_tracer *tracer;
    oat_writer *writer;
    oat_thread *thread;
    struct oat_lookup *next;
} oat_lookup;

/* First of the calling thread's list: the tracer used last. Two words of static TLS at most, so that
 * the shared library finds it without a call. */
extern _Thread_local oat_lookup *oat_newest_lookup __attribute__((tls_model("initial-exec")));

/* Finds or makes the calling thread's part; NULL: out of memory, or it is being looked for below. */
oat_thread *oat_find_part(oat_tracer *tracer);

/* The calling thread's part of the tracer, marked busy; NULL when the call has to be dropped
 * (counted where possible). */
static inline oat_thread *oat_enter(oat_tracer *tracer)
{
    if (!tracer)
        return NULL;
    oat_fork_check();
    const oat_lookup *newest = oat_newest_lookup;
    bool found = newest && newest->tracer_serial == tracer->serial &&
                 newest->writer == atomic_load_explicit(&tracer->writer, memory_order_acquire);
    oat_thread *thread = __builtin_expect(found, 1) ? newest->thread : oat_find_part(tracer);
    if (!thread)
        return NULL;
    if (__builtin_expect(atomic_load_explicit(&thread->busy, memory_order_relaxed), 0)) {
        oat_count_add(thread, OAT_COUNTER_DROPS_REENTRANT, 1);
        return NULL;
    }
    atomic_store_explicit(&thread->busy, true, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    return thread;
}

static inline void oat_leave(oat_thread *thread)
{
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&thread->busy, false, memory_order_relaxed);
}

/* As oat_enter, for a call on a span. NULL also without a span, and for a handle from before a fork,
 * which is a parent only. */
static inline oat_thread *oat_enter_span(const oat_span *span)
{
    oat_thread *thread = span ? oat_enter(span->writer->tracer) : NULL;
    if (thread && __builtin_expect(thread->writer != span->writer, 0)) {
        oat_leave(thread);
        return NULL;
    }
    return thread;
}

/* Frees a writer's threads; no other thread may use them. */
void oat_threads_free(oat_writer *writer);

/* Forgets the calling process's lookups of every tracer (after fork). */
void oat_threads_forget(void);

/* Keeps the table of tracers that thread ends and forks look at. OAT_OK or OAT_E_NOMEM. */
int oat_tracer_register(oat_tracer *tracer);
void oat_tracer_unregister(oat_tracer *tracer);
/* Calls fn for each registered tracer, without a lock (after fork). */
void oat_tracers_each(void (*fn)(oat_tracer *tracer));

#endif
