#include "httpd/socket.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "httpd/frames.h"
#include "httpd/live.h"
#include "httpd/selection.h"

#define BATCH_MAX_BYTES   (64u << 10)
#define OUTPUT_MAX_BYTES  (256u << 10) /* that wait for a client; the rest stays in the ring */
#define OUTPUT_LOW_BYTES  (64u << 10)
#define OUTPUT_END_BYTES  (1u << 20) /* who lets answers to its pings pile up like that is not listened to */
#define INPUT_MAX_BYTES   (2 * OAT_FRAMES_MESSAGE_MAX)
#define MESSAGES_MAX_TICK 100u /* of a client, between two ticks */

struct oat_socket {
    char request_id[OAT_REQUEST_ID_SIZE];
    struct oat_socket_list *list;
    struct oat_socket *previous, *next;
    struct evhttp_connection *connection;
    struct bufferevent *stream;
    struct oat_frames *frames;
    struct oat_socket_source source;
    struct oat_replay *replay; /* what it gets before it goes on; NULL: nothing */
    struct oat_subscriber subscriber;
    bool is_subscribed;
    bool in_batches; /* the client has said what it wants */
    bool is_over;    /* but for what waits in the stream */
    unsigned silent_ticks, messages;
};

/* ---- Life ----------------------------------------------------------------------------------------- */

static void leave(struct oat_socket *socket)
{
    if (socket->is_subscribed)
        oat_live_leave(socket->source.live, &socket->subscriber);
    socket->is_subscribed = false;
    if (socket->replay)
        oat_replay_forget(socket->replay);
    socket->replay = NULL;
}

static void free_socket(struct oat_socket *socket)
{
    struct oat_socket_list *list = socket->list;
    leave(socket);
    *(socket->previous ? &socket->previous->next : &list->first) = socket->next;
    if (socket->next)
        socket->next->previous = socket->previous;
    list->count--;
    if (socket->connection) {
        /* The descriptor may stay open for a moment; the client shall not wait for that. */
        shutdown(bufferevent_getfd(socket->stream), SHUT_RDWR);
        evhttp_connection_free(socket->connection);
    }
    oat_frames_free(socket->frames);
    free(socket);
}

static size_t output_len(const struct oat_socket *socket)
{
    return evbuffer_get_length(bufferevent_get_output(socket->stream));
}

/* Frees a socket that is over and has nothing to send any more. */
static void settle(struct oat_socket *socket)
{
    if (!socket->is_over)
        return;
    leave(socket);
    bufferevent_disable(socket->stream, EV_READ);
    bufferevent_setwatermark(socket->stream, EV_WRITE, 0, 0);
    if (output_len(socket) == 0)
        free_socket(socket);
}

struct oat_socket *oat_socket_next(const struct oat_socket *socket)
{
    return socket->next;
}

/* ---- Sending -------------------------------------------------------------------------------------- */

static void send_bytes(void *arg, const void *bytes, size_t len)
{
    struct oat_socket *socket = arg;
    if (output_len(socket) > OUTPUT_END_BYTES ||
        evbuffer_add(bufferevent_get_output(socket->stream), bytes, len) < 0)
        socket->is_over = true;
}

static void send_text(struct oat_socket *socket, const char *bytes, size_t len)
{
    if (!oat_frames_text(socket->frames, bytes, len))
        socket->is_over = true;
}

/* Sends the text that was written, if it is whole. */
static void send_json(struct oat_socket *socket, const struct oat_json *json)
{
    if (json->failed)
        socket->is_over = true;
    else
        send_text(socket, json->bytes, json->len);
}

static struct oat_json *begin(struct oat_socket *socket, const char *type)
{
    struct oat_json *json = &socket->list->text;
    oat_json_clear(json);
    oat_json_object_begin(json);
    oat_json_key(json, "type");
    oat_json_cstring(json, type);
    return json;
}

/* missed 0: nobody knows how many. */
static void send_missed(struct oat_socket *socket, uint64_t missed)
{
    struct oat_json *json = begin(socket, "missed");
    oat_json_key(json, "n");
    if (missed > 0)
        oat_json_uint(json, missed);
    else
        oat_json_null(json);
    oat_json_object_end(json);
    send_json(socket, json);
}

static struct oat_json *begin_batch(struct oat_socket *socket)
{
    struct oat_json *json = begin(socket, "batch");
    oat_json_key(json, "items");
    oat_json_array_begin(json);
    return json;
}

static void send_batch(struct oat_socket *socket, struct oat_json *json)
{
    char cursor[OAT_CURSOR_SIZE];
    oat_live_cursor(socket->source.live, &socket->subscriber, cursor);
    oat_json_array_end(json);
    oat_json_key(json, "cursor");
    oat_json_cstring(json, cursor);
    oat_json_object_end(json);
    send_json(socket, json);
}

static void add_to_batch(void *arg, const char *bytes, size_t len)
{
    struct oat_json *json = arg;
    if (json->len > 0 && json->bytes[json->len - 1] != '[')
        oat_json_raw(json, ",", 1);
    oat_json_raw(json, bytes, len);
}

static void send_alone(void *arg, const char *bytes, size_t len)
{
    send_text(arg, bytes, len);
}

/* Sends what there is next. False: nothing. */
static bool send_next(struct oat_socket *socket)
{
    bool any;
    struct oat_json *batch = socket->in_batches ? begin_batch(socket) : NULL;
    uint64_t missed = oat_live_take(socket->source.live, &socket->subscriber, BATCH_MAX_BYTES,
                                    batch ? add_to_batch : send_alone, batch ? (void *)batch : socket, &any);
    if (missed > 0)
        send_missed(socket, missed);
    else if (any && batch)
        send_batch(socket, batch);
    return missed > 0 || any;
}

void oat_socket_drain(struct oat_socket *socket)
{
    while (!socket->is_over && socket->is_subscribed && !socket->replay &&
           output_len(socket) < OUTPUT_MAX_BYTES)
        if (!send_next(socket))
            break;
    settle(socket);
}

/* ---- Receiving ------------------------------------------------------------------------------------ */

static void send_error(struct oat_socket *socket, struct oat_answer *answer)
{
    static const char type[] = "{\"type\":\"error\",";
    struct oat_json *json = &socket->list->text;
    oat_json_clear(json);
    oat_json_raw(json, type, sizeof type - 1);
    if (answer->body.len > 0)
        oat_json_raw(json, answer->body.bytes + 1, answer->body.len - 1); /* behind its brace */
    json->failed |= answer->body.failed;
    send_json(socket, json);
}

/* What was subscribed to before stays when it fails. */
static int subscribe(struct oat_socket *socket, struct oat_subscription *subscription)
{
    struct oat_subscriber subscriber;
    int result = oat_live_subscribe(socket->source.live, subscription, &subscriber);
    if (result != OAT_OK)
        return result;
    leave(socket);
    socket->subscriber = subscriber;
    socket->is_subscribed = true;
    return OAT_OK;
}

static void replayed(void *arg, const struct oat_json *items, uint64_t missed, bool exact)
{
    struct oat_socket *socket = arg;
    socket->replay = NULL;
    if (!exact || missed > 0)
        send_missed(socket, exact ? missed : 0);
    struct oat_json *batch = begin_batch(socket);
    if (items->len > 2) /* without its brackets */
        oat_json_raw(batch, items->bytes + 1, items->len - 2);
    send_batch(socket, batch);
    oat_socket_drain(socket);
}

/* The first batch: what the cursor was too old for, or nothing, which says that from here on it is so. */
static void confirm(struct oat_socket *socket, const char *filter, unsigned kinds)
{
    const struct oat_replay_query query = {.worker = socket->source.worker,
                                           .pool = socket->source.pool,
                                           .view = socket->source.view,
                                           .filter = filter,
                                           .since_ns = socket->subscriber.since_ns};
    socket->in_batches = true;
    if (query.since_ns > 0 && (kinds & OAT_LIVE_SPAN))
        socket->replay = oat_replay_start(&query, replayed, socket);
    if (socket->replay)
        return;
    if (query.since_ns > 0)
        send_missed(socket, 0);
    send_batch(socket, begin_batch(socket));
}

static void change(struct oat_socket *socket, struct oat_subscription *subscription,
                   struct oat_answer *answer)
{
    unsigned kinds = subscription->kinds;
    char *filter = strdup(subscription->text);
    int result = filter ? subscribe(socket, subscription) : OAT_E_NOMEM;
    if (result == OAT_E_LIMIT)
        oat_answer_error(answer, 503, "overloaded", "too many different filters are followed: try again");
    else if (result == OAT_E_INVALID)
        oat_answer_error(answer, 400, "bad_cursor", "this is no cursor of a batch");
    else if (result != OAT_OK)
        oat_answer_result(answer, result, "subscribing");
    else
        confirm(socket, filter, kinds);
    if (!filter)
        oat_subscription_free(subscription);
    free(filter);
}

static void on_text(void *arg, const char *bytes, size_t len)
{
    struct oat_socket *socket = arg;
    struct oat_subscription subscription;
    struct oat_answer answer = {.status = 200};
    memcpy(answer.request_id, socket->request_id, sizeof answer.request_id);
    if (++socket->messages > MESSAGES_MAX_TICK) {
        oat_frames_close(socket->frames, OAT_CLOSE_POLICY, "too many messages");
        socket->is_over = true;
        return;
    }
    if (oat_subscription_read(bytes, len, oat_selection_now_ns(), &subscription, &answer))
        change(socket, &subscription, &answer);
    if (answer.status != 200)
        send_error(socket, &answer);
    oat_json_free(&answer.body);
}

static void on_read(struct bufferevent *stream, void *arg)
{
    struct oat_socket *socket = arg;
    struct evbuffer *input = bufferevent_get_input(stream);
    size_t len = evbuffer_get_length(input);
    const unsigned char *bytes = evbuffer_pullup(input, -1);
    socket->silent_ticks = 0;
    if (len > 0 && (!bytes || !oat_frames_feed(socket->frames, bytes, len)))
        socket->is_over = true;
    evbuffer_drain(input, len);
    oat_socket_drain(socket);
}

static void on_write(struct bufferevent *stream, void *arg)
{
    (void)stream;
    oat_socket_drain(arg);
}

static void on_event(struct bufferevent *stream, short events, void *arg)
{
    (void)stream;
    if (events & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
        free_socket(arg);
}

/* ---- The rest of its life ------------------------------------------------------------------------- */

struct oat_socket *oat_socket_new(struct oat_socket_list *list, const struct oat_socket_source *source)
{
    static const struct oat_frames_events events = {.send = send_bytes, .text = on_text};
    struct oat_subscription everything;
    struct oat_socket *socket = calloc(1, sizeof *socket);
    if (!socket)
        return NULL;
    *socket = (struct oat_socket){.list = list, .next = list->first, .source = *source};
    if (list->first)
        list->first->previous = socket;
    list->first = socket;
    list->count++;
    socket->frames = oat_frames_new(&events, socket);
    if (!socket->frames || !oat_subscription_default(&everything) ||
        subscribe(socket, &everything) != OAT_OK) {
        free_socket(socket);
        return NULL;
    }
    return socket;
}

void oat_socket_start(struct oat_socket *socket, struct evhttp_connection *connection, const char *request_id)
{
    snprintf(socket->request_id, sizeof socket->request_id, "%s", request_id);
    socket->connection = connection;
    socket->stream = evhttp_connection_get_bufferevent(connection);
    /* Messages are whole when they are sent: waiting for more of them only makes them late. */
    setsockopt(bufferevent_getfd(socket->stream), IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    bufferevent_setcb(socket->stream, on_read, on_write, on_event, socket);
    bufferevent_set_timeouts(socket->stream, NULL, NULL);
    bufferevent_setwatermark(socket->stream, EV_READ, 0, INPUT_MAX_BYTES);
    bufferevent_setwatermark(socket->stream, EV_WRITE, OUTPUT_LOW_BYTES, 0);
    bufferevent_enable(socket->stream, EV_READ | EV_WRITE);
    if (evbuffer_get_length(bufferevent_get_input(socket->stream)) > 0)
        bufferevent_trigger(socket->stream, EV_READ, BEV_OPT_DEFER_CALLBACKS);
}

void oat_socket_tick(struct oat_socket *socket)
{
    socket->messages = 0;
    if (++socket->silent_ticks > 2) {
        free_socket(socket);
        return;
    }
    if (!socket->is_over && !oat_frames_ping(socket->frames))
        socket->is_over = true;
    settle(socket);
}

void oat_socket_check(struct oat_socket *socket)
{
    if (socket->is_over || oat_gate_still_knows(socket->source.gate, &socket->source.caller))
        return;
    oat_frames_close(socket->frames, OAT_CLOSE_POLICY, "the token was revoked, or the session has ended");
    socket->is_over = true;
    settle(socket);
}

void oat_socket_dismiss(struct oat_socket *socket)
{
    if (!socket->is_over) {
        oat_frames_close(socket->frames, OAT_CLOSE_GOING_AWAY, "the server is stopping");
        bufferevent_setcb(socket->stream, NULL, NULL, NULL, NULL);
        evbuffer_unfreeze(bufferevent_get_output(socket->stream), 1);
        evbuffer_write(bufferevent_get_output(socket->stream), bufferevent_getfd(socket->stream));
    }
    free_socket(socket);
}
