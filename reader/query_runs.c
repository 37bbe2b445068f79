#include "reader/query_runs.h"

#include <stdlib.h>

#include "oat/oat.h"

#define RUN_BATCHES 64u

int oat_query_runs_init(struct oat_query_runs *runs, size_t source_count, unsigned thread_count,
                        bool undivided)
{
    *runs = (struct oat_query_runs){.lock = PTHREAD_MUTEX_INITIALIZER,
                                    .changed = PTHREAD_COND_INITIALIZER,
                                    .source_count = source_count,
                                    .thread_count = thread_count,
                                    .undivided = undivided,
                                    .shares = calloc(thread_count, sizeof *runs->shares)};
    return runs->shares ? OAT_OK : OAT_E_NOMEM;
}

void oat_query_runs_free(struct oat_query_runs *runs)
{
    free(runs->shares);
    pthread_cond_destroy(&runs->changed);
    pthread_mutex_destroy(&runs->lock);
}

/* The next batches of a source that is open. */
static struct oat_query_run cut(const struct oat_query_runs *runs, struct oat_query_share *share)
{
    uint32_t first = share->batch, left = share->batch_count - first;
    share->batch += left < RUN_BATCHES || runs->undivided ? left : RUN_BATCHES;
    return (struct oat_query_run){share->source, first, share->batch, false};
}

/* A share of which there are batches left, the thread's own before others. NULL: none; *ret_opening: one may
 * come. */
static struct oat_query_share *find_share(const struct oat_query_runs *runs, unsigned thread,
                                          bool *ret_opening)
{
    *ret_opening = false;
    for (unsigned i = 0; i < runs->thread_count; i++) {
        struct oat_query_share *share = &runs->shares[(thread + i) % runs->thread_count];
        if (share->batch < share->batch_count)
            return share;
        *ret_opening |= share->opening;
    }
    return NULL;
}

/* Under the lock. False: there is none; *ret_wait: as yet. */
static bool take_next(struct oat_query_runs *runs, unsigned thread, struct oat_query_run *ret, bool *ret_wait)
{
    struct oat_query_share *own = &runs->shares[thread];
    *ret_wait = false;
    if (runs->result != OAT_OK)
        return false;
    if (own->batch == own->batch_count && runs->source < runs->source_count) {
        *own = (struct oat_query_share){.source = runs->source++, .opening = true};
        *ret = (struct oat_query_run){.source = own->source, .is_new = true};
        return true;
    }
    struct oat_query_share *share = find_share(runs, thread, ret_wait);
    if (share)
        *ret = cut(runs, share);
    return share != NULL;
}

bool oat_query_runs_take(struct oat_query_runs *runs, unsigned thread, struct oat_query_run *ret)
{
    bool wait, taken;
    pthread_mutex_lock(&runs->lock);
    while (!(taken = take_next(runs, thread, ret, &wait)) && wait)
        pthread_cond_wait(&runs->changed, &runs->lock);
    pthread_mutex_unlock(&runs->lock);
    return taken;
}

void oat_query_runs_opened(struct oat_query_runs *runs, unsigned thread, uint32_t batch_count)
{
    pthread_mutex_lock(&runs->lock);
    runs->shares[thread].opening = false;
    runs->shares[thread].batch_count = batch_count;
    pthread_cond_broadcast(&runs->changed);
    pthread_mutex_unlock(&runs->lock);
}

void oat_query_runs_fail(struct oat_query_runs *runs, int result)
{
    pthread_mutex_lock(&runs->lock);
    if (runs->result == OAT_OK)
        runs->result = result;
    pthread_cond_broadcast(&runs->changed);
    pthread_mutex_unlock(&runs->lock);
}
