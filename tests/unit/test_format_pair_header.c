#include "format/identity.h"
#include "format/limits.h"
#include "format/pair_header.h"
#include "oat/oat.h"
#include "tests/support/golden_test.h"

#define NONCE UINT64_C(0xfeedfacecafebeef)

static struct oat_disk_pair_header good_header(bool spans)
{
    struct oat_disk_pair_header h;
    golden_fill(&h, sizeof h, spans);
    memcpy(h.magic, spans ? OAT_MAGIC_SPANS : OAT_MAGIC_BLOBS, 8);
    h.major = oat_le16_of(1);
    h.header_size = oat_le32_of(spans ? 4096 : 256);
    h.slot_size = oat_le32_of(spans ? 256 : 0);
    oat_pair_header_seal(&h);
    return h;
}

static void header_is(struct oat_disk_pair_header h, const char *magic, int result, const char *what)
{
    const char *found = NULL;
    assert_int_equal(oat_pair_header_check(&h, magic, &found), result);
    assert_string_equal(found, what);
    assert_int_equal(oat_pair_header_check(&h, magic, NULL), result);
}

static void a_sealed_header_is_accepted_for_its_file_only(void **state)
{
    (void)state;
    struct oat_disk_pair_header spans = good_header(true);
    struct oat_disk_pair_header blobs = good_header(false);
    assert_int_equal(oat_pair_header_check(&spans, OAT_MAGIC_SPANS, NULL), OAT_OK);
    assert_int_equal(oat_pair_header_check(&blobs, OAT_MAGIC_BLOBS, NULL), OAT_OK);
    header_is(spans, OAT_MAGIC_BLOBS, OAT_E_CORRUPT, "magic");
    header_is(blobs, OAT_MAGIC_SPANS, OAT_E_CORRUPT, "magic");
}

static void every_flipped_bit_of_a_header_is_seen(void **state)
{
    (void)state;
    struct oat_disk_pair_header h = good_header(true);
    for (size_t bit = 0; bit < sizeof h * 8; bit++) {
        golden_flip(&h, bit);
        assert_int_equal(oat_pair_header_check(&h, OAT_MAGIC_SPANS, NULL), OAT_E_CORRUPT);
        golden_flip(&h, bit);
    }
}

static void a_greater_major_is_unsupported_not_corrupt(void **state)
{
    (void)state;
    struct oat_disk_pair_header h = good_header(true);
    h.major = oat_le16_of(2);
    h.header_size = oat_le32_of(8192);
    oat_pair_header_seal(&h);
    header_is(h, OAT_MAGIC_SPANS, OAT_E_UNSUPPORTED, "major version");
    h.major = oat_le16_of(0);
    oat_pair_header_seal(&h);
    header_is(h, OAT_MAGIC_SPANS, OAT_E_CORRUPT, "major version");
}

static void any_minor_is_read(void **state)
{
    (void)state;
    struct oat_disk_pair_header h = good_header(true);
    h.minor = oat_le16_of(65535);
    oat_pair_header_seal(&h);
    assert_int_equal(oat_pair_header_check(&h, OAT_MAGIC_SPANS, NULL), OAT_OK);
}

static void other_sizes_are_refused(void **state)
{
    (void)state;
    struct oat_disk_pair_header h = good_header(true);
    h.header_size = oat_le32_of(256);
    oat_pair_header_seal(&h);
    header_is(h, OAT_MAGIC_SPANS, OAT_E_CORRUPT, "header size");
    h = good_header(true);
    h.slot_size = oat_le32_of(512);
    oat_pair_header_seal(&h);
    header_is(h, OAT_MAGIC_SPANS, OAT_E_CORRUPT, "slot size");
    h = good_header(false);
    h.slot_size = oat_le32_of(256);
    oat_pair_header_seal(&h);
    header_is(h, OAT_MAGIC_BLOBS, OAT_E_CORRUPT, "slot size");
}

static struct oat_disk_durable durable(uint64_t slots, uint64_t seq)
{
    struct oat_disk_durable d = {
        .slots = oat_le64_of(slots), .blob_bytes = oat_le64_of(4096), .flush_seq = oat_le64_of(seq)};
    oat_durable_seal(&d, NONCE);
    return d;
}

static void the_newer_of_two_durable_records_counts(void **state)
{
    (void)state;
    struct oat_disk_durable a = durable(16, 7);
    struct oat_disk_durable b = durable(32, 8);
    assert_ptr_equal(oat_durable_newest(&a, &b, NONCE), &b);
    assert_ptr_equal(oat_durable_newest(&b, &a, NONCE), &b);
}

static void a_torn_durable_record_leaves_the_other(void **state)
{
    (void)state;
    struct oat_disk_durable a = durable(16, 7);
    struct oat_disk_durable zero = {0};
    for (size_t bit = 0; bit < sizeof a * 8; bit++) {
        struct oat_disk_durable b = durable(32, 8);
        golden_flip(&b, bit);
        assert_ptr_equal(oat_durable_newest(&a, &b, NONCE), &a);
        assert_null(oat_durable_newest(&zero, &b, NONCE));
    }
    assert_null(oat_durable_newest(&a, &a, NONCE + 1));
    zero = durable(0, 0);
    assert_null(oat_durable_newest(&zero, &zero, NONCE));
}

static void records_with_impossible_slot_counts_are_refused(void **state)
{
    (void)state;
    struct oat_disk_durable d = durable(OAT_SLOTS_MAX, 1);
    assert_non_null(oat_durable_newest(&d, &d, NONCE));
    d = durable(OAT_SLOTS_MAX + 1, 1);
    assert_null(oat_durable_newest(&d, &d, NONCE));

    struct oat_disk_seal s = {.slots = oat_le64_of(OAT_SLOTS_MAX + 1), .sealed_ns = oat_le64_of(1)};
    oat_seal_seal(&s, NONCE);
    assert_false(oat_seal_check(&s, NONCE));
}

static void every_flipped_bit_of_a_seal_is_seen(void **state)
{
    (void)state;
    struct oat_disk_seal s = {
        .slots = oat_le64_of(9), .blob_bytes = oat_le64_of(256), .sealed_ns = oat_le64_of(1)};
    oat_seal_seal(&s, NONCE);
    assert_true(oat_seal_check(&s, NONCE));
    assert_false(oat_seal_check(&s, NONCE + 1));
    for (size_t bit = 0; bit < sizeof s * 8; bit++) {
        golden_flip(&s, bit);
        assert_false(oat_seal_check(&s, NONCE));
        golden_flip(&s, bit);
    }
    memset(&s, 0, sizeof s);
    assert_false(oat_seal_check(&s, NONCE));
}

static void every_flipped_bit_of_store_and_live_is_seen(void **state)
{
    (void)state;
    struct oat_identity_fault fault = {0};
    struct oat_disk_store store;
    struct oat_disk_live live;
    golden_fill(&store, sizeof store, 1);
    golden_fill(&live, sizeof live, 2);
    memcpy(store.magic, OAT_MAGIC_STORE, 8);
    memcpy(live.magic, OAT_MAGIC_LIVE, 8);
    store.major = live.major = oat_le16_of(1);
    oat_store_file_seal(&store);
    oat_live_file_seal(&live);
    assert_int_equal(oat_store_file_check(&store, &fault), OAT_OK);
    assert_null(fault.what);
    assert_int_equal(oat_live_file_check(&live, &fault), OAT_OK);
    for (size_t bit = 0; bit < sizeof store * 8; bit++) {
        golden_flip(&store, bit);
        golden_flip(&live, bit);
        assert_int_equal(oat_store_file_check(&store, &fault), OAT_E_CORRUPT);
        assert_string_equal(fault.what, bit < 64 ? "magic" : "checksum");
        assert_int_equal(oat_live_file_check(&live, &fault), OAT_E_CORRUPT);
        golden_flip(&store, bit);
        golden_flip(&live, bit);
    }
}

static void store_and_live_of_a_greater_major_are_unsupported(void **state)
{
    (void)state;
    struct oat_identity_fault fault = {0};
    struct oat_disk_store store = {.major = oat_le16_of(2)};
    struct oat_disk_live live = {.major = oat_le16_of(2)};
    memcpy(store.magic, OAT_MAGIC_STORE, 8);
    memcpy(live.magic, OAT_MAGIC_LIVE, 8);
    oat_store_file_seal(&store);
    oat_live_file_seal(&live);
    assert_int_equal(oat_store_file_check(&store, &fault), OAT_E_UNSUPPORTED);
    assert_int_equal(oat_live_file_check(&live, &fault), OAT_E_UNSUPPORTED);
    store.major = oat_le16_of(0);
    oat_store_file_seal(&store);
    assert_int_equal(oat_store_file_check(&store, &fault), OAT_E_CORRUPT);
    assert_string_equal(fault.what, "major version");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sealed_header_is_accepted_for_its_file_only),
        cmocka_unit_test(every_flipped_bit_of_a_header_is_seen),
        cmocka_unit_test(a_greater_major_is_unsupported_not_corrupt),
        cmocka_unit_test(any_minor_is_read),
        cmocka_unit_test(other_sizes_are_refused),
        cmocka_unit_test(the_newer_of_two_durable_records_counts),
        cmocka_unit_test(a_torn_durable_record_leaves_the_other),
        cmocka_unit_test(records_with_impossible_slot_counts_are_refused),
        cmocka_unit_test(every_flipped_bit_of_a_seal_is_seen),
        cmocka_unit_test(every_flipped_bit_of_store_and_live_is_seen),
        cmocka_unit_test(store_and_live_of_a_greater_major_are_unsupported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
