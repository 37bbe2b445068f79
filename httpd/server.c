#include "httpd/server.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "httpd/admit.h"
#include "httpd/compaction.h"
#include "httpd/log.h"
#include "httpd/port_owner.h"
#include "httpd/router.h"

#define HEADERS_MAX     (32 << 10) /* an id of 4 KiB takes 12 KiB when percent-encoded */
#define BODY_MAX        (64 << 10) /* no request has a body: enough to answer those that do */
#define READ_AHEAD_MAX  (HEADERS_MAX + BODY_MAX + (64 << 10))
#define TIMEOUT_S       30
#define ACCEPT_PAUSE_MS 100

struct server {
    const struct oat_options *options;
    struct oat_address listen[OAT_LISTEN_MAX]; /* those that are open */
    size_t listen_count;
    struct oat_view view;
    uint64_t request_id;
    struct event_base *base;
    struct evhttp *http;
    struct event *on_term, *on_int;
};

/* ---- A request -------------------------------------------------------------------------------- */

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
    default:
        return "this method";
    }
}

static void add_headers(struct evhttp_request *request, const struct oat_answer *answer)
{
    static const char *const always[][2] = {
        {"X-Content-Type-Options", "nosniff"},
        {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Referrer-Policy", "no-referrer"},
        {"Cache-Control", "no-store"},
    };
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        evhttp_add_header(headers, always[i][0], always[i][1]);
    evhttp_add_header(headers, "Content-Type", answer->content_type);
    evhttp_add_header(headers, "X-Request-Id", answer->request_id);
    if (answer->allow)
        evhttp_add_header(headers, "Allow", answer->allow);
    if (answer->close)
        evhttp_add_header(headers, "Connection", "close");
}

static void free_body(const void *bytes, size_t len, void *arg)
{
    (void)bytes;
    (void)len;
    free(arg);
}

/* Sends the answer and empties it. To a HEAD request only the length of the body goes. */
static void send_answer(struct evhttp_request *request, struct oat_answer *answer)
{
    size_t len = 0;
    char *bytes = oat_json_take(&answer->body, &len);
    if (!bytes) {
        evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
        return;
    }
    add_headers(request, answer);
    if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD) {
        char text[24];
        snprintf(text, sizeof text, "%zu", len);
        evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Length", text);
        free(bytes);
    } else if (evbuffer_add_reference(evhttp_request_get_output_buffer(request), bytes, len, free_body,
                                      bytes) < 0) {
        free(bytes);
        evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
        return;
    }
    evhttp_send_reply(request, answer->status, NULL, NULL);
}

/* What was read of a file that cannot be read any more is no answer. */
static void check_fault(const struct server *server, struct oat_answer *answer)
{
    oat_problem problem;
    char text[OAT_PROBLEM_TEXT_SIZE];
    if (!oat_view_has_fault(&server->view, &problem))
        return;
    oat_problem_text(&problem, text, sizeof text);
    oat_log(OAT_LOG_ERROR, "%s", text);
    oat_answer_error(answer, 500, "unreadable", "%s", text);
}

static void answer_request(struct server *server, struct evhttp_request *request, const char *method,
                           struct oat_answer *answer)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    size_t body_bytes = evbuffer_get_length(evhttp_request_get_input_buffer(request));

    if (!oat_admit(evhttp_request_get_input_headers(request), body_bytes, server->listen,
                   server->listen_count, answer))
        return;
    if (!path || *path != '/') {
        oat_answer_error(answer, 400, "bad_path", "the request names no path");
        return;
    }
    int rc = oat_view_refresh(&server->view);
    if (rc != OAT_OK)
        oat_answer_result(answer, rc, "opening the store");
    else
        oat_dispatch(&server->view, method, path, evhttp_uri_get_query(uri), answer);
    check_fault(server, answer);
}

static double elapsed_ms(const struct timespec *from)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - from->tv_sec) * 1e3 + (double)(now.tv_nsec - from->tv_nsec) / 1e6;
}

static void on_request(struct evhttp_request *request, void *arg)
{
    struct server *server = arg;
    const char *method = method_name(evhttp_request_get_command(request));
    const char *uri = evhttp_request_get_uri(request);
    struct oat_answer answer = {.content_type = OAT_CONTENT_JSON};
    struct timespec started;
    char quoted[300];

    clock_gettime(CLOCK_MONOTONIC, &started);
    snprintf(answer.request_id, sizeof answer.request_id, "%016" PRIx64, server->request_id++);
    answer_request(server, request, method, &answer);
    oat_log_quote(uri ? uri : "", quoted, sizeof quoted);
    int status = answer.status;
    size_t len = answer.body.len;
    send_answer(request, &answer); /* request is gone */
    oat_log(status >= 500 ? OAT_LOG_WARN : OAT_LOG_DEBUG, "%s %s %d %zu bytes %.2f ms request %s", method,
            quoted, status, len, elapsed_ms(&started), answer.request_id);
}

/* ---- Set-up ------------------------------------------------------------------------------------- */

/* What evhttp has not taken from a connection yet has no bound of its own: data sent while an answer is
 * on its way, a chunk-size line without end. (A read watermark would bound it too, but then evhttp
 * spins on a line that cannot become complete.) */
static void on_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *connection)
{
    if (info->n_added > 0 && evbuffer_get_length(input) > READ_AHEAD_MAX)
        bufferevent_trigger_event(connection, BEV_EVENT_READING | BEV_EVENT_ERROR, BEV_TRIG_DEFER_CALLBACKS);
}

static struct bufferevent *make_connection(struct event_base *base, void *arg)
{
    (void)arg;
    struct bufferevent *connection = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (connection)
        evbuffer_add_cb(bufferevent_get_input(connection), on_input, connection);
    return connection;
}

/* evhttp begins without any limit: all are set here, before the first address is opened. */
static void set_limits(struct server *server)
{
    evhttp_set_max_headers_size(server->http, HEADERS_MAX);
    evhttp_set_max_body_size(server->http, BODY_MAX);
    evhttp_set_timeout(server->http, TIMEOUT_S);
    evhttp_set_default_content_type(server->http, NULL);
    /* Methods that no route has: they get a 405 with Allow from the router instead of a bare 501. */
    evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST |
                                                 EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_PATCH |
                                                 EVHTTP_REQ_OPTIONS);
    evhttp_set_bevcb(server->http, make_connection, NULL);
    evhttp_set_gencb(server->http, on_request, server);
}

static void resume_accept(evutil_socket_t fd, short events, void *arg)
{
    (void)fd;
    (void)events;
    evconnlistener_enable(arg);
}

/* Out of descriptors: waits a moment, else the loop would spin on a connection it cannot take. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
    (void)arg;
    static const struct timeval pause = {.tv_usec = ACCEPT_PAUSE_MS * 1000};
    oat_log(OAT_LOG_WARN, "cannot accept a connection: %s", strerror(errno));
    evconnlistener_disable(listener);
    event_base_once(evconnlistener_get_base(listener), -1, EV_TIMEOUT, resume_accept, listener, &pause);
}

static void report_listen_error(const struct oat_address *address, int error)
{
    struct oat_port_owner owner;
    char who[64] = "another process";
    if (error != EADDRINUSE) {
        oat_log(OAT_LOG_ERROR, "cannot listen on %s:%u: %s", address->host, address->port, strerror(error));
        return;
    }
    if (oat_port_owner_find(address->port, &owner))
        snprintf(who, sizeof who, "%s, process %d", owner.name, (int)owner.pid);
    oat_log(OAT_LOG_ERROR,
            "port %u is in use by %s: stop it, or listen on another port: --listen 127.0.0.1:PORT (make demo "
            "PORT=...)",
            address->port, who);
}

static bool listen_on(struct server *server, struct oat_address address)
{
    int fd = oat_address_listen(&address);
    if (fd < 0) {
        bool missing = errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT;
        if (missing && server->options->listen_is_default) {
            oat_log(OAT_LOG_DEBUG, "not listening on %s: this machine does not have it", address.host);
            return true;
        }
        report_listen_error(&address, errno);
        return false;
    }
    struct evhttp_bound_socket *bound = evhttp_accept_socket_with_handle(server->http, fd);
    if (!bound) {
        close(fd);
        return false;
    }
    evconnlistener_set_error_cb(evhttp_bound_socket_get_listener(bound), on_accept_error);
    server->listen[server->listen_count++] = address;
    return true;
}

static void on_signal(evutil_socket_t number, short events, void *arg)
{
    (void)events;
    struct server *server = arg;
    oat_log(OAT_LOG_INFO, "stopping: %s", strsignal((int)number));
    event_base_loopexit(server->base, NULL);
}

static bool set_up(struct server *server)
{
    signal(SIGPIPE, SIG_IGN);
    /* Ids of requests differ between runs, so a log line is found again. */
    if (getrandom(&server->request_id, sizeof server->request_id, 0) < 0)
        server->request_id = 0;
    server->request_id &= ~UINT64_C(0xffffffff);

    server->base = event_base_new();
    server->http = server->base ? evhttp_new(server->base) : NULL;
    if (!server->http)
        return false;
    set_limits(server);
    server->on_term = evsignal_new(server->base, SIGTERM, on_signal, server);
    server->on_int = evsignal_new(server->base, SIGINT, on_signal, server);
    return server->on_term && server->on_int && event_add(server->on_term, NULL) == 0 &&
           event_add(server->on_int, NULL) == 0;
}

static void tear_down(struct server *server)
{
    if (server->http)
        evhttp_free(server->http);
    if (server->on_term)
        event_free(server->on_term);
    if (server->on_int)
        event_free(server->on_int);
    if (server->base)
        event_base_free(server->base);
    oat_view_close(&server->view);
    libevent_global_shutdown();
}

/* Says at once what is wrong with the store, instead of at the first request. */
static bool check_store(struct server *server)
{
    int rc = oat_view_refresh(&server->view);
    if (rc != OAT_OK)
        oat_log(OAT_LOG_ERROR, "cannot open the store in %s: %s", server->view.dir, server->view.why);
    else if (!server->view.store)
        oat_log(OAT_LOG_WARN, "no store in %s yet: it is served as soon as an agent writes one",
                server->view.dir);
    else
        oat_log(OAT_LOG_INFO, "serving %s: %" PRIu64 " traces", server->view.dir,
                oat_view_trace_count(&server->view));
    return rc == OAT_OK;
}

int oat_server_run(const struct oat_options *options)
{
    struct server server = {.options = options, .view = {.dir = options->dir}};
    bool ok = set_up(&server) && check_store(&server);
    for (size_t i = 0; ok && i < options->listen_count; i++)
        ok = listen_on(&server, options->listen[i]);
    if (ok && server.listen_count == 0) {
        oat_log(OAT_LOG_ERROR, "there is no address to listen on");
        ok = false;
    }
    for (size_t i = 0; ok && i < server.listen_count; i++)
        oat_log(OAT_LOG_INFO, "listening on http://%s:%u", server.listen[i].host, server.listen[i].port);
    struct oat_compaction *compaction = NULL;
    if (ok && !options->no_compact)
        ok = oat_compaction_start(options->dir, &compaction);
    if (ok)
        ok = event_base_dispatch(server.base) >= 0;
    oat_compaction_stop(compaction);
    tear_down(&server);
    return ok ? 0 : 1;
}
