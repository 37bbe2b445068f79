/* The WebSockets of a worker: connections that /ws has turned into them, and what goes over them. Each gets
 * what it has subscribed to as fast as it reads; nothing waits for it but a bounded buffer. Of the worker's
 * thread. */
#ifndef OAT_HTTPD_SOCKETS_H
#define OAT_HTTPD_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#include "httpd/answer.h"
#include "httpd/gate.h"
#include "httpd/pool.h"
#include "httpd/worker.h"

struct oat_sockets;

/* max: sockets there may be at a time. NULL: out of memory. */
struct oat_sockets *oat_sockets_new(struct oat_worker *worker, size_t max);

/* Has the sockets woken when there is something new in a tail: before any of them subscribes there. */
bool oat_sockets_listen(struct oat_sockets *sockets, struct oat_live *live);

/* Makes the connection of a request a WebSocket that listens to the tail of the caller's project; the pool
 * reads the store for it. It ends when the gate does not know the caller any more. False: it stays what it
 * was, and *answer says why not. */
bool oat_sockets_take(struct oat_sockets *sockets, struct evhttp_request *request,
                      const struct oat_caller *caller, struct oat_gate *gate, struct oat_pool *pool,
                      struct oat_answer *answer);

/* Tells every client that the server goes, and closes the connections. The loop has ended; tails are stopped
 * but not freed. Takes NULL. */
void oat_sockets_close(struct oat_sockets *sockets);
/* After the worker. Takes NULL. */
void oat_sockets_free(struct oat_sockets *sockets);

#endif
