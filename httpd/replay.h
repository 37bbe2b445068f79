/* What a subscriber has missed and the live tail does not have any more, read from the store: for cursors
 * that are too old. Read by the pool, handed out on the worker that asked. */
#ifndef OAT_HTTPD_REPLAY_H
#define OAT_HTTPD_REPLAY_H

#include "format/json_write.h"
#include "httpd/pool.h"
#include "httpd/view.h"
#include "httpd/worker.h"

#define OAT_REPLAY_MAX 1000u /* spans, the newest */

struct oat_replay;

/* What is asked for; borrowed until it comes. */
struct oat_replay_query {
    struct oat_worker *worker; /* this one asks */
    struct oat_pool *pool;
    struct oat_view *view;
    const char *filter; /* its text, which is copied */
    uint64_t since_ns;  /* spans that ended from then on, and started within a day before */
};

/* Calls done, later and on the worker's thread: items is a JSON array of messages, oldest first, borrowed, or
 * empty when the store could not be read; missed: spans before them that were left out; exact false: nobody
 * knows how many. NULL: out of memory, or the pool is full. It frees itself. */
struct oat_replay *oat_replay_start(const struct oat_replay_query *query,
                                    void (*done)(void *arg, const struct oat_json *items, uint64_t missed,
                                                 bool exact),
                                    void *arg);

/* done is not called any more. On the worker's thread, before it was. */
void oat_replay_forget(struct oat_replay *replay);

#endif
