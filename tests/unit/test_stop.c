/* Queries that are stopped before they are done. */
#include "tests/support/unit.h"

#include <string.h>

#include "oat/lists.h"
#include "reader/trace_ids.h"
#include "tests/support/compact.h"
#include "tests/support/reader_fixture.h"

#define DAY_MS UINT64_C(86400000)
#define DAYS   12u
#define A_DAY  5u /* traces a day, each of one span */
#define TRACES (DAYS * A_DAY)

/* Says stop when it was asked so often before. */
struct patience {
    unsigned left, asked;
};

static bool ask(void *arg)
{
    struct patience *patience = arg;
    patience->asked++;
    return patience->asked > patience->left;
}

static void put_days(struct oat_fixture *f)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t n = 0; n < TRACES; n++) {
        uint64_t start_ms = n / A_DAY * DAY_MS + n % A_DAY * 1000;
        struct oat_disk_span root = oat_maker_span(&pair, n + 1, 1, 0, "run", start_ms, start_ms + 1);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &root);
    }
    oat_maker_pair_write(&pair);
    oat_compact(&(struct oat_compact){0}, f->maker.dir);
    oat_fixture_take(f);
}

static void a_stopped_list_has_the_newest_and_says_that_it_is_partial(void **state)
{
    struct oat_fixture *f = *state;
    size_t most = 0;
    put_days(f);
    for (unsigned left = 0;; left++) {
        struct patience patience = {.left = left};
        const oat_stop stop = {ask, &patience};
        oat_trace_list *list;
        bool exact;
        assert_int_equal(
            oat_trace_list_open(f->snapshot, &(oat_trace_query){.limit = TRACES - 1, .stop = &stop}, &list),
            OAT_OK);
        size_t count = oat_trace_list_count(list);
        bool partial = oat_trace_list_is_partial(list);
        assert_true(count >= most);
        assert_int_equal(oat_trace_list_cursor(list) == NULL, partial);
        assert_int_equal(oat_trace_list_total(list, &exact) == TRACES, !partial);
        assert_int_equal(exact, !partial);
        for (size_t i = 0; i < count; i++) /* none is left out between them */
            assert_int_equal(oat_trace_list_get(list, i)->trace_id[15], TRACES - i);
        oat_trace_list_close(list);
        assert_true(patience.asked <= left + 1);
        most = count;
        if (!partial)
            break;
    }
    assert_int_equal(most, TRACES - 1);
}

static void lists_of_spans_and_sessions_say_it_too(void **state)
{
    struct oat_fixture *f = *state;
    struct patience patience = {.left = 3}, none = {0};
    const oat_stop stop = {ask, &patience}, at_once = {ask, &none};
    oat_span_list *spans;
    oat_session_list *sessions;
    put_days(f);
    assert_int_equal(
        oat_span_list_open(f->snapshot, &(oat_span_list_query){.limit = TRACES, .stop = &stop}, &spans),
        OAT_OK);
    assert_true(oat_span_list_is_partial(spans));
    assert_true(oat_span_list_count(spans) < TRACES);
    assert_null(oat_span_list_cursor(spans));
    oat_span_list_close(spans);
    assert_int_equal(oat_span_list_open(f->snapshot, &(oat_span_list_query){.limit = TRACES}, &spans),
                     OAT_OK);
    assert_false(oat_span_list_is_partial(spans));
    oat_span_list_close(spans);

    assert_int_equal(
        oat_session_list_open(f->snapshot, &(oat_trace_query){.limit = 5, .stop = &at_once}, &sessions),
        OAT_OK);
    assert_true(oat_session_list_is_partial(sessions));
    assert_null(oat_session_list_cursor(sessions));
    oat_session_list_close(sessions);
}

static void a_stopped_search_has_what_was_found(void **state)
{
    struct oat_fixture *f = *state;
    struct patience patience = {.left = 2};
    const oat_stop stop = {ask, &patience};
    oat_search *search;
    put_days(f);
    const oat_search_query query = {.text = {"x", 1}, .limit = 5, .context = 5, .stop = &stop};
    assert_int_equal(oat_search_open(f->snapshot, &query, &search), OAT_OK);
    assert_true(oat_search_is_partial(search));
    oat_search_close(search);
}

static void what_has_to_be_whole_is_not_answered(void **state)
{
    struct oat_fixture *f = *state;
    oat_filter *filter;
    oat_trace_totals totals;
    oat_query_result *result;
    uint8_t(*ids)[16];
    size_t count;
    put_days(f);
    assert_int_equal(oat_filter_parse("name = run", 10, 0, &filter, NULL), OAT_OK);
    for (unsigned left = 0; left < DAYS; left += 3) {
        struct patience patience[4] = {{.left = left}, {.left = left}, {.left = left}, {.left = left}};
        const oat_stop stops[] = {
            {ask, &patience[0]}, {ask, &patience[1]}, {ask, &patience[2]}, {ask, &patience[3]}};
        assert_int_equal(
            oat_trace_totals_read(f->snapshot, &(oat_trace_query){.stop = &stops[0]}, &totals, NULL),
            OAT_E_STOPPED);
        assert_int_equal(oat_trace_ids_read(f->snapshot,
                                            &(oat_trace_query){.filter = filter, .stop = &stops[1]}, &ids,
                                            &count),
                         OAT_E_STOPPED);
        assert_int_equal(
            oat_query_run(f->snapshot, &(oat_span_query){.filter = filter, .stop = &stops[2]}, &result, NULL),
            OAT_E_STOPPED);
        assert_int_equal(oat_query_run(f->snapshot,
                                       &(oat_span_query){.filter = filter, .stop = &stops[3], .threads = 3},
                                       &result, NULL),
                         OAT_E_STOPPED);
    }
    oat_filter_free(filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(a_stopped_list_has_the_newest_and_says_that_it_is_partial),
        OAT_FIXTURE_TEST(lists_of_spans_and_sessions_say_it_too),
        OAT_FIXTURE_TEST(a_stopped_search_has_what_was_found),
        OAT_FIXTURE_TEST(what_has_to_be_whole_is_not_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
