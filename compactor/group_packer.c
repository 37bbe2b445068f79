#include "compactor/group_packer.h"

#include "compactor/parallel.h"
#include "oat/oat.h"

#include <lz4.h>
#include <lz4hc.h>
#include <pthread.h>
#include <stdlib.h>

/* Measured: recorded conversations, full of what was said before, lose a fiftieth of their size with each
 * level up to 5, at little cost; text that hardly repeats itself loses as much, at a third more time. */
#define LEVEL_OF_REPETITIVE 5
#define LEVEL_OF_OTHERS     3
#define SAMPLE_LEN          (16u << 10)
#define THREADS_MAX         64u
#define WORTH(raw)          ((raw) - (raw) / 20) /* what compression has to come below */

struct oat_group_packer {
    pthread_mutex_t lock;
    pthread_cond_t submitted; /* or stopping */
    pthread_cond_t done;
    bool stopping;
    /* Numbers of groups, ever growing: taken <= started <= submitted <= taken + job_count. */
    uint64_t taken_count, started_count, submitted_count;
    struct oat_group_job *jobs; /* group n is in place n % job_count */
    bool *job_done;
    size_t job_count;
    void *state; /* of LZ4, for the caller's thread */
    pthread_t threads[THREADS_MAX];
    unsigned thread_count;
};

/* ---- Compressing ---- */

static int compress_quickly(struct oat_group_job *job, int room)
{
    return LZ4_compress_default((const char *)job->raw, (char *)job->packed, (int)job->raw_len, room);
}

/* What stands in the middle of a group tells whether it repeats itself. */
static int level_of(struct oat_group_job *job, int room)
{
    size_t len = job->raw_len < SAMPLE_LEN ? job->raw_len : SAMPLE_LEN;
    const char *sample = (const char *)job->raw + (job->raw_len - len) / 2;
    int n = LZ4_compress_default(sample, (char *)job->packed, (int)len, room);
    return (size_t)n < len / 2 ? LEVEL_OF_REPETITIVE : LEVEL_OF_OTHERS;
}

static void compress(struct oat_group_job *job, void *state)
{
    int room = LZ4_compressBound((int)OAT_CHUNK_MAX), n = 0;
    size_t worth = WORTH(job->raw_len);
    if (!job->dense || (size_t)compress_quickly(job, room) < worth)
        n = LZ4_compress_HC_extStateHC(state, (const char *)job->raw, (char *)job->packed, (int)job->raw_len,
                                       room, level_of(job, room));
    bool shrunk = n > 0 && (size_t)n < worth;
    job->codec = shrunk ? OAT_CODEC_LZ4 : OAT_CODEC_RAW;
    job->stored = shrunk ? job->packed : job->raw;
    job->stored_len = shrunk ? (size_t)n : job->raw_len;
}

static void sign(struct oat_group_job *job)
{
    size_t room = oat_signature_room(job->raw_len, job->chunk_count);
    job->signature_len = room > 0 ? oat_signature_make(job->raw, job->raw_len, job->signature, room) : 0;
}

/* Works on the oldest group that nobody has begun. Called with the lock, which it leaves meanwhile. */
static void run_next(struct oat_group_packer *packer, void *state)
{
    size_t at = (size_t)(packer->started_count++ % packer->job_count);
    pthread_mutex_unlock(&packer->lock);
    compress(&packer->jobs[at], state);
    sign(&packer->jobs[at]);
    pthread_mutex_lock(&packer->lock);
    packer->job_done[at] = true;
    pthread_cond_signal(&packer->done);
}

static void *work(void *arg)
{
    struct oat_group_packer *packer = arg;
    void *state = malloc((size_t)LZ4_sizeofStateHC());
    pthread_mutex_lock(&packer->lock);
    while (state && !packer->stopping) {
        if (packer->started_count < packer->submitted_count)
            run_next(packer, state);
        else
            pthread_cond_wait(&packer->submitted, &packer->lock);
    }
    pthread_mutex_unlock(&packer->lock);
    free(state);
    return NULL;
}

/* ---- The caller's side ---- */

static void start_threads(struct oat_group_packer *packer, unsigned threads)
{
    while (packer->thread_count + 1 < threads && packer->thread_count < THREADS_MAX &&
           oat_thread_start(&packer->threads[packer->thread_count], work, packer) == 0)
        packer->thread_count++;
}

static bool allocate(struct oat_group_packer *packer, unsigned threads)
{
    packer->job_count = 2 * (size_t)(threads < THREADS_MAX ? threads : THREADS_MAX) + 2;
    packer->jobs = calloc(packer->job_count, sizeof *packer->jobs);
    packer->job_done = calloc(packer->job_count, sizeof *packer->job_done);
    packer->state = malloc((size_t)LZ4_sizeofStateHC());
    bool complete = packer->jobs && packer->job_done && packer->state;
    for (size_t i = 0; i < packer->job_count && complete; i++) {
        packer->jobs[i].raw = malloc(OAT_CHUNK_MAX);
        packer->jobs[i].packed = malloc((size_t)LZ4_compressBound((int)OAT_CHUNK_MAX));
        packer->jobs[i].signature = malloc(OAT_SIGNATURE_MAX);
        complete = packer->jobs[i].raw && packer->jobs[i].packed && packer->jobs[i].signature;
    }
    return complete;
}

int oat_group_packer_new(unsigned threads, struct oat_group_packer **ret)
{
    struct oat_group_packer *packer = calloc(1, sizeof *packer);
    if (!packer)
        return OAT_E_NOMEM;
    pthread_mutex_init(&packer->lock, NULL);
    pthread_cond_init(&packer->submitted, NULL);
    pthread_cond_init(&packer->done, NULL);
    if (!allocate(packer, threads)) {
        oat_group_packer_free(packer);
        return OAT_E_NOMEM;
    }
    start_threads(packer, threads);
    *ret = packer;
    return OAT_OK;
}

void oat_group_packer_free(struct oat_group_packer *packer)
{
    if (!packer)
        return;
    pthread_mutex_lock(&packer->lock);
    packer->stopping = true;
    pthread_cond_broadcast(&packer->submitted);
    pthread_mutex_unlock(&packer->lock);
    for (unsigned i = 0; i < packer->thread_count; i++)
        pthread_join(packer->threads[i], NULL);
    for (size_t i = 0; packer->jobs && i < packer->job_count; i++) {
        free(packer->jobs[i].raw);
        free(packer->jobs[i].packed);
        free(packer->jobs[i].signature);
    }
    free(packer->jobs);
    free(packer->job_done);
    free(packer->state);
    pthread_cond_destroy(&packer->done);
    pthread_cond_destroy(&packer->submitted);
    pthread_mutex_destroy(&packer->lock);
    free(packer);
}

struct oat_group_job *oat_group_packer_begin(struct oat_group_packer *packer)
{
    if (packer->submitted_count == packer->taken_count + packer->job_count)
        return NULL;
    return &packer->jobs[packer->submitted_count % packer->job_count];
}

void oat_group_packer_submit(struct oat_group_packer *packer)
{
    pthread_mutex_lock(&packer->lock);
    packer->job_done[packer->submitted_count++ % packer->job_count] = false;
    pthread_cond_signal(&packer->submitted);
    pthread_mutex_unlock(&packer->lock);
}

const struct oat_group_job *oat_group_packer_take(struct oat_group_packer *packer)
{
    size_t at = (size_t)(packer->taken_count % packer->job_count);
    if (packer->taken_count == packer->submitted_count)
        return NULL;
    pthread_mutex_lock(&packer->lock);
    while (!packer->job_done[at]) {
        if (packer->started_count < packer->submitted_count)
            run_next(packer, packer->state);
        else
            pthread_cond_wait(&packer->done, &packer->lock);
    }
    packer->taken_count++;
    pthread_mutex_unlock(&packer->lock);
    return &packer->jobs[at];
}
