/* A worker loop: one thread with an event base, an evhttp and listening sockets of its own, since an
 * evhttp belongs to one thread. Connections go to the loop that has the fewest (balance.h).
 * What takes long is done elsewhere and comes back as a job. */
#ifndef OAT_HTTPD_WORKER_H
#define OAT_HTTPD_WORKER_H

#include <stdbool.h>

#include "httpd/balance.h"
#include "httpd/job.h"
#include "ingest/memory_budget.h"

#define OAT_BODY_MAX_BYTES   (64u << 20) /* of any route, as it is sent */
#define OAT_SMALL_BODY_BYTES (16u << 10) /* up to here a body is waited for, whoever sends it */

struct evbuffer;
struct event_base;
struct evhttp_connection;
struct evhttp_request;
struct oat_worker;
struct oat_tls;

/* Loops that listen on copies of the same sockets. Zero-initialise; outlives them. */
struct oat_workers {
    struct oat_worker *all[OAT_LOOPS_MAX];
    struct oat_balance balance;
};

/* Both run on the loop's thread. */
struct oat_worker_calls {
    /* Has an answer sent, then or later. */
    void (*on_request)(struct evhttp_request *request, void *arg);
    /* Those of oat_connection_limits. */
    bool (*refuse)(void *arg, char *head, size_t len, int fd, struct evbuffer *ret);
    void *arg;
};

/* Adds a loop to others: before any of them starts, OAT_LOOPS_MAX at most. budget: borrowed; long requests
 * are taken in on it. tls: borrowed; NULL: plain text. NULL: out of memory or of descriptors. */
struct oat_worker *oat_worker_create(struct oat_workers *workers, size_t connections_max,
                                     struct oat_memory_budget *budget, struct oat_tls *tls,
                                     const struct oat_worker_calls *calls);

/* Takes over a listening, non-blocking socket; closes it also when it fails. Before the start. */
bool oat_worker_listen(struct oat_worker *worker, int fd);

/* Its loop, borrowed: for other kinds of connections. Used on its thread, or before the start. */
struct event_base *oat_worker_base(const struct oat_worker *worker);

/* Returns 0 or an errno. */
int oat_worker_start(struct oat_worker *worker);

/* The loop's thread runs the job soon. Any thread, until oat_worker_free. */
void oat_worker_post(struct oat_worker *worker, struct oat_job *job);

/* Requests that are being answered elsewhere: the loop does not end before they are back. On its thread. */
void oat_worker_hold(struct oat_worker *worker);
void oat_worker_release(struct oat_worker *worker);

/* Says that the answer to a request, or a piece of it, is about to be sent. Returns what oat_worker_push
 * takes. On its thread. */
struct bufferevent *oat_worker_answer(struct oat_worker *worker, struct evhttp_request *request);

/* Has the answer, which evhttp has taken by now, written before the loop's turn ends. Takes NULL. On its
 * thread. */
void oat_worker_push(struct oat_worker *worker, struct bufferevent *stream);

/* Says that another piece is being made. On its thread. */
void oat_worker_resume(struct oat_worker *worker, struct evhttp_request *request);

/* Has gone called, on the worker's thread, when the client goes while its request is being answered
 * elsewhere; gone NULL: no more. The request has no connection then. */
void oat_worker_watch(struct oat_worker *worker, struct evhttp_request *request,
                      void (*gone)(struct evhttp_connection *connection, void *arg), void *arg);

/* Says that the connection of a request is not HTTP any more. On its thread. */
void oat_worker_give(struct oat_worker *worker, struct evhttp_request *request);

/* Takes no more connections; ends when no request is held, or after grace_ms. Any thread, once. */
void oat_worker_stop(struct oat_worker *worker, unsigned grace_ms);

/* Waits for its end. */
void oat_worker_join(struct oat_worker *worker);

/* Runs the jobs that came too late, closes all connections. Nobody posts any more. Takes NULL. */
void oat_worker_free(struct oat_worker *worker);

#endif
