#include "compactor/parallel.h"

#include "oat/oat.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

#define THREADS_MAX 64u

struct work {
    oat_piece_of_work fn;
    void *arg;
    size_t count;
    atomic_size_t next;
    pthread_mutex_t lock; /* of the failure */
    int failure, error;
};

int oat_thread_start(pthread_t *ret_thread, void *(*fn)(void *arg), void *arg)
{
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGBUS); /* while it is blocked, a fault is death */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(ret_thread, NULL, fn, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

static void note_failure(struct work *work, int failure)
{
    int error = errno;
    pthread_mutex_lock(&work->lock);
    work->failure = failure;
    work->error = error;
    pthread_mutex_unlock(&work->lock);
    atomic_store(&work->next, work->count);
}

static void *do_pieces(void *arg)
{
    struct work *work = arg;
    size_t index;
    while ((index = atomic_fetch_add(&work->next, 1)) < work->count) {
        int result = work->fn(work->arg, index);
        if (result != OAT_OK)
            note_failure(work, result);
    }
    return NULL;
}

int oat_parallel(unsigned threads, size_t count, oat_piece_of_work fn, void *arg)
{
    struct work work = {.fn = fn, .arg = arg, .count = count, .failure = OAT_OK};
    pthread_t others[THREADS_MAX];
    unsigned other_count = 0;
    pthread_mutex_init(&work.lock, NULL);
    while (other_count + 1 < threads && other_count + 1 < count && other_count < THREADS_MAX &&
           oat_thread_start(&others[other_count], do_pieces, &work) == 0)
        other_count++;
    do_pieces(&work);
    for (unsigned i = 0; i < other_count; i++)
        pthread_join(others[i], NULL);
    pthread_mutex_destroy(&work.lock);
    if (work.failure != OAT_OK)
        errno = work.error;
    return work.failure;
}

/* ---- One call ---- */

static void *do_task(void *arg)
{
    const struct oat_task *task = arg;
    task->fn(task->arg);
    return NULL;
}

void oat_task_start(struct oat_task *task, bool threaded, void (*fn)(void *arg), void *arg)
{
    task->fn = fn;
    task->arg = arg;
    task->running = threaded && oat_thread_start(&task->thread, do_task, task) == 0;
    if (!task->running)
        fn(arg);
}

void oat_task_wait(struct oat_task *task)
{
    if (task->running)
        pthread_join(task->thread, NULL);
    task->running = false;
}
