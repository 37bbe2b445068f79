#include "writer/cut.h"

#include "tests/support/blob_fixture.h"
#include "tests/support/unit.h"

#define TEXT_LEN (1u << 20)

static size_t cuts_of(const struct oat_cutter *cutter, const uint8_t *text, size_t len, size_t *ret_ends)
{
    size_t n = 0;
    for (size_t at = 0; at < len;) {
        at += oat_cut_next(cutter, text + at, len - at);
        ret_ends[n++] = at;
    }
    return n;
}

static void pieces_keep_to_their_limits_and_mean(void **state)
{
    (void)state;
    struct oat_cutter cutter;
    uint64_t seed = 1;
    uint8_t *text = malloc(TEXT_LEN);
    static size_t end[TEXT_LEN / OAT_CUT_MIN + 1];
    oat_cutter_init(&cutter);
    oat_test_random_bytes(&seed, text, TEXT_LEN);
    size_t n = cuts_of(&cutter, text, TEXT_LEN, end);
    for (size_t i = 0; i + 1 < n; i++) {
        size_t len = end[i] - (i ? end[i - 1] : 0);
        assert_in_range(len, OAT_CUT_MIN, OAT_CUT_MAX);
    }
    assert_in_range(TEXT_LEN / n, OAT_CUT_MEAN / 2, OAT_CUT_MEAN * 2);
    free(text);
}

static void an_insertion_moves_only_the_cuts_near_it(void **state)
{
    (void)state;
    struct oat_cutter cutter;
    uint64_t seed = 2;
    uint8_t *text = malloc(TEXT_LEN + 7);
    static size_t before[TEXT_LEN / OAT_CUT_MIN + 1], behind[TEXT_LEN / OAT_CUT_MIN + 1];
    oat_cutter_init(&cutter);
    oat_test_random_bytes(&seed, text, TEXT_LEN);
    size_t n = cuts_of(&cutter, text, TEXT_LEN, before);
    memmove(text + 100007, text + 100000, TEXT_LEN - 100000);
    size_t m = cuts_of(&cutter, text, TEXT_LEN + 7, behind);
    size_t same = 0;
    for (size_t i = 0, k = 0; i < n && k < m;) {
        size_t shifted = before[i] >= 100000 ? before[i] + 7 : before[i];
        same += shifted == behind[k];
        if (shifted <= behind[k])
            i++;
        else
            k++;
    }
    assert_true(same + 6 >= n);
    free(text);
}

static void text_without_any_cut_is_cut_at_the_maximum(void **state)
{
    (void)state;
    struct oat_cutter cutter;
    uint8_t *text = calloc(1, TEXT_LEN);
    oat_cutter_init(&cutter);
    assert_int_equal(oat_cut_next(&cutter, text, TEXT_LEN), OAT_CUT_MAX);
    assert_int_equal(oat_cut_next(&cutter, text, 1), 1);
    assert_int_equal(oat_cut_next(&cutter, text, OAT_CUT_MIN), OAT_CUT_MIN);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_keep_to_their_limits_and_mean),
        cmocka_unit_test(an_insertion_moves_only_the_cuts_near_it),
        cmocka_unit_test(text_without_any_cut_is_cut_at_the_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
