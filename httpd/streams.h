/* Answers that are made while they are sent: the pool makes a piece, the loop sends it, and the next one is
 * made when the client has taken it. So a slow client keeps no thread waiting, and an answer takes the memory
 * of a piece, however long it is. Of one worker, on its thread. */
#ifndef OAT_HTTPD_STREAMS_H
#define OAT_HTTPD_STREAMS_H

#include "httpd/pool.h"
#include "httpd/stream.h"
#include "httpd/worker.h"

struct oat_streams;

/* worker is borrowed; as the streams are by it: free it first. max: at a time. NULL: out of memory. */
struct oat_streams *oat_streams_new(struct oat_worker *worker, size_t max);
/* Ends all of them, without their ends. The loop and the pool's threads have ended. Takes NULL. */
void oat_streams_close(struct oat_streams *streams);
/* After the worker is freed. Takes NULL. */
void oat_streams_free(struct oat_streams *streams);

struct oat_streamed {
    struct evhttp_request *request; /* its answer has its headers */
    int status;
    struct oat_json *first;    /* the first piece */
    struct oat_stream *stream; /* makes the others */
    bool gzip;                 /* they are to be compressed */
    struct oat_pool *pool;     /* where they are made; borrowed */
    /* Called at the end, when the stream is freed and the request is libevent's. sent_bytes: of the body.
     * is_whole: all of it; else the client went, or its connection was cut because a piece could not be made,
     * so that it does not take what it has for all. */
    void (*ended)(void *arg, uint64_t sent_bytes, bool is_whole);
    void *arg;
};

/* Sends an answer: takes over all of it. False, and nothing is taken over: too many are being sent, or out of
 * memory. */
bool oat_streams_send(struct oat_streams *streams, const struct oat_streamed *answer);

#endif
