/* Which attributes become which text fields and status. In each list the first
 * one that is there wins. */
#include "ingest/map_fields.h"

#include "ingest/number.h"

#include <math.h>
#include <string.h>
#include <strings.h>

/* ---- Text fields -------------------------------------------------------------------------- */

/* `when`: the row counts only for spans of that type; 0 = for all. */
struct text_rule {
    enum oat_text_field field;
    const char *path;
    enum oat_span_type when;
};

static const struct text_rule text_rules[] = {
    {OAT_TEXT_MODEL, "langfuse.observation.model.name", 0},
    {OAT_TEXT_MODEL, "gen_ai.response.model", 0},
    {OAT_TEXT_MODEL, "llm.response.model_name", 0},
    {OAT_TEXT_MODEL, "ai.response.model", 0},
    {OAT_TEXT_MODEL, "llm.model_name", 0},
    {OAT_TEXT_MODEL, "gen_ai.request.model", 0},
    {OAT_TEXT_MODEL, "llm.request.model_name", 0},
    {OAT_TEXT_MODEL, "ai.model.id", 0},
    {OAT_TEXT_MODEL, "embedding.model_name", 0},
    {OAT_TEXT_MODEL, "reranker.model_name", 0},
    {OAT_TEXT_MODEL, "mlflow.llm.model", 0},
    {OAT_TEXT_MODEL, "langsmith.metadata.ls_model_name", 0},
    {OAT_TEXT_MODEL, "model_name", 0},
    {OAT_TEXT_MODEL, "request_data>model", 0},
    {OAT_TEXT_MODEL, "llm.invocation_parameters>model", 0},

    {OAT_TEXT_PROVIDER, "gen_ai.provider.name", 0},
    {OAT_TEXT_PROVIDER, "gen_ai.system", 0},
    {OAT_TEXT_PROVIDER, "llm.provider", 0},
    {OAT_TEXT_PROVIDER, "llm.system", 0},
    {OAT_TEXT_PROVIDER, "mlflow.llm.provider", 0},
    {OAT_TEXT_PROVIDER, "langsmith.metadata.ls_provider", 0},
    {OAT_TEXT_PROVIDER, "ai.model.provider", 0},

    {OAT_TEXT_SESSION, "session.id", 0},
    {OAT_TEXT_SESSION, "langfuse.session.id", 0},
    {OAT_TEXT_SESSION, "gen_ai.conversation.id", 0},
    {OAT_TEXT_SESSION, "traceloop.association.properties.session_id", 0},
    {OAT_TEXT_SESSION, "langsmith.metadata.session_id", 0},
    {OAT_TEXT_SESSION, "langsmith.metadata.thread_id", 0},
    {OAT_TEXT_SESSION, "langsmith.metadata.conversation_id", 0},
    {OAT_TEXT_SESSION, "ai.telemetry.metadata.sessionId", 0},
    {OAT_TEXT_SESSION, "mlflow.trace.session", 0},

    {OAT_TEXT_USER, "user.id", 0},
    {OAT_TEXT_USER, "langfuse.user.id", 0},
    {OAT_TEXT_USER, "enduser.id", 0},
    {OAT_TEXT_USER, "gen_ai.user", 0},
    {OAT_TEXT_USER, "llm.user", 0},
    {OAT_TEXT_USER, "traceloop.association.properties.user_id", 0},
    {OAT_TEXT_USER, "langsmith.metadata.user_id", 0},
    {OAT_TEXT_USER, "ai.telemetry.metadata.userId", 0},
    {OAT_TEXT_USER, "mlflow.trace.user", 0},

    {OAT_TEXT_AGENT, "gen_ai.agent.name", 0},
    {OAT_TEXT_AGENT, "agent.name", 0},
    {OAT_TEXT_AGENT, "agent_name", 0},
    {OAT_TEXT_AGENT, "gen_ai.handoff.from_agent", 0},
    {OAT_TEXT_AGENT, "traceloop.entity.name", OAT_AGENT},

    {OAT_TEXT_OPERATION, "gen_ai.operation.name", 0},
    {OAT_TEXT_OPERATION, "ai.operationId", 0},
    {OAT_TEXT_OPERATION, "llm.request.type", 0},
    {OAT_TEXT_OPERATION, "mcp.method.name", 0},
    {OAT_TEXT_OPERATION, "db.operation.name", 0},
    {OAT_TEXT_OPERATION, "db.operation", 0},
    {OAT_TEXT_OPERATION, "http.request.method", 0},
    {OAT_TEXT_OPERATION, "http.method", 0},

    {OAT_TEXT_PROMPT_NAME, "gen_ai.prompt.name", 0},
    {OAT_TEXT_PROMPT_NAME, "langfuse.observation.prompt.name", 0},
    {OAT_TEXT_PROMPT_NAME, "traceloop.prompt.key", 0},
    {OAT_TEXT_PROMPT_NAME, "prompt.id", 0},
    {OAT_TEXT_PROMPT_NAME, "mlflow.linkedPrompts>0>name", 0},

    {OAT_TEXT_ENVIRONMENT, "langfuse.environment", 0},
    {OAT_TEXT_ENVIRONMENT, "deployment.environment.name", 0},
    {OAT_TEXT_ENVIRONMENT, "deployment.environment", 0},
    {OAT_TEXT_SERVICE, "service.name", 0},

    {OAT_TEXT_STATUS_MESSAGE, "langfuse.observation.status_message", 0},
};

/* Fields that the resource gives when the span does not. */
static const struct text_rule resource_rules[] = {
    {OAT_TEXT_SERVICE, "service.name", 0},
    {OAT_TEXT_ENVIRONMENT, "deployment.environment.name", 0},
    {OAT_TEXT_ENVIRONMENT, "deployment.environment", 0},
    {OAT_TEXT_SESSION, "session.id", 0},
    {OAT_TEXT_USER, "user.id", 0},
};

static const struct {
    const char *host; /* a pattern of oat_text_matches */
    const char *provider;
} provider_hosts[] = {
    {"api.openai.com", "openai"},
    {"api.anthropic.com", "anthropic"},
    {"generativelanguage.googleapis.com", "gcp.gemini"},
    {"aiplatform.googleapis.com", "gcp.vertex_ai"},
    {"*-aiplatform.googleapis.com", "gcp.vertex_ai"},
    {"*.openai.azure.com", "azure.ai.openai"},
    {"*.services.ai.azure.com", "azure.ai.inference"},
    {"bedrock*.amazonaws.com", "aws.bedrock"},
    {"api.mistral.ai", "mistral_ai"},
    {"api.cohere.com", "cohere"},
    {"api.groq.com", "groq"},
    {"api.deepseek.com", "deepseek"},
    {"api.x.ai", "x_ai"},
    {"api.perplexity.ai", "perplexity"},
    {"openrouter.ai", "openrouter"},
};

static const struct {
    const char *old, *now;
} provider_names[] = {
    {"vertex_ai", "gcp.vertex_ai"},
    {"vertexai", "gcp.vertex_ai"},
    {"gemini", "gcp.gemini"},
    {"google_genai", "gcp.gen_ai"},
    {"az.ai.openai", "azure.ai.openai"},
    {"azure", "azure.ai.openai"},
    {"xai", "x_ai"},
    {"az.ai.inference", "azure.ai.inference"},
    {"mistralai", "mistral_ai"},
    {"mistral", "mistral_ai"},
    {"bedrock", "aws.bedrock"},
    {"aws_bedrock", "aws.bedrock"},
    {"amazon-bedrock", "aws.bedrock"},
    {"amazon", "aws.bedrock"},
};

/* Lower case, and names of today for those of before. */
static oat_text normal_provider(struct oat_map *map, oat_text given)
{
    char *name = oat_arena_copy(map->arena, given.bytes, given.len);
    if (!name)
        return given;
    for (size_t i = 0; i < given.len; i++)
        if (name[i] >= 'A' && name[i] <= 'Z')
            name[i] = (char)(name[i] + ('a' - 'A'));
    for (size_t i = 0; i < sizeof provider_names / sizeof *provider_names; i++)
        if (strcmp(name, provider_names[i].old) == 0)
            return oat_text_of(provider_names[i].now);
    return (oat_text){name, given.len};
}

static oat_text provider_of_host(oat_text host)
{
    oat_text star;
    for (size_t i = 0; i < sizeof provider_hosts / sizeof *provider_hosts; i++)
        if (oat_text_matches(host, provider_hosts[i].host, &star))
            return oat_text_of(provider_hosts[i].provider);
    return (oat_text){0};
}

static void map_provider(struct oat_map *map)
{
    oat_text *provider = &map->out->text[OAT_TEXT_PROVIDER];
    oat_text vercel = oat_map_text(map, "ai.model.provider");
    if (!provider->bytes)
        *provider = provider_of_host(oat_map_text(map, "server.address"));
    /* Vercel's names have the API behind a point: "openai.chat", also in gen_ai.system. */
    if (provider->bytes && oat_text_same(*provider, vercel)) {
        const char *point = memchr(provider->bytes, '.', provider->len);
        if (point && point > provider->bytes)
            provider->len = (size_t)(point - provider->bytes);
    }
    if (provider->bytes)
        *provider = normal_provider(map, *provider);
}

static void map_name(struct oat_map *map)
{
    oat_text *name = &map->out->text[OAT_TEXT_NAME];
    oat_text scope = map->span->scope->name;
    *name = oat_map_text(map, "langsmith.trace.name");
    if (!name->bytes && (oat_text_begins(scope, "logfire") || oat_text_begins(scope, "pydantic-ai")))
        *name = oat_map_text(map, "logfire.msg");
    if (!name->bytes) {
        oat_text function = oat_map_text(map, "ai.telemetry.functionId");
        oat_text operation = oat_map_text(map, "ai.operationId");
        if (function.bytes && operation.bytes && function.len < 4096 && operation.len < 4096) {
            char *both = oat_arena_printf(map->arena, "%.*s:%.*s", (int)function.len, function.bytes,
                                          (int)operation.len, operation.bytes);
            if (both)
                *name = oat_text_of(both);
        }
    }
    if (!name->bytes)
        *name = map->span->name;
}

/* The agent's name when only the span's own name tells it, or it is the root of an ai.* run. */
static void map_agent(struct oat_map *map)
{
    oat_text *agent = &map->out->text[OAT_TEXT_AGENT];
    static const char invoke[] = "invoke_agent ";
    static const uint8_t no_parent[8];
    if (agent->bytes)
        return;
    if (oat_text_begins(map->span->name, invoke) && map->span->name.len > sizeof invoke - 1)
        *agent =
            (oat_text){map->span->name.bytes + sizeof invoke - 1, map->span->name.len - (sizeof invoke - 1)};
    else if (memcmp(map->span->parent_id, no_parent, 8) == 0 && oat_map_find(map, "ai.operationId"))
        *agent = oat_map_text(map, "ai.telemetry.functionId");
}

static void map_prompt_version(struct oat_map *map)
{
    static const char *const keys[] = {
        "gen_ai.prompt.version",       "langfuse.observation.prompt.version", "traceloop.prompt.version",
        "llm.prompt_template.version", "mlflow.linkedPrompts>0>version",
    };
    uint64_t version;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !map->out->has_prompt_version; i++)
        if (oat_map_count(map, keys[i], &version) && version <= UINT32_MAX) {
            map->out->has_prompt_version = true;
            map->out->prompt_version = (uint32_t)version;
        }
}

void oat_map_texts(struct oat_map *map)
{
    struct oat_import_span *out = map->out;
    for (size_t i = 0; i < sizeof text_rules / sizeof *text_rules; i++) {
        const struct text_rule *rule = &text_rules[i];
        if (!out->text[rule->field].bytes && (!rule->when || rule->when == out->type))
            out->text[rule->field] = oat_map_text(map, rule->path);
    }
    for (size_t i = 0; i < sizeof resource_rules / sizeof *resource_rules; i++) {
        const struct oat_otel_attrs *resource = &map->span->scope->resource;
        oat_text *text = &out->text[resource_rules[i].field];
        for (size_t k = 0; !text->bytes && k < resource->count; k++) {
            const oat_attr *attr = &resource->items[k];
            if (oat_text_is((oat_text){attr->key, attr->key_len}, resource_rules[i].path) &&
                attr->value.type == OAT_VALUE_STRING && attr->value.len)
                *text = (oat_text){attr->value.u.string, attr->value.len};
        }
    }
    map_name(map);
    map_provider(map);
    map_agent(map);
    map_prompt_version(map);
    out->call_id = oat_map_text(map, "gen_ai.response.id");
    if (!out->call_id.bytes)
        out->call_id = oat_map_text(map, "ai.response.id");
}

/* ---- Status ------------------------------------------------------------------------------- */

static oat_text event_text(const oat_event *event, const char *key)
{
    for (size_t i = event->attr_count; i-- > 0;) {
        const oat_attr *attr = &event->attrs[i];
        if (oat_text_is((oat_text){attr->key, attr->key_len}, key) && attr->value.type == OAT_VALUE_STRING &&
            attr->value.len)
            return (oat_text){attr->value.u.string, attr->value.len};
    }
    return (oat_text){0};
}

static bool event_is(const oat_event *event, const char *name)
{
    return oat_text_is((oat_text){event->name, event->name_len}, name);
}

static oat_text join(struct oat_map *map, oat_text a, const char *between, oat_text b)
{
    if (!a.bytes || !b.bytes)
        return a.bytes ? a : b;
    size_t n = strlen(between);
    char *text = oat_arena_alloc(map->arena, a.len + n + b.len);
    if (!text)
        return a;
    memcpy(text, a.bytes, a.len);
    memcpy(text + a.len, between, n);
    memcpy(text + a.len + n, b.bytes, b.len);
    return (oat_text){text, a.len + n + b.len};
}

/* "type: message" and the stack trace of the last exception event. */
static oat_text exception_text(struct oat_map *map)
{
    for (size_t i = map->span->event_count; i-- > 0;) {
        const oat_event *event = &map->span->events[i];
        if (!event_is(event, "exception"))
            continue;
        oat_text head =
            join(map, event_text(event, "exception.type"), ": ", event_text(event, "exception.message"));
        return join(map, head, "\n", event_text(event, "exception.stacktrace"));
    }
    return (oat_text){0};
}

void oat_map_status(struct oat_map *map)
{
    struct oat_import_span *out = map->out;
    const struct oat_otel_span *span = map->span;
    oat_text kind = oat_map_text(map, "error.type");
    double level;
    bool error = span->status_code == 2 ||
                 oat_text_is(oat_map_text(map, "langfuse.observation.level"), "ERROR") ||
                 (oat_map_double(map, "logfire.level_num", &level) && level >= 17) ||
                 (kind.bytes && span->status_code != 1);

    out->status = error ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS;
    if (span->has_status)
        out->otel_status = span->status_code == 2   ? OAT_OTEL_ERROR
                           : span->status_code == 1 ? OAT_OTEL_OK
                                                    : OAT_OTEL_UNSET;
    if (span->status_message.len)
        out->text[OAT_TEXT_STATUS_MESSAGE] = span->status_message;
    if (!error)
        return;
    out->error = exception_text(map);
    if (!out->error.bytes)
        out->error = out->text[OAT_TEXT_STATUS_MESSAGE].bytes ? out->text[OAT_TEXT_STATUS_MESSAGE] : kind;
}
