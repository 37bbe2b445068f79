#include "httpd/sockets.h"

#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "httpd/handshake.h"
#include "httpd/log.h"
#include "httpd/socket.h"

#define CHECK_S 3  /* whether clients may listen still */
#define TICK_S  15 /* a client that is silent for two of them is gone */

struct oat_sockets {
    struct oat_worker *worker;
    struct oat_socket_list list;
    size_t max;
    struct event *check; /* there are sockets */
    unsigned checks;     /* since the last tick */
    struct oat_job drain;
    atomic_bool is_posted; /* the job is */
};

/* ---- Waking --------------------------------------------------------------------------------------- */

static void for_each(struct oat_sockets *sockets, void (*fn)(struct oat_socket *socket))
{
    for (struct oat_socket *socket = sockets->list.first, *next; socket; socket = next) {
        next = oat_socket_next(socket);
        fn(socket);
    }
}

static void drain_all(struct oat_job *job)
{
    struct oat_sockets *sockets = (struct oat_sockets *)((char *)job - offsetof(struct oat_sockets, drain));
    atomic_store(&sockets->is_posted, false);
    for_each(sockets, oat_socket_drain);
}

/* On any thread. */
static void wake(void *arg)
{
    struct oat_sockets *sockets = arg;
    if (!atomic_exchange(&sockets->is_posted, true))
        oat_worker_post(sockets->worker, &sockets->drain);
}

bool oat_sockets_listen(struct oat_sockets *sockets, struct oat_live *live)
{
    return oat_live_listen(live, wake, sockets);
}

static void on_check(evutil_socket_t fd, short events, void *arg)
{
    struct oat_sockets *sockets = arg;
    (void)fd;
    (void)events;
    for_each(sockets, oat_socket_check);
    sockets->checks = (sockets->checks + 1) % (TICK_S / CHECK_S);
    if (sockets->checks == 0)
        for_each(sockets, oat_socket_tick);
    if (sockets->list.count == 0)
        event_del(sockets->check);
}

static bool start_checking(struct oat_sockets *sockets, struct event_base *base)
{
    static const struct timeval every = {.tv_sec = CHECK_S};
    if (!sockets->check)
        sockets->check = event_new(base, -1, EV_PERSIST, on_check, sockets);
    return sockets->check &&
           (evtimer_pending(sockets->check, NULL) || event_add(sockets->check, &every) == 0);
}

/* ---- A new one ------------------------------------------------------------------------------------ */

static bool may_upgrade(const struct oat_sockets *sockets, struct evhttp_request *request, char *ret_accept,
                        struct oat_answer *answer)
{
    if (evhttp_request_get_command(request) != EVHTTP_REQ_GET || request->major != 1 || request->minor != 1)
        oat_answer_error(answer, 426, "upgrade_required", "/ws is for WebSocket clients, by HTTP/1.1");
    else if (sockets->list.count >= sockets->max) {
        answer->retry_after_s = 1;
        oat_answer_error(answer, 503, "overloaded", "too many clients are listening: try again");
    } else
        return oat_handshake_read(evhttp_request_get_input_headers(request), ret_accept, answer);
    return false;
}

bool oat_sockets_take(struct oat_sockets *sockets, struct evhttp_request *request,
                      const struct oat_caller *caller, struct oat_gate *gate, struct oat_pool *pool,
                      struct oat_answer *answer)
{
    const struct oat_socket_source source = {
        .live = caller->project->live,
        .view = caller->project->view,
        .pool = pool,
        .worker = sockets->worker,
        .gate = gate,
        .caller = *caller,
    };
    char accept[OAT_HANDSHAKE_ACCEPT_SIZE];
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    if (!may_upgrade(sockets, request, accept, answer)) {
        if (answer->status == 426) {
            evhttp_add_header(headers, "Upgrade", "websocket");
            evhttp_add_header(headers, "Sec-WebSocket-Version", "13");
        }
        return false;
    }
    struct oat_socket *socket = NULL;
    if (connection && start_checking(sockets, evhttp_connection_get_base(connection)))
        socket = oat_socket_new(&sockets->list, &source);
    if (!socket) {
        oat_answer_result(answer, OAT_E_NOMEM, "making a WebSocket");
        return false;
    }
    oat_worker_give(sockets->worker, request);
    evhttp_add_header(headers, "Upgrade", "websocket");
    evhttp_add_header(headers, "Connection", "Upgrade");
    evhttp_add_header(headers, "Sec-WebSocket-Accept", accept);
    evhttp_send_reply_start(request, 101, "Switching Protocols");
    oat_socket_start(socket, connection, answer->request_id);
    return true;
}

/* ---- Life ----------------------------------------------------------------------------------------- */

struct oat_sockets *oat_sockets_new(struct oat_worker *worker, size_t max)
{
    struct oat_sockets *sockets = calloc(1, sizeof *sockets);
    if (!sockets)
        return NULL;
    sockets->worker = worker;
    sockets->max = max;
    sockets->drain.run = drain_all;
    return sockets;
}

void oat_sockets_close(struct oat_sockets *sockets)
{
    if (!sockets)
        return;
    while (sockets->list.first)
        oat_socket_dismiss(sockets->list.first);
    if (sockets->check)
        event_free(sockets->check);
    sockets->check = NULL;
}

void oat_sockets_free(struct oat_sockets *sockets)
{
    if (!sockets)
        return;
    oat_json_free(&sockets->list.text);
    free(sockets);
}
