#include "pricing/price_model.h"
#include "tests/support/unit.h"

static const struct {
    const char *model, *provider;
    const char *row, *host; /* NULL: unpriced */
} cases[] = {
    /* Names as they are, in any case. */
    {"gpt-4o", "openai", "gpt-4o", "openai"},
    {"GPT-4o", "OpenAI", "gpt-4o", "openai"},
    {"gpt-4o", "", "gpt-4o", "openai"},
    {"claude-sonnet-5", "anthropic", "claude-sonnet-5", "anthropic"},
    {"mistral-embed", "mistral_ai", "mistral-embed", "mistral"},
    {"grok-4", "x_ai", "grok-4", "xai"},
    {"voyage-3-large", "voyageai", "voyage-3-large", "voyage"},
    /* A dated version has the price of its model, unless it has one of its own. */
    {"gpt-4o-2024-08-06", "openai", "gpt-4o", "openai"},
    {"gpt-4o-2024-05-13", "openai", "gpt-4o-2024-05-13", "openai"},
    {"gpt-4-0613", "openai", "gpt-4", "openai"},
    {"gpt-4-0125-preview", "openai", "gpt-4-0125-preview", "openai"},
    {"gpt-3.5-turbo-0125", "openai", "gpt-3.5-turbo", "openai"},
    {"gpt-3.5-turbo-0613", "openai", "gpt-3.5-turbo-0613", "openai"},
    {"o3-2025-04-16", "openai", "o3", "openai"},
    {"claude-3-5-sonnet-20241022", "anthropic", "claude-3-5-sonnet", "anthropic"},
    {"claude-3-5-haiku-latest", "anthropic", "claude-3-5-haiku", "anthropic"},
    {"claude-opus-4-1-20250805", "anthropic", "claude-opus-4-1", "anthropic"},
    {"claude-sonnet-4-5-20250929", "anthropic", "claude-sonnet-4-5", "anthropic"},
    {"gemini-1.5-pro-002", "gemini", "gemini-1.5-pro", "gemini"},
    {"gemini-2.0-flash-001", "google", "gemini-2.0-flash", "gemini"},
    {"gemini-2.5-pro-preview-05-06", "google", "gemini-2.5-pro", "gemini"},
    {"gemini-2.5-flash-preview-09-2025", "google", "gemini-2.5-flash-preview-09-2025", "gemini"},
    {"command-r-08-2024", "cohere", "command-r", "cohere"},
    {"command-r-03-2024", "cohere", "command-r-03-2024", "cohere"},
    {"grok-2-1212", "xai", "grok-2", "xai"},
    {"mistral-large-2407", "mistral", "mistral-large-2407", "mistral"},
    {"codestral-latest", "mistral", "codestral", "mistral"},
    {"deepseek-r1-0528", "deepseek", "deepseek-r1", "deepseek"},
    {"text-embedding-ada-002", "openai", "text-embedding-ada-002", "openai"},
    /* Providers as conventions and libraries call them. */
    {"gpt-4o-mini", "azure.ai.openai", "gpt-4o-mini", "openai"},
    {"gpt-4o-mini", "openai.chat", "gpt-4o-mini", "openai"},
    {"gpt-4o-mini", "openai.responses", "gpt-4o-mini", "openai"},
    {"gemini-2.5-flash", "gcp.vertex_ai", "gemini-2.5-flash", "gemini"},
    {"gemini-2.5-flash", "google.generative-ai", "gemini-2.5-flash", "gemini"},
    {"claude-haiku-4-5", "anthropic.messages", "claude-haiku-4-5", "anthropic"},
    /* Azure. */
    {"azure/gpt-4o-mini", "", "gpt-4o-mini", "openai"},
    {"gpt-35-turbo", "azure", "gpt-3.5-turbo", "openai"},
    {"gpt-35-turbo-0613", "azure", "gpt-3.5-turbo-0613", "openai"},
    /* Bedrock: its own prices where it has them, else the maker's. */
    {"anthropic.claude-3-5-sonnet-20241022-v2:0", "aws.bedrock", "claude-3-5-sonnet", "anthropic"},
    {"us.anthropic.claude-sonnet-4-20250514-v1:0", "bedrock", "claude-sonnet-4", "anthropic"},
    {"global.anthropic.claude-haiku-4-5-20251001-v1:0", "", "claude-haiku-4-5", "anthropic"},
    {"eu.amazon.nova-lite-v1:0", "aws.bedrock", "amazon.nova-lite-v1:0", "bedrock"},
    {"meta.llama3-3-70b-instruct-v1:0", "bedrock", "meta.llama3-3-70b-instruct-v1:0", "bedrock"},
    {"bedrock/converse/us.anthropic.claude-opus-4-1-20250805-v1:0", "", "claude-opus-4-1", "anthropic"},
    {"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-haiku-20240307-v1:0", "",
     "claude-3-haiku", "anthropic"},
    {"mistral.mistral-large-2402-v1:0", "bedrock", "mistral.mistral-large-2402-v1:0", "bedrock"},
    /* Vertex. */
    {"claude-3-5-sonnet@20240620", "vertex_ai", "claude-3-5-sonnet", "anthropic"},
    {"claude-opus-4-1@default", "gcp.vertex_ai", "claude-opus-4-1", "anthropic"},
    {"models/gemini-1.5-flash-8b", "gemini", "gemini-1.5-flash-8b", "gemini"},
    {"publishers/google/models/gemini-2.5-pro", "", "gemini-2.5-pro", "gemini"},
    {"projects/p/locations/eu/publishers/google/models/gemini-2.5-pro", "", "gemini-2.5-pro", "gemini"},
    /* Gateways. */
    {"openai/gpt-4o", "openrouter", "gpt-4o", "openai"},
    {"anthropic/claude-3.5-sonnet", "openrouter", "claude-3-5-sonnet", "anthropic"},
    {"anthropic/claude-sonnet-4.5", "", "claude-sonnet-4-5", "anthropic"},
    {"openrouter/anthropic/claude-3.7-sonnet:thinking", "", "claude-3-7-sonnet", "anthropic"},
    {"x-ai/grok-3-beta", "openrouter", "grok-3", "xai"},
    {"google/gemini-2.5-pro", "", "gemini-2.5-pro", "gemini"},
    {"litellm_proxy/openai/gpt-5-mini", "litellm", "gpt-5-mini", "openai"},
    /* One model, the price of who answers. */
    {"openai/gpt-oss-120b", "groq", "openai/gpt-oss-120b", "groq"},
    {"groq/openai/gpt-oss-120b", "", "openai/gpt-oss-120b", "groq"},
    {"groq/llama-3.3-70b-versatile", "", "llama-3.3-70b-versatile", "groq"},
    {"openai.gpt-oss-120b-1:0", "bedrock", "openai.gpt-oss-120b-1:0", "bedrock"},
    /* Fine-tuned models have prices of their own, or none. */
    {"ft:gpt-4o-mini-2024-07-18:acme::A1b2", "openai", "ft:gpt-4o-mini", "openai"},
    {"gpt-4o-2024-08-06.ft-0123456789abcdef", "azure", "ft:gpt-4o", "openai"},
    {"ft:gpt-35-turbo-0125:acme::x", "azure", "ft:gpt-3.5-turbo", "openai"},
    {"ft:gpt-5:acme::x", "openai", NULL, NULL},
    /* What is not known has no price, however near a known one looks. */
    {"gpt-4o-ultra", "openai", NULL, NULL},
    {"gpt-4o-realtime-preview", "openai", NULL, NULL},
    {"my-deployment", "azure", NULL, NULL},
    {"gpt-4o", "ollama", NULL, NULL},
    {"ollama/gpt-4o", "", NULL, NULL},
    {"accounts/fireworks/models/deepseek-v3", "", NULL, NULL},
    {"deepseek-ai/DeepSeek-V3", "together", NULL, NULL},
    {"gpt-4o", "groq", NULL, NULL},
    {"meta-llama/llama-3-70b-instruct:free", "openrouter", NULL, NULL},
    {"text-embedding-006", "gemini", NULL, NULL},
    {"", "openai", NULL, NULL},
    {"/", "", NULL, NULL},
    {"openai/", "", NULL, NULL},
    {"ft:", "", NULL, NULL},
    {".ft-", "", NULL, NULL},
    {"-latest", "", NULL, NULL},
};

static void names_resolve_to_the_model_that_is_billed(void **state)
{
    (void)state;
    const struct oat_price_table *table = &oat_price_table_own;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct oat_price_list list = oat_price_find(table, cases[i].model, strlen(cases[i].model),
                                                    cases[i].provider, strlen(cases[i].provider));
        const char *row = list.table ? list.rows->model : "unpriced";
        const char *host = list.table ? table->providers[list.rows->provider].name : "-";
        const char *want_row = cases[i].row ? cases[i].row : "unpriced";
        const char *want_host = cases[i].host ? cases[i].host : "-";
        if (strcmp(row, want_row) != 0 || strcmp(host, want_host) != 0)
            fail_msg("%s at '%s': %s of %s, expected %s of %s", cases[i].model, cases[i].provider, row, host,
                     want_row, want_host);
    }
}

static void any_length_of_a_name_is_safe(void **state)
{
    (void)state;
    char text[4096];
    memset(text, 'a', sizeof text);
    for (size_t len = 0; len < sizeof text; len = len < 300 ? len + 1 : len * 2) {
        assert_null(oat_price_find(&oat_price_table_own, text, len, "", 0).table);
        assert_null(oat_price_find(&oat_price_table_own, "gpt-4o", 6, text, len + 1).table);
    }
    memset(text, '/', sizeof text);
    assert_null(oat_price_find(&oat_price_table_own, text, sizeof text, "", 0).table);
    memcpy(text + sizeof text - 7, "/gpt-4o", 7);
    memset(text, 'b', 200);
    assert_null(oat_price_find(&oat_price_table_own, text, sizeof text, "", 0).table);
}

static void a_name_with_a_nul_is_another_name(void **state)
{
    (void)state;
    static const char name[] = "gpt-4o\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    for (size_t len = 7; len < sizeof name; len++) {
        assert_null(oat_price_find(&oat_price_table_own, name, len, "openai", 6).table);
        assert_null(oat_price_find(&oat_price_table_own, "gpt-4o", 6, name, len).table);
    }
}

static void the_own_table_is_in_order_and_whole(void **state)
{
    (void)state;
    const struct oat_price_table *table = &oat_price_table_own;
    size_t models = 0;
    for (size_t i = 0; i < table->row_count; i++) {
        const struct oat_price *row = &table->rows[i];
        if (i > 0)
            assert_true(oat_price_compare(row - 1, row) < 0);
        models += i == 0 || strcmp(row[-1].model, row->model) != 0;
        assert_true(row->rate[OAT_PRICE_INPUT] > 0);
        if (row->rate[OAT_PRICE_CACHED_INPUT] >= 0)
            assert_true(row->rate[OAT_PRICE_CACHED_INPUT] < row->rate[OAT_PRICE_INPUT]);
        assert_true(oat_price_find(table, row->model, strlen(row->model),
                                   table->providers[row->provider].name,
                                   strlen(table->providers[row->provider].name))
                        .table == table);
    }
    assert_true(models >= 200);
    for (size_t i = 1; i < table->name_count; i++)
        assert_true(oat_price_name_compare(&table->names[i - 1], &table->names[i]) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_resolve_to_the_model_that_is_billed),
        cmocka_unit_test(any_length_of_a_name_is_safe),
        cmocka_unit_test(a_name_with_a_nul_is_another_name),
        cmocka_unit_test(the_own_table_is_in_order_and_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
