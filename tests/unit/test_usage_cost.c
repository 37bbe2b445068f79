/* Usages of all dialects, recorded or made by hand, and what they cost: the arithmetic beside each, in prices
 * of data/prices.yaml. */
#include "format/time_text.h"
#include "pricing/cost.h"
#include "pricing/price_model.h"
#include "pricing/usage.h"
#include "tests/support/unit.h"

/* Thousandths of a nano-dollar a token: a price in dollars per million tokens, exactly. */
#define USD(per_million) ((int64_t)((per_million)*1e6 + 0.5))
#define UNPRICED         -1

static const struct {
    const char *what, *model, *provider, *day, *usage;
    int64_t input, output; /* thousandths of a nano-dollar */
} cases[] = {
    {"plain", "gpt-4o", "openai", "2026-02-01",
     "{\"prompt_tokens\":100,\"completion_tokens\":20,\"total_tokens\":120}", 100 * USD(2.5), 20 * USD(10)},
    {"dated", "gpt-4o-mini-2024-07-18", "openai", "2026-02-01",
     "{\"prompt_tokens\":1117,\"completion_tokens\":46,\"total_tokens\":1163}", 1117 * USD(0.15),
     46 * USD(0.6)},
    {"old dated version at its own price", "gpt-4o-2024-05-13", "openai", "2026-02-01",
     "{\"prompt_tokens\":10,\"completion_tokens\":3}", 10 * USD(5), 3 * USD(15)},
    {"cached", "gpt-4o", "openai", "2026-02-01",
     "{\"prompt_tokens\":2006,\"completion_tokens\":300,\"total_tokens\":2306,\"prompt_tokens_details\":{"
     "\"cached_tokens\":1920,\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0,"
     "\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}",
     86 * USD(2.5) + 1920 * USD(1.25), 300 * USD(10)},
    {"all of it cached", "gpt-4.1-nano", "openai", "2026-02-01",
     "{\"prompt_tokens\":1024,\"completion_tokens\":1,\"prompt_tokens_details\":{\"cached_tokens\":1024}}",
     1024 * USD(0.025), 1 * USD(0.4)},
    {"reasoning within the output", "o3", "openai", "2026-02-01",
     "{\"prompt_tokens\":75,\"completion_tokens\":1186,\"total_tokens\":1261,\"completion_tokens_details\":{"
     "\"reasoning_tokens\":1024}}",
     75 * USD(2), 162 * USD(8) + 1024 * USD(8)},
    {"o3 before its price fell", "o3", "openai", "2025-06-09",
     "{\"prompt_tokens\":75,\"completion_tokens\":1186,\"completion_tokens_details\":{\"reasoning_tokens\":"
     "1024}}",
     75 * USD(10), 1186 * USD(40)},
    {"o3 on the day it fell", "o3", "openai", "2025-06-10",
     "{\"prompt_tokens\":75,\"completion_tokens\":1186,\"completion_tokens_details\":{\"reasoning_tokens\":"
     "1024}}",
     75 * USD(2), 1186 * USD(8)},
    {"audio in and out", "gpt-4o-audio-preview-2024-12-17", "openai", "2026-02-01",
     "{\"prompt_tokens\":150,\"completion_tokens\":230,\"total_tokens\":380,\"prompt_tokens_details\":{"
     "\"cached_tokens\":0,\"audio_tokens\":110,\"text_tokens\":40,\"image_tokens\":0},\"completion_tokens_"
     "details\":{\"reasoning_tokens\":0,\"audio_tokens\":180,\"text_tokens\":50}}",
     40 * USD(2.5) + 110 * USD(40), 50 * USD(10) + 180 * USD(80)},
    {"images are input", "gpt-4o", "openai", "2026-02-01",
     "{\"prompt_tokens\":1118,\"completion_tokens\":7,\"prompt_tokens_details\":{\"image_tokens\":1105}}",
     1118 * USD(2.5), 7 * USD(10)},
    {"cache writes cost more with gpt-5.6", "gpt-5.6-terra", "openai", "2026-07-30",
     "{\"prompt_tokens\":5000,\"completion_tokens\":10,\"prompt_tokens_details\":{\"cached_tokens\":1000,"
     "\"cache_write_tokens\":3000}}",
     1000 * USD(2) + 1000 * USD(0.2) + 3000 * USD(2.5), 10 * USD(12)},
    {"cache writes without a price are input", "gpt-5", "openai", "2026-02-01",
     "{\"prompt_tokens\":5000,\"completion_tokens\":10,\"prompt_tokens_details\":{\"cache_write_tokens\":"
     "3000}}",
     5000 * USD(1.25), 10 * USD(10)},
    {"batch", "gpt-4o-mini", "openai", "2026-02-01",
     "{\"service_tier\":\"batch\",\"usage\":{\"prompt_tokens\":1001,\"completion_tokens\":33}}",
     1001 * USD(0.075), 33 * USD(0.3)},
    {"flex is the price of a batch", "o4-mini", "openai", "2026-02-01",
     "{\"id\":\"chatcmpl-1\",\"choices\":[{\"message\":{\"content\":\"{\\\"usage\\\":1}\"}}],\"service_"
     "tier\":\"flex\",\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":100,\"prompt_tokens_details\":{"
     "\"cached_tokens\":500}}}",
     500 * USD(0.55) + 500 * USD(0.1375), 100 * USD(2.2)},
    {"priority has no price here", "gpt-5", "openai", "2026-02-01",
     "{\"service_tier\":\"priority\",\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":1}}", UNPRICED,
     UNPRICED},
    {"default service", "gpt-5-nano", "openai", "2026-02-01",
     "{\"service_tier\":\"default\",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":5}}", 3 * USD(0.05),
     5 * USD(0.4)},
    {"last chunk of a stream", "gpt-4.1", "openai", "2026-02-01",
     "{\"id\":\"chatcmpl-2\",\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":{\"prompt_"
     "tokens\":14,\"completion_tokens\":9,\"total_tokens\":23}}",
     14 * USD(2), 9 * USD(8)},
    {"up to the larger context", "gpt-5.4", "openai", "2026-02-01",
     "{\"prompt_tokens\":272000,\"completion_tokens\":1000}", 272000 * USD(2.5), 1000 * USD(15)},
    {"the larger context", "gpt-5.4-2026-03-05", "openai", "2026-04-01",
     "{\"prompt_tokens\":272001,\"completion_tokens\":1000,\"prompt_tokens_details\":{\"cached_tokens\":"
     "200000}}",
     72001 * USD(5) + 200000 * USD(0.5), 1000 * USD(22.5)},
    {"fine-tuned", "ft:gpt-4o-2024-08-06:acme::B1", "openai", "2026-02-01",
     "{\"prompt_tokens\":100,\"completion_tokens\":20,\"prompt_tokens_details\":{\"cached_tokens\":60}}",
     40 * USD(3.75) + 60 * USD(1.875), 20 * USD(15)},
    {"fine-tuned without a price", "ft:gpt-5-mini:acme::B1", "openai", "2026-02-01",
     "{\"prompt_tokens\":100,\"completion_tokens\":20}", UNPRICED, UNPRICED},
    {"Azure", "gpt-35-turbo", "azure.ai.openai", "2026-02-01",
     "{\"prompt_tokens\":55,\"completion_tokens\":4}", 55 * USD(0.5), 4 * USD(1.5)},
    {"unknown model", "gpt-9-preview", "openai", "2026-02-01",
     "{\"prompt_tokens\":55,\"completion_tokens\":4}", UNPRICED, UNPRICED},
    {"dearest", "o1-pro", "openai", "2026-02-01",
     "{\"input_tokens\":12345,\"output_tokens\":6789,\"output_tokens_details\":{\"reasoning_tokens\":6000}}",
     12345 * USD(150), 6789 * USD(600)},
    {"responses", "gpt-5", "openai", "2026-02-01",
     "{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"completed\",\"usage\":{\"input_tokens\":366,"
     "\"input_tokens_details\":{\"cached_tokens\":256},\"output_tokens\":59,\"output_tokens_details\":{"
     "\"reasoning_tokens\":14},\"total_tokens\":425}}",
     110 * USD(1.25) + 256 * USD(0.125), 45 * USD(10) + 14 * USD(10)},
    {"end of a stream of responses", "gpt-5-mini", "openai", "2026-02-01",
     "{\"type\":\"response.completed\",\"response\":{\"model\":\"gpt-5-mini\",\"service_tier\":\"default\","
     "\"usage\":{\"input_tokens\":1000,\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":2000,"
     "\"output_tokens_details\":{\"reasoning_tokens\":1472},\"total_tokens\":3000}}}",
     1000 * USD(0.25), 2000 * USD(2)},
    {"cache writes of responses", "gpt-5.6-luna", "openai", "2026-07-29",
     "{\"input_tokens\":4096,\"input_tokens_details\":{\"cached_tokens\":1024,\"cache_write_tokens\":2048},"
     "\"output_tokens\":1}",
     1024 * USD(1) + 1024 * USD(0.1) + 2048 * USD(1.25), 1 * USD(6)},
    {"realtime", "gpt-realtime", "openai", "2026-02-01",
     "{\"type\":\"response.done\",\"response\":{\"usage\":{\"total_tokens\":253,\"input_tokens\":132,"
     "\"output_tokens\":121,\"input_token_details\":{\"text_tokens\":119,\"audio_tokens\":13,\"cached_"
     "tokens\":64},\"output_token_details\":{\"text_tokens\":30,\"audio_tokens\":91}}}}",
     55 * USD(4) + 64 * USD(0.4) + 13 * USD(32), 30 * USD(16) + 91 * USD(64)},
    {"embeddings", "text-embedding-3-small", "openai", "2026-02-01",
     "{\"object\":\"list\",\"model\":\"text-embedding-3-small\",\"usage\":{\"prompt_tokens\":8,\"total_"
     "tokens\":8}}",
     8 * USD(0.02), 0},
    {"older embeddings", "text-embedding-ada-002", "openai", "2026-02-01",
     "{\"prompt_tokens\":4099,\"total_tokens\":4099}", 4099 * USD(0.1), 0},
    {"embeddings in a batch", "text-embedding-3-large", "openai", "2026-02-01",
     "{\"service_tier\":\"batch\",\"usage\":{\"prompt_tokens\":3,\"total_tokens\":3}}", 3 * USD(0.065), 0},
    {"Mistral embeddings", "mistral-embed", "mistral", "2026-02-01",
     "{\"prompt_tokens\":17,\"total_tokens\":17,\"completion_tokens\":0}", 17 * USD(0.1), 0},
    {"Voyage embeddings", "voyage-3-large", "voyageai", "2026-02-01",
     "{\"usage\":{\"total_tokens\":10,\"prompt_tokens\":10}}", 10 * USD(0.18), 0},
    {"Cohere embeddings", "embed-v4.0", "cohere", "2026-02-01",
     "{\"meta\":{\"api_version\":{\"version\":\"2\"},\"billed_units\":{\"input_tokens\":7}}}", 7 * USD(0.12),
     0},
    {"plain", "claude-sonnet-4-5-20250929", "anthropic", "2026-02-01",
     "{\"input_tokens\":480,\"output_tokens\":76}", 480 * USD(3), 76 * USD(15)},
    {"cache read beside the input", "claude-sonnet-4-5", "anthropic", "2026-02-01",
     "{\"input_tokens\":4,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":18131,\"output_"
     "tokens\":50}",
     4 * USD(3) + 18131 * USD(0.3), 50 * USD(15)},
    {"cache write beside the input", "claude-sonnet-4-5", "anthropic", "2026-02-01",
     "{\"input_tokens\":4,\"cache_creation_input_tokens\":18131,\"cache_read_input_tokens\":0,\"output_"
     "tokens\":50}",
     4 * USD(3) + 18131 * USD(3.75), 50 * USD(15)},
    {"writes for 5 minutes and an hour", "claude-opus-4-5", "anthropic", "2026-02-01",
     "{\"input_tokens\":10,\"cache_creation_input_tokens\":700,\"cache_read_input_tokens\":30,\"cache_"
     "creation\":{\"ephemeral_5m_input_tokens\":500,\"ephemeral_1h_input_tokens\":200},\"output_tokens\":5,"
     "\"service_tier\":\"standard\"}",
     10 * USD(5) + 30 * USD(0.5) + 500 * USD(6.25) + 200 * USD(10), 5 * USD(25)},
    {"writes for an hour alone", "claude-haiku-4-5-20251001", "anthropic", "2026-02-01",
     "{\"input_tokens\":1,\"cache_creation\":{\"ephemeral_5m_input_tokens\":0,\"ephemeral_1h_input_tokens\":"
     "2048},\"output_tokens\":1}",
     1 * USD(1) + 2048 * USD(2), 1 * USD(5)},
    {"a batch with a cache", "claude-sonnet-4-5", "anthropic", "2026-02-01",
     "{\"input_tokens\":101,\"cache_creation_input_tokens\":11,\"cache_read_input_tokens\":13,\"output_"
     "tokens\":7,\"service_tier\":\"batch\"}",
     101 * USD(1.5) + 11 * USD(1.875) + 13 * USD(0.15), 7 * USD(7.5)},
    {"thinking", "claude-opus-4-6", "anthropic", "2026-02-01",
     "{\"input_tokens\":61,\"output_tokens\":812,\"output_tokens_details\":{\"thinking_tokens\":700}}",
     61 * USD(5), 112 * USD(25) + 700 * USD(25)},
    {"up to the larger context, cache counted", "claude-sonnet-4-5", "anthropic", "2026-02-01",
     "{\"input_tokens\":100000,\"cache_read_input_tokens\":100000,\"cache_creation_input_tokens\":0,\"output_"
     "tokens\":1}",
     100000 * USD(3) + 100000 * USD(0.3), 1 * USD(15)},
    {"the larger context, cache counted", "claude-sonnet-4-5", "anthropic", "2026-02-01",
     "{\"input_tokens\":100000,\"cache_read_input_tokens\":100001,\"cache_creation_input_tokens\":0,\"output_"
     "tokens\":1}",
     100000 * USD(6) + 100001 * USD(0.6), 1 * USD(22.5)},
    {"writes in the larger context", "claude-sonnet-4-20250514", "anthropic", "2026-02-01",
     "{\"input_tokens\":1,\"cache_creation_input_tokens\":200000,\"cache_creation\":{\"ephemeral_1h_input_"
     "tokens\":100000,\"ephemeral_5m_input_tokens\":100000},\"output_tokens\":2}",
     1 * USD(6) + 100000 * USD(7.5) + 100000 * USD(12), 2 * USD(22.5)},
    {"claude-3-5-haiku in its first month", "claude-3-5-haiku-20241022", "anthropic", "2024-11-15",
     "{\"input_tokens\":100,\"output_tokens\":10}", 100 * USD(1), 10 * USD(5)},
    {"claude-3-5-haiku today", "claude-3-5-haiku-latest", "anthropic", "2026-02-01",
     "{\"input_tokens\":100,\"output_tokens\":10}", 100 * USD(0.8), 10 * USD(4)},
    {"a whole answer", "claude-opus-4-1-20250805", "anthropic", "2026-02-01",
     "{\"id\":\"msg_1\",\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"usage: "
     "1\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":9,\"output_tokens\":3,\"server_tool_"
     "use\":{\"web_search_requests\":0}}}",
     9 * USD(15), 3 * USD(75)},
    {"Vertex", "claude-3-7-sonnet@20250219", "gcp.vertex_ai", "2026-02-01",
     "{\"input_tokens\":9,\"output_tokens\":3}", 9 * USD(3), 3 * USD(15)},
    {"through OpenRouter", "anthropic/claude-sonnet-4.5", "openrouter", "2026-02-01",
     "{\"prompt_tokens\":1010,\"completion_tokens\":3,\"prompt_tokens_details\":{\"cached_tokens\":1000}}",
     10 * USD(3) + 1000 * USD(0.3), 3 * USD(15)},
    {"through LiteLLM, which counts the cache in", "claude-haiku-4-5", "anthropic", "2026-02-01",
     "{\"prompt_tokens\":1300,\"completion_tokens\":3,\"cache_read_input_tokens\":1000,\"cache_creation_"
     "input_tokens\":200}",
     100 * USD(1) + 1000 * USD(0.1) + 200 * USD(1.25), 3 * USD(5)},
    {"Bedrock converse", "us.anthropic.claude-3-5-sonnet-20241022-v2:0", "aws.bedrock", "2026-02-01",
     "{\"usage\":{\"inputTokens\":90,\"outputTokens\":14,\"serverToolUsage\":{},\"totalTokens\":104}}",
     90 * USD(3), 14 * USD(15)},
    {"Bedrock with a cache", "anthropic.claude-opus-4-1-20250805-v1:0", "aws.bedrock", "2026-02-01",
     "{\"inputTokens\":90,\"outputTokens\":14,\"totalTokens\":2104,\"cacheReadInputTokens\":1500,"
     "\"cacheWriteInputTokens\":500}",
     90 * USD(15) + 1500 * USD(1.5) + 500 * USD(18.75), 14 * USD(75)},
    {"Nova", "us.amazon.nova-micro-v1:0", "aws.bedrock", "2026-02-01",
     "{\"inputTokens\":1,\"outputTokens\":1,\"totalTokens\":2}", 1 * USD(0.035), 1 * USD(0.14)},
    {"plain", "gemini-2.0-flash-001", "gemini", "2026-02-01",
     "{\"usageMetadata\":{\"promptTokenCount\":1001,\"candidatesTokenCount\":7,\"totalTokenCount\":1008},"
     "\"modelVersion\":\"gemini-2.0-flash-001\"}",
     1001 * USD(0.1), 7 * USD(0.4)},
    {"thoughts beside the candidates", "gemini-2.5-pro", "gemini", "2026-02-01",
     "{\"promptTokenCount\":28,\"candidatesTokenCount\":100,\"thoughtsTokenCount\":1500,\"totalTokenCount\":"
     "1628}",
     28 * USD(1.25), 100 * USD(10) + 1500 * USD(10)},
    {"thoughts at a price of their own", "gemini-2.5-flash-preview-04-17", "gemini", "2025-05-01",
     "{\"promptTokenCount\":28,\"candidatesTokenCount\":100,\"thoughtsTokenCount\":1500,\"totalTokenCount\":"
     "1628}",
     28 * USD(0.15), 100 * USD(0.6) + 1500 * USD(3.5)},
    {"thoughts and nothing else", "gemini-2.5-flash", "gemini", "2026-02-01",
     "{\"promptTokenCount\":28,\"thoughtsTokenCount\":64,\"totalTokenCount\":92}", 28 * USD(0.3),
     64 * USD(2.5)},
    {"tools that the provider ran", "gemini-2.5-flash", "gemini", "2026-02-01",
     "{\"promptTokenCount\":50,\"toolUsePromptTokenCount\":200,\"candidatesTokenCount\":10,"
     "\"totalTokenCount\":260}",
     250 * USD(0.3), 10 * USD(2.5)},
    {"cached content", "gemini-2.5-flash", "gemini", "2026-02-01",
     "{\"promptTokenCount\":5000,\"cachedContentTokenCount\":4096,\"candidatesTokenCount\":10,"
     "\"totalTokenCount\":5010}",
     904 * USD(0.3) + 4096 * USD(0.03), 10 * USD(2.5)},
    {"audio among the modalities", "gemini-2.5-flash", "gemini", "2026-02-01",
     "{\"promptTokenCount\":340,\"candidatesTokenCount\":10,\"totalTokenCount\":350,\"promptTokensDetails\":["
     "{\"modality\":\"TEXT\",\"tokenCount\":20},{\"modality\":\"AUDIO\",\"tokenCount\":320}],"
     "\"candidatesTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":10}]}",
     20 * USD(0.3) + 320 * USD(1), 10 * USD(2.5)},
    {"as the Python library writes it", "gemini-2.5-flash-lite", "gemini", "2026-02-01",
     "{\"prompt_token_count\":340,\"candidates_token_count\":10,\"thoughts_token_count\":5,\"cached_content_"
     "token_count\":null,\"prompt_tokens_details\":[{\"modality\":\"AUDIO\",\"token_count\":40}],\"total_"
     "token_count\":355}",
     300 * USD(0.1) + 40 * USD(0.3), 15 * USD(0.4)},
    {"up to the larger context", "gemini-2.5-pro", "google", "2026-02-01",
     "{\"promptTokenCount\":200000,\"candidatesTokenCount\":1,\"totalTokenCount\":200001}",
     200000 * USD(1.25), 1 * USD(10)},
    {"the larger context", "gemini-3-pro-preview", "google", "2026-02-01",
     "{\"promptTokenCount\":200001,\"cachedContentTokenCount\":200000,\"candidatesTokenCount\":1}",
     1 * USD(4) + 200000 * USD(0.4), 1 * USD(18)},
    {"half a nano-dollar", "gemini-1.5-flash-8b-001", "gemini", "2026-02-01",
     "{\"promptTokenCount\":3,\"candidatesTokenCount\":1}", 3 * USD(0.0375), 1 * USD(0.15)},
    {"before its price fell", "gemini-1.5-pro-002", "gemini", "2024-09-30",
     "{\"promptTokenCount\":3,\"candidatesTokenCount\":1}", 3 * USD(3.5), 1 * USD(10.5)},
    {"Mistral", "mistral-large-2411", "mistral_ai", "2026-02-01",
     "{\"prompt_tokens\":20,\"completion_tokens\":18,\"total_tokens\":38,\"prompt_tokens_details\":{\"cached_"
     "tokens\":10}}",
     20 * USD(2), 18 * USD(6)},
    {"Mistral with a cache", "mistral-small-2603", "mistral", "2026-02-01",
     "{\"prompt_tokens\":20,\"completion_tokens\":18,\"total_tokens\":38,\"num_cached_tokens\":16}",
     4 * USD(0.15) + 16 * USD(0.015), 18 * USD(0.6)},
    {"Mistral, latest changes", "mistral-large-latest", "mistral", "2025-12-01",
     "{\"prompt_tokens\":20,\"completion_tokens\":18}", 20 * USD(2), 18 * USD(6)},
    {"Mistral, latest has changed", "mistral-large-latest", "mistral", "2025-12-02",
     "{\"prompt_tokens\":20,\"completion_tokens\":18}", 20 * USD(0.5), 18 * USD(1.5)},
    {"Cohere bills less than the model saw", "command-r-plus-08-2024", "cohere", "2026-02-01",
     "{\"usage\":{\"billed_units\":{\"input_tokens\":62,\"output_tokens\":28},\"tokens\":{\"input_tokens\":"
     "968,\"output_tokens\":83},\"cached_tokens\":448}}",
     62 * USD(2.5), 28 * USD(10)},
    {"end of a Cohere stream", "command-r7b-12-2024", "cohere", "2026-02-01",
     "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{\"billed_units\":{"
     "\"input_tokens\":7.0,\"output_tokens\":89.0},\"tokens\":{\"input_tokens\":69.0,\"output_tokens\":89.0}}"
     "}}",
     7 * USD(0.0375), 89 * USD(0.15)},
    {"Cohere without a bill", "command-a-03-2025", "cohere", "2026-02-01",
     "{\"tokens\":{\"input_tokens\":100,\"output_tokens\":5},\"cached_tokens\":64}", 100 * USD(2.5),
     5 * USD(10)},
    {"DeepSeek", "deepseek-chat", "deepseek", "2026-02-01",
     "{\"prompt_tokens\":100,\"completion_tokens\":5,\"total_tokens\":105,\"prompt_cache_hit_tokens\":64,"
     "\"prompt_cache_miss_tokens\":36}",
     36 * USD(0.27) + 64 * USD(0.07), 5 * USD(1.1)},
    {"a fraction of a nano-dollar", "deepseek-v4-pro", "deepseek", "2026-02-01",
     "{\"prompt_tokens\":3,\"completion_tokens\":1,\"prompt_cache_hit_tokens\":1}",
     2 * USD(0.435) + 1 * USD(0.003625), 1 * USD(0.87)},
    {"xAI counts reasoning beside the output", "grok-3-mini", "x_ai", "2026-02-01",
     "{\"prompt_tokens\":12,\"completion_tokens\":9,\"total_tokens\":321,\"prompt_tokens_details\":{\"cached_"
     "tokens\":4},\"completion_tokens_details\":{\"reasoning_tokens\":300}}",
     8 * USD(0.3) + 4 * USD(0.075), 309 * USD(0.5)},
    {"the larger context of Grok", "grok-4-0709", "xai", "2026-02-01",
     "{\"prompt_tokens\":128001,\"completion_tokens\":9}", 128001 * USD(6), 9 * USD(30)},
    {"Groq", "openai/gpt-oss-20b", "groq", "2026-02-01",
     "{\"queue_time\":0.00491786,\"prompt_tokens\":304,\"prompt_time\":0.01460151,\"completion_tokens\":49,"
     "\"completion_time\":0.11216431,\"total_tokens\":353,\"completion_tokens_details\":{\"reasoning_"
     "tokens\":23}}",
     304 * USD(0.075), 49 * USD(0.3)},
    {"nobody knows what a local model costs", "llama3.2", "ollama", "2026-02-01",
     "{\"prompt_tokens\":304,\"completion_tokens\":49}", UNPRICED, UNPRICED},
};

static int64_t nano(int64_t thousandths)
{
    return (thousandths + 500) / 1000;
}

static void usages_cost_what_the_provider_asks(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct oat_usage usage = {0};
        struct oat_call_counts counts;
        struct oat_cost cost = {.input_nano = UNPRICED, .output_nano = UNPRICED};
        bool has[OAT_COUNT_FIELDS];
        uint64_t start_ns;
        assert_true(oat_time_parse(cases[i].day, strlen(cases[i].day), &start_ns));
        assert_true(oat_usage_read(&usage, cases[i].usage, strlen(cases[i].usage)));
        oat_usage_counts(&usage, has, counts.count);
        struct oat_price_list list =
            oat_price_find(&oat_price_table_own, cases[i].model, strlen(cases[i].model), cases[i].provider,
                           strlen(cases[i].provider));
        oat_cost_of(&list, &counts, start_ns, (uint8_t)usage.tier, &cost);
        int64_t input = cases[i].input < 0 ? UNPRICED : nano(cases[i].input);
        int64_t output = cases[i].output < 0 ? UNPRICED : nano(cases[i].output);
        if (cost.input_nano == input && cost.output_nano == output)
            continue;
        failed++;
        print_error("%s, %s: %lld + %lld nano-dollars, expected %lld + %lld\n", cases[i].model, cases[i].what,
                    (long long)cost.input_nano, (long long)cost.output_nano, (long long)input,
                    (long long)output);
    }
    assert_int_equal(failed, 0);
    assert_true(sizeof cases / sizeof *cases >= 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usages_cost_what_the_provider_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
