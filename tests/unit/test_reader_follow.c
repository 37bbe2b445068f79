/* Following a store while it is written. */
#include "reader/follow.h"
#include "tests/support/reader_fixture.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* Puts one slot into a pair's file as a writer would. */
static void write_slot(struct oat_maker_pair *pair, uint8_t writer, uint32_t seq, uint32_t slot_no,
                       const uint8_t *slots)
{
    FILE *file = fopen(oat_maker_path(pair->maker, writer, seq, "spans"), "r+b");
    assert_non_null(file);
    fseek(file, (long)oat_slot_offset(slot_no), SEEK_SET);
    assert_int_equal(fwrite(slots + (size_t)slot_no * OAT_SLOT_SIZE, OAT_SLOT_SIZE, 1, file), 1);
    assert_int_equal(fclose(file), 0);
}

static void assert_next(oat_follow *follow, const char *name, enum oat_shown_status status)
{
    oat_span_view span;
    assert_int_equal(oat_follow_next(follow, &span), OAT_OK);
    oat_assert_text(span.text[OAT_TEXT_NAME], name);
    assert_int_equal(span.status, status);
}

static void assert_nothing(oat_follow *follow)
{
    oat_span_view span;
    assert_int_equal(oat_follow_next(follow, &span), OAT_NOTFOUND);
}

static oat_follow *follow_from(struct oat_fixture *f, bool from_start)
{
    oat_follow *follow;
    if (!f->store)
        assert_int_equal(oat_store_open(f->maker.dir, &f->store), OAT_OK);
    assert_int_equal(oat_follow_open(f->store, from_start, &follow), OAT_OK);
    return follow;
}

/* Slots 1 and 3 are spans "one" and "two"; in the file they are holes, with their bytes in *slots. */
static void make_pair_with_holes(struct oat_maker_pair *pair, struct oat_fixture *f,
                                 uint8_t slots[4 * OAT_SLOT_SIZE])
{
    oat_maker_pair_begin(pair, &f->maker, 1, 0);
    struct oat_disk_span one = oat_maker_span(pair, 1, 1, 0, "one", 0, 10);
    oat_maker_put(pair, OAT_SLOT_SPAN, &one);
    struct oat_disk_span two = oat_maker_span(pair, 1, 2, 1, "two", 0, 5);
    oat_maker_put(pair, OAT_SLOT_SPAN, &two);
    memcpy(slots, pair->slots, 4 * OAT_SLOT_SIZE);
    memset(pair->slots + OAT_SLOT_SIZE, 0, OAT_SLOT_SIZE);
    memset(pair->slots + 3 * OAT_SLOT_SIZE, 0, OAT_SLOT_SIZE);
    pair->spare_slots = 12;
    oat_maker_pair_write(pair);
}

static void holes_are_told_when_they_are_filled(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    uint8_t slots[4 * OAT_SLOT_SIZE];
    make_pair_with_holes(&pair, f, slots);
    int live = oat_maker_live(&f->maker, 1);
    oat_follow *follow = follow_from(f, true);
    assert_nothing(follow);
    write_slot(&pair, 1, 0, 3, slots);
    assert_next(follow, "two", OAT_SHOWN_SUCCESS);
    assert_nothing(follow);
    write_slot(&pair, 1, 0, 1, slots);
    assert_next(follow, "one", OAT_SHOWN_SUCCESS);
    assert_nothing(follow);
    close(live);
    oat_follow_close(follow);
}

static void what_was_there_is_told_only_from_the_start(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    uint8_t slots[4 * OAT_SLOT_SIZE];
    make_pair_with_holes(&pair, f, slots);
    write_slot(&pair, 1, 0, 1, slots);
    int live = oat_maker_live(&f->maker, 1);
    oat_follow *from_now = follow_from(f, false);
    oat_follow *from_start = follow_from(f, true);
    assert_nothing(from_now);
    assert_next(from_start, "one", OAT_SHOWN_SUCCESS);
    write_slot(&pair, 1, 0, 3, slots);
    assert_next(from_now, "two", OAT_SHOWN_SUCCESS);
    assert_nothing(from_now);
    close(live);
    oat_follow_close(from_now);
    oat_follow_close(from_start);
}

static void make_open(struct oat_fixture *f, uint32_t seq, const char *name)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, seq);
    struct oat_disk_span open = oat_maker_span(&pair, 1, 1, 0, name, 0, 0);
    open.status = OAT_STATUS_OPEN;
    oat_maker_put(&pair, OAT_SLOT_OPEN, &open);
    oat_maker_pair_write(&pair);
}

static void a_new_pair_is_found_and_its_carried_spans_are_not_told_again(void **state)
{
    struct oat_fixture *f = *state;
    int live = oat_maker_live(&f->maker, 1);
    oat_follow *follow = follow_from(f, false);
    assert_nothing(follow);
    make_open(f, 0, "long");
    assert_next(follow, "long", OAT_SHOWN_RUNNING);
    make_open(f, 1, "long");
    assert_nothing(follow);
    close(live);
    oat_follow_close(follow);
}

static void set_hot_time(struct oat_fixture *f, time_t seconds)
{
    char hot[200];
    struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
    snprintf(hot, sizeof hot, "%s/hot", f->maker.dir);
    assert_int_equal(utimensat(AT_FDCWD, hot, times, 0), 0);
}

static void a_new_pair_is_found_also_when_the_clock_was_put_back(void **state)
{
    struct oat_fixture *f = *state;
    set_hot_time(f, 2000000);
    oat_follow *follow = follow_from(f, true);
    assert_nothing(follow);
    make_open(f, 0, "after the change");
    set_hot_time(f, 1000000);
    assert_next(follow, "after the change", OAT_SHOWN_INTERRUPTED);
    oat_follow_close(follow);
}

static void an_announcement_that_has_ended_is_told_once(void **state)
{
    struct oat_fixture *f = *state;
    make_open(f, 0, "long");
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 1);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "long", 0, 100);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_pair_write(&pair);
    oat_follow *follow = follow_from(f, true);
    assert_next(follow, "long", OAT_SHOWN_SUCCESS);
    assert_nothing(follow);
    oat_follow_close(follow);
}

static void waiting_grows_while_idle_and_ends_with_news(void **state)
{
    struct oat_fixture *f = *state;
    oat_follow *follow = follow_from(f, true);
    for (int i = 0; i < 10; i++)
        assert_nothing(follow);
    assert_int_equal(oat_follow_delay_ns(follow), 50000000);
    make_open(f, 0, "news");
    assert_next(follow, "news", OAT_SHOWN_INTERRUPTED);
    assert_int_equal(oat_follow_delay_ns(follow), 1000000);
    oat_follow_close(follow);
}

static void pairs_that_were_removed_are_given_up(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    for (uint32_t seq = 0; seq < 3; seq++) {
        oat_maker_pair_begin(&pair, &f->maker, 1, seq);
        struct oat_disk_span span = oat_maker_span(&pair, 1, seq + 1, 0, "old", 0, seq + 1);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
        oat_maker_pair_write(&pair);
    }
    oat_follow *follow = follow_from(f, true);
    for (unsigned i = 0; i < 3; i++)
        assert_next(follow, "old", OAT_SHOWN_SUCCESS);
    assert_nothing(follow);
    assert_int_equal(oat_follow_sources(follow)->pair_count, 3);
    assert_int_equal(unlink(oat_maker_path(&f->maker, 1, 1, "spans")), 0);
    assert_int_equal(unlink(oat_maker_path(&f->maker, 1, 1, "blobs")), 0);
    oat_maker_pair_begin(&pair, &f->maker, 1, 3);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 4, 0, "new", 0, 9);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_pair_write(&pair);
    assert_next(follow, "new", OAT_SHOWN_SUCCESS);
    assert_nothing(follow);
    assert_int_equal(oat_follow_sources(follow)->pair_count, 3);
    oat_follow_close(follow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(holes_are_told_when_they_are_filled),
        OAT_FIXTURE_TEST(what_was_there_is_told_only_from_the_start),
        OAT_FIXTURE_TEST(a_new_pair_is_found_and_its_carried_spans_are_not_told_again),
        OAT_FIXTURE_TEST(a_new_pair_is_found_also_when_the_clock_was_put_back),
        OAT_FIXTURE_TEST(an_announcement_that_has_ended_is_told_once),
        OAT_FIXTURE_TEST(pairs_that_were_removed_are_given_up),
        OAT_FIXTURE_TEST(waiting_grows_while_idle_and_ends_with_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
