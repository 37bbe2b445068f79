/* What a query's names mean, and what is said of wrong ones. */
#include "reader/query_plan.h"

#include "tests/support/unit.h"

static oat_text text_of(const char *text)
{
    return (oat_text){text, strlen(text)};
}

/* A query of these texts; NULL: none. Its result; *ret_error is set when it is wrong. */
static int make(const char *group_by, const char *aggregate, const char *having, const char *sort,
                oat_span_query_error *ret_error)
{
    struct oat_query_plan plan;
    oat_text key = text_of(group_by ? group_by : ""), wanted = text_of(aggregate ? aggregate : "");
    oat_text order = text_of(sort ? sort : "");
    const oat_span_query query = {
        .group_by = &key,
        .group_by_count = group_by != NULL,
        .aggregates = &wanted,
        .aggregate_count = aggregate != NULL,
        .having = having ? text_of(having) : (oat_text){0},
        .sort = &order,
        .sort_count = sort != NULL,
    };
    int result = oat_query_plan_make(&query, &plan, ret_error);
    oat_query_plan_free(&plan);
    return result;
}

static void group_by_says_where_it_is_wrong_and_what_may_be_meant(void **state)
{
    (void)state;
    oat_span_query_error error;
    assert_int_equal(make("spam_type", NULL, NULL, NULL, &error), OAT_E_INVALID);
    assert_int_equal(error.part, OAT_QUERY_OF_GROUP_BY);
    assert_int_equal(error.text.column, 1);
    assert_int_equal(error.text.length, 9);
    assert_int_equal(error.text.expected_count, 1);
    assert_string_equal(error.text.expected[0], "span_type");
    assert_int_equal(make("  modle", NULL, NULL, NULL, &error), OAT_E_INVALID);
    assert_int_equal(error.text.column, 3);
    assert_int_equal(make("input", NULL, NULL, NULL, &error), OAT_E_INVALID);
    assert_int_equal(make("", NULL, NULL, NULL, &error), OAT_E_INVALID);
    assert_int_equal(make("attr.", NULL, NULL, NULL, &error), OAT_E_INVALID);
    assert_int_equal(make("\xff\xfe", NULL, NULL, NULL, &error), OAT_E_INVALID);
    assert_int_equal(make(" hour ", NULL, NULL, NULL, &error), OAT_OK);
}

static void aggregates_take_the_fields_they_make_sense_of(void **state)
{
    (void)state;
    static const char *const right[] = {
        "count",           "traces",    "error_rate",      "sum:cost",  "all:sum:cost",      "p1:duration",
        "p99:trace.cost",  "min:start", "max:trace.end",   "avg:ttft",  "all:avg:tokens",    "sum:llm_calls",
        "avg:sample_rate", " count ",   "sum:trace.depth", "p50:depth", "max:prompt_version"};
    static const char *const wrong[] = {"",
                                        "counts",
                                        "count:cost",
                                        "rate",
                                        "sum",
                                        "sum:",
                                        "sum:model",
                                        "p0:duration",
                                        "p100:cost",
                                        "p5x:cost",
                                        "p:cost",
                                        "p01:cost",
                                        "avg:start",
                                        "p50:end",
                                        "all:count",
                                        "all:max:cost",
                                        "all:",
                                        "all:sum:depth",
                                        "sum:attr.a",
                                        "sum:all:cost",
                                        "min:type",
                                        "all:all:sum:cost",
                                        "avg:duration:x",
                                        "max:span_id",
                                        ":",
                                        "sum:input",
                                        "all:sum:duration",
                                        "error_rate:cost"};
    oat_span_query_error error;
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        if (make(NULL, right[i], NULL, NULL, &error) != OAT_OK)
            fail_msg("%s: %s", right[i], error.text.message);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (make(NULL, wrong[i], NULL, NULL, &error) != OAT_E_INVALID)
            fail_msg("%s is taken", wrong[i]);
        assert_int_equal(error.part, OAT_QUERY_OF_AGGREGATES);
        assert_true(strlen(error.text.message) > 10);
        assert_in_range(error.text.column, 1, strlen(wrong[i]) + 1);
    }
    make(NULL, "p95:duratoin", NULL, NULL, &error);
    assert_int_equal(error.text.column, 5);
    assert_int_equal(error.text.length, 8);
    assert_string_equal(error.text.expected[0], "duration");
}

static void having_compares_columns_that_are_numbers(void **state)
{
    (void)state;
    static const char *const right[] = {"",
                                        "  ",
                                        "count > 10",
                                        "p95:duration>=2s AND p95:duration_ms < 1h",
                                        "p95:duration > 12.5",
                                        "count != 1e3 and count = 7"};
    static const struct {
        const char *text;
        size_t column;
    } wrong[] = {{"count", 6},
                 {"count >", 8},
                 {"count > x", 9},
                 {"count > 2s", 9},
                 {"count ~ 5", 7},
                 {"counts > 5", 1},
                 {"type = llm", 1},
                 {"count > 1 or count < 5", 11},
                 {"count > 1 and", 14},
                 {"(count > 1)", 1},
                 {"p95:duration > \"2s\"", 16},
                 {"p95:duration > 2s and cost > 1", 23},
                 {"count in (1,2)", 7},
                 {"sum:cost > 1", 1},
                 {"count > 1 \"", 11},
                 {"count > \xff", 9}};
    oat_span_query_error error;
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        if (make("type", i == 2 || i == 5 ? "count" : "p95:duration", right[i], NULL, &error) != OAT_OK)
            fail_msg("%s: %s", right[i], error.text.message);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *aggregate = strstr(wrong[i].text, "p95") ? "p95:duration" : "count";
        if (make("type", aggregate, wrong[i].text, NULL, &error) != OAT_E_INVALID)
            fail_msg("%s is taken", wrong[i].text);
        assert_int_equal(error.part, OAT_QUERY_OF_HAVING);
        if (error.text.column != wrong[i].column)
            fail_msg("%s: column %zu: %s", wrong[i].text, error.text.column, error.text.message);
    }
    make("model", "sum:cost", "users > 3", NULL, &error);
    assert_non_null(strstr(error.text.message, "model, sum:total_cost"));
}

static void sort_takes_columns_however_they_are_written(void **state)
{
    (void)state;
    oat_span_query_error error;
    assert_int_equal(make("type", "p95:duration", NULL, "-p95:duration_ms", &error), OAT_OK);
    assert_int_equal(make("type", "p95:duration_ms", NULL, "p95:duration", &error), OAT_OK);
    assert_int_equal(make("type", NULL, NULL, "-span_type", &error), OAT_OK);
    assert_int_equal(make("hour", NULL, NULL, "hour", &error), OAT_OK);
    assert_int_equal(make("type", NULL, NULL, "-model", &error), OAT_E_INVALID);
    assert_int_equal(error.part, OAT_QUERY_OF_SORT);
    assert_int_equal(error.text.column, 2);
    assert_int_equal(make("type", NULL, NULL, "", &error), OAT_E_INVALID);
    assert_int_equal(make("type", NULL, NULL, "-", &error), OAT_E_INVALID);
}

static void what_is_asked_for_twice_is_refused(void **state)
{
    (void)state;
    struct oat_query_plan plan;
    oat_span_query_error error;
    oat_text keys[] = {{"type", 4}, {"model", 5}, {"span_type", 9}};
    oat_span_query query = {.group_by = keys, .group_by_count = 3};
    assert_int_equal(oat_query_plan_make(&query, &plan, &error), OAT_E_INVALID);
    assert_int_equal(error.index, 2);
    oat_query_plan_free(&plan);
    oat_text aggregates[] = {{"sum:cost", 8}, {"sum:total_cost", 14}};
    query = (oat_span_query){.aggregates = aggregates, .aggregate_count = 2};
    assert_int_equal(oat_query_plan_make(&query, &plan, &error), OAT_E_INVALID);
    assert_int_equal(error.index, 1);
    oat_query_plan_free(&plan);
}

static void there_are_limits_to_what_is_asked_at_once(void **state)
{
    (void)state;
    struct oat_query_plan plan;
    oat_span_query_error error;
    oat_text texts[40];
    char names[40][32];
    for (unsigned i = 0; i < 40; i++) {
        snprintf(names[i], sizeof names[i], "attr.key%u", i);
        texts[i] = text_of(names[i]);
    }
    oat_span_query query = {.group_by = texts, .group_by_count = 8, .every_ns = 1};
    assert_int_equal(oat_query_plan_make(&query, &plan, &error), OAT_OK);
    oat_query_plan_free(&plan);
    query.group_by_count = 9;
    assert_int_equal(oat_query_plan_make(&query, &plan, &error), OAT_E_INVALID);
    oat_query_plan_free(&plan);
    for (unsigned i = 0; i < 40; i++) {
        snprintf(names[i], sizeof names[i], "p%u:duration", i + 1);
        texts[i] = text_of(names[i]);
    }
    query = (oat_span_query){.aggregates = texts, .aggregate_count = 32};
    assert_int_equal(oat_query_plan_make(&query, &plan, &error), OAT_OK);
    assert_int_equal(plan.measure_count, 1);
    oat_query_plan_free(&plan);
    query.aggregate_count = 33;
    assert_int_equal(oat_query_plan_make(&query, &plan, &error), OAT_E_INVALID);
    assert_int_equal(error.index, 32);
    oat_query_plan_free(&plan);
}

static void a_rate_needs_to_know_of_what_time(void **state)
{
    (void)state;
    struct oat_query_plan plan;
    oat_span_query_error error;
    oat_text rate = text_of("rate");
    oat_span_query query = {.aggregates = &rate, .aggregate_count = 1, .from_ns = 5};
    assert_int_equal(oat_query_plan_make(&query, &plan, &error), OAT_E_INVALID);
    oat_query_plan_free(&plan);
    query.to_ns = 9;
    assert_int_equal(oat_query_plan_make(&query, &plan, &error), OAT_OK);
    oat_query_plan_free(&plan);
    query.to_ns = 5;
    assert_int_equal(oat_query_plan_make(&query, &plan, &error), OAT_E_INVALID);
    assert_int_equal(error.part, OAT_QUERY_OF_WINDOW);
    oat_query_plan_free(&plan);
    query = (oat_span_query){.aggregates = &rate, .aggregate_count = 1, .every_ns = 60};
    assert_int_equal(oat_query_plan_make(&query, &plan, &error), OAT_OK);
    oat_query_plan_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(group_by_says_where_it_is_wrong_and_what_may_be_meant),
        cmocka_unit_test(aggregates_take_the_fields_they_make_sense_of),
        cmocka_unit_test(having_compares_columns_that_are_numbers),
        cmocka_unit_test(sort_takes_columns_however_they_are_written),
        cmocka_unit_test(what_is_asked_for_twice_is_refused),
        cmocka_unit_test(there_are_limits_to_what_is_asked_at_once),
        cmocka_unit_test(a_rate_needs_to_know_of_what_time),
    };
    return cmocka_run_group_tests_name("query_plan", tests, NULL, NULL);
}
