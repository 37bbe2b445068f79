/* Forgetting beside a living writer: what its files hold is found and named, also what no span shows. */
#include "tests/support/blob_fixture.h"
#include "tests/support/compact_store.h"
#include "tests/support/run_dir.h"
#include "tests/support/unit.h"

#include "reader/text_match.h"

#include <stdio.h>
#include <stdlib.h>

#define SECRET "a tangerine of 7f3Q"
#define SMALL  "{\"key\":\"" SECRET "\"}"

static oat_tracer *open_tracer(const struct oat_compact_fixture *f)
{
    oat_config config;
    oat_tracer *tracer;
    oat_config_init(&config);
    config.data_dir = f->maker.dir;
    assert_int_equal(oat_tracer_open(&config, &tracer), OAT_OK);
    return tracer;
}

static oat_span *start_with_input(oat_tracer *tracer, const char *input)
{
    oat_span *span = oat_span_start(tracer, OAT_LLM, "call");
    oat_span_set_input(span, input, strlen(input), "application/json");
    return span;
}

/* Forgets the secret. */
static struct oat_forget forget(struct oat_compact_fixture *f)
{
    struct oat_text_match *match;
    assert_int_equal(oat_text_match_create(SECRET, strlen(SECRET), &match), OAT_OK);
    struct oat_forget forget = {.match = match};
    f->options.forget = &forget;
    oat_compact_fixture_do(f);
    oat_text_match_free(match);
    forget.match = NULL;
    return forget;
}

static void assert_held_by(struct oat_compact_fixture *f, size_t pairs)
{
    struct oat_forget again = {0};
    f->options.forget = &again;
    oat_compact_fixture_do(f);
    assert_int_equal(again.held_count, pairs);
    free(again.held);
}

/* One content of one payload is found; the writer's file is named, until it has ended. */
static void assert_found_until_the_end(struct oat_compact_fixture *f, oat_tracer *tracer, oat_span *span)
{
    struct oat_forget found = forget(f);
    assert_int_equal(found.contents, 1);
    assert_int_equal(found.payloads, 1);
    assert_int_equal(found.texts, 0);
    assert_int_equal(found.held_count, 1);
    assert_true(found.held[0].alive);
    free(found.held);
    oat_span_end(span);
    assert_held_by(f, 1);
    oat_tracer_close(tracer);
    assert_held_by(f, 0);
    assert_int_equal(oat_compact_fixture_pairs_left(f), 0);
}

static void the_input_of_a_running_span_is_found(void **state)
{
    struct oat_compact_fixture *f = *state;
    oat_tracer *tracer = open_tracer(f);
    assert_found_until_the_end(f, tracer, start_with_input(tracer, SMALL));
}

static void an_input_that_was_set_again_is_found(void **state)
{
    struct oat_compact_fixture *f = *state;
    oat_tracer *tracer = open_tracer(f);
    oat_span *span = start_with_input(tracer, SMALL);
    oat_span_set_input(span, "{}", 2, "application/json");
    assert_found_until_the_end(f, tracer, span);
}

static void a_message_of_a_running_call_is_found_and_no_other(void **state)
{
    struct oat_compact_fixture *f = *state;
    struct oat_test_text text = {0};
    uint64_t seed = 1;
    oat_tracer *tracer = open_tracer(f);
    oat_test_text_add(&text, "{\"messages\":[");
    for (size_t turn = 0; turn < 20; turn++) {
        oat_test_text_add_message(&text, &seed, turn);
        oat_test_text_add(&text, ", ");
    }
    oat_test_text_add(&text, SMALL "]}");
    assert_found_until_the_end(f, tracer, start_with_input(tracer, text.v));
    free(text.v);
}

static void a_payload_that_a_span_shows_counts_once(void **state)
{
    struct oat_compact_fixture *f = *state;
    oat_tracer *tracer = open_tracer(f);
    oat_span *span = start_with_input(tracer, SMALL);
    oat_span_set_attr_string(span, "note", SECRET);
    oat_span_end(span);
    struct oat_forget found = forget(f);
    assert_int_equal(found.contents, 2);
    assert_int_equal(found.payloads, 1);
    assert_int_equal(found.texts, 1);
    assert_int_equal(found.held_count, 1);
    free(found.held);
    oat_tracer_close(tracer);
}

static void what_is_forgotten_is_named_when_a_running_call_quotes_it_again(void **state)
{
    struct oat_compact_fixture *f = *state;
    oat_tracer *first = open_tracer(f);
    oat_span_end(start_with_input(first, SMALL));
    oat_tracer_close(first);
    struct oat_forget found = forget(f);
    assert_int_equal(found.contents, 1);
    assert_int_equal(found.held_count, 0);
    oat_tracer *second = open_tracer(f);
    oat_span *span = start_with_input(second, SMALL);
    found = forget(f);
    assert_int_equal(found.contents, 0);
    assert_int_equal(found.held_count, 1);
    free(found.held);
    oat_span_end(span);
    oat_tracer_close(second);
}

#define TEST(name)                                                                                           \
    cmocka_unit_test_setup_teardown(name, oat_compact_fixture_set_up, oat_compact_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_input_of_a_running_span_is_found),
        TEST(an_input_that_was_set_again_is_found),
        TEST(a_message_of_a_running_call_is_found_and_no_other),
        TEST(a_payload_that_a_span_shows_counts_once),
        TEST(what_is_forgotten_is_named_when_a_running_call_quotes_it_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
