/* What becomes of alerts, and whether the book of them survives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "httpd/alert_book.h"
#include "httpd/alert_json.h"

#define SECOND UINT64_C(1000000000)
#define T0     (UINT64_C(1795305600) * SECOND)

static struct oat_alert_rules rules;
static struct oat_alert_book *book;

/* One rule named `dear`, of which this is the body. */
static void begin(const char *body)
{
    static const struct oat_options options = {.projects = {{.name = "default"}}, .project_count = 1};
    char yaml[600], error[600];
    snprintf(yaml, sizeof yaml,
             "webhooks: {ops: {url: 'http://x'}}\nalerts: {dear: {aggregate: sum:cost, webhook: ops, %s}}",
             body);
    oat_alert_book_free(book);
    oat_alert_rules_free(&rules);
    if (!oat_alert_rules_read_text(&options, "alerts.yaml", yaml, strlen(yaml), &rules, error, sizeof error))
        fail_msg("%s", error);
    book = oat_alert_book_new(&rules, "default");
    assert_non_null(book);
}

static int tear_down(void **state)
{
    (void)state;
    oat_alert_book_free(book);
    oat_alert_rules_free(&rules);
    return 0;
}

static struct oat_alert_row row(const char *group, double value)
{
    return (struct oat_alert_row){group, {true, value}};
}

/* Enters the value of the whole so many seconds after the beginning; its state then. */
static enum oat_alert_state at(unsigned seconds, double value)
{
    const struct oat_alert_row one = row("{}", value);
    const struct oat_alert_series *worst;
    assert_true(oat_alert_book_enter(book, &book->standings[0], &one, 1, T0 + seconds * SECOND));
    return oat_alert_standing_state(&book->standings[0], &worst);
}

static enum oat_alert_state nothing_at(unsigned seconds)
{
    const struct oat_alert_series *worst;
    assert_true(oat_alert_book_enter(book, &book->standings[0], NULL, 0, T0 + seconds * SECOND));
    return oat_alert_standing_state(&book->standings[0], &worst);
}

static size_t count_events(void)
{
    size_t count = 0;
    for (uint64_t id = 1; id < book->next_id; id++)
        count += oat_alert_book_event(book, id) != NULL;
    return count;
}

static void a_threshold_fires_when_it_is_passed_for_long_enough(void **state)
{
    (void)state;
    begin("above: 50, for: 60s");
    assert_int_equal(at(0, 50), OAT_ALERT_OK);
    assert_int_equal(at(10, 51), OAT_ALERT_PENDING);
    assert_int_equal(at(69, 51), OAT_ALERT_PENDING);
    assert_int_equal(at(70, 51), OAT_ALERT_FIRING);
    assert_int_equal(at(80, 50), OAT_ALERT_OK);
    assert_int_equal(count_events(), 3);
    const struct oat_alert_event *event = oat_alert_book_event(book, 2);
    assert_int_equal(event->from, OAT_ALERT_PENDING);
    assert_int_equal(event->lasted_ns, 60 * SECOND);
}

static void what_only_touches_the_threshold_never_fires(void **state)
{
    (void)state;
    begin("above: 50, for: 60s");
    for (unsigned i = 0; i < 20; i++)
        assert_int_not_equal(at(i * 30, i % 2 ? 60 : 40), OAT_ALERT_FIRING);
}

static void one_that_fires_goes_on_until_it_is_resolved(void **state)
{
    (void)state;
    begin("above: 50, resolve: 40");
    assert_int_equal(at(0, 51), OAT_ALERT_FIRING);
    for (unsigned i = 1; i < 20; i++)
        assert_int_equal(at(i, i % 2 ? 41 : 60), OAT_ALERT_FIRING);
    assert_int_equal(at(20, 40), OAT_ALERT_OK);
    assert_int_equal(at(21, 50), OAT_ALERT_OK);
    assert_int_equal(count_events(), 2);
    begin("below: 10, resolve: 20");
    assert_int_equal(at(0, 9), OAT_ALERT_FIRING);
    assert_int_equal(at(1, 19), OAT_ALERT_FIRING);
    assert_int_equal(at(2, 20), OAT_ALERT_OK);
}

static void no_data_resolves_fires_or_changes_nothing(void **state)
{
    (void)state;
    begin("above: 50");
    assert_int_equal(nothing_at(0), OAT_ALERT_NO_DATA);
    assert_int_equal(at(1, 60), OAT_ALERT_FIRING);
    assert_int_equal(nothing_at(2), OAT_ALERT_NO_DATA);
    begin("above: 50, no_data: fire");
    assert_int_equal(at(0, 1), OAT_ALERT_OK);
    assert_int_equal(nothing_at(1), OAT_ALERT_FIRING);
    assert_int_equal(at(2, 1), OAT_ALERT_OK);
    begin("above: 50, no_data: keep");
    assert_int_equal(at(0, 60), OAT_ALERT_FIRING);
    assert_int_equal(nothing_at(1), OAT_ALERT_FIRING);
    assert_int_equal(at(2, 1), OAT_ALERT_OK);
}

static void groups_stand_each_for_itself(void **state)
{
    (void)state;
    begin("above: 50, by: agent");
    const struct oat_alert_row both[] = {row("{\"agent\":\"b\"}", 60), row("{\"agent\":\"a\"}", 10)};
    struct oat_alert_standing *standing = &book->standings[0];
    const struct oat_alert_series *worst;
    assert_true(oat_alert_book_enter(book, standing, both, 2, T0));
    assert_int_equal(standing->series_count, 2);
    assert_int_equal(oat_alert_standing_state(standing, &worst), OAT_ALERT_FIRING);
    assert_string_equal(worst->group, both[0].group);
    assert_int_equal(count_events(), 1);
    /* One that is no more is resolved, and forgotten. */
    assert_true(oat_alert_book_enter(book, standing, &both[1], 1, T0 + SECOND));
    assert_int_equal(standing->series_count, 1);
    assert_int_equal(count_events(), 2);
    assert_int_equal(oat_alert_book_event(book, 2)->to, OAT_ALERT_NO_DATA);
    /* That an agent which was well has nothing to say is no news. */
    assert_true(oat_alert_book_enter(book, standing, NULL, 0, T0 + 2 * SECOND));
    assert_int_equal(standing->series_count, 0);
    assert_int_equal(count_events(), 2);
}

static void a_webhook_is_told_of_firing_and_its_end_in_order(void **state)
{
    (void)state;
    begin("above: 50, for: 10s");
    at(0, 60);  /* pending */
    at(10, 60); /* firing */
    at(11, 0);  /* ok */
    const struct oat_alert_event *event = oat_alert_book_next(book, 0);
    assert_int_equal(event->id, 2);
    assert_ptr_equal(oat_alert_book_next(book, 0), event);
    oat_alert_book_told(book, 0, event->id);
    assert_int_equal(oat_alert_book_next(book, 0)->id, 3);
    oat_alert_book_told(book, 0, 3);
    assert_null(oat_alert_book_next(book, 0));
}

static void more_than_is_remembered_is_passed(void **state)
{
    (void)state;
    begin("above: 50");
    for (unsigned i = 0; i < 3 * OAT_ALERT_EVENTS_MAX; i++)
        at(i, i % 2 ? 0 : 60);
    assert_int_equal(count_events(), OAT_ALERT_EVENTS_MAX);
    assert_int_equal(oat_alert_book_next(book, 0)->id, 2 * OAT_ALERT_EVENTS_MAX + 1);
}

/* What is in the book, as text. free() it. */
static char *text_of(const struct oat_alert_book *of)
{
    struct oat_json json = {0};
    size_t len;
    oat_alert_book_write(of, &json);
    return oat_json_take(&json, &len);
}

static void a_book_that_is_read_again_is_the_same(void **state)
{
    (void)state;
    begin("above: 50, for: 10s, by: agent");
    const struct oat_alert_row rows[] = {row("{\"agent\":\"a\"}", 60), row("{\"agent\":\"b\"}", 10)};
    for (unsigned i = 0; i < 3; i++)
        oat_alert_book_enter(book, &book->standings[0], rows, 2, T0 + i * 10 * SECOND);
    oat_alert_book_told(book, 0, 1);
    char *text = text_of(book);
    struct oat_alert_book *again = oat_alert_book_new(&rules, "default");
    assert_true(oat_alert_book_read(again, text, strlen(text)));
    char *text_again = text_of(again);
    assert_string_equal(text, text_again);
    assert_int_equal(oat_alert_book_next(again, 0)->id, 2);
    oat_alert_book_free(again);
    free(text_again);
    free(text);
}

static void a_damaged_book_is_refused(void **state)
{
    (void)state;
    begin("above: 50, by: agent");
    const struct oat_alert_row one = row("{\"agent\":\"a\"}", 60);
    oat_alert_book_enter(book, &book->standings[0], &one, 1, T0);
    char *text = text_of(book);
    size_t len = strlen(text);
    for (size_t cut = 0; cut < len; cut++) {
        struct oat_alert_book *again = oat_alert_book_new(&rules, "default");
        assert_false(oat_alert_book_read(again, text, cut));
        oat_alert_book_free(again);
    }
    free(text);
}

static void a_message_is_safe_to_show_in_a_chat(void **state)
{
    (void)state;
    begin("above: 50, by: agent");
    const struct oat_alert_row one = row("{\"agent\":\"<!channel> @all\"}", 60.5);
    oat_alert_book_enter(book, &book->standings[0], &one, 1, T0);
    struct oat_json json = {0};
    size_t len;
    oat_json_alert_message(&json, oat_alert_book_event(book, 1));
    char *text = oat_json_take(&json, &len);
    json_t *message = json_loads(text, 0, NULL);
    const char *type, *shown, *agent;
    double value, threshold;
    assert_int_equal(json_unpack(message, "{s:s,s:s,s:{s:{s:s},s:f,s:f}}", "type", &type, "text", &shown,
                                 "alert", "group", "agent", &agent, "value", &value, "threshold", &threshold),
                     0);
    assert_string_equal(type, "alert");
    assert_string_equal(agent, "<!channel> @all");
    assert_string_equal(shown,
                        "dear: firing: sum:cost is 60.5 USD, above 50 {\"agent\":\"?!channel? ?all\"}");
    json_decref(message);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_threshold_fires_when_it_is_passed_for_long_enough),
        cmocka_unit_test(what_only_touches_the_threshold_never_fires),
        cmocka_unit_test(one_that_fires_goes_on_until_it_is_resolved),
        cmocka_unit_test(no_data_resolves_fires_or_changes_nothing),
        cmocka_unit_test(groups_stand_each_for_itself),
        cmocka_unit_test(a_webhook_is_told_of_firing_and_its_end_in_order),
        cmocka_unit_test(more_than_is_remembered_is_passed),
        cmocka_unit_test(a_book_that_is_read_again_is_the_same),
        cmocka_unit_test(a_damaged_book_is_refused),
        cmocka_unit_test(a_message_is_safe_to_show_in_a_chat),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
