/* The ring of live messages: who is slow learns how many it missed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "httpd/live_ring.h"

struct taken {
    char text[4096];
    size_t count;
};

static void take(void *arg, const char *bytes, size_t len)
{
    struct taken *taken = arg;
    size_t at = strlen(taken->text);
    assert_true(at + len + 2 < sizeof taken->text);
    snprintf(taken->text + at, sizeof taken->text - at, "%.*s ", (int)len, bytes);
    taken->count++;
}

static void put(struct oat_ring *ring, const char *text, unsigned form)
{
    uint64_t forms[OAT_RING_FORM_WORDS] = {0};
    forms[form / 64] = UINT64_C(1) << form % 64;
    oat_ring_put(ring, text, strlen(text), forms);
}

static void messages_come_in_order_to_the_forms_they_are_for(void **state)
{
    struct oat_ring *ring = oat_ring_new(8, 100);
    struct oat_ring_place one = oat_ring_end(ring, 1), last = oat_ring_end(ring, OAT_RING_FORMS_MAX - 1);
    struct taken taken = {0}, other = {0};
    (void)state;
    put(ring, "a", 1);
    put(ring, "b", OAT_RING_FORMS_MAX - 1);
    put(ring, "c", 1);
    assert_int_equal(oat_ring_missed(ring, 1, &one), 0);
    assert_true(oat_ring_take(ring, 1, &one, 100, take, &taken));
    assert_string_equal(taken.text, "a c ");
    assert_false(oat_ring_take(ring, 1, &one, 100, take, &taken));
    assert_true(oat_ring_take(ring, OAT_RING_FORMS_MAX - 1, &last, 100, take, &other));
    assert_string_equal(other.text, "b ");
    oat_ring_free(ring);
}

static void a_place_at_the_end_gets_what_comes_later(void **state)
{
    struct oat_ring *ring = oat_ring_new(8, 100);
    struct taken taken = {0};
    (void)state;
    put(ring, "before", 0);
    struct oat_ring_place place = oat_ring_end(ring, 0);
    assert_false(oat_ring_take(ring, 0, &place, 100, take, &taken));
    put(ring, "behind", 0);
    assert_int_equal(oat_ring_missed(ring, 0, &place), 0);
    assert_true(oat_ring_take(ring, 0, &place, 100, take, &taken));
    assert_string_equal(taken.text, "behind ");
    oat_ring_free(ring);
}

static void no_more_bytes_are_taken_than_asked_for_but_one_message(void **state)
{
    struct oat_ring *ring = oat_ring_new(8, 100);
    struct oat_ring_place place = oat_ring_end(ring, 0);
    struct taken taken = {0};
    (void)state;
    put(ring, "long-one", 0);
    put(ring, "aa", 0);
    put(ring, "bb", 0);
    put(ring, "cc", 0);
    assert_true(oat_ring_take(ring, 0, &place, 4, take, &taken));
    assert_string_equal(taken.text, "long-one ");
    assert_true(oat_ring_take(ring, 0, &place, 4, take, &taken));
    assert_string_equal(taken.text, "long-one aa bb ");
    oat_ring_free(ring);
}

/* Every message is told or counted, however the ring is filled. */
static void who_is_slow_misses_exactly_what_was_pushed_out(void **state)
{
    (void)state;
    for (size_t bytes_max = 20; bytes_max < 80; bytes_max++) {
        struct oat_ring *ring = oat_ring_new(7, bytes_max);
        struct oat_ring_place fast = oat_ring_end(ring, 0), slow = oat_ring_end(ring, 0);
        struct taken by_fast = {0}, by_slow = {0};
        uint64_t total = 0;
        char text[32];
        for (unsigned i = 0; i < 60; i++) {
            snprintf(text, sizeof text, "%0*u", 1 + (int)(i * 7 % 19), i);
            put(ring, text, i % 3 == 0 ? 1 : 0);
            total += i % 3 != 0;
            assert_int_equal(oat_ring_missed(ring, 0, &fast), 0);
            oat_ring_take(ring, 0, &fast, 1000, take, &by_fast);
        }
        uint64_t missed = oat_ring_missed(ring, 0, &slow);
        assert_true(missed > 0);
        assert_int_equal(oat_ring_missed(ring, 0, &slow), 0);
        assert_true(oat_ring_take(ring, 0, &slow, 1000, take, &by_slow));
        assert_int_equal(by_fast.count, total);
        assert_int_equal(missed + by_slow.count, total);
        size_t tail = strlen(by_fast.text) - strlen(by_slow.text);
        assert_string_equal(by_fast.text + tail, by_slow.text);
        oat_ring_free(ring);
    }
}

static void a_message_larger_than_the_ring_is_missed(void **state)
{
    struct oat_ring *ring = oat_ring_new(4, 8);
    struct oat_ring_place place = oat_ring_end(ring, 0);
    struct taken taken = {0};
    (void)state;
    put(ring, "123456789", 0);
    put(ring, "12345678", 0);
    assert_int_equal(oat_ring_missed(ring, 0, &place), 1);
    assert_true(oat_ring_take(ring, 0, &place, 100, take, &taken));
    assert_string_equal(taken.text, "12345678 ");
    oat_ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_in_order_to_the_forms_they_are_for),
        cmocka_unit_test(a_place_at_the_end_gets_what_comes_later),
        cmocka_unit_test(no_more_bytes_are_taken_than_asked_for_but_one_message),
        cmocka_unit_test(who_is_slow_misses_exactly_what_was_pushed_out),
        cmocka_unit_test(a_message_larger_than_the_ring_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
