/* Queries about root spans answer from TRACES what they answer from SPANS: the same query with one more
 * aggregate, which TRACES does not have, has the same numbers. */
#include "tests/support/unit.h"

#include "reader/query_roots.h"
#include "tests/support/compact.h"
#include "tests/support/reader_fixture.h"
#include "tests/support/run_random.h"
#include "tests/support/sweep.h"

#include <fcntl.h>
#include <unistd.h>

#define TRACES      2600u /* three blocks of TRACES */
#define ALIKE       1500u /* the first of them are like their roots */
#define TRACE_MS    2000u /* from one to the next */
#define ROOT_MS     900u
#define HOUR_MS     3600000u
#define QUERIES     120u
#define WITH_SPANS  "sum:ttft"
#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

static const char *const keys[] = {"status", "hour", "day"};
static const char *const filters[] = {
    "parent_span_id = null",
    "parent_span_id = null and status = error",
    "duration > 700ms and (parent_span_id = null and status != error)",
    "parent_span_id = null and not (duration > 850ms or start > \"2026-11-22T00:40:00Z\")",
    "parent_span_id = null and duration = null",
    "parent_span_id = null and end < \"2026-11-22T01:00:00Z\"",
};
static const char *const aggregates[] = {
    "count", "error_rate", "avg:duration", "p95:duration", "max:duration", "min:start", "max:end",
};

/* ---- Stores ---- */

/* How a trace differs from its root. */
enum shape { LIKE_ROOT, ENDS_LATER, BEGINS_EARLIER, TWO_ROOTS, NO_ROOT, OPEN_ROOT, SHAPES };

static enum shape shape_of(uint32_t trace)
{
    return trace <= ALIKE ? LIKE_ROOT : (enum shape)(trace % SHAPES);
}

static bool is_alike(uint32_t trace)
{
    return shape_of(trace) == LIKE_ROOT;
}

static void put_root(struct oat_maker_pair *pair, uint32_t trace)
{
    uint64_t n = oat_run_mix(trace), at_ms = (uint64_t)trace * TRACE_MS;
    enum shape shape = shape_of(trace);
    struct oat_disk_span s =
        oat_maker_span(pair, trace, 1, 0, "run", at_ms, at_ms + ROOT_MS - (shape == LIKE_ROOT ? n % 400 : 0));
    s.type = OAT_AGENT;
    s.status = n % 7 == 0 ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS;
    if (shape == NO_ROOT)
        oat_maker_span_id(s.parent_id, 77);
    if (shape == OPEN_ROOT) {
        s.status = OAT_STATUS_OPEN;
        s.duration_ns = oat_le64_of(0);
    }
    oat_maker_put(pair, shape == OPEN_ROOT ? OAT_SLOT_OPEN : OAT_SLOT_SPAN, &s);
}

static void put_child(struct oat_maker_pair *pair, uint32_t trace)
{
    uint64_t at_ms = (uint64_t)trace * TRACE_MS;
    enum shape shape = shape_of(trace);
    uint64_t first_ms = at_ms - (shape == BEGINS_EARLIER ? 300 : 0), last_ms = at_ms + 400;
    if (shape == ENDS_LATER)
        last_ms = at_ms + ROOT_MS + 600;
    struct oat_disk_span s =
        oat_maker_span(pair, trace, 2, shape == TWO_ROOTS ? 0 : 1, "step", first_ms, last_ms);
    s.status = trace % 5 == 0 ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS;
    oat_maker_put(pair, OAT_SLOT_SPAN, &s);
}

static void put_all(struct oat_fixture *f, uint8_t writer,
                    void (*put)(struct oat_maker_pair *pair, uint32_t trace))
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, writer, 0);
    for (uint32_t trace = 1; trace <= TRACES; trace++)
        put(&pair, trace);
    oat_maker_pair_write(&pair);
}

static void put_both(struct oat_maker_pair *pair, uint32_t trace)
{
    put_root(pair, trace);
    put_child(pair, trace);
}

static void make_store(struct oat_fixture *f)
{
    struct oat_compact some = {0};
    put_all(f, 1, put_both);
    oat_compact(&some, f->maker.dir);
}

/* ---- Asking ---- */

struct question {
    oat_text group_by[COUNT_OF(keys)];
    oat_text aggregates[COUNT_OF(aggregates) + 1];
    oat_span_query query;
};

static oat_text text_of(const char *text)
{
    return (oat_text){text, strlen(text)};
}

static oat_filter *parse(const char *text)
{
    oat_filter *filter = NULL;
    assert_int_equal(oat_filter_parse(text, strlen(text), 0, &filter, NULL), OAT_OK);
    return filter;
}

static void draw_question(uint64_t *seed, struct question *ret)
{
    *ret = (struct question){.query = {.threads = 1 + (unsigned)oat_run_below(seed, 2)}};
    oat_span_query *query = &ret->query;
    query->filter = parse(filters[oat_run_below(seed, COUNT_OF(filters))]);
    query->group_by = ret->group_by;
    query->aggregates = ret->aggregates;
    for (unsigned i = 0; i < COUNT_OF(keys); i++)
        if (oat_run_below(seed, 3) == 0)
            ret->group_by[query->group_by_count++] = text_of(keys[i]);
    for (unsigned i = 0; i < COUNT_OF(aggregates); i++)
        if (i == 0 || oat_run_below(seed, 2) == 0)
            ret->aggregates[query->aggregate_count++] = text_of(aggregates[i]);
    if (oat_run_below(seed, 3) == 0)
        query->every_ns = HOUR_MS * UINT64_C(250000);
    if (oat_run_below(seed, 2) == 0)
        query->from_ns = OAT_MAKER_MS(oat_run_below(seed, HOUR_MS));
    if (oat_run_below(seed, 2) == 0)
        query->to_ns = OAT_MAKER_MS(HOUR_MS + oat_run_below(seed, HOUR_MS));
}

static oat_query_result *ask(struct oat_fixture *f, const oat_span_query *query, bool of_roots)
{
    oat_query_result *result = NULL;
    struct oat_query_plan plan;
    oat_span_query_error error;
    assert_int_equal(oat_query_plan_make(query, &plan, &error), OAT_OK);
    assert_int_equal(oat_query_is_of_roots(&plan), of_roots);
    oat_query_plan_free(&plan);
    assert_int_equal(oat_query_run(f->snapshot, query, &result, &error), OAT_OK);
    return result;
}

static void assert_same_value(const oat_query_value *a, const oat_query_value *b)
{
    assert_int_equal(a->null, b->null);
    assert_int_equal(a->integer, b->integer);
    assert_memory_equal(&a->number, &b->number, sizeof a->number);
}

/* Asks with and without the aggregate that needs spans, which comes last. */
static void assert_same_answers(struct oat_fixture *f, struct question *q)
{
    oat_query_result *of_roots = ask(f, &q->query, true);
    q->aggregates[q->query.aggregate_count++] = text_of(WITH_SPANS);
    oat_query_result *of_spans = ask(f, &q->query, false);
    size_t columns = of_roots->column_count;
    assert_int_equal(of_spans->column_count, columns + 1);
    assert_int_equal(of_roots->row_count, of_spans->row_count);
    assert_int_equal(of_roots->span_count, of_spans->span_count);
    for (size_t column = 0; column < columns; column++) {
        assert_same_value(&of_roots->totals[column], &of_spans->totals[column]);
        for (size_t row = 0; row < of_roots->row_count; row++)
            assert_same_value(&of_roots->values[row * columns + column],
                              &of_spans->values[row * (columns + 1) + column]);
    }
    oat_query_result_free(of_roots);
    oat_query_result_free(of_spans);
}

static void ask_all(struct oat_fixture *f, uint64_t seed)
{
    for (unsigned i = 0; i < QUERIES; i += OAT_SWEEP_STEP) {
        struct question q;
        draw_question(&seed, &q);
        assert_same_answers(f, &q);
        oat_filter_free((oat_filter *)(uintptr_t)q.query.filter);
    }
}

/* Spans without a parent that the store has, and how many of them are read of TRACES. */
struct roots {
    int64_t count;
    uint32_t told;
};

static uint32_t told_in(const struct oat_scan *scan)
{
    struct oat_root_scan roots;
    uint32_t told = 0;
    assert_int_equal(oat_root_scan_open(scan, &roots), OAT_OK);
    for (size_t i = 0; i < roots.piece_count; i++)
        for (uint32_t trace = 0; trace < TRACES && !roots.pieces[i].of_spans; trace++)
            told += oat_bit(roots.pieces[i].traces, trace);
    oat_root_scan_close(&roots);
    return told;
}

static struct roots find_roots(struct oat_fixture *f)
{
    struct roots roots;
    struct oat_scan scan;
    oat_span_query query = {.filter = parse(filters[0])};
    oat_query_result *result = ask(f, &query, true);
    roots.count = result->totals[0].integer;
    oat_query_result_free(result);
    oat_filter_free((oat_filter *)(uintptr_t)query.filter);
    assert_int_equal(oat_scan_open(f->snapshot, 0, UINT64_MAX, NULL, &scan), OAT_OK);
    roots.told = told_in(&scan);
    oat_scan_close(&scan);
    return roots;
}

static struct roots roots_put(void)
{
    struct roots roots = {0};
    for (uint32_t trace = 1; trace <= TRACES; trace++) {
        roots.count += shape_of(trace) == TWO_ROOTS ? 2 : shape_of(trace) != NO_ROOT;
        roots.told += is_alike(trace);
    }
    return roots;
}

/* ---- Tests ---- */

static void traces_tell_of_roots_what_spans_say(void **state)
{
    struct oat_fixture *f = *state;
    make_store(f);
    oat_fixture_take(f);
    struct roots found = find_roots(f), put = roots_put();
    assert_int_equal(found.count, put.count);
    assert_int_equal(found.told, put.told);
    ask_all(f, 1);
}

static void loose_and_hidden_traces_are_not_told_of(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct roots put = roots_put();
    make_store(f);
    oat_maker_pair_begin(&pair, &f->maker, 2, 0);
    struct oat_disk_span late = oat_maker_span(&pair, 5, 3, 1, "late", 5 * TRACE_MS, 6 * TRACE_MS);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &late);
    struct oat_disk_tombstone tombstone = {.id = oat_le64_of(1), .time_ns = oat_le64_of(OAT_MAKER_MS(0))};
    oat_maker_trace_id(tombstone.trace_id, 6);
    oat_maker_put(&pair, OAT_SLOT_TOMBSTONE, &tombstone);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    struct roots found = find_roots(f);
    assert_int_equal(found.count, put.count - 1);
    assert_int_equal(found.told, put.told - 2);
    ask_all(f, 2);
}

static void traces_of_several_parts_are_not_told_of(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_compact some = {0}, all = {.merge = true};
    struct roots put = roots_put();
    put_all(f, 1, put_child);
    oat_compact(&some, f->maker.dir);
    put_all(f, 2, put_root);
    oat_compact(&some, f->maker.dir);
    oat_fixture_take(f);
    assert_int_equal(find_roots(f).told, 0);
    assert_int_equal(find_roots(f).count, put.count);
    ask_all(f, 3);
    oat_compact(&all, f->maker.dir);
    oat_fixture_take(f);
    assert_int_equal(find_roots(f).told, put.told);
    ask_all(f, 4);
}

/* Damages the first block of a column of TRACES, of the store's only part. */
static void damage_traces(struct oat_fixture *f, unsigned column)
{
    struct oat_scan scan;
    const struct oat_group *group;
    char path[4096];
    uint8_t byte;
    assert_int_equal(oat_scan_open(f->snapshot, 0, UINT64_MAX, NULL, &scan), OAT_OK);
    struct oat_part *part = scan.parts[0].part;
    assert_int_equal(oat_image_group(oat_part_table(part, OAT_TABLE_TRACES), 0, &group), OAT_OK);
    off_t offset = (off_t)oat_group_block_offset(group, column, 0);
    snprintf(path, sizeof path, "%s/%s", f->maker.dir, oat_part_path(part));
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, &byte, 1, offset), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
    close(fd);
    oat_scan_close(&scan);
}

static void spans_answer_for_damaged_traces(void **state)
{
    struct oat_fixture *f = *state;
    make_store(f);
    oat_fixture_take(f);
    damage_traces(f, OAT_COL_TRACE_DURATION);
    struct roots found = find_roots(f), put = roots_put();
    assert_int_equal(found.count, put.count);
    assert_int_equal(found.told, put.told - OAT_BLOCK_ROWS);
    ask_all(f, 5);
}

/* What is asked of a query, by a filter, a key and an aggregate. */
static void assert_of_roots(const char *filter, const char *key, const char *aggregate, bool of_roots)
{
    const oat_text by = text_of(key), value = text_of(aggregate);
    oat_span_query query = {.group_by = &by, .group_by_count = 1, .aggregates = &value, .aggregate_count = 1};
    struct oat_query_plan plan;
    oat_span_query_error error;
    oat_filter *parsed = parse(filter);
    query.filter = parsed;
    assert_int_equal(oat_query_plan_make(&query, &plan, &error), OAT_OK);
    assert_int_equal(oat_query_is_of_roots(&plan), of_roots);
    oat_query_plan_free(&plan);
    oat_filter_free(parsed);
}

static void only_what_traces_tell_is_asked_of_them(void **state)
{
    (void)state;
    assert_of_roots("parent_span_id = null", "status", "p95:duration", true);
    assert_of_roots("status = error and (parent_span_id = null and duration > 1s)", "day", "count", true);
    assert_of_roots("", "status", "count", false);
    assert_of_roots("status = error", "status", "count", false);
    assert_of_roots("parent_span_id != null", "status", "count", false);
    assert_of_roots("not parent_span_id = null", "status", "count", false);
    assert_of_roots("parent_span_id = null or status = error", "status", "count", false);
    assert_of_roots("parent_span_id = null and model = x", "status", "count", false);
    assert_of_roots("parent_span_id = null and trace.duration > 1s", "status", "count", false);
    assert_of_roots("parent_span_id = null and trace.has(status = error)", "status", "count", false);
    assert_of_roots("parent_span_id = null and attr.a = b", "status", "count", false);
    assert_of_roots("parent_span_id = null and input : \"a\"", "status", "count", false);
    assert_of_roots("parent_span_id = null", "model", "count", false);
    assert_of_roots("parent_span_id = null", "type", "count", false);
    assert_of_roots("parent_span_id = null", "attr.a", "count", false);
    assert_of_roots("parent_span_id = null", "status", "traces", false);
    assert_of_roots("parent_span_id = null", "status", "sum:total_cost", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(traces_tell_of_roots_what_spans_say),
        OAT_FIXTURE_TEST(loose_and_hidden_traces_are_not_told_of),
        OAT_FIXTURE_TEST(traces_of_several_parts_are_not_told_of),
        OAT_FIXTURE_TEST(spans_answer_for_damaged_traces),
        cmocka_unit_test(only_what_traces_tell_is_asked_of_them),
    };
    return cmocka_run_group_tests_name("query_roots", tests, NULL, NULL);
}
