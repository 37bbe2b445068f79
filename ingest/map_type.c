/* Which attribute says what kind of span it is: in each table the first row that answers wins. */
#include "ingest/map_type.h"

#include "format/names.h"

#include <string.h>
#include <strings.h>

struct type_name {
    const char *name;
    enum oat_span_type type;
};

static const struct type_name langfuse_types[] = {
    {"span", OAT_CHAIN},
    {"generation", OAT_LLM},
    {"event", OAT_CHAIN},
    {"embedding", OAT_EMBEDDING},
    {"agent", OAT_AGENT},
    {"tool", OAT_TOOL},
    {"chain", OAT_CHAIN},
    {"retriever", OAT_RETRIEVAL},
    {"guardrail", OAT_GUARDRAIL},
    {"evaluator", OAT_CHAIN},
    {NULL, 0},
};
static const struct type_name openinference_types[] = {
    {"llm", OAT_LLM},         {"embedding", OAT_EMBEDDING},
    {"chain", OAT_CHAIN},     {"retriever", OAT_RETRIEVAL},
    {"reranker", OAT_RERANK}, {"tool", OAT_TOOL},
    {"agent", OAT_AGENT},     {"guardrail", OAT_GUARDRAIL},
    {"evaluator", OAT_CHAIN}, {"prompt", OAT_CHAIN},
    {"decision", OAT_CHAIN},  {NULL, 0},
};
static const struct type_name langsmith_types[] = {
    {"llm", OAT_LLM},
    {"chain", OAT_CHAIN},
    {"tool", OAT_TOOL},
    {"retriever", OAT_RETRIEVAL},
    {"embedding", OAT_EMBEDDING},
    {"prompt", OAT_CHAIN},
    {"parser", OAT_CHAIN},
    {NULL, 0},
};
static const struct type_name mlflow_types[] = {
    {"llm", OAT_LLM},
    {"chat_model", OAT_LLM},
    {"agent", OAT_AGENT},
    {"tool", OAT_TOOL},
    {"retriever", OAT_RETRIEVAL},
    {"embedding", OAT_EMBEDDING},
    {"reranker", OAT_RERANK},
    {"memory", OAT_MEMORY},
    {"guardrail", OAT_GUARDRAIL},
    {"chain", OAT_CHAIN},
    {"parser", OAT_CHAIN},
    {"workflow", OAT_CHAIN},
    {"task", OAT_CHAIN},
    {"evaluator", OAT_CHAIN},
    {"unknown", OAT_CHAIN},
    {NULL, 0},
};
static const struct type_name operation_types[] = {
    {"chat", OAT_LLM},
    {"generate_content", OAT_LLM},
    {"text_completion", OAT_LLM},
    {"completion", OAT_LLM},
    {"generate", OAT_LLM},
    {"response", OAT_LLM},
    {"llm_request", OAT_LLM},
    {"speech", OAT_LLM},
    {"speech_to_text", OAT_LLM},
    {"text_to_speech", OAT_LLM},
    {"transcription", OAT_LLM},
    {"embeddings", OAT_EMBEDDING},
    {"embedding", OAT_EMBEDDING},
    {"rerank", OAT_RERANK},
    {"retrieval", OAT_RETRIEVAL},
    {"vector_db_retrieve", OAT_RETRIEVAL},
    {"execute_tool", OAT_TOOL},
    {"create_agent", OAT_AGENT},
    {"invoke_agent", OAT_AGENT},
    {"invoke_workflow", OAT_CHAIN},
    {"plan", OAT_CHAIN},
    {"execute_task", OAT_CHAIN},
    {"create_memory_store", OAT_MEMORY},
    {"delete_memory_store", OAT_MEMORY},
    {"create_memory", OAT_MEMORY},
    {"update_memory", OAT_MEMORY},
    {"upsert_memory", OAT_MEMORY},
    {"delete_memory", OAT_MEMORY},
    {"search_memory", OAT_MEMORY},
    {"handoff", OAT_HANDOFF},
    {"agent_handoff", OAT_HANDOFF},
    {"guardrail_check", OAT_GUARDRAIL},
    {"apply_guardrail", OAT_GUARDRAIL},
    {"run_guardrail", OAT_GUARDRAIL},
    {NULL, 0},
};
static const struct type_name vercel_types[] = {
    {"ai.generateText", OAT_CHAIN},
    {"ai.streamText", OAT_CHAIN},
    {"ai.generateObject", OAT_CHAIN},
    {"ai.streamObject", OAT_CHAIN},
    {"ai.generateText.doGenerate", OAT_LLM},
    {"ai.streamText.doStream", OAT_LLM},
    {"ai.generateObject.doGenerate", OAT_LLM},
    {"ai.streamObject.doStream", OAT_LLM},
    {"ai.embed", OAT_CHAIN},
    {"ai.embedMany", OAT_CHAIN},
    {"ai.embed.doEmbed", OAT_EMBEDDING},
    {"ai.embedMany.doEmbed", OAT_EMBEDDING},
    {"ai.rerank", OAT_CHAIN},
    {"ai.rerank.doRerank", OAT_RERANK},
    {"ai.toolCall", OAT_TOOL},
    {NULL, 0},
};
static const struct type_name traceloop_types[] = {
    {"workflow", OAT_CHAIN}, {"task", OAT_CHAIN},      {"agent", OAT_AGENT},
    {"tool", OAT_TOOL},      {"handoff", OAT_HANDOFF}, {NULL, 0},
};
static const struct type_name request_types[] = {
    {"chat", OAT_LLM}, {"completion", OAT_LLM}, {"embedding", OAT_EMBEDDING}, {"rerank", OAT_RERANK},
    {NULL, 0},
};
static const struct type_name genkit_types[] = {
    {"model", OAT_LLM},           {"embedder", OAT_EMBEDDING}, {"tool", OAT_TOOL},
    {"retriever", OAT_RETRIEVAL}, {"evaluator", OAT_CHAIN},    {NULL, 0},
};
static const struct type_name mcp_types[] = {
    {"tools/call", OAT_TOOL},
    {"resources/read", OAT_RETRIEVAL},
    {NULL, 0},
};
static const struct type_name database_types[] = {
    {"redis", OAT_CACHE},        {"valkey", OAT_CACHE},       {"memcached", OAT_CACHE},
    {"pinecone", OAT_RETRIEVAL}, {"chroma", OAT_RETRIEVAL},   {"chromadb", OAT_RETRIEVAL},
    {"qdrant", OAT_RETRIEVAL},   {"weaviate", OAT_RETRIEVAL}, {"milvus", OAT_RETRIEVAL},
    {"marqo", OAT_RETRIEVAL},    {"lancedb", OAT_RETRIEVAL},  {NULL, 0},
};

/* names: the value names the type (an unknown value is no answer, unless `type` is set). Without
 * names the attribute's presence is the answer; a key that ends in '.' is a prefix. */
struct type_rule {
    const char *key;
    const struct type_name *names;
    enum oat_span_type type;
};

/* Before the model attributes are asked. */
static const struct type_rule rules_first[] = {
    {"langfuse.observation.type", langfuse_types, 0},
    {"openinference.span.kind", openinference_types, 0},
    {"langsmith.span.kind", langsmith_types, 0},
    {"mlflow.spanType", mlflow_types, 0},
    {"gen_ai.operation.name", operation_types, 0},
    {"gen_ai.handoff.", NULL, OAT_HANDOFF},
    {"gen_ai.guardrail.", NULL, OAT_GUARDRAIL},
    {"ai.operationId", vercel_types, 0},
    {"operation.name", vercel_types, 0},
    {"traceloop.span.kind", traceloop_types, 0},
    {"llm.request.type", request_types, 0},
    {"gcp.vertex.agent.tool_call_args", NULL, OAT_TOOL},
    {"genkit:metadata:subtype", genkit_types, 0},
    {"lk.function_tool.output", NULL, OAT_TOOL},
    {"gen_ai.tool.name", NULL, OAT_TOOL},
    {"gen_ai.tool.call.id", NULL, OAT_TOOL},
    {"tool.name", NULL, OAT_TOOL},
    {"mcp.method.name", mcp_types, OAT_CHAIN},
    {"gen_ai.memory.", NULL, OAT_MEMORY},
    {"retrieval.documents.", NULL, OAT_RETRIEVAL},
    {"reranker.", NULL, OAT_RERANK},
    {"embedding.", NULL, OAT_EMBEDDING},
};

/* After them. */
static const struct type_rule rules_last[] = {
    {"db.vector.", NULL, OAT_RETRIEVAL},
    {"db.system.name", database_types, OAT_DATABASE},
    {"db.system", database_types, OAT_DATABASE},
    {"http.request.method", NULL, OAT_HTTP},
    {"http.method", NULL, OAT_HTTP},
    {"rpc.system", NULL, OAT_HTTP},
    {"rpc.system.name", NULL, OAT_HTTP},
    {"file.path", NULL, OAT_FILE_IO},
    {"file.name", NULL, OAT_FILE_IO},
    {"gen_ai.agent.name", NULL, OAT_AGENT},
    {"agent.name", NULL, OAT_AGENT},
    {"agent_name", NULL, OAT_AGENT},
};

static enum oat_span_type by_name(const struct type_name *names, oat_text text)
{
    for (; names->name; names++)
        if (text.len == strlen(names->name) && strncasecmp(text.bytes, names->name, text.len) == 0)
            return names->type;
    return 0;
}

static enum oat_span_type apply(const struct oat_map *map, const struct type_rule *rule)
{
    if (rule->key[strlen(rule->key) - 1] == '.')
        return oat_map_has_prefix(map, rule->key) ? rule->type : 0;
    if (!rule->names)
        return oat_map_find(map, rule->key) ? rule->type : 0;
    oat_text value = oat_map_text(map, rule->key);
    if (!value.bytes)
        return 0;
    /* "ai.streamText my-function": Vercel's operation.name has the function behind the id. */
    const char *space = rule->names == vercel_types ? memchr(value.bytes, ' ', value.len) : NULL;
    if (space)
        value.len = (size_t)(space - value.bytes);
    enum oat_span_type type = by_name(rule->names, value);
    return type ? type : rule->type;
}

static enum oat_span_type first_of(const struct oat_map *map, const struct type_rule *rules, size_t count,
                                   const struct type_rule **ret_rule)
{
    for (size_t i = 0; i < count; i++) {
        enum oat_span_type type = apply(map, &rules[i]);
        if (type) {
            *ret_rule = &rules[i];
            return type;
        }
    }
    return 0;
}

/* What the names alone hide: a Langfuse span with a model is a generation, and OpenInference writes
 * handoffs as tools. */
static enum oat_span_type correct(const struct oat_map *map, const struct type_rule *rule,
                                  enum oat_span_type type)
{
    static const struct type_name langfuse_span[] = {{"span", OAT_LLM}, {NULL, 0}};
    if (rule->names == langfuse_types && by_name(langfuse_span, oat_map_text(map, rule->key)) &&
        (oat_map_find(map, "langfuse.observation.model.name") ||
         oat_map_find(map, "langfuse.observation.usage_details")))
        return OAT_LLM;
    if (rule->names == openinference_types && type == OAT_TOOL &&
        oat_text_begins(map->span->name, "handoff to "))
        return OAT_HANDOFF;
    return type;
}

/* LiveKit's spans are told by their names. */
static enum oat_span_type by_livekit(const struct oat_map *map)
{
    static const struct type_name names[] = {
        {"agent_turn", OAT_AGENT}, {"function_tool", OAT_TOOL}, {NULL, 0}};
    return oat_text_is(map->span->scope->name, "livekit-agents") ? by_name(names, map->span->name) : 0;
}

static bool contains(oat_text text, const char *part)
{
    size_t n = strlen(part);
    for (size_t i = 0; text.bytes && i + n <= text.len; i++)
        if (strncasecmp(text.bytes + i, part, n) == 0)
            return true;
    return false;
}

static enum oat_span_type by_model(const struct oat_map *map)
{
    static const char *const keys[] = {
        "langfuse.observation.model.name",
        "model_name",
        "request_data>model",
        "gen_ai.response.model",
        "llm.response.model_name",
        "ai.response.model",
        "llm.model_name",
        "gen_ai.request.model",
        "llm.request.model_name",
        "ai.model.id",
        "mlflow.llm.model",
        "langsmith.metadata.ls_model_name",
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        oat_text model = oat_map_text(map, keys[i]);
        if (model.bytes)
            return contains(model, "embed")    ? OAT_EMBEDDING
                   : contains(model, "rerank") ? OAT_RERANK
                                               : OAT_LLM;
    }
    return 0;
}

void oat_map_type(struct oat_map *map)
{
    const struct type_rule *rule = NULL;
    oat_text own = oat_map_text(map, "oat.span_type");
    enum oat_span_type type = own.bytes ? oat_span_type_parse(own.bytes, own.len) : 0;

    if (!type) {
        type = first_of(map, rules_first, sizeof rules_first / sizeof *rules_first, &rule);
        type = type ? correct(map, rule, type) : 0;
    }
    if (!type)
        type = by_livekit(map);
    if (!type)
        type = by_model(map);
    if (!type)
        type = first_of(map, rules_last, sizeof rules_last / sizeof *rules_last, &rule);
    map->out->type = type ? type : OAT_CHAIN;
}
