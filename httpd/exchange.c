#include "httpd/exchange.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "httpd/admit.h"
#include "httpd/body.h"
#include "httpd/log.h"
#include "httpd/otlp_answer.h"
#include "httpd/reply.h"
#include "httpd/represent.h"
#include "httpd/request_counters.h"
#include "httpd/router.h"

#define TRIES_MAX       3u         /* of a request whose files are replaced while it reads them */
#define GZIP_LOOP_MAX   (1u << 20) /* bytes that are compressed on a worker's own thread */
#define STREAMS_RETRY_S 10u
#define STATUS_GONE     499 /* for the log and the metrics: nobody gets it */

struct exchange {
    struct oat_job job;
    struct oat_commit commit;
    struct oat_service *service;
    struct oat_worker *worker;
    struct oat_sockets *sockets;
    struct oat_streams *streams;
    struct evhttp_request *request;
    struct oat_admitted headers;
    struct oat_caller caller;
    char peer[INET6_ADDRSTRLEN + 20]; /* with a scope; a copy, since the connection may go */
    struct oat_request about;
    struct oat_forms forms;
    char quoted_uri[300]; /* for the log */
    uint64_t began_ns;    /* CLOCK_MONOTONIC */
    struct oat_answer answer;
    bool routed_is_set;
    struct oat_routed routed;
    atomic_bool is_gone;    /* the client: nobody waits for the answer */
    uint64_t deadline_ns;   /* CLOCK_MONOTONIC; 0: none */
    oat_stop stop;          /* asks these two */
    struct oat_lease lease; /* while it is handled or, with a stream, until the end of that */
};

/* ---- The answer --------------------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void return_lease(struct exchange *exchange)
{
    oat_view_return(exchange->caller.project->view, &exchange->lease);
    exchange->lease = (struct oat_lease){0};
}

/* What is left of a body is not made. */
static void drop_stream(struct exchange *exchange)
{
    struct oat_stream *stream = exchange->answer.stream;
    if (!stream)
        return;
    stream->free(stream);
    exchange->answer.stream = NULL;
    return_lease(exchange);
}

static void free_exchange(struct exchange *exchange)
{
    oat_json_free(&exchange->answer.body);
    if (exchange->routed_is_set)
        oat_routed_free(&exchange->routed);
    free(exchange);
}

static void add_headers(struct exchange *exchange)
{
    oat_reply_add_headers(exchange->request, &exchange->answer, &exchange->headers,
                          exchange->service->hosts.origin_count > 0);
}

/* Says in the log and the metrics that it was answered, and frees it. The request is gone. */
static void note(struct exchange *exchange, uint64_t len, const char *how)
{
    const struct oat_answer *answer = &exchange->answer;
    double elapsed = (double)(now_ns() - exchange->began_ns) / 1e6;
    oat_log(answer->status >= 500 ? OAT_LOG_WARN : OAT_LOG_DEBUG,
            "%s %s %d %" PRIu64 " bytes %.2f ms request %s%s", exchange->about.method, exchange->quoted_uri,
            answer->status, len, elapsed, answer->request_id, how);
    oat_count_request(exchange->routed_is_set ? oat_route_number(exchange->routed.route)
                                              : OAT_COUNTED_ROUTES_MAX,
                      answer->status, elapsed / 1e3);
    free_exchange(exchange);
}

static void streamed(void *arg, uint64_t sent_bytes, bool is_whole)
{
    struct exchange *exchange = arg;
    exchange->answer.stream = NULL;
    return_lease(exchange);
    note(exchange, sent_bytes, is_whole ? "" : ", cut short");
}

/* True: the answer is being sent, and the exchange may be gone already. */
static bool begin_stream(struct exchange *exchange)
{
    struct oat_answer *answer = &exchange->answer;
    if (!answer->stream)
        return false;
    if (evhttp_request_get_command(exchange->request) == EVHTTP_REQ_HEAD) {
        add_headers(exchange);
        evhttp_send_reply(exchange->request, answer->status, NULL, NULL); /* of a length nobody knows */
        drop_stream(exchange);
        note(exchange, 0, "");
        return true;
    }
    const struct oat_streamed what = {
        .request = exchange->request,
        .status = answer->status,
        .first = &answer->body,
        .stream = answer->stream,
        .gzip = answer->gzip,
        .pool = exchange->service->pool,
        .ended = streamed,
        .arg = exchange,
    };
    add_headers(exchange);
    if (oat_streams_send(exchange->streams, &what))
        return true;
    evhttp_clear_headers(evhttp_request_get_output_headers(exchange->request));
    drop_stream(exchange);
    answer->gzip = false;
    answer->attachment = false;
    answer->retry_after_s = STREAMS_RETRY_S;
    oat_answer_error(answer, 503, "overloaded", "too many long answers are being sent: try again later");
    return false;
}

/* On the worker's thread. */
static void finish(struct exchange *exchange)
{
    struct oat_answer *answer = &exchange->answer;
    const char *uri = evhttp_request_get_uri(exchange->request);
    oat_worker_watch(exchange->worker, exchange->request, NULL, NULL);
    if (atomic_load_explicit(&exchange->is_gone, memory_order_relaxed))
        answer->status = STATUS_GONE;
    if (answer->written) /* who reads next sees it */
        oat_view_expire(exchange->caller.project->view);
    if (answer->otlp && answer->status >= 400)
        oat_otlp_answer_status(answer, oat_content_type_is(exchange->about.content_type, OAT_CONTENT_JSON));
    oat_log_quote(uri ? uri : "", exchange->quoted_uri, sizeof exchange->quoted_uri);
    if (begin_stream(exchange))
        return;
    size_t len = answer->body.len;
    struct bufferevent *stream = oat_worker_answer(exchange->worker, exchange->request);
    add_headers(exchange);
    oat_reply_send(exchange->request, answer); /* request is gone */
    oat_worker_push(exchange->worker, stream);
    note(exchange, len, "");
}

/* ---- The request -------------------------------------------------------------------------------- */

void oat_service_next_id(struct oat_service *service, char ret[OAT_REQUEST_ID_SIZE])
{
    snprintf(ret, OAT_REQUEST_ID_SIZE, "%016" PRIx64, (uint64_t)atomic_fetch_add(&service->request_id, 1));
}

static const char *method_name(enum evhttp_cmd_type type)
{
    switch (type) {
    case EVHTTP_REQ_GET:
        return "GET";
    case EVHTTP_REQ_HEAD:
        return "HEAD";
    case EVHTTP_REQ_POST:
        return "POST";
    case EVHTTP_REQ_PUT:
        return "PUT";
    case EVHTTP_REQ_DELETE:
        return "DELETE";
    case EVHTTP_REQ_PATCH:
        return "PATCH";
    case EVHTTP_REQ_OPTIONS:
        return "OPTIONS";
    case EVHTTP_REQ_TRACE:
        return "TRACE";
    default:
        return "this method";
    }
}

static void note_peer(struct exchange *exchange)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(exchange->request);
    char *address = NULL;
    uint16_t port;
    if (connection)
        evhttp_connection_get_peer(connection, &address, &port);
    snprintf(exchange->peer, sizeof exchange->peer, "%s", address ? address : "");
}

static bool is_within_quota(struct exchange *exchange)
{
    struct oat_answer *answer = &exchange->answer;
    if (exchange->routed.route->place != OAT_IN_INGEST ||
        oat_project_takes_spans(exchange->caller.project, &answer->retry_after_s))
        return true;
    oat_answer_error(answer, 429, "too_many_spans", "project %s takes no more spans a second",
                     exchange->caller.project->name);
    return false;
}

/* False: it is answered already. */
static bool read_request(struct exchange *exchange)
{
    struct evhttp_request *request = exchange->request;
    struct oat_service *service = exchange->service;
    struct oat_answer *answer = &exchange->answer;
    const struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    enum evhttp_cmd_type command = evhttp_request_get_command(request);

    note_peer(exchange);
    exchange->about = (struct oat_request){
        .method = method_name(command),
        .path = path,
        .query = path ? evhttp_uri_get_query(uri) : NULL,
        .headers = &exchange->headers,
        .body_len = evbuffer_get_length(evhttp_request_get_input_buffer(request)),
        .caller = &exchange->caller,
        .peer = exchange->peer,
        .content_type = evhttp_find_header(headers, "Content-Type"),
        .is_encrypted = service->is_encrypted,
        .gate = service->gate,
    };
    /* What a WebSocket tells is kept from pages of other sites as changes are: no browser does that for us.
     */
    bool changes = (command != EVHTTP_REQ_GET && command != EVHTTP_REQ_HEAD) ||
                   evhttp_find_header(headers, "Upgrade") != NULL;
    exchange->forms.gzip = oat_accepts_gzip(evhttp_find_header(headers, "Accept-Encoding"));
    exchange->forms.if_none_match = evhttp_find_header(headers, "If-None-Match");
    if (!oat_admit(headers, changes, &service->hosts, &exchange->headers, answer) ||
        !oat_gate_enter(service->gate, &exchange->headers, exchange->peer, &exchange->caller, answer))
        return false;
    if (!path || *path != '/') {
        oat_answer_error(answer, 400, "bad_path", "the request names no path");
        return false;
    }
    if (command == EVHTTP_REQ_OPTIONS && exchange->headers.is_foreign_origin) {
        answer->status = 204; /* a page asks what it may ask */
        return false;
    }
    exchange->routed_is_set = oat_route_request(&exchange->about, &exchange->routed, answer);
    return exchange->routed_is_set && is_within_quota(exchange);
}

/* What was read of a file that cannot be read any more is no answer. */
static void check_fault(const struct oat_lease *lease, struct oat_answer *answer)
{
    oat_problem problem;
    char text[OAT_PROBLEM_TEXT_SIZE];
    if (!oat_lease_has_fault(lease, &problem))
        return;
    oat_problem_text(&problem, text, sizeof text);
    oat_log(OAT_LOG_ERROR, "%s", text);
    oat_answer_error(answer, 500, "unreadable", "%s", text);
}

/* Any thread. */
static bool is_to_stop(void *arg)
{
    struct exchange *exchange = arg;
    return atomic_load_explicit(&exchange->is_gone, memory_order_relaxed) ||
           (exchange->deadline_ns > 0 && now_ns() > exchange->deadline_ns);
}

/* Makes the beginning of a streamed body, while it can still become an error. Frees the stream when nothing
 * comes behind that. */
static void read_beginning(struct oat_answer *answer)
{
    struct oat_stream *stream = answer->stream;
    bool done = false;
    int result = stream->read(stream, &answer->body, &done);
    if (result != OAT_OK)
        oat_answer_result(answer, result, "reading the store");
    if (result == OAT_OK && !done)
        return;
    stream->free(stream);
    answer->stream = NULL;
}

/* With a lease: on a snapshot that stays as it is. */
static void handle_leased(struct exchange *exchange, const struct oat_body *body)
{
    struct oat_view *view = exchange->caller.project->view;
    struct oat_answer *answer = &exchange->answer;
    struct oat_lease *lease = &exchange->lease;
    char why[OAT_PROBLEM_TEXT_SIZE];
    for (unsigned i = 0; i < TRIES_MAX && (i == 0 || answer->stale); i++) {
        if (i > 0)
            oat_view_expire(view);
        answer->stale = false;
        oat_json_clear(&answer->body);
        if (oat_view_lease(view, lease, why) != OAT_OK) {
            oat_answer_error(answer, 503, "unavailable", "opening the store: %s", why);
            return;
        }
        lease->stop = &exchange->stop;
        oat_route_handle(&exchange->routed, lease, body->bytes, body->len, answer);
        if (answer->stream)
            read_beginning(answer);
        check_fault(lease, answer);
        if (answer->stream && answer->status == 200)
            return; /* it keeps the lease */
        if (answer->stream)
            drop_stream(exchange);
        else
            return_lease(exchange);
    }
}

/* On any thread. gzip_max: bytes that may be compressed there. */
static void handle(struct exchange *exchange, size_t gzip_max)
{
    struct oat_service *service = exchange->service;
    const struct oat_route *route = exchange->routed.route;
    struct evbuffer *input = evhttp_request_get_input_buffer(exchange->request);
    size_t packed_len = evbuffer_get_length(input);
    const char *packed = packed_len > 0 ? (const char *)evbuffer_pullup(input, -1) : NULL;
    const char *encoding =
        evhttp_find_header(evhttp_request_get_input_headers(exchange->request), "Content-Encoding");
    struct oat_body body = {0};
    if (packed_len > 0 && !packed)
        oat_answer_result(&exchange->answer, OAT_E_NOMEM, "reading the body");
    else if (packed_len == 0 || oat_body_read(&body, packed, packed_len, encoding, route->body_max_bytes,
                                              &service->budget, &exchange->answer)) {
        if (route->place == OAT_IN_INGEST)
            oat_route_handle(&exchange->routed, NULL, body.bytes, body.len, &exchange->answer);
        else
            handle_leased(exchange, &body);
    }
    oat_body_free(&body);
    if (exchange->answer.stream)
        exchange->answer.gzip = exchange->forms.gzip;
    else
        oat_represent(&exchange->answer, &exchange->forms, gzip_max);
}

static struct exchange *of_job(struct oat_job *job)
{
    return (struct exchange *)((char *)job - offsetof(struct exchange, job));
}

static void come_back(struct oat_job *job)
{
    struct exchange *exchange = of_job(job);
    struct oat_worker *worker = exchange->worker;
    finish(exchange);
    oat_worker_release(worker);
}

static void go_back(struct exchange *exchange)
{
    exchange->job.run = come_back;
    oat_worker_post(exchange->worker, &exchange->job);
}

static void committed(struct oat_job *job)
{
    struct exchange *exchange = (struct exchange *)((char *)job - offsetof(struct exchange, commit) -
                                                    offsetof(struct oat_commit, job));
    if (exchange->commit.result != OAT_OK)
        oat_answer_unstored(&exchange->answer, exchange->commit.result);
    go_back(exchange);
}

/* Has the answer wait until what it says is on the device. */
static void commit(struct exchange *exchange)
{
    exchange->commit.job.run = committed;
    oat_store_writer_commit(exchange->caller.project->writer, &exchange->commit);
}

static bool has_to_commit(const struct exchange *exchange)
{
    return exchange->answer.written && exchange->service->ack_device;
}

static void handle_in_pool(struct oat_job *job)
{
    struct exchange *exchange = of_job(job);
    if (!atomic_load_explicit(&exchange->is_gone, memory_order_relaxed))
        handle(exchange, SIZE_MAX);
    if (has_to_commit(exchange))
        commit(exchange);
    else
        go_back(exchange);
}

static void on_gone(struct evhttp_connection *connection, void *arg)
{
    struct exchange *exchange = arg;
    (void)connection;
    atomic_store_explicit(&exchange->is_gone, true, memory_order_relaxed);
}

/* True: a pool has it. */
static bool submit(struct exchange *exchange)
{
    struct oat_service *service = exchange->service;
    exchange->job.run = handle_in_pool;
    oat_worker_hold(exchange->worker);
    if (oat_pool_submit(exchange->routed.route->place == OAT_IN_POOL ? service->pool : service->ingest,
                        &exchange->job)) {
        if (exchange->routed.route->place == OAT_IN_POOL)
            oat_worker_watch(exchange->worker, exchange->request, on_gone, exchange);
        return true;
    }
    oat_worker_release(exchange->worker);
    exchange->answer.retry_after_s = 1;
    oat_answer_error(&exchange->answer, 503, "overloaded", "too many requests are waiting: try again");
    return false;
}

/* True: the connection is a WebSocket now. */
static bool upgrade(struct exchange *exchange)
{
    if (!oat_sockets_take(exchange->sockets, exchange->request, &exchange->caller, exchange->service->gate,
                          exchange->service->pool, &exchange->answer))
        return false;
    oat_log(OAT_LOG_DEBUG, "GET /ws 101 request %s", exchange->answer.request_id);
    return true;
}

void oat_exchange_begin(struct evhttp_request *request, void *arg)
{
    const struct oat_station *station = arg;
    struct exchange *exchange = malloc(sizeof *exchange);
    if (!exchange) {
        evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
        return;
    }
    exchange->service = station->service;
    exchange->worker = station->worker;
    exchange->sockets = station->sockets;
    exchange->streams = station->streams;
    exchange->request = request;
    exchange->about = (struct oat_request){.method = ""};
    exchange->forms = (struct oat_forms){0};
    exchange->headers = (struct oat_admitted){0};
    exchange->routed_is_set = false;
    exchange->lease = (struct oat_lease){0};
    atomic_init(&exchange->is_gone, false);
    exchange->stop = (oat_stop){is_to_stop, exchange};
    exchange->answer = (struct oat_answer){.content_type = OAT_CONTENT_JSON};
    exchange->began_ns = now_ns();
    exchange->deadline_ns = exchange->service->query_timeout_ns > 0
                                ? exchange->began_ns + exchange->service->query_timeout_ns
                                : 0;
    oat_service_next_id(exchange->service, exchange->answer.request_id);
    if (read_request(exchange)) {
        bool on_loop = exchange->routed.route->place == OAT_ON_LOOP;
        if (!on_loop && submit(exchange))
            return;
        if (on_loop)
            handle(exchange, GZIP_LOOP_MAX);
        if (on_loop && has_to_commit(exchange)) {
            oat_worker_hold(exchange->worker);
            commit(exchange);
            return;
        }
    }
    if (exchange->answer.upgrades && upgrade(exchange))
        free_exchange(exchange);
    else
        finish(exchange);
}
