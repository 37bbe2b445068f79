/* Filters: limits, times, memory; and the examples of docs/filter.md. */
#include "oat/reader.h"
#include "reader/filter.h"
#include "reader/filter_window.h"
#include "reader/glob.h"
#include "tests/support/damage_guard.h"
#include "tests/support/filter_print.h"
#include "tests/support/unit.h"

#define NOW_NS UINT64_C(1795348800000000000)

static oat_filter_error error;

/* Parses text that ends where memory ends. NULL: it is refused, error says why. */
static oat_filter *parse_bytes(const char *text, size_t len)
{
    oat_filter *filter = NULL;
    uint8_t *at = oat_damage_guard(text, len);
    int result = oat_filter_parse((const char *)at, len, NOW_NS, &filter, &error);
    oat_damage_guard_free(at, len);
    assert_true(result == OAT_OK ? filter != NULL : result == OAT_E_INVALID && !filter);
    return filter;
}

static bool is_taken(const char *text, size_t len)
{
    oat_filter *filter = parse_bytes(text, len);
    oat_filter_free(filter);
    return filter != NULL;
}

/* Writes text several times, then what closes it; returns its length. */
static size_t repeat(char *ret, const char *open, size_t times, const char *middle, const char *close)
{
    size_t len = 0;
    for (size_t i = 0; i < times; i++, len += strlen(open))
        memcpy(ret + len, open, strlen(open));
    memcpy(ret + len, middle, strlen(middle));
    len += strlen(middle);
    for (size_t i = 0; i < times; i++, len += strlen(close))
        memcpy(ret + len, close, strlen(close));
    return len;
}

static char space[2 * OAT_FILTER_TEXT_MAX];

static void nesting_is_bounded(void **state)
{
    (void)state;
    static const char *const opens[] = {"(", "not ", "not("};
    static const char *const closes[] = {")", "", ")"};
    static const size_t levels[] = {OAT_FILTER_DEPTH_MAX, OAT_FILTER_DEPTH_MAX, OAT_FILTER_DEPTH_MAX / 2};
    for (size_t i = 0; i < 3; i++) {
        assert_true(is_taken(space, repeat(space, opens[i], levels[i], "a", closes[i])));
        assert_false(is_taken(space, repeat(space, opens[i], levels[i] + 1, "a", closes[i])));
        assert_string_equal(error.message, "over 64 levels");
    }
    assert_false(is_taken(space, repeat(space, "(", 20000, "a", ")")));
    assert_int_equal(error.column, OAT_FILTER_DEPTH_MAX + 1);
    assert_true(is_taken(space, repeat(space, "trace.has(", OAT_FILTER_HAS_MAX, "a", ")")));
    assert_false(is_taken(space, repeat(space, "trace.has(", OAT_FILTER_HAS_MAX + 1, "a", ")")));
    assert_string_equal(error.message, "over 8 times trace.has");
}

static void terms_and_values_are_bounded(void **state)
{
    (void)state;
    assert_true(is_taken(space, repeat(space, "type = llm or ", OAT_FILTER_TERMS_MAX - 1, "a", "")));
    assert_false(is_taken(space, repeat(space, "type = llm or ", OAT_FILTER_TERMS_MAX, "a", "")));
    assert_false(is_taken(space, repeat(space, "a ", OAT_FILTER_TERMS_MAX, "a", "")));
    assert_string_equal(error.message, "over 128 terms");
    size_t len = (size_t)sprintf(space, "user in (");
    assert_true(is_taken(space, len + repeat(space + len, "u,", OAT_FILTER_VALUES_MAX - 1, "u)", "")));
    assert_false(is_taken(space, len + repeat(space + len, "u,", OAT_FILTER_VALUES_MAX, "u)", "")));
    assert_string_equal(error.message, "over 1000 values");
}

static void length_is_bounded(void **state)
{
    (void)state;
    memset(space, ' ', sizeof space);
    assert_true(is_taken(space, OAT_FILTER_TEXT_MAX));
    assert_false(is_taken(space, OAT_FILTER_TEXT_MAX + 1));
    assert_string_equal(error.message, "over 65536 bytes");
}

static void text_that_is_no_utf8_is_refused_where_it_begins(void **state)
{
    (void)state;
    assert_false(is_taken("name = \"\xc3\xa4\xff\"", 12));
    assert_int_equal(error.column, 10);
    assert_int_equal(error.length, 1);
    assert_false(is_taken("\xc3", 1));
}

static void bytes_of_zero_are_bytes(void **state)
{
    (void)state;
    assert_true(is_taken("name = \"a\0b\"", 12));
    assert_true(is_taken("a\0b", 3));
    assert_false(is_taken("na\0me = x", 9));
}

static void an_error_that_nobody_wants_is_no_error(void **state)
{
    (void)state;
    oat_filter *filter = NULL;
    assert_int_equal(oat_filter_parse("type = ", 7, NOW_NS, &filter, NULL), OAT_E_INVALID);
    assert_null(filter);
    oat_filter_free(NULL);
}

static void a_message_says_what_was_found_and_expected(void **state)
{
    (void)state;
    assert_false(is_taken("duration > abc", 14));
    assert_string_equal(error.message, "unexpected abc; expected duration");
    assert_false(is_taken("modle = x", 9));
    assert_string_equal(error.message, "no such field; expected model");
    assert_false(is_taken("cost >", 6));
    assert_string_equal(error.message, "the filter ends too early; expected number");
    size_t len = repeat(space, "\xc3\xa4", 200, " = 1", "");
    assert_false(is_taken(space, len));
    assert_false(is_taken(space, (size_t)sprintf(space, "cost > %0500d.", 7) + 1));
    assert_true(strlen(error.message) < sizeof error.message - 1);
}

/* ---- Windows of time -------------------------------------------------------------------------------- */

#define S   UINT64_C(1000000000)
#define END ((uint64_t)INT64_MAX)

static void a_filter_tells_which_starts_it_lets_pass(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool any;
        uint64_t from_ns, to_ns;
    } cases[] = {
        {"", true, 0, END},
        {"type = llm", true, 0, END},
        {"start >= 5", true, 5 * S, END},
        {"start > 5 and start < 7", true, 5 * S + 1, 7 * S - 1},
        {"start > 5 and type = llm and start <= 7", true, 5 * S + 1, 7 * S},
        {"start < 5 or start in (7, 9)", true, 0, 9 * S},
        {"start < 5 or type = llm", true, 0, END},
        {"start > 7 and start < 5", false, 0, 0},
        {"start < 0", false, 0, 0},
        {"start = null", false, 0, 0},
        {"not start = null", true, 0, END},
        {"not start < 5", true, 5 * S, END},
        {"not (start < 5 or start > 7)", true, 5 * S, 7 * S},
        {"not (start >= 5 and start <= 7)", true, 0, END},
        {"not not start < 5", true, 0, 5 * S - 1},
        {"start != 5", true, 0, END},
        {"not start != 5", true, 5 * S, 5 * S},
        {"not start in (0, 5)", true, 1, END},
        {"start > -1h", true, NOW_NS - 3600 * S + 1, END},
        {"trace.start > 5", true, 0, END},
        {"end > 5", true, 0, END},
        {"trace.has(start > 5)", true, 0, END},
        {"refund", true, 0, END},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t from_ns = 0, to_ns = 0;
        oat_filter *filter = parse_bytes(cases[i].text, strlen(cases[i].text));
        bool any = oat_filter_window(filter, &from_ns, &to_ns);
        if (any != cases[i].any || from_ns != cases[i].from_ns || to_ns != cases[i].to_ns)
            fail_msg("%s: %d %llu .. %llu", cases[i].text, any, (unsigned long long)from_ns,
                     (unsigned long long)to_ns);
        oat_filter_free(filter);
    }
}

/* ---- Patterns --------------------------------------------------------------------------------------- */

static void patterns_fit_whole_texts(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool fits;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"**", "ab", true},
        {"a*", "abc", true},
        {"a*", "ba", false},
        {"*c", "abc", true},
        {"*b*", "abc", true},
        {"a*c*e", "abcde", true},
        {"a*c*e", "abcd", false},
        {"*aab", "aaab", true},
        {"?", "ä", true},
        {"?", "", false},
        {"??", "a", false},
        {"a?c",
         "a\xff"
         "c",
         true},
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"a\\", "a\\", true},
        {"\\a", "a", true},
        {"*?", "ä", true},
        {"*ä?", "xäö", true},
        {"A", "a", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const oat_text pattern = {cases[i].pattern, strlen(cases[i].pattern)};
        const oat_text text = {cases[i].text, strlen(cases[i].text)};
        if (oat_glob_match(pattern, text) != cases[i].fits)
            fail_msg("%s and %s", cases[i].pattern, cases[i].text);
    }
}

/* ---- The documentation ------------------------------------------------------------------------------- */

static void the_examples_of_the_documentation_are_filters(void **state)
{
    (void)state;
    char line[1000];
    bool inside = false;
    unsigned count = 0;
    FILE *file = fopen("docs/filter.md", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        bool fence = strncmp(line, "```", 3) == 0;
        inside = fence ? strcmp(line, "```filter") == 0 : inside;
        if (!inside || fence)
            continue;
        if (!is_taken(line, strlen(line)))
            fail_msg("%s: column %zu: %s", line, error.column, error.message);
        count++;
    }
    fclose(file);
    assert_true(count >= 25);
}

/* The names that stand in code marks in the tables of fields. */
static void the_documentation_names_every_field(void **state)
{
    (void)state;
    static char text[64 << 10];
    FILE *file = fopen("docs/filter.md", "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    const struct oat_field *field;
    for (size_t i = 0; (field = oat_field_at(i)); i++) {
        char name[100], alias[100];
        snprintf(name, sizeof name, "`%s`", field->name);
        snprintf(alias, sizeof alias, "[`%s`]", field->alias ? field->alias : "");
        if (!strstr(text, name) || (field->alias && !strstr(text, alias)))
            fail_msg("docs/filter.md: no %s %s", name, alias);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(terms_and_values_are_bounded),
        cmocka_unit_test(length_is_bounded),
        cmocka_unit_test(text_that_is_no_utf8_is_refused_where_it_begins),
        cmocka_unit_test(bytes_of_zero_are_bytes),
        cmocka_unit_test(an_error_that_nobody_wants_is_no_error),
        cmocka_unit_test(a_message_says_what_was_found_and_expected),
        cmocka_unit_test(a_filter_tells_which_starts_it_lets_pass),
        cmocka_unit_test(patterns_fit_whole_texts),
        cmocka_unit_test(the_examples_of_the_documentation_are_filters),
        cmocka_unit_test(the_documentation_names_every_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
