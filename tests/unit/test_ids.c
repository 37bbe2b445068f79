/* Ids as text, and machine and boot ids. */
#include "format/host_id.h"
#include "format/ids.h"
#include "oat/oat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void assert_trace_id(const char *text, const char *expected_hex)
{
    uint8_t id[16];
    char hex[33];
    assert_int_equal(oat_trace_id_of_text(text, strlen(text), id), OAT_OK);
    oat_hex_print(id, sizeof id, hex);
    assert_string_equal(hex, expected_hex);
}

static void hex_and_uuid_trace_ids_are_taken_as_they_are(void **state)
{
    (void)state;
    assert_trace_id("4BF92F3577B34DA6A3CE929D0E0E4736", "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_trace_id("4bf92f35-77b3-4da6-a3ce-929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_trace_id("a3ce929d0e0e4736", "0000000000000000a3ce929d0e0e4736");
}

static void any_other_text_is_hashed(void **state)
{
    (void)state;
    /* python3 -c 'import xxhash; print(xxhash.xxh3_128_hexdigest(b"order-17"))' */
    assert_trace_id("order-17", "2e75e6f9518966ca271e642269e49478");
    assert_trace_id("00000000000000000000000000000000", "00000000000000000000000000000001");
}

static void empty_and_oversized_ids_are_invalid(void **state)
{
    (void)state;
    static char big[4097];
    uint8_t id[16];
    memset(big, 'a', sizeof big);
    assert_int_equal(oat_trace_id_of_text("", 0, id), OAT_E_INVALID);
    assert_int_equal(oat_trace_id_of_text(big, sizeof big, id), OAT_E_INVALID);
    assert_int_equal(oat_span_id_of_text(id, "", 0, id), OAT_E_INVALID);
}

static void a_span_id_text_is_hashed_with_its_trace(void **state)
{
    (void)state;
    uint8_t trace_a[16] = {1}, trace_b[16] = {2}, a[8], b[8];
    assert_int_equal(oat_span_id_of_text(trace_a, "step", 4, a), OAT_OK);
    assert_int_equal(oat_span_id_of_text(trace_b, "step", 4, b), OAT_OK);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(oat_span_id_of_text(trace_a, "00f067aa0ba902b7", 16, a), OAT_OK);
    assert_memory_equal(a, ((const uint8_t[]){0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7}), 8);
}

static void a_missing_machine_id_is_the_host_name_hashed(void **state)
{
    (void)state;
    uint8_t from_file[16], from_name[16], other[16];
    oat_machine_id_of("3d1219c7c4c5404aaa1f6d2a48adfda4\n", 33, "host", from_file);
    assert_memory_equal(from_file, "\x3d\x12\x19\xc7\xc4\xc5\x40\x4a\xaa\x1f\x6d\x2a\x48\xad\xfd\xa4", 16);
    oat_machine_id_of("uninitialized\n", 14, "host", from_name);
    oat_machine_id_of(NULL, 0, "other", other);
    assert_memory_not_equal(from_name, other, 16);
    assert_memory_not_equal(from_name, from_file, 16);
}

static void a_boot_id_is_a_uuid_or_zeros(void **state)
{
    (void)state;
    uint8_t id[16];
    oat_boot_id_of("4b1ae3c2-3de0-42a6-bc15-eb11fb975f87\n", 37, id);
    assert_memory_equal(id, "\x4b\x1a\xe3\xc2\x3d\xe0\x42\xa6\xbc\x15\xeb\x11\xfb\x97\x5f\x87", 16);
    oat_boot_id_of("", 0, id);
    assert_memory_equal(id, ((const uint8_t[16]){0}), 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_and_uuid_trace_ids_are_taken_as_they_are),
        cmocka_unit_test(any_other_text_is_hashed),
        cmocka_unit_test(empty_and_oversized_ids_are_invalid),
        cmocka_unit_test(a_span_id_text_is_hashed_with_its_trace),
        cmocka_unit_test(a_missing_machine_id_is_the_host_name_hashed),
        cmocka_unit_test(a_boot_id_is_a_uuid_or_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
