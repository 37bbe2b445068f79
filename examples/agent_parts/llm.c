#include "examples/agent_parts/llm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "examples/agent_parts/http.h"
#include "examples/agent_parts/stream.h"

#define ATTEMPTS_MAX 3
#define RETRY_MS     300
#define TIMEOUT_S    120

/* Nano-dollars a token. Prices are the model's, so they are known for one model only; for others the
 * trace says "no price" instead of a wrong number. */
static const struct price {
    const char *model;
    int64_t input, cached, output;
} prices[] = {{"gpt-4o-mini", 150, 75, 600}};

static json_int_t number_in(const json_t *usage, const char *group, const char *key)
{
    const json_t *object = group ? json_object_get(usage, group) : usage;
    const json_t *number = json_object_get(object, key);
    return json_is_integer(number) ? json_integer_value(number) : -1;
}

static void set_count(oat_span *span, enum oat_count_field field, json_int_t count)
{
    if (count >= 0) /* what was not reported stays unset: it is not 0 */
        oat_span_set_count(span, field, (uint64_t)count);
}

static void set_cost(oat_span *span, const char *model, int64_t input, int64_t cached, int64_t output)
{
    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++) {
        const struct price *price = &prices[i];
        if (strncmp(model, price->model, strlen(price->model)) != 0)
            continue;
        int64_t input_nano = (input - cached) * price->input + cached * price->cached;
        int64_t output_nano = output * price->output;
        oat_span_set_cost(span, input_nano + output_nano, input_nano, output_nano, OAT_COST_COMPUTED);
    }
}

/* Tokens and cost. Cached tokens are a part of the prompt's, reasoning tokens of the completion's. */
static void record_usage(oat_span *span, const json_t *usage, const char *model)
{
    json_int_t input = number_in(usage, NULL, "prompt_tokens");
    json_int_t output = number_in(usage, NULL, "completion_tokens");
    json_int_t cached = number_in(usage, "prompt_tokens_details", "cached_tokens");
    set_count(span, OAT_COUNT_INPUT, input);
    set_count(span, OAT_COUNT_OUTPUT, output);
    set_count(span, OAT_COUNT_CACHED, cached);
    set_count(span, OAT_COUNT_REASONING, number_in(usage, "completion_tokens_details", "reasoning_tokens"));
    if (input >= 0 && output >= 0)
        set_cost(span, model, input, cached > 0 ? cached : 0, output);
}

/* Attributes by the names of the OpenTelemetry GenAI conventions, so other tools know them too. */
static void record_request(oat_span *span, const struct agent_llm *llm, int attempt, const char *request)
{
    oat_span_set_text(span, OAT_TEXT_MODEL, llm->model, OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_PROVIDER, "openai", OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_OPERATION, "chat", OAT_NUL);
    oat_span_set_attr_string(span, "gen_ai.request.model", llm->model);
    oat_span_set_attr_double(span, "gen_ai.request.temperature", 0);
    oat_span_set_attr_bool(span, "gen_ai.request.stream", true);
    oat_span_set_attr_int(span, "agent.attempt", attempt);
    oat_span_set_input(span, request, strlen(request), "application/json");
}

static void record_answer(oat_span *span, const struct agent_stream *stream, uint64_t started_us)
{
    char *message = json_dumps(stream->message, JSON_COMPACT);
    if (message)
        oat_span_set_output(span, message, strlen(message), "application/json");
    free(message);
    if (stream->first_token_us > 0)
        oat_span_set_ttft_us(span, stream->first_token_us - started_us);
    if (*stream->id)
        oat_span_set_call_id(span, stream->id, OAT_NUL);
    oat_span_set_attr_string(span, "gen_ai.response.model", stream->model);
    const oat_value reason = {
        .type = OAT_VALUE_STRING, .len = strlen(stream->finish_reason), .u.string = stream->finish_reason};
    oat_span_set_attr(span, "gen_ai.response.finish_reasons", OAT_NUL,
                      &(oat_value){.type = OAT_VALUE_ARRAY, .len = 1, .u.array = &reason});
    record_usage(span, stream->usage, stream->model);
}

/* A moment worth marking, on the span around the attempts: that one failed and is tried again. */
static void record_retry(oat_tracer *tracer, int attempt, int status, int delay_ms)
{
    const oat_attr attrs[] = {
        {"attempt", OAT_NUL, {.type = OAT_VALUE_INT, .u.integer = attempt}},
        {"http.response.status_code", OAT_NUL, {.type = OAT_VALUE_INT, .u.integer = status}},
        {"delay_ms", OAT_NUL, {.type = OAT_VALUE_INT, .u.integer = delay_ms}},
    };
    oat_span_add_event(oat_span_current(tracer),
                       &(oat_event){.name = "retry", .name_len = OAT_NUL, .attrs = attrs, .attr_count = 3});
}

/* One attempt. Returns the HTTP status (0: no answer); *ret_message is set when it was good. */
static int attempt_once(const struct agent_llm *llm, const char *name, const char *request, int attempt,
                        json_t **ret_message)
{
    OAT_SCOPE(span, llm->tracer, OAT_LLM, name);
    record_request(span, llm, attempt, request);

    char url[1024], failure[5000];
    struct agent_stream stream;
    const char *error = "out of memory";
    int status = 0;
    snprintf(url, sizeof url, "%s/chat/completions", llm->base_url);
    uint64_t started_us = agent_now_us();
    if (agent_stream_init(&stream))
        status = agent_http_post(url, llm->api_key, request, TIMEOUT_S, agent_stream_take, &stream, &error);
    if (status == 200 && stream.finish_reason[0]) {
        record_answer(span, &stream, started_us);
        *ret_message = json_incref(stream.message);
    } else {
        if (status == 200)
            snprintf(failure, sizeof failure, "the answer ended early");
        else if (status == 0)
            snprintf(failure, sizeof failure, "%s: %s", url, error);
        else
            snprintf(failure, sizeof failure, "HTTP %d\n%s", status, stream.body);
        oat_span_set_error(span, failure, OAT_NUL);
        fprintf(stderr, "model: %.*s\n", (int)strcspn(failure, "\n"), failure);
    }
    agent_stream_free(&stream);
    return status;
}

json_t *agent_llm_chat(const struct agent_llm *llm, const char *name, json_t *messages, json_t *tools)
{
    json_t *body = json_pack("{s:s, s:O, s:f, s:b, s:{s:b}}", "model", llm->model, "messages", messages,
                             "temperature", 0.0, "stream", 1, "stream_options", "include_usage", 1);
    if (tools)
        json_object_set(body, "tools", tools);
    char *request = json_dumps(body, JSON_COMPACT);
    json_decref(body);

    json_t *message = NULL;
    for (int attempt = 1; request && attempt <= ATTEMPTS_MAX; attempt++) {
        int status = attempt_once(llm, name, request, attempt, &message);
        bool busy = status == 0 || status == 200 || status == 429 || status >= 500;
        if (message || !busy || attempt == ATTEMPTS_MAX)
            break;
        record_retry(llm->tracer, attempt, status, RETRY_MS * attempt);
        usleep((useconds_t)(RETRY_MS * 1000 * attempt));
    }
    free(request);
    return message;
}
