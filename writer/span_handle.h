/* Handles of spans: a thread's stock of them, and its chain of current ones. In a header, as every span takes
 * and returns one. */
#ifndef OAT_WRITER_SPAN_HANDLE_H
#define OAT_WRITER_SPAN_HANDLE_H

#include "writer/core.h"

/* Makes free handles where there are none: those that other threads have ended, else new ones. False: out of
 * memory. */
bool oat_span_restock(oat_thread *thread);

/* Takes spans that other threads ended out of this thread's chain and makes their handles free. */
void oat_span_reclaim(oat_thread *thread);

/* Takes a span out of its owner's chain of current spans. Owner thread only. */
void oat_span_unstack(oat_thread *owner, oat_span *span);

/* By the owner only: until it knows that another thread has ended the span, it may start children of
 * it, which inherit its attributes. */
static inline void oat_span_empty(oat_span *span)
{
    if (span->attrs.len > 0)
        oat_attr_buffer_clear(&span->attrs);
    span->noted = false;
}

/* A free handle; NULL: out of memory. */
static inline oat_span *oat_span_take(oat_thread *thread)
{
    if (__builtin_expect(!thread->free_spans, 0) && !oat_span_restock(thread))
        return NULL;
    oat_span *span = thread->free_spans;
    thread->free_spans = span->next_free;
    return span;
}

/* Makes a handle free again, from any thread. */
static inline void oat_span_give_back(oat_thread *thread, oat_span *span)
{
    if (span->owner == thread) {
        if (span->on_stack)
            oat_span_unstack(thread, span);
        oat_span_empty(span);
        span->next_free = thread->free_spans;
        thread->free_spans = span;
        return;
    }
    oat_span *head = atomic_load(&span->owner->returned);
    do
        span->next_free = head;
    while (!atomic_compare_exchange_weak_explicit(&span->owner->returned, &head, span, memory_order_release,
                                                  memory_order_relaxed));
}

/* The newest span of the thread's chain that is still running. */
static inline oat_span *oat_span_newest(oat_thread *thread)
{
    if (__builtin_expect(atomic_load_explicit(&thread->returned, memory_order_relaxed) != NULL, 0))
        oat_span_reclaim(thread);
    oat_span *span = thread->current;
    while (span && atomic_load_explicit(&span->life, memory_order_relaxed) != OAT_LIFE_RUNNING)
        span = span->prev;
    return span;
}

#endif
