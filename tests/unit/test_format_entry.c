#include "format/entry.h"
#include "format/varint.h"
#include "tests/support/damage_guard.h"
#include "tests/support/golden_test.h"

#define NONCE  UINT64_C(0x0102030405060708)
#define OFFSET UINT64_C(80000)

static struct oat_entry entry_of(enum oat_entry_kind kind, uint64_t raw_len, uint64_t stored_len,
                                 uint64_t pred)
{
    struct oat_entry e = {.kind = kind, .raw_len = raw_len, .stored_len = stored_len, .pred_offset = pred};
    golden_fill(e.id8, sizeof e.id8, raw_len);
    return e;
}

/* Encodes, decodes against a PROT_NONE page, and returns the result; compares what OK gave. */
static int round_trip(struct oat_entry e, const uint8_t *stored, uint64_t offset)
{
    uint8_t bytes[OAT_ENTRY_HEADER_MAX + 4096];
    size_t len = oat_entry_encode(bytes, &e, stored, NONCE, offset);
    assert_true(len >= OAT_ENTRY_HEADER_MIN && len <= OAT_ENTRY_HEADER_MAX && len == e.header_len);
    if (stored) {
        memcpy(bytes + len, stored, (size_t)e.stored_len);
        len += (size_t)e.stored_len;
    }
    memset(bytes + len, 0xaa, OAT_ENTRY_HEADER_MAX);
    size_t avail = len < OAT_ENTRY_HEADER_MAX ? OAT_ENTRY_HEADER_MAX : len;
    uint8_t *at = oat_damage_guard(bytes, avail);
    struct oat_entry found = {0};
    int st = oat_entry_decode(at, avail, NONCE, offset, &found, NULL);
    oat_damage_guard_free(at, avail);
    if (st == OAT_OK) {
        assert_int_equal(found.kind, e.kind);
        assert_memory_equal(found.id8, e.id8, 8);
        assert_true(found.raw_len == e.raw_len && found.stored_len == e.stored_len);
        assert_true(found.pred_offset == e.pred_offset && found.header_len == e.header_len);
    }
    return st;
}

static void every_kind_round_trips(void **state)
{
    (void)state;
    uint8_t ops[300];
    golden_fill(ops, sizeof ops, 3);
    assert_int_equal(round_trip(entry_of(OAT_ENTRY_RAW, 1, 1, 0), NULL, OFFSET), OAT_OK);
    assert_int_equal(round_trip(entry_of(OAT_ENTRY_RAW, OAT_CHUNK_MAX, OAT_CHUNK_MAX, 0), NULL, OFFSET),
                     OAT_OK);
    assert_int_equal(round_trip(entry_of(OAT_ENTRY_LZ4, OAT_CHUNK_MAX, 1, 0), NULL, OFFSET), OAT_OK);
    assert_int_equal(round_trip(entry_of(OAT_ENTRY_GROUP, 65535, 65534, 0), NULL, OFFSET), OAT_OK);
    assert_int_equal(round_trip(entry_of(OAT_ENTRY_GROUP, 2, 1, OFFSET - 8), NULL, OFFSET), OAT_OK);
    assert_int_equal(
        round_trip(entry_of(OAT_ENTRY_GROUP, 2, 1, OAT_BLOBS_HEADER_SIZE), NULL, OAT_BLOBS_FILE_MAX - 8),
        OAT_OK);
    assert_int_equal(round_trip(entry_of(OAT_ENTRY_RECIPE, OAT_PAYLOAD_MAX, 300, 0), ops, OFFSET), OAT_OK);
    assert_int_equal(round_trip(entry_of(OAT_ENTRY_RECIPE, 0, 0, 0), NULL, OFFSET), OAT_OK);
}

static void lengths_out_of_their_limits_are_corrupt(void **state)
{
    (void)state;
    const struct oat_entry wrong[] = {
        entry_of(OAT_ENTRY_RAW, 0, 0, 0),
        entry_of(OAT_ENTRY_RAW, 5, 4, 0),
        entry_of(OAT_ENTRY_RAW, OAT_CHUNK_MAX + 1, OAT_CHUNK_MAX + 1, 0),
        entry_of(OAT_ENTRY_LZ4, 5, 5, 0),
        entry_of(OAT_ENTRY_LZ4, 5, 0, 0),
        entry_of(OAT_ENTRY_LZ4, OAT_CHUNK_MAX + 1, 9, 0),
        entry_of(OAT_ENTRY_GROUP, 65536, 9, 0),
        entry_of(OAT_ENTRY_GROUP, 9, 9, 0),
        entry_of(OAT_ENTRY_GROUP, 9, 0, 0),
        entry_of(OAT_ENTRY_RECIPE, OAT_PAYLOAD_MAX + 1, 0, 0),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(round_trip(wrong[i], NULL, OFFSET), OAT_E_CORRUPT);
}

static void a_recipe_over_its_limit_asks_for_no_bytes(void **state)
{
    (void)state;
    uint8_t bytes[OAT_ENTRY_HEADER_MAX] = {[4] = OAT_ENTRY_RECIPE};
    struct oat_entry e;
    size_t need = 0;
    size_t n = 13 + oat_varint_put(bytes + 13, 5);
    oat_varint_put(bytes + n, OAT_RECIPE_STORED_MAX + 1);
    assert_int_equal(oat_entry_decode(bytes, sizeof bytes, NONCE, OFFSET, &e, &need), OAT_E_CORRUPT);
    oat_varint_put(bytes + n, OAT_RECIPE_STORED_MAX);
    assert_int_equal(oat_entry_decode(bytes, sizeof bytes, NONCE, OFFSET, &e, &need), OAT_E_LIMIT);
    assert_int_equal(need, n + 4 + OAT_RECIPE_STORED_MAX);
}

static void every_flipped_bit_of_an_entry_header_is_seen(void **state)
{
    (void)state;
    uint8_t ops[40];
    golden_fill(ops, sizeof ops, 6);
    struct oat_entry entries[] = {
        entry_of(OAT_ENTRY_RAW, 300, 300, 0),
        entry_of(OAT_ENTRY_LZ4, 3000, 300, 0),
        entry_of(OAT_ENTRY_GROUP, 3000, 300, OFFSET - 800),
        entry_of(OAT_ENTRY_RECIPE, 3000, sizeof ops, 0),
    };
    for (size_t i = 0; i < 4; i++) {
        uint8_t bytes[OAT_ENTRY_HEADER_MAX + sizeof ops] = {0};
        size_t len = oat_entry_encode(bytes, &entries[i], ops, NONCE, OFFSET);
        if (entries[i].kind == OAT_ENTRY_RECIPE) {
            memcpy(bytes + len, ops, sizeof ops);
            len += sizeof ops;
        }
        for (size_t bit = 0; bit < len * 8; bit++) {
            struct oat_entry found;
            golden_flip(bytes, bit);
            /* A flip that makes the kind 0 reads as a hole: whoever refers to it sees a loss. One
             * that makes a recipe longer may ask for more bytes than there are. */
            int st = oat_entry_decode(bytes, sizeof bytes, NONCE, OFFSET, &found, NULL);
            assert_true(st == OAT_E_CORRUPT || (st == OAT_NOTFOUND && bytes[4] == 0) ||
                        (st == OAT_E_LIMIT && bytes[4] == OAT_ENTRY_RECIPE));
            golden_flip(bytes, bit);
        }
    }
}

static void an_entry_out_of_its_place_or_pair_is_corrupt(void **state)
{
    (void)state;
    uint8_t bytes[OAT_ENTRY_HEADER_MAX] = {0};
    struct oat_entry e = entry_of(OAT_ENTRY_RAW, 300, 300, 0);
    struct oat_entry found;
    oat_entry_encode(bytes, &e, NULL, NONCE, OFFSET);
    assert_int_equal(oat_entry_decode(bytes, sizeof bytes, NONCE, OFFSET + 8, &found, NULL), OAT_E_CORRUPT);
    assert_int_equal(oat_entry_decode(bytes, sizeof bytes, NONCE + 1, OFFSET, &found, NULL), OAT_E_CORRUPT);
}

static void a_predecessor_before_the_entries_is_corrupt(void **state)
{
    (void)state;
    assert_int_equal(round_trip(entry_of(OAT_ENTRY_GROUP, 9, 3, OAT_BLOBS_HEADER_SIZE - 8), NULL, OFFSET),
                     OAT_E_CORRUPT);
    uint8_t bytes[OAT_ENTRY_HEADER_MAX] = {[4] = OAT_ENTRY_GROUP, [13] = 9, [14] = 3};
    struct oat_entry found;
    oat_varint_put(bytes + 15, UINT64_MAX);
    assert_int_equal(oat_entry_decode(bytes, sizeof bytes, NONCE, OFFSET, &found, NULL), OAT_E_CORRUPT);
}

static void kind_zero_is_a_hole_and_unknown_kinds_are_corrupt(void **state)
{
    (void)state;
    uint8_t bytes[OAT_ENTRY_HEADER_MAX] = {0};
    struct oat_entry found;
    assert_int_equal(oat_entry_decode(bytes, sizeof bytes, NONCE, OFFSET, &found, NULL), OAT_NOTFOUND);
    for (unsigned kind = OAT_ENTRY_RECIPE + 1; kind < 256; kind++) {
        bytes[4] = (uint8_t)kind;
        assert_int_equal(oat_entry_decode(bytes, sizeof bytes, NONCE, OFFSET, &found, NULL), OAT_E_CORRUPT);
    }
}

static void a_cut_entry_says_how_many_bytes_it_needs(void **state)
{
    (void)state;
    uint8_t bytes[OAT_ENTRY_HEADER_MAX + 500];
    uint8_t ops[400];
    golden_fill(ops, sizeof ops, 8);
    struct oat_entry e = entry_of(OAT_ENTRY_RECIPE, 70000, sizeof ops, 0);
    size_t header_len = oat_entry_encode(bytes, &e, ops, NONCE, OFFSET);
    memcpy(bytes + header_len, ops, sizeof ops);
    size_t whole = header_len + sizeof ops;
    for (size_t avail = 0; avail <= whole; avail++) {
        uint8_t *at = oat_damage_guard(bytes, avail);
        struct oat_entry found;
        size_t need = 0;
        int st = oat_entry_decode(at, avail, NONCE, OFFSET, &found, &need);
        oat_damage_guard_free(at, avail);
        assert_int_equal(st, avail == whole ? OAT_OK : OAT_E_LIMIT);
        if (st == OAT_E_LIMIT)
            assert_true(need > avail && need <= whole);
    }
}

static void decoded_bytes_are_held_against_length_and_id(void **state)
{
    (void)state;
    char raw[] = "forty-two";
    struct oat_entry e = {.kind = OAT_ENTRY_RAW, .raw_len = 9, .stored_len = 9};
    oat_content_id id = oat_content_id_of(raw, 9, 77);
    memcpy(e.id8, id.b, 8);
    assert_true(oat_entry_raw_ok(&e, raw, 9, 77));
    assert_false(oat_entry_raw_ok(&e, raw, 8, 77));
    assert_false(oat_entry_raw_ok(&e, raw, 9, 78));
    for (size_t bit = 0; bit < 72; bit++) {
        golden_flip(raw, bit);
        assert_false(oat_entry_raw_ok(&e, raw, 9, 77));
        golden_flip(raw, bit);
    }
}

static void sizes_are_padded_to_the_unit(void **state)
{
    (void)state;
    struct oat_entry e = {.header_len = 15};
    const uint64_t padded[][2] = {{0, 16}, {1, 16}, {2, 24}, {9, 24}, {10, 32}};
    for (size_t i = 0; i < 5; i++) {
        e.stored_len = padded[i][0];
        assert_int_equal(oat_entry_size(&e), padded[i][1]);
    }
}

static void references_keep_offset_length_and_flags(void **state)
{
    (void)state;
    const uint8_t id8[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct oat_disk_blob_ref ref =
        oat_blob_ref_make(OAT_BLOBS_FILE_MAX - 8, id8, OAT_PAYLOAD_MAX, 2, OAT_REF_RECIPE | OAT_REF_LIMITED);
    assert_true(oat_blob_ref_offset(&ref) == OAT_BLOBS_FILE_MAX - 8);
    assert_true(oat_le48_get(ref.raw_len) == OAT_PAYLOAD_MAX);
    assert_memory_equal(ref.id4, id8, 4);
    assert_int_equal(ref.media, 2);
    assert_int_equal(ref.flags, OAT_REF_RECIPE | OAT_REF_LIMITED);
    assert_false(oat_blob_ref_is_none(&ref));
    ref = (struct oat_disk_blob_ref){0};
    assert_true(oat_blob_ref_is_none(&ref));
    ref.flags = OAT_REF_LOST;
    assert_false(oat_blob_ref_is_none(&ref));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_round_trips),
        cmocka_unit_test(lengths_out_of_their_limits_are_corrupt),
        cmocka_unit_test(a_recipe_over_its_limit_asks_for_no_bytes),
        cmocka_unit_test(every_flipped_bit_of_an_entry_header_is_seen),
        cmocka_unit_test(an_entry_out_of_its_place_or_pair_is_corrupt),
        cmocka_unit_test(a_predecessor_before_the_entries_is_corrupt),
        cmocka_unit_test(kind_zero_is_a_hole_and_unknown_kinds_are_corrupt),
        cmocka_unit_test(a_cut_entry_says_how_many_bytes_it_needs),
        cmocka_unit_test(decoded_bytes_are_held_against_length_and_id),
        cmocka_unit_test(sizes_are_padded_to_the_unit),
        cmocka_unit_test(references_keep_offset_length_and_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
