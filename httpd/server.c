#include "httpd/server.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "access/tokens.h"
#include "httpd/activation.h"
#include "httpd/early_refusal.h"
#include "httpd/exchange.h"
#include "httpd/file_stamp.h"
#include "httpd/grpc.h"
#include "httpd/log.h"
#include "httpd/port_owner.h"
#include "httpd/shared_prices.h"
#include "httpd/tls.h"

#define POOL_QUEUE_MAX    256u
#define DESCRIPTORS_LEAST 256u
#define DESCRIPTORS_MOST  65536u
#define STOP_GRACE_MS     10000u
#define INTAKE_MAX_BYTES                                                                                     \
    ((size_t)384 << 20) /* one body of the largest size, and what it decodes to, fits                        \
                         */
#define STREAMS_MAX  8u /* of a worker: each keeps a snapshot */
#define LOOK_EVERY_S 1  /* whether the files of alerts and prices have changed */

struct server {
    const struct oat_options *options;
    const struct oat_alert_rules *rules; /* those that are watched */
    struct oat_alert_rules *own_rules;   /* the same, when they were read here; else NULL */
    struct stat rules_file;              /* of which the rules are */
    struct stat rules_file_seen;         /* at the last look */
    struct oat_shared_prices prices;
    struct oat_project projects[OAT_PROJECTS_MAX];
    struct oat_service service;
    char tokens_path[PATH_MAX];
    struct oat_tls *tls; /* NULL: plain text */
    struct oat_station stations[OAT_LOOPS_MAX];
    struct oat_workers workers; /* of the stations */
    unsigned worker_count, started_count;
};

/* ---- Set-up ------------------------------------------------------------------------------------- */

static void report_listen_error(const struct oat_address *address, int error, enum oat_log_level level,
                                const char *advice)
{
    struct oat_port_owner owner;
    char who[64] = "another process";
    if (error != EADDRINUSE) {
        oat_log(level, "cannot listen on %s:%u: %s", address->host, address->port, strerror(error));
        return;
    }
    if (oat_port_owner_find(address->port, &owner))
        snprintf(who, sizeof who, "%s, process %d", owner.name, (int)owner.pid);
    oat_log(level, "port %u is in use by %s: %s", address->port, who, advice);
}

/* Gives a worker a socket: it closes it also when it fails. */
typedef bool give_socket(struct oat_station *station, int fd);

static bool give_http(struct oat_station *station, int fd)
{
    return oat_worker_listen(station->worker, fd);
}

static bool give_grpc(struct oat_station *station, int fd)
{
    return oat_grpc_listen(station->grpc, fd);
}

/* An address that this machine does not have is skipped when it is a default. errno. */
static bool listen_on(struct server *server, struct oat_address address, bool is_default, give_socket *give)
{
    int fds[OAT_LOOPS_MAX];
    if (!oat_address_listen(&address, fds, server->worker_count)) {
        bool missing = errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT;
        if (missing && is_default)
            oat_log(OAT_LOG_DEBUG, "not listening on %s: this machine does not have it", address.host);
        return missing && is_default;
    }
    bool ok = true;
    for (unsigned i = 0; i < server->worker_count; i++)
        ok = give(&server->stations[i], fds[i]) && ok;
    const char *scheme = give == give_grpc ? (server->tls ? "grpcs" : "grpc")
                         : server->tls     ? "https"
                                           : "http";
    oat_log(OAT_LOG_INFO, "listening on %s://%s:%u", scheme, address.host, address.port);
    if (give == give_http)
        server->service.listen[server->service.hosts.listen_count++] = address;
    return ok;
}

/* A default port that is in use is somebody's collector: it stays. */
static bool listen_for_otlp(struct server *server, const struct oat_addresses *addresses, give_socket *give)
{
    for (size_t i = 0; i < addresses->count; i++) {
        if (listen_on(server, addresses->all[i], addresses->is_default, give))
            continue;
        report_listen_error(&addresses->all[i], errno, addresses->is_default ? OAT_LOG_WARN : OAT_LOG_ERROR,
                            addresses->is_default ? "OpenTelemetry clients can send to the main port instead"
                                                  : "stop it, or give OpenTelemetry clients another port");
        return addresses->is_default;
    }
    return true;
}

static bool listen_everywhere(struct server *server)
{
    const struct oat_options *options = server->options;
    for (size_t i = 0; i < options->listen.count; i++)
        if (!listen_on(server, options->listen.all[i], options->listen.is_default, give_http)) {
            report_listen_error(&options->listen.all[i], errno, OAT_LOG_ERROR,
                                "stop it, or listen on another port: --listen 127.0.0.1:PORT (make demo "
                                "PORT=...)");
            return false;
        }
    if (server->service.hosts.listen_count > 0)
        return listen_for_otlp(server, &options->otlp_http, give_http) &&
               listen_for_otlp(server, &options->otlp_grpc, give_grpc);
    oat_log(OAT_LOG_ERROR, "there is no address to listen on");
    return false;
}

/* As far as the system lets us. Half of them are for connections, the others for files. */
static size_t raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return DESCRIPTORS_LEAST;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MOST ? limit.rlim_max : DESCRIPTORS_MOST;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return (size_t)limit.rlim_cur;
}

static bool refuse(void *arg, char *head, size_t len, int fd, struct evbuffer *ret)
{
    const struct oat_station *station = arg;
    return oat_early_refusal(station->service, head, len, fd, ret);
}

static bool create_workers(struct server *server)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned count = processors < 1                     ? 1
                     : processors > (long)OAT_LOOPS_MAX ? OAT_LOOPS_MAX
                                                        : (unsigned)processors;
    size_t connections = raise_descriptor_limit() / 2;
    for (; server->worker_count < count; server->worker_count++) {
        struct oat_station *station = &server->stations[server->worker_count];
        *station = (struct oat_station){.service = &server->service};
        const struct oat_worker_calls calls = {oat_exchange_begin, refuse, station};
        station->worker = oat_worker_create(&server->workers, connections / count, &server->service.budget,
                                            server->tls, &calls);
        station->sockets = oat_sockets_new(station->worker, connections / count / 2);
        station->streams = oat_streams_new(station->worker, STREAMS_MAX);
        station->grpc = station->worker ? oat_grpc_new(station, server->tls) : NULL;
        if (!station->worker || !station->sockets || !station->streams || !station->grpc)
            return false;
    }
    /* One more than worker loops: a long query leaves room for others. */
    server->service.pool = oat_pool_start(count + 1, POOL_QUEUE_MAX);
    server->service.ingest = oat_pool_start(count, POOL_QUEUE_MAX);
    return server->service.pool && server->service.ingest;
}

static bool open_tls(struct server *server)
{
    const struct oat_options *options = server->options;
    if (!options->tls_cert)
        return true;
    server->service.is_encrypted = true;
    return oat_tls_open(options->tls_cert, options->tls_key, &server->tls);
}

static bool set_up(struct server *server)
{
    uint64_t first = 0;
    signal(SIGPIPE, SIG_IGN);
    /* Ids of requests differ between runs, so a log line is found again. */
    if (getrandom(&first, sizeof first, 0) < 0)
        first = 0;
    atomic_init(&server->service.request_id, first & ~UINT64_C(0xffffffff));
    if (create_workers(server))
        return true;
    oat_log(OAT_LOG_ERROR, "cannot set up the server: %s", strerror(errno));
    return false;
}

static bool open_projects(struct server *server)
{
    const struct oat_options *options = server->options;
    bool ok = true;
    server->service.projects = server->projects;
    for (size_t i = 0; i < options->project_count && ok; i++) {
        server->service.project_count++;
        ok = oat_project_open(&server->projects[i], &options->projects[i], &server->service.budget);
        for (unsigned w = 0; w < server->worker_count; w++)
            ok = ok && oat_sockets_listen(server->stations[w].sockets, server->projects[i].live);
        ok = ok && oat_project_watch(&server->projects[i], server->rules);
    }
    return ok;
}

/* An address that other machines reach; NULL: none is. */
static const struct oat_address *find_exposed(const struct oat_addresses *addresses)
{
    for (size_t i = 0; i < addresses->count; i++)
        if (!oat_address_is_loopback(&addresses->all[i]))
            return &addresses->all[i];
    return NULL;
}

/* Who listens to others than this machine must know whom he talks to, and that nobody listens in. */
static bool check_exposure(const struct oat_options *options, bool *ret_is_exposed)
{
    const struct oat_address *exposed = find_exposed(&options->listen);
    if (!exposed)
        exposed = find_exposed(&options->otlp_http);
    if (!exposed)
        exposed = find_exposed(&options->otlp_grpc);
    *ret_is_exposed = exposed != NULL;
    if (!exposed || options->tls_cert || options->insecure_plaintext)
        return true;
    oat_log(OAT_LOG_ERROR,
            "%s:%u can be reached from other machines, and tokens and traces would go there in plain text: "
            "give --tls-cert and --tls-key; --insecure-plaintext allows it behind a proxy that encrypts",
            exposed->host, exposed->port);
    return false;
}

static bool open_gate(struct server *server)
{
    const struct oat_options *options = server->options;
    struct oat_gate_options gate = {
        .tokens_path = options->tokens,
        .projects = server->service.projects,
        .project_count = server->service.project_count,
        .requests_per_s = options->requests_per_s,
    };
    server->service.hosts = (struct oat_hosts){
        .listen = server->service.listen,
        .allowed = options->allow_host.all,
        .allowed_count = options->allow_host.count,
        .origins = options->allow_origin.all,
        .origin_count = options->allow_origin.count,
    };
    if (!check_exposure(options, &gate.tokens_needed))
        return false;
    if (gate.tokens_path) {
        gate.tokens_needed = true;
    } else {
        int len =
            snprintf(server->tokens_path, sizeof server->tokens_path, "%s/" OAT_TOKENS_NAME, options->dir);
        gate.tokens_path = len < (int)sizeof server->tokens_path ? server->tokens_path : options->dir;
    }
    return oat_gate_open(&gate, &server->service.gate);
}

static bool start_workers(struct server *server)
{
    for (; server->started_count < server->worker_count; server->started_count++) {
        int error = oat_worker_start(server->stations[server->started_count].worker);
        if (error != 0) {
            oat_log(OAT_LOG_ERROR, "cannot start a thread: %s", strerror(error));
            return false;
        }
    }
    for (size_t i = 0; i < server->service.project_count && !server->options->no_compact; i++)
        if (!oat_project_compact(&server->projects[i]))
            return false;
    return true;
}

/* ---- Alerts ------------------------------------------------------------------------------------- */

static struct stat stamp_of_rules(const struct server *server)
{
    char *path = oat_alert_rules_path(server->options);
    struct stat file = oat_file_stamp(path);
    free(path);
    return file;
}

static void free_own_rules(struct server *server)
{
    if (server->own_rules)
        oat_alert_rules_free(server->own_rules);
    free(server->own_rules);
}

/* Takes the rules over. Nobody has those from before any more. */
static void watch_rules(struct server *server, struct oat_alert_rules *rules)
{
    for (size_t i = 0; i < server->service.project_count; i++)
        oat_project_watch(&server->projects[i], rules);
    free_own_rules(server);
    server->rules = server->own_rules = rules;
}

/* Reads the rules again when their file has changed and is the same at two looks: one that is being written
 * would tell half of them, and what is known of the others would be forgotten. While they cannot be read,
 * those from before hold. */
static void refresh_rules(struct server *server)
{
    struct stat file = stamp_of_rules(server);
    char why[600];
    bool is_settled = oat_file_stamp_is(&file, &server->rules_file_seen);
    server->rules_file_seen = file;
    if (!is_settled || oat_file_stamp_is(&file, &server->rules_file))
        return;
    server->rules_file = file;
    struct oat_alert_rules *rules = calloc(1, sizeof *rules);
    if (rules && oat_alert_rules_read(server->options, rules, why, sizeof why)) {
        watch_rules(server, rules);
        oat_log(OAT_LOG_INFO, "alerts: the file has changed: %zu rules hold", rules->count);
        return;
    }
    oat_log(OAT_LOG_ERROR, "alerts: the file has changed, what was in it holds: %s",
            rules ? why : oat_result_text(OAT_E_NOMEM));
    if (rules)
        oat_alert_rules_free(rules);
    free(rules);
}

static void refresh_prices(struct server *server)
{
    bool shared_changed = oat_shared_prices_refresh(&server->prices);
    for (size_t i = 0; i < server->service.project_count; i++)
        oat_store_writer_refresh_prices(server->projects[i].writer, shared_changed);
}

/* Returns the number of the signal that ends the server. */
static int serve(struct server *server, const sigset_t *stopping)
{
    static const struct timespec look = {.tv_sec = LOOK_EVERY_S};
    int number;
    while ((number = sigtimedwait(stopping, NULL, &look)) < 0) {
        refresh_rules(server);
        refresh_prices(server);
    }
    return number;
}

/* ---- The end ------------------------------------------------------------------------------------ */

/* Requests that are under way are answered. */
static void tear_down(struct server *server)
{
    for (size_t i = 0; i < server->service.project_count; i++)
        oat_project_stop(&server->projects[i]);
    for (unsigned i = 0; i < server->started_count; i++)
        oat_worker_stop(server->stations[i].worker, STOP_GRACE_MS);
    for (unsigned i = 0; i < server->started_count; i++)
        oat_worker_join(server->stations[i].worker);
    oat_pool_stop(server->service.pool);
    oat_pool_stop(server->service.ingest);
    for (unsigned i = 0; i < server->worker_count; i++) {
        oat_sockets_close(server->stations[i].sockets);
        oat_streams_close(server->stations[i].streams);
        oat_grpc_close(server->stations[i].grpc);
    }
    for (size_t i = 0; i < server->service.project_count; i++)
        oat_project_close(&server->projects[i]); /* the answers to what it commits go to the workers */
    for (unsigned i = 0; i < server->worker_count; i++) {
        oat_worker_free(server->stations[i].worker);
        oat_sockets_free(server->stations[i].sockets);
        oat_streams_free(server->stations[i].streams);
        oat_grpc_free(server->stations[i].grpc);
    }
    oat_gate_close(server->service.gate);
    oat_tls_close(server->tls);
    free_own_rules(server);
    libevent_global_shutdown();
}

int oat_server_run(const struct oat_options *options, const struct oat_alert_rules *rules)
{
    struct server server = {
        .options = options,
        .rules = rules,
        .service = {.query_timeout_ns = options->query_timeout_ns,
                    .ack_device = !options->ack_process,
                    .budget.limit_bytes = INTAKE_MAX_BYTES},
    };
    sigset_t stopping;
    sigemptyset(&stopping);
    sigaddset(&stopping, SIGTERM);
    sigaddset(&stopping, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stopping, NULL);
    server.rules_file = stamp_of_rules(&server);
    oat_shared_prices_open(&server.prices, options);
    bool ok = open_tls(&server) && set_up(&server) && open_projects(&server) && open_gate(&server) &&
              listen_everywhere(&server) && start_workers(&server);
    if (ok) {
        oat_activation_tell("READY=1");
        int number = serve(&server, &stopping);
        oat_activation_tell("STOPPING=1");
        oat_log(OAT_LOG_INFO, "stopping: %s", strsignal(number));
    }
    tear_down(&server);
    return ok ? 0 : 1;
}
