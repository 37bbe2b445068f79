#include "httpd/connections.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "httpd/tls.h"
#include "httpd/write_batch.h"

#define LOOKS_A_LIMIT 8u /* how often connections are looked at while a limit runs off */
#define PAID_AT_ONCE  (256u << 10)
#define REFUSED_MS    3000u /* to hear why, while what it sends is thrown away */
#define LOOK_MAX_MS   1000u /* at least so often: sockets of those that are over are closed then */

enum state {
    QUIET,     /* nothing of a request is there */
    RECEIVING, /* a part of one */
    ANSWERING, /* all of it */
    SENDING,   /* the answer is on its way */
    REFUSED,   /* it is told why */
    GIVEN,     /* somebody else's */
};

struct connection {
    struct oat_connections *all;
    struct bufferevent *stream; /* a reference of ours: evhttp does not tell when it drops its own */
    enum state state;
    bool is_cut;
    uint64_t since_ms; /* RECEIVING, SENDING, REFUSED */
    size_t received;   /* of this request; ANSWERING, SENDING: of what comes behind it */
    size_t paid;       /* of the budget */
    char *head;        /* of the request that comes next, as far as it is there */
    size_t head_len;
    bool head_is_done; /* it was judged, or is of one that has no body */
    bool may_be_long;  /* it was not refused */
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

static void set_count(struct oat_connections *all, size_t count)
{
    all->count = count;
    if (all->limits.counted)
        all->limits.counted(all->limits.arg, count);
}

static void drop(struct connection *c)
{
    struct oat_connections *all = c->all;
    *(c->older ? &c->older->newer : &all->oldest) = c->newer;
    *(c->newer ? &c->newer->older : &all->newest) = c->older;
    set_count(all, all->count - 1);
    give_back(c);
    if (c->fd >= 0)
        all->by_fd[c->fd] = NULL;
    bufferevent_decref(c->stream);
    free(c->head);
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

/* ---- Requests that are not taken in -------------------------------------------------------------- */

static void throw_away(struct bufferevent *stream, void *arg)
{
    struct evbuffer *input = bufferevent_get_input(stream);
    (void)arg;
    evbuffer_drain(input, evbuffer_get_length(input));
}

/* evhttp cannot answer a request that it has only a part of, and is to see no more of it: it frees the
 * connection when the client has gone. Closed at once, the answer might be lost with what is not read. */
static void refuse(struct connection *c, struct evbuffer *answer)
{
    bufferevent_data_cb on_read, on_write;
    bufferevent_event_cb on_event;
    void *arg;
    bufferevent_getcb(c->stream, &on_read, &on_write, &on_event, &arg);
    bufferevent_setcb(c->stream, throw_away, NULL, on_event, arg);
    bufferevent_enable(c->stream, EV_READ | EV_WRITE);
    bufferevent_write_buffer(c->stream, answer);
    give_back(c);
    c->state = REFUSED;
    c->since_ms = now_ms();
}

static void refuse_for_memory(struct connection *c)
{
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                               "Content-Length: 0\r\nConnection: close\r\n\r\n";
    struct evbuffer *answer = evbuffer_new();
    if (answer && evbuffer_add(answer, text, sizeof text - 1) == 0)
        refuse(c, answer);
    else
        cut(c);
    if (answer)
        evbuffer_free(answer);
}

/* Has the head judged when it is whole. */
static void judge(struct connection *c)
{
    const struct oat_connection_limits *limits = &c->all->limits;
    const char *end = memmem(c->head, c->head_len, "\r\n\r\n", 4);
    struct evbuffer *answer = end ? evbuffer_new() : NULL;
    if (!end)
        return;
    size_t len = (size_t)(end - c->head) + 4;
    c->head[len] = '\0';
    c->head_is_done = true;
    if (!answer)
        cut(c);
    else if (limits->refuse(limits->arg, c->head, len, c->fd, answer))
        refuse(c, answer);
    else
        c->may_be_long = true;
    if (answer)
        evbuffer_free(answer);
    free(c->head);
    c->head = NULL;
}

/* Keeps what has come of a request's head: the end of the input, from `at` on. False: out of memory. */
static bool keep_head(struct connection *c, struct evbuffer *input, size_t at)
{
    size_t more = evbuffer_get_length(input) - at, room = c->all->limits.head_bytes - c->head_len;
    struct evbuffer_ptr from;
    more = more < room ? more : room;
    if (more == 0)
        return true;
    char *head = realloc(c->head, c->head_len + more + 1);
    if (!head)
        return false;
    c->head = head;
    evbuffer_ptr_set(input, &from, at, EVBUFFER_PTR_SET);
    evbuffer_copyout_from(input, &from, head + c->head_len, more);
    c->head_len += more;
    return true;
}

/* Of GET and HEAD no body is read: the others are judged as soon as the answer before them is out. */
static void read_head(struct connection *c, struct evbuffer *input, size_t at)
{
    char first = '\0';
    if (c->head_is_done || !c->all->limits.refuse)
        return;
    if (c->head_len == 0)
        evbuffer_copyout(input, &first, 1);
    c->head_is_done = first == 'G' || first == 'H';
    if (c->head_is_done)
        return;
    if (!keep_head(c, input, at))
        cut(c);
    else if (c->state == RECEIVING)
        judge(c);
}

/* What is in the input now begins with the head of the next request. */
static void begin_head(struct connection *c)
{
    free(c->head);
    c->head = NULL;
    c->head_len = 0;
    c->head_is_done = c->may_be_long = false;
    if (c->received > 0)
        read_head(c, bufferevent_get_input(c->stream), 0);
}

/* Pays for as much as has been received, or refuses it. */
static void pay(struct connection *c)
{
    const struct oat_connection_limits *limits = &c->all->limits;
    size_t wanted = c->received > limits->unpaid_bytes ? c->received - limits->unpaid_bytes : 0;
    if (wanted <= c->paid)
        return;
    size_t more = wanted - c->paid + PAID_AT_ONCE;
    if (!oat_memory_budget_take(limits->budget, more))
        refuse_for_memory(c);
    else
        c->paid += more;
}

/* May there be as much as has been received? */
static bool has_room(const struct connection *c)
{
    const struct oat_connection_limits *limits = &c->all->limits;
    if (c->state != RECEIVING)
        return c->received <= limits->read_ahead_bytes;
    return c->received <= (c->may_be_long || !limits->refuse ? limits->request_bytes : limits->head_bytes);
}

/* What evhttp has not taken from a connection yet has no bound of its own: data sent while an answer is
 * on its way, a chunk-size line without end. (A read watermark would bound it too, but then evhttp
 * spins on a line that cannot become complete.) */
static void on_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
    struct connection *c = arg;
    (void)input;
    if (info->n_added == 0 || c->state == GIVEN || c->state == REFUSED)
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
    if (!note_fd(c)) {
        cut(c);
        return;
    }
    read_head(c, input, info->orig_size);
    if (c->state == REFUSED)
        return;
    if (!has_room(c))
        cut(c);
    else if (c->state == RECEIVING)
        pay(c);
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
        (c->state == REFUSED && now - c->since_ms > REFUSED_MS) ||
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
    bufferevent_set_max_single_write(c->stream, OAT_WRITE_MAX_BYTES);
    evbuffer_add_cb(bufferevent_get_input(c->stream), on_input, c);
    if (all->limits.tls)
        receive(c); /* a handshake must not take for ever */
    *(all->newest ? &all->newest->newer : &all->oldest) = c;
    all->newest = c;
    set_count(all, all->count + 1);
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
    begin_head(c);
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

struct bufferevent *oat_connections_answer(struct oat_connections *connections,
                                           struct evhttp_request *request)
{
    struct connection *c = of_request(connections, request);
    if (!c)
        return NULL;
    c->state = SENDING;
    c->since_ms = now_ms();
    set_timeouts(c, 0);
    give_back(c);
    return connections->limits.tls ? NULL : c->stream;
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
