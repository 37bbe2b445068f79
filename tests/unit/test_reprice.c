/* Prices that changed can be applied to what has been, and nothing else changes. */
#include "pricing/price_yaml.h"
#include "tests/support/compact_store.h"
#include "tests/support/run_totals.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

#define NEW_PRICES                                                                                           \
    "version: 2026-11-01\nproviders:\n"                                                                      \
    "  openai:\n    models:\n      gpt-4o: {input: 1, output: 4}\n"                                          \
    "  acme:\n    models:\n      own-model: {input: 0.5, output: 1}\n"

/* A call of 1,000 tokens in and 10 out. reported: its cost, or -1. */
static void put_call(const struct oat_run_writer *w, unsigned day, const char *name, const char *model,
                     int64_t reported)
{
    oat_span_options options = {
        .start_ns = OAT_MAKER_MS(day * COMPACT_DAY_MS), .new_trace = true, .detached = true};
    oat_span *span = oat_span_start_with(w->tracer, OAT_LLM, name, &options);
    assert_non_null(span);
    if (model)
        oat_span_set_text(span, OAT_TEXT_MODEL, model, OAT_NUL);
    oat_span_set_count(span, OAT_COUNT_INPUT, 1000);
    oat_span_set_count(span, OAT_COUNT_OUTPUT, 10);
    if (reported >= 0)
        oat_span_set_cost(span, reported, -1, -1, OAT_COST_REPORTED);
    oat_span_end_at(span, options.start_ns + 1000);
}

/* Three days: what changes, what does not, and both. */
static void put_calls(struct oat_run_writer *w)
{
    put_call(w, 0, "priced", "gpt-4o", -1);
    put_call(w, 0, "reported", "gpt-4o", 777);
    put_call(w, 1, "other", "gpt-4o-mini", -1);
    put_call(w, 2, "unpriced", "own-model", -1);
    put_call(w, 2, "nameless", NULL, -1);
    oat_run_writer_reopen(w);
}

static struct oat_price_table *new_prices(void)
{
    struct oat_price_table *table;
    struct oat_price_problem problem;
    assert_int_equal(oat_price_table_parse(NEW_PRICES, strlen(NEW_PRICES), &table, &problem), OAT_OK);
    table->base = &oat_price_table_own;
    return table;
}

static void survey(const struct oat_run_writer *w, const struct oat_price_table *prices,
                   struct oat_reprice_survey *ret)
{
    struct oat_run_view view = oat_run_look(w);
    *ret = (struct oat_reprice_survey){0};
    assert_int_equal(oat_reprice_survey(view.snapshot, prices, ret), OAT_OK);
    assert_false(ret->partial);
    oat_run_view_close(&view);
}

static const struct oat_repriced_model *model_of(const struct oat_reprice_survey *survey, const char *model)
{
    for (size_t i = 0; i < survey->count; i++)
        if (strcmp(survey->models[i].model, model) == 0)
            return &survey->models[i];
    fail_msg("no model %s", model);
    return NULL;
}

static void assert_cost(const struct oat_run_writer *w, const char *name, enum oat_cost_source source,
                        int64_t nano)
{
    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *span = oat_run_span(&view, name);
    assert_int_equal(span->cost_source, source);
    assert_int_equal(span->has_cost ? span->cost_total_nano : -1, nano);
    oat_run_view_close(&view);
}

static void compact(struct oat_run_writer *w, const struct oat_reprice *reprice,
                    struct oat_compact_summary *ret)
{
    struct oat_compact_options options = oat_compact_plain();
    char why[OAT_COMPACT_WHY_SIZE];
    options.reprice = reprice;
    if (oat_compact_store(w->dir, &options, ret, why) != OAT_OK)
        fail_msg("%s", why);
}

static void assert_repriced(const struct oat_run_writer *w)
{
    char why[OAT_RUN_WHY_SIZE];
    assert_cost(w, "priced", OAT_COST_COMPUTED, 1000 * 1000 + 10 * 4000);
    assert_cost(w, "reported", OAT_COST_REPORTED, 777);
    assert_cost(w, "other", OAT_COST_COMPUTED, 1000 * 150 + 10 * 600);
    assert_cost(w, "unpriced", OAT_COST_COMPUTED, 1000 * 500 + 10 * 1000);
    assert_cost(w, "nameless", OAT_COST_UNPRICED, -1);
    struct oat_run_view view = oat_run_look(w);
    if (!oat_run_totals_match(view.snapshot, why))
        fail_msg("%s", why);
    oat_run_view_close(&view);
}

static void the_difference_is_told_by_model(void **state)
{
    struct oat_run_writer *w = *state;
    struct oat_reprice_survey found;
    struct oat_price_table *prices = new_prices();
    put_calls(w);
    survey(w, prices, &found);
    const struct oat_repriced_model *model = model_of(&found, "gpt-4o");
    assert_int_equal(model->changed, 1);
    assert_int_equal(model->before_nano, 1000 * 2500 + 10 * 10000);
    assert_int_equal(model->after_nano, 1000 * 1000 + 10 * 4000);
    assert_int_equal(model_of(&found, "gpt-4o-mini")->changed, 0);
    assert_int_equal(model_of(&found, "own-model")->changed, 1);
    assert_int_equal(model_of(&found, "own-model")->before_nano, 0);
    assert_int_equal(model_of(&found, "")->unpriced, 1);
    assert_int_equal(found.days.count, 2);
    assert_cost(w, "priced", OAT_COST_COMPUTED, 1000 * 2500 + 10 * 10000);
    oat_reprice_survey_free(&found);
    oat_price_table_free(prices);
}

/* Surveys, compacts accordingly, and finds nothing more to change. */
static void reprice(struct oat_run_writer *w, uint64_t parts_rewritten)
{
    struct oat_reprice_survey found;
    struct oat_price_table *prices = new_prices();
    struct oat_compact_summary summary;
    survey(w, prices, &found);
    compact(w, &(struct oat_reprice){prices, &found.days}, &summary);
    assert_int_equal(summary.parts_merged, parts_rewritten);
    oat_reprice_survey_free(&found);
    assert_repriced(w);
    survey(w, prices, &found);
    assert_int_equal(found.days.count, 0);
    oat_reprice_survey_free(&found);
    oat_price_table_free(prices);
}

static void parts_of_days_that_change_are_written_anew_and_no_others(void **state)
{
    struct oat_run_writer *w = *state;
    struct oat_compact_summary summary;
    put_calls(w);
    compact(w, NULL, &summary);
    assert_int_equal(summary.parts_written, 3);
    reprice(w, 2);
}

static void spans_that_are_not_compacted_yet_are_priced_anew_too(void **state)
{
    struct oat_run_writer *w = *state;
    put_calls(w);
    reprice(w, 2); /* parts that the same run has made of them */
}

static void a_cost_whose_model_has_no_price_any_more_stays(void **state)
{
    struct oat_run_writer *w = *state;
    static const struct oat_price_table empty;
    struct oat_reprice_survey found;
    struct oat_compact_summary summary;
    put_calls(w);
    survey(w, &empty, &found);
    assert_int_equal(found.days.count, 0);
    assert_int_equal(model_of(&found, "gpt-4o")->unpriced, 0);
    compact(w, &(struct oat_reprice){&empty, &found.days}, &summary);
    assert_cost(w, "priced", OAT_COST_COMPUTED, 1000 * 2500 + 10 * 10000);
    oat_reprice_survey_free(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(the_difference_is_told_by_model),
        OAT_WRITER_TEST(parts_of_days_that_change_are_written_anew_and_no_others),
        OAT_WRITER_TEST(spans_that_are_not_compacted_yet_are_priced_anew_too),
        OAT_WRITER_TEST(a_cost_whose_model_has_no_price_any_more_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
