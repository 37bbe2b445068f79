/* Totals, histograms and sessions of traces, and lists of spans: over hot files and parts alike. */
#include "tests/support/unit.h"

#include "oat/lists.h"
#include "tests/support/compact.h"
#include "tests/support/reader_fixture.h"

#define DAY_MS UINT64_C(86400000)
#define TRACES 300u
#define DAYS   10u

/* Trace n starts n % DAYS days and n seconds after the first, takes n + 1 ms, is of session n % 7 (none where
 * that is 0), has 2 spans and failed when n is a multiple of 5. Of each third one, half is compacted. */
static void put_traces(struct oat_fixture *f, uint32_t first, uint32_t end)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, (uint8_t)(1 + first % 200), 0);
    for (uint32_t n = first; n < end; n++) {
        uint64_t start_ms = n % DAYS * DAY_MS + n * 1000;
        char session[16];
        struct oat_disk_span root =
            oat_maker_span(&pair, n + 1, 2 * n + 1, 0, "run", start_ms, start_ms + n + 1);
        snprintf(session, sizeof session, "s-%u", n % 7);
        if (n % 7)
            root.text[OAT_TEXT_SESSION] = oat_maker_string(&pair, session);
        if (n % 5 == 0)
            root.status = OAT_STATUS_ERROR;
        struct oat_disk_span child =
            oat_maker_span(&pair, n + 1, 2 * n + 2, 2 * n + 1, "step", start_ms, start_ms + 1);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &root);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &child);
    }
    oat_maker_pair_write(&pair);
}

/* Two thirds of the traces in parts, one in hot files. */
static void put_all(struct oat_fixture *f)
{
    struct oat_compact compact = {0};
    put_traces(f, 0, 2 * TRACES / 3);
    oat_compact(&compact, f->maker.dir);
    put_traces(f, 2 * TRACES / 3, TRACES);
    oat_fixture_take(f);
}

static oat_filter *parse(const char *text)
{
    oat_filter *filter;
    assert_int_equal(oat_filter_parse(text, strlen(text), 0, &filter, NULL), OAT_OK);
    return filter;
}

/* ---- Totals --------------------------------------------------------------------------------------- */

static void totals_are_the_sums_of_the_list(void **state)
{
    struct oat_fixture *f = *state;
    oat_trace_totals totals;
    put_all(f);
    static const char *const filters[] = {
        "", "name = step", "duration > 150ms", "trace.status = error", "session = s-3", "name = nothing"};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        oat_filter *filter = parse(filters[i]);
        oat_trace_query query = {.filter = filter, .from_ns = OAT_MAKER_MS(DAY_MS), .limit = 3};
        oat_trace_list *list;
        uint64_t errors = 0, spans = 0;
        double duration_ns = 0;
        assert_int_equal(oat_trace_totals_read(f->snapshot, &query, &totals, NULL), OAT_OK);
        query.limit = 0;
        assert_int_equal(oat_trace_list_open(f->snapshot, &query, &list), OAT_OK);
        size_t count = oat_trace_list_count(list);
        for (size_t t = 0; t < count; t++) {
            const oat_trace_view *view = oat_trace_list_get(list, t);
            errors += view->status == OAT_SHOWN_ERROR;
            spans += view->span_count;
            duration_ns += (double)(view->end_ns - view->start_ns);
        }
        assert_int_equal(totals.traces, count);
        assert_int_equal(totals.by_status[OAT_SHOWN_ERROR], errors);
        assert_int_equal(totals.spans, spans);
        assert_int_equal(totals.ended, count);
        if (count > 0) {
            assert_true(totals.duration_avg_ns == duration_ns / (double)count);
            assert_int_equal(totals.last_start_ns, oat_trace_list_get(list, 0)->start_ns);
            assert_int_equal(totals.first_start_ns, oat_trace_list_get(list, count - 1)->start_ns);
        }
        assert_false(totals.partial);
        oat_trace_list_close(list);
        oat_filter_free(filter);
    }
}

static void percentiles_are_within_one_percent(void **state)
{
    struct oat_fixture *f = *state;
    oat_trace_totals totals;
    put_all(f);
    assert_int_equal(oat_trace_totals_read(f->snapshot, &(oat_trace_query){0}, &totals, NULL), OAT_OK);
    assert_in_range(totals.duration_p50_ns, 148.5e6, 151.5e6);
    assert_in_range(totals.duration_p95_ns, 282e6, 288e6);
}

static void a_histogram_counts_by_start(void **state)
{
    struct oat_fixture *f = *state;
    oat_trace_totals totals;
    oat_trace_histogram histogram = {
        .from_ns = OAT_MAKER_MS(DAY_MS), .every_ns = DAY_MS * 1000000, .bucket_count = 4};
    histogram.buckets = calloc(histogram.bucket_count, sizeof *histogram.buckets);
    assert_non_null(histogram.buckets);
    put_all(f);
    assert_int_equal(oat_trace_totals_read(f->snapshot, &(oat_trace_query){0}, &totals, &histogram), OAT_OK);
    assert_int_equal(totals.traces, TRACES);
    for (size_t i = 0; i < histogram.bucket_count; i++) {
        assert_int_equal(histogram.buckets[i].traces, TRACES / DAYS);
        assert_int_equal(histogram.buckets[i].errors, (i + 1) % 5 == 0 ? TRACES / DAYS : 0);
    }
    histogram.every_ns = 0;
    assert_int_equal(oat_trace_totals_read(f->snapshot, &(oat_trace_query){0}, &totals, &histogram),
                     OAT_E_INVALID);
    free(histogram.buckets);
}

/* ---- Sessions ------------------------------------------------------------------------------------- */

static void sessions_add_up_their_traces(void **state)
{
    struct oat_fixture *f = *state;
    oat_session_list *list;
    uint64_t traces = 0, before_ns = UINT64_MAX;
    bool exact;
    put_all(f);
    assert_int_equal(oat_session_list_open(f->snapshot, &(oat_trace_query){0}, &list), OAT_OK);
    assert_int_equal(oat_session_list_count(list), 6);
    assert_int_equal(oat_session_list_total(list, &exact), 6);
    assert_true(exact);
    assert_null(oat_session_list_cursor(list));
    for (size_t i = 0; i < 6; i++) {
        const oat_session_view *session = oat_session_list_get(list, i);
        uint64_t number = (uint64_t)(session->name.bytes[2] - '0'), count = 0, failed = 0;
        for (uint64_t n = number; n < TRACES; n += 7) {
            count++;
            failed += n % 5 == 0;
        }
        assert_int_equal(session->trace_count, count);
        assert_int_equal(session->failed_count, failed);
        assert_int_equal(session->span_count, 2 * count);
        assert_true(session->seen_ns <= before_ns);
        assert_true(session->start_ns < session->newest_start_ns);
        before_ns = session->seen_ns;
        traces += count;
    }
    assert_int_equal(traces, TRACES - (TRACES + 6) / 7);
    oat_session_list_close(list);
}

static void pages_of_sessions_show_each_once(void **state)
{
    struct oat_fixture *f = *state;
    char cursor[64] = "", seen[16] = "";
    put_all(f);
    for (bool more = true; more;) {
        oat_trace_query query = {.limit = 4, .sort = OAT_SORT_SPANS, .cursor = *cursor ? cursor : NULL};
        oat_session_list *list;
        assert_int_equal(oat_session_list_open(f->snapshot, &query, &list), OAT_OK);
        for (size_t i = 0; i < oat_session_list_count(list); i++)
            seen[strlen(seen)] = oat_session_list_get(list, i)->name.bytes[2];
        more = oat_session_list_cursor(list) != NULL;
        if (more)
            snprintf(cursor, sizeof cursor, "%s", oat_session_list_cursor(list));
        oat_session_list_close(list);
    }
    assert_int_equal(strlen(seen), 6);
    for (char name = '1'; name <= '6'; name++)
        assert_non_null(strchr(seen, name));
    oat_session_list *list;
    assert_int_equal(oat_session_list_open(f->snapshot, &(oat_trace_query){.cursor = "x"}, &list),
                     OAT_E_INVALID);
}

/* ---- Spans ---------------------------------------------------------------------------------------- */

/* Goes from page to page; spans have to come newest first. Returns how many there were. */
static size_t walk_spans(const struct oat_fixture *f, oat_span_list_query query)
{
    char cursor[64] = "";
    static bool seen[2 * TRACES + 1];
    size_t count = 0;
    uint64_t before_ns = UINT64_MAX;
    memset(seen, 0, sizeof seen);
    for (bool more = true; more;) {
        oat_span_list *list;
        query.cursor = count > 0 ? cursor : NULL;
        assert_int_equal(oat_span_list_open(f->snapshot, &query, &list), OAT_OK);
        for (size_t i = 0; i < oat_span_list_count(list); i++, count++) {
            const oat_span_ids *span = oat_span_list_get(list, i);
            unsigned number = span->span_id[6] * 256u + span->span_id[7];
            assert_in_range(number, 1, 2 * TRACES);
            assert_false(seen[number]);
            seen[number] = true;
            assert_true(span->start_ns <= before_ns);
            before_ns = span->start_ns;
        }
        more = oat_span_list_cursor(list) != NULL;
        if (more)
            snprintf(cursor, sizeof cursor, "%s", oat_span_list_cursor(list));
        oat_span_list_close(list);
    }
    return count;
}

static void pages_of_spans_show_each_once(void **state)
{
    struct oat_fixture *f = *state;
    put_all(f);
    assert_int_equal(walk_spans(f, (oat_span_list_query){.limit = 7}), 2 * TRACES);
    assert_int_equal(walk_spans(f, (oat_span_list_query){.limit = 1000}), 2 * TRACES);
    oat_filter *filter = parse("name = step");
    assert_int_equal(walk_spans(f, (oat_span_list_query){.filter = filter, .limit = 9}), TRACES);
    const oat_span_list_query days = {
        .limit = 11, .from_ns = OAT_MAKER_MS(DAY_MS), .to_ns = OAT_MAKER_MS(3 * DAY_MS)};
    assert_int_equal(walk_spans(f, days), 2 * TRACES / DAYS * 2);
    oat_filter_free(filter);
}

static void an_offset_skips_spans(void **state)
{
    struct oat_fixture *f = *state;
    oat_span_list *all, *page;
    bool exact;
    put_all(f);
    assert_int_equal(oat_span_list_open(f->snapshot, &(oat_span_list_query){.limit = 1000}, &all), OAT_OK);
    assert_int_equal(oat_span_list_total(all, &exact), 2 * TRACES);
    assert_true(exact);
    oat_span_list_query query = {.offset = 101, .limit = 5};
    assert_int_equal(oat_span_list_open(f->snapshot, &query, &page), OAT_OK);
    assert_int_equal(oat_span_list_count(page), 5);
    for (size_t i = 0; i < 5; i++)
        assert_memory_equal(oat_span_list_get(page, i)->span_id, oat_span_list_get(all, 101 + i)->span_id, 8);
    oat_span_list_close(page);
    oat_span_list_close(all);
    query = (oat_span_list_query){.limit = 5, .cursor = "1-xyz"};
    assert_int_equal(oat_span_list_open(f->snapshot, &query, &page), OAT_E_INVALID);
}

static void a_span_is_found_by_its_id_alone(void **state)
{
    struct oat_fixture *f = *state;
    uint8_t span_id[8], trace_id[16], expected[16];
    size_t others;
    put_all(f);
    for (uint32_t n = 0; n < TRACES; n += 37) {
        oat_maker_span_id(span_id, 2 * n + 2);
        oat_maker_trace_id(expected, n + 1);
        assert_int_equal(oat_snapshot_find_span(f->snapshot, span_id, trace_id, &others), OAT_OK);
        assert_memory_equal(trace_id, expected, sizeof expected);
        assert_int_equal(others, 0);
    }
    oat_maker_span_id(span_id, 2 * TRACES + 1);
    assert_int_equal(oat_snapshot_find_span(f->snapshot, span_id, trace_id, &others), OAT_NOTFOUND);
}

static void of_several_spans_of_an_id_the_newest_traces_is_found(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_compact compact = {0};
    uint8_t span_id[8], trace_id[16], expected[16];
    size_t others;
    for (uint32_t n = 0; n < 3; n++) {
        struct oat_maker_pair pair;
        oat_maker_pair_begin(&pair, &f->maker, (uint8_t)(n + 1), 0);
        struct oat_disk_span span = oat_maker_span(&pair, n + 1, 7, 0, "run", n * 1000, n * 1000 + 1);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
        oat_maker_pair_write(&pair);
        if (n == 1)
            oat_compact(&compact, f->maker.dir);
    }
    oat_fixture_take(f);
    oat_maker_span_id(span_id, 7);
    oat_maker_trace_id(expected, 3);
    assert_int_equal(oat_snapshot_find_span(f->snapshot, span_id, trace_id, &others), OAT_OK);
    assert_memory_equal(trace_id, expected, sizeof expected);
    assert_int_equal(others, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(totals_are_the_sums_of_the_list),
        OAT_FIXTURE_TEST(percentiles_are_within_one_percent),
        OAT_FIXTURE_TEST(a_histogram_counts_by_start),
        OAT_FIXTURE_TEST(sessions_add_up_their_traces),
        OAT_FIXTURE_TEST(pages_of_sessions_show_each_once),
        OAT_FIXTURE_TEST(pages_of_spans_show_each_once),
        OAT_FIXTURE_TEST(an_offset_skips_spans),
        OAT_FIXTURE_TEST(a_span_is_found_by_its_id_alone),
        OAT_FIXTURE_TEST(of_several_spans_of_an_id_the_newest_traces_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
