/* traceparent (W3C Trace Context) and X-Trace-ID. */
#include "oat/oat.h"
#include "tests/support/unit.h"

static const char valid[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

static void a_valid_traceparent_reads_and_writes_back(void **state)
{
    (void)state;
    oat_span_context context;
    char again[OAT_TRACEPARENT_SIZE];
    assert_int_equal(oat_traceparent_extract(valid, OAT_NUL, &context), OAT_OK);
    assert_true(context.remote);
    assert_int_equal(context.trace_id[0], 0x4b);
    assert_int_equal(context.span_id[7], 0xb7);
    assert_int_equal(context.trace_flags, 1);
    oat_traceparent_inject(&context, again);
    assert_string_equal(again, valid);
}

static void a_length_ends_the_text_where_no_nul_does(void **state)
{
    (void)state;
    oat_span_context context;
    char longer[80];
    memset(longer, 'f', sizeof longer);
    memcpy(longer, valid, 55);
    assert_int_equal(oat_traceparent_extract(longer, 55, &context), OAT_OK);
    assert_int_equal(oat_traceparent_extract(longer, 56, &context), OAT_E_INVALID);
}

static void every_kind_of_invalid_traceparent_is_refused(void **state)
{
    (void)state;
    static const char *const invalid[] = {
        "",
        "00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",      /* no flags */
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",    /* short */
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",  /* version 00 has no more */
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x", /* likewise */
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",   /* forbidden version */
        "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01", /* no trace */
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", /* no span */
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", /* capitals */
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0A",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bx-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-zz",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
        " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what",
    };
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++) {
        oat_span_context context = {.trace_flags = 77};
        if (oat_traceparent_extract(invalid[i], OAT_NUL, &context) != OAT_E_INVALID)
            fail_msg("accepted: %s", invalid[i]);
        assert_int_equal(context.trace_flags, 77);
    }
    assert_int_equal(oat_traceparent_extract(NULL, OAT_NUL, &(oat_span_context){0}), OAT_E_INVALID);
}

static void later_versions_are_read_as_far_as_they_are_known(void **state)
{
    (void)state;
    oat_span_context context;
    assert_int_equal(
        oat_traceparent_extract("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", OAT_NUL, &context),
        OAT_OK);
    assert_int_equal(oat_traceparent_extract(
                         "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings",
                         OAT_NUL, &context),
                     OAT_OK);
    assert_int_equal(context.span_id[1], 0xf0);
}

static void an_x_trace_id_may_be_any_text(void **state)
{
    (void)state;
    static const struct {
        const char *given, *hex;
    } cases[] = {
        {"4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736"},
        {"4BF92F3577B34DA6A3CE929D0E0E4736", "4bf92f3577b34da6a3ce929d0e0e4736"},
        {"4bf92f35-77b3-4da6-a3ce-929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736"},
        {"a3ce929d0e0e4736", "0000000000000000a3ce929d0e0e4736"},
        {"order-17", "2e75e6f9518966ca271e642269e49478"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const uint8_t no_span[8];
        oat_span_context context;
        char hex[OAT_TRACE_HEX_SIZE];
        assert_int_equal(oat_x_trace_id_extract(cases[i].given, OAT_NUL, &context), OAT_OK);
        assert_true(context.remote);
        assert_memory_equal(context.span_id, no_span, 8);
        oat_x_trace_id_inject(&context, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

static void an_x_trace_id_that_is_empty_or_huge_is_refused(void **state)
{
    (void)state;
    oat_span_context context;
    char huge[4098];
    memset(huge, 'x', sizeof huge);
    assert_int_equal(oat_x_trace_id_extract("", OAT_NUL, &context), OAT_E_INVALID);
    assert_int_equal(oat_x_trace_id_extract(NULL, 3, &context), OAT_E_INVALID);
    assert_int_equal(oat_x_trace_id_extract(huge, 4096, &context), OAT_OK);
    assert_int_equal(oat_x_trace_id_extract(huge, 4097, &context), OAT_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_traceparent_reads_and_writes_back),
        cmocka_unit_test(a_length_ends_the_text_where_no_nul_does),
        cmocka_unit_test(every_kind_of_invalid_traceparent_is_refused),
        cmocka_unit_test(later_versions_are_read_as_far_as_they_are_known),
        cmocka_unit_test(an_x_trace_id_may_be_any_text),
        cmocka_unit_test(an_x_trace_id_that_is_empty_or_huge_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
