#include "httpd/grpc.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netdb.h>
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "httpd/grpc_call.h"
#include "httpd/grpc_message.h"
#include "httpd/log.h"
#include "httpd/otlp_answer.h"
#include "httpd/tls.h"

#define METHOD_PATH   "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
#define SESSIONS_MAX  1024u
#define STREAMS_MAX   64u
#define WINDOW_BYTES  (1 << 20) /* of a stream, and four times that of a connection */
#define HEADERS_MAX   (8u << 10)
#define OUTPUT_MAX    (256u << 10) /* answers that a client does not take */
#define RESETS_MAX    200u         /* of streams, by the client, until LOOK_S have gone by */
#define IDLE_S        600
#define CALL_S        30 /* from the first header to the last byte */
#define LOOK_S        5
#define LISTENERS_MAX OAT_LISTEN_MAX

static const struct timeval idle = {.tv_sec = IDLE_S}, slow = {.tv_sec = CALL_S};

struct session;

struct stream {
    struct session *session; /* NULL: it is gone */
    struct stream *older, *newer;
    int32_t id;
    time_t since_s;
    size_t header_bytes;
    bool is_grpc, is_our_method, is_post, is_complete, is_answered;
    char authorization[256];
    struct oat_grpc_call *call;
    bool is_out; /* the threads of ingest have the call */
    uint8_t prefix[OAT_GRPC_PREFIX_SIZE];
    size_t sent;  /* of prefix and message */
    char code[4]; /* grpc-status */
};

struct session {
    struct oat_grpc *all;
    struct session *older, *newer;
    nghttp2_session *h2;
    struct bufferevent *stream;
    struct stream *streams;
    unsigned resets;
    bool is_over;
};

struct oat_grpc {
    const struct oat_station *station;
    struct oat_tls *tls; /* NULL: plain text */
    nghttp2_session_callbacks *callbacks;
    struct evconnlistener *listeners[LISTENERS_MAX];
    size_t listener_count;
    struct event *look;
    struct session *sessions;
    size_t session_count;
};

/* ---- Answers ------------------------------------------------------------------------------------ */

static nghttp2_nv header(const char *name, const char *value)
{
    /* nghttp2 copies both; its members are not const for want of a flag. */
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name), strlen(value),
                        NGHTTP2_NV_FLAG_NONE};
}

/* The next piece of prefix and message; behind the last one, the trailers. */
static ssize_t read_message(nghttp2_session *h2, int32_t id, uint8_t *to, size_t room, uint32_t *flags,
                            nghttp2_data_source *source, void *arg)
{
    struct stream *stream = source->ptr;
    const struct oat_json *message = &stream->call->answer.body;
    size_t len = 0;
    (void)arg;
    for (; len < room && stream->sent < OAT_GRPC_PREFIX_SIZE + message->len; len++, stream->sent++)
        to[len] = stream->sent < OAT_GRPC_PREFIX_SIZE
                      ? stream->prefix[stream->sent]
                      : (uint8_t)message->bytes[stream->sent - OAT_GRPC_PREFIX_SIZE];
    if (stream->sent == OAT_GRPC_PREFIX_SIZE + message->len) {
        nghttp2_nv trailer = header("grpc-status", stream->code);
        *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
        if (nghttp2_submit_trailer(h2, id, &trailer, 1) != 0)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    return (ssize_t)len;
}

/* Sends what the call's answer says. */
static void answer(struct stream *stream)
{
    const struct oat_answer *from = &stream->call->answer;
    nghttp2_session *h2 = stream->session->h2;
    enum oat_grpc_code code = oat_grpc_code_of(from->status);
    char message[3 * sizeof from->message];
    oat_grpc_escape(from->message, message, sizeof message);
    snprintf(stream->code, sizeof stream->code, "%d", (int)code);
    const nghttp2_nv head[] = {
        header(":status", "200"),
        header("content-type", "application/grpc"),
        header("grpc-status", stream->code), /* these two only where there is no message */
        header("grpc-message", message),
    };
    nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = read_message};
    stream->is_answered = true;
    oat_grpc_prefix(from->body.len, stream->prefix);
    if (code == OAT_GRPC_OK)
        nghttp2_submit_response(h2, stream->id, head, 2, &provider);
    else
        nghttp2_submit_response(h2, stream->id, head, 4, NULL);
    oat_log(code == OAT_GRPC_UNAVAILABLE ? OAT_LOG_WARN : OAT_LOG_DEBUG, "gRPC Export %s", stream->code);
}

static void answer_415(struct stream *stream)
{
    const nghttp2_nv head = header(":status", "415");
    stream->is_answered = true;
    nghttp2_submit_response(stream->session->h2, stream->id, &head, 1, NULL);
}

/* ---- Streams ------------------------------------------------------------------------------------ */

static void free_stream(struct stream *stream)
{
    oat_grpc_call_free(stream->call);
    free(stream);
}

/* The connection has no such stream any more. */
static void drop_stream(struct stream *stream)
{
    struct session *session = stream->session;
    *(stream->older ? &stream->older->newer : &session->streams) = stream->newer;
    if (stream->newer)
        stream->newer->older = stream->older;
    stream->session = NULL;
    if (!stream->is_out)
        free_stream(stream);
}

static void pump(struct session *session);

static void on_done(struct oat_grpc_call *call)
{
    struct stream *stream = call->arg;
    struct session *session = stream->session;
    stream->is_out = false;
    if (!session) {
        free_stream(stream);
        return;
    }
    answer(stream);
    pump(session);
}

static void note_peer(const struct session *session, char ret[NI_MAXHOST])
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    ret[0] = '\0';
    if (getpeername(bufferevent_getfd(session->stream), (struct sockaddr *)&address, &len) == 0)
        getnameinfo((struct sockaddr *)&address, len, ret, NI_MAXHOST, NULL, 0, NI_NUMERICHOST);
}

static bool is_within_quota(struct oat_grpc_call *call)
{
    if (oat_project_takes_spans(call->caller.project, &call->answer.retry_after_s))
        return true;
    oat_answer_error(&call->answer, 429, "too_many_spans", "project %s takes no more spans a second",
                     call->caller.project->name);
    return false;
}

/* All headers are there. */
static void admit(struct stream *stream)
{
    struct oat_grpc_call *call = stream->call;
    const struct oat_admitted headers = {
        .authorization = *stream->authorization ? stream->authorization : NULL,
        .changes = true,
    };
    char peer[NI_MAXHOST];
    if (!stream->is_grpc) {
        answer_415(stream);
        return;
    }
    if (!stream->is_our_method || !stream->is_post) {
        oat_answer_error(&call->answer, 404, "not_found", "the only method is %s", METHOD_PATH);
        answer(stream);
        return;
    }
    note_peer(stream->session, peer);
    if (!oat_gate_enter(call->station->service->gate, &headers, peer, &call->caller, &call->answer) ||
        !oat_caller_may(&call->caller, OAT_ROLE_INGEST, &call->answer) || !is_within_quota(call))
        answer(stream);
}

static void complete(struct stream *stream)
{
    stream->is_complete = true;
    if (stream->is_answered)
        return;
    stream->is_out = oat_grpc_call_begin(stream->call);
    if (!stream->is_out)
        answer(stream);
}

static int on_begin_headers(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
    struct session *session = arg;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    struct stream *stream = calloc(1, sizeof *stream);
    struct oat_grpc_call *call = calloc(1, sizeof *call);
    if (!stream || !call) {
        free(stream);
        free(call);
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    *call = (struct oat_grpc_call){.station = session->all->station, .done = on_done, .arg = stream};
    *stream = (struct stream){
        .session = session,
        .newer = session->streams,
        .id = frame->hd.stream_id,
        .since_s = time(NULL),
        .call = call,
    };
    if (stream->newer)
        stream->newer->older = stream;
    session->streams = stream;
    return nghttp2_session_set_stream_user_data(h2, stream->id, stream);
}

static bool is(const uint8_t *bytes, size_t len, const char *text)
{
    return len == strlen(text) && memcmp(bytes, text, len) == 0;
}

static void copy_value(char *to, size_t size, const uint8_t *value, size_t len)
{
    size_t n = len < size ? len : 0; /* too long a one is as good as none */
    memcpy(to, value, n);
    to[n] = '\0';
}

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                     const uint8_t *value, size_t value_len, uint8_t flags, void *arg)
{
    static const char type[] = "application/grpc";
    struct stream *stream = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
    (void)flags;
    (void)arg;
    if (!stream)
        return 0;
    stream->header_bytes += name_len + value_len;
    if (stream->header_bytes > HEADERS_MAX)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (is(name, name_len, ":path"))
        stream->is_our_method = is(value, value_len, METHOD_PATH);
    else if (is(name, name_len, ":method"))
        stream->is_post = is(value, value_len, "POST");
    else if (is(name, name_len, "content-type"))
        stream->is_grpc = value_len >= sizeof type - 1 && memcmp(value, type, sizeof type - 1) == 0;
    else if (is(name, name_len, "grpc-encoding"))
        copy_value(stream->call->encoding, sizeof stream->call->encoding, value, value_len);
    else if (is(name, name_len, "authorization"))
        copy_value(stream->authorization, sizeof stream->authorization, value, value_len);
    return 0;
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
    struct session *session = arg;
    struct stream *stream = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
    bool is_head = frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
    if (frame->hd.type == NGHTTP2_RST_STREAM && ++session->resets > RESETS_MAX)
        session->is_over = true;
    if (!stream || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA))
        return 0;
    if (is_head)
        admit(stream);
    if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        complete(stream);
    return 0;
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t id, const uint8_t *bytes, size_t len,
                   void *arg)
{
    struct stream *stream = nghttp2_session_get_stream_user_data(h2, id);
    (void)flags;
    (void)arg;
    if (stream && !stream->is_answered && !oat_grpc_call_append(stream->call, bytes, len))
        answer(stream);
    return 0;
}

static int on_stream_close(nghttp2_session *h2, int32_t id, uint32_t error, void *arg)
{
    struct stream *stream = nghttp2_session_get_stream_user_data(h2, id);
    (void)error;
    (void)arg;
    if (stream)
        drop_stream(stream);
    return 0;
}

/* ---- Connections -------------------------------------------------------------------------------- */

static void close_session(struct session *session)
{
    struct oat_grpc *all = session->all;
    while (session->streams)
        drop_stream(session->streams);
    *(session->older ? &session->older->newer : &all->sessions) = session->newer;
    if (session->newer)
        session->newer->older = session->older;
    all->session_count--;
    nghttp2_session_del(session->h2);
    bufferevent_free(session->stream);
    free(session);
}

/* Sends what is to be sent; the session is gone afterwards when it is over. */
static void pump(struct session *session)
{
    struct evbuffer *output = bufferevent_get_output(session->stream);
    const uint8_t *bytes;
    ssize_t n = 0;
    while (!session->is_over && (n = nghttp2_session_mem_send(session->h2, &bytes)) > 0)
        session->is_over =
            evbuffer_add(output, bytes, (size_t)n) < 0 || evbuffer_get_length(output) > OUTPUT_MAX;
    bool is_done = !nghttp2_session_want_read(session->h2) && !nghttp2_session_want_write(session->h2);
    if (session->is_over || n < 0 || (is_done && evbuffer_get_length(output) == 0))
        close_session(session);
}

static void on_input(struct bufferevent *stream, void *arg)
{
    struct session *session = arg;
    struct evbuffer *input = bufferevent_get_input(stream);
    for (size_t len; !session->is_over && (len = evbuffer_get_contiguous_space(input)) > 0;) {
        ssize_t n = nghttp2_session_mem_recv(session->h2, evbuffer_pullup(input, (ssize_t)len), len);
        session->is_over = session->is_over || n < 0;
        evbuffer_drain(input, len);
    }
    pump(session);
}

static void on_output(struct bufferevent *stream, void *arg)
{
    (void)stream;
    pump(arg);
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
    if (what & BEV_EVENT_CONNECTED) /* a handshake must not take for ever */
        bufferevent_set_timeouts(stream, &idle, &slow);
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
        close_session(arg);
}

static bool begin_h2(struct session *session)
{
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS_MAX},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HEADERS_MAX},
    };
    return nghttp2_session_server_new(&session->h2, session->all->callbacks, session) == 0 &&
           nghttp2_submit_settings(session->h2, NGHTTP2_FLAG_NONE, settings,
                                   sizeof settings / sizeof *settings) == 0 &&
           nghttp2_session_set_local_window_size(session->h2, NGHTTP2_FLAG_NONE, 0, 4 * WINDOW_BYTES) == 0;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int len,
                      void *arg)
{
    struct oat_grpc *all = arg;
    struct session *session = all->session_count < SESSIONS_MAX ? calloc(1, sizeof *session) : NULL;
    (void)address;
    (void)len;
    struct event_base *base = evconnlistener_get_base(listener);
    if (session)
        session->stream = all->tls ? oat_tls_stream_new(all->tls, base, fd, OAT_TLS_HTTP_2)
                                   : bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (!session || !session->stream) {
        free(session);
        evutil_closesocket(fd);
        return;
    }
    session->all = all;
    session->newer = all->sessions;
    if (session->newer)
        session->newer->older = session;
    all->sessions = session;
    all->session_count++;
    session->is_over = !begin_h2(session);
    bufferevent_setcb(session->stream, on_input, on_output, on_event, session);
    bufferevent_set_timeouts(session->stream, all->tls ? &slow : &idle, &slow);
    bufferevent_enable(session->stream, EV_READ | EV_WRITE);
    pump(session);
}

/* Gives up calls that do not become whole. */
static void on_look(evutil_socket_t fd, short events, void *arg)
{
    struct oat_grpc *all = arg;
    time_t now_s = time(NULL);
    (void)fd;
    (void)events;
    for (struct session *session = all->sessions, *newer; session; session = newer) {
        newer = session->newer;
        session->resets = 0;
        for (const struct stream *stream = session->streams; stream; stream = stream->newer)
            if (!stream->is_complete && now_s - stream->since_s > CALL_S)
                nghttp2_submit_rst_stream(session->h2, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL);
        pump(session);
    }
}

/* ---- Life --------------------------------------------------------------------------------------- */

static bool set_callbacks(struct oat_grpc *grpc)
{
    if (nghttp2_session_callbacks_new(&grpc->callbacks) != 0)
        return false;
    nghttp2_session_callbacks_set_on_begin_headers_callback(grpc->callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(grpc->callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(grpc->callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(grpc->callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(grpc->callbacks, on_stream_close);
    return true;
}

struct oat_grpc *oat_grpc_new(const struct oat_station *station, struct oat_tls *tls)
{
    static const struct timeval every = {.tv_sec = LOOK_S};
    struct oat_grpc *grpc = calloc(1, sizeof *grpc);
    if (!grpc)
        return NULL;
    grpc->station = station;
    grpc->tls = tls;
    grpc->look = event_new(oat_worker_base(station->worker), -1, EV_PERSIST, on_look, grpc);
    if (grpc->look && set_callbacks(grpc) && event_add(grpc->look, &every) == 0)
        return grpc;
    oat_grpc_close(grpc);
    oat_grpc_free(grpc);
    return NULL;
}

bool oat_grpc_listen(struct oat_grpc *grpc, int fd)
{
    struct evconnlistener *listener = NULL;
    if (grpc->listener_count < LISTENERS_MAX)
        listener = evconnlistener_new(oat_worker_base(grpc->station->worker), on_accept, grpc,
                                      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    if (listener)
        grpc->listeners[grpc->listener_count++] = listener;
    else
        evutil_closesocket(fd);
    return listener != NULL;
}

void oat_grpc_close(struct oat_grpc *grpc)
{
    if (!grpc)
        return;
    for (size_t i = 0; i < grpc->listener_count; i++)
        evconnlistener_free(grpc->listeners[i]);
    grpc->listener_count = 0;
    while (grpc->sessions)
        close_session(grpc->sessions);
    if (grpc->look)
        event_free(grpc->look);
    grpc->look = NULL;
}

void oat_grpc_free(struct oat_grpc *grpc)
{
    if (!grpc)
        return;
    nghttp2_session_callbacks_del(grpc->callbacks);
    free(grpc);
}
