/* The least that a server on evhttp does: it sends bytes that it has. What the daemon is measured beside.
 *
 *   bare_http --port N --dir DIR
 *
 * DIR has files named 0, 1, 2 ...; GET /7 is answered with what is in the file 7. As the daemon, it has a
 * loop for each processor, with a socket of its own on the same port. */
#include "bench/support/arguments.h"
#include "bench/support/options.h"
#include "bench/support/threads.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 1024

struct answer {
    char *bytes;
    size_t len;
};

struct answers {
    struct answer *all;
    size_t count;
};

/* ---- Answers ------------------------------------------------------------------------------ */

/* False: there is no such file. */
static bool read_file(const char *path, struct answer *ret)
{
    struct stat stat;
    FILE *in = fopen(path, "r");
    if (!in && errno == ENOENT)
        return false;
    if (!in || fstat(fileno(in), &stat) != 0 || stat.st_size == 0)
        oat_bench_fail(path);
    ret->len = (size_t)stat.st_size;
    ret->bytes = malloc(ret->len);
    if (!ret->bytes || fread(ret->bytes, 1, ret->len, in) != ret->len)
        oat_bench_fail(path);
    fclose(in);
    return true;
}

static void read_answers(const char *dir, struct answers *answers)
{
    char path[OAT_BENCH_PATH_SIZE];
    struct answer answer;
    for (size_t room = 0;; answers->all[answers->count++] = answer) {
        snprintf(path, sizeof path, "%s/%zu", dir, answers->count);
        if (!read_file(path, &answer))
            break;
        if (answers->count == room) {
            room = room ? 2 * room : 1024;
            answers->all = realloc(answers->all, room * sizeof *answers->all);
        }
        if (!answers->all)
            oat_bench_fail("reading the answers");
    }
}

static void answer_request(struct evhttp_request *request, void *arg)
{
    const struct answers *answers = arg;
    const char *uri = evhttp_request_get_uri(request);
    size_t number = uri ? strtoull(uri + 1, NULL, 10) : SIZE_MAX;
    if (number >= answers->count) {
        evhttp_send_error(request, HTTP_NOTFOUND, NULL);
        return;
    }
    evbuffer_add_reference(evhttp_request_get_output_buffer(request), answers->all[number].bytes,
                           answers->all[number].len, NULL, NULL);
    evhttp_send_reply(request, HTTP_OK, NULL, NULL);
}

/* ---- Loops -------------------------------------------------------------------------------- */

static int open_socket(double port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) < 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, BACKLOG) < 0)
        oat_bench_fail("listening");
    return fd;
}

static struct event_base *make_loop(double port, struct answers *answers)
{
    struct event_base *base = event_base_new();
    struct evhttp *http = base ? evhttp_new(base) : NULL;
    if (!http || evhttp_accept_socket(http, open_socket(port)) != 0)
        oat_bench_fail("making a loop");
    evhttp_set_gencb(http, answer_request, answers);
    return base;
}

static void *dispatch(void *base)
{
    event_base_dispatch(base);
    return NULL;
}

int main(int argc, char **argv)
{
    const char *dir = NULL;
    double port = 0;
    struct answers answers = {0};
    const oat_bench_argument arguments[] = {
        {"port", "to listen on, on the loopback interface", NULL, &port},
        {"dir", "the answers", &dir, NULL},
    };
    oat_bench_arguments(argc, argv, arguments, sizeof arguments / sizeof *arguments);
    if (port < 1 || port > 65535)
        oat_bench_fail("a number out of range");
    signal(SIGPIPE, SIG_IGN); /* of clients that go before their answer has */
    read_answers(dir, &answers);
    pthread_t thread;
    for (unsigned i = 1; i < oat_bench_cpus(); i++)
        if (pthread_create(&thread, NULL, dispatch, make_loop(port, &answers)) != 0)
            oat_bench_fail("starting a thread");
    dispatch(make_loop(port, &answers));
    return 0;
}
