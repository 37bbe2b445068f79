/* Work in pieces, on several threads at once. */
#ifndef OAT_COMPACTOR_PARALLEL_H
#define OAT_COMPACTOR_PARALLEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* As pthread_create, with signals blocked in the thread: they are for the program's own. Not SIGBUS of a read
 * of its own that fails (reader/faults.h). */
int oat_thread_start(pthread_t *ret_thread, void *(*fn)(void *arg), void *arg);

/* Does piece number `index`. Returns OAT_OK or a failure. */
typedef int (*oat_piece_of_work)(void *arg, size_t index);

/* Calls fn for 0 .. count - 1, on up to `threads` threads, the caller's included; where the system refuses
 * some, there are fewer. After a failure no further piece is begun; returns one of them (with its errno), or
 * OAT_OK. */
int oat_parallel(unsigned threads, size_t count, oat_piece_of_work fn, void *arg);

/* A call on a thread of its own. Zero-initialise. */
struct oat_task {
    void (*fn)(void *arg);
    void *arg;
    pthread_t thread;
    bool running; /* or done, and not yet waited for */
};

/* Calls fn on another thread; at once on this one when `threaded` is false or the system has no thread. The
 * task must not be under way. */
void oat_task_start(struct oat_task *task, bool threaded, void (*fn)(void *arg), void *arg);
/* Returns when the call, if any, has. */
void oat_task_wait(struct oat_task *task);

#endif
