#include "writer/span_handle.h"

#include <stdlib.h>
#include <string.h>

void oat_span_unstack(oat_thread *owner, oat_span *span)
{
    if (!span->on_stack)
        return;
    span->on_stack = false;
    oat_span **link = &owner->current;
    while (*link && *link != span)
        link = &(*link)->prev;
    if (*link)
        *link = span->prev;
}

void oat_span_reclaim(oat_thread *thread)
{
    oat_span *span = atomic_exchange_explicit(&thread->returned, NULL, memory_order_acquire);
    while (span) {
        oat_span *next = span->next_free;
        oat_span_unstack(thread, span);
        oat_span_empty(span);
        span->next_free = thread->free_spans;
        thread->free_spans = span;
        span = next;
    }
}

bool oat_span_restock(oat_thread *thread)
{
    oat_span_reclaim(thread);
    if (thread->free_spans)
        return true;
    oat_span_slab *slab = aligned_alloc(_Alignof(oat_span_slab), sizeof *slab);
    if (!slab)
        return false;
    memset(slab, 0, sizeof *slab);
    for (unsigned i = 0; i < OAT_SLAB_SPANS; i++) {
        slab->spans[i].writer = thread->writer;
        slab->spans[i].owner = thread;
        slab->spans[i].next_free = thread->free_spans;
        thread->free_spans = &slab->spans[i];
    }
    slab->next = atomic_load(&thread->slabs);
    atomic_store_explicit(&thread->slabs, slab, memory_order_release);
    return true;
}
