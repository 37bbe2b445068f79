/* Which requests are served at all, and the form of errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/admit.h"

static struct oat_address listen_address;

static int set_up(void **state)
{
    (void)state;
    char error[200];
    return oat_address_parse("127.9.9.9:8787", &listen_address, error, sizeof error) ? 0 : -1;
}

static bool ours(const char *host)
{
    return oat_host_is_ours(host, &(struct oat_hosts){.listen = &listen_address, .listen_count = 1});
}

static void hosts_of_this_machine_are_ours_on_any_port(void **state)
{
    (void)state;
    static const char *const hosts[] = {"localhost",  "LocalHost:8787", "127.0.0.1", "127.0.0.1:9000",
                                        "[::1]:8787", "[::1]",          "127.9.9.9", "localhost:"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (!ours(hosts[i]))
            fail_msg("refused: %s", hosts[i]);
}

static void other_hosts_are_foreign(void **state)
{
    (void)state;
    static const char *const hosts[] = {
        "",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:8787",
        "127.0.0.2",
        "localhost:80:1",
        "localhost:x",
        "[::1",
        "[::1]x",
        "::1",
        "[::2]",
        "localhost ",
        "user@localhost",
        "localhost/",
        "2130706433",
        "localhost,evil",
        "[]",
    };
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (ours(hosts[i]))
            fail_msg("taken: %s", hosts[i]);
}

/* Names and values alternate, up to NULL. Returns the status; 0: admitted, 1: and a body is announced. */
static int admit_as(bool changes, const char *const *headers)
{
    static const char *const allowed[] = {"traces.example"}, *const origins[] = {"https://other.example"};
    const struct oat_hosts hosts = {
        .listen = &listen_address,
        .listen_count = 1,
        .allowed = allowed,
        .allowed_count = 1,
        .origins = origins,
        .origin_count = 1,
    };
    struct evkeyvalq list;
    struct oat_answer answer = {.request_id = "00000000000000ab"};
    struct oat_admitted said = {0};
    TAILQ_INIT(&list);
    for (; *headers; headers += 2) {
        struct evkeyval *header = calloc(1, sizeof *header);
        header->key = strdup(headers[0]);
        header->value = strdup(headers[1]);
        TAILQ_INSERT_TAIL(&list, header, next);
    }
    bool admitted = oat_admit(&list, changes, &hosts, &said, &answer);
    while (!TAILQ_EMPTY(&list)) {
        struct evkeyval *header = TAILQ_FIRST(&list);
        TAILQ_REMOVE(&list, header, next);
        free(header->key);
        free(header->value);
        free(header);
    }
    oat_json_free(&answer.body);
    assert_int_equal(admitted, answer.status == 0);
    assert_int_equal(answer.close, !admitted);
    return admitted && said.announces_body ? 1 : answer.status;
}

static int admit(const char *const *headers)
{
    return admit_as(false, headers);
}

#define HEADERS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void smuggled_requests_are_refused(void **state)
{
    (void)state;
    assert_int_equal(admit(HEADERS("Host", "localhost", "Accept", "*/*")), 0);
    assert_int_equal(admit(HEADERS("host", "localhost", "content-length", "0")), 0);
    assert_int_equal(admit(HEADERS("Accept", "*/*")), 400);
    assert_int_equal(admit(HEADERS("Host", "localhost", "Host", "localhost")), 400);
    assert_int_equal(admit(HEADERS("Host", "localhost", "Content-Length", "0", "Content-Length", "0")), 400);
    assert_int_equal(admit(HEADERS("Host", "localhost", "Content-Length", "+3")), 400);
    assert_int_equal(admit(HEADERS("Host", "localhost", "Content-Length", "")), 400);
    assert_int_equal(admit(HEADERS("Host", "localhost", "Foo ", "1")), 400);
    assert_int_equal(admit(HEADERS("Host", "evil.example")), 403);
}

static void headers_that_decide_stand_there_once(void **state)
{
    (void)state;
    assert_int_equal(admit(HEADERS("Host", "localhost", "Authorization", "a", "Cookie", "b", "Origin", "c")),
                     0);
    assert_int_equal(admit(HEADERS("Host", "localhost", "Authorization", "a", "authorization", "b")), 400);
    assert_int_equal(admit(HEADERS("Host", "localhost", "Cookie", "a", "Cookie", "a")), 400);
    assert_int_equal(admit(HEADERS("Host", "localhost", "Origin", "a", "Origin", "a")), 400);
}

static void names_that_were_allowed_are_ours(void **state)
{
    (void)state;
    assert_int_equal(admit(HEADERS("Host", "Traces.example:8443")), 0);
    assert_int_equal(admit(HEADERS("Host", "x.traces.example")), 403);
}

static void a_number_is_ours_when_we_listen_on_all_addresses(void **state)
{
    (void)state;
    struct oat_address any;
    char error[200];
    assert_true(oat_address_parse("0.0.0.0:8787", &any, error, sizeof error));
    const struct oat_hosts hosts = {.listen = &any, .listen_count = 1};
    assert_true(oat_host_is_ours("192.0.2.7:8787", &hosts));
    assert_true(oat_host_is_ours("[2001:db8::7]", &hosts));
    assert_false(oat_host_is_ours("192.0.2.7.example", &hosts));
    assert_false(oat_host_is_ours("192.0.2", &hosts));
    assert_false(oat_host_is_ours("[evil]", &hosts));
}

static void pages_of_other_sites_change_nothing(void **state)
{
    (void)state;
#define FROM(origin) HEADERS("Host", "localhost:8787", "Origin", origin)
    assert_int_equal(admit_as(true, HEADERS("Host", "localhost:8787")), 0);
    assert_int_equal(admit_as(true, FROM("http://localhost:8787")), 0);
    assert_int_equal(admit_as(true, FROM("https://LOCALHOST:8787")), 0);
    assert_int_equal(admit_as(true, FROM("https://other.example")), 0);
    static const char *const foreign[] = {
        "http://localhost:8788", "http://localhost",     "null",          "",
        "http://evil.example",   "http://other.example", "localhost:8787"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (admit_as(true, FROM(foreign[i])) != 403)
            fail_msg("taken: %s", foreign[i]);
        assert_int_equal(admit_as(false, FROM(foreign[i])), 0);
    }
}

static void announced_bodies_are_told_of(void **state)
{
    (void)state;
    assert_int_equal(admit(HEADERS("Host", "localhost", "Content-Length", "00")), 0);
    assert_int_equal(admit(HEADERS("Host", "localhost", "Content-Length", "30")), 1);
    assert_int_equal(admit(HEADERS("Host", "localhost", "Transfer-Encoding", "chunked")), 1);
}

static void errors_have_the_form_of_the_documentation(void **state)
{
    (void)state;
    struct oat_answer answer = {.request_id = "00000000000000ab"};
    struct oat_query_error error = {.parameter = "limit", .message = "expected a \"number\"\n"};
    oat_json_cstring(&answer.body, "half an answer");
    oat_answer_bad_parameter(&answer, &error);
    assert_int_equal(answer.status, 400);
    assert_string_equal(answer.content_type, OAT_CONTENT_JSON);

    json_t *body = json_loadb(answer.body.bytes, answer.body.len, 0, NULL);
    const char *code, *message, *parameter, *request_id;
    assert_non_null(body);
    assert_int_equal(json_unpack(body, "{s:{s:s,s:s,s:s,s:s!}!}", "error", "code", &code, "message", &message,
                                 "parameter", &parameter, "request_id", &request_id),
                     0);
    assert_string_equal(code, "bad_parameter");
    assert_string_equal(message, "limit: expected a \"number\"\n");
    assert_string_equal(parameter, "limit");
    assert_string_equal(request_id, "00000000000000ab");
    json_decref(body);
    oat_json_free(&answer.body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_of_this_machine_are_ours_on_any_port),
        cmocka_unit_test(other_hosts_are_foreign),
        cmocka_unit_test(smuggled_requests_are_refused),
        cmocka_unit_test(headers_that_decide_stand_there_once),
        cmocka_unit_test(names_that_were_allowed_are_ours),
        cmocka_unit_test(a_number_is_ours_when_we_listen_on_all_addresses),
        cmocka_unit_test(pages_of_other_sites_change_nothing),
        cmocka_unit_test(announced_bodies_are_told_of),
        cmocka_unit_test(errors_have_the_form_of_the_documentation),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
