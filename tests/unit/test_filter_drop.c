/* Filters without what they say of one field. */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "reader/filter.h"
#include "reader/filter_drop.h"
#include "tests/support/filter_print.h"

static struct oat_filter *parse(const char *text)
{
    oat_filter *filter;
    assert_int_equal(oat_filter_parse(text, strlen(text), 0, &filter, NULL), OAT_OK);
    return filter;
}

/* Without the field, the filter is the expected one. */
static void assert_without(const char *text, const char *field, const char *expected)
{
    struct oat_filter *filter = parse(text), *wanted = parse(expected);
    oat_filter_drop(filter, (oat_text){field, strlen(field)});
    char *left = oat_filter_print(filter), *right = oat_filter_print(wanted);
    assert_string_equal(left, right);
    free(left);
    free(right);
    oat_filter_free(filter);
    oat_filter_free(wanted);
}

static void comparisons_of_the_field_are_left_out(void **state)
{
    (void)state;
    assert_without("model = a", "model", "");
    assert_without("model = a and type = llm and model != b", "model", "type = llm");
    assert_without("type = llm and (not model in (a, b) and cost > 1)", "model", "type = llm and cost > 1");
    assert_without("(model = a and model = b) and type = llm", "model", "type = llm");
    assert_without("attr.tier = pro and attr.team = x", "attributes.tier", "attr.team = x");
    assert_without("trace.status = error and type = llm", "trace.status", "type = llm");
}

static void what_only_some_spans_have_to_pass_stays(void **state)
{
    (void)state;
    assert_without("model = a or type = llm", "model", "model = a or type = llm");
    assert_without("trace.has(model = a) and type = llm", "model", "trace.has(model = a) and type = llm");
    assert_without("model = a", "type", "model = a");
    assert_without("status = error", "trace.status", "status = error");
    assert_without("model = a", "no such field", "model = a");
    assert_without("", "model", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_of_the_field_are_left_out),
        cmocka_unit_test(what_only_some_spans_have_to_pass_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
