#include "oat/oat.h"
#include "pricing/price_model.h"
#include "pricing/price_yaml.h"
#include "tests/support/unit.h"

#define HEAD "version: 2026-01-01\nproviders:\n"

static struct oat_price_table *parsed(const char *text)
{
    struct oat_price_table *table = NULL;
    struct oat_price_problem problem = {0};
    int result = oat_price_table_parse(text, strlen(text), &table, &problem);
    if (result != OAT_OK)
        fail_msg("%d at %zu:%zu: %s", result, problem.line, problem.column, problem.message);
    return table;
}

static int64_t rate_of(const struct oat_price_table *table, const char *model, enum oat_price_class kind)
{
    struct oat_price_list list = oat_price_find(table, model, strlen(model), "", 0);
    assert_non_null(list.table);
    return list.rows->rate[kind];
}

static void prices_are_exact_to_nine_decimals(void **state)
{
    (void)state;
    struct oat_price_table *table =
        parsed(HEAD "  acme:\n    models:\n"
                    "      m: {input: 0.003625001, output: 2.5, cached_input: 0}\n"
                    "      n: {input: 1000000}\n");
    assert_int_equal(rate_of(table, "m", OAT_PRICE_INPUT), 3625001);
    assert_int_equal(rate_of(table, "m", OAT_PRICE_OUTPUT), 2500000000);
    assert_int_equal(rate_of(table, "m", OAT_PRICE_CACHED_INPUT), 0);
    assert_int_equal(rate_of(table, "m", OAT_PRICE_AUDIO_INPUT), -1);
    assert_int_equal(rate_of(table, "n", OAT_PRICE_INPUT), OAT_PRICE_MAX);
    assert_string_equal(table->version, "2026-01-01");
    oat_price_table_free(table);
}

static void a_provider_has_names_factors_and_others_lists(void **state)
{
    (void)state;
    struct oat_price_table *table =
        parsed(HEAD "  Cloud:\n    names: [Sky, sky.ai]\n    also: [maker]\n    batch: 0.25\n"
                    "  maker:\n    cache_write_1h: 2\n    models:\n"
                    "      M: {input: 3, cache_write: 3.75}\n"
                    "      n: {input: 3, cache_write: 3.75, cache_write_1h: 5, batch: 0.4}\n");
    assert_int_equal(table->provider_count, 2);
    assert_string_equal(oat_price_find(table, "m", 1, "SKY", 3).rows->model, "m");
    assert_null(oat_price_find(table, "m", 1, "rain", 4).table);
    assert_int_equal(rate_of(table, "m", OAT_PRICE_CACHE_WRITE_1H), 6000000000);
    assert_int_equal(rate_of(table, "n", OAT_PRICE_CACHE_WRITE_1H), 5000000000);
    assert_int_equal(oat_price_find(table, "n", 1, "maker", 5).rows->batch, 400000);
    oat_price_table_free(table);
}

static void of_dates_and_sizes_the_last_that_holds_is_taken(void **state)
{
    (void)state;
    const uint64_t day = UINT64_C(86400) * 1000000000;
    struct oat_price_table *table = parsed(HEAD "  acme:\n    models:\n      m:\n"
                                                "        - {from: 1970-01-11, above: 100, input: 4}\n"
                                                "        - {from: 1970-01-11, input: 3}\n"
                                                "        - {above: 50, input: 2}\n"
                                                "        - {input: 1}\n");
    static const struct {
        uint64_t day, tokens, usd;
        uint8_t tier;
    } want[] = {{0, 50, 1, 0},   {0, 51, 2, 1},   {9, 1000, 2, 1},
                {10, 100, 3, 0}, {10, 101, 4, 1}, {20000, 1, 3, 0}};
    struct oat_price_list list = oat_price_find(table, "m", 1, "", 0);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        uint8_t tier = 99;
        const struct oat_price *row =
            oat_price_list_at(&list, want[i].day * day + day - 1, want[i].tokens, &tier);
        assert_int_equal(row->rate[OAT_PRICE_INPUT], want[i].usd * 1000000000);
        assert_int_equal(tier, want[i].tier);
    }
    oat_price_table_free(table);
}

static void problems_name_line_column_and_what_was_expected(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t line, column;
        const char *message;
    } bad[] = {
        {"", 1, 1, "expected version and providers"},
        {"[1]", 1, 1, "expected version and providers"},
        {"version: 2026-01-01\n", 1, 1, "expected version and providers"},
        {"version: soon\nproviders: {}\n", 1, 10, "a day like"},
        {"version: 2026-01-01\nprices: {}\n", 2, 1, "expected version or providers"},
        {HEAD "  a: {models: {m: {input: -1}}}\n", 3, 27, "not negative"},
        {HEAD "  a: {models: {m: {input: 1e3}}}\n", 3, 27, "expected a number"},
        {HEAD "  a: {models: {m: {input: 1.0000000001}}}\n", 3, 27, "not too long"},
        {HEAD "  a: {models: {m: {input: 1000001}}}\n", 3, 27, "not too large"},
        {HEAD "  a: {models: {m: {input: 99999999999999999999999999}}}\n", 3, 27, "not too large"},
        {HEAD "  a: {models: {m: {input: .}}}\n", 3, 27, "expected a number"},
        {HEAD "  a: {models: {m: {output: 1}}}\n", 3, 19, "expected input"},
        {HEAD "  a: {models: {m: {input: 1, inputs: 2}}}\n", 3, 30, "cached_input"},
        {HEAD "  a: {models: {m: {input: 1, input: 2}}}\n", 3, 30, "twice"},
        {HEAD "  a: {models: {m: 3}}\n", 3, 19, "prices like"},
        {HEAD "  a: {models: {m: [{input: 1}, {input: 2}]}}\n", 3, 1, "twice"},
        {HEAD "  a: {models: {m: [{above: 5, input: 1}]}}\n", 3, 1, "without above"},
        {HEAD "  a: {models: {m: {input: 1, from: 2026-02-30}}}\n", 3, 36, "a day like"},
        {HEAD "  a: {batch: fast}\n", 3, 14, "expected a number"},
        {HEAD "  a: {also: [b]}\n", 3, 14, "a provider of this file"},
        {HEAD "  a: {names: [a]}\n", 3, 15, "already"},
        {HEAD "  a: {model: {}}\n", 3, 7, "expected names"},
        {HEAD "  a: {models: {m: {? [x] : 1}}}\n", 3, 22, "expected a name"},
        {HEAD "  a: {models: {\"\": {input: 1}}}\n", 3, 16, "1 to 128 bytes"},
        {HEAD "  a: {\n", 4, 1, "did not find expected"},
        {"version: \"\\xff\n", 2, 1, "unexpected end"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct oat_price_table *table = NULL;
        struct oat_price_problem problem = {0};
        int result = oat_price_table_parse(bad[i].text, strlen(bad[i].text), &table, &problem);
        if (result != OAT_E_INVALID || problem.line != bad[i].line || problem.column != bad[i].column ||
            !strstr(problem.message, bad[i].message))
            fail_msg("%s: %d at %zu:%zu: %s", bad[i].text, result, problem.line, problem.column,
                     problem.message);
        assert_null(table);
    }
}

static void aliases_cannot_make_a_small_file_large(void **state)
{
    (void)state;
    struct oat_price_table *table = NULL;
    struct oat_price_problem problem = {0};
    char text[4096] = HEAD "  a: {models: &m {some-quite-long-name-of-a-model: {input: 1}}}\n";
    for (int i = 0; i < 60; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "  p%d: {models: *m}\n", i);
    int result = oat_price_table_parse(text, strlen(text), &table, &problem);
    assert_true(result == OAT_OK || result == OAT_E_LIMIT);
    oat_price_table_free(table);
    assert_int_equal(oat_price_table_parse(text, OAT_PRICE_FILE_MAX + 1, &table, &problem), OAT_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prices_are_exact_to_nine_decimals),
        cmocka_unit_test(a_provider_has_names_factors_and_others_lists),
        cmocka_unit_test(of_dates_and_sizes_the_last_that_holds_is_taken),
        cmocka_unit_test(problems_name_line_column_and_what_was_expected),
        cmocka_unit_test(aliases_cannot_make_a_small_file_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
