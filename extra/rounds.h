/* A thread that works in rounds: every so often, when it is asked to, and once more at its end. */
#ifndef OAT_EXTRA_ROUNDS_H
#define OAT_EXTRA_ROUNDS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct oat_rounds {
    pthread_t thread;
    pid_t pid;
    uint64_t begun; /* what was asked for when the round began; the thread's alone */
    pthread_mutex_t lock;
    pthread_cond_t wake, told; /* the thread; those that wait for it */
    bool is_to_end;            /* this and the following under the lock */
    uint64_t end_by_ns;        /* boot clock, then */
    uint64_t asked, answered;  /* rounds that were asked for, by number; the last one that is over */
    int answer;                /* how it went */
};

void oat_rounds_init(struct oat_rounds *rounds);
/* Of one whose thread was not started, or was ended. */
void oat_rounds_clear(struct oat_rounds *rounds);

/* Starts the thread, which no signal of the host reaches. OAT_OK, OAT_E_NOMEM. */
int oat_rounds_start(struct oat_rounds *rounds, void *(*run)(void *arg), void *arg);

/* By the thread, between two rounds: tells how the one before went, and waits so long or until another one is
 * asked for. False: it is to end. */
bool oat_rounds_wait(struct oat_rounds *rounds, uint64_t ns, int answer);
/* By the thread: whether it was to be at its end by now. */
bool oat_rounds_is_late(struct oat_rounds *rounds);

/* By others: asks for a round and waits for it, at most so long. How it went; OAT_E_IO: it is not over. */
int oat_rounds_ask(struct oat_rounds *rounds, uint32_t timeout_ms);
/* Tells the thread to be at its end in so long, and waits for it. */
void oat_rounds_end(struct oat_rounds *rounds, uint32_t timeout_ms);

/* False in a child of fork(), which does not have the thread: leave all as it is then. */
bool oat_rounds_are_here(const struct oat_rounds *rounds);

#endif
