/* One WebSocket: what a client says is read as subscriptions, what it subscribed to is sent, as much of it at
 * a time as it takes. */
#ifndef OAT_HTTPD_SOCKET_H
#define OAT_HTTPD_SOCKET_H

#include <stddef.h>

#include "format/json_write.h"

#include "httpd/gate.h"
#include "httpd/live.h"
#include "httpd/replay.h"

struct evhttp_connection;
struct oat_socket;

/* What a socket listens to, and who reads for it. */
struct oat_socket_source {
    struct oat_live *live;
    struct oat_view *view;
    struct oat_pool *pool;
    struct oat_worker *worker; /* its own */
    struct oat_gate *gate;
    struct oat_caller caller; /* who may listen as long as the gate knows him */
};

/* Those of a worker. Zero-initialise. */
struct oat_socket_list {
    struct oat_socket *first;
    size_t count;
    struct oat_json text; /* that is being written; to be freed at the end */
};

/* One that listens to every span of the tail. NULL: out of memory. */
struct oat_socket *oat_socket_new(struct oat_socket_list *list, const struct oat_socket_source *source);

/* Takes over the connection, which has been answered 101. It frees itself, and that, when either side is done
 * with it. request_id: what errors repeat. */
void oat_socket_start(struct oat_socket *socket, struct evhttp_connection *connection,
                      const char *request_id);

struct oat_socket *oat_socket_next(const struct oat_socket *socket);

/* Sends what there is for it, as far as it takes it. */
void oat_socket_drain(struct oat_socket *socket);

/* Now and then: asks the client whether it is there; frees the socket when it was silent twice. */
void oat_socket_tick(struct oat_socket *socket);

/* More often: ends the socket of one who may not listen any more. */
void oat_socket_check(struct oat_socket *socket);

/* Says good-bye, as far as that is possible at once, and frees it. */
void oat_socket_dismiss(struct oat_socket *socket);

#endif
