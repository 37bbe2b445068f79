#include "pricing/cost.h"
#include "pricing/price_yaml.h"
#include "tests/support/unit.h"

static const char prices[] =
    "version: 2026-01-01\n"
    "providers:\n"
    "  acme:\n"
    "    batch: 0.5\n"
    "    models:\n"
    "      plain: {input: 2, output: 8}\n"
    "      full: {input: 10, cached_input: 1, cache_write: 12.5, cache_write_1h: 20,\n"
    "             audio_input: 40, output: 30, reasoning_output: 35, audio_output: 80}\n"
    "      tiny: {input: 0.0004, output: 0.0005}\n"
    "      embed: {input: 0.1}\n"
    "      large: [{input: 1}, {above: 1000, input: 2}, {above: 2000, input: 3}]\n"
    "  list:\n"
    "    models:\n"
    "      dear: {input: 1000000, output: 1000000}\n";

static struct oat_price_table *table;

static int set_up(void **state)
{
    (void)state;
    struct oat_price_problem problem;
    return oat_price_table_parse(prices, sizeof prices - 1, &table, &problem);
}

static int tear_down(void **state)
{
    (void)state;
    oat_price_table_free(table);
    return 0;
}

static bool cost_of(const char *model, const struct oat_call_counts *counts, uint8_t tier,
                    struct oat_cost *ret)
{
    struct oat_price_list list = oat_price_table_find(table, model, strlen(model), UINT64_MAX);
    return oat_cost_of(&list, counts, 0, tier, ret);
}

static void every_token_is_in_one_class(void **state)
{
    (void)state;
    const struct oat_call_counts counts = {{[OAT_COUNT_INPUT] = 1000,
                                            [OAT_COUNT_CACHED] = 400,
                                            [OAT_COUNT_CACHE_WRITE] = 300,
                                            [OAT_COUNT_CACHE_WRITE_1H] = 100,
                                            [OAT_COUNT_AUDIO_INPUT] = 50,
                                            [OAT_COUNT_IMAGE] = 70,
                                            [OAT_COUNT_OUTPUT] = 500,
                                            [OAT_COUNT_REASONING] = 200,
                                            [OAT_COUNT_AUDIO_OUTPUT] = 30}};
    static const uint64_t want[OAT_PRICE_CLASSES] = {250, 400, 200, 100, 50, 270, 200, 30};
    uint64_t tokens[OAT_PRICE_CLASSES];
    oat_cost_split(&counts, tokens);
    assert_memory_equal(tokens, want, sizeof want);

    /* 250 x 10 + 400 x 1 + 200 x 12.5 + 100 x 20 + 50 x 40 = 9,400 millionths of a dollar,
     * 270 x 30 + 200 x 35 + 30 x 80 = 17,500. */
    struct oat_cost cost;
    assert_true(cost_of("full", &counts, 0, &cost));
    assert_int_equal(cost.input_nano, 9400000);
    assert_int_equal(cost.output_nano, 17500000);
    assert_int_equal(cost.total_nano, 26900000);
    assert_int_equal(cost.line_count, OAT_PRICE_CLASSES);
}

static void a_class_without_a_price_has_that_of_its_kind(void **state)
{
    (void)state;
    const struct oat_call_counts counts = {{[OAT_COUNT_INPUT] = 100,
                                            [OAT_COUNT_CACHED] = 10,
                                            [OAT_COUNT_CACHE_WRITE] = 30,
                                            [OAT_COUNT_CACHE_WRITE_1H] = 20,
                                            [OAT_COUNT_AUDIO_INPUT] = 10,
                                            [OAT_COUNT_OUTPUT] = 10,
                                            [OAT_COUNT_REASONING] = 4}};
    struct oat_cost cost;
    assert_true(cost_of("plain", &counts, 0, &cost));
    assert_int_equal(cost.input_nano, 100 * 2000);
    assert_int_equal(cost.output_nano, 10 * 8000);
    assert_int_equal(cost.lines[1].kind, OAT_PRICE_CACHED_INPUT);
    assert_int_equal(cost.lines[1].priced_as, OAT_PRICE_INPUT);
}

static void each_part_is_rounded_once_half_up(void **state)
{
    (void)state;
    struct oat_cost cost;
    /* 0.4 and 0.5 nano-dollars a token. */
    const struct oat_call_counts one = {{[OAT_COUNT_INPUT] = 1, [OAT_COUNT_OUTPUT] = 1}};
    assert_true(cost_of("tiny", &one, 0, &cost));
    assert_int_equal(cost.input_nano, 0);
    assert_int_equal(cost.output_nano, 1);
    assert_int_equal(cost.total_nano, 1);
    const struct oat_call_counts more = {
        {[OAT_COUNT_INPUT] = 3, [OAT_COUNT_CACHED] = 2, [OAT_COUNT_OUTPUT] = 3}};
    assert_true(cost_of("tiny", &more, 0, &cost)); /* 1.2 and 1.5 */
    assert_int_equal(cost.input_nano, 1);
    assert_int_equal(cost.output_nano, 2);
}

static void a_batch_has_its_factor_and_what_is_not_sold_no_price(void **state)
{
    (void)state;
    const struct oat_call_counts counts = {{[OAT_COUNT_INPUT] = 1001, [OAT_COUNT_OUTPUT] = 10}};
    struct oat_cost cost;
    assert_true(cost_of("plain", &counts, OAT_TIER_BATCH, &cost));
    assert_int_equal(cost.total_nano, 1001 * 1000 + 10 * 4000);
    assert_int_equal(cost.price_tier, 0x10);
    assert_false(cost_of("plain", &counts, OAT_TIER_PRIORITY, &cost));
    assert_false(cost_of("dear", &counts, OAT_TIER_BATCH, &cost));
    assert_false(cost_of("plain", &counts, 0xf0, &cost));
}

static void larger_inputs_have_prices_of_their_own(void **state)
{
    (void)state;
    static const struct {
        uint64_t tokens, usd_per_million;
        uint8_t tier;
    } cases[] = {{1000, 1, 0}, {1001, 2, 1}, {2000, 2, 1}, {2001, 3, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct oat_call_counts counts = {{[OAT_COUNT_INPUT] = cases[i].tokens}};
        struct oat_cost cost;
        assert_true(cost_of("large", &counts, 0, &cost));
        assert_int_equal(cost.total_nano, cases[i].tokens * cases[i].usd_per_million * 1000);
        assert_int_equal(cost.price_tier, cases[i].tier);
    }
}

static void without_a_price_there_is_no_cost(void **state)
{
    (void)state;
    struct oat_cost cost;
    const struct oat_call_counts output = {{[OAT_COUNT_INPUT] = 1, [OAT_COUNT_OUTPUT] = 1}};
    const struct oat_call_counts input = {{[OAT_COUNT_INPUT] = 7}};
    assert_false(cost_of("nobody", &input, 0, &cost));
    assert_false(cost_of("embed", &output, 0, &cost));
    assert_true(cost_of("embed", &input, 0, &cost));
    assert_int_equal(cost.total_nano, 700);
}

static void counts_that_contradict_each_other_do_not_wrap(void **state)
{
    (void)state;
    struct oat_cost cost;
    const struct oat_call_counts cached = {{[OAT_COUNT_INPUT] = 10,
                                            [OAT_COUNT_CACHED] = 400,
                                            [OAT_COUNT_OUTPUT] = 5,
                                            [OAT_COUNT_REASONING] = 9}};
    assert_true(cost_of("full", &cached, 0, &cost));
    assert_int_equal(cost.input_nano, 400 * 1000);
    assert_int_equal(cost.output_nano, 5 * 35000);

    struct oat_call_counts huge;
    for (int i = 0; i < OAT_COUNT_FIELDS; i++)
        huge.count[i] = UINT32_MAX;
    assert_true(cost_of("full", &huge, 0, &cost));
    assert_true(cost.total_nano > 0);
    assert_false(cost_of("dear", &huge, 0, &cost));
    huge.count[OAT_COUNT_OUTPUT] = UINT64_MAX;
    assert_false(cost_of("full", &huge, 0, &cost));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_token_is_in_one_class),
        cmocka_unit_test(a_class_without_a_price_has_that_of_its_kind),
        cmocka_unit_test(each_part_is_rounded_once_half_up),
        cmocka_unit_test(a_batch_has_its_factor_and_what_is_not_sold_no_price),
        cmocka_unit_test(larger_inputs_have_prices_of_their_own),
        cmocka_unit_test(without_a_price_there_is_no_cost),
        cmocka_unit_test(counts_that_contradict_each_other_do_not_wrap),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
