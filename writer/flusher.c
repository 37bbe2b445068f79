/* The background thread of a writer: announces long spans, carries them over a roll, seals old
 * pairs, prepares pages ahead, syncs, follows the wall clock. */
#include "writer/flusher.h"

#include "writer/append.h"
#include "writer/blob_map.h"
#include "writer/clock.h"
#include "writer/old_pairs.h"
#include "writer/payload_copy.h"
#include "writer/span_record.h"
#include "writer/thread.h"
#include "writer/tracer.h"
#include "writer/writer.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define NS_PER_MS          UINT64_C(1000000)
#define CLOCK_TOLERANCE_NS INT64_C(1000000)
#define STACK_BYTES        (256u << 10)
#define IDLE_TRIM_NS       (60 * OAT_NS_PER_S)
#define TICK_MAX_NS        (OAT_NS_PER_S / 4)   /* while something is due soon */
#define TICK_PENDING_NS    (OAT_NS_PER_S / 500) /* while something has to be tried again */
#define IDLE_WAIT_NS       (10 * OAT_NS_PER_S)  /* the wall clock may be set meanwhile */

typedef struct flusher {
    oat_writer *writer;
    oat_thread *thread;    /* its own part: lane, capture, caches */
    uint64_t slots_seen;   /* at the last tick, to tell idle from busy */
    uint64_t started_seen; /* spans started before the last look at what runs */
    uint64_t slots_synced;
    uint64_t next_sync_ns;
    uint64_t slots_at_carry; /* slots when running spans were last carried over */
    uint64_t carry_slots;    /* slots that took */
    uint64_t pairs_seen;     /* pairs made when old ones were last forgotten */
    bool behind;             /* a running span was not carried over yet */
    bool closing;            /* the last look: every span still open is announced */
    bool pending;            /* something has to be tried again soon */
    bool waiting;            /* a span runs that may have to be announced */
} flusher;

static uint64_t own_slots(const flusher *f)
{
    return atomic_load_explicit(&f->thread->counters[OAT_COUNTER_SLOTS], memory_order_relaxed);
}

/* ---- Running spans ---- */

typedef struct announce_job {
    struct oat_disk_span record;
    oat_pair *home;
    oat_pair *pair; /* where the OPEN went */
} announce_job;

static int announce_append(oat_thread *thread, oat_pair *pair, void *arg)
{
    announce_job *job = arg;
    struct oat_disk_span record = job->record;
    int st = job->home == pair ? OAT_OK : oat_record_move(thread, job->home, pair, &record);
    if (st != OAT_OK)
        return st;
    job->pair = pair;
    return oat_append_slot(thread, pair, (const uint8_t *)&record, OAT_SLOT_OPEN, NULL);
}

/* Announces a span that is open for long, or was announced in an older pair than `current`. */
static void announce(flusher *f, oat_span *span, const oat_pair *current, bool may_carry,
                     uint64_t now_boot_ns)
{
    const oat_config *config = &f->writer->tracer->config;
    announce_job job = {0};
    uint64_t start_boot_ns;
    if (atomic_load_explicit(&span->life, memory_order_acquire) != OAT_LIFE_RUNNING)
        return;
    if (!oat_record_snapshot(span, &job.record, &job.home, &start_boot_ns)) {
        f->pending = true;
        return;
    }
    if (!job.home) /* held back by sampling */
        return;
    bool known =
        span->announced_in && memcmp(span->announced_id, job.record.span_id, sizeof span->announced_id) == 0;
    if (known && span->announced_in->seq >= current->seq)
        return;
    if (known && !may_carry) {
        f->behind = true;
        return;
    }
    if (!known && !f->closing && now_boot_ns < start_boot_ns + config->open_after_ms * NS_PER_MS) {
        f->waiting = true;
        return;
    }
    uint64_t before = own_slots(f);
    if (oat_append(f->thread, announce_append, &job) != OAT_OK) {
        f->pending = true;
        return;
    }
    if (known)
        job.pair->carried_slots += own_slots(f) - before;
    span->announced_in = job.pair;
    memcpy(span->announced_id, job.record.span_id, sizeof span->announced_id);
}

/* Goes through all running spans. When every announced one has its OPEN in the current pair or a later
 * one, that pair is marked carried. Carrying over takes at most every other slot. */
static void announce_all(flusher *f)
{
    oat_writer *writer = f->writer;
    oat_pair *current = atomic_load(&writer->current);
    uint64_t now_boot_ns = oat_clock_boot_ns();
    if (!current)
        return;
    /* More running spans than a pair holds would fill one pair after the other with nothing else. */
    bool may_carry = f->carry_slots <= current->slots_max / 2 ||
                     oat_writer_sum(writer, OAT_COUNTER_SLOTS) - f->slots_at_carry >= f->carry_slots;
    uint64_t own_before = own_slots(f);
    for (oat_thread *thread = atomic_load(&writer->threads); thread; thread = thread->next)
        for (oat_span_slab *slab = atomic_load_explicit(&thread->slabs, memory_order_acquire); slab;
             slab = slab->next)
            for (unsigned i = 0; i < OAT_SLAB_SPANS; i++)
                announce(f, &slab->spans[i], current, may_carry, now_boot_ns);
    if (own_slots(f) != own_before && may_carry) {
        f->carry_slots = own_slots(f) - own_before;
        f->slots_at_carry = oat_writer_sum(writer, OAT_COUNTER_SLOTS);
    }
    if (!f->pending && !f->behind && !current->carried) {
        oat_pair_set_carried(current);
        current->carried = true;
    }
}

static bool any_announced(const oat_writer *writer)
{
    for (oat_thread *thread = atomic_load(&writer->threads); thread; thread = thread->next)
        for (oat_span_slab *slab = atomic_load_explicit(&thread->slabs, memory_order_acquire); slab;
             slab = slab->next)
            for (unsigned i = 0; i < OAT_SLAB_SPANS; i++)
                if (atomic_load(&slab->spans[i].life) && slab->spans[i].announced_in)
                    return true;
    return false;
}

/* A pair that a running span refers to, or that a thread reads from right now. The order matters: a
 * thread says what it reads before it makes sure that the span it reads for is still running. */
static bool is_referred_to(const oat_writer *writer, const oat_pair *pair)
{
    for (oat_thread *thread = atomic_load(&writer->threads); thread; thread = thread->next)
        for (oat_span_slab *slab = atomic_load_explicit(&thread->slabs, memory_order_acquire); slab;
             slab = slab->next)
            for (unsigned i = 0; i < OAT_SLAB_SPANS; i++)
                if (atomic_load(&slab->spans[i].life) && atomic_load(&slab->spans[i].home) == pair)
                    return true;
    for (oat_thread *thread = atomic_load(&writer->threads); thread; thread = thread->next)
        if (atomic_load(&thread->reading) == pair)
            return true;
    return false;
}

/* ---- Pairs ---- */

/* Counts and reports a failure. What a flush can no longer promise, the next oat_tracer_flush says. */
static void sync_has_failed(oat_writer *writer, int st, bool lasting, const char *what)
{
    atomic_fetch_add(&writer->sync_failures, 1);
    atomic_store(&writer->last_errno, errno);
    if (lasting)
        atomic_store(&writer->unreported, st);
    oat_warn(writer->tracer, st, what);
}

/* Seals pairs that were rolled once nobody appends to them; closes those no running span needs. */
static void settle_old(flusher *f)
{
    oat_writer *writer = f->writer;
    const oat_pair *current = atomic_load(&writer->current);
    pthread_mutex_lock(&writer->sync_lock);
    for (oat_pair *pair = atomic_load(&writer->pairs); pair; pair = pair->next) {
        if (pair == current || pair->spans_fd < 0 || !atomic_load(&pair->rolled))
            continue;
        if (!oat_writer_pair_is_quiet(writer, pair)) {
            f->pending = true;
            continue;
        }
        if (!pair->sealed && !pair->sync_failed) {
            int st = oat_pair_seal(pair);
            pair->sync_failed |= st == OAT_E_IO;
            if (st != OAT_OK)
                sync_has_failed(writer, st, pair->sync_failed, "sealing a pair of files");
        }
        if ((pair->sealed || pair->sync_failed) && !is_referred_to(writer, pair))
            oat_pair_release(pair);
    }
    pthread_mutex_unlock(&writer->sync_lock);
}

/* Rolls a pair that is old and holds more than what was carried into it. */
static void roll_by_age(oat_writer *writer, uint64_t slots)
{
    oat_pair *current = atomic_load(&writer->current);
    if (!current || slots - current->slots_before <= current->carried_slots)
        return;
    uint64_t age_ns = oat_clock_boot_ns() - current->created_boot_ns;
    if (age_ns < writer->tracer->config.roll_age_s * OAT_NS_PER_S)
        return;
    if (any_announced(writer)) {
        oat_writer_roll(writer, current);
        return;
    }
    pthread_mutex_lock(&writer->roll_lock);
    if (atomic_load(&writer->current) == current) {
        atomic_store(&current->rolled, true);
        atomic_store(&writer->current, NULL);
    }
    pthread_mutex_unlock(&writer->roll_lock);
}

static int sync_pair(oat_writer *writer, oat_pair *pair)
{
    bool current = atomic_load(&writer->current) == pair;
    int st = OAT_E_IO;
    if (pair->sync_failed && !current)
        return OAT_OK; /* it was reported */
    if (pair->sync_failed)
        errno = EIO; /* it could not be replaced, and has taken more spans since */
    else
        st = oat_pair_sync(pair, oat_writer_whole_blob_bytes(writer, pair));
    if (st == OAT_OK)
        return OAT_OK;
    pair->sync_failed = true;
    sync_has_failed(writer, st, true, "syncing");
    if (current)
        oat_writer_roll(writer, pair);
    return st;
}

int oat_writer_sync_names(oat_writer *writer)
{
    uint64_t made = atomic_load(&writer->pair_count);
    if (made == writer->pairs_named)
        return OAT_OK;
    int st = oat_store_dir_sync(&writer->tracer->dir);
    if (st == OAT_OK)
        writer->pairs_named = made;
    else
        sync_has_failed(writer, st, true, "syncing a directory");
    return st;
}

int oat_writer_sync(oat_writer *writer)
{
    int result = OAT_OK;
    pthread_mutex_lock(&writer->sync_lock);
    for (oat_pair *pair = atomic_load(&writer->pairs); pair; pair = pair->next) {
        if (pair->spans_fd < 0 || pair->sealed)
            continue;
        int st = sync_pair(writer, pair);
        if (st != OAT_OK)
            result = st;
    }
    if (result == OAT_OK)
        result = oat_writer_sync_names(writer);
    pthread_mutex_unlock(&writer->sync_lock);
    return result;
}

/* ---- The loop ---- */

static void follow_wall_clock(oat_writer *writer)
{
    int64_t now_ns = oat_clock_offset_ns();
    int64_t off_ns = now_ns - atomic_load(&writer->anchor_ns);
    if (off_ns > CLOCK_TOLERANCE_NS || off_ns < -CLOCK_TOLERANCE_NS)
        atomic_store(&writer->anchor_ns, now_ns);
}

static void sync_when_due(flusher *f, uint64_t slots)
{
    uint64_t interval_ns = f->writer->tracer->config.flush_interval_ms * NS_PER_MS;
    uint64_t now_ns = oat_clock_boot_ns();
    if (interval_ns == 0 || slots == f->slots_synced || now_ns < f->next_sync_ns)
        return;
    if (oat_writer_sync(f->writer) == OAT_OK)
        f->slots_synced = slots;
    f->next_sync_ns = now_ns + interval_ns;
    oat_pair *current = atomic_load(&f->writer->current);
    if (current)
        oat_pair_prepare_again(current);
}

/* Gives back the buffers of threads that have stored no payload for a while. */
static void trim_idle(oat_writer *writer)
{
    uint64_t now_ns = oat_clock_boot_ns();
    for (oat_thread *thread = atomic_load(&writer->threads); thread; thread = thread->next) {
        uint64_t captures =
            atomic_load_explicit(&thread->counters[OAT_COUNTER_CAPTURES], memory_order_relaxed);
        if (captures != thread->captures_seen) {
            thread->captures_seen = captures;
            thread->captures_seen_ns = now_ns;
        } else if (now_ns - thread->captures_seen_ns > IDLE_TRIM_NS) {
            oat_capture_free(atomic_exchange(&thread->capture, NULL));
        }
    }
}

static void tick(flusher *f)
{
    oat_writer *writer = f->writer;
    f->pending = f->waiting = f->behind = false;
    follow_wall_clock(writer);
    oat_size_limit_read();
    f->started_seen = oat_writer_sum(writer, OAT_COUNTER_STARTED);
    announce_all(f);
    settle_old(f);
    if (f->pairs_seen != atomic_load(&writer->pair_count))
        oat_old_pairs_forget(writer);
    f->pairs_seen = atomic_load(&writer->pair_count);
    oat_pair *current = atomic_load(&writer->current);
    if (current) {
        oat_pair_prepare_ahead(current);
        oat_blob_map_ahead(&current->blobs, OAT_BLOB_MAP_AHEAD);
    }
    uint64_t slots = oat_writer_sum(writer, OAT_COUNTER_SLOTS);
    sync_when_due(f, slots);
    roll_by_age(writer, slots);
    f->slots_seen = slots;
    trim_idle(writer);
}

/* How long until something may be due. */
static uint64_t next_wait_ns(const flusher *f)
{
    if (f->pending)
        return TICK_PENDING_NS;
    uint64_t interval_ns = f->writer->tracer->config.flush_interval_ms * NS_PER_MS;
    bool unsynced = interval_ns && oat_writer_sum(f->writer, OAT_COUNTER_SLOTS) != f->slots_synced;
    if (f->waiting)
        return TICK_MAX_NS;
    if (unsynced)
        return interval_ns < TICK_MAX_NS ? interval_ns : TICK_MAX_NS;
    return IDLE_WAIT_NS;
}

static void wait(flusher *f)
{
    oat_writer *writer = f->writer;
    uint64_t wait_ns = next_wait_ns(f);

    /* Between "asleep" and the second look stands a barrier: an append either sees the flag and
     * kicks, or is seen here. It counts from before the tick: a span that was started behind the
     * tick's back is not announced yet. */
    if (wait_ns == IDLE_WAIT_NS) {
        atomic_store(&writer->flusher_asleep, true);
        oat_writer_pair_is_quiet(writer, NULL);
        if (oat_writer_sum(writer, OAT_COUNTER_SLOTS) != f->slots_seen ||
            oat_writer_sum(writer, OAT_COUNTER_STARTED) != f->started_seen)
            wait_ns = TICK_MAX_NS;
    }
    struct timespec until = oat_clock_deadline(wait_ns);
    pthread_mutex_lock(&writer->flusher_lock);
    int st = 0;
    while (!writer->flusher_kicked && !writer->flusher_stop && st != ETIMEDOUT)
        st = pthread_cond_timedwait(&writer->flusher_wake, &writer->flusher_lock, &until);
    writer->flusher_kicked = false;
    pthread_mutex_unlock(&writer->flusher_lock);
    atomic_store(&writer->flusher_asleep, false);
}

static bool stopping(oat_writer *writer)
{
    pthread_mutex_lock(&writer->flusher_lock);
    bool stop = writer->flusher_stop;
    pthread_mutex_unlock(&writer->flusher_lock);
    return stop;
}

static void *run(void *arg)
{
    flusher f = {.writer = arg};
    f.thread = oat_enter(f.writer->tracer);
    if (!f.thread)
        return NULL;
    while (!stopping(f.writer)) {
        tick(&f);
        wait(&f);
    }
    f.closing = true;
    announce_all(&f);
    oat_leave(f.thread);
    return NULL;
}

void oat_flusher_start(oat_writer *writer)
{
    pthread_attr_t attr;
    sigset_t all, before;
    pthread_mutex_lock(&writer->flusher_lock);
    if (!writer->flusher_started && !writer->flusher_stop) {
        /* The host's signals are for the host's threads. */
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        pthread_attr_init(&attr);
        pthread_attr_setstacksize(&attr, STACK_BYTES);
        writer->flusher_started = pthread_create(&writer->flusher, &attr, run, writer) == 0;
        pthread_attr_destroy(&attr);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    bool started = writer->flusher_started;
    pthread_mutex_unlock(&writer->flusher_lock);
    if (!started)
        oat_warn(writer->tracer, OAT_E_NOMEM, "starting the flusher thread");
}

void oat_flusher_stop(oat_writer *writer)
{
    pthread_mutex_lock(&writer->flusher_lock);
    bool started = writer->flusher_started;
    writer->flusher_stop = true;
    pthread_cond_signal(&writer->flusher_wake);
    pthread_mutex_unlock(&writer->flusher_lock);
    if (started)
        pthread_join(writer->flusher, NULL);
    writer->flusher_started = false;
}

void oat_flusher_kick(oat_writer *writer)
{
    pthread_mutex_lock(&writer->flusher_lock);
    if (!writer->flusher_kicked) {
        writer->flusher_kicked = true;
        /* Until it runs, appends need not tell it again. */
        atomic_store_explicit(&writer->flusher_asleep, false, memory_order_relaxed);
        pthread_cond_signal(&writer->flusher_wake);
    }
    pthread_mutex_unlock(&writer->flusher_lock);
}
