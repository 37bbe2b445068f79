#include "format/hash.h"
#include "format/slot.h"
#include "tests/support/golden_test.h"

#define NONCE UINT64_C(0x1122334455667788)

static void put_word(uint8_t slot[OAT_SLOT_SIZE], uint64_t word)
{
    oat_le64 le = oat_le64_of(word);
    memcpy(slot, &le, sizeof le);
}

static void commit(uint8_t slot[OAT_SLOT_SIZE], enum oat_slot_kind kind, uint64_t nonce, uint32_t slot_no)
{
    put_word(slot, oat_slot_commit_word(slot, kind, nonce, slot_no));
}

static void a_committed_slot_is_whole_and_names_its_kind(void **state)
{
    (void)state;
    for (unsigned kind = OAT_SLOT_VOID; kind <= 200; kind++) {
        uint8_t slot[OAT_SLOT_SIZE];
        uint16_t found = 0;
        golden_fill(slot, sizeof slot, kind);
        commit(slot, (enum oat_slot_kind)kind, NONCE, kind * 1000);
        assert_int_equal(oat_slot_check(slot, NONCE, kind * 1000, &found), OAT_OK);
        assert_int_equal(found, kind);
    }
}

static void a_zero_commit_word_means_never_written(void **state)
{
    (void)state;
    uint8_t slot[OAT_SLOT_SIZE];
    uint16_t kind = 77;
    golden_fill(slot, sizeof slot, 1);
    memset(slot, 0, 8);
    assert_int_equal(oat_slot_check(slot, NONCE, 3, &kind), OAT_NOTFOUND);
    assert_int_equal(kind, 77);
}

static void every_flipped_bit_of_a_slot_is_seen(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 4; seed++) {
        uint8_t slot[OAT_SLOT_SIZE] = {0};
        if (seed > 0)
            golden_fill(slot, sizeof slot, seed);
        commit(slot, OAT_SLOT_SPAN, NONCE, 5);
        for (size_t bit = 0; bit < sizeof slot * 8; bit++) {
            uint16_t kind;
            golden_flip(slot, bit);
            assert_int_equal(oat_slot_check(slot, NONCE, 5, &kind), OAT_E_CORRUPT);
            golden_flip(slot, bit);
        }
    }
}

static void a_slot_out_of_its_place_or_pair_is_corrupt(void **state)
{
    (void)state;
    uint8_t slot[OAT_SLOT_SIZE];
    uint16_t kind;
    golden_fill(slot, sizeof slot, 9);
    commit(slot, OAT_SLOT_EVENT, NONCE, 5);
    assert_int_equal(oat_slot_check(slot, NONCE, 5, &kind), OAT_OK);
    for (uint32_t n = 0; n < 1000; n++)
        if (n != 5)
            assert_int_equal(oat_slot_check(slot, NONCE, n, &kind), OAT_E_CORRUPT);
    for (unsigned bit = 0; bit < 64; bit++)
        assert_int_equal(oat_slot_check(slot, NONCE ^ UINT64_C(1) << bit, 5, &kind), OAT_E_CORRUPT);
}

/* Commits with any kind and version by the formula of SPEC.md, written out once more. */
static void commit_as(uint8_t slot[OAT_SLOT_SIZE], uint64_t kind, uint64_t version, uint32_t slot_no)
{
    oat_le64 head;
    memcpy(&head, slot + 8, sizeof head);
    uint64_t high = kind | version << 16;
    uint64_t seed = oat_le64_get(head) ^ high ^ NONCE ^ slot_no * UINT64_C(0x9e3779b97f4a7c15);
    put_word(slot, (oat_hash64(slot + 16, 240, seed) & 0xffffffff) | high << 32);
}

static void another_slot_version_is_an_unknown_kind(void **state)
{
    (void)state;
    for (uint64_t version = 0; version <= 3; version++) {
        uint8_t slot[OAT_SLOT_SIZE];
        uint16_t kind = 0;
        golden_fill(slot, sizeof slot, version);
        commit_as(slot, OAT_SLOT_SPAN, version, 1);
        assert_int_equal(oat_slot_check(slot, NONCE, 1, &kind), OAT_OK);
        assert_int_equal(kind, version == 1 ? OAT_SLOT_SPAN : OAT_SLOT_UNKNOWN);
    }
}

static void kind_zero_is_never_committed(void **state)
{
    (void)state;
    uint8_t slot[OAT_SLOT_SIZE];
    uint16_t kind;
    golden_fill(slot, sizeof slot, 4);
    commit_as(slot, OAT_SLOT_NONE, 1, 1);
    assert_int_equal(oat_slot_check(slot, NONCE, 1, &kind), OAT_E_CORRUPT);
}

/* The numbers of SPEC.md, Commit word. */
static void the_worked_example_of_the_specification_holds(void **state)
{
    (void)state;
    uint8_t slot[OAT_SLOT_SIZE];
    for (unsigned i = 0; i < OAT_SLOT_SIZE; i++)
        slot[i] = (uint8_t)i;
    assert_true(oat_slot_commit_word(slot, OAT_SLOT_SPAN, UINT64_C(0x0123456789abcdef), 3) ==
                UINT64_C(0x0001000210a60871));
}

static struct oat_disk_span good_span(enum oat_slot_kind kind)
{
    struct oat_disk_span span = {
        .commit = oat_le64_of((uint64_t)kind << 32 | UINT64_C(1) << 48),
        .trace_id = {[15] = 1},
        .span_id = {[7] = 1},
        .start_ns = oat_le64_of(1000),
        .type = OAT_LLM,
        .status = kind == OAT_SLOT_OPEN ? OAT_STATUS_OPEN : OAT_STATUS_SUCCESS,
    };
    return span;
}

static void refused(struct oat_disk_span span, const char *what)
{
    const char *found = NULL;
    assert_int_equal(oat_span_check(&span, 100, &found), OAT_E_CORRUPT);
    assert_string_equal(found, what);
}

static void accepted(struct oat_disk_span span)
{
    const char *found = "unset";
    assert_int_equal(oat_span_check(&span, 100, &found), OAT_OK);
    assert_null(found);
}

static void a_span_type_outside_the_list_is_refused(void **state)
{
    (void)state;
    struct oat_disk_span span = good_span(OAT_SLOT_SPAN);
    for (unsigned type = 0; type < 256; type++) {
        span.type = (uint8_t)type;
        if (type >= OAT_AGENT && type <= OAT_FILE_IO)
            accepted(span);
        else
            refused(span, "span type");
    }
}

static void a_status_that_contradicts_the_kind_is_refused(void **state)
{
    (void)state;
    for (unsigned status = 0; status < 256; status++) {
        struct oat_disk_span span = good_span(OAT_SLOT_SPAN);
        struct oat_disk_span open = good_span(OAT_SLOT_OPEN);
        span.status = open.status = (uint8_t)status;
        if (status == OAT_STATUS_SUCCESS || status == OAT_STATUS_ERROR)
            accepted(span);
        else
            refused(span, "span status");
        if (status == OAT_STATUS_OPEN)
            accepted(open);
        else
            refused(open, "span status");
    }
}

static void times_past_the_limit_are_refused(void **state)
{
    (void)state;
    struct oat_disk_span span = good_span(OAT_SLOT_SPAN);
    span.start_ns = oat_le64_of(OAT_TIME_MAX);
    accepted(span);
    span.duration_ns = oat_le64_of(1);
    refused(span, "span duration");
    span.start_ns = oat_le64_of(OAT_TIME_MAX - 1);
    accepted(span);
    span.duration_ns = oat_le64_of(UINT64_MAX);
    refused(span, "span duration");
    span.start_ns = oat_le64_of(OAT_TIME_MAX + 1);
    refused(span, "span start");

    struct oat_disk_span open = good_span(OAT_SLOT_OPEN);
    open.duration_ns = oat_le64_of(1);
    refused(open, "span duration");
}

static void ids_of_zeros_are_refused(void **state)
{
    (void)state;
    struct oat_disk_span span = good_span(OAT_SLOT_SPAN);
    span.trace_id[15] = 0;
    refused(span, "span ids");
    span = good_span(OAT_SLOT_OPEN);
    span.span_id[7] = 0;
    refused(span, "span ids");
}

static void small_fields_out_of_range_are_refused(void **state)
{
    (void)state;
    struct oat_disk_span span = good_span(OAT_SLOT_SPAN);
    span.otel_status = OAT_OTEL_ERROR;
    span.sample_rate = oat_le32_of(OAT_SAMPLE_RATE_ONE);
    accepted(span);
    span.otel_status = OAT_OTEL_ERROR + 1;
    refused(span, "span OpenTelemetry status");
    span.otel_status = 0;
    span.sample_rate = oat_le32_of(OAT_SAMPLE_RATE_ONE + 1);
    refused(span, "span sample rate");
}

static void a_string_reference_past_the_slots_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < OAT_TEXT_FIELDS; i++) {
        struct oat_disk_span span = good_span(OAT_SLOT_SPAN);
        span.text[i] = oat_le32_of(100);
        accepted(span);
        span.text[i] = oat_le32_of(101);
        refused(span, "string reference");
        span.text[i] = oat_le32_of(UINT32_MAX);
        refused(span, "string reference");
    }
}

static void unknown_flag_bits_and_reserved_bytes_are_ignored(void **state)
{
    (void)state;
    struct oat_disk_span span = good_span(OAT_SLOT_SPAN);
    span.flags = oat_le32_of(UINT32_MAX);
    memset(span.unused, 0xff, sizeof span.unused);
    accepted(span);
}

static void the_last_slot_ends_the_file(void **state)
{
    (void)state;
    assert_int_equal(oat_slot_offset(0), OAT_SPANS_HEADER_SIZE);
    assert_int_equal(oat_slot_offset(OAT_SLOTS_MAX), OAT_SPANS_FILE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_committed_slot_is_whole_and_names_its_kind),
        cmocka_unit_test(a_zero_commit_word_means_never_written),
        cmocka_unit_test(every_flipped_bit_of_a_slot_is_seen),
        cmocka_unit_test(a_slot_out_of_its_place_or_pair_is_corrupt),
        cmocka_unit_test(another_slot_version_is_an_unknown_kind),
        cmocka_unit_test(kind_zero_is_never_committed),
        cmocka_unit_test(the_worked_example_of_the_specification_holds),
        cmocka_unit_test(a_span_type_outside_the_list_is_refused),
        cmocka_unit_test(a_status_that_contradicts_the_kind_is_refused),
        cmocka_unit_test(times_past_the_limit_are_refused),
        cmocka_unit_test(ids_of_zeros_are_refused),
        cmocka_unit_test(small_fields_out_of_range_are_refused),
        cmocka_unit_test(a_string_reference_past_the_slots_is_refused),
        cmocka_unit_test(unknown_flag_bits_and_reserved_bytes_are_ignored),
        cmocka_unit_test(the_last_slot_ends_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
