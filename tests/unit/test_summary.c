/* Summaries: spans that are alike become one row, as long as there are few rows and sums fit. */
#include "indexer/summary.h"
#include "tests/support/unit.h"

#define START_NS UINT64_C(1795305600000000000) /* midnight */

static struct oat_summary_span span_of(uint8_t type, uint32_t model, unsigned hour)
{
    struct oat_summary_span span = {
        .key = {{
            [OAT_ALIKE_TYPE] = type,
            [OAT_ALIKE_STATUS] = OAT_STATUS_SUCCESS,
            [OAT_ALIKE_FLAGS] = 1,
            [OAT_ALIKE_MODEL] = model,
        }},
        .start_ns = START_NS + hour * OAT_SUMMARY_HOUR_NS + 5,
        .duration_ns = 10,
        .cost_nano = -3,
        .count = {[OAT_COUNT_INPUT] = UINT32_MAX},
        .counted = true,
    };
    return span;
}

static void add(struct oat_summary *summary, struct oat_summary_span span)
{
    oat_summary_add(summary, &span);
}

static int set_up(void **state)
{
    struct oat_summary *summary = malloc(sizeof *summary);
    oat_summary_begin(summary, oat_summary_shapes[OAT_SUMMARY_BY_MODEL].fields);
    *state = summary;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static void spans_of_one_key_are_one_row(void **state)
{
    struct oat_summary *summary = *state;
    struct oat_summary_span uncounted = span_of(OAT_LLM, 7, 3);
    uncounted.counted = false;
    add(summary, span_of(OAT_LLM, 7, 3));
    add(summary, span_of(OAT_LLM, 7, 3));
    add(summary, uncounted);
    assert_int_equal(oat_summary_end(summary, OAT_SUMMARY_ROWS_MAX), 1);
    const struct oat_summary_row *row = &summary->rows[0];
    assert_int_equal(row->key.of[OAT_ALIKE_HOUR], 4);
    assert_int_equal(row->spans, 3);
    assert_int_equal(row->counted, 2);
    assert_int_equal(row->duration_ns, 30);
    assert_int_equal(row->cost_nano, -6);
    assert_true(row->count[OAT_COUNT_INPUT] == UINT64_C(2) * UINT32_MAX);
}

static void rows_come_by_their_keys(void **state)
{
    struct oat_summary *summary = *state;
    add(summary, span_of(OAT_TOOL, 0, 1));
    add(summary, span_of(OAT_LLM, 2, 1));
    add(summary, span_of(OAT_LLM, 1, 1));
    add(summary, span_of(OAT_TOOL, 0, 0));
    assert_int_equal(oat_summary_end(summary, OAT_SUMMARY_ROWS_MAX), 4);
    assert_int_equal(summary->rows[0].key.of[OAT_ALIKE_HOUR], 1);
    assert_int_equal(summary->rows[1].key.of[OAT_ALIKE_MODEL], 1);
    assert_int_equal(summary->rows[2].key.of[OAT_ALIKE_MODEL], 2);
    assert_int_equal(summary->rows[3].key.of[OAT_ALIKE_TYPE], OAT_TOOL);
}

static void the_fields_of_a_table_alone_are_told_apart(void **state)
{
    struct oat_summary *summary = *state;
    oat_summary_begin(summary, oat_summary_shapes[OAT_SUMMARY_BY_AGENT].fields);
    for (unsigned i = 0; i < 60; i++) {
        struct oat_summary_span span = span_of((uint8_t)(OAT_AGENT + i % 5), i, i % 24);
        span.key.of[OAT_ALIKE_AGENT] = i % 3;
        span.key.of[OAT_ALIKE_PROMPT_VERSION] = i / 30;
        add(summary, span);
    }
    assert_int_equal(oat_summary_end(summary, OAT_SUMMARY_ROWS_MAX), 6);
    for (unsigned i = 0; i < 6; i++) {
        const struct oat_summary_row *row = &summary->rows[i];
        assert_int_equal(row->spans, 10);
        assert_int_equal(row->key.of[OAT_ALIKE_AGENT], i / 2);
        assert_int_equal(row->key.of[OAT_ALIKE_PROMPT_VERSION], i % 2);
        assert_int_equal(row->key.of[OAT_ALIKE_HOUR] + row->key.of[OAT_ALIKE_MODEL], 0);
    }
}

static void hours_are_joined_where_they_are_too_many(void **state)
{
    struct oat_summary *summary = *state;
    for (unsigned i = 0; i < 24 * 10; i++)
        add(summary, span_of(OAT_LLM, i % 10, i / 10));
    assert_int_equal(oat_summary_end(summary, 10), 10);
    assert_int_equal(summary->rows[9].key.of[OAT_ALIKE_HOUR], 0);
    assert_int_equal(summary->rows[9].spans, 24);
    assert_int_equal(summary->rows[9].cost_nano, -72);
}

static void hours_are_joined_when_the_room_is_used_up(void **state)
{
    struct oat_summary *summary = *state;
    for (unsigned i = 0; i < 24 * 20; i++)
        add(summary, span_of(OAT_LLM, i % 20, i / 20));
    assert_int_equal(oat_summary_end(summary, OAT_SUMMARY_ROWS_MAX), 20);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(summary->rows[i].spans, 24);
}

static void too_many_keys_make_no_row(void **state)
{
    struct oat_summary *summary = *state;
    for (uint32_t i = 0; i <= OAT_SUMMARY_ROWS_MAX; i++)
        add(summary, span_of(OAT_LLM, i, 0));
    assert_int_equal(oat_summary_end(summary, OAT_SUMMARY_ROWS_MAX), 0);
    oat_summary_begin(summary, oat_summary_shapes[OAT_SUMMARY_BY_MODEL].fields);
    add(summary, span_of(OAT_LLM, 1, 0));
    add(summary, span_of(OAT_LLM, 2, 0));
    assert_int_equal(oat_summary_end(summary, 1), 0);
}

static void sums_that_do_not_fit_make_no_row(void **state)
{
    struct oat_summary *summary = *state;
    struct oat_summary_span span = span_of(OAT_LLM, 1, 0);
    span.duration_ns = INT64_MAX;
    add(summary, span);
    assert_int_equal(oat_summary_end(summary, OAT_SUMMARY_ROWS_MAX), 1);
    span = span_of(OAT_LLM, 1, 0);
    add(summary, span);
    assert_int_equal(oat_summary_end(summary, OAT_SUMMARY_ROWS_MAX), 0);
    oat_summary_begin(summary, oat_summary_shapes[OAT_SUMMARY_BY_MODEL].fields);
    span.cost_nano = INT64_MIN;
    add(summary, span);
    span.start_ns += OAT_SUMMARY_HOUR_NS; /* too great only when hours are joined */
    add(summary, span);
    assert_int_equal(oat_summary_end(summary, 2), 2);
    assert_int_equal(oat_summary_end(summary, 1), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(spans_of_one_key_are_one_row),
        TEST(rows_come_by_their_keys),
        TEST(the_fields_of_a_table_alone_are_told_apart),
        TEST(hours_are_joined_where_they_are_too_many),
        TEST(hours_are_joined_when_the_room_is_used_up),
        TEST(too_many_keys_make_no_row),
        TEST(sums_that_do_not_fit_make_no_row),
    };
    return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
