/* Queries over rows drawn at random, against the plainest way to answer them. */
#include "reader/query.h"

#include "format/simd.h"
#include "tests/support/query_naive.h"
#include "tests/support/run_random.h"
#include "tests/support/sweep.h"
#include "tests/support/unit.h"

#define HOUR_NS UINT64_C(3600000000000)

/* ---- Queries as texts --------------------------------------------------------------------------- */

#define TEXTS_MAX 12u

struct spec {
    oat_span_query query;
    oat_text group_by[TEXTS_MAX], aggregates[TEXTS_MAX], sort[TEXTS_MAX];
    const char *filter;
    bool (*passes)(const struct oat_naive_row *row);
};

static void add(oat_text *texts, size_t *count, const char *text)
{
    assert_true(*count < TEXTS_MAX);
    texts[(*count)++] = (oat_text){text, strlen(text)};
}

static void group_by(struct spec *spec, const char *name)
{
    add(spec->group_by, &spec->query.group_by_count, name);
}

static void aggregate(struct spec *spec, const char *name)
{
    add(spec->aggregates, &spec->query.aggregate_count, name);
}

static void sort(struct spec *spec, const char *name)
{
    add(spec->sort, &spec->query.sort_count, name);
}

static void having(struct spec *spec, const char *text)
{
    spec->query.having = (oat_text){text, strlen(text)};
}

/* ---- Running ------------------------------------------------------------------------------------ */

static oat_query_result *run(struct oat_query_plan *plan, const struct oat_query_rows *rows)
{
    oat_query_result *result;
    oat_span_query_error error;
    assert_int_equal(oat_query_run_over(plan, &rows->opener, &result, &error), OAT_OK);
    return result;
}

static void make_plan(struct spec *spec, struct oat_query_plan *ret)
{
    oat_span_query_error error;
    oat_filter *filter = NULL;
    spec->query.group_by = spec->group_by;
    spec->query.aggregates = spec->aggregates;
    spec->query.sort = spec->sort;
    if (spec->filter)
        assert_int_equal(oat_filter_parse(spec->filter, strlen(spec->filter), 0, &filter, NULL), OAT_OK);
    spec->query.filter = filter;
    int result = oat_query_plan_make(&spec->query, ret, &error);
    if (result != OAT_OK)
        fail_msg("%s", error.text.message);
}

static void free_plan(struct spec *spec, struct oat_query_plan *plan)
{
    oat_filter_free((oat_filter *)(uintptr_t)spec->query.filter);
    oat_query_plan_free(plan);
}

/* The answer is what the rows say, and the same from three threads, and from whatever processor. */
static void check(struct spec *spec, const struct oat_query_rows *rows)
{
    struct oat_query_plan plan;
    make_plan(spec, &plan);
    struct oat_naive naive = oat_naive_select(&plan, rows, spec->passes);
    oat_query_result *result = run(&plan, rows);
    oat_naive_check(&naive, result);
    for (unsigned most = OAT_SIMD_PORTABLE; most <= OAT_SIMD_AVX512; most++) {
        spec->query.threads = 3;
        oat_simd_most = most;
        oat_query_result *again = run(&plan, rows);
        oat_naive_check_same(result, again);
        oat_query_result_free(again);
    }
    oat_simd_most = OAT_SIMD_AVX512;
    oat_query_result_free(result);
    oat_naive_free(&naive);
    free_plan(spec, &plan);
}

/* ---- Drawing queries ---------------------------------------------------------------------------- */

static bool is_llm(const struct oat_naive_row *r)
{
    return r->row->values[OAT_VECTOR_TYPE] == OAT_LLM;
}

static bool is_long(const struct oat_naive_row *r)
{
    return r->row->values[OAT_VECTOR_DURATION] > 5000000;
}

static bool has_zone(const struct oat_naive_row *r)
{
    for (uint32_t i = 0; i < r->row->attribute_count; i++) {
        oat_text key = r->source->keys[r->row->attributes[i] - 1];
        if (key.len == 4 && memcmp(key.bytes, "zone", 4) == 0)
            return true;
    }
    return false;
}

static bool is_none(const struct oat_naive_row *r)
{
    (void)r;
    return false;
}

static void draw_filter(struct spec *spec, uint64_t *seed)
{
    static const struct {
        const char *text;
        bool (*passes)(const struct oat_naive_row *row);
    } filters[] = {{"type = llm", is_llm},
                   {"duration > 5ms", is_long},
                   {"name = nothing", is_none},
                   {"attr.zone = 2", has_zone}};
    uint64_t at = oat_run_below(seed, 8);
    if (at < sizeof filters / sizeof *filters) {
        spec->filter = filters[at].text;
        spec->passes = filters[at].passes;
    }
    if (oat_run_below(seed, 3) == 0)
        spec->query.from_ns = OAT_QUERY_ROWS_BASE_NS + oat_run_below(seed, 30 * HOUR_NS);
    if (oat_run_below(seed, 3) == 0)
        spec->query.to_ns = OAT_QUERY_ROWS_BASE_NS + 30 * HOUR_NS + oat_run_below(seed, 60 * HOUR_NS);
}

/* Adds some of the texts, each once. */
static void draw_texts(uint64_t *seed, const char *const *texts, size_t count, size_t wanted, oat_text *ret,
                       size_t *ret_count)
{
    size_t first = oat_run_below(seed, count);
    for (size_t i = 0; i < wanted; i++)
        add(ret, ret_count, texts[(first + i * 7) % count]);
}

static void draw_query(struct spec *spec, uint64_t *seed)
{
    static const char *const keys[] = {"type",        "model",         "user",           "attr.tier",
                                       "day",         "trace.service", "prompt_version", "total_tokens",
                                       "cost_source", "status",        "trace_id",       "parent_span_id",
                                       "depth",       "service",       "hour",           "trace.cost",
                                       "attr.none",   "sample_rate",   "end_time"};
    static const char *const aggregates[] = {
        "count",        "traces",          "error_rate",       "sum:prompt_tokens",  "avg:total_cost",
        "p95:duration", "min:start",       "max:total_tokens", "all:sum:cost",       "p50:cost",
        "sum:cost",     "sum:trace.cost",  "avg:duration",     "min:cost",           "p99:ttft",
        "max:duration", "avg:sample_rate", "avg:span_count",   "p90:trace.duration", "all:avg:total_tokens",
        "max:depth",    "sum:span_count"};
    *spec = (struct spec){0};
    draw_filter(spec, seed);
    draw_texts(seed, keys, sizeof keys / sizeof *keys, oat_run_below(seed, 4), spec->group_by,
               &spec->query.group_by_count);
    draw_texts(seed, aggregates, sizeof aggregates / sizeof *aggregates, 1 + oat_run_below(seed, 6),
               spec->aggregates, &spec->query.aggregate_count);
    if (oat_run_below(seed, 3) == 0)
        spec->query.every_ns = (1 + oat_run_below(seed, 7)) * HOUR_NS / 2;
    if (spec->query.every_ns || (spec->query.from_ns && spec->query.to_ns))
        aggregate(spec, "rate");
    for (size_t i = 0; i < 3 && oat_run_below(seed, 2); i++) {
        size_t at = oat_run_below(seed, spec->query.group_by_count + spec->query.aggregate_count);
        oat_text text = at < spec->query.group_by_count ? spec->group_by[at]
                                                        : spec->aggregates[at - spec->query.group_by_count];
        add(spec->sort, &spec->query.sort_count, text.bytes);
    }
    if (oat_run_below(seed, 3) == 0)
        spec->query.limit = 1 + oat_run_below(seed, 20);
}

/* Whole batches whose rows all start in one year. */
static void a_bucket_for_all_rows_is_divided_by_small_numbers(void **state)
{
    (void)state;
    static const char *const keys[] = {"type", "status", "prompt_version", "model"};
    struct oat_query_rows *rows = oat_query_rows_new(9, 2500, 7);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i += OAT_SWEEP_STEP) {
        struct spec spec = {.query = {.every_ns = 365 * 24 * HOUR_NS}};
        group_by(&spec, keys[i]);
        group_by(&spec, keys[(i + 1) % 4]);
        aggregate(&spec, "count");
        aggregate(&spec, "sum:duration");
        aggregate(&spec, "sum:prompt_tokens");
        check(&spec, rows);
    }
    oat_query_rows_free(rows);
}

static void random_queries_answer_what_the_rows_say(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (unsigned i = 0; i < 4; i++) {
        struct oat_query_rows *rows = oat_query_rows_new(seed + i, i == 3 ? 40 : 2500, i == 2 ? 3000 : 7);
        for (unsigned k = 0; k < 40; k += OAT_SWEEP_STEP) {
            struct spec spec;
            draw_query(&spec, &seed);
            for (unsigned source = 0; source < OAT_QUERY_ROWS_SOURCES; source++)
                oat_row_source_cut(rows->sources[source],
                                   k % 2 ? 1 + (uint32_t)oat_run_below(&seed, 90) : 1024);
            check(&spec, rows);
        }
        oat_query_rows_free(rows);
    }
}

/* ---- What else a query has ---------------------------------------------------------------------- */

static int set_up(void **state)
{
    *state = oat_query_rows_new(7, 1000, 50);
    return 0;
}

static int tear_down(void **state)
{
    oat_query_rows_free(*state);
    return 0;
}

/* Runs a query whose answer must come. Free it with oat_query_result_free. */
static oat_query_result *answer(struct spec *spec, const struct oat_query_rows *rows)
{
    struct oat_query_plan plan;
    make_plan(spec, &plan);
    oat_query_result *result = run(&plan, rows);
    free_plan(spec, &plan);
    return result;
}

static void having_leaves_out_rows_and_keeps_totals(void **state)
{
    struct spec spec = {0};
    group_by(&spec, "user");
    aggregate(&spec, "count");
    aggregate(&spec, "avg:cost");
    oat_query_result *all = answer(&spec, *state);
    having(&spec, "avg:total_cost > 10 and count >= 30");
    oat_query_result *some = answer(&spec, *state);
    size_t at = 0;
    for (size_t i = 0; i < all->row_count; i++) {
        const oat_query_value *row = all->values + 3 * i;
        if (row[2].null || row[2].number <= 10 || row[1].integer < 30)
            continue;
        assert_true(at < some->row_count);
        assert_int_equal(some->values[3 * at++ + 1].integer, row[1].integer);
    }
    assert_in_range(at, 1, all->row_count - 1);
    assert_int_equal(some->row_count, at);
    assert_int_equal(some->group_count, at);
    assert_int_equal(some->totals[1].integer, all->totals[1].integer);
    oat_query_result_free(some);
    oat_query_result_free(all);
}

static void a_limit_cuts_the_sorted_rows_and_counts_all(void **state)
{
    struct spec spec = {0};
    group_by(&spec, "name");
    group_by(&spec, "model");
    aggregate(&spec, "p50:duration");
    aggregate(&spec, "count");
    sort(&spec, "-p50:duration_ms");
    oat_query_result *all = answer(&spec, *state);
    spec.query.limit = 10;
    oat_query_result *some = answer(&spec, *state);
    assert_int_equal(some->row_count, 10);
    assert_int_equal(some->group_count, all->row_count);
    for (size_t i = 0; i < 10 * some->column_count; i++)
        assert_true(some->values[i].null || some->values[i].number >= all->values[i].number);
    assert_true(all->values[2].number > all->values[4 * 10 + 2].number);
    oat_query_result_free(some);
    oat_query_result_free(all);
}

static void rows_come_by_time_then_by_the_first_aggregate(void **state)
{
    struct spec spec = {.query.every_ns = 6 * HOUR_NS};
    group_by(&spec, "type");
    oat_query_result *result = answer(&spec, *state);
    assert_string_equal(result->columns[0].name, "time");
    assert_string_equal(result->columns[2].name, "count");
    for (size_t i = 3; i < 3 * result->row_count; i += 3) {
        const oat_query_value *row = result->values + i, *before = row - 3;
        assert_true(before[0].integer <= row[0].integer);
        assert_int_equal(row[0].integer % (int64_t)(6 * HOUR_NS), 0);
        if (before[0].integer == row[0].integer)
            assert_true(before[2].integer >= row[2].integer);
    }
    oat_query_result_free(result);
}

static void columns_say_their_full_name_type_and_unit(void **state)
{
    static const struct {
        const char *name;
        enum oat_query_type type;
        const char *unit;
    } expected[] = {{"hour", OAT_QUERY_TIME, "s"},
                    {"session_id", OAT_QUERY_TEXT, NULL},
                    {"attributes.tier", OAT_QUERY_ATTRIBUTE, NULL},
                    {"prompt_version", OAT_QUERY_INTEGER, NULL},
                    {"trace.total_cost", OAT_QUERY_NUMBER, "USD"},
                    {"count", OAT_QUERY_INTEGER, NULL},
                    {"rate", OAT_QUERY_NUMBER, "1/s"},
                    {"sum:total_tokens", OAT_QUERY_INTEGER, NULL},
                    {"avg:total_tokens", OAT_QUERY_NUMBER, NULL},
                    {"all:sum:total_cost", OAT_QUERY_NUMBER, "USD"},
                    {"p95:duration_ms", OAT_QUERY_NUMBER, "ms"},
                    {"max:end_time", OAT_QUERY_TIME, "s"}};
    struct spec spec = {0};
    const char *const keys[] = {"hour", "session", "attr.tier", "prompt_version", "trace.cost"};
    for (size_t i = 0; i < 5; i++)
        group_by(&spec, keys[i]);
    const char *const aggregates[] = {"count",        "rate",         "sum:tokens", "avg:tokens",
                                      "all:sum:cost", "p95:duration", "max:end"};
    for (size_t i = 0; i < 7; i++)
        aggregate(&spec, aggregates[i]);
    oat_query_result *result = answer(&spec, *state);
    assert_int_equal(result->column_count, 12);
    for (size_t i = 0; i < 12; i++) {
        const oat_query_column *column = &result->columns[i];
        assert_string_equal(column->name, expected[i].name);
        assert_int_equal(column->type, expected[i].type);
        assert_int_equal(column->grouped, i < 5);
        assert_int_equal(column->approximate, i == 10);
        assert_int_equal(column->unit != NULL, expected[i].unit != NULL);
        if (column->unit)
            assert_string_equal(column->unit, expected[i].unit);
    }
    oat_query_result_free(result);
}

static void no_rows_are_one_row_of_nothing(void **state)
{
    struct spec spec = {.filter = "name = nothing"};
    aggregate(&spec, "count");
    aggregate(&spec, "sum:cost");
    aggregate(&spec, "p50:duration");
    aggregate(&spec, "error_rate");
    oat_query_result *result = answer(&spec, *state);
    assert_int_equal(result->row_count, 1);
    assert_int_equal(result->values[0].integer, 0);
    for (size_t i = 1; i < 4; i++)
        assert_true(result->values[i].null && result->totals[i].null);
    oat_query_result_free(result);
    group_by(&spec, "type");
    result = answer(&spec, *state);
    assert_int_equal(result->row_count, 0);
    oat_query_result_free(result);
}

static void sums_do_not_wrap(void **state)
{
    (void)state;
    struct oat_query_rows *rows = oat_query_rows_new(3, 10, 3);
    for (unsigned i = 0; i < 10; i++) {
        rows->sources[0]->rows[i].values[OAT_VECTOR_DURATION] = INT64_MAX;
        rows->sources[0]->rows[i].values[OAT_VECTOR_STATUS] = OAT_SHOWN_SUCCESS;
    }
    struct spec spec = {0};
    aggregate(&spec, "sum:duration");
    aggregate(&spec, "avg:duration");
    oat_query_result *result = answer(&spec, rows);
    assert_true(result->values[0].number >= 10 * 9.2e18 / 1e6);
    oat_query_result_free(result);
    oat_query_rows_free(rows);
}

/* ---- Failures ----------------------------------------------------------------------------------- */

static void groups_over_the_memory_are_an_error_that_says_so(void **state)
{
    static const char *const keys[] = {"span_id", "trace_id", "user"};
    for (size_t i = 0; i < 3; i++) {
        struct spec spec = {.query = {.memory_bytes = i == 2 ? 6000 : 50000, .threads = 2}};
        struct oat_query_plan plan;
        oat_query_result *result;
        oat_span_query_error error;
        group_by(&spec, keys[i]);
        aggregate(&spec, "p95:duration");
        make_plan(&spec, &plan);
        const struct oat_query_rows *rows = *state;
        assert_int_equal(oat_query_run_over(&plan, &rows->opener, &result, &error), OAT_E_LIMIT);
        assert_int_equal(error.part, OAT_QUERY_OF_MEMORY);
        assert_non_null(strstr(error.text.message, "memory"));
        free_plan(&spec, &plan);
    }
}

static int open_broken(void *arg, size_t index, struct oat_source **ret)
{
    (void)arg, (void)ret;
    return index == 0 ? OAT_E_STALE : OAT_E_NOMEM;
}

static void a_source_that_fails_fails_the_query(void **state)
{
    (void)state;
    const struct oat_query_sources sources = {NULL, 1, open_broken};
    for (unsigned threads = 1; threads < 4; threads += 2) {
        struct spec spec = {.query.threads = threads};
        struct oat_query_plan plan;
        oat_query_result *result;
        oat_span_query_error error;
        make_plan(&spec, &plan);
        assert_int_equal(oat_query_run_over(&plan, &sources, &result, &error), OAT_E_STALE);
        free_plan(&spec, &plan);
    }
}

static void numbers_that_a_source_does_not_have_stand_for_nothing(void **state)
{
    (void)state;
    struct oat_query_rows *rows = oat_query_rows_new(5, 20, 3);
    struct spec spec = {0};
    for (uint32_t i = 0; i < 20; i++) {
        rows->sources[1]->rows[i].values[OAT_VECTOR_TEXT + OAT_TEXT_MODEL] = UINT32_MAX - i;
        rows->sources[1]->rows[i].values[OAT_VECTOR_TRACE] = 1000000 + i;
    }
    group_by(&spec, "model");
    group_by(&spec, "trace.service");
    aggregate(&spec, "count");
    aggregate(&spec, "max:trace.cost");
    oat_query_result *result = answer(&spec, rows);
    int64_t count = 0;
    for (size_t i = 0; i < result->row_count; i++)
        if (result->values[4 * i].null && result->values[4 * i + 1].null)
            count = result->values[4 * i + 2].integer;
    assert_true(count >= 20);
    oat_query_result_free(result);
    oat_query_rows_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_queries_answer_what_the_rows_say),
        cmocka_unit_test(a_bucket_for_all_rows_is_divided_by_small_numbers),
        cmocka_unit_test_setup_teardown(having_leaves_out_rows_and_keeps_totals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_limit_cuts_the_sorted_rows_and_counts_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_come_by_time_then_by_the_first_aggregate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns_say_their_full_name_type_and_unit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_rows_are_one_row_of_nothing, set_up, tear_down),
        cmocka_unit_test(sums_do_not_wrap),
        cmocka_unit_test_setup_teardown(groups_over_the_memory_are_an_error_that_says_so, set_up, tear_down),
        cmocka_unit_test(a_source_that_fails_fails_the_query),
        cmocka_unit_test(numbers_that_a_source_does_not_have_stand_for_nothing),
    };
    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
