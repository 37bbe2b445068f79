#include "format/hash.h"
#include "indexer/id_filter.h"
#include "tests/support/damage_guard.h"
#include "tests/support/golden_test.h"

#include <stdlib.h>

static uint64_t hash_of(uint64_t id)
{
    return oat_hash64(&id, sizeof id, 5);
}

/* A filter of the hashes of 0, 1 .. count - 1, which ends against a page that cannot be read. */
static uint8_t *make_filter(uint32_t count, size_t *ret_len)
{
    size_t len = oat_id_filter_size(count);
    uint64_t *hashes = calloc(count + 1, sizeof *hashes);
    uint8_t *bytes = malloc(len);
    assert_true(hashes && bytes);
    for (uint32_t row = 0; row < count; row++)
        hashes[row] = hash_of(row);
    memset(bytes, 0xff, len); /* what was there does not matter */
    oat_id_filter_build(hashes, count, bytes);
    uint8_t *guarded = oat_damage_guard(bytes, len);
    free(hashes);
    free(bytes);
    *ret_len = len;
    return guarded;
}

static void every_id_passes_and_few_others(void **state)
{
    (void)state;
    const uint32_t counts[] = {0, 1, 7, 8, 9, 100, 10000, 300000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        size_t len;
        uint32_t passed = 0;
        uint8_t *bytes = make_filter(counts[i], &len);
        const struct oat_section_view view = oat_section_view_of(bytes, len);
        for (uint32_t row = 0; row < counts[i]; row++)
            assert_true(oat_id_filter_may_have(&view, hash_of(row)));
        for (uint32_t other = 0; other < 10000; other++)
            passed += oat_id_filter_may_have(&view, hash_of(UINT64_C(1) << 40 | other));
        assert_true(passed < 1000);
        assert_true(len <= counts[i] + UINT64_C(8));
        oat_damage_guard_free(bytes, len);
    }
}

static void a_filter_that_is_not_there_has_everything(void **state)
{
    (void)state;
    const uint8_t bytes[7] = {0};
    for (size_t len = 0; len < sizeof bytes; len++) {
        const struct oat_section_view view = oat_section_view_of(bytes, len);
        assert_true(oat_id_filter_may_have(&view, hash_of(len)));
    }
}

static void the_greatest_hash_is_inside(void **state)
{
    (void)state;
    uint8_t bytes[24];
    const uint64_t hashes[] = {UINT64_MAX, 0};
    oat_id_filter_build(hashes, 2, bytes);
    for (uint32_t count = 1; count <= 17; count += 8) {
        size_t len = oat_id_filter_size(count);
        uint8_t *guarded = oat_damage_guard(bytes, len);
        const struct oat_section_view view = oat_section_view_of(guarded, len);
        oat_id_filter_may_have(&view, UINT64_MAX);
        oat_id_filter_may_have(&view, 0);
        oat_damage_guard_free(guarded, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_id_passes_and_few_others),
        cmocka_unit_test(a_filter_that_is_not_there_has_everything),
        cmocka_unit_test(the_greatest_hash_is_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
