/* Which attributes and events are the input and the output. In each list the first one that is there
 * wins. A string that becomes the payload as it stands is not kept as an attribute too. */
#include "ingest/map_payload.h"

#include "ingest/map_flat.h"
#include "ingest/value_json.h"

#include <string.h>

enum source_kind {
    ATTRIBUTE = 0, /* a value: a string as it stands, anything else as JSON */
    NOT_EMPTY_MAP, /* the same, unless it is "{}" */
    ROOT_ONLY,     /* the same, of root spans */
    HTTP_ONLY,     /* the same, of http spans: where a model is called is not what it was asked */
    MESSAGES,      /* gen_ai.input.messages with gen_ai.system_instructions before them */
    FLATTENED,     /* prefix.N.member...: put together again as a JSON array */
    EVENT,         /* an attribute (`key`) of a span event (`event`) */
    EVENT_LIST,    /* events named in `event` (a star is the role), as a JSON array of their attributes */
    VERCEL_ANSWER, /* ai.response.text, with the tool calls where there are any */
};

struct source {
    enum source_kind kind;
    const char *key;
    const char *event;
    const char *media_type; /* attribute with the media type; NULL: the writer guesses */
};

static const struct source inputs[] = {
    {.key = "langfuse.observation.input"},
    {.kind = MESSAGES, .key = "gen_ai.input.messages"},
    {.key = "gen_ai.tool.call.arguments"},
    {.key = "gen_ai.retrieval.query.text"},
    {.key = "gen_ai.memory.query.text"},
    {.kind = EVENT, .key = "gen_ai.input.messages", .event = "gen_ai.client.inference.operation.details"},
    {.key = "ai.prompt.messages"},
    {.key = "ai.prompt"},
    {.key = "ai.toolCall.args"},
    {.key = "ai.value"},
    {.key = "ai.values"},
    {.kind = EVENT_LIST, .event = "gen_ai.*.message"},
    {.key = "events"},
    {.kind = FLATTENED, .key = "gen_ai.prompt."},
    {.kind = FLATTENED, .key = "llm.input_messages."},
    {.kind = FLATTENED, .key = "llm.prompts."},
    {.key = "input.value", .media_type = "input.mime_type"},
    {.key = "tool.parameters"},
    {.key = "mlflow.spanInputs"},
    {.key = "traceloop.entity.input"},
    {.key = "gen_ai.prompt"},
    {.kind = EVENT, .key = "gen_ai.prompt", .event = "gen_ai.content.prompt"},
    {.kind = NOT_EMPTY_MAP, .key = "gcp.vertex.agent.llm_request"},
    {.kind = NOT_EMPTY_MAP, .key = "gcp.vertex.agent.tool_call_args"},
    {.key = "genkit:input"},
    {.key = "lk.chat_ctx"},
    {.key = "lk.input_text"},
    {.key = "pydantic_ai.all_messages"},
    {.key = "all_messages_events"},
    {.key = "tool_arguments"},
    {.key = "request_data"},
    {.key = "reranker.query"},
    {.key = "mcp.request.argument"},
    {.kind = FLATTENED, .key = "embedding.embeddings."},
    {.key = "db.query.text"},
    {.key = "db.statement"},
    {.kind = HTTP_ONLY, .key = "url.full"},
    {.kind = HTTP_ONLY, .key = "http.url"},
    {.key = "file.path"},
    {.kind = ROOT_ONLY, .key = "langfuse.trace.input"},
};

static const struct source outputs[] = {
    {.key = "langfuse.observation.output"},
    {.key = "gen_ai.output.messages"},
    {.key = "gen_ai.tool.call.result"},
    {.key = "gen_ai.retrieval.documents"},
    {.key = "gen_ai.memory.records"},
    {.kind = EVENT, .key = "gen_ai.output.messages", .event = "gen_ai.client.inference.operation.details"},
    {.kind = VERCEL_ANSWER, .key = "ai.response.text"},
    {.key = "ai.response.object"},
    {.key = "ai.result.text"},
    {.key = "ai.result.object"},
    {.key = "ai.result.toolCalls"},
    {.key = "ai.toolCall.result"},
    {.key = "ai.embedding"},
    {.key = "ai.embeddings"},
    {.kind = EVENT_LIST, .event = "gen_ai.choice"},
    {.kind = FLATTENED, .key = "gen_ai.completion."},
    {.kind = FLATTENED, .key = "llm.output_messages."},
    {.kind = FLATTENED, .key = "llm.choices."},
    {.kind = FLATTENED, .key = "retrieval.documents."},
    {.kind = FLATTENED, .key = "reranker.output_documents."},
    {.key = "output.value", .media_type = "output.mime_type"},
    {.key = "mlflow.spanOutputs"},
    {.key = "traceloop.entity.output"},
    {.key = "gen_ai.completion"},
    {.kind = EVENT, .key = "gen_ai.completion", .event = "gen_ai.content.completion"},
    {.kind = NOT_EMPTY_MAP, .key = "gcp.vertex.agent.llm_response"},
    {.kind = NOT_EMPTY_MAP, .key = "gcp.vertex.agent.tool_response"},
    {.key = "genkit:output"},
    {.key = "lk.response.text"},
    {.key = "lk.function_tool.output"},
    {.key = "final_result"},
    {.key = "tool_response"},
    {.key = "response_data"},
    {.key = "mcp.response.value"},
    {.kind = ROOT_ONLY, .key = "langfuse.trace.output"},
};

/* What a source gives: bytes, and the attributes whose bytes they are. */
struct found {
    struct oat_import_payload payload;
    const oat_attr *from[2];
    const char *name;
};

static bool finish(struct oat_map *map, struct found *found, struct oat_json *json)
{
    oat_text text = oat_json_into_arena(json, map->arena);
    if (!text.bytes)
        return false;
    found->payload = (struct oat_import_payload){text.bytes, text.len, "application/json"};
    return true;
}

static bool of_value(struct oat_map *map, const oat_value *value, struct found *found)
{
    if (value->type == OAT_VALUE_STRING && value->len)
        found->payload = (struct oat_import_payload){value->u.string, value->len, NULL};
    else if (value->type == OAT_VALUE_BYTES && value->len)
        found->payload = (struct oat_import_payload){value->u.bytes, value->len, NULL};
    else if (value->type == OAT_VALUE_STRING || value->type == OAT_VALUE_BYTES ||
             value->type == OAT_VALUE_NULL)
        return false;
    else {
        struct oat_json json = {0};
        oat_json_value(&json, value);
        return finish(map, found, &json);
    }
    return true;
}

static bool of_attribute(struct oat_map *map, const struct source *source, struct found *found)
{
    const oat_attr *attr = oat_map_find(map, source->key);
    if (!attr || !of_value(map, &attr->value, found))
        return false;
    if (attr->value.type == OAT_VALUE_STRING || attr->value.type == OAT_VALUE_BYTES)
        found->from[0] = attr;
    oat_text media = source->media_type ? oat_map_text(map, source->media_type) : (oat_text){0};
    if (media.bytes && media.len < 128)
        found->payload.media_type = oat_arena_copy(map->arena, media.bytes, media.len);
    return true;
}

/* The system prompt may be in an attribute of its own: as the first message. */
static bool of_messages(struct oat_map *map, const struct source *source, struct found *found)
{
    const oat_attr *messages = oat_map_find(map, source->key);
    const oat_attr *system = oat_map_find(map, "gen_ai.system_instructions");
    if (!messages || !system || (system->value.type == OAT_VALUE_STRING && system->value.len == 0))
        return of_attribute(map, source, found);

    struct oat_json json = {0};
    oat_json_nested(&json, &messages->value);
    oat_text list = oat_json_into_arena(&json, map->arena);
    if (list.len < 2 || list.bytes[0] != '[')
        return of_attribute(map, source, found);
    oat_json_array_begin(&json);
    oat_json_object_begin(&json);
    oat_json_key(&json, "role");
    oat_json_cstring(&json, "system");
    oat_json_key(&json, "parts");
    oat_json_nested(&json, &system->value);
    oat_json_object_end(&json);
    if (strspn(list.bytes + 1, " \t\r\n") + 2 < list.len)
        oat_json_raw(&json, ",", 1);
    oat_json_raw(&json, list.bytes + 1, list.len - 1);
    if (messages->value.type == OAT_VALUE_STRING && system->value.type == OAT_VALUE_STRING) {
        found->from[0] = messages;
        found->from[1] = system;
    }
    found->name = "gen_ai.system_instructions+gen_ai.input.messages";
    return finish(map, found, &json);
}

static bool of_vercel_answer(struct oat_map *map, const struct source *source, struct found *found)
{
    const oat_attr *text = oat_map_find(map, "ai.response.text");
    const oat_attr *calls = oat_map_find(map, "ai.response.toolCalls");
    if (!calls || (calls->value.type == OAT_VALUE_STRING && calls->value.len == 0))
        return of_attribute(map, source, found);
    struct oat_json json = {0};
    oat_json_object_begin(&json);
    if (text) {
        oat_json_key(&json, "text");
        oat_json_value(&json, &text->value);
    }
    oat_json_key(&json, "toolCalls");
    oat_json_nested(&json, &calls->value);
    oat_json_object_end(&json);
    found->name = "ai.response.text+ai.response.toolCalls";
    return finish(map, found, &json);
}

static bool of_event(struct oat_map *map, const struct source *source, struct found *found)
{
    for (size_t i = 0; i < map->span->event_count; i++) {
        const oat_event *event = &map->span->events[i];
        if (!oat_text_is((oat_text){event->name, event->name_len}, source->event))
            continue;
        for (size_t k = event->attr_count; k-- > 0;)
            if (oat_text_is((oat_text){event->attrs[k].key, event->attrs[k].key_len}, source->key))
                return of_value(map, &event->attrs[k].value, found);
    }
    return false;
}

/* Each event as an object of its attributes; the role may be in the event's name alone. */
static bool of_event_list(struct oat_map *map, const struct source *source, struct found *found)
{
    struct oat_json json = {0};
    for (size_t i = 0; i < map->span->event_count; i++) {
        const oat_event *event = &map->span->events[i];
        oat_text role;
        if (!oat_text_matches((oat_text){event->name, event->name_len}, source->event, &role))
            continue;
        if (json.len == 0)
            oat_json_array_begin(&json);
        oat_json_object_begin(&json);
        bool has_role = false;
        for (size_t k = 0; k < event->attr_count; k++)
            has_role =
                has_role || oat_text_is((oat_text){event->attrs[k].key, event->attrs[k].key_len}, "role");
        if (role.bytes && !has_role) {
            oat_json_key(&json, "role");
            oat_json_string(&json, role.bytes, role.len);
        }
        for (size_t k = 0; k < event->attr_count; k++) {
            oat_json_key_text(&json, event->attrs[k].key, event->attrs[k].key_len);
            oat_json_nested(&json, &event->attrs[k].value);
        }
        oat_json_object_end(&json);
    }
    if (json.len == 0)
        return false;
    oat_json_array_end(&json);
    found->name = source->event;
    return finish(map, found, &json);
}

static bool of_flattened(struct oat_map *map, const struct source *source, struct found *found)
{
    struct oat_json json = {0};
    return oat_map_unflatten(map, source->key, &json) && finish(map, found, &json);
}

static bool try_source(struct oat_map *map, const struct source *source, struct found *found)
{
    static const uint8_t no_parent[8];
    *found = (struct found){.name = source->key};
    switch (source->kind) {
    case ATTRIBUTE:
        return of_attribute(map, source, found);
    case NOT_EMPTY_MAP:
        return !oat_text_is(oat_map_text(map, source->key), "{}") && of_attribute(map, source, found);
    case ROOT_ONLY:
        return memcmp(map->span->parent_id, no_parent, 8) == 0 && of_attribute(map, source, found);
    case HTTP_ONLY:
        return map->out->type == OAT_HTTP && of_attribute(map, source, found);
    case MESSAGES:
        return of_messages(map, source, found);
    case FLATTENED:
        return of_flattened(map, source, found);
    case EVENT:
        return of_event(map, source, found);
    case EVENT_LIST:
        return map->span->event_count && of_event_list(map, source, found);
    case VERCEL_ANSWER:
        return of_vercel_answer(map, source, found);
    }
    return false;
}

/* The first source that has something; false when none has. */
static bool first_of(struct oat_map *map, const struct source *sources, size_t count, struct found *found)
{
    for (size_t i = 0; i < count; i++)
        if (try_source(map, &sources[i], found))
            return true;
    return false;
}

bool oat_map_payloads(struct oat_map *map)
{
    struct found found;
    if (first_of(map, inputs, sizeof inputs / sizeof *inputs, &found)) {
        map->out->input = found.payload;
        map->input_source = found.name;
        memcpy(map->input_from, found.from, sizeof found.from);
    }
    if (first_of(map, outputs, sizeof outputs / sizeof *outputs, &found)) {
        map->out->output = found.payload;
        map->output_source = found.name;
        memcpy(map->output_from, found.from, sizeof found.from);
    }
    return !map->arena->failed;
}
