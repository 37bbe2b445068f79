/* Queries over traces that lie in several parts answer what they answered before anything was compacted:
 * whether spans are asked alone, and read in their parts, or their traces, too. */
#include "tests/support/unit.h"

#include "oat/lists.h"
#include "reader/scan.h"
#include "tests/support/compact.h"
#include "tests/support/reader_fixture.h"

#define EACH            500u /* traces of a kind: their rows fill several batches */
#define DAY_MS          UINT64_C(86400000)
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* What is odd of a trace whose spans lie on three days. */
enum kind {
    PLAIN,
    COVERED,  /* a call that a call below it covers, a day later */
    REPEATED, /* a span is told again, with another end, when the first is compacted */
    ONE_CALL, /* two spans tell of one call */
    CYCLE,
    LATE,    /* a span comes when the others are compacted */
    RUNNING, /* a span is not compacted */
    GONE,    /* the trace is deleted later */
    KINDS
};

static bool differs(enum kind kind)
{
    return kind == COVERED || kind == REPEATED || kind == ONE_CALL;
}

/* ---- Stores ---- */

struct spans {
    struct oat_maker_pair pair;
    uint32_t trace;
};

/* The n-th span of a trace, on that day. */
static struct oat_disk_span span_of(struct spans *s, uint32_t n, uint32_t parent, unsigned day)
{
    uint64_t at_ms = day * DAY_MS + s->trace * UINT64_C(3) + n;
    struct oat_disk_span span =
        oat_maker_span(&s->pair, s->trace, n, parent, n % 2 ? "odd" : "even", at_ms, at_ms + s->trace % 97);
    span.type = n == 1 ? OAT_AGENT : OAT_TOOL;
    span.status = (s->trace + n) % 7 == 0 ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS;
    span.ttft_us = oat_le32_of(n);
    return span;
}

/* Makes it a call of a model. */
static struct oat_disk_span call(struct spans *s, struct oat_disk_span span, uint32_t tokens)
{
    span.type = OAT_LLM;
    span.text[OAT_TEXT_MODEL] = oat_maker_string(&s->pair, s->trace % 3 ? "gpt-4o" : "claude");
    span.flags = oat_le32_of(OAT_SPAN_HAS_COST | OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT));
    span.cost_total_nano = oat_le64_of(tokens * UINT64_C(1000000));
    span.count[OAT_COUNT_INPUT] = oat_le32_of(tokens);
    return span;
}

static void put(struct spans *s, struct oat_disk_span span)
{
    oat_maker_put(&s->pair, OAT_SLOT_SPAN, &span);
}

static void put_first(struct spans *s, enum kind kind)
{
    struct oat_disk_span first = span_of(s, 1, kind == CYCLE ? 2 : 0, 0);
    struct oat_disk_span last = span_of(s, 3, 2, 2);
    struct oat_disk_span second = call(s, span_of(s, 2, 1, 1), 10 + s->trace % 5);
    if (kind == ONE_CALL)
        second.call_id = last.call_id = oat_le64_of(s->trace);
    put(s, kind == COVERED || kind == ONE_CALL ? call(s, first, 100) : first);
    put(s, second);
    put(s, kind == ONE_CALL ? call(s, last, 10) : last);
}

static void put_second(struct spans *s, enum kind kind)
{
    struct oat_disk_span again = call(s, span_of(s, 2, 1, 1), 500);
    again.duration_ns = oat_le64_of(UINT64_C(7000000000));
    if (kind == REPEATED)
        put(s, again);
    if (kind == LATE)
        put(s, call(s, span_of(s, 4, 1, 1), 3));
}

static void put_third(struct spans *s, enum kind kind)
{
    struct oat_disk_tombstone tombstone = {0};
    if (kind == RUNNING)
        put(s, call(s, span_of(s, 5, 2, 2), 2));
    if (kind != GONE)
        return;
    oat_maker_trace_id(tombstone.trace_id, s->trace);
    tombstone.time_ns = oat_le64_of(OAT_MAKER_MS(3 * DAY_MS));
    oat_maker_put(&s->pair, OAT_SLOT_TOMBSTONE, &tombstone);
}

static void put_all(struct oat_fixture *f, uint8_t writer, void (*put_some)(struct spans *, enum kind))
{
    struct spans s;
    oat_maker_pair_begin(&s.pair, &f->maker, writer, 0);
    for (s.trace = 1; s.trace <= EACH * KINDS; s.trace++)
        put_some(&s, (enum kind)(s.trace % KINDS));
    oat_maker_pair_write(&s.pair);
}

/* Everything is hot: what the answers are held to. */
static void make_hot(struct oat_fixture *f)
{
    put_all(f, 1, put_first);
    put_all(f, 2, put_second);
    put_all(f, 3, put_third);
    oat_fixture_take(f);
}

static void make_compacted(struct oat_fixture *f)
{
    struct oat_compact some = {0};
    put_all(f, 1, put_first);
    oat_compact(&some, f->maker.dir);
    put_all(f, 2, put_second);
    oat_compact(&some, f->maker.dir);
    put_all(f, 3, put_third);
    oat_fixture_take(f);
}

struct stores {
    struct oat_fixture *hot, *compacted;
};

static void open_stores(struct stores *s)
{
    void *hot, *compacted;
    oat_fixture_set_up(&hot);
    oat_fixture_set_up(&compacted);
    *s = (struct stores){hot, compacted};
    make_hot(s->hot);
    make_compacted(s->compacted);
}

static void close_stores(struct stores *s)
{
    void *hot = s->hot, *compacted = s->compacted;
    oat_fixture_tear_down(&hot);
    oat_fixture_tear_down(&compacted);
}

/* ---- Asking ---- */

static oat_filter *parse(const char *text)
{
    oat_filter *filter;
    assert_int_equal(oat_filter_parse(text, strlen(text), 0, &filter, NULL), OAT_OK);
    return filter;
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

/* Of the columns that both have. */
static void assert_same(const oat_query_result *a, const oat_query_result *b)
{
    size_t columns = a->column_count < b->column_count ? a->column_count : b->column_count;
    assert_int_equal(a->row_count, b->row_count);
    assert_int_equal(a->span_count, b->span_count);
    for (size_t column = 0; column < columns; column++)
        for (size_t row = 0; row < a->row_count; row++)
            assert_same_value(&a->values[row * a->column_count + column],
                              &b->values[row * b->column_count + column]);
}

/* Asks all stores, then the compacted one with how many traces there are, which spans alone do not tell. */
static void assert_same_answers(const struct stores *s, const char *key, const char *filter, unsigned day)
{
    static const char *const names[] = {
        "count",           "sum:cost",       "all:sum:cost", "sum:prompt_tokens",
        "p95:duration_ms", "max:start_time", "traces"};
    oat_text group_by = {key, strlen(key)}, aggregates[COUNT_OF(names)];
    oat_filter *parsed = parse(filter);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        aggregates[i] = (oat_text){names[i], strlen(names[i])};
    oat_span_query query = {.filter = parsed,
                            .group_by = &group_by,
                            .group_by_count = 1,
                            .aggregates = aggregates,
                            .aggregate_count = COUNT_OF(names),
                            .threads = 2};
    if (day > 0) {
        query.from_ns = OAT_MAKER_MS(day * DAY_MS + 200);
        query.to_ns = OAT_MAKER_MS((day + 1) * DAY_MS);
    }
    oat_query_result *expected = ask(s->hot, &query), *whole = ask(s->compacted, &query);
    query.aggregate_count--;
    oat_query_result *of_spans = ask(s->compacted, &query);
    assert_true(day > 0 || expected->span_count > 0);
    assert_same(expected, whole);
    assert_same(expected, of_spans);
    oat_query_result_free(expected);
    oat_query_result_free(whole);
    oat_query_result_free(of_spans);
    oat_filter_free(parsed);
}

/* ---- Tests ---- */

static void queries_answer_as_before_compaction(void **state)
{
    static const char *const keys[] = {"type", "name", "model", "trace_id", "trace.span_count"};
    static const char *const filters[] = {
        "",
        "type = llm and total_cost > 0",
        "parent_span_id = null",
        "status = error or duration > 50ms",
        "trace.cost > 0.05",
        "trace.has(type = llm and duration > 1s)",
        "not trace.has(model = claude) and trace.tool_calls > 0",
    };
    struct stores s;
    (void)state;
    open_stores(&s);
    for (size_t key = 0; key < COUNT_OF(keys); key++)
        for (size_t filter = 0; filter < COUNT_OF(filters); filter++)
            for (unsigned day = 0; day <= 2; day++)
                assert_same_answers(&s, keys[key], filters[filter], day);
    close_stores(&s);
}

/* Newest first; whatever their number. */
static void assert_same_spans(const struct stores *s, const char *filter)
{
    oat_filter *parsed = parse(filter);
    oat_span_list_query query = {.filter = parsed, .limit = 4 * EACH * KINDS};
    oat_span_list *expected, *found;
    assert_int_equal(oat_span_list_open(s->hot->snapshot, &query, &expected), OAT_OK);
    assert_int_equal(oat_span_list_open(s->compacted->snapshot, &query, &found), OAT_OK);
    assert_true(oat_span_list_count(expected) > 0);
    assert_int_equal(oat_span_list_count(found), oat_span_list_count(expected));
    for (size_t i = 0; i < oat_span_list_count(found); i++) {
        assert_memory_equal(oat_span_list_get(found, i)->trace_id, oat_span_list_get(expected, i)->trace_id,
                            16);
        assert_memory_equal(oat_span_list_get(found, i)->span_id, oat_span_list_get(expected, i)->span_id, 8);
    }
    oat_span_list_close(expected);
    oat_span_list_close(found);
    oat_filter_free(parsed);
}

static void lists_of_spans_are_as_before_compaction(void **state)
{
    struct stores s;
    (void)state;
    open_stores(&s);
    assert_same_spans(&s, "");
    assert_same_spans(&s, "duration > 1s");
    assert_same_spans(&s, "trace.has(duration > 1s)");
    assert_same_spans(&s, "name = even and trace.depth = 3");
    close_stores(&s);
}

static void figures_are_as_before_compaction(void **state)
{
    struct stores s;
    oat_trace_totals expected, found;
    oat_trace_query query = {0};
    (void)state;
    open_stores(&s);
    assert_int_equal(oat_trace_totals_read(s.hot->snapshot, &query, &expected, NULL), OAT_OK);
    assert_int_equal(oat_trace_totals_read(s.compacted->snapshot, &query, &found, NULL), OAT_OK);
    assert_int_equal(found.traces, expected.traces);
    assert_int_equal(found.traces, EACH * (KINDS - 1));
    assert_int_equal(found.spans, expected.spans);
    assert_int_equal(found.errors, expected.errors);
    assert_int_equal(found.cost_total_nano, expected.cost_total_nano);
    assert_int_equal(found.input_tokens, expected.input_tokens);
    close_stores(&s);
}

static enum kind kind_of(const struct oat_trace_info *info)
{
    for (uint32_t trace = 1; trace <= EACH * KINDS; trace++) {
        uint8_t id[16];
        oat_maker_trace_id(id, trace);
        if (memcmp(id, info->trace_id, sizeof id) == 0)
            return (enum kind)(trace % KINDS);
    }
    return KINDS;
}

static void traces_differ_when_parts_cannot_answer_for_them(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_scan scan;
    unsigned met[KINDS] = {0};
    make_compacted(f);
    assert_int_equal(oat_scan_open(f->snapshot, 0, UINT64_MAX, NULL, &scan), OAT_OK);
    for (size_t i = 0; i < scan.continued.trace_count; i++) {
        enum kind kind = kind_of(&scan.continued.traces[i]);
        assert_int_equal(scan.continued.traces[i].differs, differs(kind));
        met[kind]++;
    }
    for (unsigned kind = 0; kind < KINDS; kind++)
        assert_int_equal(met[kind], kind == RUNNING || kind == GONE ? 0 : EACH);
    oat_scan_close(&scan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries_answer_as_before_compaction),
        cmocka_unit_test(lists_of_spans_are_as_before_compaction),
        cmocka_unit_test(figures_are_as_before_compaction),
        OAT_FIXTURE_TEST(traces_differ_when_parts_cannot_answer_for_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
