/* Inspect evaluation logs: {eval, samples} as JSON, the same in a zip container (.eval), and bare
 * event lists. */
#include "ingest/chat_inspect.h"

#include "ingest/chat_messages.h"
#include "ingest/zip.h"

#include <stdio.h>
#include <string.h>

#define ENTRY_MAX ((size_t)1 << 30)

/* What the log says of all its samples. */
struct eval {
    oat_text task, model, run_id;
};

static struct eval read_eval(const struct oat_json_doc *doc, oat_jnode root)
{
    oat_jnode eval = oat_jdoc_get(doc, root, "eval");
    return (struct eval){
        oat_chat_text(doc, eval, "task"),
        oat_chat_text(doc, eval, "model"),
        oat_chat_text(doc, eval, "run_id"),
    };
}

/* ---- Samples ------------------------------------------------------------------------------ */

static bool is_model_event(const struct oat_json_doc *doc, oat_jnode event)
{
    return oat_jdoc_is(doc, oat_jdoc_get(doc, event, "event"), "model");
}

static void read_model_event(const struct oat_json_doc *doc, oat_jnode event,
                             struct oat_chat_element *element)
{
    oat_jnode output = oat_jdoc_get(doc, event, "output");
    element->begin_ns = oat_chat_time(doc, event, "timestamp");
    element->time_ns = oat_chat_time(doc, event, "completed");
    if (element->time_ns < element->begin_ns)
        element->time_ns = element->begin_ns;
    oat_text model = oat_chat_text(doc, output, "model");
    element->model = model.bytes ? model : oat_chat_text(doc, event, "model");
    oat_chat_read_usage(doc, oat_jdoc_get(doc, output, "usage"), &element->usage);
}

/* The n-th model event made the n-th answer, when there are as many of both. */
static void join_events(struct oat_chat_reader *r, oat_jnode events)
{
    const struct oat_json_doc *doc = &r->doc;
    size_t answers = 0, calls = 0, at = 0;
    for (size_t i = 0; i < r->chat.element_count; i++)
        answers += r->chat.elements[i].role == OAT_CHAT_ASSISTANT;
    for (oat_jnode e = oat_jdoc_first(doc, events); e; e = oat_jdoc_next(doc, events, e)) {
        calls += is_model_event(doc, e);
        if (!r->chat.start_ns)
            r->chat.start_ns = oat_chat_time(doc, e, "timestamp");
        uint64_t time_ns = oat_chat_time(doc, e, "timestamp");
        if (time_ns > r->chat.end_ns)
            r->chat.end_ns = time_ns;
    }
    if (calls != answers)
        return;
    for (oat_jnode e = oat_jdoc_first(doc, events); e; e = oat_jdoc_next(doc, events, e)) {
        if (!is_model_event(doc, e))
            continue;
        while (r->chat.elements[at].role != OAT_CHAT_ASSISTANT)
            at++;
        read_model_event(doc, e, &r->chat.elements[at++]);
    }
}

/* Examples and prefilled answers were given with the input, not by the model. */
static void read_messages(struct oat_chat_reader *r, oat_jnode messages)
{
    for (oat_jnode m = oat_jdoc_first(&r->doc, messages); m; m = oat_jdoc_next(&r->doc, messages, m)) {
        oat_jnode source = oat_jdoc_get(&r->doc, m, "source");
        struct oat_chat_element *element = oat_chat_read_message(r, m);
        if (element && element->role == OAT_CHAT_ASSISTANT && source &&
            !oat_jdoc_is(&r->doc, source, "generate"))
            oat_chat_make_context(element);
    }
}

static int read_sample(struct oat_chat_reader *r, oat_jnode sample, const struct eval *eval)
{
    const struct oat_json_doc *doc = &r->doc;
    oat_jnode events = oat_jdoc_get(doc, sample, "events"), error = oat_jdoc_get(doc, sample, "error");
    oat_chat_reset(&r->chat, "inspect", oat_jdoc_raw(doc, sample));
    r->chat.name = eval->task.bytes ? eval->task : oat_text_of("inspect");
    r->chat.model = eval->model;
    read_messages(r, oat_jdoc_get(doc, sample, "messages"));
    join_events(r, events ? events : oat_jdoc_get(doc, oat_jdoc_get(doc, sample, "transcript"), "events"));
    r->chat.failed = oat_jdoc_type_of(doc, error) == OAT_JSON_OBJECT;
    r->chat.error = oat_chat_text(doc, error, "message");
    oat_chat_attr_text(&r->chat, "inspect.run_id", eval->run_id);
    oat_chat_attr_member(r, sample, "id", "inspect.sample_id");
    oat_chat_attr_member(r, sample, "epoch", "inspect.epoch");
    return oat_chat_emit(&r->out, &r->chat);
}

static bool is_inspect(const struct oat_json_doc *doc, oat_jnode root)
{
    return oat_jdoc_type_of(doc, oat_jdoc_get(doc, root, "eval")) == OAT_JSON_OBJECT &&
           oat_jdoc_type_of(doc, oat_jdoc_get(doc, root, "samples")) == OAT_JSON_ARRAY;
}

static int read_inspect(struct oat_chat_reader *r, oat_jnode root)
{
    struct eval eval = read_eval(&r->doc, root);
    oat_jnode samples = oat_jdoc_get(&r->doc, root, "samples");
    int result = OAT_OK;
    for (oat_jnode s = oat_jdoc_first(&r->doc, samples); s && result >= 0;
         s = oat_jdoc_next(&r->doc, samples, s))
        result = read_sample(r, s, &eval);
    return result;
}

/* ---- Event lists: {events: [{event: "model" ...}]} ---------------------------------------- */

static bool is_event_log(const struct oat_json_doc *doc, oat_jnode root)
{
    oat_jnode events = oat_jdoc_get(doc, root, "events");
    oat_jnode first = oat_jdoc_first(doc, events);
    return oat_jdoc_type_of(doc, events) == OAT_JSON_ARRAY && oat_jdoc_get(doc, first, "event") &&
           oat_jdoc_get(doc, first, "timestamp");
}

static struct oat_import_payload payload_at(const struct oat_json_doc *doc, oat_jnode node)
{
    oat_text raw = oat_jdoc_raw(doc, node);
    return (struct oat_import_payload){raw.bytes, raw.len, raw.bytes ? "application/json" : NULL};
}

/* Each model event has its whole input with it: nothing is to be put together. */
static int emit_event(struct oat_chat_reader *r, oat_jnode event, const uint8_t agent_id[8])
{
    const struct oat_json_doc *doc = &r->doc;
    struct oat_import_span span = {0};
    if (is_model_event(doc, event)) {
        oat_jnode choices = oat_jdoc_get(doc, oat_jdoc_get(doc, event, "output"), "choices");
        struct oat_chat_element element = {0};
        read_model_event(doc, event, &element);
        span.type = OAT_LLM;
        span.text[OAT_TEXT_NAME] = oat_text_of("chat");
        span.text[OAT_TEXT_MODEL] = element.model;
        span.input = payload_at(doc, oat_jdoc_get(doc, event, "input"));
        span.output = payload_at(doc, oat_jdoc_get(doc, oat_jdoc_first(doc, choices), "message"));
        memcpy(span.has_count, element.usage.has, sizeof span.has_count);
        memcpy(span.count, element.usage.count, sizeof span.count);
    } else if (oat_jdoc_is(doc, oat_jdoc_get(doc, event, "event"), "tool")) {
        span.type = OAT_TOOL;
        span.text[OAT_TEXT_NAME] = oat_chat_text(doc, event, "function");
        span.input = payload_at(doc, oat_jdoc_get(doc, event, "arguments"));
        span.output = payload_at(doc, oat_jdoc_get(doc, event, "result"));
    } else {
        return OAT_OK;
    }
    span.start_ns = oat_chat_time(doc, event, "timestamp");
    span.end_ns = oat_chat_time(doc, event, "completed");
    return oat_chat_span(&r->out, &span, agent_id);
}

static int read_event_log(struct oat_chat_reader *r, oat_jnode root)
{
    const struct oat_json_doc *doc = &r->doc;
    oat_jnode events = oat_jdoc_get(doc, root, "events");
    struct oat_import_span agent = {.type = OAT_AGENT};
    oat_chat_reset(&r->chat, "inspect", oat_jdoc_raw(doc, root));
    oat_chat_begin_trace(&r->out, &r->chat);
    agent.text[OAT_TEXT_NAME] = oat_text_of("inspect");
    for (oat_jnode e = oat_jdoc_first(doc, events); e; e = oat_jdoc_next(doc, events, e)) {
        uint64_t time_ns = oat_chat_time(doc, e, "timestamp");
        agent.start_ns = agent.start_ns ? agent.start_ns : time_ns;
        agent.end_ns = time_ns > agent.end_ns ? time_ns : agent.end_ns;
    }
    int result = oat_chat_span(&r->out, &agent, NULL);
    for (oat_jnode e = oat_jdoc_first(doc, events); e && result >= 0; e = oat_jdoc_next(doc, events, e))
        result = emit_event(r, e, agent.span_id);
    return result < 0 ? result : OAT_OK;
}

const struct oat_chat_format oat_chat_inspect_formats[] = {
    {"Inspect log", is_inspect, read_inspect},
    {"Inspect events", is_event_log, read_event_log},
    {NULL, NULL, NULL},
};

/* ---- The zip container -------------------------------------------------------------------- */

static bool name_matches(const struct oat_zip_entry *entry, const char *pattern)
{
    oat_text star;
    return oat_text_matches((oat_text){entry->name, entry->name_len}, pattern, &star);
}

static void unload_entry(struct oat_chat_reader *r, const struct oat_zip_entry *entry, uint8_t *bytes)
{
    oat_memory_free(r->out.sink->budget, bytes, (size_t)entry->raw_len + 1);
}

/* Unpacks and parses an entry. OAT_OK; OAT_NOTFOUND when it is damaged, which is reported; OAT_E_NOMEM. */
static int load_entry(struct oat_chat_reader *r, const struct oat_zip *zip, const struct oat_zip_entry *entry,
                      uint8_t **ret_bytes)
{
    struct oat_memory_budget *budget = r->out.sink->budget;
    uint8_t *bytes = NULL;
    size_t len, room = (size_t)entry->raw_len + 1;
    char place[100], reason[100];
    int n = (int)(entry->name_len < 80 ? entry->name_len : 80);
    snprintf(place, sizeof place, "%.*s", n, entry->name);
    if (budget && !oat_memory_budget_take(budget, room))
        return OAT_E_NOMEM;
    int result = oat_zip_read(zip, entry, ENTRY_MAX, &bytes, &len);
    snprintf(reason, sizeof reason, "%s", oat_result_text(result));
    if (result == OAT_OK) {
        result = oat_jdoc_parse_all(&r->doc, (const char *)bytes, len);
        snprintf(reason, sizeof reason, "byte %zu: %s", r->doc.end, r->doc.error);
    }
    if (result == OAT_OK) {
        *ret_bytes = bytes;
        return OAT_OK;
    }
    unload_entry(r, entry, bytes);
    if (result == OAT_E_NOMEM)
        return result;
    oat_import_reject(r->out.report, 1, place, reason);
    return OAT_NOTFOUND;
}

static oat_text keep(struct oat_chat_reader *r, oat_text text)
{
    return (oat_text){text.bytes ? oat_arena_copy(&r->arena, text.bytes, text.len) : NULL, text.len};
}

int oat_chat_read_eval(struct oat_chat_reader *r, const void *data, size_t len)
{
    struct oat_zip zip, again;
    struct oat_zip_entry entry;
    struct eval eval = {0};
    uint8_t *bytes;
    int result = OAT_OK;
    if (!oat_zip_open(&zip, data, len))
        return OAT_NOTFOUND;
    again = zip;
    while (result >= 0 && oat_zip_next(&again, &entry))
        if (name_matches(&entry, "header.json") && (result = load_entry(r, &zip, &entry, &bytes)) == OAT_OK) {
            struct eval read = read_eval(&r->doc, 1);
            eval = (struct eval){keep(r, read.task), keep(r, read.model), keep(r, read.run_id)};
            unload_entry(r, &entry, bytes);
        }
    while (result >= 0 && oat_zip_next(&zip, &entry))
        if (name_matches(&entry, "samples/*.json") &&
            (result = load_entry(r, &zip, &entry, &bytes)) == OAT_OK) {
            result = read_sample(r, 1, &eval);
            unload_entry(r, &entry, bytes);
        }
    if (result >= 0 && oat_zip_is_damaged(&zip))
        oat_import_reject(r->out.report, 1, "central directory", "an entry reaches behind its end");
    return result < 0 ? result : OAT_OK;
}
