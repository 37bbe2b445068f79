#include "examples/demo_data_parts/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS              1000000u
#define CHARS_PER_TOKEN 4

const struct demo_model demo_models[DEMO_MODELS] = {
    {"gpt-4o-mini", "openai", 150, 75, 600},
    {"gpt-4o", "openai", 2500, 1250, 10000},
    {"claude-3-5-sonnet-20241022", "anthropic", 3000, 300, 15000},
    {"gemini-1.5-flash", "google", 75, 19, 300},
    {"mistral-large-latest", "mistral", 2000, 2000, 6000},
};

uint32_t demo_pick(struct demo_run *run, uint32_t below)
{
    run->random = run->random * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)run->random * below) >> 32);
}

void demo_pass(struct demo_run *run, uint32_t ms)
{
    run->now_ns += (uint64_t)MS * (ms / 2 + demo_pick(run, ms + 1)) + demo_pick(run, MS);
}

oat_span *demo_begin(struct demo_run *run, enum oat_span_type type, const char *name)
{
    const oat_span_options options = {.start_ns = run->now_ns};
    oat_span *span = oat_span_start_with(run->tracer, type, name, &options);
    run->now_ns += 1000 + demo_pick(run, 50000);
    return span;
}

void demo_end(struct demo_run *run, oat_span *span)
{
    run->now_ns += 1000 + demo_pick(run, 20000);
    oat_span_end_at(span, run->now_ns);
}

oat_span *demo_begin_trace(struct demo_run *run, const char *agent, const char *session, const char *user)
{
    oat_span *span = demo_begin(run, OAT_AGENT, agent);
    oat_span_set_text(span, OAT_TEXT_SERVICE, agent, OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_AGENT, agent, OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_SESSION, session, OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_USER, user, OAT_NUL);
    return span;
}

void demo_step(struct demo_run *run, enum oat_span_type type, const char *name, uint32_t ms)
{
    oat_span *span = demo_begin(run, type, name);
    demo_pass(run, ms);
    demo_end(run, span);
}

void demo_input(oat_span *span, const char *text)
{
    oat_span_set_input(span, text, strlen(text), NULL);
}

void demo_output(oat_span *span, const char *text)
{
    oat_span_set_output(span, text, strlen(text), NULL);
}

void demo_say(json_t *messages, const char *role, const char *content)
{
    json_array_append_new(messages, json_pack("{s:s, s:s}", "role", role, "content", content));
}

static void set_usage(struct demo_run *run, oat_span *span, const struct demo_model *model, size_t chars,
                      size_t cached_chars, size_t answer_chars)
{
    int64_t input = (int64_t)(chars / CHARS_PER_TOKEN), cached = (int64_t)(cached_chars / CHARS_PER_TOKEN);
    int64_t output = (int64_t)(answer_chars / CHARS_PER_TOKEN) + 3;
    int64_t input_nano = (input - cached) * model->input_nano + cached * model->cached_nano;
    int64_t output_nano = output * model->output_nano;
    oat_span_set_count(span, OAT_COUNT_INPUT, (uint64_t)input);
    oat_span_set_count(span, OAT_COUNT_CACHED, (uint64_t)cached);
    oat_span_set_count(span, OAT_COUNT_OUTPUT, (uint64_t)output);
    oat_span_set_cost(span, input_nano + output_nano, input_nano, output_nano, OAT_COST_COMPUTED);
    oat_span_set_ttft_us(span, 180000 + demo_pick(run, 600000));
}

size_t demo_chat(struct demo_run *run, const struct demo_model *model, json_t *messages, const char *answer,
                 size_t cached)
{
    char name[100];
    snprintf(name, sizeof name, "chat %s", model->name);
    oat_span *span = demo_begin(run, OAT_LLM, name);
    json_t *body = json_pack("{s:s, s:O}", "model", model->name, "messages", messages);
    char *request = json_dumps(body, JSON_COMPACT);
    size_t chars = request ? strlen(request) : 0;

    oat_span_set_text(span, OAT_TEXT_MODEL, model->name, OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_PROVIDER, model->provider, OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_OPERATION, "chat", OAT_NUL);
    oat_span_set_attr_double(span, "gen_ai.request.temperature", 0.2);
    if (request)
        oat_span_set_input(span, request, chars, "application/json");
    demo_pass(run, 900 + (uint32_t)strlen(answer));
    demo_say(messages, "assistant", answer);
    json_t *last = json_array_get(messages, json_array_size(messages) - 1);
    char *output = json_dumps(last, JSON_COMPACT);
    if (output)
        oat_span_set_output(span, output, strlen(output), "application/json");
    set_usage(run, span, model, chars, cached < chars ? cached : 0, strlen(answer));
    demo_end(run, span);
    free(output);
    free(request);
    json_decref(body);
    return chars;
}
