#include "pricing/usage.h"

#include "format/json_scan.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX    5
#define PATH_MAX_LEN 96
#define NUMBER_MAX   9007199254740992.0 /* 2^53: what JSON's numbers count exactly */

/* ---- Tables ---- */

static const struct rule {
    const char *path;
    enum oat_usage_field field;
} rules[] = {
    /* OpenAI chat completions, embeddings. */
    {"prompt_tokens", OAT_USAGE_INPUT},
    {"completion_tokens", OAT_USAGE_OUTPUT},
    {"total_tokens", OAT_USAGE_TOTAL},
    {"prompt_tokens_details.cached_tokens", OAT_USAGE_CACHED},
    {"prompt_tokens_details.cache_write_tokens", OAT_USAGE_WRITE},
    {"prompt_tokens_details.audio_tokens", OAT_USAGE_AUDIO_INPUT},
    {"prompt_tokens_details.image_tokens", OAT_USAGE_IMAGE},
    {"completion_tokens_details.reasoning_tokens", OAT_USAGE_REASONING},
    {"completion_tokens_details.audio_tokens", OAT_USAGE_AUDIO_OUTPUT},
    {"prompt_cache_hit_tokens", OAT_USAGE_CACHED}, /* DeepSeek */
    {"num_cached_tokens", OAT_USAGE_CACHED},       /* Mistral */

    /* OpenAI responses; realtime writes token_details. */
    {"input_tokens", OAT_USAGE_FRESH_INPUT},
    {"output_tokens", OAT_USAGE_OUTPUT},
    {"input_tokens_details.cached_tokens", OAT_USAGE_CACHED},
    {"input_tokens_details.cache_write_tokens", OAT_USAGE_WRITE},
    {"input_tokens_details.audio_tokens", OAT_USAGE_AUDIO_INPUT},
    {"input_tokens_details.image_tokens", OAT_USAGE_IMAGE},
    {"output_tokens_details.reasoning_tokens", OAT_USAGE_REASONING},
    {"output_tokens_details.audio_tokens", OAT_USAGE_AUDIO_OUTPUT},
    {"input_token_details.cached_tokens", OAT_USAGE_CACHED},
    {"input_token_details.audio_tokens", OAT_USAGE_AUDIO_INPUT},
    {"input_token_details.image_tokens", OAT_USAGE_IMAGE},
    {"output_token_details.audio_tokens", OAT_USAGE_AUDIO_OUTPUT},

    /* Anthropic messages. */
    {"cache_read_input_tokens", OAT_USAGE_CACHED_BESIDE},
    {"cache_creation_input_tokens", OAT_USAGE_WRITE_BESIDE},
    {"cache_creation.ephemeral_5m_input_tokens", OAT_USAGE_WRITE_5M_BESIDE},
    {"cache_creation.ephemeral_1h_input_tokens", OAT_USAGE_WRITE_1H_BESIDE},
    {"output_tokens_details.thinking_tokens", OAT_USAGE_REASONING},

    /* Bedrock converse. */
    {"inputTokens", OAT_USAGE_FRESH_INPUT},
    {"outputTokens", OAT_USAGE_OUTPUT},
    {"totalTokens", OAT_USAGE_TOTAL},
    {"cacheReadInputTokens", OAT_USAGE_CACHED_BESIDE},
    {"cacheWriteInputTokens", OAT_USAGE_WRITE_BESIDE},

    /* Gemini, as on the wire and as its Python library writes it. */
    {"promptTokenCount", OAT_USAGE_INPUT},
    {"candidatesTokenCount", OAT_USAGE_VISIBLE_OUTPUT},
    {"thoughtsTokenCount", OAT_USAGE_REASONING},
    {"toolUsePromptTokenCount", OAT_USAGE_TOOL_INPUT},
    {"cachedContentTokenCount", OAT_USAGE_CACHED},
    {"totalTokenCount", OAT_USAGE_TOTAL},
    {"promptTokensDetails.AUDIO", OAT_USAGE_AUDIO_INPUT},
    {"promptTokensDetails.IMAGE", OAT_USAGE_IMAGE},
    {"candidatesTokensDetails.AUDIO", OAT_USAGE_AUDIO_OUTPUT},
    {"prompt_token_count", OAT_USAGE_INPUT},
    {"candidates_token_count", OAT_USAGE_VISIBLE_OUTPUT},
    {"thoughts_token_count", OAT_USAGE_REASONING},
    {"tool_use_prompt_token_count", OAT_USAGE_TOOL_INPUT},
    {"cached_content_token_count", OAT_USAGE_CACHED},
    {"total_token_count", OAT_USAGE_TOTAL},
    {"prompt_tokens_details.AUDIO", OAT_USAGE_AUDIO_INPUT},
    {"prompt_tokens_details.IMAGE", OAT_USAGE_IMAGE},
    {"candidates_tokens_details.AUDIO", OAT_USAGE_AUDIO_OUTPUT},

    /* Cohere: the bill does not have what its own prompts add. */
    {"billed_units.input_tokens", OAT_USAGE_BILLED_INPUT},
    {"billed_units.output_tokens", OAT_USAGE_BILLED_OUTPUT},
    {"tokens.input_tokens", OAT_USAGE_INPUT},
    {"tokens.output_tokens", OAT_USAGE_OUTPUT},
    {"cached_tokens", OAT_USAGE_CACHED},
};

/* Where usage lies in responses and events. */
static const char *const envelopes[] = {"usage",    "usageMetadata", "usage_metadata", "meta",
                                        "response", "message",       "delta"};

static const struct {
    const char *name;
    enum oat_price_tier tier;
} tiers[] = {
    {"batch", OAT_TIER_BATCH},
    {"flex", OAT_TIER_BATCH},
    {"priority", OAT_TIER_PRIORITY},
};

enum oat_price_tier oat_service_tier_parse(const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++)
        if (strlen(tiers[i].name) == len && memcmp(tiers[i].name, text, len) == 0)
            return tiers[i].tier;
    return OAT_TIER_STANDARD;
}

/* ---- Reading ---- */

struct walk {
    struct oat_usage *usage;
    const char *json;
    size_t len;
    char path[PATH_MAX_LEN];
    size_t path_len;
    bool found;
};

struct span_of_text {
    size_t at, len;
};

/* The next member of the object or element of the array that *at is in; a member's key without its quotes.
 * False: at the end, or what follows is not JSON. */
static bool next_value(const struct walk *w, bool object, size_t *at, struct span_of_text *ret_key,
                       struct span_of_text *ret_value)
{
    size_t pos = oat_json_skip_space(w->json, w->len, *at);
    if (pos < w->len && w->json[pos] == ',')
        pos = oat_json_skip_space(w->json, w->len, pos + 1);
    *ret_key = (struct span_of_text){0};
    if (object) {
        size_t len = pos < w->len && w->json[pos] == '"' ? oat_json_value_len(w->json, w->len, pos) : 0;
        if (len < 2)
            return false;
        *ret_key = (struct span_of_text){pos + 1, len - 2};
        pos = oat_json_skip_space(w->json, w->len, pos + len);
        if (pos >= w->len || w->json[pos] != ':')
            return false;
        pos = oat_json_skip_space(w->json, w->len, pos + 1);
    }
    size_t len = pos < w->len ? oat_json_value_len(w->json, w->len, pos) : 0;
    *ret_value = (struct span_of_text){pos, len};
    *at = pos + len;
    return len > 0;
}

static bool text_is(const struct walk *w, struct span_of_text text, const char *word)
{
    return strlen(word) == text.len && memcmp(w->json + text.at, word, text.len) == 0;
}

/* A count: not negative, whole but for what a double makes of it ("12.0"). */
static bool read_count(const struct walk *w, struct span_of_text value, uint64_t *ret)
{
    char copy[32];
    if (value.len >= sizeof copy || oat_json_number_len(w->json, w->len, value.at) != value.len)
        return false;
    memcpy(copy, w->json + value.at, value.len);
    copy[value.len] = '\0';
    double number = strtod(copy, NULL);
    if (!(number >= 0 && number <= NUMBER_MAX))
        return false;
    *ret = (uint64_t)(number + 0.5);
    return true;
}

static void take_number(struct walk *w, struct span_of_text value)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        enum oat_usage_field field = rules[i].field;
        if (strlen(rules[i].path) != w->path_len || memcmp(rules[i].path, w->path, w->path_len) != 0 ||
            !read_count(w, value, &w->usage->value[field]))
            continue;
        w->usage->has[field] = true;
        w->found = true;
        return;
    }
}

/* Appends a name to the path; false when it is too long to be in a rule. *ret_before: how long it was. */
static bool push_name(struct walk *w, struct span_of_text name, size_t *ret_before)
{
    *ret_before = w->path_len;
    size_t point = w->path_len > 0;
    if (name.len > PATH_MAX_LEN || w->path_len + point + name.len > PATH_MAX_LEN)
        return false;
    if (point)
        w->path[w->path_len++] = '.';
    memcpy(w->path + w->path_len, w->json + name.at, name.len);
    w->path_len += name.len;
    return true;
}

/* [{"modality": "AUDIO", "tokenCount": 12}, ...]: as if it were {"AUDIO": 12}. */
static void walk_modalities(struct walk *w, size_t at)
{
    struct span_of_text unused, item, key, value;
    while (next_value(w, false, &at, &unused, &item)) {
        struct span_of_text modality = {0}, count = {0};
        size_t inner = item.at + 1, before;
        if (w->json[item.at] != '{')
            return;
        while (next_value(w, true, &inner, &key, &value)) {
            if (text_is(w, key, "modality") && w->json[value.at] == '"')
                modality = (struct span_of_text){value.at + 1, value.len - 2};
            else if (text_is(w, key, "tokenCount") || text_is(w, key, "token_count"))
                count = value;
        }
        if (modality.len == 0 || count.len == 0 || !push_name(w, modality, &before))
            continue;
        take_number(w, count);
        w->path_len = before;
    }
}

static bool is_envelope(const struct walk *w, struct span_of_text key)
{
    for (size_t i = 0; i < sizeof envelopes / sizeof *envelopes; i++)
        if (text_is(w, key, envelopes[i]))
            return true;
    return false;
}

/* at: behind the brace of an object. */
static void walk_object(struct walk *w, size_t at, int depth)
{
    struct span_of_text key, value;
    size_t before;
    while (next_value(w, true, &at, &key, &value)) {
        char first = w->json[value.at];
        if (first == '{' && w->path_len == 0 && is_envelope(w, key)) {
            if (depth < DEPTH_MAX)
                walk_object(w, value.at + 1, depth + 1);
            continue;
        }
        if (first == '"' && text_is(w, key, "service_tier")) {
            w->usage->tier = oat_service_tier_parse(w->json + value.at + 1, value.len - 2);
            continue;
        }
        if (!push_name(w, key, &before))
            continue;
        if (first == '{' && depth < DEPTH_MAX)
            walk_object(w, value.at + 1, depth + 1);
        else if (first == '[')
            walk_modalities(w, value.at + 1);
        else
            take_number(w, value);
        w->path_len = before;
    }
}

bool oat_usage_read(struct oat_usage *usage, const char *json, size_t len)
{
    struct walk w = {.usage = usage, .json = json, .len = len};
    size_t at = oat_json_skip_space(json, len, 0);
    if (at < len && json[at] == '{')
        walk_object(&w, at + 1, 0);
    return w.found;
}

/* ---- Counts ---- */

uint64_t oat_usage_add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

void oat_usage_include_cache(uint64_t count[OAT_COUNT_FIELDS], bool beside)
{
    uint64_t cache = oat_usage_add(count[OAT_COUNT_CACHED], count[OAT_COUNT_CACHE_WRITE]);
    if (beside || cache > count[OAT_COUNT_INPUT])
        count[OAT_COUNT_INPUT] = oat_usage_add(count[OAT_COUNT_INPUT], cache);
}

/* The first field of the list that was reported; OAT_USAGE_FIELDS ends it. */
static bool first_of(const struct oat_usage *usage, const enum oat_usage_field *fields, uint64_t *ret)
{
    for (; *fields != OAT_USAGE_FIELDS; fields++)
        if (usage->has[*fields]) {
            *ret = usage->value[*fields];
            return true;
        }
    return false;
}

static void count_cache(const struct oat_usage *usage, bool has[], uint64_t count[])
{
    static const enum oat_usage_field cached[] = {OAT_USAGE_CACHED_BESIDE, OAT_USAGE_CACHED,
                                                  OAT_USAGE_FIELDS};
    static const enum oat_usage_field written[] = {OAT_USAGE_WRITE_BESIDE, OAT_USAGE_WRITE, OAT_USAGE_FIELDS};
    const uint64_t *value = usage->value;
    /* A bill counts what its provider's own prompts add neither as input nor as cached. */
    has[OAT_COUNT_CACHED] =
        !usage->has[OAT_USAGE_BILLED_INPUT] && first_of(usage, cached, &count[OAT_COUNT_CACHED]);
    has[OAT_COUNT_CACHE_WRITE] = first_of(usage, written, &count[OAT_COUNT_CACHE_WRITE]);
    has[OAT_COUNT_CACHE_WRITE_1H] = usage->has[OAT_USAGE_WRITE_1H_BESIDE];
    count[OAT_COUNT_CACHE_WRITE_1H] = value[OAT_USAGE_WRITE_1H_BESIDE];
    if (!has[OAT_COUNT_CACHE_WRITE] &&
        (usage->has[OAT_USAGE_WRITE_5M_BESIDE] || usage->has[OAT_USAGE_WRITE_1H_BESIDE])) {
        has[OAT_COUNT_CACHE_WRITE] = true;
        count[OAT_COUNT_CACHE_WRITE] =
            oat_usage_add(value[OAT_USAGE_WRITE_5M_BESIDE], value[OAT_USAGE_WRITE_1H_BESIDE]);
    }
}

static void count_input(const struct oat_usage *usage, bool has[], uint64_t count[])
{
    static const enum oat_usage_field whole[] = {OAT_USAGE_BILLED_INPUT, OAT_USAGE_INPUT, OAT_USAGE_FIELDS};
    uint64_t *input = &count[OAT_COUNT_INPUT];
    bool beside = false;
    has[OAT_COUNT_INPUT] = first_of(usage, whole, input);
    if (has[OAT_COUNT_INPUT]) {
        *input = oat_usage_add(*input, usage->value[OAT_USAGE_TOOL_INPUT]);
    } else if (usage->has[OAT_USAGE_FRESH_INPUT]) {
        beside = usage->has[OAT_USAGE_CACHED_BESIDE] || usage->has[OAT_USAGE_WRITE_BESIDE] ||
                 usage->has[OAT_USAGE_WRITE_5M_BESIDE] || usage->has[OAT_USAGE_WRITE_1H_BESIDE];
        has[OAT_COUNT_INPUT] = true;
        *input = usage->value[OAT_USAGE_FRESH_INPUT];
    }
    if (has[OAT_COUNT_INPUT])
        oat_usage_include_cache(count, beside);
}

static void count_output(const struct oat_usage *usage, bool has[], uint64_t count[])
{
    static const enum oat_usage_field whole[] = {OAT_USAGE_BILLED_OUTPUT, OAT_USAGE_OUTPUT, OAT_USAGE_FIELDS};
    uint64_t *output = &count[OAT_COUNT_OUTPUT], reasoning = usage->value[OAT_USAGE_REASONING];
    has[OAT_COUNT_REASONING] = usage->has[OAT_USAGE_REASONING];
    count[OAT_COUNT_REASONING] = reasoning;
    has[OAT_COUNT_OUTPUT] = first_of(usage, whole, output);
    if (!has[OAT_COUNT_OUTPUT] && (usage->has[OAT_USAGE_VISIBLE_OUTPUT] || usage->has[OAT_USAGE_REASONING])) {
        has[OAT_COUNT_OUTPUT] = true;
        *output = oat_usage_add(usage->value[OAT_USAGE_VISIBLE_OUTPUT], reasoning);
    } else if (usage->has[OAT_USAGE_TOTAL] && reasoning > 0 &&
               usage->value[OAT_USAGE_TOTAL] ==
                   oat_usage_add(count[OAT_COUNT_INPUT], oat_usage_add(*output, reasoning))) {
        *output = oat_usage_add(*output, reasoning); /* xAI reports it beside the output */
    }
}

void oat_usage_counts(const struct oat_usage *usage, bool ret_has[OAT_COUNT_FIELDS],
                      uint64_t ret_count[OAT_COUNT_FIELDS])
{
    static const struct {
        enum oat_count_field count;
        enum oat_usage_field field;
    } media[] = {{OAT_COUNT_AUDIO_INPUT, OAT_USAGE_AUDIO_INPUT},
                 {OAT_COUNT_AUDIO_OUTPUT, OAT_USAGE_AUDIO_OUTPUT},
                 {OAT_COUNT_IMAGE, OAT_USAGE_IMAGE}};
    memset(ret_has, 0, OAT_COUNT_FIELDS * sizeof *ret_has);
    memset(ret_count, 0, OAT_COUNT_FIELDS * sizeof *ret_count);
    count_cache(usage, ret_has, ret_count);
    count_input(usage, ret_has, ret_count);
    count_output(usage, ret_has, ret_count);
    for (size_t i = 0; i < sizeof media / sizeof *media; i++) {
        ret_has[media[i].count] = usage->has[media[i].field];
        ret_count[media[i].count] = usage->value[media[i].field];
    }
}
