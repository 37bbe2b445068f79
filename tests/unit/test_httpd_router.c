/* From a request to an answer, without a socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/router.h"
#include "tests/support/store_maker.h"

static const struct oat_view no_store = {.dir = "/nowhere"};

/* Answers a request to an empty store; the caller frees body. */
static struct oat_answer ask(const char *method, const char *path, const char *query)
{
    struct oat_answer answer = {.request_id = "0123456789abcdef"};
    oat_dispatch(&no_store, method, path, query, &answer);
    return answer;
}

static void assert_answer(const char *method, const char *path, const char *query, int status,
                          const char *code)
{
    struct oat_answer answer = ask(method, path, query);
    if (answer.status != status)
        fail_msg("%s %s: %d, not %d", method, path, answer.status, status);
    if (code) {
        json_t *body = json_loadb(answer.body.bytes, answer.body.len, 0, NULL);
        const char *found = json_string_value(json_object_get(json_object_get(body, "error"), "code"));
        assert_non_null(found);
        assert_string_equal(found, code);
        json_decref(body);
    }
    oat_json_free(&answer.body);
}

static void paths_match_whole_segments(void **state)
{
    (void)state;
    const char *id;
    size_t len;
    assert_true(oat_path_matches("/traces", "/traces", &id, &len));
    assert_null(id);
    assert_true(oat_path_matches("/traces/{id}", "/traces/ab%2Fc", &id, &len));
    assert_int_equal(len, 6);
    assert_memory_equal(id, "ab%2Fc", 6);
    assert_true(oat_path_matches("/traces/{id}/feedback", "/traces/x/feedback", &id, &len));
    assert_int_equal(len, 1);
    static const char *const others[] = {"/traces/",   "/traces", "/traces/x/", "/traces/x/y", "/spans/x",
                                         "/tracesx/y", ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(oat_path_matches("/traces/{id}", others[i], &id, &len));
    assert_false(oat_path_matches("/", "", &id, &len));
}

static void an_absent_store_is_an_empty_one(void **state)
{
    (void)state;
    struct oat_answer answer = ask("GET", "/traces", NULL);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body.len,
                     strlen("{\"traces\":[],\"total\":0,\"total_is\":\"exact\",\"next_cursor\":null}"));
    oat_json_free(&answer.body);
    assert_answer("GET", "/health", "", 200, NULL);
    assert_answer("GET", "/", NULL, 200, NULL);
    assert_answer("HEAD", "/", NULL, 200, NULL);
    assert_answer("GET", "/traces/0123456789abcdef0123456789abcdef", NULL, 404, "not_found");
}

static void what_is_wrong_has_a_code(void **state)
{
    (void)state;
    assert_answer("GET", "/nothing", NULL, 404, "not_found");
    assert_answer("POST", "/traces", NULL, 405, "method_not_allowed");
    assert_answer("POST", "/nothing", NULL, 404, "not_found");
    assert_answer("GET", "/traces", "limit=0", 400, "bad_parameter");
    assert_answer("GET", "/traces", "sort=start", 400, "bad_parameter");
    assert_answer("GET", "/traces", "cursor=%20", 400, "bad_parameter");
    assert_answer("GET", "/health", "x", 400, "bad_parameter");
    assert_answer("GET", "/traces/%zz", NULL, 400, "bad_path");
    assert_answer("GET", "/spans/0123456789abcdef", NULL, 400, "bad_parameter");
}

static void hostile_paths_come_back_escaped(void **state)
{
    (void)state;
    struct oat_answer answer = ask("GET", "/\x1b[31m\"<script>\n", NULL);
    assert_int_equal(answer.status, 404);
    assert_null(memchr(answer.body.bytes, '\x1b', answer.body.len));
    assert_null(memchr(answer.body.bytes, '\n', answer.body.len));
    json_t *body = json_loadb(answer.body.bytes, answer.body.len, 0, NULL);
    assert_non_null(body);
    json_decref(body);
    oat_json_free(&answer.body);
}

static void a_405_says_what_is_allowed(void **state)
{
    (void)state;
    struct oat_answer answer = ask("DELETE", "/traces/x", NULL);
    assert_string_equal(answer.allow, "GET, HEAD");
    oat_json_free(&answer.body);
}

static void a_store_is_seen_when_it_appears(void **state)
{
    (void)state;
    struct oat_maker maker;
    oat_maker_open(&maker);
    char missing[200];
    snprintf(missing, sizeof missing, "%s/later", maker.dir);

    struct oat_view view = {.dir = missing};
    assert_int_equal(oat_view_refresh(&view), OAT_OK);
    assert_null(view.snapshot);
    assert_int_equal(oat_view_trace_count(&view), 0);

    oat_config config;
    oat_tracer *tracer;
    oat_config_init(&config);
    config.data_dir = missing;
    assert_int_equal(oat_tracer_open(&config, &tracer), OAT_OK);
    oat_span_end(oat_span_start(tracer, OAT_AGENT, "a"));
    assert_int_equal(oat_view_refresh(&view), OAT_OK);
    assert_int_equal(oat_view_trace_count(&view), 1);

    /* Young snapshots are kept, old ones replaced. */
    oat_span_end(oat_span_start(tracer, OAT_AGENT, "b"));
    view.taken_ns -= (OAT_VIEW_AGE_MS + 1) * UINT64_C(1000000);
    assert_int_equal(oat_view_refresh(&view), OAT_OK);
    assert_int_equal(oat_view_trace_count(&view), 2);
    oat_tracer_close(tracer);
    oat_view_close(&view);
    oat_maker_remove(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_match_whole_segments), cmocka_unit_test(an_absent_store_is_an_empty_one),
        cmocka_unit_test(what_is_wrong_has_a_code),   cmocka_unit_test(hostile_paths_come_back_escaped),
        cmocka_unit_test(a_405_says_what_is_allowed), cmocka_unit_test(a_store_is_seen_when_it_appears),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
