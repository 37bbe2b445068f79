/* Answers of a turn of the loop are written some at a time, and none is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "httpd/write_batch.h"

#define TEXT "an answer"

/* A stream that has a text to write, and the client's end. */
struct pair {
    struct bufferevent *stream;
    int client_fd;
};

struct fixture {
    struct event_base *base;
    struct oat_write_batch *batch;
    struct pair pairs[OAT_WRITE_BATCH];
};

/* Its writing by libevent itself is off: what arrives, the batch has written. */
static struct pair open_pair(struct event_base *base)
{
    struct pair pair;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    pair.client_fd = fds[1];
    pair.stream = bufferevent_socket_new(base, fds[0], BEV_OPT_CLOSE_ON_FREE);
    assert_non_null(pair.stream);
    bufferevent_disable(pair.stream, EV_READ | EV_WRITE);
    assert_int_equal(bufferevent_write(pair.stream, TEXT, strlen(TEXT)), 0);
    return pair;
}

static void close_pair(struct pair *pair)
{
    if (pair->stream)
        bufferevent_free(pair->stream);
    if (pair->client_fd >= 0)
        close(pair->client_fd);
}

static int set_up(void **state)
{
    static struct fixture f;
    f.base = event_base_new();
    f.batch = oat_write_batch_new(f.base);
    for (unsigned i = 0; i < OAT_WRITE_BATCH; i++)
        f.pairs[i] = open_pair(f.base);
    *state = &f;
    return f.batch ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    oat_write_batch_free(f->batch);
    for (unsigned i = 0; i < OAT_WRITE_BATCH; i++)
        close_pair(&f->pairs[i]);
    event_base_free(f->base);
    return 0;
}

static bool has_arrived(const struct pair *pair)
{
    char bytes[64];
    ssize_t n = recv(pair->client_fd, bytes, sizeof bytes, MSG_DONTWAIT);
    return n == (ssize_t)strlen(TEXT) && memcmp(bytes, TEXT, (size_t)n) == 0;
}

static void turn(const struct fixture *f)
{
    assert_true(event_base_loop(f->base, EVLOOP_NONBLOCK) >= 0);
}

static void one_answer_goes_out_in_the_same_turn(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < 2; i++) { /* in each turn, not in the first alone */
        oat_write_batch_put(f->batch, f->pairs[i].stream);
        assert_false(has_arrived(&f->pairs[i]));
        turn(f);
        assert_true(has_arrived(&f->pairs[i]));
        assert_int_equal(evbuffer_get_length(bufferevent_get_output(f->pairs[i].stream)), 0);
    }
}

static void as_many_as_may_wait_go_out_at_once(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < OAT_WRITE_BATCH; i++) {
        assert_false(has_arrived(&f->pairs[0]));
        oat_write_batch_put(f->batch, f->pairs[i].stream);
    }
    for (unsigned i = 0; i < OAT_WRITE_BATCH; i++)
        assert_true(has_arrived(&f->pairs[i]));
    turn(f);
    for (unsigned i = 0; i < OAT_WRITE_BATCH; i++)
        assert_false(has_arrived(&f->pairs[i])); /* once */
}

static void much_goes_out_at_once(void **state)
{
    struct fixture *f = *state;
    static const char much[OAT_WRITE_BATCH_BYTES];
    assert_int_equal(bufferevent_write(f->pairs[1].stream, much, sizeof much), 0);
    oat_write_batch_put(f->batch, f->pairs[0].stream);
    assert_false(has_arrived(&f->pairs[0]));
    oat_write_batch_put(f->batch, f->pairs[1].stream);
    assert_true(has_arrived(&f->pairs[0]));
    assert_true(evbuffer_get_length(bufferevent_get_output(f->pairs[1].stream)) < sizeof much);
}

static void a_stream_may_go_while_its_answer_waits(void **state)
{
    struct fixture *f = *state;
    oat_write_batch_put(f->batch, f->pairs[0].stream);
    oat_write_batch_put(f->batch, f->pairs[1].stream);
    bufferevent_free(f->pairs[0].stream);
    f->pairs[0].stream = NULL;
    turn(f);
    assert_true(has_arrived(&f->pairs[0]));
    assert_true(has_arrived(&f->pairs[1]));
}

static void a_client_that_went_keeps_nothing_from_others(void **state)
{
    struct fixture *f = *state;
    close(f->pairs[0].client_fd);
    f->pairs[0].client_fd = -1;
    oat_write_batch_put(f->batch, f->pairs[0].stream);
    oat_write_batch_put(f->batch, f->pairs[1].stream);
    turn(f);
    assert_true(has_arrived(&f->pairs[1]));
}

static void what_waits_is_written_when_the_loop_ends(void **state)
{
    struct fixture *f = *state;
    oat_write_batch_put(f->batch, f->pairs[0].stream);
    oat_write_batch_free(f->batch);
    f->batch = NULL;
    assert_true(has_arrived(&f->pairs[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_answer_goes_out_in_the_same_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(as_many_as_may_wait_go_out_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(much_goes_out_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stream_may_go_while_its_answer_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_that_went_keeps_nothing_from_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_waits_is_written_when_the_loop_ends, set_up, tear_down),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
