#include "reader/fields.h"

#include "format/names.h"
#include "format/slot.h"
#include "tests/support/unit.h"

static const struct oat_field *find(const char *name)
{
    oat_text key;
    return oat_field_find(name, strlen(name), &key);
}

static void every_field_is_found_by_its_name_and_its_alias(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct oat_field *field; (field = oat_field_at(count)); count++) {
        assert_ptr_equal(find(field->name), field);
        if (field->alias)
            assert_ptr_equal(find(field->alias), field);
    }
    assert_true(count > 50);
}

static void names_are_those_of_json(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++) {
        const struct oat_field *field = find(oat_text_field_name(i));
        assert_non_null(field);
        assert_int_equal(field->kind, OAT_FIELD_TEXT);
        assert_int_equal(field->place, OAT_VECTOR_TEXT + i);
    }
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++) {
        const struct oat_field *field = find(oat_count_field_name(i));
        assert_non_null(field);
        assert_int_equal(field->place, OAT_VECTOR_TOKENS + i);
        assert_int_equal(field->flags, OAT_SPAN_HAS_COUNT(i));
    }
}

static void short_names_are_those_of_the_contract(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"type", "span_type"},
        {"start", "start_time"},
        {"end", "end_time"},
        {"duration", "duration_ms"},
        {"session", "session_id"},
        {"user", "user_id"},
        {"tokens", "total_tokens"},
        {"cost", "total_cost"},
        {"ttft", "ttft_ms"},
        {"errors", "error_count"},
        {"trace.cost", "trace.total_cost"},
        {"trace.duration", "trace.duration_ms"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_non_null(find(pairs[i][0]));
        assert_ptr_equal(find(pairs[i][0]), find(pairs[i][1]));
    }
}

static void what_only_a_trace_has_is_found_with_and_without_prefix(void **state)
{
    (void)state;
    assert_non_null(find("error_count"));
    assert_ptr_equal(find("trace.errors"), find("error_count"));
    assert_ptr_equal(find("trace.depth"), find("depth"));
}

static void a_span_field_is_not_a_trace_field(void **state)
{
    (void)state;
    assert_null(find("trace.ttft"));
    assert_null(find("trace.trace.depth"));
    assert_null(find("trace."));
    assert_ptr_not_equal(find("trace.status"), find("status"));
}

static void attributes_are_found_by_both_prefixes_with_their_key(void **state)
{
    (void)state;
    oat_text key;
    const struct oat_field *field = oat_field_find("attr.user_tier", 14, &key);
    assert_int_equal(field->kind, OAT_FIELD_ATTRIBUTE);
    assert_int_equal(key.len, 9);
    assert_memory_equal(key.bytes, "user_tier", 9);
    assert_ptr_equal(oat_field_find("attributes.a.b", 14, &key), field);
    assert_memory_equal(key.bytes, "a.b", 3);
    assert_null(find("attr."));
}

static void values_that_have_names_name_them_all(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        unsigned last;
    } cases[] = {{"span_type", OAT_FILE_IO},
                 {"status", OAT_SHOWN_LOST_CONTACT},
                 {"trace.status", OAT_SHOWN_LOST_CONTACT},
                 {"cost_source", OAT_COST_UNPRICED},
                 {"otel_status", OAT_OTEL_ERROR}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct oat_field *field = find(cases[i].field);
        for (unsigned value = 1; value <= cases[i].last; value++)
            assert_non_null(field->value_name(value));
        assert_null(field->value_name(cases[i].last + 1));
    }
}

static void a_trace_without_usage_has_no_cost_and_one_that_runs_no_end(void **state)
{
    (void)state;
    struct oat_trace_figures trace = {.start_ns = 5, .error_count = 2, .status = OAT_SHOWN_RUNNING};
    int64_t value = -1;
    assert_false(oat_field_of_trace(find("trace.cost"), &trace, &value));
    assert_false(oat_field_of_trace(find("trace.tokens"), &trace, &value));
    assert_false(oat_field_of_trace(find("trace.duration"), &trace, &value));
    assert_int_equal(value, -1);
    assert_true(oat_field_of_trace(find("errors"), &trace, &value));
    assert_int_equal(value, 2);
    trace.end_ns = 12;
    trace.has_output_tokens = true;
    trace.output_tokens = 9;
    assert_true(oat_field_of_trace(find("trace.duration"), &trace, &value));
    assert_int_equal(value, 7);
    assert_true(oat_field_of_trace(find("trace.tokens"), &trace, &value));
    assert_int_equal(value, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_found_by_its_name_and_its_alias),
        cmocka_unit_test(names_are_those_of_json),
        cmocka_unit_test(short_names_are_those_of_the_contract),
        cmocka_unit_test(what_only_a_trace_has_is_found_with_and_without_prefix),
        cmocka_unit_test(a_span_field_is_not_a_trace_field),
        cmocka_unit_test(attributes_are_found_by_both_prefixes_with_their_key),
        cmocka_unit_test(values_that_have_names_name_them_all),
        cmocka_unit_test(a_trace_without_usage_has_no_cost_and_one_that_runs_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
