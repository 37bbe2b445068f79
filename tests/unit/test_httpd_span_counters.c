/* Figures for Prometheus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "httpd/prometheus.h"
#include "httpd/span_counters.h"

static oat_span_view llm_span(const char *model)
{
    oat_span_view span = {
        .type = OAT_LLM, .status = OAT_SHOWN_SUCCESS, .start_ns = 1000000000, .end_ns = 1500000000};
    span.text[OAT_TEXT_MODEL] = oat_prom_text(model);
    span.text[OAT_TEXT_PROVIDER] = oat_prom_text("p");
    return span;
}

/* The text, NUL-terminated; borrowed until out is freed. */
static const char *text_of(struct oat_json *out)
{
    oat_json_raw(out, "", 1);
    assert_false(out->failed);
    return out->bytes;
}

static void has(const char *text, const char *line)
{
    if (!strstr(text, line))
        fail_msg("no \"%s\" in:\n%s", line, text);
}

static void spans_are_counted_by_type_status_and_model(void **state)
{
    struct oat_span_counters *counters = oat_span_counters_new();
    struct oat_json out = {0};
    oat_span_view span = llm_span("m");
    (void)state;
    span.has_count[OAT_COUNT_INPUT] = span.has_cost = span.has_ttft = true;
    span.count[OAT_COUNT_INPUT] = 70;
    span.cost_total_nano = 2500000000;
    span.ttft_us = 30000;
    oat_span_counters_add(counters, &span);
    span.status = OAT_SHOWN_ERROR;
    oat_span_counters_add(counters, &span);
    oat_span_counters_write(counters, &out);
    const char *text = text_of(&out);
    has(text, "# TYPE oat_spans_total counter\noat_spans_total{span_type=\"llm\",status=\"error\"} 1\n"
              "oat_spans_total{span_type=\"llm\",status=\"success\"} 1\n");
    has(text, "oat_model_calls_total{model=\"m\",provider=\"p\"} 2\n");
    has(text, "oat_model_errors_total{model=\"m\",provider=\"p\"} 1\n");
    has(text, "oat_model_input_tokens_total{model=\"m\",provider=\"p\"} 140\n");
    has(text, "oat_model_output_tokens_total{model=\"m\",provider=\"p\"} 0\n");
    has(text, "oat_model_cost_usd_total{model=\"m\",provider=\"p\"} 5\n");
    has(text, "oat_model_ttft_seconds_bucket{model=\"m\",provider=\"p\",le=\"0.02\"} 0\n");
    has(text, "oat_model_ttft_seconds_bucket{model=\"m\",provider=\"p\",le=\"0.04\"} 2\n");
    has(text, "oat_span_duration_seconds_bucket{span_type=\"llm\",le=\"0.32\"} 0\n"
              "oat_span_duration_seconds_bucket{span_type=\"llm\",le=\"0.64\"} 2\n");
    has(text, "oat_span_duration_seconds_bucket{span_type=\"llm\",le=\"+Inf\"} 2\n"
              "oat_span_duration_seconds_sum{span_type=\"llm\"} 1\n"
              "oat_span_duration_seconds_count{span_type=\"llm\"} 2\n");
    oat_json_free(&out);
    oat_span_counters_free(counters);
}

static void there_are_so_many_models_and_no_more(void **state)
{
    struct oat_span_counters *counters = oat_span_counters_new();
    struct oat_json out = {0};
    char name[100];
    (void)state;
    for (unsigned i = 0; i < 3 * OAT_COUNTED_MODELS_MAX; i++) {
        snprintf(name, sizeof name, "model-%u", i);
        oat_span_view span = llm_span(name);
        oat_span_counters_add(counters, &span);
    }
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    oat_span_view longer = llm_span(name);
    oat_span_counters_add(counters, &longer);
    oat_span_counters_write(counters, &out);
    const char *text = text_of(&out);
    has(text, "oat_model_calls_total{model=\"model-99\",provider=\"p\"} 1\n");
    has(text, "oat_model_calls_total{model=\"other\",provider=\"\"} 201\n");
    assert_null(strstr(text, "model-100\""));
    oat_json_free(&out);
    oat_span_counters_free(counters);
}

static void values_of_labels_are_escaped(void **state)
{
    struct oat_json out = {0};
    const struct oat_prom_labels labels = {{{"a", oat_prom_text("1\"2\\3\n4")}, {"b", {NULL, 0}}}};
    (void)state;
    oat_prom_sample(&out, "m", &labels, 0.5);
    assert_string_equal(text_of(&out), "m{a=\"1\\\"2\\\\3\\n4\",b=\"\"} 0.5\n");
    oat_json_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_are_counted_by_type_status_and_model),
        cmocka_unit_test(there_are_so_many_models_and_no_more),
        cmocka_unit_test(values_of_labels_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
