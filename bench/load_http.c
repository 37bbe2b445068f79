/* How many requests a second a server answers over many connections, and how long each takes.
 *
 *   load_http --port N --paths FILE [--connections 64] [--seconds 3]
 *
 * FILE has a path a line. Each connection asks for one after the other, from a place of its own in the list,
 * the next when the answer before it is whole. The first second only warms up. Prints one JSON object. */
#include "bench/support/arguments.h"
#include "bench/support/options.h"
#include "bench/support/rounds.h"
#include "writer/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define CONNECTIONS_MAX 10000u
#define EVENTS          64

struct client {
    int fd;
    size_t path; /* in the list: what it asks for */
    uint64_t asked_ns;
    char head[4096]; /* the beginning of the answer */
    size_t head_len;
    uint64_t body_left; /* bytes that are to come; 0 before the head is whole */
};

struct load {
    char **paths;
    size_t path_count;
    uint64_t counted_from_ns;
    double *times_ms; /* of requests since then */
    size_t count, room;
    double bytes; /* of their bodies */
};

/* ---- Requests ----------------------------------------------------------------------------- */

static void read_paths(struct load *load, const char *file)
{
    FILE *in = fopen(file, "r");
    char *line = NULL;
    size_t size = 0, room = 0;
    if (!in)
        oat_bench_fail(file);
    while (getline(&line, &size, in) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (load->path_count == room) {
            room = room ? 2 * room : 1024;
            load->paths = realloc(load->paths, room * sizeof *load->paths);
        }
        if (!load->paths || !(load->paths[load->path_count++] = strdup(line)))
            oat_bench_fail("reading the paths");
    }
    free(line);
    fclose(in);
    if (load->path_count == 0)
        oat_bench_fail("there are no paths");
}

static void ask(const struct load *load, struct client *client)
{
    char text[4096];
    client->path = (client->path + 1) % load->path_count;
    client->head_len = 0;
    int len =
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", load->paths[client->path]);
    client->asked_ns = oat_clock_boot_ns();
    if (len >= (int)sizeof text || send(client->fd, text, (size_t)len, MSG_NOSIGNAL) != len)
        oat_bench_fail("sending");
}

static void open_client(const struct load *load, double port, size_t first_path, struct client *client)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *client = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .path = first_path};
    if (client->fd < 0 || connect(client->fd, (const struct sockaddr *)&address, sizeof address) != 0)
        oat_bench_fail("connecting");
    ask(load, client);
}

/* ---- Answers ------------------------------------------------------------------------------ */

static uint64_t announced_len(const struct load *load, const struct client *client)
{
    static const char field[] = "\r\nContent-Length: ";
    const char *found = strcasestr(client->head, field);
    if (found && strncmp(client->head, "HTTP/1.1 200", 12) == 0)
        return strtoull(found + sizeof field - 1, NULL, 10);
    fprintf(stderr, "load_http: %s: %.300s\n", load->paths[client->path], client->head);
    exit(1);
}

static void note(struct load *load, const struct client *client, uint64_t whole_ns)
{
    if (client->asked_ns < load->counted_from_ns)
        return;
    if (load->count == load->room) {
        load->room = load->room ? 2 * load->room : 1 << 16;
        load->times_ms = realloc(load->times_ms, load->room * sizeof *load->times_ms);
        if (!load->times_ms)
            oat_bench_fail("noting a time");
    }
    load->times_ms[load->count++] = (double)(whole_ns - client->asked_ns) / 1e6;
}

/* Takes in what there is of the head, with what comes along of the body; true: it is whole. */
static bool read_head(struct load *load, struct client *client)
{
    ssize_t n = recv(client->fd, client->head + client->head_len, sizeof client->head - 1 - client->head_len,
                     MSG_DONTWAIT);
    if (n <= 0)
        oat_bench_fail("receiving the head of an answer");
    client->head_len += (size_t)n;
    client->head[client->head_len] = '\0';
    const char *end = strstr(client->head, "\r\n\r\n");
    if (!end)
        return false;
    uint64_t len = announced_len(load, client);
    client->body_left = len - (client->head_len - (size_t)(end + 4 - client->head));
    if (client->asked_ns >= load->counted_from_ns)
        load->bytes += (double)len;
    return true;
}

/* The system throws the body away: to copy it would take time from the server. */
static bool skip_body(struct client *client)
{
    while (client->body_left > 0) {
        ssize_t n = recv(client->fd, NULL, client->body_left, MSG_DONTWAIT | MSG_TRUNC);
        if (n < 0 && errno == EAGAIN)
            return false;
        if (n <= 0)
            oat_bench_fail("receiving the body of an answer");
        client->body_left -= (uint64_t)n;
    }
    return true;
}

static void read_answer(struct load *load, struct client *client)
{
    if ((client->body_left == 0 && !read_head(load, client)) || !skip_body(client))
        return;
    note(load, client, oat_clock_boot_ns());
    ask(load, client);
}

static void run(struct load *load, double port, unsigned connections, uint64_t until_ns)
{
    struct client *clients = calloc(connections, sizeof *clients);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[EVENTS];
    if (!clients || epoll < 0)
        oat_bench_fail("making the clients");
    for (unsigned i = 0; i < connections; i++) {
        open_client(load, port, load->path_count * i / connections, &clients[i]);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &event) != 0)
            oat_bench_fail("watching a connection");
    }
    while (oat_clock_boot_ns() < until_ns) {
        int count = epoll_wait(epoll, events, EVENTS, 100);
        for (int i = 0; i < count; i++)
            read_answer(load, events[i].data.ptr);
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    const char *paths = NULL;
    double port = 0, connections = 64, seconds = 3;
    const oat_bench_argument arguments[] = {
        {"port", "of the server, on the loopback interface", NULL, &port},
        {"paths", "a file with a path a line", &paths, NULL},
        {"connections", "how many (64)", NULL, &connections},
        {"seconds", "that are counted (3)", NULL, &seconds},
    };
    oat_bench_arguments(argc, argv, arguments, sizeof arguments / sizeof *arguments);
    if (port < 1 || port > 65535 || connections < 1 || connections > CONNECTIONS_MAX || seconds <= 0 ||
        seconds > 3600)
        oat_bench_fail("a number out of range");

    struct load load = {.counted_from_ns = oat_clock_boot_ns() + OAT_NS_PER_S};
    read_paths(&load, paths);
    run(&load, port, (unsigned)connections,
        load.counted_from_ns + (uint64_t)(seconds * (double)OAT_NS_PER_S));
    if (load.count == 0)
        oat_bench_fail("no request was answered in time");
    qsort(load.times_ms, load.count, sizeof *load.times_ms, compare);
    printf("{\"per_s\": %.0f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"body_bytes\": %.0f}\n",
           (double)load.count / seconds, oat_bench_quantile(load.times_ms, load.count, 0.5),
           oat_bench_quantile(load.times_ms, load.count, 0.99), load.bytes / (double)load.count);
    return 0;
}
