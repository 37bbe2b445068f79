/* Queries answer from summaries what they answer from spans: the same query with one more aggregate, which
 * summaries do not have, has the same numbers. */
#include "tests/support/unit.h"

#include "reader/part_source.h"
#include "reader/query_summary.h"
#include "reader/scan.h"
#include "reader/summary_source.h"
#include "tests/support/compact.h"
#include "tests/support/reader_fixture.h"
#include "tests/support/run_random.h"
#include "tests/support/sweep.h"

#define TRACES      7000u /* of three spans each: two groups, one of them not full */
#define TRACE_MS    1500u /* from one to the next */
#define HOUR_MS     3600000u
#define QUERIES     150u
#define KEYS_MAX    3u
#define WITH_SPANS  "min:start_time"
#define COLUMNS_MAX 16u

static const char *const keys[] = {"type",        "status", "model",       "hour",          "day",
                                   "cost_source", "agent",  "prompt_name", "prompt_version"};
static const char *const filters[] = {
    "",
    "type = llm",
    "model = \"gpt-4o\" and status = error",
    "not type in (llm, tool) or total_tokens = null",
    "total_cost != null",
    "model = null",
    "model ~ \"c*\"",
    "duration != null and cost_source != null",
    "agent = booking and total_cost != null",
    "prompt_version > 1 or prompt_name = null",
};
static const char *const aggregates[] = {
    "count",
    "sum:cost",
    "sum:total_tokens",
    "sum:prompt_tokens",
    "avg:completion_tokens",
    "avg:cost",
    "sum:duration",
    "sum:reasoning_tokens",
    "avg:duration",
    "error_rate",
    "avg:total_tokens",
};
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- Stores ---- */

static uint32_t flags_of(uint32_t n)
{
    static const uint32_t flags[] = {
        0,
        OAT_SPAN_HAS_COST | OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT) | OAT_SPAN_HAS_COUNT(OAT_COUNT_OUTPUT) |
            UINT32_C(1) << OAT_SPAN_COST_SOURCE_SHIFT,
        OAT_SPAN_HAS_COUNT(OAT_COUNT_OUTPUT) | OAT_SPAN_HAS_COUNT(OAT_COUNT_REASONING),
    };
    return flags[n % COUNT_OF(flags)];
}

static void put_span(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint64_t at_ms)
{
    static const char *const models[] = {"gpt-4o", "claude", "command"};
    static const char *const agents[] = {"booking", "refunds", "rebooking"};
    uint64_t n = oat_run_mix(trace * 8 + span);
    uint32_t flags = flags_of((uint32_t)(n >> 8));
    struct oat_disk_span s =
        oat_maker_span(pair, trace, span, span == 1 ? 0 : 1, "step", at_ms + span, at_ms + span + n % 1000);
    s.type = span == 1 ? OAT_AGENT : n % 2 ? OAT_LLM : OAT_TOOL;
    s.status = n % 13 == 0 ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS;
    if (s.type == OAT_LLM) {
        flags |= OAT_SPAN_HAS_PROMPT_VERSION;
        s.text[OAT_TEXT_PROMPT_NAME] = oat_maker_string(pair, agents[trace % 3]);
        s.prompt_version = oat_le32_of(trace / 5000);
    }
    if (trace % 4 != 0)
        s.text[OAT_TEXT_AGENT] = oat_maker_string(pair, agents[trace % 3]);
    s.flags = oat_le32_of(flags);
    s.cost_total_nano = oat_le64_of(flags & OAT_SPAN_HAS_COST ? n >> 40 : 0);
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        s.count[i] = oat_le32_of(flags & OAT_SPAN_HAS_COUNT(i) ? (uint32_t)(n >> (i + 10) & 1023) : 0);
    if (s.type == OAT_LLM)
        s.text[OAT_TEXT_MODEL] = oat_maker_string(pair, models[n % 3]);
    oat_maker_put(pair, OAT_SLOT_SPAN, &s);
}

/* Spans of all traces, one after the other. */
static void put_spans(struct oat_fixture *f, uint8_t writer, uint32_t first_span, uint32_t last_span)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, writer, 0);
    for (uint32_t trace = 1; trace <= TRACES; trace++)
        for (uint32_t span = first_span; span <= last_span; span++)
            put_span(&pair, trace, span, (uint64_t)trace * TRACE_MS);
    oat_maker_pair_write(&pair);
}

/* ---- Asking ---- */

/* A query of which summaries may answer everything. */
struct question {
    oat_text group_by[KEYS_MAX];
    oat_text aggregates[COUNT_OF(aggregates) + 1];
    oat_span_query query;
};

static oat_text text_of(const char *text)
{
    return (oat_text){text, strlen(text)};
}

/* The store's spans lie within three hours from midnight. */
static void draw_window(uint64_t *seed, oat_span_query *query)
{
    uint64_t hour = oat_run_below(seed, 3), shift = oat_run_below(seed, HOUR_MS);
    switch (oat_run_below(seed, 4)) {
    case 0:
        query->from_ns = OAT_MAKER_MS(hour * HOUR_MS);
        query->to_ns = OAT_MAKER_MS((hour + 1) * HOUR_MS);
        break;
    case 1:
        query->from_ns = OAT_MAKER_MS(shift);
        break;
    case 2:
        query->to_ns = OAT_MAKER_MS(HOUR_MS + shift);
        break;
    default:
        break;
    }
}

static void draw_question(uint64_t *seed, struct question *ret)
{
    *ret = (struct question){.query = {.threads = 1 + (unsigned)oat_run_below(seed, 2)}};
    oat_span_query *query = &ret->query;
    const char *filter = filters[oat_run_below(seed, COUNT_OF(filters))];
    oat_filter *parsed;
    assert_int_equal(oat_filter_parse(filter, strlen(filter), 0, &parsed, NULL), OAT_OK);
    query->filter = parsed;
    query->group_by = ret->group_by;
    query->aggregates = ret->aggregates;
    for (unsigned i = 0; i < COUNT_OF(keys) && query->group_by_count < KEYS_MAX; i++)
        if (oat_run_below(seed, 3) == 0)
            ret->group_by[query->group_by_count++] = text_of(keys[i]);
    for (unsigned i = 0; i < COUNT_OF(aggregates); i++)
        if (i == 0 || oat_run_below(seed, 2) == 0)
            ret->aggregates[query->aggregate_count++] = text_of(aggregates[i]);
    if (oat_run_below(seed, 3) == 0)
        query->every_ns = oat_run_below(seed, 2) ? HOUR_MS * UINT64_C(2000000) : HOUR_MS * UINT64_C(250000);
    draw_window(seed, query);
}

static oat_query_result *ask(struct oat_fixture *f, const oat_span_query *query)
{
    oat_query_result *result = NULL;
    oat_span_query_error error;
    if (oat_query_run(f->snapshot, query, &result, &error) != OAT_OK)
        fail_msg("%s", error.text.message);
    return result;
}

static void assert_same_value(const oat_query_value *a, const oat_query_value *b)
{
    assert_int_equal(a->null, b->null);
    assert_int_equal(a->integer, b->integer);
    assert_memory_equal(&a->number, &b->number, sizeof a->number);
    assert_int_equal(a->text.len, b->text.len);
    if (a->text.len > 0)
        assert_memory_equal(a->text.bytes, b->text.bytes, a->text.len);
}

/* Asks with and without the aggregate that needs spans, which comes last. */
static void assert_same_answers(struct oat_fixture *f, struct question *q)
{
    oat_query_result *summed = ask(f, &q->query);
    q->aggregates[q->query.aggregate_count++] = text_of(WITH_SPANS);
    oat_query_result *of_spans = ask(f, &q->query);
    size_t columns = summed->column_count;
    assert_int_equal(of_spans->column_count, columns + 1);
    assert_int_equal(summed->row_count, of_spans->row_count);
    assert_int_equal(summed->span_count, of_spans->span_count);
    for (size_t column = 0; column < columns; column++) {
        assert_same_value(&summed->totals[column], &of_spans->totals[column]);
        for (size_t row = 0; row < summed->row_count; row++)
            assert_same_value(&summed->values[row * columns + column],
                              &of_spans->values[row * (columns + 1) + column]);
    }
    oat_query_result_free(summed);
    oat_query_result_free(of_spans);
}

static void ask_all(struct oat_fixture *f, uint64_t seed)
{
    oat_fixture_take(f);
    for (unsigned i = 0; i < QUERIES; i += OAT_SWEEP_STEP) {
        struct question q;
        draw_question(&seed, &q);
        assert_same_answers(f, &q);
        oat_filter_free((oat_filter *)(uintptr_t)q.query.filter);
    }
}

/* How many groups of the store's parts are answered for by summaries. */
static unsigned covered_groups(struct oat_fixture *f, struct oat_summary_scope scope)
{
    struct oat_scan scan;
    unsigned count = 0;
    assert_int_equal(oat_scan_open(f->snapshot, 0, UINT64_MAX, NULL, &scan), OAT_OK);
    for (size_t i = 2; i < oat_scan_source_count(&scan); i++) {
        struct oat_source *source;
        struct oat_summary_source *summary;
        assert_int_equal(oat_scan_source(&scan, i, &source), OAT_OK);
        if (source->ops->summary(source, &scope, &summary) == OAT_OK) {
            for (uint32_t group = 0; group <= (source->batch_count - 1) / OAT_GROUP_BLOCKS; group++)
                count += oat_summary_source_covers(summary, group);
            oat_summary_source_rows(summary)->ops->free(oat_summary_source_rows(summary));
        }
        source->ops->free(source);
    }
    oat_scan_close(&scan);
    return count;
}

static const struct oat_summary_scope any_time = {0, UINT64_MAX, 0, OAT_SUMMARY_BY_MODEL};

/* ---- Tests ---- */

static void parts_answer_from_summaries_what_their_spans_say(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_compact some = {0};
    put_spans(f, 1, 1, 3);
    oat_compact(&some, f->maker.dir);
    ask_all(f, 1);
    assert_int_equal(covered_groups(f, any_time), 2);
    assert_int_equal(covered_groups(f, (struct oat_summary_scope){0, UINT64_MAX, 0, OAT_SUMMARY_BY_AGENT}),
                     2);
}

/* What is asked of a query that either table answers, and of one that needs spans. */
static void assert_answered_by(const char *key, const char *aggregate, const char *filter, bool summed,
                               enum oat_summary_kind kind)
{
    const oat_text by = text_of(key), sums = text_of(aggregate);
    oat_span_query query = {.group_by = &by, .group_by_count = 1, .aggregates = &sums, .aggregate_count = 1};
    struct oat_query_plan plan;
    oat_span_query_error error;
    enum oat_summary_kind found = kind;
    oat_filter *parsed;
    assert_int_equal(oat_filter_parse(filter, strlen(filter), 0, &parsed, NULL), OAT_OK);
    query.filter = parsed;
    assert_int_equal(oat_query_plan_make(&query, &plan, &error), OAT_OK);
    assert_int_equal(oat_query_is_summed(&plan, &found), summed);
    assert_int_equal(found, kind);
    oat_query_plan_free(&plan);
    oat_filter_free(parsed);
}

static void the_table_is_chosen_that_tells_enough_apart(void **state)
{
    const char *const usage = "(total_cost != null or total_tokens != null)";
    (void)state;
    assert_answered_by("model", "sum:total_cost", usage, true, OAT_SUMMARY_BY_MODEL);
    assert_answered_by("agent", "sum:total_cost", usage, true, OAT_SUMMARY_BY_AGENT);
    assert_answered_by("prompt_version", "sum:cached_tokens", usage, true, OAT_SUMMARY_BY_AGENT);
    assert_answered_by("agent", "error_rate", "status = error", true, OAT_SUMMARY_BY_AGENT);
    assert_answered_by("agent", "avg:duration", "prompt_version >= 2", true, OAT_SUMMARY_BY_AGENT);
    assert_answered_by("agent", "count", "type = llm", false, OAT_SUMMARY_BY_AGENT);
    assert_answered_by("service", "count", "", false, OAT_SUMMARY_BY_AGENT);
    assert_answered_by("agent", "sum:ttft", "", false, OAT_SUMMARY_BY_AGENT);
}

static void a_group_cut_by_a_window_is_read(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_compact some = {0};
    struct oat_summary_scope hour = {OAT_MAKER_MS(0), OAT_MAKER_MS(HOUR_MS) - 1, 0, OAT_SUMMARY_BY_MODEL};
    put_spans(f, 1, 1, 3);
    oat_compact(&some, f->maker.dir);
    oat_fixture_take(f);
    assert_int_equal(covered_groups(f, hour), 2);
    hour.from_ns++;
    assert_int_equal(covered_groups(f, hour), 2); /* nothing started at midnight */
    hour.last_ns--;
    assert_int_equal(covered_groups(f, hour), 1); /* the other one lies outside */
}

static void a_group_in_several_buckets_is_read(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_compact some = {0};
    struct oat_summary_scope scope = {0, UINT64_MAX, HOUR_MS * UINT64_C(1000000), OAT_SUMMARY_BY_MODEL};
    put_spans(f, 1, 1, 3);
    oat_compact(&some, f->maker.dir);
    oat_fixture_take(f);
    assert_int_equal(covered_groups(f, scope), 2);
    scope.bucket_ns /= 2;
    assert_int_equal(covered_groups(f, scope), 0);
}

/* Hides every trace whose number is a multiple of `every`. */
static void hide_traces(struct oat_fixture *f, uint8_t writer, uint32_t every)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, writer, 0);
    for (uint32_t trace = every; trace <= TRACES; trace += every) {
        struct oat_disk_tombstone tombstone = {.id = oat_le64_of(1), .time_ns = oat_le64_of(OAT_MAKER_MS(0))};
        oat_maker_trace_id(tombstone.trace_id, trace);
        oat_maker_put(&pair, OAT_SLOT_TOMBSTONE, &tombstone);
    }
    oat_maker_pair_write(&pair);
}

static void loose_and_hidden_traces_are_taken_off(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_compact some = {0};
    struct oat_maker_pair pair;
    put_spans(f, 1, 1, 3);
    oat_compact(&some, f->maker.dir);
    oat_maker_pair_begin(&pair, &f->maker, 2, 0);
    put_span(&pair, TRACES, 4, (uint64_t)TRACES * TRACE_MS);
    oat_maker_pair_write(&pair);
    ask_all(f, 2);
    hide_traces(f, 3, TRACES / 2);
    ask_all(f, 3);
    hide_traces(f, 4, 3);
    ask_all(f, 4);
    assert_int_equal(covered_groups(f, any_time), 2);
}

static void a_group_of_mostly_hidden_traces_is_read(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_compact some = {0};
    put_spans(f, 1, 1, 3);
    oat_compact(&some, f->maker.dir);
    hide_traces(f, 2, 2);
    hide_traces(f, 3, 3);
    ask_all(f, 5);
    assert_int_equal(covered_groups(f, any_time), 0);
}

/* Each trace of the store is in two parts; then in one. */
static void traces_of_several_parts_are_read(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_compact some = {0}, all = {.merge = true};
    put_spans(f, 1, 1, 2);
    oat_compact(&some, f->maker.dir);
    put_spans(f, 2, 3, 3);
    oat_compact(&some, f->maker.dir);
    ask_all(f, 6);
    assert_int_equal(covered_groups(f, any_time), 0);
    oat_compact(&all, f->maker.dir);
    ask_all(f, 7);
    assert_int_equal(covered_groups(f, any_time), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(parts_answer_from_summaries_what_their_spans_say),
        cmocka_unit_test(the_table_is_chosen_that_tells_enough_apart),
        OAT_FIXTURE_TEST(a_group_cut_by_a_window_is_read),
        OAT_FIXTURE_TEST(a_group_in_several_buckets_is_read),
        OAT_FIXTURE_TEST(loose_and_hidden_traces_are_taken_off),
        OAT_FIXTURE_TEST(a_group_of_mostly_hidden_traces_is_read),
        OAT_FIXTURE_TEST(traces_of_several_parts_are_read),
    };
    return cmocka_run_group_tests_name("query_summary", tests, NULL, NULL);
}
