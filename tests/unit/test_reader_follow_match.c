/* Which spans that a follower found pass a filter. */
#include "reader/follow_match.h"
#include "tests/support/reader_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Spans 1..3 of traces 1..3: "one" (0-10 ms, ok), "two" (0-2000 ms, error), "three" (open). */
static oat_follow *follow_three(struct oat_fixture *f)
{
    struct oat_maker_pair pair;
    oat_follow *follow;
    size_t count;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span one = oat_maker_span(&pair, 1, 1, 0, "one", 0, 10);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &one);
    struct oat_disk_span two = oat_maker_span(&pair, 2, 2, 0, "two", 0, 2000);
    two.status = OAT_STATUS_ERROR;
    oat_maker_put(&pair, OAT_SLOT_SPAN, &two);
    struct oat_disk_span three = oat_maker_span(&pair, 3, 3, 0, "three", 0, 0);
    three.status = OAT_STATUS_OPEN;
    oat_maker_put(&pair, OAT_SLOT_OPEN, &three);
    oat_maker_pair_write(&pair);
    assert_true(oat_maker_live(&f->maker, 1) >= 0);
    assert_int_equal(oat_store_open(f->maker.dir, &f->store), OAT_OK);
    assert_int_equal(oat_follow_open(f->store, true, &follow), OAT_OK);
    assert_int_equal(oat_follow_look(follow, &count), OAT_OK);
    assert_int_equal(count, 3);
    return follow;
}

/* The names of the spans that pass, each behind a space. */
static void assert_match(struct oat_follow_batch *batch, oat_follow *follow, const char *text,
                         const char *expected)
{
    oat_filter *filter;
    oat_span_view span;
    uint64_t rows[OAT_BATCH_WORDS];
    char names[64] = "";
    assert_int_equal(oat_filter_parse(text, strlen(text), OAT_MAKER_MS(10000), &filter, NULL), OAT_OK);
    assert_true(oat_filter_can_follow(filter));
    assert_int_equal(oat_follow_batch_match(batch, filter, rows), OAT_OK);
    for (size_t i = 0; i < 3; i++) {
        if (!(rows[0] >> i & 1))
            continue;
        assert_true(oat_follow_get(follow, i, &span));
        strcat(names, " ");
        strncat(names, span.text[OAT_TEXT_NAME].bytes, span.text[OAT_TEXT_NAME].len);
    }
    if (strcmp(names, expected) != 0)
        fail_msg("%s: found%s, expected%s", text, names, expected);
    oat_filter_free(filter);
}

static void filters_see_numbers_texts_and_ids(void **state)
{
    struct oat_fixture *f = *state;
    oat_follow *follow = follow_three(f);
    struct oat_follow_batch *batch;
    assert_int_equal(oat_follow_batch_open(follow, 0, 3, &batch), OAT_OK);
    assert_match(batch, follow, "name = two", " two");
    assert_match(batch, follow, "name ~ \"t*\"", " three two");
    assert_match(batch, follow, "duration > 1s", " two");
    assert_match(batch, follow, "status = error", " two");
    assert_match(batch, follow, "status = running or name = one", " three one");
    assert_match(batch, follow, "trace_id = 00000000000000000000000000000001", " one");
    assert_match(batch, follow, "attr.x = 1", "");
    assert_match(batch, follow, "not name = one", " three two");
    assert_match(batch, follow, "", " three one two");
    oat_follow_batch_free(batch);
    oat_follow_close(follow);
}

static void filters_of_traces_cannot_be_followed(void **state)
{
    static const char *const texts[] = {"trace.errors > 0", "span_count > 3", "trace.has(type = llm)",
                                        "name = a or not (type = llm and trace.cost > 1)"};
    oat_filter *filter;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(oat_filter_parse(texts[i], strlen(texts[i]), 0, &filter, NULL), OAT_OK);
        if (oat_filter_can_follow(filter))
            fail_msg("%s", texts[i]);
        oat_filter_free(filter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(filters_see_numbers_texts_and_ids),
        OAT_FIXTURE_TEST(filters_of_traces_cannot_be_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
