/* Sessions of browsers, and how often somebody may do something. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "httpd/rate.h"
#include "httpd/sessions.h"

#define SECOND UINT64_C(1000000000)

static const uint8_t token[OAT_SECRET_HASH_SIZE] = "the hash of a token, 32 bytes..";

static bool lives(struct oat_sessions *sessions, const char *cookie, uint64_t now_ns)
{
    uint8_t hash[OAT_SECRET_HASH_SIZE];
    if (!oat_sessions_find(sessions, cookie, strlen(cookie), now_ns, hash))
        return false;
    assert_memory_equal(hash, token, sizeof token);
    return true;
}

static void a_session_lives_while_it_is_used(void **state)
{
    (void)state;
    struct oat_sessions *sessions = oat_sessions_new();
    char cookie[OAT_SECRET_SIZE];
    uint64_t now = 5 * SECOND, idle = OAT_SESSION_IDLE_S * SECOND;
    assert_true(oat_sessions_begin(sessions, token, now, cookie));
    for (unsigned i = 0; i < 4; i++)
        assert_true(lives(sessions, cookie, now += idle));
    assert_false(lives(sessions, cookie, now + idle + 1));
    assert_false(lives(sessions, cookie, now));
    assert_false(lives(sessions, "", now));
    oat_sessions_free(sessions);
}

static void a_session_that_was_ended_is_over(void **state)
{
    (void)state;
    struct oat_sessions *sessions = oat_sessions_new();
    char one[OAT_SECRET_SIZE], two[OAT_SECRET_SIZE];
    assert_true(oat_sessions_begin(sessions, token, SECOND, one));
    assert_true(oat_sessions_begin(sessions, token, SECOND, two));
    oat_sessions_end(sessions, one, strlen(one));
    oat_sessions_end(sessions, "nothing", 7);
    assert_false(lives(sessions, one, SECOND));
    assert_true(lives(sessions, two, SECOND));
    oat_sessions_free(sessions);
}

static void one_too_many_ends_the_one_not_used_for_longest(void **state)
{
    (void)state;
    struct oat_sessions *sessions = oat_sessions_new();
    static char cookies[OAT_SESSIONS_MAX][OAT_SECRET_SIZE];
    char last[OAT_SECRET_SIZE];
    for (unsigned i = 0; i < OAT_SESSIONS_MAX; i++)
        assert_true(oat_sessions_begin(sessions, token, (i + 1) * SECOND, cookies[i]));
    uint64_t now = (OAT_SESSIONS_MAX + 1) * SECOND;
    assert_true(lives(sessions, cookies[0], now));
    assert_true(oat_sessions_begin(sessions, token, now, last));
    assert_true(lives(sessions, cookies[0], now));
    assert_false(lives(sessions, cookies[1], now));
    assert_true(lives(sessions, cookies[2], now));
    assert_true(lives(sessions, last, now));
    oat_sessions_free(sessions);
}

static void permits_are_used_up_and_come_back(void **state)
{
    (void)state;
    struct oat_rate *rate = oat_rate_new(3, 0.5);
    unsigned wait_s = 0;
    uint64_t now = SECOND;
    for (unsigned i = 0; i < 3; i++)
        assert_true(oat_rate_take(rate, "a", 1, 1, now, &wait_s));
    assert_false(oat_rate_take(rate, "a", 1, 1, now, &wait_s));
    assert_int_equal(wait_s, 2);
    assert_true(oat_rate_take(rate, "b", 1, 1, now, &wait_s));
    assert_false(oat_rate_take(rate, "a", 1, 1, now + SECOND, &wait_s));
    assert_int_equal(wait_s, 1);
    assert_true(oat_rate_take(rate, "a", 1, 1, now + 2 * SECOND, &wait_s));
    assert_false(oat_rate_take(rate, "a", 1, 1, now + 2 * SECOND, &wait_s));
    oat_rate_free(rate);
}

static void a_large_count_is_given_and_owed(void **state)
{
    (void)state;
    struct oat_rate *rate = oat_rate_new(10, 10);
    unsigned wait_s = 0;
    assert_true(oat_rate_take(rate, "a", 1, 30, SECOND, &wait_s));
    assert_false(oat_rate_take(rate, "a", 1, 30, SECOND, &wait_s));
    assert_int_equal(wait_s, 3);
    assert_true(oat_rate_take(rate, "a", 1, 30, 4 * SECOND, &wait_s));
    oat_rate_free(rate);
}

static void keys_without_number_use_no_more_memory(void **state)
{
    (void)state;
    struct oat_rate *rate = oat_rate_new(1, 0.001);
    unsigned wait_s = 0;
    char key[20];
    for (unsigned i = 0; i < 10 * OAT_RATE_KEYS; i++) {
        int len = snprintf(key, sizeof key, "%u", i);
        assert_true(oat_rate_take(rate, key, (size_t)len, 1, SECOND + i, &wait_s));
    }
    assert_false(oat_rate_take(rate, key, strlen(key), 1, SECOND + 10 * OAT_RATE_KEYS, &wait_s));
    oat_rate_free(rate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_lives_while_it_is_used),
        cmocka_unit_test(a_session_that_was_ended_is_over),
        cmocka_unit_test(one_too_many_ends_the_one_not_used_for_longest),
        cmocka_unit_test(permits_are_used_up_and_come_back),
        cmocka_unit_test(a_large_count_is_given_and_owed),
        cmocka_unit_test(keys_without_number_use_no_more_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
