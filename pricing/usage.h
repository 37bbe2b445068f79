/* What providers report as usage, read into counts that mean the same everywhere: input is all input (what
 * was read from and written to a cache included), output all output (reasoning included).
 *
 * Dialects are known by their keys, so nobody has to say which one it is: OpenAI chat completions and
 * embeddings (and DeepSeek, Mistral, xAI, gateways, who speak it with keys of their own), OpenAI responses
 * and realtime, Anthropic messages, Bedrock converse, Gemini, Cohere.
 *
 * The text is hostile: nothing is allocated, depth is bounded, what is not understood is passed over. */
#ifndef OAT_PRICING_USAGE_H
#define OAT_PRICING_USAGE_H

#include "oat/oat.h"

/* Numbers as they stand in usage objects. */
enum oat_usage_field {
    OAT_USAGE_INPUT,           /* all of it */
    OAT_USAGE_FRESH_INPUT,     /* what neither came from a cache nor went to one; or all: see the details */
    OAT_USAGE_TOOL_INPUT,      /* beside the input: results of tools the provider ran */
    OAT_USAGE_BILLED_INPUT,    /* what is on the bill, where more was seen by the model */
    OAT_USAGE_CACHED,          /* a part of the input */
    OAT_USAGE_CACHED_BESIDE,   /* beside the fresh input */
    OAT_USAGE_WRITE,           /* a part of the input */
    OAT_USAGE_WRITE_BESIDE,    /* beside the fresh input */
    OAT_USAGE_WRITE_5M_BESIDE, /* a part of that */
    OAT_USAGE_WRITE_1H_BESIDE, /* likewise */
    OAT_USAGE_AUDIO_INPUT,
    OAT_USAGE_IMAGE,
    OAT_USAGE_OUTPUT,         /* all of it */
    OAT_USAGE_VISIBLE_OUTPUT, /* without reasoning */
    OAT_USAGE_BILLED_OUTPUT,
    OAT_USAGE_REASONING,
    OAT_USAGE_AUDIO_OUTPUT,
    OAT_USAGE_TOTAL,
    OAT_USAGE_FIELDS,
};

/* Zeroed: nothing was read. */
struct oat_usage {
    bool has[OAT_USAGE_FIELDS];
    uint64_t value[OAT_USAGE_FIELDS];
    enum oat_price_tier tier; /* as the provider says it served the call */
};

/* Reads a usage object, or a response or an event of a stream that has one. May be called for each event of a
 * stream, in order: what a later one reports replaces what an earlier one did. False: there is none. */
bool oat_usage_read(struct oat_usage *usage, const char *json, size_t len);

/* The counts that follow; those that were not reported have has false. */
void oat_usage_counts(const struct oat_usage *usage, bool ret_has[OAT_COUNT_FIELDS],
                      uint64_t ret_count[OAT_COUNT_FIELDS]);

/* Makes the input all input: adds the tokens from and for the cache when they were reported beside it, or
 * when there are more of them than of input. */
void oat_usage_include_cache(uint64_t count[OAT_COUNT_FIELDS], bool beside);

/* a + b, at most UINT64_MAX. */
uint64_t oat_usage_add(uint64_t a, uint64_t b);

/* The tier that a provider's word for its service stands for ("flex", "priority" ...); standard for words
 * that are not known. */
enum oat_price_tier oat_service_tier_parse(const char *text, size_t len);

#endif
