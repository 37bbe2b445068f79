#include "writer/writer.h"

#include "writer/clock.h"
#include "writer/flusher.h"
#include "writer/sampling.h"
#include "writer/thread.h"
#include "writer/tracer.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RETRY_NS (OAT_NS_PER_S / 10) /* between attempts to make files where it failed */

static bool membarrier_register(void)
{
    return OAT_USE_MEMBARRIER &&
           syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

oat_writer *oat_writer_new(oat_tracer *tracer)
{
    oat_writer *writer = calloc(1, sizeof *writer);
    pthread_condattr_t monotonic;
    if (!writer)
        return NULL;
    if (tracer->config.sampling_rate < 1 && !(writer->sampler = oat_sampler_new(&tracer->config))) {
        free(writer);
        return NULL;
    }
    writer->tracer = tracer;
    writer->live_fd = -1;
    oat_host_describe(&writer->host);
    memcpy(&writer->mark, writer->host.writer_id, sizeof writer->mark);
    writer->membarrier = membarrier_register();
    atomic_store(&writer->anchor_ns, oat_clock_offset_ns());
    pthread_mutex_init(&writer->roll_lock, NULL);
    pthread_mutex_init(&writer->threads_lock, NULL);
    pthread_mutex_init(&writer->sync_lock, NULL);
    pthread_mutex_init(&writer->pairs_lock, NULL);
    pthread_mutex_init(&writer->flusher_lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&writer->flusher_wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return writer;
}

void oat_writer_finish(oat_writer *writer)
{
    oat_flusher_stop(writer);
    atomic_store(&writer->current, NULL); /* a thread that ends now has no lane to give back */
    for (oat_pair *pair = atomic_load(&writer->pairs); pair; pair = pair->next) {
        /* A pair whose sync failed stays as it is: it reads as one of a dead writer. */
        if (pair->sealed || pair->sync_failed || pair->spans_fd < 0)
            continue;
        int st = oat_pair_seal(pair);
        if (st != OAT_OK)
            oat_warn(writer->tracer, st, "sealing a pair of files");
    }
    oat_writer_sync_names(writer);
    int live_fd = writer->live_fd;
    writer->live_fd = -1; /* forgotten before it is closed: see oat_pair_release */
    atomic_signal_fence(memory_order_seq_cst);
    if (live_fd >= 0)
        oat_live_remove(&writer->tracer->dir, &writer->host, live_fd);
}

void oat_writer_free(oat_writer *writer)
{
    oat_pair *older;
    for (oat_pair *pair = atomic_load(&writer->pairs); pair; pair = older) {
        older = pair->next;
        oat_pair_free(pair);
    }
    oat_threads_free(writer);
    oat_sampler_free(writer->sampler);
    pthread_cond_destroy(&writer->flusher_wake);
    pthread_mutex_destroy(&writer->flusher_lock);
    pthread_mutex_destroy(&writer->sync_lock);
    pthread_mutex_destroy(&writer->pairs_lock);
    pthread_mutex_destroy(&writer->threads_lock);
    pthread_mutex_destroy(&writer->roll_lock);
    free(writer);
}

void oat_writer_abandon(oat_writer *writer)
{
    if (writer->live_fd >= 0)
        close(writer->live_fd);
    writer->live_fd = -1;
    for (oat_pair *pair = atomic_load(&writer->pairs); pair; pair = pair->next)
        oat_pair_abandon(pair);
}

/* ---- Rolling ---- */

static int make_pair(oat_writer *w, const oat_pair *full, oat_pair **ret)
{
    oat_tracer *tracer = w->tracer;
    oat_pair_options options = {
        .seq = w->next_seq,
        .slots_max = tracer->config.roll_slots,
        .mapped = atomic_load(&tracer->mapped),
        .carried = full == NULL,
        .ahead = full ? atomic_load(&full->ahead) : 0,
    };
    if (w->live_fd < 0) {
        int st = oat_live_create(&tracer->dir, &w->host, &w->live_fd);
        if (st != OAT_OK)
            return st;
    }
    int st = oat_pair_create(&tracer->dir, &w->host, &options, ret);
    if (st != OAT_OK)
        return st;
    /* What other threads append to the old pair just now counts here: at worst an empty pair rolls. */
    (*ret)->slots_before = oat_writer_sum(w, OAT_COUNTER_SLOTS);
    if (!(*ret)->map)
        atomic_store(&tracer->mapped, false);
    return OAT_OK;
}

int oat_writer_roll(oat_writer *writer, oat_pair *full)
{
    oat_writer *w = writer;
    oat_pair *pair = NULL;
    int st = OAT_OK;

    pthread_mutex_lock(&w->roll_lock);
    if (atomic_load(&w->current) != full)
        goto done;
    if (w->retry_boot_ns && oat_clock_boot_ns() < w->retry_boot_ns) {
        st = w->retry_result;
        errno = w->retry_errno;
        goto done;
    }
    oat_fork_hold();
    st = make_pair(w, full, &pair);
    oat_fork_release();
    if (st != OAT_OK) {
        atomic_store(&w->last_errno, errno);
        w->retry_boot_ns = oat_clock_boot_ns() + RETRY_NS;
        w->retry_result = st;
        w->retry_errno = errno;
        goto done;
    }
    w->retry_boot_ns = 0;
    w->next_seq++;
    atomic_fetch_add(&w->pair_count, 1);
    pair->next = atomic_load(&w->pairs);
    atomic_store(&w->pairs, pair);
    if (full)
        atomic_store(&full->rolled, true);
    atomic_store(&w->current, pair);
done:
    pthread_mutex_unlock(&w->roll_lock);
    if (pair) {
        oat_flusher_start(w);
        oat_flusher_kick(w);
    }
    return st;
}

/* ---- Appending ---- */

/* Slots for the next lane: twice as many as before, in segments that are long enough for it. */
static uint32_t lane_slots(const oat_thread *thread, const oat_pair *pair)
{
    uint32_t most =
        pair->slots_max / OAT_LANE_SLOTS_MAX < OAT_LANE_SLOTS_MAX ? OAT_LANE_SLOTS : OAT_LANE_SLOTS_MAX;
    bool goes_on = atomic_load_explicit(&thread->lane_pair, memory_order_relaxed) == pair;
    uint32_t twice = goes_on ? 2 * thread->lane_slots : OAT_LANE_SLOTS;
    return twice < most ? twice : most;
}

int oat_take_lane(oat_thread *thread, oat_pair *pair)
{
    oat_lane lane;
    uint32_t slots = lane_slots(thread, pair);
    int st = oat_pair_take_lane(pair, slots, &lane);
    if (st != OAT_OK)
        return st;
    thread->lane_slots = slots;
    atomic_store_explicit(&thread->lane_pair, pair, memory_order_relaxed);
    thread->lane = lane;
    uint32_t wake_at = atomic_load_explicit(&pair->wake_at, memory_order_relaxed);
    if (lane.end > wake_at && atomic_compare_exchange_strong(&pair->wake_at, &wake_at, UINT32_MAX))
        oat_flusher_kick(thread->writer);
    return OAT_OK;
}

int oat_append_payload(oat_thread *thread, oat_pair *pair, const void *data, size_t len, uint8_t media,
                       struct oat_disk_blob_ref *ret)
{
    /* What running spans bring along into each new pair must not make that one full again. */
    uint64_t full = thread->writer->tracer->config.roll_blob_bytes + atomic_load(&pair->moved_blob_bytes);
    if (atomic_load_explicit(&pair->blobs.tail, memory_order_relaxed) > full)
        return OAT_NOTFOUND;
    oat_capture *capture = atomic_exchange(&thread->capture, NULL);
    if (!capture)
        capture = oat_capture_new();
    if (!capture)
        return OAT_E_NOMEM;
    oat_count_add(thread, OAT_COUNTER_CAPTURES, 1);
    int st = oat_capture_payload(capture, &pair->blobs, &thread->inflight, data, len, media, ret);
    atomic_store(&thread->capture, capture);
    return st;
}

int oat_append_payload_or_lost(oat_thread *thread, oat_pair *pair, const void *data, size_t len,
                               uint8_t media, struct oat_disk_blob_ref *ret)
{
    int st = oat_append_payload(thread, pair, data, len, media, ret);
    if (st == OAT_OK || st == OAT_NOTFOUND)
        return st;
    oat_count_drop(thread, st);
    *ret = (struct oat_disk_blob_ref){.raw_len = oat_le48_of(len), .media = media, .flags = OAT_REF_LOST};
    return OAT_OK;
}

uint64_t oat_writer_sum(const oat_writer *writer, enum oat_counter counter)
{
    uint64_t total = 0;
    for (oat_thread *thread = atomic_load(&writer->threads); thread; thread = thread->next)
        total += atomic_load_explicit(&thread->counters[counter], memory_order_acquire);
    return total;
}

void oat_count_drop(oat_thread *thread, int result)
{
    enum oat_counter counter = result == OAT_E_FULL    ? OAT_COUNTER_DROPS_FULL
                               : result == OAT_E_NOMEM ? OAT_COUNTER_DROPS_MEMORY
                               : result == OAT_E_LIMIT ? OAT_COUNTER_DROPS_LIMIT
                                                       : OAT_COUNTER_DROPS_IO;
    if (result == OAT_E_FULL || result == OAT_E_IO)
        atomic_store(&thread->writer->last_errno, errno);
    oat_count_add(thread, counter, 1);
    oat_warn(thread->writer->tracer, result, "appending");
}

bool oat_writer_pair_is_quiet(oat_writer *writer, const oat_pair *pair)
{
    if (writer->membarrier && syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0)
        return false;
    for (oat_thread *thread = atomic_load(&writer->threads); thread; thread = thread->next)
        if (atomic_load(&thread->inside) == pair)
            return false;
    return true;
}

/* The least of the tail and the reservations under way. */
static uint64_t least_unwritten(const oat_writer *writer, const oat_pair *pair)
{
    uint64_t whole = atomic_load(&pair->blobs.tail);
    for (oat_thread *thread = atomic_load(&writer->threads); thread; thread = thread->next) {
        uint64_t from = atomic_load(&thread->inflight.from);
        if (from != 0 && from < whole && atomic_load(&thread->inside) == pair)
            whole = from;
    }
    return whole;
}

uint64_t oat_writer_whole_blob_bytes(const oat_writer *writer, const oat_pair *pair)
{
    for (;;) {
        uint64_t given_back = atomic_load(&pair->blobs.given_back);
        uint64_t whole = least_unwritten(writer, pair);
        if (atomic_load(&pair->blobs.given_back) == given_back)
            return whole;
    }
}
