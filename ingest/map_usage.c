/* Token counts, cost and time to first token. In each list the first one that is there wins. */
#include "ingest/map_usage.h"

#include "ingest/number.h"
#include "pricing/usage.h"

#include <string.h>

/* ---- Tokens ------------------------------------------------------------------------------- */

#define LANGFUSE "langfuse.observation.usage_details>"

struct count_rule {
    enum oat_count_field field;
    const char *path;
};

static const struct count_rule count_rules[] = {
    {OAT_COUNT_INPUT, LANGFUSE "input"},
    {OAT_COUNT_INPUT, "gen_ai.usage.input_tokens"},
    {OAT_COUNT_INPUT, "gen_ai.usage.prompt_tokens"},
    {OAT_COUNT_INPUT, "llm.token_count.prompt"},
    {OAT_COUNT_INPUT, "llm.usage.prompt_tokens"},
    {OAT_COUNT_INPUT, "ai.usage.inputTokens"},
    {OAT_COUNT_INPUT, "ai.usage.promptTokens"},
    {OAT_COUNT_INPUT, "ai.usage.tokens"},
    {OAT_COUNT_INPUT, "mlflow.chat.tokenUsage>input_tokens"},
    {OAT_COUNT_INPUT, "langsmith.usage_metadata>input_tokens"},
    {OAT_COUNT_INPUT, "codex.turn.token_usage.input_tokens"},

    {OAT_COUNT_OUTPUT, LANGFUSE "output"},
    {OAT_COUNT_OUTPUT, "gen_ai.usage.output_tokens"},
    {OAT_COUNT_OUTPUT, "gen_ai.usage.completion_tokens"},
    {OAT_COUNT_OUTPUT, "llm.token_count.completion"},
    {OAT_COUNT_OUTPUT, "llm.usage.completion_tokens"},
    {OAT_COUNT_OUTPUT, "ai.usage.outputTokens"},
    {OAT_COUNT_OUTPUT, "ai.usage.completionTokens"},
    {OAT_COUNT_OUTPUT, "mlflow.chat.tokenUsage>output_tokens"},
    {OAT_COUNT_OUTPUT, "langsmith.usage_metadata>output_tokens"},
    {OAT_COUNT_OUTPUT, "codex.turn.token_usage.output_tokens"},

    {OAT_COUNT_CACHED, LANGFUSE "input_cached_tokens"},
    {OAT_COUNT_CACHED, LANGFUSE "cache_read_input_tokens"},
    {OAT_COUNT_CACHED, LANGFUSE "input_cache_read"},
    {OAT_COUNT_CACHED, LANGFUSE "prompt_details.cache_read"},
    {OAT_COUNT_CACHED, "gen_ai.usage.cache_read.input_tokens"},
    {OAT_COUNT_CACHED, "gen_ai.usage.cache_read_input_tokens"},
    {OAT_COUNT_CACHED, "gen_ai.usage.details.cache_read_tokens"},
    {OAT_COUNT_CACHED, "gen_ai.usage.details.cache_read_input_tokens"},
    {OAT_COUNT_CACHED, "llm.token_count.prompt_details.cache_read"},
    {OAT_COUNT_CACHED, "ai.usage.inputTokenDetails.cacheReadTokens"},
    {OAT_COUNT_CACHED, "ai.usage.cachedInputTokens"},
    {OAT_COUNT_CACHED, "mlflow.chat.tokenUsage>cache_read_input_tokens"},
    {OAT_COUNT_CACHED, "langsmith.usage_metadata>input_token_details>cache_read"},
    {OAT_COUNT_CACHED, "codex.turn.token_usage.cached_input_tokens"},

    {OAT_COUNT_CACHE_WRITE, LANGFUSE "cache_creation_input_tokens"},
    {OAT_COUNT_CACHE_WRITE, LANGFUSE "input_cache_creation"},
    {OAT_COUNT_CACHE_WRITE, LANGFUSE "prompt_details.cache_write"},
    {OAT_COUNT_CACHE_WRITE, "gen_ai.usage.cache_write.input_tokens"},
    {OAT_COUNT_CACHE_WRITE, "gen_ai.usage.cache_creation.input_tokens"},
    {OAT_COUNT_CACHE_WRITE, "gen_ai.usage.cache_creation_input_tokens"},
    {OAT_COUNT_CACHE_WRITE, "gen_ai.usage.details.cache_write_tokens"},
    {OAT_COUNT_CACHE_WRITE, "gen_ai.usage.details.cache_creation_input_tokens"},
    {OAT_COUNT_CACHE_WRITE, "llm.token_count.prompt_details.cache_write"},
    {OAT_COUNT_CACHE_WRITE, "ai.usage.inputTokenDetails.cacheWriteTokens"},
    {OAT_COUNT_CACHE_WRITE, "mlflow.chat.tokenUsage>cache_creation_input_tokens"},
    {OAT_COUNT_CACHE_WRITE, "langsmith.usage_metadata>input_token_details>cache_creation"},

    {OAT_COUNT_CACHE_WRITE_1H,
     "ai.response.providerMetadata>anthropic>usage>cache_creation>ephemeral_1h_input_tokens"},

    {OAT_COUNT_REASONING, LANGFUSE "output_reasoning_tokens"},
    {OAT_COUNT_REASONING, LANGFUSE "output_reasoning"},
    {OAT_COUNT_REASONING, LANGFUSE "completion_details.reasoning"},
    {OAT_COUNT_REASONING, "gen_ai.usage.reasoning.output_tokens"},
    {OAT_COUNT_REASONING, "gen_ai.usage.reasoning_tokens"},
    {OAT_COUNT_REASONING, "llm.usage.reasoning_tokens"},
    {OAT_COUNT_REASONING, "gen_ai.usage.details.reasoning_tokens"},
    {OAT_COUNT_REASONING, "gen_ai.usage.details.thoughts_tokens"},
    {OAT_COUNT_REASONING, "llm.token_count.completion_details.reasoning"},
    {OAT_COUNT_REASONING, "ai.usage.reasoningTokens"},
    {OAT_COUNT_REASONING, "codex.turn.token_usage.reasoning_output_tokens"},

    {OAT_COUNT_AUDIO_INPUT, "gen_ai.usage.audio.input_tokens"},
    {OAT_COUNT_AUDIO_INPUT, "llm.token_count.prompt_details.audio"},
    {OAT_COUNT_AUDIO_INPUT, LANGFUSE "input_audio"},
    {OAT_COUNT_AUDIO_OUTPUT, "gen_ai.usage.audio.output_tokens"},
    {OAT_COUNT_AUDIO_OUTPUT, "llm.token_count.completion_details.audio"},
    {OAT_COUNT_AUDIO_OUTPUT, LANGFUSE "output_audio"},
    {OAT_COUNT_IMAGE, "gen_ai.usage.image.input_tokens"},
};

/* Input is all input and output all output, whatever the source left out. Langfuse's buckets are
 * disjoint, unless its own total says that input and output are already everything; elsewhere more
 * cached tokens than input tokens give an exclusive count away. */
static void make_inclusive(struct oat_map *map, bool input_is_langfuse, bool output_is_langfuse)
{
    uint64_t *count = map->out->count;
    uint64_t total;
    bool total_is_sum = oat_map_count(map, LANGFUSE "total", &total) &&
                        total == oat_usage_add(count[OAT_COUNT_INPUT], count[OAT_COUNT_OUTPUT]);
    if (map->out->has_count[OAT_COUNT_INPUT])
        oat_usage_include_cache(count, input_is_langfuse && !total_is_sum);
    if (map->out->has_count[OAT_COUNT_OUTPUT] && output_is_langfuse && !total_is_sum)
        count[OAT_COUNT_OUTPUT] = oat_usage_add(count[OAT_COUNT_OUTPUT], count[OAT_COUNT_REASONING]);
}

static void map_counts(struct oat_map *map)
{
    const char *from[OAT_COUNT_FIELDS] = {0};
    for (size_t i = 0; i < sizeof count_rules / sizeof *count_rules; i++) {
        enum oat_count_field field = count_rules[i].field;
        if (!map->out->has_count[field] && oat_map_count(map, count_rules[i].path, &map->out->count[field])) {
            map->out->has_count[field] = true;
            from[field] = count_rules[i].path;
        }
    }
    size_t n = sizeof LANGFUSE - 1;
    make_inclusive(map, from[OAT_COUNT_INPUT] && strncmp(from[OAT_COUNT_INPUT], LANGFUSE, n) == 0,
                   from[OAT_COUNT_OUTPUT] && strncmp(from[OAT_COUNT_OUTPUT], LANGFUSE, n) == 0);
}

/* ---- Price tier --------------------------------------------------------------------------- */

static const char *const tier_rules[] = {
    "openai.response.service_tier",
    "gen_ai.openai.response.service_tier",
    "gen_ai.response.service_tier",
    "ai.response.providerMetadata>openai>serviceTier",
    "ai.response.providerMetadata>anthropic>usage>service_tier",
};

static void map_price_tier(struct oat_map *map)
{
    oat_text tier = {0};
    for (size_t i = 0; i < sizeof tier_rules / sizeof *tier_rules && !tier.bytes; i++)
        tier = oat_map_text(map, tier_rules[i]);
    map->out->price_tier = oat_service_tier_parse(tier.bytes, tier.len);
}

/* ---- Cost --------------------------------------------------------------------------------- */

static const struct {
    const char *total, *input, *output;
} cost_rules[] = {
    {"langfuse.observation.cost_details>total", "langfuse.observation.cost_details>input",
     "langfuse.observation.cost_details>output"},
    {"llm.cost.total", "llm.cost.prompt", "llm.cost.completion"},
    {"gen_ai.usage.cost", NULL, NULL},
    {"gen_ai.usage.total_cost", NULL, NULL},
    {"operation.cost", NULL, NULL},
    {"mlflow.llm.cost>total_cost", "mlflow.llm.cost>input_cost", "mlflow.llm.cost>output_cost"},
};

static bool nano_at(const struct oat_map *map, const char *path, int64_t *ret)
{
    double usd;
    return path && oat_map_double(map, path, &usd) && oat_nano_of_usd(usd, ret);
}

/* Langfuse may leave the total out: it is the sum of the members then. */
static bool langfuse_sum(const struct oat_map *map, int64_t *ret)
{
    oat_text text = oat_map_text(map, "langfuse.observation.cost_details");
    double sum = 0, usd;
    size_t members = 0;
    if (!text.bytes || oat_jdoc_parse_all(map->scratch, text.bytes, text.len) != OAT_OK ||
        oat_jdoc_type_of(map->scratch, 1) != OAT_JSON_OBJECT)
        return false;
    for (oat_jnode k = oat_jdoc_first_key(map->scratch, 1); k; k = oat_jdoc_next_key(map->scratch, 1, k))
        if (oat_jdoc_double(map->scratch, k + 1, &usd)) {
            sum += usd;
            members++;
        }
    return members > 0 && oat_nano_of_usd(sum, ret);
}

static void map_cost(struct oat_map *map)
{
    struct oat_import_span *out = map->out;
    for (size_t i = 0; i < sizeof cost_rules / sizeof *cost_rules && !out->has_cost; i++) {
        if (!nano_at(map, cost_rules[i].total, &out->cost_total_nano))
            continue;
        out->has_cost = true;
        if (!nano_at(map, cost_rules[i].input, &out->cost_input_nano))
            out->cost_input_nano = -1;
        if (!nano_at(map, cost_rules[i].output, &out->cost_output_nano))
            out->cost_output_nano = -1;
    }
    if (!out->has_cost)
        out->has_cost = langfuse_sum(map, &out->cost_total_nano);
}

/* ---- Time to first token ------------------------------------------------------------------ */

static const struct {
    const char *path;
    double us; /* microseconds per unit of the attribute */
} ttft_rules[] = {
    {"gen_ai.response.time_to_first_chunk", 1e6},
    {"gen_ai.client.operation.time_to_first_chunk", 1e6},
    {"ai.response.msToFirstChunk", 1e3},
    {"ai.stream.msToFirstChunk", 1e3},
};

static const char *const first_token_events[] = {
    "ai.stream.firstChunk",
    "First Token Stream Event",
    "llm.content.completion.chunk",
    "gen_ai.content.completion.chunk",
    "new_token",
};

static bool first_token_time(const struct oat_map *map, uint64_t *ret_ns)
{
    if (oat_parse_time(oat_map_text(map, "langfuse.observation.completion_start_time"), ret_ns))
        return true;
    for (size_t i = 0; i < map->span->event_count; i++) {
        const oat_event *event = &map->span->events[i];
        for (size_t k = 0; k < sizeof first_token_events / sizeof *first_token_events; k++)
            if (oat_text_is((oat_text){event->name, event->name_len}, first_token_events[k])) {
                *ret_ns = event->time_ns;
                return true;
            }
    }
    return false;
}

static void map_ttft(struct oat_map *map)
{
    struct oat_import_span *out = map->out;
    double given;
    uint64_t at_ns;
    for (size_t i = 0; i < sizeof ttft_rules / sizeof *ttft_rules && !out->has_ttft; i++)
        if (oat_map_double(map, ttft_rules[i].path, &given) && given >= 0 && given * ttft_rules[i].us < 4e9) {
            out->has_ttft = true;
            out->ttft_us = (uint64_t)(given * ttft_rules[i].us + 0.5);
        }
    if (!out->has_ttft && first_token_time(map, &at_ns) && at_ns >= map->span->start_ns) {
        out->has_ttft = true;
        out->ttft_us = (at_ns - map->span->start_ns) / 1000;
    }
}

void oat_map_usage(struct oat_map *map)
{
    map_counts(map);
    map_price_tier(map);
    map_cost(map);
    map_ttft(map);
}
