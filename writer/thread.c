/* Finds the calling thread's part of a tracer, and hands parts on when threads end. */
#include "writer/thread.h"

#include "writer/held.h"
#include "writer/writer.h"

#include <stdlib.h>
#include <string.h>

/* ---- The table of tracers: fixed blocks, slots reused, never freed, readable after fork ---- */

#define BLOCK_TRACERS 64u

typedef struct tracer_block {
    _Atomic(oat_tracer *) tracers[BLOCK_TRACERS];
    _Atomic(struct tracer_block *) next;
} tracer_block;

static tracer_block first_block;
/* Held while a tracer is closed or a thread ends, so that neither sees half of the other. */
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

int oat_tracer_register(oat_tracer *tracer)
{
    int st = OAT_OK;
    pthread_mutex_lock(&table_lock);
    for (tracer_block *block = &first_block;; block = atomic_load(&block->next)) {
        for (unsigned i = 0; i < BLOCK_TRACERS; i++) {
            if (!atomic_load(&block->tracers[i])) {
                atomic_store(&block->tracers[i], tracer);
                goto done;
            }
        }
        if (!atomic_load(&block->next)) {
            tracer_block *fresh = calloc(1, sizeof *fresh);
            if (!fresh) {
                st = OAT_E_NOMEM;
                goto done;
            }
            atomic_store(&block->next, fresh);
        }
    }
done:
    pthread_mutex_unlock(&table_lock);
    return st;
}

static bool find_slot(const oat_tracer *tracer, _Atomic(oat_tracer *) **ret_slot)
{
    for (tracer_block *block = &first_block; block; block = atomic_load(&block->next))
        for (unsigned i = 0; i < BLOCK_TRACERS; i++)
            if (atomic_load(&block->tracers[i]) == tracer) {
                *ret_slot = &block->tracers[i];
                return true;
            }
    return false;
}

void oat_tracer_unregister(oat_tracer *tracer)
{
    _Atomic(oat_tracer *) *slot;
    pthread_mutex_lock(&table_lock);
    if (find_slot(tracer, &slot))
        atomic_store(slot, NULL);
    pthread_mutex_unlock(&table_lock);
}

void oat_tracers_each(void (*fn)(oat_tracer *tracer))
{
    for (tracer_block *block = &first_block; block; block = atomic_load(&block->next)) {
        for (unsigned i = 0; i < BLOCK_TRACERS; i++) {
            oat_tracer *tracer = atomic_load(&block->tracers[i]);
            if (tracer)
                fn(tracer);
        }
    }
}

/* ---- A thread's own lookup ---- */

_Thread_local oat_lookup *oat_newest_lookup;
static _Thread_local volatile bool finding; /* the list below is being changed */
static pthread_key_t end_key;
static bool end_key_made;
static pthread_once_t end_once = PTHREAD_ONCE_INIT;

/* A tracer at the same address may be another by now. With the table locked. */
static bool is_open(const oat_lookup *lookup)
{
    _Atomic(oat_tracer *) *slot;
    return find_slot(lookup->tracer, &slot) && lookup->tracer->serial == lookup->tracer_serial;
}

static void hand_on(oat_thread *thread)
{
    oat_writer *writer = thread->writer;
    oat_lane lane = thread->lane;
    oat_pair *pair = atomic_load(&thread->lane_pair);

    /* A pair that was rolled closes its holes when it is sealed. */
    if (pair && atomic_load(&writer->current) == pair) {
        atomic_store(&thread->inside, pair);
        if (atomic_load(&writer->current) == pair)
            oat_pair_return_lane(pair, lane);
        atomic_store(&thread->inside, NULL);
    }
    atomic_store(&thread->lane_pair, NULL);
    thread->lane = (oat_lane){0};
    oat_capture_free(atomic_exchange(&thread->capture, NULL));
    pthread_mutex_lock(&writer->threads_lock);
    thread->taken = false;
    pthread_mutex_unlock(&writer->threads_lock);
}

/* Runs when a thread ends. Its open spans stay open: any thread may end them. */
static void thread_ends(void *list)
{
    oat_lookup *next;
    oat_newest_lookup = NULL;
    pthread_mutex_lock(&table_lock);
    for (oat_lookup *l = list; l; l = next) {
        next = l->next;
        if (is_open(l) && atomic_load(&l->tracer->writer) == l->writer)
            hand_on(l->thread);
        free(l);
    }
    pthread_mutex_unlock(&table_lock);
}

static void make_key(void)
{
    end_key_made = pthread_key_create(&end_key, thread_ends) == 0;
}

/* Takes over the part of a thread that has ended, or makes one. NULL: out of memory. */
static oat_thread *take_part(oat_writer *writer)
{
    oat_thread *thread;
    pthread_mutex_lock(&writer->threads_lock);
    for (thread = atomic_load(&writer->threads); thread && thread->taken; thread = thread->next)
        ;
    if (!thread) {
        thread = calloc(1, sizeof *thread);
        if (thread) {
            thread->writer = writer;
            oat_random_seed(&thread->random);
            thread->redact_ids.random = &thread->random;
            thread->next = atomic_load(&writer->threads);
            atomic_store(&writer->threads, thread);
        }
    }
    if (thread) {
        thread->taken = true;
        thread->current = NULL;
        thread->inherited = (oat_span_context){0};
    }
    pthread_mutex_unlock(&writer->threads_lock);
    return thread;
}

/* Where the parent process was, for a child that forked inside a span. */
static oat_span_context inherited_from(const oat_thread *parents)
{
    oat_span *span = parents->current;
    oat_span_context context = {0};
    while (span && atomic_load(&span->life) != OAT_LIFE_RUNNING)
        span = span->prev;
    if (!span)
        return parents->inherited;
    memcpy(context.trace_id, span->record.trace_id, sizeof context.trace_id);
    memcpy(context.span_id, span->record.span_id, sizeof context.span_id);
    context.remote = true;
    context.anchor_ns = span->anchor_ns; /* the clocks are the same: it starts no later than its children */
    return context;
}

/* The writer of this process, made when a forked child has none yet. NULL: out of memory. */
static oat_writer *own_writer(oat_tracer *tracer)
{
    oat_writer *writer = atomic_load(&tracer->writer);
    if (writer)
        return writer;
    pthread_mutex_lock(&tracer->writer_lock);
    writer = atomic_load(&tracer->writer);
    if (!writer) {
        writer = oat_writer_new(tracer);
        atomic_store(&tracer->writer, writer);
    }
    pthread_mutex_unlock(&tracer->writer_lock);
    return writer;
}

/* Forgets this thread's lookups of tracers that are closed; not when the table is in use, maybe by a
 * call that this one has interrupted. */
static void forget_closed(void)
{
    oat_lookup **link = &oat_newest_lookup;
    if (pthread_mutex_trylock(&table_lock) != 0)
        return;
    while (*link) {
        oat_lookup *l = *link;
        if (is_open(l)) {
            link = &l->next;
        } else {
            *link = l->next;
            free(l);
        }
    }
    pthread_mutex_unlock(&table_lock);
}

/* Finds or makes this thread's lookup of a tracer and puts it first. */
static oat_thread *find_part(oat_tracer *tracer)
{
    oat_writer *writer = own_writer(tracer);
    oat_lookup **link = &oat_newest_lookup;
    if (!writer)
        return NULL;
    while (*link && (*link)->tracer_serial != tracer->serial)
        link = &(*link)->next;
    oat_lookup *l = *link;
    if (l) {
        *link = l->next;
    } else {
        l = calloc(1, sizeof *l);
        if (!l)
            return NULL;
        forget_closed();
        l->tracer_serial = tracer->serial;
        l->tracer = tracer;
    }
    if (l->writer != writer) {
        oat_thread *thread = take_part(writer);
        if (thread && l->thread)
            thread->inherited = inherited_from(l->thread);
        l->thread = thread;
        l->writer = thread ? writer : NULL;
    }
    l->next = oat_newest_lookup;
    oat_newest_lookup = l;
    pthread_once(&end_once, make_key);
    if (end_key_made)
        pthread_setspecific(end_key, oat_newest_lookup);
    return l->thread;
}

oat_thread *oat_find_part(oat_tracer *tracer)
{
    /* A signal that comes in here and calls again would walk a list that is being changed. */
    if (finding)
        return NULL;
    finding = true;
    atomic_signal_fence(memory_order_seq_cst);
    oat_thread *thread = find_part(tracer);
    atomic_signal_fence(memory_order_seq_cst);
    finding = false;
    return thread;
}

static void free_span(oat_span *span)
{
    oat_attr_buffer_free(&span->attrs);
    oat_held_clear(&span->appends);
}

void oat_threads_free(oat_writer *writer)
{
    oat_thread *next_thread;
    for (oat_thread *thread = atomic_load(&writer->threads); thread; thread = next_thread) {
        oat_span_slab *next_slab;
        next_thread = thread->next;
        for (oat_span_slab *slab = atomic_load(&thread->slabs); slab; slab = next_slab) {
            next_slab = slab->next;
            for (unsigned i = 0; i < OAT_SLAB_SPANS; i++)
                free_span(&slab->spans[i]);
            free(slab);
        }
        oat_capture_free(atomic_load(&thread->capture));
        free(thread);
    }
    atomic_store(&writer->threads, NULL);
}

void oat_threads_forget(void)
{
    pthread_mutex_init(&table_lock, NULL);
    finding = false;
}
