/* The query of a URI: decoding and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/query.h"

static struct oat_query query;
static struct oat_query_error error;

static bool parse(const char *text)
{
    return oat_query_parse(text, strlen(text), &query, &error);
}

static void parameters_are_split_and_decoded(void **state)
{
    (void)state;
    size_t len;
    assert_true(parse("a=1&b=x%20y+z&c=&d&e=%C3%A9%26%3D=&&"));
    assert_int_equal(query.count, 5);
    assert_string_equal(oat_query_get(&query, "a", NULL), "1");
    assert_string_equal(oat_query_get(&query, "b", NULL), "x y z");
    assert_string_equal(oat_query_get(&query, "c", NULL), "");
    assert_string_equal(oat_query_get(&query, "d", NULL), "");
    assert_string_equal(oat_query_get(&query, "e", &len), "\xc3\xa9&==");
    assert_int_equal(len, 5);
    assert_null(oat_query_get(&query, "f", NULL));
}

static void an_empty_query_has_no_parameters(void **state)
{
    (void)state;
    assert_true(parse(""));
    assert_int_equal(query.count, 0);
}

static void bad_escapes_name_the_parameter(void **state)
{
    (void)state;
    static const char *const texts[] = {"limit=%",   "limit=%4",  "limit=%zz", "limit=%0",
                                        "limit=%00", "limit=%ff", "limit=%c3", "limit=%ed%a0%80"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_false(parse(texts[i]));
        assert_string_equal(error.parameter, "limit");
    }
    assert_false(parse("%zz=1"));
    assert_string_equal(error.parameter, "");
}

static void a_repeated_parameter_is_refused(void **state)
{
    (void)state;
    assert_false(parse("limit=1&limit=2"));
    assert_string_equal(error.parameter, "limit");
    assert_non_null(strstr(error.message, "twice"));
    assert_false(parse("limit=1&l%69mit=2"));
}

static void too_much_is_refused(void **state)
{
    (void)state;
    char *text = malloc(OAT_QUERY_LEN_MAX + 2);
    memset(text, 'a', OAT_QUERY_LEN_MAX + 1);
    text[OAT_QUERY_LEN_MAX + 1] = '\0';
    assert_false(parse(text));
    text[OAT_QUERY_LEN_MAX] = '\0';
    assert_true(parse(text));
    free(text);

    char many[8 * (OAT_QUERY_PARAMS_MAX + 1)] = "";
    for (unsigned i = 0; i < OAT_QUERY_PARAMS_MAX; i++) {
        char one[8];
        snprintf(one, sizeof one, "p%u=&", i);
        strcat(many, one);
    }
    assert_true(parse(many));
    strcat(many, "q=1");
    assert_false(parse(many));
}

static void hostile_names_come_back_escaped(void **state)
{
    (void)state;
    assert_true(parse("%1b%5b31m=1"));
    assert_false(oat_query_only(&query, (const char *const[]){"limit", NULL}, &error));
    assert_string_equal(error.parameter, "\\x1b[31m");
    assert_non_null(strstr(error.message, "limit"));
}

static void numbers_keep_to_their_range(void **state)
{
    (void)state;
    static const char *const bad[] = {"n=0",
                                      "n=1001",
                                      "n=-1",
                                      "n=+1",
                                      "n=1.0",
                                      "n=",
                                      "n=1e2",
                                      "n=%201",
                                      "n=18446744073709551617",
                                      "n=99999999999999999999999"};
    uint64_t n;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        n = 7;
        assert_true(parse(bad[i]));
        assert_false(oat_query_number(&query, "n", 1, 1000, &n, &error));
        assert_string_equal(error.parameter, "n");
        assert_int_equal(n, 7);
    }
    assert_true(parse("n=1000"));
    assert_true(oat_query_number(&query, "n", 1, 1000, &n, &error));
    assert_int_equal(n, 1000);
    assert_true(oat_query_number(&query, "absent", 1, 1000, &n, &error));
    assert_int_equal(n, 1000);
}

static void truth_has_four_spellings(void **state)
{
    (void)state;
    bool value = false;
    assert_true(parse("a=true&b=1&c=false&d=0&e=yes"));
    assert_true(oat_query_bool(&query, "a", &value, &error) && value);
    assert_true(oat_query_bool(&query, "c", &value, &error) && !value);
    assert_true(oat_query_bool(&query, "b", &value, &error) && value);
    assert_true(oat_query_bool(&query, "d", &value, &error) && !value);
    assert_false(oat_query_bool(&query, "e", &value, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_split_and_decoded),
        cmocka_unit_test(an_empty_query_has_no_parameters),
        cmocka_unit_test(bad_escapes_name_the_parameter),
        cmocka_unit_test(a_repeated_parameter_is_refused),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(hostile_names_come_back_escaped),
        cmocka_unit_test(numbers_keep_to_their_range),
        cmocka_unit_test(truth_has_four_spellings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
