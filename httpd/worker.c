#include "httpd/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "compactor/parallel.h"
#include "httpd/address.h"
#include "httpd/connections.h"
#include "httpd/log.h"
#include "httpd/write_batch.h"

#define HEADERS_MAX     (32 << 10) /* an id of 4 KiB takes 12 KiB when percent-encoded */
#define READ_AHEAD_MAX  (HEADERS_MAX + (128 << 10))
#define TIMEOUT_S       30
#define ANSWER_S        300 /* what is sent at once has 256 MiB at most */
#define ACCEPT_PAUSE_MS 100

struct oat_worker {
    struct event_base *base;
    struct evhttp *http;
    struct oat_connections *connections;
    struct oat_write_batch *writes;
    struct oat_worker_calls calls;
    struct evhttp_bound_socket *bound[OAT_OPEN_MAX];
    size_t bound_count;
    struct oat_workers *workers; /* this one and those it shares its sockets with */
    unsigned number;             /* among them */
    bool takes;                  /* connections */
    struct oat_job look;         /* whether it is to */
    pthread_t thread;
    size_t held; /* requests that are being answered elsewhere */
    bool stopping;
    unsigned grace_ms; /* guarded by lock until the stop job runs */
    struct oat_job stop;

    int wake_fd; /* eventfd: there are jobs */
    struct event *on_wake;
    pthread_mutex_t lock;
    struct oat_jobs posted;
};

/* ---- Tasks -------------------------------------------------------------------------------------- */

static void run_posted(struct oat_worker *worker)
{
    for (;;) {
        pthread_mutex_lock(&worker->lock);
        struct oat_job *job = oat_jobs_take(&worker->posted);
        pthread_mutex_unlock(&worker->lock);
        if (!job)
            return;
        job->run(job);
    }
}

static void on_wake(evutil_socket_t fd, short events, void *arg)
{
    uint64_t count;
    (void)events;
    if (read(fd, &count, sizeof count) < 0 && errno != EAGAIN)
        oat_log(OAT_LOG_WARN, "reading an eventfd: %s", strerror(errno));
    run_posted(arg);
}

void oat_worker_post(struct oat_worker *worker, struct oat_job *job)
{
    static const uint64_t one = 1;
    pthread_mutex_lock(&worker->lock);
    bool first = worker->posted.count == 0;
    oat_jobs_put(&worker->posted, job);
    /* Fails only when the counter is full, and then the loop is awake. */
    if (first && write(worker->wake_fd, &one, sizeof one) < 0 && errno != EAGAIN)
        oat_log(OAT_LOG_WARN, "writing an eventfd: %s", strerror(errno));
    pthread_mutex_unlock(&worker->lock);
}

/* ---- Connections -------------------------------------------------------------------------------- */

static void take_connections(struct oat_worker *worker, bool takes)
{
    worker->takes = takes;
    for (size_t i = 0; i < worker->bound_count; i++) {
        struct evconnlistener *listener = evhttp_bound_socket_get_listener(worker->bound[i]);
        if (takes)
            evconnlistener_enable(listener);
        else
            evconnlistener_disable(listener);
    }
}

static void look(struct oat_job *job)
{
    struct oat_worker *worker = (struct oat_worker *)((char *)job - offsetof(struct oat_worker, look));
    bool takes = oat_balance_look(&worker->workers->balance, worker->number);
    if (takes != worker->takes)
        take_connections(worker, takes);
}

/* Connections came or went: another loop may be the next to take one. */
static void counted(void *arg, size_t count)
{
    struct oat_worker *worker = arg;
    if (worker->stopping)
        return;
    uint64_t ask = oat_balance_note(&worker->workers->balance, worker->number, count);
    for (unsigned i = 0; i < worker->workers->balance.count; i++) {
        struct oat_worker *other = worker->workers->all[i];
        if ((ask >> i & 1) && other == worker)
            look(&worker->look);
        else if (ask >> i & 1)
            oat_worker_post(other, &other->look);
    }
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

bool oat_worker_listen(struct oat_worker *worker, int fd)
{
    struct evhttp_bound_socket *bound = NULL;
    if (worker->bound_count < OAT_OPEN_MAX)
        bound = evhttp_accept_socket_with_handle(worker->http, fd);
    if (!bound) {
        close(fd);
        return false;
    }
    evconnlistener_set_error_cb(evhttp_bound_socket_get_listener(bound), on_accept_error);
    worker->bound[worker->bound_count++] = bound;
    return true;
}

/* evhttp begins without any limit: all are set here, before the first socket is opened. */
static void set_limits(struct evhttp *http, struct oat_connections *connections)
{
    evhttp_set_max_headers_size(http, HEADERS_MAX);
    evhttp_set_max_body_size(http, OAT_BODY_MAX_BYTES);
    evhttp_set_timeout(http, TIMEOUT_S);
    evhttp_set_default_content_type(http, NULL);
    /* Methods that no route has: they get a 405 with Allow from the router instead of a bare 501. */
    evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
                                         EVHTTP_REQ_DELETE | EVHTTP_REQ_PATCH | EVHTTP_REQ_OPTIONS |
                                         EVHTTP_REQ_TRACE);
    evhttp_set_bevcb(http, oat_connections_make, connections);
}

/* ---- Life --------------------------------------------------------------------------------------- */

static void on_request(struct evhttp_request *request, void *arg)
{
    struct oat_worker *worker = arg;
    oat_connections_came(worker->connections, request);
    worker->calls.on_request(request, worker->calls.arg);
}

struct bufferevent *oat_worker_answer(struct oat_worker *worker, struct evhttp_request *request)
{
    return oat_connections_answer(worker->connections, request);
}

void oat_worker_push(struct oat_worker *worker, struct bufferevent *stream)
{
    if (stream)
        oat_write_batch_put(worker->writes, stream);
}

void oat_worker_resume(struct oat_worker *worker, struct evhttp_request *request)
{
    oat_connections_came(worker->connections, request);
}

void oat_worker_watch(struct oat_worker *worker, struct evhttp_request *request,
                      void (*gone)(struct evhttp_connection *connection, void *arg), void *arg)
{
    oat_connections_watch(worker->connections, request, gone, arg);
}

void oat_worker_give(struct oat_worker *worker, struct evhttp_request *request)
{
    oat_connections_give(worker->connections, request);
}

static bool refuse(void *arg, char *head, size_t len, int fd, struct evbuffer *ret)
{
    const struct oat_worker *worker = arg;
    return worker->calls.refuse(worker->calls.arg, head, len, fd, ret);
}

static struct oat_connections *make_connections(struct oat_worker *worker, size_t max,
                                                struct oat_memory_budget *budget, struct oat_tls *tls)
{
    const struct oat_connection_limits limits = {
        .max = max,
        .read_ahead_bytes = READ_AHEAD_MAX,
        .unpaid_bytes = OAT_SMALL_BODY_BYTES,
        .head_bytes = HEADERS_MAX + OAT_SMALL_BODY_BYTES,
        .refuse = refuse,
        .counted = counted,
        .arg = worker,
        .request_bytes = OAT_BODY_MAX_BYTES + OAT_BODY_MAX_BYTES / 2, /* of tiny chunks, framing is most */
        .budget = budget,
        .tls = tls,
        .quiet_ms = TIMEOUT_S * 1000,
        .request_ms = TIMEOUT_S * 1000,
        .answer_ms = ANSWER_S * 1000,
    };
    return oat_connections_new(worker->base, &limits);
}

/* A connection's reading and writing is turned on and off with each answer: the kernel is told once a round.
 */
static struct event_base *make_base(void)
{
    struct event_config *config = event_config_new();
    if (!config)
        return NULL;
    event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

struct oat_worker *oat_worker_create(struct oat_workers *workers, size_t connections_max,
                                     struct oat_memory_budget *budget, struct oat_tls *tls,
                                     const struct oat_worker_calls *calls)
{
    struct oat_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return NULL;
    pthread_mutex_init(&worker->lock, NULL);
    worker->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    worker->base = make_base();
    worker->http = worker->base ? evhttp_new(worker->base) : NULL;
    worker->connections = worker->base ? make_connections(worker, connections_max, budget, tls) : NULL;
    worker->writes = worker->base ? oat_write_batch_new(worker->base) : NULL;
    worker->calls = *calls;
    if (worker->wake_fd >= 0 && worker->base)
        worker->on_wake = event_new(worker->base, worker->wake_fd, EV_READ | EV_PERSIST, on_wake, worker);
    if (!worker->http || !worker->connections || !worker->writes || !worker->on_wake ||
        event_add(worker->on_wake, NULL) < 0) {
        oat_worker_free(worker);
        return NULL;
    }
    worker->workers = workers;
    worker->number = oat_balance_add(&workers->balance);
    worker->takes = true;
    worker->look.run = look;
    workers->all[worker->number] = worker;
    set_limits(worker->http, worker->connections);
    evhttp_set_gencb(worker->http, on_request, worker);
    return worker;
}

static void *run(void *arg)
{
    struct oat_worker *worker = arg;
    if (event_base_dispatch(worker->base) < 0)
        oat_log(OAT_LOG_ERROR, "an event loop failed");
    return NULL;
}

struct event_base *oat_worker_base(const struct oat_worker *worker)
{
    return worker->base;
}

int oat_worker_start(struct oat_worker *worker)
{
    return oat_thread_start(&worker->thread, run, worker);
}

void oat_worker_hold(struct oat_worker *worker)
{
    worker->held++;
}

void oat_worker_release(struct oat_worker *worker)
{
    if (--worker->held == 0 && worker->stopping)
        event_base_loopexit(worker->base, NULL);
}

static void stop(struct oat_job *job)
{
    struct oat_worker *worker = (struct oat_worker *)((char *)job - offsetof(struct oat_worker, stop));
    struct timeval grace = {.tv_sec = worker->grace_ms / 1000, .tv_usec = worker->grace_ms % 1000 * 1000};
    for (size_t i = 0; i < worker->bound_count; i++)
        evhttp_del_accept_socket(worker->http, worker->bound[i]);
    worker->bound_count = 0;
    worker->stopping = true;
    event_base_loopexit(worker->base, worker->held > 0 ? &grace : NULL);
}

void oat_worker_stop(struct oat_worker *worker, unsigned grace_ms)
{
    worker->grace_ms = grace_ms;
    worker->stop.run = stop;
    oat_worker_post(worker, &worker->stop);
}

void oat_worker_join(struct oat_worker *worker)
{
    pthread_join(worker->thread, NULL);
}

void oat_worker_free(struct oat_worker *worker)
{
    if (!worker)
        return;
    worker->stopping = true;
    run_posted(worker);
    oat_write_batch_free(worker->writes);
    if (worker->http)
        evhttp_free(worker->http);
    oat_connections_free(worker->connections);
    if (worker->on_wake)
        event_free(worker->on_wake);
    if (worker->base)
        event_base_free(worker->base);
    if (worker->wake_fd >= 0)
        close(worker->wake_fd);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}
