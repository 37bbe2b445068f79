/* Addresses that are listened on. */
#include "tests/support/unit.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "httpd/address.h"

/* A client may put its acknowledgement of one off for 40 ms. */
static void the_last_piece_of_an_answer_does_not_wait_for_those_before(void **state)
{
    (void)state;
    struct oat_address address;
    char error[200];
    int fds[1];
    assert_true(oat_address_parse("127.0.0.1:0", &address, error, sizeof error));
    assert_true(oat_address_listen(&address, fds, 1));
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address.socket_address, address.len), 0);
    struct pollfd waiting = {.fd = fds[0], .events = POLLIN};
    assert_int_equal(poll(&waiting, 1, 10000), 1);
    int accepted = accept(fds[0], NULL, NULL), is_set = 0;
    socklen_t len = sizeof is_set;
    assert_int_equal(getsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &is_set, &len), 0);
    assert_int_equal(is_set, 1);
    close(accepted);
    close(client);
    close(fds[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_piece_of_an_answer_does_not_wait_for_those_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
