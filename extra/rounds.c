#include "extra/rounds.h"

#include "oat/oat.h"
#include "writer/clock.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#define NS_PER_MS UINT64_C(1000000)

void oat_rounds_init(struct oat_rounds *rounds)
{
    pthread_condattr_t monotonic;
    *rounds = (struct oat_rounds){.pid = getpid()};
    pthread_mutex_init(&rounds->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&rounds->wake, &monotonic);
    pthread_cond_init(&rounds->told, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void oat_rounds_clear(struct oat_rounds *rounds)
{
    pthread_cond_destroy(&rounds->told);
    pthread_cond_destroy(&rounds->wake);
    pthread_mutex_destroy(&rounds->lock);
}

int oat_rounds_start(struct oat_rounds *rounds, void *(*run)(void *arg), void *arg)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&rounds->thread, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error ? OAT_E_NOMEM : OAT_OK;
}

bool oat_rounds_wait(struct oat_rounds *rounds, uint64_t ns, int answer)
{
    struct timespec until = oat_clock_deadline(ns);
    pthread_mutex_lock(&rounds->lock);
    rounds->answered = rounds->begun;
    rounds->answer = answer;
    pthread_cond_broadcast(&rounds->told);
    int st = 0;
    while (!rounds->is_to_end && rounds->asked == rounds->begun && st != ETIMEDOUT)
        st = pthread_cond_timedwait(&rounds->wake, &rounds->lock, &until);
    rounds->begun = rounds->asked;
    bool goes_on = !rounds->is_to_end;
    pthread_mutex_unlock(&rounds->lock);
    return goes_on;
}

bool oat_rounds_is_late(struct oat_rounds *rounds)
{
    pthread_mutex_lock(&rounds->lock);
    bool is_late = rounds->is_to_end && oat_clock_boot_ns() >= rounds->end_by_ns;
    pthread_mutex_unlock(&rounds->lock);
    return is_late;
}

int oat_rounds_ask(struct oat_rounds *rounds, uint32_t timeout_ms)
{
    struct timespec until = oat_clock_deadline(timeout_ms * NS_PER_MS);
    pthread_mutex_lock(&rounds->lock);
    uint64_t asked = ++rounds->asked;
    pthread_cond_signal(&rounds->wake);
    int st = 0;
    while (rounds->answered < asked && st != ETIMEDOUT)
        st = pthread_cond_timedwait(&rounds->told, &rounds->lock, &until);
    int answer = rounds->answered < asked ? OAT_E_IO : rounds->answer;
    pthread_mutex_unlock(&rounds->lock);
    return answer;
}

void oat_rounds_end(struct oat_rounds *rounds, uint32_t timeout_ms)
{
    pthread_mutex_lock(&rounds->lock);
    rounds->is_to_end = true;
    rounds->end_by_ns = oat_clock_boot_ns() + timeout_ms * NS_PER_MS;
    pthread_cond_signal(&rounds->wake);
    pthread_mutex_unlock(&rounds->lock);
    pthread_join(rounds->thread, NULL);
}

bool oat_rounds_are_here(const struct oat_rounds *rounds)
{
    return rounds->pid == getpid();
}
