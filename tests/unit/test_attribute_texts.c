/* Attributes of compacted spans, which are written by code, are shown as those of hot ones, which are written
 * span by span. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/span_json.h"
#include "tests/support/compact.h"
#include "tests/support/nth.h"
#include "tests/support/store_maker.h"

#define SPANS     40
#define LONG_TEXT 6000 /* of each span its own: more in all than what is kept of texts */

static struct oat_maker maker;
static oat_tracer *tracer;
static oat_span *root;

static int set_up(void **state)
{
    (void)state;
    oat_config config;
    oat_maker_open(&maker);
    oat_config_init(&config);
    config.data_dir = maker.dir;
    config.service = config.environment = NULL;
    config.open_after_ms = 3600000; /* no span of a test is announced */
    if (oat_tracer_open(&config, &tracer) != OAT_OK)
        return -1;
    root = oat_span_start(tracer, OAT_AGENT, "root");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    oat_maker_remove(&maker);
    return 0;
}

/* The spans of the only trace, as they are shown. */
static json_t *shown_spans(void)
{
    struct oat_json json = {0};
    oat_store *store;
    oat_snapshot *snapshot;
    oat_trace *trace;
    assert_int_equal(oat_store_open(maker.dir, &store), OAT_OK);
    assert_int_equal(oat_snapshot_take(store, &snapshot), OAT_OK);
    assert_int_equal(oat_nth_count(snapshot), 1);
    assert_int_equal(oat_nth_open(snapshot, 0, &trace), OAT_OK);
    assert_int_equal(oat_json_trace(&json, snapshot, trace, OAT_JSON_PREVIEWS), OAT_OK);
    json_t *shown = json_loadb(json.bytes, json.len, JSON_ALLOW_NUL, NULL);
    assert_non_null(shown);
    json_t *spans = json_incref(json_object_get(shown, "spans"));
    assert_int_equal(json_array_size(spans), SPANS + 1);
    json_decref(shown);
    oat_json_free(&json);
    oat_trace_close(trace);
    oat_snapshot_free(snapshot);
    oat_store_close(store);
    return spans;
}

/* Ends the trace and compacts it: each span has the same attributes, with the same text, as before. Returns
 * the spans. */
static json_t *assert_shown_alike(void)
{
    struct oat_compact compact = {0};
    oat_span_end(root);
    oat_tracer_close(tracer);
    json_t *hot = shown_spans();
    oat_compact(&compact, maker.dir);
    json_t *compacted = shown_spans();
    for (size_t i = 0; i <= SPANS; i++) {
        const json_t *spans[] = {json_array_get(hot, i), json_array_get(compacted, i)};
        char *text[2];
        for (int n = 0; n < 2; n++)
            text[n] = json_dumps(json_object_get(spans[n], "attributes"), JSON_COMPACT);
        assert_string_equal(text[0], text[1]);
        assert_string_equal(json_string_value(json_object_get(spans[0], "span_id")),
                            json_string_value(json_object_get(spans[1], "span_id")));
        free(text[0]);
        free(text[1]);
    }
    json_decref(hot);
    return compacted;
}

static oat_span *start_child(const char *name)
{
    return oat_span_start(tracer, OAT_TOOL, name);
}

static void of_any_kind(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, 255, 10};
    const oat_value array[] = {{.type = OAT_VALUE_INT, .u.integer = -7}, {.type = OAT_VALUE_NULL}};
    const oat_attr map[] = {{"in \"it\"", OAT_NUL, {.type = OAT_VALUE_BOOL, .u.boolean = true}}};
    const oat_value values[] = {
        {.type = OAT_VALUE_STRING, .len = OAT_NUL, .u.string = "line\nand \"quote\" \x01 \xff"},
        {.type = OAT_VALUE_STRING, .len = 0, .u.string = ""},
        {.type = OAT_VALUE_DOUBLE, .u.real = 0.1},
        {.type = OAT_VALUE_BYTES, .len = sizeof bytes, .u.bytes = bytes},
        {.type = OAT_VALUE_ARRAY, .len = 2, .u.array = array},
        {.type = OAT_VALUE_MAP, .len = 1, .u.map = map},
        {.type = OAT_VALUE_NULL},
    };
    for (int i = 0; i < SPANS; i++) {
        oat_span *span = start_child("call");
        for (size_t n = 0; n < sizeof values / sizeof *values; n++) {
            char key[40];
            snprintf(key, sizeof key, "key \"%zu\"", n);
            if ((i >> n & 1) == 0)
                oat_span_set_attr(span, key, OAT_NUL, &values[n]);
        }
        oat_span_set_attr_int(span, "number", i / 3);
        oat_span_end(span);
    }
    json_decref(assert_shown_alike());
}

static void more_texts_than_are_kept(void **state)
{
    (void)state;
    char *text = calloc(LONG_TEXT + 1, 1);
    assert_non_null(text);
    for (int i = 0; i < SPANS; i++) {
        oat_span *span = start_child("call");
        memset(text, 'a' + i % 26, LONG_TEXT - (size_t)i);
        oat_span_set_attr_string(span, "shared", "by all");
        oat_span_set_attr_string(span, "own", text);
        oat_span_end(span);
    }
    free(text);
    json_decref(assert_shown_alike());
}

static void of_some_spans_alone_and_more_than_a_row_keeps(void **state)
{
    (void)state;
    for (int i = 0; i < SPANS; i++) {
        oat_span *span = start_child("call");
        for (int n = 0; n < i * (i % 2); n++) {
            char key[20];
            snprintf(key, sizeof key, "key%d", n);
            oat_span_set_attr_int(span, key, n % 5);
        }
        oat_span_end(span);
    }
    json_decref(assert_shown_alike());
}

/* What says something of the span itself is not among its attributes, wherever it stands. */
static void without_what_they_say_of_the_span(void **state)
{
    (void)state;
    for (int i = 0; i < SPANS; i++) {
        oat_span *span = start_child("short");
        oat_span_set_attr_string(span, "plain", "a");
        if (i % 3 == 0)
            oat_span_set_attr_string(span, "oat.name", "given");
        if (i % 2 == 0)
            oat_span_set_attr_int(span, "oat.user", 3); /* no text: an attribute like any other */
        oat_span_end(span);
    }
    json_t *spans = assert_shown_alike();
    size_t given = 0;
    for (size_t i = 0; i <= SPANS; i++) {
        const json_t *span = json_array_get(spans, i);
        assert_null(json_object_get(json_object_get(span, "attributes"), "oat.name"));
        given += strcmp(json_string_value(json_object_get(span, "name")), "given") == 0;
    }
    assert_int_equal(given, (SPANS + 2) / 3);
    json_decref(spans);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(of_any_kind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_texts_than_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_some_spans_alone_and_more_than_a_row_keeps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_what_they_say_of_the_span, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
