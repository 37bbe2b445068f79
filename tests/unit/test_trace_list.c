/* Pages of lists of traces: over many days, only the newest files are read for the first one. */
#include "tests/support/unit.h"

#include "tests/support/compact.h"
#include "tests/support/reader_fixture.h"

#include <inttypes.h>

#define DAY_MS UINT64_C(86400000)
#define DAYS   100u
#define A_DAY  7u /* traces a day */

/* Trace number n starts on day n / A_DAY; its second span on the day after when n is a multiple of 5. */
static void put_days(struct oat_fixture *f)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t n = 0; n < DAYS * A_DAY; n++) {
        uint64_t start_ms = n / A_DAY * DAY_MS + n % A_DAY * 1000;
        struct oat_disk_span root =
            oat_maker_span(&pair, n + 1, 1, 0, "run", start_ms, start_ms + 1 + n % 50);
        uint64_t child_ms = start_ms + (n % 5 == 0 ? DAY_MS : 1);
        struct oat_disk_span child = oat_maker_span(&pair, n + 1, 2, 1, "step", child_ms, child_ms);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &root);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &child);
    }
    oat_maker_pair_write(&pair);
    struct oat_compact compact = {0};
    oat_compact(&compact, f->maker.dir);
    oat_fixture_take(f);
}

/* Goes from page to page; every trace has to come once, in order. *ret_first_is_exact: of the first total. */
static size_t walk(const struct oat_fixture *f, oat_trace_query query, bool *ret_first_is_exact)
{
    char cursor[128] = "";
    size_t seen = 0;
    uint64_t before_ns = UINT64_MAX;
    for (bool more = true; more;) {
        oat_trace_list *list;
        bool exact;
        query.cursor = seen ? cursor : NULL;
        assert_int_equal(oat_trace_list_open(f->snapshot, &query, &list), OAT_OK);
        assert_true(oat_trace_list_total(list, &exact) >= DAYS * A_DAY || query.from_ns || exact);
        if (seen == 0)
            *ret_first_is_exact = exact;
        for (size_t i = 0; i < oat_trace_list_count(list); i++, seen++) {
            const oat_trace_view *trace = oat_trace_list_get(list, i);
            assert_true(trace->start_ns < before_ns);
            assert_int_equal(trace->span_count, 2);
            before_ns = trace->start_ns;
        }
        more = oat_trace_list_cursor(list) != NULL;
        if (more)
            snprintf(cursor, sizeof cursor, "%s", oat_trace_list_cursor(list));
        oat_trace_list_close(list);
    }
    return seen;
}

static void pages_show_every_trace_once(void **state)
{
    struct oat_fixture *f = *state;
    bool exact;
    put_days(f);
    assert_int_equal(walk(f, (oat_trace_query){.limit = 13}, &exact), DAYS * A_DAY);
    assert_false(exact); /* most parts were not opened for it */
    assert_int_equal(walk(f, (oat_trace_query){.limit = 1000}, &exact), DAYS * A_DAY);
    assert_true(exact);
}

static void an_offset_skips_what_the_pages_before_it_showed(void **state)
{
    struct oat_fixture *f = *state;
    oat_trace_list *all, *page;
    put_days(f);
    assert_int_equal(oat_trace_list_open(f->snapshot, &(oat_trace_query){0}, &all), OAT_OK);
    for (size_t offset = 0; offset < DAYS * A_DAY; offset += 97) {
        oat_trace_query query = {.offset = offset, .limit = 5};
        assert_int_equal(oat_trace_list_open(f->snapshot, &query, &page), OAT_OK);
        for (size_t i = 0; i < oat_trace_list_count(page); i++)
            assert_memory_equal(oat_trace_list_get(page, i)->trace_id,
                                oat_trace_list_get(all, offset + i)->trace_id, 16);
        oat_trace_list_close(page);
    }
    oat_trace_list_close(all);
}

/* Pages of a list with conditions, which reads the newest parts first, are those of a list of everything. */
static void pages_with_conditions_are_those_of_the_whole_list(void **state)
{
    struct oat_fixture *f = *state;
    char early[80];
    snprintf(early, sizeof early, "duration_ms > 30 and start < %" PRIu64,
             OAT_MAKER_MS(30 * DAY_MS) / 1000000000);
    const char *const filters[] = {"duration_ms > 40", "duration_ms = 50", "name = step", early,
                                   "duration_ms > 1000"};
    put_days(f);
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        oat_trace_query query = {.status = OAT_SHOWN_SUCCESS};
        oat_trace_list *all, *page;
        oat_filter *filter;
        size_t seen = 0;
        char cursor[128];
        assert_int_equal(oat_filter_parse(filters[i], strlen(filters[i]), 0, &filter, NULL), OAT_OK);
        query.filter = filter;
        assert_int_equal(oat_trace_list_open(f->snapshot, &query, &all), OAT_OK);
        query.limit = 4;
        do {
            assert_int_equal(oat_trace_list_open(f->snapshot, &query, &page), OAT_OK);
            for (size_t k = 0; k < oat_trace_list_count(page); k++, seen++)
                assert_memory_equal(oat_trace_list_get(page, k)->trace_id,
                                    oat_trace_list_get(all, seen)->trace_id, 16);
            query.cursor = oat_trace_list_cursor(page) ? cursor : NULL;
            if (query.cursor)
                snprintf(cursor, sizeof cursor, "%s", oat_trace_list_cursor(page));
            oat_trace_list_close(page);
        } while (query.cursor);
        assert_int_equal(seen, oat_trace_list_count(all));
        assert_true((seen > 0) == (i != 4));
        oat_trace_list_close(all);
        oat_filter_free(filter);
    }
}

static void other_orders_read_everything(void **state)
{
    struct oat_fixture *f = *state;
    oat_trace_list *list;
    bool exact;
    put_days(f);
    oat_trace_query query = {.sort = OAT_SORT_DURATION, .limit = 10};
    assert_int_equal(oat_trace_list_open(f->snapshot, &query, &list), OAT_OK);
    assert_int_equal(oat_trace_list_total(list, &exact), DAYS * A_DAY);
    assert_true(exact);
    uint64_t longest_ns = DAY_MS * 1000000; /* those that go on on the next day */
    for (size_t i = 0; i < oat_trace_list_count(list); i++) {
        const oat_trace_view *trace = oat_trace_list_get(list, i);
        assert_int_equal(trace->end_ns - trace->start_ns, longest_ns);
    }
    oat_trace_list_close(list);
}

static void a_made_up_cursor_is_refused(void **state)
{
    struct oat_fixture *f = *state;
    static const char *const cursors[] = {"",
                                          "x",
                                          "1-2",
                                          "1-2-zz",
                                          "1-2-00000000000000000000000000000000x",
                                          "11111111111111111-2-00000000000000000000000000000000"};
    oat_trace_list *list;
    oat_fixture_take(f);
    for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++) {
        oat_trace_query query = {.limit = 1, .cursor = cursors[i]};
        assert_int_equal(oat_trace_list_open(f->snapshot, &query, &list), OAT_E_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(pages_show_every_trace_once),
        OAT_FIXTURE_TEST(an_offset_skips_what_the_pages_before_it_showed),
        OAT_FIXTURE_TEST(pages_with_conditions_are_those_of_the_whole_list),
        OAT_FIXTURE_TEST(other_orders_read_everything),
        OAT_FIXTURE_TEST(a_made_up_cursor_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
