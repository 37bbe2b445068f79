/* Traces that lie in several parts are put together some at a time: each is there whole, and once. */
#include "tests/support/unit.h"

#include "oat/lists.h"
#include "reader/scan.h"
#include "tests/support/compact.h"
#include "tests/support/reader_fixture.h"

#define TRACES 3000u /* more than are put together at a time */
#define DAYS   3u
#define DAY_MS 86400000u

/* A span of each trace on each of the days, an error on the last one; every other trace begins a day later.
 */
static void put_spans(struct oat_fixture *f)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t trace = 1; trace <= TRACES; trace++)
        for (uint32_t span = 1; span <= DAYS; span++) {
            uint64_t at_ms = (span - 1 + trace % 2) * (uint64_t)DAY_MS + trace;
            struct oat_disk_span s =
                oat_maker_span(&pair, trace, span, span - 1, "step", at_ms, at_ms + trace);
            s.type = span == 1 ? OAT_AGENT : OAT_TOOL;
            s.status = span == DAYS ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS;
            oat_maker_put(&pair, OAT_SLOT_SPAN, &s);
        }
    oat_maker_pair_write(&pair);
}

static void compact(struct oat_fixture *f)
{
    struct oat_compact all = {0};
    put_spans(f);
    oat_compact(&all, f->maker.dir);
    oat_fixture_take(f);
}

static void assert_whole(const struct oat_trace_info *info, uint8_t seen[TRACES + 1])
{
    for (uint32_t trace = 1; trace <= TRACES; trace++) {
        uint8_t id[16];
        oat_maker_trace_id(id, trace);
        if (memcmp(id, info->trace_id, sizeof id) == 0)
            seen[trace]++;
    }
    assert_int_equal(info->row_count, DAYS);
    assert_int_equal(info->depth, DAYS);
    assert_int_equal(info->error_count, 1);
}

static void traces_of_several_parts_are_there_whole_and_once(void **state)
{
    struct oat_fixture *f = *state;
    static uint8_t seen[TRACES + 1];
    struct oat_scan scan;
    compact(f);
    memset(seen, 0, sizeof seen);
    assert_int_equal(oat_scan_open(f->snapshot, 0, UINT64_MAX, NULL, &scan), OAT_OK);
    assert_int_equal(scan.part_count, DAYS + 1);
    assert_int_equal(scan.continued.trace_count, TRACES);
    for (size_t i = 0; i < scan.continued.trace_count; i++)
        assert_whole(&scan.continued.traces[i], seen);
    for (uint32_t trace = 1; trace <= TRACES; trace++)
        assert_int_equal(seen[trace], 1);
    oat_scan_close(&scan);
}

/* What the traces come to of which a span is what the filter says. */
static void assert_same_sums(struct oat_fixture *f, const char *filter, uint64_t traces)
{
    oat_trace_totals totals;
    oat_trace_query query = {0};
    oat_filter *parsed;
    assert_int_equal(oat_filter_parse(filter, strlen(filter), 0, &parsed, NULL), OAT_OK);
    query.filter = parsed;
    assert_int_equal(oat_trace_totals_read(f->snapshot, &query, &totals, NULL), OAT_OK);
    assert_int_equal(totals.traces, traces);
    assert_int_equal(totals.spans, traces * DAYS);
    assert_int_equal(totals.errors, traces);
    oat_filter_free(parsed);
}

static void their_spans_are_asked_as_those_of_others(void **state)
{
    struct oat_fixture *f = *state;
    compact(f);
    assert_same_sums(f, "", TRACES);
    assert_same_sums(f, "type = agent and name = step and status = success", TRACES);
    assert_same_sums(f, "duration > 1000", TRACES - 1000);
    assert_same_sums(f, "type = tool and duration > 2000 and start_time > 0", TRACES - 2000);
    assert_same_sums(f, "parent_span_id = null and type = agent", TRACES);
    assert_same_sums(f, "trace.tool_calls = 2", TRACES);
    assert_same_sums(f, "type = llm", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(traces_of_several_parts_are_there_whole_and_once),
        OAT_FIXTURE_TEST(their_spans_are_asked_as_those_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
