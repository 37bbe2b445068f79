/* What a filter reads to find its rows, and what it does when it cannot. */
#include "oat/reader.h"
#include "reader/filter_eval.h"
#include "tests/support/filter_vectors.h"
#include "tests/support/unit.h"

#define REPEAT 300u /* times that the 10 rows of the vectors come: 3,000 rows, three batches */

struct fixture {
    json_t *vectors;
    struct oat_row_source *rows;
    oat_filter *filter;
    struct oat_filter_eval *eval;
    struct oat_batch batch;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->vectors = oat_filter_vectors_load();
    f->rows = oat_filter_vectors_rows(f->vectors, REPEAT);
    *state = f;
    return 0;
}

static void begin(struct fixture *f, const char *text)
{
    oat_filter_eval_free(f->eval);
    oat_filter_free(f->filter);
    assert_int_equal(
        oat_filter_parse(text, strlen(text), oat_filter_vectors_now(f->vectors), &f->filter, NULL), OAT_OK);
    assert_int_equal(oat_filter_eval_open(f->filter, &f->rows->source, &f->eval), OAT_OK);
    f->rows->filled = f->rows->looked_into = f->rows->asked = 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    oat_batch_free(&f->batch);
    oat_filter_eval_free(f->eval);
    oat_filter_free(f->filter);
    oat_row_source_free(f->rows);
    json_decref(f->vectors);
    free(f);
    return 0;
}

static unsigned count_bits(const uint64_t *bits, size_t words)
{
    unsigned count = 0;
    for (size_t i = 0; i < words; i++)
        count += (unsigned)__builtin_popcountll(bits[i]);
    return count;
}

/* Evaluates over all batches; returns how many rows pass. */
static unsigned count_passing(struct fixture *f, const char *text)
{
    unsigned count = 0;
    begin(f, text);
    for (uint32_t i = 0; i < f->rows->source.batch_count; i++) {
        uint64_t rows[OAT_BATCH_WORDS];
        assert_int_equal(oat_batch_open(&f->batch, &f->rows->source, i), OAT_OK);
        assert_int_equal(oat_filter_select(f->eval, &f->batch, rows), OAT_OK);
        count += count_bits(rows, OAT_BATCH_WORDS);
    }
    return count;
}

static void payloads_are_looked_into_last_and_for_few_rows(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(count_passing(f, "input : refund and type = llm"), REPEAT);
    assert_int_equal(f->rows->looked_into, 3 * REPEAT);
    assert_int_equal(count_passing(f, "type = llm or input : refund"), 4 * REPEAT);
    assert_int_equal(f->rows->looked_into, 7 * REPEAT);
    assert_int_equal(count_passing(f, "input : refund and type = rerank"), 0);
    assert_int_equal(f->rows->looked_into, 0);
}

static void codes_and_traces_are_asked_once(void **state)
{
    struct fixture *f = *state;
    count_passing(f, "name : a");
    assert_in_range(f->rows->asked, 1, f->rows->text_count);
    count_passing(f, "attr.user_tier = pro");
    assert_in_range(f->rows->asked, 1, f->rows->attribute_count);
    count_passing(f, "errors > 0");
    assert_int_equal(f->rows->asked, f->rows->source.trace_count);
    f->rows->zones = false;
    count_passing(f, "errors > 0");
    assert_int_equal(f->rows->asked, f->rows->source.trace_count);
}

static void a_source_is_read_once_for_what_a_trace_has(void **state)
{
    struct fixture *f = *state;
    f->rows->zones = false;
    count_passing(f, "trace.has(type = tool)");
    /* types once, traces of what passes, and traces of each batch */
    assert_int_equal(f->rows->filled, 3 * f->rows->source.batch_count);
}

static void what_bounds_decide_is_not_read(void **state)
{
    struct fixture *f = *state;
    static const char *const all[] = {"start > 2026-11-01", "not start < 2026-11-01", "sample_rate != null",
                                      "type = llm or start > 2026-11-01"};
    static const char *const none[] = {"start > 2026-12-01", "type = llm and start > 2026-12-01",
                                       "prompt_tokens > 20000", "not start > 2026-11-01", "name = other"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_int_equal(count_passing(f, all[i]), 10 * REPEAT);
        assert_true(f->rows->filled == 0 || i == 3);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        begin(f, none[i]);
        for (uint32_t k = 0; k < f->rows->source.batch_count; k++)
            assert_false(oat_filter_may_match(f->eval, k));
        assert_int_equal(f->rows->filled, 0);
    }
}

static void rows_that_are_not_to_be_read_never_pass(void **state)
{
    struct fixture *f = *state;
    static const char *const filters[] = {"", "type = llm", "not type = llm", "model = null"};
    uint64_t rows[OAT_BATCH_WORDS], keep[OAT_BATCH_WORDS] = {0};
    keep[3] = 0xff;
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        begin(f, filters[i]);
        assert_int_equal(oat_batch_open(&f->batch, &f->rows->source, 1), OAT_OK);
        memcpy(f->batch.rows, keep, sizeof keep);
        assert_int_equal(oat_filter_select(f->eval, &f->batch, rows), OAT_OK);
        assert_int_equal(rows[3] & ~keep[3], 0);
        rows[3] = 0;
        assert_int_equal(count_bits(rows, OAT_BATCH_WORDS), 0);
    }
}

static void traces_of_passing_rows_are_marked(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *filter;
        uint64_t traces;
    } cases[] = {
        {"", 0xf}, {"type = tool", 0x3}, {"errors > 0", 0x2}, {"name = none", 0}, {"duration = null", 0xc}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t traces = 0;
        begin(f, cases[i].filter);
        assert_int_equal(oat_filter_traces(f->eval, &traces), OAT_OK);
        assert_int_equal(traces, cases[i].traces);
    }
}

static void what_the_source_cannot_read_fails_the_filter(void **state)
{
    struct fixture *f = *state;
    static const char *const filters[] = {
        "prompt_tokens = 500",          "cost > 0.1",  "model = null", "name : a",
        "attr.user_tier = pro",         "span_id = x", "errors > 0",   "end > 5",
        "trace.has(status_message : a)"};
    f->rows->failure = OAT_E_IO;
    for (size_t i = 0; i < 2 * sizeof filters / sizeof *filters; i++) {
        uint64_t rows[OAT_BATCH_WORDS];
        begin(f, filters[i / 2]);
        f->rows->zones = i % 2;
        oat_filter_may_match(f->eval, 0);
        assert_int_equal(oat_batch_open(&f->batch, &f->rows->source, 0), OAT_OK);
        assert_int_equal(oat_filter_select(f->eval, &f->batch, rows), OAT_E_IO);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(payloads_are_looked_into_last_and_for_few_rows), TEST(codes_and_traces_are_asked_once),
        TEST(a_source_is_read_once_for_what_a_trace_has),     TEST(what_bounds_decide_is_not_read),
        TEST(rows_that_are_not_to_be_read_never_pass),        TEST(traces_of_passing_rows_are_marked),
        TEST(what_the_source_cannot_read_fails_the_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
