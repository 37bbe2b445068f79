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

#include "httpd/handle_ui.h"
#include "httpd/router.h"
#include "httpd/view.h"
#include "tests/support/run_ask.h"
#include "tests/support/run_writer.h"

static const struct oat_lease no_store;

/* The caller frees the answer's body. */
static struct oat_answer send_request(const struct oat_lease *lease, const char *method, const char *path,
                                      const char *query, const char *body)
{
    static struct oat_project project = {.name = "default"};
    return oat_run_request(&project, lease, method, path, query, body);
}

static struct oat_answer ask(const char *method, const char *path, const char *query)
{
    return send_request(&no_store, method, path, query, NULL);
}

/* Frees the answer. */
static void assert_is(struct oat_answer answer, const char *method, const char *path, int status,
                      const char *code)
{
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

static void assert_answer(const char *method, const char *path, const char *query, int status,
                          const char *code)
{
    assert_is(ask(method, path, query), method, path, status, code);
}

static void paths_match_whole_segments(void **state)
{
    (void)state;
    struct oat_path_texts found;
    assert_true(oat_path_matches("/traces", "/traces", &found));
    assert_int_equal(found.count, 0);
    assert_true(oat_path_matches("/traces/{id}", "/traces/ab%2Fc", &found));
    assert_int_equal(found.lens[0], 6);
    assert_memory_equal(found.texts[0], "ab%2Fc", 6);
    assert_true(oat_path_matches("/traces/{id}/feedback", "/traces/x/feedback", &found));
    assert_int_equal(found.lens[0], 1);
    assert_true(oat_path_matches("/prompts/{id}/labels/{label}", "/prompts/greet/labels/live", &found));
    assert_int_equal(found.count, 2);
    assert_memory_equal(found.texts[1], "live", 5);
    static const char *const others[] = {"/traces/",   "/traces", "/traces/x/", "/traces/x/y", "/spans/x",
                                         "/tracesx/y", ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(oat_path_matches("/traces/{id}", others[i], &found));
    assert_false(oat_path_matches("/prompts/{id}/labels/{label}", "/prompts/greet/labels/", &found));
    assert_true(oat_path_matches("/ui/{path}", "/ui/a/b.js", &found));
    assert_int_equal(found.lens[0], strlen("a/b.js"));
    assert_true(oat_path_matches("/ui/{path}", "/ui/", &found));
    assert_false(oat_path_matches("/ui/{path}", "/ui", &found));
    assert_false(oat_path_matches("/", "", &found));
}

static void an_absent_store_is_an_empty_one(void **state)
{
    (void)state;
    struct oat_answer answer = ask("GET", "/traces", NULL);
    assert_int_equal(answer.status, 200);
    static const char empty[] =
        "{\"traces\":[],\"total\":0,\"total_is\":\"exact\",\"next_cursor\":null,\"partial\":false}";
    assert_int_equal(answer.body.len, strlen(empty));
    assert_memory_equal(answer.body.bytes, empty, answer.body.len);
    oat_json_free(&answer.body);
    static const char *const lists[] = {"/spans",         "/sessions",         "/traces/totals",
                                        "/traces/facets", "/traces/histogram", "/health"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        assert_answer("GET", lists[i], "", 200, NULL);
    assert_answer("GET", "/", NULL, oat_ui_is_built() ? 302 : 200, NULL);
    assert_answer("HEAD", "/", NULL, oat_ui_is_built() ? 302 : 200, NULL);
    assert_answer("GET", "/traces/0123456789abcdef0123456789abcdef", NULL, 404, "not_found");
}

static void what_is_wrong_has_a_code(void **state)
{
    (void)state;
    assert_answer("GET", "/nothing", NULL, 404, "not_found");
    assert_answer("POST", "/traces", NULL, 405, "method_not_allowed");
    assert_answer("POST", "/nothing", NULL, 404, "not_found");
    assert_answer("GET", "/traces", "limit=0", 400, "bad_parameter");
    assert_answer("GET", "/traces", "sort=age", 400, "bad_parameter");
    assert_answer("GET", "/traces", "from=yesterday", 400, "bad_parameter");
    assert_answer("GET", "/traces", "span_type=tol", 400, "bad_parameter");
    assert_answer("GET", "/traces", "q=type%20%3D", 400, "bad_filter");
    assert_answer("GET", "/traces", "q=type%20%3D&span_type=llm", 400, "bad_filter");
    assert_answer("GET", "/analytics/query", NULL, 405, "method_not_allowed");
    assert_answer("GET", "/traces", "cursor=%20", 400, "bad_parameter");
    assert_answer("GET", "/blobs/x", NULL, 400, "bad_id");
    assert_answer("GET", "/blobs/0123456789abcdef0123456789abcdef", NULL, 404, "not_found");
    assert_answer("GET", "/spans/0123456789abcdef/conversation", NULL, 404, "not_found");
    assert_answer("DELETE", "/traces/0123456789abcdef0123456789abcdef", NULL, 404, "not_found");
    assert_answer("GET", "/health", "x", 400, "bad_parameter");
    assert_answer("GET", "/traces/%zz", NULL, 400, "bad_path");
    assert_answer("GET", "/spans/0123456789abcdef", NULL, 404, "not_found");
    assert_answer("GET", "/spans/some%20span", NULL, 400, "bad_id");
    assert_answer("GET", "/spans", "status=odd", 400, "bad_parameter");
    assert_answer("GET", "/spans", "cursor=x", 400, "bad_parameter");
    assert_answer("GET", "/spans", "q=type%20%3D", 400, "bad_filter");
    assert_answer("GET", "/sessions", "sort=age", 400, "bad_parameter");
    assert_answer("GET", "/sessions/x", NULL, 404, "not_found");
    assert_answer("GET", "/traces/totals", "limit=1", 400, "bad_parameter");
    assert_answer("GET", "/traces/histogram", "buckets=1", 400, "bad_parameter");
    assert_answer("GET", "/traces/previews", "", 400, "bad_parameter");
    assert_answer("GET", "/traces/previews", "ids=0123456789abcdef0123456789abcdef", 404, "not_found");
    assert_answer("GET", "/traces/facets", "fields=a,b,c,d,e,f,g,h,i,j,k,l,m", 400, "bad_parameter");
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
    struct oat_answer answer = ask("POST", "/traces/x", NULL);
    assert_string_equal(answer.allow, "GET, HEAD, DELETE");
    oat_json_free(&answer.body);
    answer = ask("GET", "/analytics/query", NULL);
    assert_string_equal(answer.allow, "POST");
    oat_json_free(&answer.body);
}

static void only_routes_that_take_a_body_get_one(void **state)
{
    (void)state;
    struct oat_answer answer = send_request(&no_store, "GET", "/health", NULL, "{}");
    assert_true(answer.close);
    assert_is(answer, "GET", "/health", 400, "unexpected_body");
    assert_is(send_request(&no_store, "GET", "/health", NULL, ""), "GET", "/health", 400, "unexpected_body");

    static char huge[100000];
    memset(huge, ' ', sizeof huge - 1);
    assert_is(send_request(&no_store, "POST", "/analytics/query", NULL, huge), "POST", "(huge)", 413,
              "body_too_large");
}

static void assert_query(const struct oat_lease *lease, const char *body, int status, const char *code)
{
    assert_is(send_request(lease, "POST", "/analytics/query", NULL, body), "POST", body, status, code);
}

static void bad_queries_are_explained(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span_end(oat_span_start(w->tracer, OAT_LLM, "call"));
    struct oat_view *view;
    struct oat_lease lease;
    char why[OAT_PROBLEM_TEXT_SIZE];
    assert_int_equal(oat_view_open(w->dir, &view), OAT_OK);
    assert_int_equal(oat_view_lease(view, &lease, why), OAT_OK);

    static const struct {
        const char *body, *code;
    } bad[] = {
        {"", "bad_json"},
        {"{", "bad_json"},
        {"{} {}", "bad_json"},
        {"[]", "bad_parameter"},
        {"{\"filtr\": \"\"}", "bad_parameter"},
        {"{\"filter\": 7}", "bad_parameter"},
        {"{\"filter\": \"type =\"}", "bad_filter"},
        {"{\"from\": \"then\"}", "bad_parameter"},
        {"{\"from\": true}", "bad_parameter"},
        {"{\"from\": 200, \"to\": 100}", "bad_query"},
        {"{\"every\": \"1 fortnight\"}", "bad_parameter"},
        {"{\"group_by\": [1]}", "bad_parameter"},
        {"{\"group_by\": [\"nothing\"]}", "bad_query"},
        {"{\"aggregates\": \"median\"}", "bad_query"},
        {"{\"having\": \"count >\"}", "bad_query"},
        {"{\"sort\": [\"cost\"]}", "bad_query"},
        {"{\"limit\": 0}", "bad_parameter"},
        {"{\"limit\": \"5\"}", "bad_parameter"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_query(&lease, bad[i].body, 400, bad[i].code);
    assert_query(&lease, "{}", 200, NULL);
    assert_query(
        &lease,
        "{\"filter\": \"type = llm\", \"from\": \"-1h\", \"to\": null, \"group_by\": [\"span_type\"],"
        "\"aggregates\": [\"count\"], \"having\": \"count > 0\", \"sort\": \"-count\", \"limit\": 5}",
        200, NULL);
    assert_query(&no_store, "{}", 404, "no_store");
    oat_view_return(view, &lease);
    oat_view_close(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_match_whole_segments), cmocka_unit_test(an_absent_store_is_an_empty_one),
        cmocka_unit_test(what_is_wrong_has_a_code),   cmocka_unit_test(hostile_paths_come_back_escaped),
        cmocka_unit_test(a_405_says_what_is_allowed), cmocka_unit_test(only_routes_that_take_a_body_get_one),
        OAT_WRITER_TEST(bad_queries_are_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
