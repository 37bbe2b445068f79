#include "httpd/connections.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "httpd/tls.h"

#define LOOKS_A_LIMIT 8u /* how often connections are looked at while a limit runs off */
#define PAID_AT_ONCE  (256u << 10)
#define LOOK_MAX_MS   1000u /* at least so often: sockets of those that are over are closed then */

enum state {
    QUIET,     /* nothing of a request is there */
    RECEIVING, /* a part of one */
    ANSWERING, /* all of it */
    SENDING,   /* the answer is on its way */
    GIVEN,     /* somebody else's */
};

struct connection {
    struct oat_connections *all;
    struct bufferevent *stream; /* a reference of ours: evhttp does not tell when it drops its own */
    enum state state;
    bool is_cut;
    uint64_t since_ms; /* RECEIVING, SENDING */
    size_t received;   /* of this request; ANSWERING, SENDING: of what comes behind it */
    size_t paid;       /* of the budget */
    evutil_socket_t fd;
    struct connection *older, *newer;
};

struct oat_connections {
    struct oat_connection_limits limits;
    struct event *look;
    struct connection *oldest, *newest;
    size_t count;
    struct connection **by_fd; /* those that sent something */
    size_t by_fd_count;
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- One connection ------------------------------------------------------------------------------ */

/* evhttp frees a stream by taking its callbacks away and dropping a reference. */
static bool is_over(const struct connection *c)
{
    bufferevent_data_cb on_read, on_write;
    bufferevent_event_cb on_event;
    void *arg;
    bufferevent_getcb(c->stream, &on_read, &on_write, &on_event, &arg);
    return !on_read && !on_write && !on_event;
}

static void give_back(struct connection *c)
{
    oat_memory_budget_give(c->all->limits.budget, c->paid);
    c->paid = 0;
}

/* evhttp closes it, when it comes to that. */
static void cut(struct connection *c)
{
    c->is_cut = true;
    bufferevent_trigger_event(c->stream, BEV_EVENT_READING | BEV_EVENT_ERROR, BEV_TRIG_DEFER_CALLBACKS);
}

static void drop(struct connection *c)
{
    struct oat_connections *all = c->all;
    *(c->older ? &c->older->newer : &all->oldest) = c->newer;
    *(c->newer ? &c->newer->older : &all->newest) = c->older;
    all->count--;
    give_back(c);
    if (c->fd >= 0)
        all->by_fd[c->fd] = NULL;
    bufferevent_decref(c->stream);
    free(c);
}

/* Notes the descriptor, which a stream gets after it was made. False: out of memory. */
static bool note_fd(struct connection *c)
{
    struct oat_connections *all = c->all;
    evutil_socket_t fd = bufferevent_getfd(c->stream);
    if (c->fd >= 0 || fd < 0)
        return fd >= 0;
    if ((size_t)fd >= all->by_fd_count) {
        size_t count = 2 * (size_t)fd + 16;
        struct connection **by_fd = realloc(all->by_fd, count * sizeof(struct connection *));
        if (!by_fd)
            return false;
        for (size_t i = all->by_fd_count; i < count; i++)
            by_fd[i] = NULL;
        all->by_fd = by_fd;
        all->by_fd_count = count;
    }
    c->fd = fd;
    all->by_fd[fd] = c;
    return true;
}

/* Between two bytes. read_ms 0: a client that is being answered may be silent. */
static void set_timeouts(struct connection *c, uint64_t read_ms)
{
    uint64_t write_ms = c->all->limits.quiet_ms;
    struct timeval to_read = {.tv_sec = (time_t)(read_ms / 1000), .tv_usec = (long)(read_ms % 1000) * 1000};
    struct timeval to_write = {.tv_sec = (time_t)(write_ms / 1000),
                               .tv_usec = (long)(write_ms % 1000) * 1000};
    bufferevent_set_timeouts(c->stream, read_ms > 0 ? &to_read : NULL, &to_write);
}

static void rest(struct connection *c)
{
    if (c->state == SENDING)
        set_timeouts(c, c->all->limits.quiet_ms);
    c->state = QUIET;
}

static void receive(struct connection *c)
{
    rest(c);
    c->state = RECEIVING;
    c->since_ms = now_ms();
    c->received = evbuffer_get_length(bufferevent_get_input(c->stream));
}

/* evhttp cannot answer a request that it has only a part of. */
static void refuse(const struct connection *c)
{
    static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                                 "Content-Length: 0\r\nConnection: close\r\n\r\n";
    if (!c->all->limits.tls)
        send(c->fd, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* May there be as much as has been received? */
static bool has_room(struct connection *c)
{
    const struct oat_connection_limits *limits = &c->all->limits;
    if (c->received <= limits->read_ahead_bytes)
        return true;
    if (c->state != RECEIVING || c->received > limits->request_bytes)
        return false;
    size_t wanted = c->received - limits->read_ahead_bytes;
    if (wanted <= c->paid)
        return true;
    size_t more = wanted - c->paid + PAID_AT_ONCE;
    if (!oat_memory_budget_take(limits->budget, more)) {
        refuse(c);
        return false;
    }
    c->paid += more;
    return true;
}

/* What evhttp has not taken from a connection yet has no bound of its own: data sent while an answer is
 * on its way, a chunk-size line without end. (A read watermark would bound it too, but then evhttp
 * spins on a line that cannot become complete.) */
static void on_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
    struct connection *c = arg;
    (void)input;
    if (info->n_added == 0 || c->state == GIVEN)
        return;
    if (is_over(c)) {
        bufferevent_disable(c->stream, EV_READ);
        return;
    }
    bool is_taken = c->state == SENDING && evbuffer_get_length(bufferevent_get_output(c->stream)) == 0;
    if (c->state == QUIET || is_taken)
        receive(c);
    else
        c->received += info->n_added;
    if (!note_fd(c) || !has_room(c))
        cut(c);
}

/* ---- All of them --------------------------------------------------------------------------------- */

static void look_at(struct connection *c, uint64_t now)
{
    const struct oat_connection_limits *limits = &c->all->limits;
    if (is_over(c)) {
        drop(c);
        return;
    }
    if (c->state == SENDING && evbuffer_get_length(bufferevent_get_output(c->stream)) == 0) {
        rest(c);
        if (evbuffer_get_length(bufferevent_get_input(c->stream)) > 0)
            receive(c); /* the next request came meanwhile */
    }
    if ((c->state == RECEIVING && now - c->since_ms > limits->request_ms) ||
        (c->state == SENDING && now - c->since_ms > limits->answer_ms))
        cut(c);
}

static void on_look(evutil_socket_t fd, short events, void *arg)
{
    struct oat_connections *all = arg;
    uint64_t now = now_ms();
    (void)fd;
    (void)events;
    for (struct connection *c = all->oldest, *newer; c; c = newer) {
        newer = c->newer;
        look_at(c, now);
    }
}

/* Cuts the oldest one that nobody is working for. */
static void make_room(struct oat_connections *all)
{
    struct connection *c = all->oldest;
    while (c && (c->is_cut || is_over(c) || (c->state != QUIET && c->state != RECEIVING)))
        c = c->newer;
    if (c)
        cut(c);
}

struct bufferevent *oat_connections_make(struct event_base *base, void *connections)
{
    struct oat_connections *all = connections;
    struct connection *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    *c = (struct connection){.all = all, .fd = -1, .older = all->newest};
    c->stream = all->limits.tls ? oat_tls_stream_new(all->limits.tls, base, -1, OAT_TLS_HTTP_1)
                                : bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (!c->stream) {
        free(c);
        return NULL;
    }
    if (all->count >= all->limits.max)
        make_room(all);
    bufferevent_incref(c->stream);
    evbuffer_add_cb(bufferevent_get_input(c->stream), on_input, c);
    if (all->limits.tls)
        receive(c); /* a handshake must not take for ever */
    *(all->newest ? &all->newest->newer : &all->oldest) = c;
    all->newest = c;
    all->count++;
    return c->stream;
}

/* NULL when it is gone. */
static struct connection *of_request(struct oat_connections *all, struct evhttp_request *request)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    struct bufferevent *stream = connection ? evhttp_connection_get_bufferevent(connection) : NULL;
    evutil_socket_t fd = stream ? bufferevent_getfd(stream) : -1;
    return fd >= 0 && (size_t)fd < all->by_fd_count ? all->by_fd[fd] : NULL;
}

void oat_connections_came(struct oat_connections *connections, struct evhttp_request *request)
{
    struct connection *c = of_request(connections, request);
    if (!c)
        return;
    c->state = ANSWERING;
    c->received = evbuffer_get_length(bufferevent_get_input(c->stream));
}

void oat_connections_watch(struct oat_connections *connections, struct evhttp_request *request,
                           void (*gone)(struct evhttp_connection *connection, void *arg), void *arg)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    struct connection *c = of_request(connections, request);
    bufferevent_data_cb on_read, on_write;
    bufferevent_event_cb on_event;
    void *event_arg;
    if (connection)
        evhttp_connection_set_closecb(connection, gone, arg);
    if (!c || !gone)
        return;
    /* Without a reader of what comes: evhttp ends the process when bytes come that it does not expect. */
    bufferevent_getcb(c->stream, &on_read, &on_write, &on_event, &event_arg);
    bufferevent_setcb(c->stream, NULL, on_write, on_event, event_arg);
    set_timeouts(c, 0);
    bufferevent_enable(c->stream, EV_READ);
}

void oat_connections_answer(struct oat_connections *connections, struct evhttp_request *request)
{
    struct connection *c = of_request(connections, request);
    if (!c)
        return;
    c->state = SENDING;
    c->since_ms = now_ms();
    set_timeouts(c, 0);
    give_back(c);
}

void oat_connections_give(struct oat_connections *connections, struct evhttp_request *request)
{
    struct connection *c = of_request(connections, request);
    if (!c)
        return;
    c->state = GIVEN;
    give_back(c);
}

/* ---- Life ---------------------------------------------------------------------------------------- */

struct oat_connections *oat_connections_new(struct event_base *base,
                                            const struct oat_connection_limits *limits)
{
    struct oat_connections *all = calloc(1, sizeof *all);
    if (!all)
        return NULL;
    all->limits = *limits;
    uint64_t least = limits->request_ms < limits->answer_ms ? limits->request_ms : limits->answer_ms;
    uint64_t every_ms = least / LOOKS_A_LIMIT < LOOK_MAX_MS ? least / LOOKS_A_LIMIT + 1 : LOOK_MAX_MS;
    struct timeval every = {.tv_sec = (time_t)(every_ms / 1000), .tv_usec = (long)(every_ms % 1000) * 1000};
    all->look = event_new(base, -1, EV_PERSIST, on_look, all);
    if (!all->look || event_add(all->look, &every) < 0) {
        oat_connections_free(all);
        return NULL;
    }
    return all;
}

void oat_connections_free(struct oat_connections *connections)
{
    if (!connections)
        return;
    while (connections->oldest)
        drop(connections->oldest);
    if (connections->look)
        event_free(connections->look);
    free(connections->by_fd);
    free(connections);
}
