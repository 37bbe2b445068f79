#include "format/names.h"
#include "tests/support/golden_test.h"

static void every_span_type_has_a_name_that_parses_back(void **state)
{
    (void)state;
    for (unsigned type = OAT_AGENT; type <= OAT_FILE_IO; type++) {
        const char *name = oat_span_type_name(type);
        assert_non_null(name);
        assert_int_equal(oat_span_type_parse(name, strlen(name)), type);
    }
    assert_string_equal(oat_span_type_name(OAT_FILE_IO), "file_io");
}

static void numbers_out_of_range_have_no_name(void **state)
{
    (void)state;
    assert_null(oat_span_type_name(0));
    assert_null(oat_span_type_name(OAT_FILE_IO + 1));
    assert_null(oat_span_type_name(UINT32_MAX));
    assert_null(oat_text_field_name(OAT_TEXT_FIELDS));
    assert_null(oat_count_field_name(OAT_COUNT_FIELDS));
    assert_null(oat_media_name(OAT_MEDIA_PDF + 1));
    assert_null(oat_media_name(OAT_MEDIA_OTHER));
}

static void text_that_names_no_type_is_zero(void **state)
{
    (void)state;
    assert_int_equal(oat_span_type_parse("", 0), 0);
    assert_int_equal(oat_span_type_parse("llm", 2), 0);
    assert_int_equal(oat_span_type_parse("llmx", 4), 0);
    assert_int_equal(oat_span_type_parse("LLM", 3), 0);
    assert_int_equal(oat_span_type_parse("llm\0", 4), 0);
}

static void every_field_has_a_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++)
        assert_non_null(oat_text_field_name(i));
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        assert_non_null(oat_count_field_name(i));
}

static void every_media_type_has_a_name_that_parses_back(void **state)
{
    (void)state;
    for (unsigned media = 0; media <= OAT_MEDIA_PDF; media++) {
        assert_non_null(oat_media_name(media));
        assert_int_equal(oat_media_parse(oat_media_name(media)), media);
    }
}

static void media_types_are_read_without_case_and_parameters(void **state)
{
    (void)state;
    assert_int_equal(oat_media_parse("Application/JSON; charset=utf-8"), OAT_MEDIA_JSON);
    assert_int_equal(oat_media_parse("text/plain;charset=utf-8"), OAT_MEDIA_TEXT);
    assert_int_equal(oat_media_parse("application/jsonl"), OAT_MEDIA_OTHER);
    assert_int_equal(oat_media_parse("application/jso"), OAT_MEDIA_OTHER);
    assert_int_equal(oat_media_parse(""), OAT_MEDIA_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_span_type_has_a_name_that_parses_back),
        cmocka_unit_test(numbers_out_of_range_have_no_name),
        cmocka_unit_test(text_that_names_no_type_is_zero),
        cmocka_unit_test(every_field_has_a_name),
        cmocka_unit_test(every_media_type_has_a_name_that_parses_back),
        cmocka_unit_test(media_types_are_read_without_case_and_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
