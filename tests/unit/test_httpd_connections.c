/* Clients that are slow, silent, many or greedy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "httpd/connections.h"

#define REQUEST_MS 400
#define ANSWER_MS  500
#define MAX        4
#define PATIENCE_S 10          /* for what has to happen */
#define HUGE       (64u << 20) /* more than the system keeps of a stream */

static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

struct server {
    struct event_base *base;
    struct evhttp *http;
    struct oat_connections *connections;
    struct sockaddr_in address;
    unsigned requests;
    struct evhttp_request *held; /* being answered, for ever */
    bool hold;
    size_t answer_bytes;
    bool refuses;
    unsigned heads; /* that were judged */
};

static void on_request(struct evhttp_request *r, void *arg)
{
    struct server *server = arg;
    oat_connections_came(server->connections, r);
    server->requests++;
    if (server->hold) {
        server->held = r;
        return;
    }
    char *body = calloc(1, server->answer_bytes);
    evbuffer_add(evhttp_request_get_output_buffer(r), body, server->answer_bytes);
    free(body);
    oat_connections_answer(server->connections, r);
    evhttp_send_reply(r, 200, NULL, NULL);
}

static bool judge(void *arg, char *head, size_t len, int fd, struct evbuffer *ret)
{
    struct server *server = arg;
    server->heads++;
    assert_true(fd >= 0);
    assert_int_equal(strlen(head), len);
    assert_string_equal(head + len - 4, "\r\n\r\n");
    if (server->refuses)
        evbuffer_add_printf(ret, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
    return server->refuses;
}

static struct oat_memory_budget budget;

static int set_up(void **state)
{
    budget = (struct oat_memory_budget){.limit_bytes = 1 << 20};
    struct server *server = calloc(1, sizeof *server);
    const struct oat_connection_limits limits = {.max = MAX,
                                                 .read_ahead_bytes = 4096,
                                                 .unpaid_bytes = 1024,
                                                 .head_bytes = 2048,
                                                 .request_bytes = 1 << 16,
                                                 .refuse = judge,
                                                 .arg = server,
                                                 .budget = &budget,
                                                 .request_ms = REQUEST_MS,
                                                 .answer_ms = ANSWER_MS};
    socklen_t len = sizeof server->address;
    signal(SIGPIPE, SIG_IGN);
    server->answer_bytes = 2;
    server->base = event_base_new();
    server->http = evhttp_new(server->base);
    server->connections = oat_connections_new(server->base, &limits);
    evhttp_set_bevcb(server->http, oat_connections_make, server->connections);
    evhttp_set_gencb(server->http, on_request, server);
    struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(server->http, "127.0.0.1", 0);
    *state = server;
    return getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&server->address, &len);
}

static int tear_down(void **state)
{
    struct server *server = *state;
    if (server->held)
        evhttp_send_reply(server->held, 200, NULL, NULL);
    evhttp_free(server->http);
    oat_connections_free(server->connections);
    event_base_free(server->base);
    free(server);
    return 0;
}

static int dial(struct server *server)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&server->address, sizeof server->address), 0);
    return fd;
}

static void say(int fd, const void *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_DONTWAIT);
        if (n < 0)
            return; /* it was cut, or does not listen */
        bytes = (const char *)bytes + n;
        len -= (size_t)n;
    }
}

static void run_for_ms(struct server *server, unsigned ms)
{
    struct timeval time = {.tv_sec = ms / 1000, .tv_usec = (long)(ms % 1000) * 1000};
    event_base_loopexit(server->base, &time);
    event_base_dispatch(server->base);
}

/* Everything that came so far; sets *ret_open. */
static size_t hear(int fd, bool *ret_open)
{
    static char bytes[65536];
    size_t total = 0;
    ssize_t n;
    while ((n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        total += (size_t)n;
    *ret_open = n < 0 && errno == EAGAIN;
    return total;
}

/* Runs the server until this client has been cut, which drips a byte now and then. */
static void await_cut(struct server *server, int fd, const char *drip)
{
    bool open = true;
    for (unsigned i = 0; open && i < PATIENCE_S * 50; i++) {
        if (drip)
            say(fd, drip, 1);
        run_for_ms(server, 20);
        hear(fd, &open);
    }
    assert_false(open);
    close(fd);
}

static void assert_served(struct server *server, int fd)
{
    bool open = true;
    size_t heard = 0;
    say(fd, request, sizeof request - 1);
    for (unsigned i = 0; open && heard == 0 && i < PATIENCE_S * 50; i++) {
        run_for_ms(server, 20);
        heard = hear(fd, &open);
    }
    assert_true(open);
    assert_true(heard > 0);
}

static void a_request_that_drips_in_is_cut(void **state)
{
    struct server *server = *state;
    await_cut(server, dial(server), "G");
    int fd = dial(server);
    say(fd, request, sizeof request - 3); /* all but the last line */
    await_cut(server, fd, "X");
    assert_int_equal(server->requests, 0);
}

static void a_client_that_asks_now_and_then_stays(void **state)
{
    struct server *server = *state;
    int fd = dial(server);
    for (unsigned i = 0; i < 3; i++) {
        assert_served(server, fd);
        run_for_ms(server, 2 * REQUEST_MS);
    }
    assert_int_equal(server->requests, 3);
    close(fd);
}

static void work_that_takes_long_is_no_reason_to_be_cut(void **state)
{
    struct server *server = *state;
    bool open;
    int fd = dial(server);
    server->hold = true;
    say(fd, request, sizeof request - 1);
    run_for_ms(server, 3 * (REQUEST_MS + ANSWER_MS));
    hear(fd, &open);
    assert_true(open);
    assert_non_null(server->held);
    close(fd);
}

static void count_gone(struct evhttp_connection *connection, void *arg)
{
    unsigned *gone = arg;
    (void)connection;
    (*gone)++;
}

static void a_client_that_goes_before_its_answer_is_noticed(void **state)
{
    struct server *server = *state;
    unsigned gone = 0;
    int fd = dial(server);
    server->hold = true;
    say(fd, request, sizeof request - 1);
    run_for_ms(server, 50);
    oat_connections_watch(server->connections, server->held, count_gone, &gone);
    say(fd, request, sizeof request - 1); /* it asks for more, and stays */
    run_for_ms(server, 50);
    assert_int_equal(gone, 0);
    close(fd);
    for (unsigned i = 0; gone == 0 && i < PATIENCE_S * 50; i++)
        run_for_ms(server, 20);
    assert_int_equal(gone, 1);
    assert_null(evhttp_request_get_connection(server->held));
}

static void what_came_while_a_client_was_watched_is_answered_later(void **state)
{
    struct server *server = *state;
    unsigned gone = 0;
    bool open = true;
    int fd = dial(server);
    server->hold = true;
    say(fd, request, sizeof request - 1);
    run_for_ms(server, 50);
    oat_connections_watch(server->connections, server->held, count_gone, &gone);
    say(fd, request, sizeof request - 1);
    run_for_ms(server, 50);
    server->hold = false;
    oat_connections_watch(server->connections, server->held, NULL, NULL);
    oat_connections_answer(server->connections, server->held);
    evhttp_send_reply(server->held, 200, NULL, NULL);
    server->held = NULL;
    for (unsigned i = 0; server->requests < 2 && i < PATIENCE_S * 50; i++)
        run_for_ms(server, 20);
    assert_int_equal(server->requests, 2);
    hear(fd, &open);
    assert_true(open);
    close(fd);
    run_for_ms(server, 50);
    assert_int_equal(gone, 0);
}

static void an_answer_that_nobody_takes_is_given_up(void **state)
{
    struct server *server = *state;
    int fd = dial(server);
    server->answer_bytes = HUGE;
    say(fd, request, sizeof request - 1);
    run_for_ms(server, 4 * ANSWER_MS + 200);
    assert_int_equal(server->requests, 1);
    bool open = true;
    size_t heard = 0;
    for (unsigned i = 0; open && i < PATIENCE_S * 50; i++) {
        run_for_ms(server, 20);
        heard += hear(fd, &open);
    }
    assert_false(open);
    assert_true(heard < HUGE);
    close(fd);
}

static void one_too_many_takes_the_place_of_the_oldest_that_waits(void **state)
{
    struct server *server = *state;
    int busy = dial(server), idle[MAX + 1];
    bool open;
    server->hold = true;
    say(busy, request, sizeof request - 1);
    run_for_ms(server, 50);
    server->hold = false;
    for (size_t i = 0; i < MAX + 1; i++) {
        idle[i] = dial(server);
        run_for_ms(server, 50);
    }
    assert_served(server, idle[MAX]);
    hear(busy, &open);
    assert_true(open);
    await_cut(server, idle[0], NULL);
    hear(idle[MAX - 1], &open);
    assert_true(open);
    close(busy);
    for (size_t i = 1; i < MAX + 1; i++)
        close(idle[i]);
}

static void who_talks_on_while_it_is_answered_is_cut(void **state)
{
    struct server *server = *state;
    static char endless[65536];
    int fd = dial(server);
    memset(endless, 'A', sizeof endless);
    say(fd, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", 65);
    say(fd, endless, sizeof endless);
    await_cut(server, fd, NULL);
    assert_int_equal(server->requests, 0);
}

#define POST(len) "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " len "\r\n\r\n"

/* In pieces, so that libevent has read a part of the head before it is whole. */
static int post(struct server *server, const char *head)
{
    int fd = dial(server);
    say(fd, head, 20);
    run_for_ms(server, 50);
    say(fd, head + 20, strlen(head) - 20);
    run_for_ms(server, 50);
    return fd;
}

static void who_is_refused_by_its_head_hears_it_before_its_body_is_there(void **state)
{
    struct server *server = *state;
    static char body[60000];
    bool open;
    server->refuses = true;
    int fd = post(server, POST("60000"));
    assert_true(hear(fd, &open) > 0);
    assert_true(open);
    say(fd, body, sizeof body);
    run_for_ms(server, 50);
    hear(fd, &open);
    assert_true(open);
    assert_int_equal(server->requests, 0);
    assert_int_equal(budget.used_bytes, 0);
    close(fd);
}

static void a_body_is_taken_in_when_its_head_is_not_refused(void **state)
{
    struct server *server = *state;
    static char body[60000];
    bool open;
    int fd = post(server, POST("60000"));
    for (unsigned i = 1; i <= 2; i++) {
        for (size_t sent = 0; sent < sizeof body; sent += 6000) {
            say(fd, body + sent, 6000);
            run_for_ms(server, 5);
        }
        for (unsigned k = 0; server->requests < i && k < PATIENCE_S * 50; k++)
            run_for_ms(server, 20);
        assert_int_equal(server->requests, i);
        assert_int_equal(server->heads, i);
        say(fd, POST("60000"), i == 1 ? strlen(POST("60000")) : 0);
    }
    run_for_ms(server, 50);
    assert_true(hear(fd, &open) > 0);
    assert_int_equal(budget.used_bytes, 0);
    close(fd);
}

static void what_is_sent_behind_a_request_is_judged_when_its_turn_comes(void **state)
{
    struct server *server = *state;
    static const char both[] = POST("2") "{}" POST("2");
    bool open;
    int fd = dial(server);
    say(fd, both, sizeof both - 1);
    run_for_ms(server, 50);
    assert_int_equal(server->requests, 1);
    server->refuses = true;
    say(fd, "{", 1);
    run_for_ms(server, 50);
    assert_true(hear(fd, &open) > 0);
    say(fd, "}", 1);
    run_for_ms(server, 50);
    assert_int_equal(server->requests, 1);
    assert_int_equal(server->heads, 2);
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_that_drips_in_is_cut),
        TEST(a_client_that_asks_now_and_then_stays),
        TEST(work_that_takes_long_is_no_reason_to_be_cut),
        TEST(a_client_that_goes_before_its_answer_is_noticed),
        TEST(what_came_while_a_client_was_watched_is_answered_later),
        TEST(an_answer_that_nobody_takes_is_given_up),
        TEST(one_too_many_takes_the_place_of_the_oldest_that_waits),
        TEST(who_talks_on_while_it_is_answered_is_cut),
        TEST(who_is_refused_by_its_head_hears_it_before_its_body_is_there),
        TEST(a_body_is_taken_in_when_its_head_is_not_refused),
        TEST(what_is_sent_behind_a_request_is_judged_when_its_turn_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
