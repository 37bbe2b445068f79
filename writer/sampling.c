#include "writer/sampling.h"

#include "format/limits.h"
#include "writer/append.h"
#include "writer/held.h"
#include "writer/span_handle.h"
#include "writer/span_record.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS        256u
#define FRACTION_BYTES 7
#define FRACTION_WHOLE 0x1p56
#define NS_PER_MS      UINT64_C(1000000)

/* While spans of it run in this process. */
struct oat_sampled_trace {
    uint8_t id[16];
    struct oat_sampled_trace *next; /* in its bucket */
    struct oat_sampled_trace *older, *newer;
    uint64_t start_ns;
    uint32_t running;
    uint32_t rate_nano; /* one of so many like it is kept, in 10^-9; 0: it is held back */
    oat_span *ended, **ended_end;
    uint64_t forgotten; /* spans that ended and had to go, for others' sake */
};

struct oat_sampler {
    pthread_mutex_t lock; /* of all below, of the traces and of what spans hold */
    double rate, rate_of_failed;
    uint64_t slow_ns; /* 0: none is */
    size_t bytes, bytes_max;
    struct oat_sampled_trace *oldest, *newest;
    struct oat_sampled_trace *buckets[BUCKETS];
};

struct oat_sampler *oat_sampler_new(const oat_config *config)
{
    struct oat_sampler *sampler = calloc(1, sizeof *sampler);
    if (!sampler)
        return NULL;
    pthread_mutex_init(&sampler->lock, NULL);
    sampler->rate = config->sampling_rate;
    sampler->rate_of_failed = config->sampling_rate + (1 - config->sampling_rate) * config->error_sampling;
    sampler->slow_ns = config->slow_trace_ms * NS_PER_MS;
    sampler->bytes_max = config->held_bytes;
    return sampler;
}

void oat_sampler_free(struct oat_sampler *sampler)
{
    if (!sampler)
        return;
    for (struct oat_sampled_trace *trace = sampler->oldest, *newer; trace; trace = newer) {
        newer = trace->newer;
        free(trace);
    }
    pthread_mutex_destroy(&sampler->lock);
    free(sampler);
}

/* ---- The decision ---- */

static bool is_kept(double rate, const uint8_t trace_id[16])
{
    uint64_t fraction = 0;
    for (size_t i = 16 - FRACTION_BYTES; i < 16; i++)
        fraction = fraction << 8 | trace_id[i];
    return (double)fraction >= (1 - rate) * FRACTION_WHOLE;
}

static uint32_t nano_of(double rate)
{
    uint32_t nano = (uint32_t)(rate * OAT_SAMPLE_RATE_ONE + 0.5);
    return nano ? nano : 1;
}

/* What the end of a span tells about its trace. */
static void judge(const struct oat_sampler *sampler, struct oat_sampled_trace *trace,
                  const struct oat_disk_span *record)
{
    uint64_t end_ns = oat_le64_get(record->start_ns) + oat_le64_get(record->duration_ns);
    uint32_t rate_nano = 0;
    if (sampler->slow_ns > 0 && end_ns >= trace->start_ns + sampler->slow_ns)
        rate_nano = OAT_SAMPLE_RATE_ONE;
    else if (record->status == OAT_STATUS_ERROR && is_kept(sampler->rate_of_failed, trace->id))
        rate_nano = nano_of(sampler->rate_of_failed);
    if (rate_nano > trace->rate_nano)
        trace->rate_nano = rate_nano;
}

/* ---- Traces, with the lock held ---- */

static struct oat_sampled_trace **bucket_of(struct oat_sampler *sampler, const uint8_t trace_id[16])
{
    return &sampler->buckets[(trace_id[0] ^ trace_id[7] ^ trace_id[15]) % BUCKETS];
}

static struct oat_sampled_trace *find_trace(struct oat_sampler *sampler, const uint8_t trace_id[16])
{
    struct oat_sampled_trace *trace = *bucket_of(sampler, trace_id);
    while (trace && memcmp(trace->id, trace_id, sizeof trace->id) != 0)
        trace = trace->next;
    return trace;
}

/* NULL: out of memory. */
static struct oat_sampled_trace *add_trace(struct oat_sampler *sampler, const struct oat_disk_span *record)
{
    struct oat_sampled_trace *trace = calloc(1, sizeof *trace);
    if (!trace)
        return NULL;
    memcpy(trace->id, record->trace_id, sizeof trace->id);
    trace->start_ns = oat_le64_get(record->start_ns);
    trace->rate_nano = is_kept(sampler->rate, trace->id) ? nano_of(sampler->rate) : 0;
    trace->ended_end = &trace->ended;
    struct oat_sampled_trace **bucket = bucket_of(sampler, trace->id);
    trace->next = *bucket;
    *bucket = trace;
    trace->older = sampler->newest;
    if (sampler->newest)
        sampler->newest->newer = trace;
    else
        sampler->oldest = trace;
    return sampler->newest = trace;
}

static void remove_trace(struct oat_sampler *sampler, struct oat_sampled_trace *trace)
{
    struct oat_sampled_trace **link = bucket_of(sampler, trace->id);
    while (*link != trace)
        link = &(*link)->next;
    *link = trace->next;
    *(trace->older ? &trace->older->newer : &sampler->oldest) = trace->newer;
    *(trace->newer ? &trace->newer->older : &sampler->newest) = trace->older;
}

/* ---- What is held, with the lock held ---- */

/* The room that a span's appends take is free again. */
static void uncount(struct oat_sampler *sampler, oat_span *span)
{
    sampler->bytes -= span->appends.bytes;
    span->appends.bytes = 0;
}

/* Takes the spans of a trace that have ended out of it, as a list over next_free. */
static oat_span *take_ended(struct oat_sampler *sampler, struct oat_sampled_trace *trace)
{
    oat_span *ended = trace->ended;
    trace->ended = NULL;
    trace->ended_end = &trace->ended;
    for (oat_span *span = ended; span; span = span->next_free) {
        uncount(sampler, span);
        sampler->bytes -= sizeof *span;
    }
    return ended;
}

/* Makes room for so many bytes: spans that have ended go, those of the oldest traces first, into *ret_gone.
 * False: there is none left. */
static bool make_room(struct oat_sampler *sampler, size_t bytes, oat_span **ret_gone)
{
    struct oat_sampled_trace *trace = sampler->oldest;
    *ret_gone = NULL;
    while (bytes > sampler->bytes_max || sampler->bytes > sampler->bytes_max - bytes) {
        while (trace && !trace->ended)
            trace = trace->newer;
        if (!trace)
            return false;
        for (*ret_gone = take_ended(sampler, trace); *ret_gone; ret_gone = &(*ret_gone)->next_free)
            trace->forgotten++;
    }
    return true;
}

/* A span is in its trace no more. True: nor is another, and the trace is to be freed when what of it has
 * ended, now in *ret_ended, is settled. */
static bool leave(struct oat_sampler *sampler, struct oat_sampled_trace *trace, oat_span **ret_ended)
{
    if (trace->rate_nano > 0 || trace->running == 1)
        *ret_ended = take_ended(sampler, trace);
    if (--trace->running > 0)
        return false;
    remove_trace(sampler, trace);
    return true;
}

/* ---- What was held, without the lock ---- */

static void mark(oat_span *span, uint32_t rate_nano)
{
    if (oat_le32_get(span->record.sample_rate) == 0)
        span->record.sample_rate = oat_le32_of(rate_nano);
    if (span->held)
        oat_record_add_flags(&span->record, OAT_SPAN_HELD);
}

static struct oat_held_appends take_appends(oat_thread *thread, oat_span *span)
{
    struct oat_sampler *sampler = thread->writer->sampler;
    pthread_mutex_lock(&sampler->lock);
    uncount(sampler, span);
    struct oat_held_appends appends = span->appends;
    span->appends = (struct oat_held_appends){0};
    span->held = false;
    pthread_mutex_unlock(&sampler->lock);
    return appends;
}

/* Makes the appends that were held of a span. The first one gives its references a pair: when that fails, all
 * are held still. Else the result of the last one; failures are counted. */
static int write_held(oat_thread *thread, oat_span *span)
{
    struct oat_held_call *call = span->appends.first;
    int st = oat_append(thread, call->append.fn, call->job);
    if (st != OAT_OK)
        return st;
    struct oat_held_appends appends = take_appends(thread, span);
    for (call = appends.first->next; call; call = call->next) {
        st = oat_append(thread, call->append.fn, call->job);
        if (st != OAT_OK)
            oat_count_drop(thread, st);
    }
    oat_held_clear(&appends);
    return st;
}

/* A span is no sampled one any more. */
static void forget(oat_thread *thread, oat_span *span)
{
    struct oat_held_appends appends = take_appends(thread, span);
    oat_held_clear(&appends);
    span->trace = NULL;
}

/* Of spans that ended: writes them, unless rate_nano is 0, and frees their handles. */
static void settle(oat_thread *thread, oat_span *span, uint32_t rate_nano)
{
    while (span) {
        oat_span *next = span->next_free;
        if (rate_nano == 0) {
            oat_count_add(thread, OAT_COUNTER_SAMPLED_OUT, 1);
        } else {
            mark(span, rate_nano);
            int st = write_held(thread, span);
            if (st == OAT_OK)
                oat_count_add(thread, OAT_COUNTER_SPANS, 1);
            else if (span->held)
                oat_count_drop(thread, st);
        }
        forget(thread, span);
        atomic_store_explicit(&span->life, OAT_LIFE_NONE, memory_order_release);
        oat_span_give_back(thread, span);
        span = next;
    }
}

/* ---- Spans ---- */

int oat_sampler_start(oat_thread *thread, oat_span *span, const oat_span *parent,
                      const struct oat_held_append *append)
{
    struct oat_sampler *sampler = thread->writer->sampler;
    struct oat_held_call *call = oat_held_copy(append);
    oat_span *gone = NULL;
    int st = OAT_NOTFOUND;

    pthread_mutex_lock(&sampler->lock);
    span->trace = find_trace(sampler, span->record.trace_id);
    if (!span->trace)
        span->trace = add_trace(sampler, &span->record);
    if (span->trace)
        span->trace->running++;
    /* What the parent holds is not in the files yet. */
    bool is_behind = parent && parent->held;
    if (span->trace && (span->trace->rate_nano == 0 || is_behind))
        st = !call ? OAT_E_NOMEM : make_room(sampler, call->size, &gone) ? OAT_OK : OAT_E_LIMIT;
    if (st == OAT_OK) {
        oat_held_add(&span->appends, call);
        if (is_behind && !oat_held_inherit(&span->appends, &parent->appends, span))
            st = OAT_E_NOMEM;
        sampler->bytes += span->appends.bytes;
        span->held = true;
    }
    pthread_mutex_unlock(&sampler->lock);
    settle(thread, gone, 0);
    if (!span->held)
        free(call);
    return st;
}

void oat_sampler_cancel(oat_thread *thread, oat_span *span)
{
    struct oat_sampler *sampler = thread->writer->sampler;
    struct oat_sampled_trace *trace = span->trace;
    oat_span *ended = NULL;
    pthread_mutex_lock(&sampler->lock);
    bool is_last = leave(sampler, trace, &ended);
    pthread_mutex_unlock(&sampler->lock);
    settle(thread, ended, 0);
    if (is_last)
        free(trace);
    forget(thread, span);
}

int oat_sampler_hold(oat_thread *thread, oat_span *span, const struct oat_held_append *append)
{
    struct oat_sampler *sampler = thread->writer->sampler;
    struct oat_held_call *call = oat_held_copy(append);
    oat_span *gone = NULL;
    if (!call)
        return OAT_E_NOMEM;
    pthread_mutex_lock(&sampler->lock);
    bool is_kept = span->trace->rate_nano > 0;
    bool fits = !is_kept && make_room(sampler, call->size, &gone);
    if (fits) {
        oat_held_add(&span->appends, call);
        sampler->bytes += call->size;
    }
    pthread_mutex_unlock(&sampler->lock);
    settle(thread, gone, 0);
    if (fits)
        return OAT_OK;
    free(call);
    if (!is_kept)
        return OAT_E_LIMIT;
    int st = write_held(thread, span);
    return span->held ? st : OAT_NOTFOUND;
}

/* Leaves a span that has ended to its trace. From now on it is not the caller's. False: there is no room for
 * it. With the lock held. */
static bool leave_to_trace(oat_thread *thread, oat_span *span, struct oat_held_call *call,
                           oat_span **ret_gone)
{
    struct oat_sampler *sampler = thread->writer->sampler;
    if (!call || !make_room(sampler, call->size + sizeof *span, ret_gone))
        return false;
    oat_held_add(&span->appends, call);
    sampler->bytes += call->size + sizeof *span;
    if (span->owner == thread)
        oat_span_unstack(thread, span);
    atomic_store_explicit(&span->life, OAT_LIFE_NONE, memory_order_release);
    span->next_free = NULL;
    *span->trace->ended_end = span;
    span->trace->ended_end = &span->next_free;
    return true;
}

bool oat_sampler_end(oat_thread *thread, oat_span *span, const struct oat_held_append *append)
{
    struct oat_sampler *sampler = thread->writer->sampler;
    struct oat_sampled_trace *trace = span->trace;
    struct oat_held_call *call = span->held ? oat_held_copy(append) : NULL;
    oat_span *ended = NULL, *gone = NULL;

    pthread_mutex_lock(&sampler->lock);
    judge(sampler, trace, &span->record);
    uint32_t rate_nano = trace->rate_nano;
    bool is_left = rate_nano == 0 && leave_to_trace(thread, span, call, &gone);
    uint64_t forgotten = rate_nano > 0 ? trace->forgotten : 0;
    trace->forgotten -= forgotten;
    bool is_last = leave(sampler, trace, &ended);
    pthread_mutex_unlock(&sampler->lock);

    settle(thread, gone, 0);
    settle(thread, ended, rate_nano);
    oat_count_add(thread, OAT_COUNTER_DROPS_LIMIT, forgotten);
    if (is_last)
        free(trace);
    if (is_left)
        return true;
    free(call);
    if (rate_nano == 0) {
        span->next_free = NULL;
        settle(thread, span, 0);
        return true;
    }
    mark(span, rate_nano);
    int st = span->held ? write_held(thread, span) : OAT_OK;
    if (span->held)
        oat_count_drop(thread, st);
    bool is_lost = span->held;
    forget(thread, span);
    if (is_lost)
        oat_span_give_back(thread, span);
    return is_lost;
}
