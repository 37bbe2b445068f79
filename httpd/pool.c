#include "httpd/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "compactor/parallel.h"

struct oat_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct oat_jobs waiting;
    size_t queue_max;
    bool stopping;
    unsigned thread_count;
    pthread_t threads[];
};

/* Waits for a job; NULL: to stop. */
static struct oat_job *next_job(struct oat_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->waiting.count == 0 && !pool->stopping)
        pthread_cond_wait(&pool->wake, &pool->lock);
    struct oat_job *job = oat_jobs_take(&pool->waiting);
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *work(void *arg)
{
    for (struct oat_job *job; (job = next_job(arg)) != NULL;)
        job->run(job);
    return NULL;
}

struct oat_pool *oat_pool_start(unsigned threads, size_t queue_max)
{
    struct oat_pool *pool = calloc(1, sizeof *pool + threads * sizeof *pool->threads);
    if (!pool)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pool->queue_max = queue_max;
    for (int error; pool->thread_count < threads; pool->thread_count++) {
        error = oat_thread_start(&pool->threads[pool->thread_count], work, pool);
        if (error != 0) {
            oat_pool_stop(pool);
            errno = error;
            return NULL;
        }
    }
    return pool;
}

void oat_pool_stop(struct oat_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* With the lock held. */
static void put(struct oat_pool *pool, struct oat_job *job)
{
    oat_jobs_put(&pool->waiting, job);
    pthread_cond_signal(&pool->wake);
}

bool oat_pool_submit(struct oat_pool *pool, struct oat_job *job)
{
    pthread_mutex_lock(&pool->lock);
    bool room = pool->waiting.count < pool->queue_max;
    if (room)
        put(pool, job);
    pthread_mutex_unlock(&pool->lock);
    return room;
}

void oat_pool_continue(struct oat_pool *pool, struct oat_job *job)
{
    pthread_mutex_lock(&pool->lock);
    put(pool, job);
    pthread_mutex_unlock(&pool->lock);
}
