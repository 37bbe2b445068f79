#include "ingest/chat.h"

#include "ingest/synthetic.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)

/* ---- Collecting --------------------------------------------------------------------------- */

void oat_chat_reset(struct oat_chat *chat, const char *kind, oat_text identity)
{
    struct oat_chat kept = *chat;
    *chat = (struct oat_chat){
        .kind = kind,
        .identity = identity,
        .elements = kept.elements,
        .element_room = kept.element_room,
        .calls = kept.calls,
        .call_room = kept.call_room,
        .results = kept.results,
        .result_room = kept.result_room,
        .budget = kept.budget,
    };
}

void oat_chat_free(struct oat_chat *chat)
{
    oat_memory_free(chat->budget, chat->elements, chat->element_room * sizeof *chat->elements);
    oat_memory_free(chat->budget, chat->calls, chat->call_room * sizeof *chat->calls);
    oat_memory_free(chat->budget, chat->results, chat->result_room * sizeof *chat->results);
    *chat = (struct oat_chat){0};
}

/* Makes room for one more; the list, or NULL. */
static void *grow(struct oat_chat *chat, void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    size_t more = *room ? *room * 2 : 64;
    void *bigger = more < UINT32_MAX ? oat_memory_grow(chat->budget, items, *room * size, more * size) : NULL;
    if (bigger)
        *room = more;
    else
        chat->out_of_memory = true;
    return bigger;
}

struct oat_chat_element *oat_chat_add(struct oat_chat *chat, oat_text bytes, enum oat_chat_role role)
{
    void *items =
        grow(chat, chat->elements, chat->element_count, &chat->element_room, sizeof *chat->elements);
    if (!items)
        return NULL;
    chat->elements = items;
    struct oat_chat_element *element = &chat->elements[chat->element_count++];
    *element = (struct oat_chat_element){
        .bytes = bytes,
        .role = role,
        .first_call = (uint32_t)chat->call_count,
        .first_result = (uint32_t)chat->result_count,
    };
    return element;
}

void oat_chat_add_call(struct oat_chat *chat, oat_text bytes, oat_text id, oat_text name)
{
    void *items = grow(chat, chat->calls, chat->call_count, &chat->call_room, sizeof *chat->calls);
    if (!items || chat->element_count == 0)
        return;
    chat->calls = items;
    chat->calls[chat->call_count++] = (struct oat_chat_call){bytes, id, name};
    chat->elements[chat->element_count - 1].call_count++;
}

void oat_chat_add_result(struct oat_chat *chat, oat_text bytes, oat_text call_id, bool error)
{
    void *items = grow(chat, chat->results, chat->result_count, &chat->result_room, sizeof *chat->results);
    if (!items || chat->element_count == 0)
        return;
    chat->results = items;
    chat->results[chat->result_count++] = (struct oat_chat_result){
        .bytes = bytes,
        .call_id = call_id,
        .element = (uint32_t)chat->element_count - 1,
        .error = error,
    };
}

void oat_chat_make_context(struct oat_chat_element *element)
{
    element->role = OAT_CHAT_CONTEXT;
    element->call_count = 0;
}

void oat_chat_attr(struct oat_chat *chat, const char *key, oat_value value)
{
    if (value.type != OAT_VALUE_NULL && chat->attr_count < sizeof chat->attrs / sizeof *chat->attrs)
        chat->attrs[chat->attr_count++] = (oat_attr){key, strlen(key), value};
}

void oat_chat_attr_text(struct oat_chat *chat, const char *key, oat_text text)
{
    if (text.bytes && text.len)
        oat_chat_attr(chat, key,
                      (oat_value){.type = OAT_VALUE_STRING, .len = text.len, .u.string = text.bytes});
}

/* ---- Spans -------------------------------------------------------------------------------- */

void oat_chat_begin_trace(struct oat_chat_out *out, const struct oat_chat *chat)
{
    oat_synthetic_trace_id(chat->kind, chat->identity.bytes, chat->identity.len, out->trace_id);
    memset(out->parent_id, 0, sizeof out->parent_id);
    out->ordinal = 0;
    out->base_ns = oat_synthetic_start_ns(out->trace_id);
}

int oat_chat_span(struct oat_chat_out *out, struct oat_import_span *span, const uint8_t *parent_id)
{
    memcpy(span->trace_id, out->trace_id, sizeof span->trace_id);
    oat_synthetic_span_id(out->trace_id, out->ordinal++, span->span_id);
    if (parent_id)
        memcpy(span->parent_id, parent_id, sizeof span->parent_id);
    if (!span->status)
        span->status = OAT_STATUS_SUCCESS;
    if (!span->has_cost)
        span->cost_input_nano = span->cost_output_nano = -1;
    int result = out->sink->span(out->sink->arg, span);
    if (result >= 0)
        out->report->spans++;
    return result;
}

void oat_chat_out_free(struct oat_chat_out *out)
{
    oat_memory_free(out->sink->budget, out->input, out->input_room);
    out->input = NULL;
    out->input_room = 0;
}

static void set_usage(struct oat_import_span *span, const struct oat_chat_usage *usage)
{
    memcpy(span->has_count, usage->has, sizeof span->has_count);
    memcpy(span->count, usage->count, sizeof span->count);
    if (usage->has_cost) {
        span->has_cost = true;
        span->cost_total_nano = usage->cost_nano;
        span->cost_input_nano = span->cost_output_nano = -1;
    }
}

static struct oat_import_payload payload_of(oat_text bytes)
{
    if (!bytes.bytes)
        return (struct oat_import_payload){0};
    return (struct oat_import_payload){bytes.bytes, bytes.len, NULL};
}

/* One conversation while its spans are made. */
struct emit {
    struct oat_chat_out *out;
    struct oat_chat *chat;
    uint8_t agent_id[8];
    bool synthetic;
    size_t input_len; /* of out->input: "[" and the elements so far */
};

/* Fills in times that are not given: the element's before it, or one a second when there are none.
 * Time never runs backwards. */
static void fill_times(struct emit *e)
{
    struct oat_chat *chat = e->chat;
    e->synthetic = chat->start_ns == 0;
    for (size_t i = 0; i < chat->element_count; i++)
        e->synthetic = e->synthetic && chat->elements[i].time_ns == 0;
    if (e->synthetic)
        chat->start_ns = e->out->base_ns;
    uint64_t now = chat->start_ns;
    for (size_t i = 0; i < chat->element_count && now == 0; i++)
        now = chat->elements[i].time_ns;
    chat->start_ns = now;
    for (size_t i = 0; i < chat->element_count; i++) {
        struct oat_chat_element *element = &chat->elements[i];
        if (e->synthetic)
            element->time_ns = chat->start_ns + i * NS_PER_S;
        if (element->time_ns < now)
            element->time_ns = now;
        now = element->time_ns;
    }
    if (chat->end_ns < now)
        chat->end_ns = now;
    if (e->synthetic) /* the next conversation of the trace comes behind this one */
        e->out->base_ns = chat->end_ns + NS_PER_S;
}

static int emit_agent(struct emit *e)
{
    struct oat_chat *chat = e->chat;
    struct oat_import_span span = {
        .type = OAT_AGENT,
        .start_ns = chat->start_ns,
        .end_ns = chat->end_ns,
        .synthetic_time = e->synthetic,
        .attrs = chat->attrs,
        .attr_count = chat->attr_count,
        .status = chat->failed ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS,
        .error = chat->error,
    };
    span.text[OAT_TEXT_NAME] = chat->name;
    span.text[OAT_TEXT_AGENT] = chat->agent;
    span.text[OAT_TEXT_MODEL] = chat->model;
    span.text[OAT_TEXT_PROVIDER] = chat->provider;
    span.text[OAT_TEXT_SESSION] = chat->session;
    span.text[OAT_TEXT_USER] = chat->user;
    set_usage(&span, &chat->usage);
    for (size_t i = 0; i < chat->element_count; i++) {
        const struct oat_chat_element *element = &chat->elements[i];
        if (element->role == OAT_CHAT_USER && !span.input.bytes)
            span.input = payload_of(element->bytes);
        if (element->role == OAT_CHAT_ASSISTANT)
            span.output = payload_of(element->bytes);
    }
    oat_synthetic_span_id(e->out->trace_id, e->out->ordinal, e->agent_id);
    return oat_chat_span(e->out, &span, e->out->parent_id);
}

static int emit_llm(struct emit *e, const struct oat_chat_element *element, uint64_t before_ns)
{
    struct oat_chat *chat = e->chat;
    struct oat_import_span span = {
        .type = OAT_LLM,
        .start_ns =
            element->begin_ns && element->begin_ns <= element->time_ns ? element->begin_ns : before_ns,
        .end_ns = element->time_ns,
        .synthetic_time = e->synthetic,
        .call_id = element->response_id,
    };
    span.text[OAT_TEXT_NAME] = oat_text_of("chat");
    span.text[OAT_TEXT_MODEL] = element->model.bytes ? element->model : chat->model;
    span.text[OAT_TEXT_PROVIDER] = chat->provider;
    span.text[OAT_TEXT_AGENT] = chat->agent;
    span.text[OAT_TEXT_SESSION] = chat->session;
    span.text[OAT_TEXT_USER] = chat->user;
    set_usage(&span, &element->usage);
    e->out->input[e->input_len] = ']'; /* the next element's comma takes its place */
    span.input = (struct oat_import_payload){e->out->input, e->input_len + 1, "application/json"};
    span.output = payload_of(element->bytes);
    return oat_chat_span(e->out, &span, e->agent_id);
}

static struct oat_chat_result *result_of(struct oat_chat *chat, size_t from, const struct oat_chat_call *call)
{
    size_t end = from + OAT_CHAT_RESULT_WINDOW < chat->result_count ? from + OAT_CHAT_RESULT_WINDOW
                                                                    : chat->result_count;
    for (size_t i = from; i < end; i++) {
        struct oat_chat_result *result = &chat->results[i];
        if (!result->used && oat_text_same(call->id, result->call_id))
            return result;
    }
    return NULL;
}

static int emit_tool(struct emit *e, const struct oat_chat_element *element, const struct oat_chat_call *call)
{
    struct oat_chat *chat = e->chat;
    struct oat_chat_result *result = result_of(chat, element->first_result, call);
    struct oat_import_span span = {
        .type = OAT_TOOL,
        .start_ns = element->time_ns,
        .end_ns = element->time_ns,
        .synthetic_time = e->synthetic,
        .input = payload_of(call->bytes),
    };
    span.text[OAT_TEXT_NAME] = call->name;
    span.text[OAT_TEXT_AGENT] = chat->agent;
    span.text[OAT_TEXT_SESSION] = chat->session;
    span.text[OAT_TEXT_USER] = chat->user;
    if (result) {
        result->used = true;
        span.end_ns = chat->elements[result->element].time_ns;
        span.output = payload_of(result->bytes);
        span.status = result->error ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS;
    }
    return oat_chat_span(e->out, &span, e->agent_id);
}

/* Room for all elements, joined. */
static bool reserve_input(struct emit *e)
{
    size_t need = 2;
    for (size_t i = 0; i < e->chat->element_count; i++)
        need += e->chat->elements[i].bytes.len + 1;
    if (need > e->out->input_room) {
        char *bigger = oat_memory_grow(e->out->sink->budget, e->out->input, e->out->input_room, need);
        if (!bigger)
            return false;
        e->out->input = bigger;
        e->out->input_room = need;
    }
    e->out->input[0] = '[';
    e->input_len = 1;
    return true;
}

static void append_input(struct emit *e, oat_text bytes)
{
    if (e->input_len > 1)
        e->out->input[e->input_len++] = ',';
    memcpy(e->out->input + e->input_len, bytes.bytes, bytes.len);
    e->input_len += bytes.len;
}

/* True when the element is more of the answer that the model gave before. */
static bool continues(const struct oat_chat_element *element, const struct oat_chat_element *answer)
{
    return answer && element->response_id.len && oat_text_same(element->response_id, answer->response_id);
}

int oat_chat_emit_within(struct oat_chat_out *out, struct oat_chat *chat)
{
    struct emit e = {.out = out, .chat = chat};
    const struct oat_chat_element *answer = NULL;
    if (chat->out_of_memory || !reserve_input(&e))
        return OAT_E_NOMEM;
    fill_times(&e);
    uint64_t before_ns = chat->start_ns;
    int result = emit_agent(&e);
    for (size_t i = 0; i < chat->element_count && result >= 0; i++) {
        const struct oat_chat_element *element = &chat->elements[i];
        if (element->role == OAT_CHAT_ASSISTANT && !continues(element, answer)) {
            result = emit_llm(&e, element, before_ns);
            answer = element;
        }
        for (uint32_t k = 0; k < element->call_count && result >= 0; k++)
            result = emit_tool(&e, element, &chat->calls[element->first_call + k]);
        append_input(&e, element->bytes);
        before_ns = element->time_ns;
    }
    return result < 0 ? result : OAT_OK;
}

int oat_chat_emit(struct oat_chat_out *out, struct oat_chat *chat)
{
    oat_chat_begin_trace(out, chat);
    return oat_chat_emit_within(out, chat);
}
