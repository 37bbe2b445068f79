/* Which requests become a WebSocket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "httpd/handshake.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="

struct request {
    const char *upgrade, *connection, *version, *key;
    int status; /* 0: it becomes one */
};

static void check(const struct request *request)
{
    const char *const names[] = {"Upgrade", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key"};
    const char *const values[] = {request->upgrade, request->connection, request->version, request->key};
    struct evkeyvalq headers = TAILQ_HEAD_INITIALIZER(headers);
    struct oat_answer answer = {.request_id = ""};
    char accept[OAT_HANDSHAKE_ACCEPT_SIZE];
    evhttp_add_header(&headers, "Host", "localhost:8787");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (values[i])
            evhttp_add_header(&headers, names[i], values[i]);
    bool ok = oat_handshake_read(&headers, accept, &answer);
    assert_int_equal(answer.status, request->status);
    assert_int_equal(ok, request->status == 0);
    if (ok)
        assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    evhttp_clear_headers(&headers);
    oat_json_free(&answer.body);
}

static void websocket_clients_are_taken(void **state)
{
    (void)state;
    const struct request requests[] = {
        {"websocket", "Upgrade", "13", KEY, 0},
        {"WebSocket", "keep-alive, upgrade", "13", KEY, 0},
        {"h2c, websocket", "Upgrade", "13", KEY, 0},
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        check(&requests[i]);
}

static void others_learn_what_is_missing(void **state)
{
    (void)state;
    const struct request requests[] = {
        {NULL, NULL, NULL, NULL, 426},
        {"websocket", "keep-alive", "13", KEY, 426},
        {"websockets", "Upgrade", "13", KEY, 426},
        {"websocket", "Upgrade", "8", KEY, 426},
        {"websocket", "Upgrade", NULL, KEY, 426},
        {"websocket", "Upgrade", "13", NULL, 400},
        {"websocket", "Upgrade", "13", "dGhlIHNhbXBsZSBub25jZQ", 400},
        {"websocket", "Upgrade", "13", "dGhlIHNhbXBsZSBub25jZ===", 400},
        {"websocket", "Upgrade", "13", "dGhlIHNhbXBsZ!Bub25jZQ==", 400},
        {"websocket", "Upgrade", "13", KEY "A", 400},
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        check(&requests[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(websocket_clients_are_taken),
        cmocka_unit_test(others_learn_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
