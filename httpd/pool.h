/* Threads for what may take long, so that no worker loop waits for a query. Bounded: what finds the queue
 * full is refused at once. */
#ifndef OAT_HTTPD_POOL_H
#define OAT_HTTPD_POOL_H

#include <stdbool.h>

#include "httpd/job.h"

struct oat_pool;

/* queue_max: jobs that may wait. NULL: out of memory or threads, with errno. */
struct oat_pool *oat_pool_start(unsigned threads, size_t queue_max);

/* Runs what waits, then ends the threads. Nobody submits any more. Takes NULL. */
void oat_pool_stop(struct oat_pool *pool);

/* Any thread. False: the queue is full; the job is the caller's still. */
bool oat_pool_submit(struct oat_pool *pool, struct oat_job *job);

/* The same of a job whose work was begun by another one before: a full queue takes it, too. Any thread. */
void oat_pool_continue(struct oat_pool *pool, struct oat_job *job);

#endif
