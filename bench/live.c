/* From the end of a span in an agent's process to clients of /ws: how long that takes.
 *
 *     live OAT-HTTPD [CLIENTS] [SPANS_PER_S] [SECONDS]
 *
 * Starts the daemon over a store of its own and writes spans at that rate, of as many sessions as there are
 * clients; each client subscribes to one session. Prints a JSON object: percentiles of the time between the
 * end of a span and its message having been read, and how many cores' time the daemon took. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "oat/oat.h"

#define SECOND      UINT64_C(1000000000)
#define BUFFER      (1u << 20)
#define QUIET_MS    2000
#define CLIENTS_MAX 10000u

struct client {
    int fd;
    char *bytes; /* that were read and not looked at yet */
    size_t len;
};

struct load {
    const char *dir;
    unsigned clients, rate, seconds;
    uint64_t written;
};

static struct client clients[CLIENTS_MAX];
static uint64_t *latencies_ns, latency_count, latency_max, missed;

static uint64_t now_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* ---- The agent ------------------------------------------------------------------------------------- */

static void *write_spans(void *arg)
{
    struct load *load = arg;
    oat_tracer *tracer;
    oat_config config;
    char session[32];
    oat_config_init(&config);
    config.data_dir = load->dir;
    if (oat_tracer_open(&config, &tracer) != OAT_OK)
        die("opening the store");
    oat_span_end(oat_span_start(tracer, OAT_AGENT, "first"));
    sleep(1); /* the daemon finds the store */
    uint64_t total = (uint64_t)load->rate * load->seconds, due_ns = now_ns(CLOCK_MONOTONIC);
    for (uint64_t i = 0; i < total; i++, due_ns += SECOND / load->rate) {
        while (now_ns(CLOCK_MONOTONIC) < due_ns)
            nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
        oat_span *span = oat_span_start(tracer, OAT_AGENT, "live");
        snprintf(session, sizeof session, "s%" PRIu64, i % load->clients);
        oat_span_set_text(span, OAT_TEXT_SESSION, session, OAT_NUL);
        oat_span_set_text(span, OAT_TEXT_MODEL, "gpt-4o-mini", OAT_NUL);
        oat_span_set_input(span, "How is the weather?", 19, "text/plain");
        oat_span_end(span);
    }
    load->written = total;
    oat_tracer_close(tracer);
    return NULL;
}

/* ---- The daemon ------------------------------------------------------------------------------------ */

static pid_t start_daemon(const char *program, const char *dir, unsigned *ret_port)
{
    int ends[2];
    if (pipe(ends) != 0)
        die("pipe");
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], 2);
        close(ends[0]);
        execl(program, program, "--dir", dir, "--listen", "127.0.0.1:0", "--no-compact", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *log = fdopen(ends[0], "r");
    char line[1024];
    while (log && fgets(line, sizeof line, log)) {
        const char *found = strstr(line, "listening on http://127.0.0.1:");
        if (found && sscanf(found, "listening on http://127.0.0.1:%u", ret_port) == 1)
            return pid;
    }
    fprintf(stderr, "%s did not start\n", program);
    exit(1);
}

/* ---- Clients --------------------------------------------------------------------------------------- */

static void send_all(int fd, const char *bytes, size_t len)
{
    if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
        die("send");
}

/* A text frame, masked with zeros. */
static void send_text(int fd, const char *text)
{
    char frame[200];
    size_t len = strlen(text);
    frame[0] = (char)0x81;
    frame[1] = (char)(0x80 | len);
    memset(frame + 2, 0, 4);
    memcpy(frame + 6, text, len);
    send_all(fd, frame, len + 6);
}

static void connect_client(struct client *client, unsigned port, unsigned number)
{
    static const char request[] =
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char text[100];
    client->fd = socket(AF_INET, SOCK_STREAM, 0);
    client->bytes = malloc(BUFFER);
    if (client->fd < 0 || !client->bytes ||
        connect(client->fd, (const struct sockaddr *)&address, sizeof address) != 0)
        die("connect");
    send_all(client->fd, request, sizeof request - 1);
    snprintf(text, sizeof text, "{\"subscribe\":\"session_id = s%u\"}", number);
    send_text(client->fd, text);
}

static void take_latency(uint64_t end_ns, uint64_t read_ns)
{
    if (latency_count < latency_max)
        latencies_ns[latency_count++] = read_ns > end_ns ? read_ns - end_ns : 0;
}

/* Looks for ends of spans in what was read; what may be the beginning of one stays. */
static void look(struct client *client, uint64_t read_ns)
{
    static const char key[] = "\"end_time_unix_nano\":\"", lost[] = "\"missed\",\"n\":";
    const size_t keep = sizeof key + 24;
    char *at = client->bytes, *end = client->bytes + client->len;
    for (char *found; (found = memmem(at, (size_t)(end - at), key, sizeof key - 1)) != NULL;) {
        if (end - found < (ptrdiff_t)keep)
            break;
        take_latency(strtoull(found + sizeof key - 1, NULL, 10), read_ns);
        at = found + sizeof key;
    }
    char *told = memmem(client->bytes, client->len, lost, sizeof lost - 1);
    if (told)
        missed += strtoull(told + sizeof lost - 1, NULL, 10);
    size_t left = (size_t)(end - at) < keep ? (size_t)(end - at) : keep;
    memmove(client->bytes, end - left, left);
    client->len = left;
}

static bool read_client(struct client *client)
{
    ssize_t len = recv(client->fd, client->bytes + client->len, BUFFER - 1 - client->len, MSG_DONTWAIT);
    if (len <= 0)
        return false;
    client->len += (size_t)len;
    client->bytes[client->len] = '\0';
    look(client, now_ns(CLOCK_REALTIME));
    return true;
}

/* Reads until it has been quiet for a while. */
static void read_all(int epoll)
{
    struct epoll_event events[256];
    for (int count; (count = epoll_wait(epoll, events, 256, QUIET_MS)) > 0;)
        for (int i = 0; i < count; i++)
            read_client(events[i].data.ptr);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static double latency_ms(double share)
{
    return latency_count > 0 ? (double)latencies_ns[(size_t)((double)(latency_count - 1) * share)] / 1e6 : 0;
}

static void print_result(const struct load *load, double cpu_s)
{
    qsort(latencies_ns, latency_count, sizeof *latencies_ns, compare);
    printf("{\"clients\": %u, \"spans_per_s\": %u, \"seconds\": %u, \"written\": %" PRIu64
           ", \"told\": %" PRIu64 ", \"missed\": %" PRIu64
           ", \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"p999_ms\": %.2f, \"daemon_core\": %.3f}\n",
           load->clients, load->rate, load->seconds, load->written, latency_count, missed, latency_ms(0.5),
           latency_ms(0.99), latency_ms(0.999), cpu_s / load->seconds);
}

static unsigned number_of(int argc, char **argv, int index, unsigned otherwise)
{
    return argc > index ? (unsigned)strtoul(argv[index], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    char dir[] = "/tmp/oat-live-XXXXXX", command[64];
    unsigned port;
    pthread_t writer;
    struct rusage usage;
    struct rlimit files = {20000, 20000};
    if (argc < 2 || !mkdtemp(dir)) {
        fprintf(stderr, "usage: live OAT-HTTPD [CLIENTS] [SPANS_PER_S] [SECONDS]\n");
        return 2;
    }
    struct load load = {.dir = dir,
                        .clients = number_of(argc, argv, 2, 1000),
                        .rate = number_of(argc, argv, 3, 10000),
                        .seconds = number_of(argc, argv, 4, 5)};
    if (load.clients < 1 || load.clients > CLIENTS_MAX || load.rate < 1)
        return 2;
    setrlimit(RLIMIT_NOFILE, &files);
    latency_max = (uint64_t)load.rate * load.seconds;
    latencies_ns = malloc(latency_max * sizeof *latencies_ns);
    pid_t daemon = start_daemon(argv[1], dir, &port);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0; i < load.clients; i++) {
        connect_client(&clients[i], port, i);
        epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd,
                  &(struct epoll_event){.events = EPOLLIN, .data.ptr = &clients[i]});
    }
    read_all(epoll);
    if (pthread_create(&writer, NULL, write_spans, &load) != 0)
        die("starting a thread");
    read_all(epoll);
    pthread_join(writer, NULL);
    read_all(epoll);
    kill(daemon, SIGTERM);
    waitpid(daemon, NULL, 0);
    getrusage(RUSAGE_CHILDREN, &usage);
    print_result(&load, (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                            (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) == 0 ? 0 : 1;
}
