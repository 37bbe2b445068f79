#include "compactor/trace_feed.h"

#include "compactor/parallel.h"
#include "reader/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* So many that both sides have work while another thread is on the processor of one of them. */
#define TRACES_AHEAD 512u
#define SPANS_AHEAD  16384u /* in traces that are ready, so that many large ones do not add up */
#define SPANS_KEPT   64u    /* a trace that was larger gives its memory back */
#define WAKING_AT    32u    /* traces that are ready: waking the taker for one costs more than the trace */

struct oat_trace_feed {
    struct oat_day_reader reader;
    struct oat_key_shards *keys;
    struct oat_key *group; /* keys of the trace being read; the last is the first of the next one */
    size_t group_count, group_capacity;
    bool has_next; /* the group has such a key */

    struct oat_day_trace traces[TRACES_AHEAD]; /* a ring */
    size_t read, taken;                        /* traces so far */
    bool borrowed;                             /* the oldest that is ready is the caller's */

    bool threaded;
    pthread_t thread;
    pthread_mutex_t lock;  /* of all below, and of read and taken */
    pthread_cond_t filled; /* there are traces, or the end */
    pthread_cond_t freed;
    size_t spans_ready;
    bool reader_waits, taker_waits, stopping;
    int result; /* of the reader: OAT_OK while it reads */
    int error;
};

/* ---- Reading ---- */

static bool same_trace(const struct oat_key *a, const struct oat_key *b)
{
    return a->order == b->order && memcmp(a->trace_id, b->trace_id, sizeof a->trace_id) == 0;
}

static int add_key(struct oat_trace_feed *feed, const struct oat_key *key)
{
    if (!oat_array_reserve(&feed->group, feed->group_count, &feed->group_capacity, sizeof *feed->group))
        return OAT_E_NOMEM;
    feed->group[feed->group_count++] = *key;
    return OAT_OK;
}

/* Gathers the keys of the next trace. OAT_NOTFOUND: there is none. */
static int gather(struct oat_trace_feed *feed)
{
    const struct oat_key *key;
    int result = OAT_OK;
    if (feed->has_next)
        feed->group[0] = feed->group[feed->group_count];
    feed->group_count = feed->has_next;
    feed->has_next = false;
    while (result == OAT_OK && !feed->has_next) {
        result = oat_key_shards_next(feed->keys, &key);
        if (result == OAT_OK)
            result = add_key(feed, key);
        if (result == OAT_OK && !same_trace(&feed->group[0], &feed->group[feed->group_count - 1])) {
            feed->group_count--;
            feed->has_next = true;
        }
    }
    return result == OAT_NOTFOUND && feed->group_count > 0 ? OAT_OK : result;
}

/* Reads the next trace that anything is left of. */
static int read_trace(struct oat_trace_feed *feed, struct oat_day_trace *trace)
{
    int result;
    if (trace->span_capacity > SPANS_KEPT)
        oat_day_trace_free(trace);
    do {
        result = gather(feed);
        if (result == OAT_OK)
            result = oat_day_trace_read(trace, &feed->reader, feed->group, feed->group_count);
    } while (result == OAT_OK && trace->span_count + trace->mark_count == 0);
    return result;
}

/* ---- The thread ---- */

static bool is_full(const struct oat_trace_feed *feed)
{
    size_t ready = feed->read - feed->taken;
    return ready == TRACES_AHEAD || (ready > 0 && feed->spans_ready > SPANS_AHEAD);
}

/* Waits for room, or for the end. The lock is held. */
static void wait_for_room(struct oat_trace_feed *feed)
{
    while (is_full(feed) && !feed->stopping) {
        feed->reader_waits = true;
        if (feed->taker_waits)
            pthread_cond_signal(&feed->filled);
        pthread_cond_wait(&feed->freed, &feed->lock);
    }
    feed->reader_waits = false;
}

static void *read_ahead(void *arg)
{
    struct oat_trace_feed *feed = arg;
    int result = OAT_OK;
    while (result == OAT_OK) {
        pthread_mutex_lock(&feed->lock);
        wait_for_room(feed);
        bool stop = feed->stopping;
        pthread_mutex_unlock(&feed->lock);
        if (stop)
            break;
        struct oat_day_trace *trace = &feed->traces[feed->read % TRACES_AHEAD];
        result = read_trace(feed, trace);
        pthread_mutex_lock(&feed->lock);
        if (result == OAT_OK) {
            feed->read++;
            feed->spans_ready += trace->span_count;
        } else {
            feed->result = result;
            feed->error = errno;
        }
        if (feed->taker_waits && (feed->read - feed->taken >= WAKING_AT || result != OAT_OK))
            pthread_cond_signal(&feed->filled);
        pthread_mutex_unlock(&feed->lock);
    }
    return NULL;
}

/* Gives back the trace that was borrowed and waits for another one. The lock is held. */
static void wait_for_trace(struct oat_trace_feed *feed)
{
    if (feed->borrowed) {
        feed->spans_ready -= feed->traces[feed->taken % TRACES_AHEAD].span_count;
        feed->taken++;
        feed->borrowed = false;
    }
    if (feed->reader_waits && feed->read - feed->taken <= TRACES_AHEAD / 2)
        pthread_cond_signal(&feed->freed);
    while (feed->read == feed->taken && feed->result == OAT_OK) {
        feed->taker_waits = true;
        pthread_cond_wait(&feed->filled, &feed->lock);
    }
    feed->taker_waits = false;
}

static int take_read_trace(struct oat_trace_feed *feed, const struct oat_day_trace **ret)
{
    pthread_mutex_lock(&feed->lock);
    wait_for_trace(feed);
    int result = feed->read > feed->taken ? OAT_OK : feed->result;
    feed->borrowed = result == OAT_OK;
    pthread_mutex_unlock(&feed->lock);
    if (result == OAT_OK)
        *ret = &feed->traces[feed->taken % TRACES_AHEAD];
    else
        errno = feed->error;
    return result;
}

/* ---- The feed ---- */

int oat_trace_feed_new(struct oat_sources *sources, struct oat_key_shards *keys, uint64_t memory_bytes,
                       const struct oat_price_table *prices, bool threaded, struct oat_trace_feed **ret)
{
    struct oat_trace_feed *feed = calloc(1, sizeof *feed);
    if (!feed)
        return OAT_E_NOMEM;
    feed->reader.sources = sources;
    feed->reader.prices = prices;
    feed->keys = keys;
    pthread_mutex_init(&feed->lock, NULL);
    pthread_cond_init(&feed->filled, NULL);
    pthread_cond_init(&feed->freed, NULL);
    int result = oat_slot_windows_init(&feed->reader.windows, memory_bytes);
    if (result == OAT_OK)
        result = oat_part_runs_init(&feed->reader.runs, sources);
    if (result != OAT_OK) {
        oat_trace_feed_free(feed);
        return result;
    }
    feed->threaded = threaded && oat_thread_start(&feed->thread, read_ahead, feed) == 0;
    *ret = feed;
    return OAT_OK;
}

void oat_trace_feed_free(struct oat_trace_feed *feed)
{
    if (!feed)
        return;
    int error = errno;
    if (feed->threaded) {
        pthread_mutex_lock(&feed->lock);
        feed->stopping = true;
        pthread_cond_signal(&feed->freed);
        pthread_mutex_unlock(&feed->lock);
        pthread_join(feed->thread, NULL);
    }
    for (size_t i = 0; i < TRACES_AHEAD; i++)
        oat_day_trace_free(&feed->traces[i]);
    oat_slot_windows_free(&feed->reader.windows);
    oat_part_runs_free(&feed->reader.runs);
    pthread_mutex_destroy(&feed->lock);
    pthread_cond_destroy(&feed->filled);
    pthread_cond_destroy(&feed->freed);
    free(feed->group);
    free(feed);
    errno = error;
}

int oat_trace_feed_next(struct oat_trace_feed *feed, const struct oat_day_trace **ret)
{
    if (feed->threaded)
        return take_read_trace(feed, ret);
    int result = read_trace(feed, &feed->traces[0]);
    if (result == OAT_OK)
        *ret = &feed->traces[0];
    return result;
}
