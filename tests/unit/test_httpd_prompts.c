/* Prompts over the API: versions, labels, splits, picks, comparisons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "httpd/prompt_body.h"
#include "httpd/prompt_pick.h"
#include "tests/support/run_ask.h"
#include "tests/support/run_writer.h"

#define MS_NS  UINT64_C(1000000)
#define NOW_NS UINT64_C(1700000000000000000)

static int number_of(const json_t *object, const char *name)
{
    return (int)json_integer_value(json_object_get(object, name));
}

/* Posts a version; the number it got. */
static int post(const struct oat_run_writer *w, const char *body, int status)
{
    json_t *answer = oat_run_ask(w->dir, "POST", "/prompts/greet", NULL, body, status);
    int number = number_of(answer, "version");
    json_decref(answer);
    return number;
}

static void versions_are_numbered_and_never_change(void **state)
{
    struct oat_run_writer *w = *state;
    assert_int_equal(post(w, "{\"template\": \"Hello {{name}}\", \"labels\": [\"production\"]}", 201), 1);
    assert_int_equal(
        post(w, "{\"template\": \"Hi {{ name }}, {{day}}\", \"model_settings\": {\"t\": 0.10}}", 201), 2);
    assert_int_equal(
        post(w, "{ \"model_settings\": {\"t\": 0.10},\"template\":\"Hi {{ name }}, {{day}}\"}", 200), 2);
    json_t *answer = oat_run_get(w->dir, "/prompts/greet", NULL);
    assert_int_equal(number_of(answer, "version"), 2);
    assert_string_equal(json_string_value(json_object_get(answer, "template")), "Hi {{ name }}, {{day}}");
    char *variables = json_dumps(json_object_get(answer, "variables"), JSON_COMPACT);
    assert_string_equal(variables, "[\"name\",\"day\"]");
    free(variables);
    assert_int_equal(json_array_size(json_object_get(answer, "versions")), 2);
    json_decref(answer);
    answer = oat_run_get(w->dir, "/prompts/greet", "label=production");
    assert_int_equal(number_of(answer, "version"), 1);
    json_decref(answer);
    answer = oat_run_get(w->dir, "/prompts/greet", "version=1");
    assert_true(json_is_null(json_object_get(answer, "model_settings")));
    json_decref(answer);
    json_decref(oat_run_ask(w->dir, "GET", "/prompts/greet", "version=3", NULL, 404));
    json_decref(oat_run_ask(w->dir, "GET", "/prompts/greet", "label=test", NULL, 404));
    json_decref(oat_run_ask(w->dir, "GET", "/prompts/greet", "version=x", NULL, 400));
    json_decref(oat_run_ask(w->dir, "GET", "/prompts/greet", "version=1&label=production", NULL, 400));
    json_decref(oat_run_ask(w->dir, "GET", "/prompts/other", NULL, NULL, 404));
}

static void labels_move(void **state)
{
    struct oat_run_writer *w = *state;
    post(w, "{\"template\": \"a\", \"labels\": [\"live\"]}", 201);
    post(w, "{\"template\": \"b\"}", 201);
    json_t *answer = oat_run_ask(w->dir, "PUT", "/prompts/greet/labels/live", NULL, "{\"version\": 2}", 200);
    assert_int_equal(number_of(answer, "version"), 2);
    json_decref(answer);
    answer = oat_run_get(w->dir, "/prompts/greet", "label=live");
    assert_int_equal(number_of(answer, "version"), 2);
    json_decref(answer);
    json_decref(oat_run_ask(w->dir, "PUT", "/prompts/greet/labels/live", NULL, "{\"version\": 3}", 404));
    json_decref(oat_run_ask(w->dir, "PUT", "/prompts/greet/labels/live", NULL, "{}", 400));
    json_decref(oat_run_ask(w->dir, "PUT", "/prompts/other/labels/live", NULL, "{\"version\": 1}", 404));
    json_decref(oat_run_ask(w->dir, "PUT", "/prompts/greet/labels/%E2%80%AE", NULL, "{\"version\": 1}", 400));
}

static void the_list_has_a_row_for_each_name(void **state)
{
    struct oat_run_writer *w = *state;
    char path[32];
    for (int i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "/prompts/p%d", i);
        json_decref(oat_run_ask(w->dir, "POST", path, NULL, "{\"template\": \"x\"}", 201));
        json_decref(oat_run_ask(w->dir, "POST", path, NULL, "{\"template\": \"y\"}", 201));
    }
    json_t *answer = oat_run_get(w->dir, "/prompts", "limit=3");
    assert_int_equal(number_of(answer, "total"), 5);
    assert_int_equal(json_array_size(json_object_get(answer, "prompts")), 3);
    assert_int_equal(number_of(json_array_get(json_object_get(answer, "prompts"), 0), "latest_version"), 2);
    assert_string_equal(json_string_value(json_object_get(answer, "next_cursor")), "p2");
    json_decref(answer);
    answer = oat_run_get(w->dir, "/prompts", "limit=3&cursor=p2");
    assert_int_equal(json_array_size(json_object_get(answer, "prompts")), 2);
    assert_true(json_is_null(json_object_get(answer, "next_cursor")));
    json_decref(answer);
    answer = oat_run_get(w->dir, "/prompts", "offset=4");
    assert_int_equal(json_array_size(json_object_get(answer, "prompts")), 1);
    json_decref(answer);
    answer = oat_run_get("/nonexistent", "/prompts", NULL);
    assert_int_equal(number_of(answer, "total"), 0);
    json_decref(answer);
    json_decref(oat_run_ask("/nonexistent", "POST", "/prompts/x", NULL, "{\"template\": \"x\"}", 404));
}

static void bodies_that_are_no_prompts_are_refused(void **state)
{
    struct oat_run_writer *w = *state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"template\": 7}",
        "{\"template\": NaN}",
        "{\"template\": \"x\", \"modell\": {}}",
        "{\"template\": \"x\", \"variables\": \"y\"}",
        "{\"template\": \"x\", \"variables\": [1]}",
        "{\"template\": \"x\", \"model_settings\": []}",
        "{\"template\": \"x\", \"model_settings\": {\"a\": 1, \"a\": 2}}",
        "{\"template\": \"x\", \"labels\": [\"\"]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        json_decref(oat_run_ask(w->dir, "POST", "/prompts/greet", NULL, bad[i], 400));
    char deep[512] = "{\"template\": ";
    memset(deep + strlen(deep), '[', 100);
    memset(deep + strlen(deep), ']', 100);
    strcat(deep, "}");
    json_decref(oat_run_ask(w->dir, "POST", "/prompts/greet", NULL, deep, 400));
    json_decref(oat_run_ask(w->dir, "GET", "/prompts/greet", NULL, NULL, 404));
}

/* Canonical texts of a body. */
static void assert_canonical(const char *body, const char *expected)
{
    struct oat_prompt_body read;
    struct oat_answer answer = {0};
    assert_true(oat_prompt_body_read(body, strlen(body), &read, &answer));
    assert_int_equal(read.canonical.len, strlen(expected));
    assert_memory_equal(read.canonical.bytes, expected, read.canonical.len);
    oat_prompt_body_free(&read);
}

static void what_says_the_same_has_one_canonical_form(void **state)
{
    (void)state;
    assert_canonical("{\"variables\": [], \"template\": \"A\\u0042\"}",
                     "{\"template\":\"AB\",\"variables\":[]}");
    assert_canonical("{\"template\":[{\"role\":\"user\", \"content\":\"{{x}} {{ x }} {{y z}} {{}}\"}],"
                     "\"model_settings\":{\"b\":[1, 2.50],\"a\":null}}",
                     "{\"model_settings\":{\"a\":null,\"b\":[1,2.50]},"
                     "\"template\":[{\"content\":\"{{x}} {{ x }} {{y z}} {{}}\",\"role\":\"user\"}],"
                     "\"variables\":[\"x\"]}");
}

static void keys_are_split_by_weight_and_stay(void **state)
{
    (void)state;
    struct oat_prompts prompts = {0};
    unsigned counts[3] = {0}, moved = 0;
    size_t before[3000], index;
    const char *why;
    const struct oat_prompt_version version = {.name = {"greet", 5}, .body = {"{}", 2}};
    for (int i = 0; i < 3; i++)
        assert_int_equal(oat_prompts_add(&prompts, &version, &index), OAT_OK);
    assert_int_equal(oat_prompt_pick(&prompts, 0, 3, (oat_text){"k", 1}, &why), 2);
    assert_string_equal(why, "latest");
    assert_int_equal(oat_prompts_set_label(&prompts, (oat_text){"production", 10}, 1, 0), OAT_OK);
    assert_int_equal(oat_prompt_pick(&prompts, 0, 3, (oat_text){"k", 1}, &why), 1);
    assert_string_equal(why, "label");
    prompts.versions[0].weight = 1;
    prompts.versions[1].weight = 3;
    for (unsigned i = 0; i < 3000; i++) {
        char key[16];
        int len = snprintf(key, sizeof key, "user-%u", i);
        before[i] = oat_prompt_pick(&prompts, 0, 3, (oat_text){key, (size_t)len}, &why);
        counts[before[i]]++;
        assert_int_equal(oat_prompt_pick(&prompts, 0, 3, (oat_text){key, (size_t)len}, &why), before[i]);
    }
    assert_in_range(counts[0], 650, 850);
    assert_in_range(counts[1], 2150, 2350);
    prompts.versions[2].weight = 4; /* half of all */
    for (unsigned i = 0; i < 3000; i++) {
        char key[16];
        int len = snprintf(key, sizeof key, "user-%u", i);
        size_t now = oat_prompt_pick(&prompts, 0, 3, (oat_text){key, (size_t)len}, &why);
        assert_true(now == before[i] || now == 2); /* none moves between the others */
        moved += now == 2;
    }
    assert_in_range(moved, 1400, 1600);
    oat_prompts_clear(&prompts);
}

static void a_split_is_picked_from(void **state)
{
    struct oat_run_writer *w = *state;
    post(w, "{\"template\": \"a\"}", 201);
    post(w, "{\"template\": \"b\"}", 201);
    json_decref(oat_run_ask(w->dir, "PUT", "/prompts/greet/split", NULL, "{\"1\": 100, \"2\": 0}", 200));
    json_t *answer = oat_run_get(w->dir, "/prompts/greet/pick", "key=user-7");
    assert_int_equal(number_of(answer, "version"), 1);
    assert_string_equal(json_string_value(json_object_get(answer, "picked_by")), "split");
    json_decref(answer);
    json_decref(oat_run_ask(w->dir, "PUT", "/prompts/greet/split", NULL, "{}", 200));
    answer = oat_run_get(w->dir, "/prompts/greet/pick", "key=user-7");
    assert_string_equal(json_string_value(json_object_get(answer, "picked_by")), "latest");
    json_decref(answer);
    json_decref(oat_run_ask(w->dir, "PUT", "/prompts/greet/split", NULL, "{\"3\": 1}", 404));
    json_decref(oat_run_ask(w->dir, "PUT", "/prompts/greet/split", NULL, "{\"1\": -1}", 400));
    json_decref(oat_run_ask(w->dir, "PUT", "/prompts/greet/split", NULL, "{\"x\": 1}", 400));
    json_decref(oat_run_ask(w->dir, "GET", "/prompts/greet/pick", NULL, NULL, 400));
}

/* ---- Comparing ------------------------------------------------------------------------------------- */

/* A call of a version, with a score of 0 or 1. */
static void call(struct oat_run_writer *w, uint32_t version, unsigned number, int64_t cost_nano, bool fails,
                 double value)
{
    const oat_span_options options = {.start_ns = NOW_NS + number * MS_NS, .new_trace = true};
    oat_span *span = oat_span_start_with(w->tracer, OAT_LLM, "call", &options);
    oat_span_context context = oat_span_get_context(span);
    oat_score score = {
        .name = "quality", .has_value = true, .value = value, .target_start_ns = options.start_ns};
    memcpy(score.trace_id, context.trace_id, sizeof score.trace_id);
    memcpy(score.span_id, context.span_id, sizeof score.span_id);
    oat_span_set_text(span, OAT_TEXT_PROMPT_NAME, "greet", OAT_NUL);
    oat_span_set_prompt_version(span, version);
    oat_span_set_cost(span, cost_nano, -1, -1, OAT_COST_REPORTED);
    oat_span_set_count(span, OAT_COUNT_INPUT, 100 + number % 3);
    if (fails)
        oat_span_set_error(span, "no", OAT_NUL);
    oat_span_end_at(span, options.start_ns + (10 + number % 5) * MS_NS);
    assert_int_equal(oat_score_add(w->tracer, &score), OAT_OK);
}

static const json_t *metric(const json_t *answer, const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(answer, "metrics"), i,
                       one) if (strcmp(json_string_value(json_object_get(one, "metric")), name) ==
                                0) return one;
    fail_msg("no metric %s", name);
    return NULL;
}

static bool flag(const json_t *answer, const char *name, const char *member)
{
    return json_is_true(json_object_get(metric(answer, name), member));
}

static void versions_are_compared_by_their_calls(void **state)
{
    struct oat_run_writer *w = *state;
    post(w, "{\"template\": \"a\"}", 201);
    post(w, "{\"template\": \"b\"}", 201);
    for (unsigned i = 0; i < 40; i++) {
        call(w, 1, i, 1000000 + 1000 * (i % 7), i % 20 == 0, i % 2);
        call(w, 2, i, 2000000 + 1000 * (i % 7), i % 2 == 0, 1);
    }
    json_t *answer = oat_run_get(w->dir, "/prompts/greet/compare", "a=1&b=2&from=2023-01-01&score=quality");
    assert_int_equal(number_of(json_object_get(answer, "a"), "calls"), 40);
    assert_true(flag(answer, "cost", "significant"));
    assert_true(flag(answer, "error_rate", "significant"));
    assert_true(flag(answer, "score", "significant"));
    assert_true(flag(answer, "latency", "enough_data") && !flag(answer, "latency", "significant"));
    assert_false(flag(answer, "tokens", "significant"));
    const json_t *cost = metric(answer, "cost");
    assert_string_equal(json_string_value(json_object_get(cost, "test")), "Welch's t-test");
    assert_float_equal(json_number_value(json_object_get(cost, "difference")), 0.001, 1e-6);
    json_decref(answer);
    answer = oat_run_get(w->dir, "/prompts/greet/compare", "a=1&b=2&from=2023-01-01&score=other");
    assert_false(flag(answer, "score", "enough_data"));
    json_decref(answer);
    answer = oat_run_get(w->dir, "/prompts/greet/compare", "a=1&b=2"); /* of the last days: none */
    assert_false(flag(answer, "cost", "enough_data"));
    assert_true(json_is_null(json_object_get(metric(answer, "cost"), "p_value")));
    json_decref(answer);
    json_decref(oat_run_ask(w->dir, "GET", "/prompts/greet/compare", "a=1", NULL, 400));
    json_decref(oat_run_ask(w->dir, "GET", "/prompts/greet/compare", "a=1&b=9", NULL, 404));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(versions_are_numbered_and_never_change),
        OAT_WRITER_TEST(labels_move),
        OAT_WRITER_TEST(the_list_has_a_row_for_each_name),
        OAT_WRITER_TEST(bodies_that_are_no_prompts_are_refused),
        cmocka_unit_test(what_says_the_same_has_one_canonical_form),
        cmocka_unit_test(keys_are_split_by_weight_and_stay),
        OAT_WRITER_TEST(a_split_is_picked_from),
        OAT_WRITER_TEST(versions_are_compared_by_their_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
