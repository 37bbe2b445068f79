/* The connections of a worker: how many there may be, how long a request may be, how much memory long ones
 * may take together, and by when a request has to be there and its answer to be taken. evhttp alone has a
 * limit for silence only, which a byte now and then keeps away for ever. Of one thread. */
#ifndef OAT_HTTPD_CONNECTIONS_H
#define OAT_HTTPD_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/memory_budget.h"

struct bufferevent;
struct evbuffer;
struct oat_tls;
struct event_base;
struct evhttp_connection;
struct evhttp_request;

struct oat_connection_limits {
    size_t max;              /* connections; one too many costs the oldest one that is not being answered */
    size_t read_ahead_bytes; /* of what comes behind a request before its answer is taken */
    size_t unpaid_bytes;     /* of a request before it has to be paid for */
    size_t head_bytes;       /* of a request before its head is whole and was not refused */
    size_t request_bytes;    /* head and body */
    struct oat_memory_budget *budget; /* borrowed: pays for requests until they are answered */
    /* Is a request refused whose head (len bytes and a NUL; may be changed) is there? Then *ret is sent. fd:
     * of the client. NULL: none is. */
    bool (*refuse)(void *arg, char *head, size_t len, int fd, struct evbuffer *ret);
    /* There are so many now. NULL: nobody needs to know. */
    void (*counted)(void *arg, size_t count);
    void *arg;           /* of both */
    struct oat_tls *tls; /* borrowed; NULL: plain text */
    uint64_t quiet_ms;   /* between two bytes, or requests, of a client */
    uint64_t request_ms; /* from the first byte of a request to its last; with TLS the first request
                          * begins with the connection */
    uint64_t answer_ms;  /* until the client has taken all of an answer, or of a piece of it */
};

struct oat_connections;

/* The limits are copied. NULL: out of memory. */
struct oat_connections *oat_connections_new(struct event_base *base,
                                            const struct oat_connection_limits *limits);
/* After the evhttp that has them. Takes NULL. */
void oat_connections_free(struct oat_connections *connections);

/* Makes what evhttp puts an accepted socket in: for evhttp_set_bevcb, with the connections as arg. */
struct bufferevent *oat_connections_make(struct event_base *base, void *connections);

/* All of a request is there, and its answer, or the next piece of it, is being made. */
void oat_connections_came(struct oat_connections *connections, struct evhttp_request *request);

/* Has gone called, once, when the client of such a request goes; gone NULL: no more. evhttp alone does not
 * look at a connection whose request has no answer yet. A client that has said that it will send no more (a
 * half-closed connection) cannot be told from one that has gone. */
void oat_connections_watch(struct oat_connections *connections, struct evhttp_request *request,
                           void (*gone)(struct evhttp_connection *connection, void *arg), void *arg);

/* Its answer, or a piece of it, is going to be sent. Returns the stream, borrowed until the loop's next turn,
 * if what is written of it goes to the socket as it is; else NULL. */
struct bufferevent *oat_connections_answer(struct oat_connections *connections,
                                           struct evhttp_request *request);

/* Its connection is not HTTP any more: somebody else sees to its limits. */
void oat_connections_give(struct oat_connections *connections, struct evhttp_request *request);

#endif
