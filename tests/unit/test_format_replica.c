/* replicas/<writer>: which pairs are here whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "format/replica.h"
#include "oat/oat.h"

static const uint8_t writer[16] = {1};

static void pairs_in_order_are_one_range(void **state)
{
    struct oat_disk_replica replica;
    (void)state;
    oat_replica_init(&replica, writer, 1);
    for (uint32_t seq = 0; seq < 1000; seq++)
        oat_replica_add(&replica, seq);
    assert_int_equal(oat_le32_get(replica.range_count), 1);
    assert_true(oat_replica_has(&replica, 0) && oat_replica_has(&replica, 999));
    assert_false(oat_replica_has(&replica, 1000));
}

static void gaps_are_kept_and_close_when_they_are_filled(void **state)
{
    struct oat_disk_replica replica;
    (void)state;
    oat_replica_init(&replica, writer, 1);
    oat_replica_add(&replica, 7);
    oat_replica_add(&replica, 3);
    oat_replica_add(&replica, 5);
    assert_int_equal(oat_le32_get(replica.range_count), 3);
    assert_false(oat_replica_has(&replica, 4) || oat_replica_has(&replica, 6));
    oat_replica_add(&replica, 4);
    oat_replica_add(&replica, 6);
    assert_int_equal(oat_le32_get(replica.range_count), 1);
    assert_true(oat_replica_has(&replica, 3) && oat_replica_has(&replica, 7));
    assert_false(oat_replica_has(&replica, 2) || oat_replica_has(&replica, 8));
}

static void the_greatest_number_is_one_like_others(void **state)
{
    struct oat_disk_replica replica;
    (void)state;
    oat_replica_init(&replica, writer, 1);
    oat_replica_add(&replica, UINT32_MAX);
    oat_replica_add(&replica, 0);
    assert_int_equal(oat_le32_get(replica.range_count), 2);
    assert_true(oat_replica_has(&replica, UINT32_MAX) && oat_replica_has(&replica, 0));
}

static void of_too_many_gaps_the_lowest_is_closed(void **state)
{
    struct oat_disk_replica replica;
    (void)state;
    oat_replica_init(&replica, writer, 1);
    for (uint32_t seq = 0; seq < 2 * OAT_REPLICA_RANGES_MAX + 2; seq += 2)
        oat_replica_add(&replica, seq);
    assert_int_equal(oat_le32_get(replica.range_count), OAT_REPLICA_RANGES_MAX);
    assert_true(oat_replica_has(&replica, 1));
    assert_false(oat_replica_has(&replica, 3));
    assert_true(oat_replica_has(&replica, 2 * OAT_REPLICA_RANGES_MAX));
}

static void a_damaged_file_and_another_writers_are_refused(void **state)
{
    struct oat_disk_replica replica;
    static const uint8_t other[16] = {2};
    (void)state;
    oat_replica_init(&replica, writer, 1);
    oat_replica_add(&replica, 5);
    oat_replica_seal(&replica);
    assert_int_equal(oat_replica_check(&replica, writer), OAT_OK);
    assert_int_equal(oat_replica_check(&replica, other), OAT_E_CORRUPT);
    for (size_t bit = 0; bit < sizeof replica * 8; bit++) {
        ((uint8_t *)&replica)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(oat_replica_check(&replica, writer), OAT_E_CORRUPT);
        ((uint8_t *)&replica)[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    replica.major = oat_le16_of(2);
    oat_replica_seal(&replica);
    assert_int_equal(oat_replica_check(&replica, writer), OAT_E_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_in_order_are_one_range),
        cmocka_unit_test(gaps_are_kept_and_close_when_they_are_filled),
        cmocka_unit_test(the_greatest_number_is_one_like_others),
        cmocka_unit_test(of_too_many_gaps_the_lowest_is_closed),
        cmocka_unit_test(a_damaged_file_and_another_writers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
