/* Spans with usage have a cost when they have ended: what was reported, what prices give, or none. */
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"
#include "writer/span_cost.h"

static oat_span *start(struct oat_run_writer *w, const char *model, const char *provider)
{
    oat_span *span = oat_span_start(w->tracer, OAT_LLM, "call");
    assert_non_null(span);
    if (model)
        oat_span_set_text(span, OAT_TEXT_MODEL, model, OAT_NUL);
    if (provider)
        oat_span_set_text(span, OAT_TEXT_PROVIDER, provider, OAT_NUL);
    return span;
}

static void set_tokens(oat_span *span, uint64_t input, uint64_t output)
{
    oat_span_set_count(span, OAT_COUNT_INPUT, input);
    oat_span_set_count(span, OAT_COUNT_OUTPUT, output);
}

static void assert_cost(const oat_span_view *span, int64_t input_nano, int64_t output_nano)
{
    assert_int_equal(span->cost_source, OAT_COST_COMPUTED);
    assert_true(span->has_cost && span->has_cost_input && span->has_cost_output);
    assert_int_equal(span->cost_input_nano, input_nano);
    assert_int_equal(span->cost_output_nano, output_nano);
    assert_int_equal(span->cost_total_nano, input_nano + output_nano);
}

/* Ends the span and gives what a reader sees of it: the only one in the store. */
static oat_span_view ended(struct oat_run_writer *w, oat_span *span)
{
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 1);
    oat_span_view seen = view.spans[0];
    oat_run_view_close(&view);
    return seen;
}

static void usage_of_a_known_model_has_a_computed_cost(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *span = start(w, "gpt-4o-2024-08-06", "openai");
    set_tokens(span, 1000, 30);
    oat_span_set_count(span, OAT_COUNT_CACHED, 400);
    oat_span_view seen = ended(w, span);
    assert_cost(&seen, 600 * 2500 + 400 * 1250, 30 * 10000);
    assert_int_equal(seen.price_tier, OAT_TIER_STANDARD);
}

static void usage_of_an_unknown_model_is_unpriced_and_never_zero(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *span = start(w, "my-own-model", "openai");
    set_tokens(span, 1000, 30);
    oat_span_view seen = ended(w, span);
    assert_int_equal(seen.cost_source, OAT_COST_UNPRICED);
    assert_false(seen.has_cost || seen.has_cost_input || seen.has_cost_output);
}

static void usage_without_a_model_is_unpriced(void **state)
{
    struct oat_run_writer *w = *state;
    /* The handle has had a model before. */
    oat_span_end(start(w, "gpt-4o", "openai"));
    oat_span *span = start(w, NULL, NULL);
    set_tokens(span, 5, 5);
    oat_span_set_text(span, OAT_TEXT_NAME, "bare", OAT_NUL);
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(oat_run_span(&view, "bare")->cost_source, OAT_COST_UNPRICED);
    assert_int_equal(oat_run_span(&view, "call")->cost_source, OAT_COST_NONE);
    oat_run_view_close(&view);
}

static void a_reported_cost_stands(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *span = start(w, "gpt-4o", "openai");
    set_tokens(span, 1000, 30);
    oat_span_set_cost(span, 77, -1, -1, OAT_COST_REPORTED);
    oat_span_view seen = ended(w, span);
    assert_int_equal(seen.cost_source, OAT_COST_REPORTED);
    assert_int_equal(seen.cost_total_nano, 77);
    assert_false(seen.has_cost_input);
}

static void the_last_model_and_provider_count(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *span = start(w, "gpt-4o", "ollama");
    oat_span_set_text(span, OAT_TEXT_MODEL, "gpt-4o-mini", OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_PROVIDER, NULL, 0);
    set_tokens(span, 100, 10);
    oat_span_view seen = ended(w, span);
    assert_cost(&seen, 100 * 150, 10 * 600);
}

static void a_part_that_was_not_reported_has_no_cost(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *span = start(w, "text-embedding-3-small", "openai");
    oat_span_set_count(span, OAT_COUNT_INPUT, 8);
    oat_span_view seen = ended(w, span);
    assert_int_equal(seen.cost_source, OAT_COST_COMPUTED);
    assert_int_equal(seen.cost_total_nano, 8 * 20);
    assert_int_equal(seen.cost_input_nano, 8 * 20);
    assert_false(seen.has_cost_output);
}

static void images_alone_are_no_usage_that_has_a_price(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *span = start(w, "gpt-4o", "openai");
    oat_span_set_count(span, OAT_COUNT_IMAGE, 765);
    assert_int_equal(ended(w, span).cost_source, OAT_COST_UNPRICED);
}

static void a_batch_and_a_large_input_show_in_the_tier(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *span = start(w, "gemini-2.5-pro", "gemini");
    set_tokens(span, 200001, 1);
    oat_span_set_price_tier(span, OAT_TIER_BATCH);
    oat_span_view seen = ended(w, span);
    assert_cost(&seen, INT64_C(200001) * 1250, 7500);
    assert_int_equal(seen.price_tier, OAT_TIER_BATCH | 1);
}

static void usage_can_be_given_as_the_provider_wrote_it(void **state)
{
    struct oat_run_writer *w = *state;
    static const char answer[] = "{\"model\":\"claude-haiku-4-5\",\"usage\":{\"input_tokens\":10,"
                                 "\"cache_read_input_tokens\":100,\"cache_creation_input_tokens\":20,"
                                 "\"output_tokens\":5,\"service_tier\":\"batch\"}}";
    oat_span *span = start(w, "claude-haiku-4-5", "anthropic");
    assert_int_equal(oat_span_set_usage(span, "{\"usage\":null}", OAT_NUL), OAT_NOTFOUND);
    assert_int_equal(oat_span_set_usage(span, NULL, 0), OAT_E_INVALID);
    assert_int_equal(oat_span_set_usage(NULL, answer, OAT_NUL), OAT_E_INVALID);
    assert_int_equal(oat_span_set_usage(span, answer, OAT_NUL), OAT_OK);
    oat_span_view seen = ended(w, span);
    assert_int_equal(seen.count[OAT_COUNT_INPUT], 130);
    assert_int_equal(seen.count[OAT_COUNT_CACHED], 100);
    assert_int_equal(seen.count[OAT_COUNT_CACHE_WRITE], 20);
    assert_cost(&seen, (10 * 1000 + 100 * 100 + 20 * 1250) / 2, 5 * 2500);
}

static void a_long_name_of_a_model_counts_by_its_end(void **state)
{
    struct oat_run_writer *w = *state;
    char model[200];
    memset(model, 'x', sizeof model);
    memcpy(model + sizeof model - 7, "/gpt-4o", 7);
    oat_span *span = start(w, NULL, NULL);
    oat_span_set_text(span, OAT_TEXT_MODEL, model, sizeof model);
    set_tokens(span, 1, 1);
    assert_int_equal(ended(w, span).cost_source, OAT_COST_UNPRICED);
}

static void more_models_than_are_remembered_keep_their_prices(void **state)
{
    struct oat_run_writer *w = *state;
    static const struct {
        const char *model, *name;
        int64_t input_nano;
    } models[] = {{"gpt-4o", "a", 2500},     {"gpt-4.1", "b", 2000},  {"gpt-5", "c", 1250},
                  {"gpt-5.2", "d", 1750},    {"o3", "e", 2000},       {"o1", "f", 15000},
                  {"o3-mini", "g", 1100},    {"grok-3", "h", 3000},   {"grok-4", "i", 3000},
                  {"gpt-5-mini", "j", 250},  {"gpt-5-nano", "k", 50}, {"claude-opus-5", "l", 5000},
                  {"gpt-4o-mini", "m", 150}, {"gpt-4", "n", 30000},   {"nobody", "o", -1}};
    const size_t count = sizeof models / sizeof *models;
    for (size_t i = 0; i < 3 * count; i++) {
        oat_span *span = start(w, models[i * 7 % count].model, NULL);
        oat_span_set_text(span, OAT_TEXT_NAME, models[i * 7 % count].name, 1);
        oat_span_set_count(span, OAT_COUNT_INPUT, 1);
        oat_span_end(span);
    }
    struct oat_run_view view = oat_run_look(w);
    for (size_t i = 0; i < view.count; i++)
        for (size_t k = 0; k < count; k++)
            if (view.spans[i].text[OAT_TEXT_NAME].bytes[0] == *models[k].name)
                assert_int_equal(view.spans[i].has_cost ? view.spans[i].cost_total_nano : -1,
                                 models[k].input_nano);
    oat_run_view_close(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(usage_of_a_known_model_has_a_computed_cost),
        OAT_WRITER_TEST(usage_of_an_unknown_model_is_unpriced_and_never_zero),
        OAT_WRITER_TEST(usage_without_a_model_is_unpriced),
        OAT_WRITER_TEST(a_reported_cost_stands),
        OAT_WRITER_TEST(the_last_model_and_provider_count),
        OAT_WRITER_TEST(a_part_that_was_not_reported_has_no_cost),
        OAT_WRITER_TEST(images_alone_are_no_usage_that_has_a_price),
        OAT_WRITER_TEST(a_batch_and_a_large_input_show_in_the_tier),
        OAT_WRITER_TEST(usage_can_be_given_as_the_provider_wrote_it),
        OAT_WRITER_TEST(a_long_name_of_a_model_counts_by_its_end),
        OAT_WRITER_TEST(more_models_than_are_remembered_keep_their_prices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
