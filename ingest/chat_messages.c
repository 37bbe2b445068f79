/* Message lists: OpenAI and Anthropic conversations as they are sent, and the logs that hold such
 * lists (SWE-agent, tau-bench, tau2-bench). */
#include "ingest/chat_messages.h"
#include "ingest/number.h"

#include <stdio.h>
#include <string.h>

/* ---- Pieces ------------------------------------------------------------------------------- */

oat_text oat_chat_text(const struct oat_json_doc *doc, oat_jnode object, const char *key)
{
    oat_text text = oat_jdoc_string(doc, oat_jdoc_get(doc, object, key));
    return text.len ? text : (oat_text){0};
}

uint64_t oat_chat_time(const struct oat_json_doc *doc, oat_jnode object, const char *key)
{
    oat_jnode node = oat_jdoc_get(doc, object, key);
    uint64_t ns;
    double seconds;
    if (oat_parse_time(oat_jdoc_string(doc, node), &ns))
        return ns;
    return oat_jdoc_double(doc, node, &seconds) && oat_ns_of_seconds(seconds, &ns) ? ns : 0;
}

void oat_chat_attr_member(struct oat_chat_reader *reader, oat_jnode object, const char *member,
                          const char *key)
{
    oat_jnode node = oat_jdoc_get(&reader->doc, object, member);
    enum oat_json_type type = oat_jdoc_type_of(&reader->doc, node);
    if (type != OAT_JSON_NONE && type != OAT_JSON_ARRAY && type != OAT_JSON_OBJECT)
        oat_chat_attr(&reader->chat, key, oat_jdoc_to_value(&reader->doc, node));
}

static const struct {
    enum oat_count_field field;
    const char *key, *inner; /* inner: a member of the member */
} usage_keys[] = {
    {OAT_COUNT_INPUT, "prompt_tokens", NULL},
    {OAT_COUNT_INPUT, "input_tokens", NULL},
    {OAT_COUNT_OUTPUT, "completion_tokens", NULL},
    {OAT_COUNT_OUTPUT, "output_tokens", NULL},
    {OAT_COUNT_CACHED, "prompt_tokens_details", "cached_tokens"},
    {OAT_COUNT_CACHED, "input_tokens_details", "cached_tokens"},
    {OAT_COUNT_CACHED, "cache_read_input_tokens", NULL},
    {OAT_COUNT_CACHED, "input_tokens_cache_read", NULL},
    {OAT_COUNT_CACHED, "cached_tokens", NULL},
    {OAT_COUNT_CACHE_WRITE, "cache_creation_input_tokens", NULL},
    {OAT_COUNT_CACHE_WRITE, "input_tokens_cache_write", NULL},
    {OAT_COUNT_CACHE_WRITE_1H, "cache_creation", "ephemeral_1h_input_tokens"},
    {OAT_COUNT_REASONING, "completion_tokens_details", "reasoning_tokens"},
    {OAT_COUNT_REASONING, "output_tokens_details", "reasoning_tokens"},
    {OAT_COUNT_REASONING, "reasoning_tokens", NULL},
};

/* Input is all input. OpenAI's prompt_tokens have what was read from the cache in them (LiteLLM
 * writes them so for Anthropic too, without what was written to it); Anthropic's input_tokens have
 * neither. */
static void make_inclusive(const struct oat_json_doc *doc, oat_jnode usage, struct oat_chat_usage *ret)
{
    uint64_t *count = ret->count;
    uint64_t written = count[OAT_COUNT_CACHE_WRITE], read = count[OAT_COUNT_CACHED];
    bool openai = oat_jdoc_get(doc, usage, "prompt_tokens") != 0;
    bool anthropic = !openai && (oat_jdoc_get(doc, usage, "cache_read_input_tokens") ||
                                 oat_jdoc_get(doc, usage, "cache_creation_input_tokens"));
    if (!ret->has[OAT_COUNT_INPUT] || written > UINT32_MAX || read > UINT32_MAX ||
        count[OAT_COUNT_INPUT] > UINT32_MAX)
        return;
    if (anthropic || read > count[OAT_COUNT_INPUT] || (!openai && read + written > count[OAT_COUNT_INPUT]))
        count[OAT_COUNT_INPUT] += read + written;
    else if (read + written > count[OAT_COUNT_INPUT])
        count[OAT_COUNT_INPUT] += written;
}

void oat_chat_read_usage(const struct oat_json_doc *doc, oat_jnode usage, struct oat_chat_usage *ret)
{
    for (size_t i = 0; i < sizeof usage_keys / sizeof *usage_keys; i++) {
        enum oat_count_field field = usage_keys[i].field;
        oat_jnode node = oat_jdoc_get(doc, usage, usage_keys[i].key);
        if (usage_keys[i].inner)
            node = oat_jdoc_get(doc, node, usage_keys[i].inner);
        if (!ret->has[field])
            ret->has[field] = oat_jdoc_uint(doc, node, &ret->count[field]);
    }
    make_inclusive(doc, usage, ret);
}

/* ---- One message -------------------------------------------------------------------------- */

/* tool_calls[i] of OpenAI ({id, function: {name}}), of tau2 and Inspect ({id, name} or {id,
 * function}), and function_call of old. */
static void read_calls(struct oat_chat_reader *r, oat_jnode message)
{
    const struct oat_json_doc *doc = &r->doc;
    oat_jnode calls = oat_jdoc_get(doc, message, "tool_calls"),
              old = oat_jdoc_get(doc, message, "function_call");
    for (oat_jnode c = oat_jdoc_first(doc, calls); c; c = oat_jdoc_next(doc, calls, c)) {
        oat_jnode function = oat_jdoc_get(doc, c, "function");
        oat_text name = oat_jdoc_type_of(doc, function) == OAT_JSON_STRING ? oat_jdoc_string(doc, function)
                        : function ? oat_chat_text(doc, function, "name")
                                   : oat_chat_text(doc, c, "name");
        oat_chat_add_call(&r->chat, oat_jdoc_raw(doc, c), oat_chat_text(doc, c, "id"), name);
    }
    if (oat_jdoc_type_of(doc, old) == OAT_JSON_OBJECT)
        oat_chat_add_call(&r->chat, oat_jdoc_raw(doc, old), (oat_text){0}, oat_chat_text(doc, old, "name"));
}

/* Content blocks of Anthropic: tool_use is a call, tool_result an answer. A message that is one
 * answer and nothing else answers as a whole, so that it is the same bytes as in the next input. */
static void read_blocks(struct oat_chat_reader *r, oat_jnode message)
{
    const struct oat_json_doc *doc = &r->doc;
    oat_jnode content = oat_jdoc_get(doc, message, "content"), is_error;
    bool alone = oat_jdoc_type_of(doc, content) == OAT_JSON_ARRAY && oat_jdoc_count(doc, content) == 1;
    if (oat_jdoc_type_of(doc, content) != OAT_JSON_ARRAY)
        return;
    for (oat_jnode b = oat_jdoc_first(doc, content); b; b = oat_jdoc_next(doc, content, b)) {
        oat_jnode type = oat_jdoc_get(doc, b, "type");
        if (oat_jdoc_is(doc, type, "tool_use")) {
            oat_chat_add_call(&r->chat, oat_jdoc_raw(doc, b), oat_chat_text(doc, b, "id"),
                              oat_chat_text(doc, b, "name"));
        } else if (oat_jdoc_is(doc, type, "tool_result")) {
            is_error = oat_jdoc_get(doc, b, "is_error");
            oat_chat_add_result(&r->chat, oat_jdoc_raw(doc, alone ? message : b),
                                oat_chat_text(doc, b, "tool_use_id"),
                                oat_jdoc_type_of(doc, is_error) == OAT_JSON_TRUE);
        }
    }
}

static bool truthy(const struct oat_json_doc *doc, oat_jnode node)
{
    enum oat_json_type type = oat_jdoc_type_of(doc, node);
    return type == OAT_JSON_TRUE || type == OAT_JSON_OBJECT ||
           (type == OAT_JSON_STRING && oat_jdoc_string(doc, node).len);
}

struct oat_chat_element *oat_chat_read_message(struct oat_chat_reader *r, oat_jnode message)
{
    const struct oat_json_doc *doc = &r->doc;
    oat_jnode role = oat_jdoc_get(doc, message, "role");
    bool answers = oat_jdoc_is(doc, role, "assistant") || oat_jdoc_is(doc, role, "model");
    bool is_tool = oat_jdoc_is(doc, role, "tool") || oat_jdoc_is(doc, role, "function");
    enum oat_chat_role as = answers                          ? OAT_CHAT_ASSISTANT
                            : oat_jdoc_is(doc, role, "user") ? OAT_CHAT_USER
                                                             : OAT_CHAT_CONTEXT;
    struct oat_chat_element *element = oat_chat_add(&r->chat, oat_jdoc_raw(doc, message), as);
    if (!element)
        return NULL;
    element->time_ns = oat_chat_time(doc, message, "timestamp");
    if (answers) {
        double cost;
        oat_chat_read_usage(doc, oat_jdoc_get(doc, message, "usage"), &element->usage);
        element->model = oat_chat_text(doc, message, "model");
        if (oat_jdoc_double(doc, oat_jdoc_get(doc, message, "cost"), &cost) && cost > 0)
            element->usage.has_cost = oat_nano_of_usd(cost, &element->usage.cost_nano);
    }
    read_calls(r, message);
    if (is_tool) {
        oat_text id = oat_chat_text(doc, message, "tool_call_id");
        oat_chat_add_result(&r->chat, oat_jdoc_raw(doc, message),
                            id.bytes ? id : oat_chat_text(doc, message, "id"),
                            truthy(doc, oat_jdoc_get(doc, message, "error")));
    } else {
        read_blocks(r, message);
    }
    return element;
}

bool oat_chat_is_message_list(const struct oat_json_doc *doc, oat_jnode node)
{
    oat_jnode first = oat_jdoc_first(doc, node);
    return oat_jdoc_type_of(doc, node) == OAT_JSON_ARRAY &&
           oat_jdoc_type_of(doc, oat_jdoc_get(doc, first, "role")) == OAT_JSON_STRING;
}

/* A list that holds messages, if anything. */
static bool holds_messages(const struct oat_json_doc *doc, oat_jnode node)
{
    return oat_jdoc_type_of(doc, node) == OAT_JSON_ARRAY &&
           (!oat_jdoc_first(doc, node) || oat_chat_is_message_list(doc, node));
}

/* of: the list that the conversation stands in. */
static void reject_list(struct oat_chat_reader *r, const char *of, size_t index, const char *member)
{
    char place[80];
    snprintf(place, sizeof place, "%s[%zu]%s%s", of, index, *member ? "." : "", member);
    oat_import_reject(r->out.report, 1, place, "no list of messages");
}

static void read_list(struct oat_chat_reader *r, oat_jnode list)
{
    for (oat_jnode m = oat_jdoc_first(&r->doc, list); m; m = oat_jdoc_next(&r->doc, list, m))
        oat_chat_read_message(r, m);
}

static void begin(struct oat_chat_reader *r, const char *kind, oat_jnode object, const char *name)
{
    oat_chat_reset(&r->chat, kind, oat_jdoc_raw(&r->doc, object));
    r->chat.name = oat_text_of(name);
}

/* Begins a conversation and reads its messages, a member of a run; false when the run has no such
 * list, which is rejected. */
static bool begin_run(struct oat_chat_reader *r, const char *kind, oat_jnode run, const char *member,
                      const char *of, size_t index)
{
    oat_jnode messages = oat_jdoc_get(&r->doc, run, member);
    if (!holds_messages(&r->doc, messages)) {
        reject_list(r, of, index, member);
        return false;
    }
    begin(r, kind, run, kind);
    read_list(r, messages);
    return true;
}

/* ---- Plain lists -------------------------------------------------------------------------- */

static int read_message_list(struct oat_chat_reader *r, oat_jnode root)
{
    begin(r, "messages", root, "conversation");
    read_list(r, root);
    return oat_chat_emit(&r->out, &r->chat);
}

/* {messages: [...]} with what a request has besides: system, model, and perhaps the answer. */
static bool is_messages_object(const struct oat_json_doc *doc, oat_jnode root)
{
    return oat_chat_is_message_list(doc, oat_jdoc_get(doc, root, "messages"));
}

static int read_messages_object(struct oat_chat_reader *r, oat_jnode root)
{
    begin(r, "messages", root, "conversation");
    oat_jnode system = oat_jdoc_get(&r->doc, root, "system");
    if (system)
        oat_chat_add(&r->chat, oat_jdoc_raw(&r->doc, system), OAT_CHAT_CONTEXT);
    r->chat.model = oat_chat_text(&r->doc, root, "model");
    read_list(r, oat_jdoc_get(&r->doc, root, "messages"));
    return oat_chat_emit(&r->out, &r->chat);
}

/* [[message, ...], ...] or [{messages}, ...]: each a trace of its own. */
static bool is_list_of_lists(const struct oat_json_doc *doc, oat_jnode root)
{
    oat_jnode first = oat_jdoc_first(doc, root);
    return oat_jdoc_type_of(doc, root) == OAT_JSON_ARRAY &&
           (oat_chat_is_message_list(doc, first) || is_messages_object(doc, first));
}

static int read_list_of_lists(struct oat_chat_reader *r, oat_jnode root)
{
    const struct oat_json_doc *doc = &r->doc;
    size_t index = 0;
    int result = OAT_OK;
    for (oat_jnode c = oat_jdoc_first(doc, root); c && result >= 0;
         c = oat_jdoc_next(doc, root, c), index++) {
        if (is_messages_object(doc, c))
            result = read_messages_object(r, c);
        else if (holds_messages(doc, c))
            result = read_message_list(r, c);
        else
            reject_list(r, "$", index, "");
    }
    return result;
}

/* ---- SWE-agent: {history, trajectory, info} ----------------------------------------------- */

static bool is_swe_agent(const struct oat_json_doc *doc, oat_jnode root)
{
    return oat_chat_is_message_list(doc, oat_jdoc_get(doc, root, "history")) &&
           oat_jdoc_type_of(doc, oat_jdoc_get(doc, root, "trajectory")) == OAT_JSON_ARRAY;
}

/* The first word of an action is its tool. */
static oat_text command_name(oat_text action)
{
    size_t n = 0;
    while (n < action.len && n < 64 && !memchr(" \t\r\n", action.bytes[n], 4))
        n++;
    return n ? (oat_text){action.bytes, n} : oat_text_of("action");
}

/* Without tool calls an answer's action, text, is carried out, and the next message says what came of it.
 * Answers of a demonstration were not given by this run's model. */
static void read_swe_message(struct oat_chat_reader *r, oat_jnode message, bool *awaits)
{
    const struct oat_json_doc *doc = &r->doc;
    oat_jnode action = oat_jdoc_get(doc, message, "action");
    struct oat_chat_element *element = oat_chat_read_message(r, message);
    if (!element)
        return;
    if (element->role == OAT_CHAT_ASSISTANT &&
        oat_jdoc_type_of(doc, oat_jdoc_get(doc, message, "is_demo")) == OAT_JSON_TRUE) {
        oat_chat_make_context(element);
        return;
    }
    if (element->role == OAT_CHAT_USER && *awaits)
        oat_chat_add_result(&r->chat, element->bytes, (oat_text){0}, false);
    *awaits =
        element->role == OAT_CHAT_ASSISTANT && element->call_count == 0 && oat_jdoc_string(doc, action).len;
    if (*awaits)
        oat_chat_add_call(&r->chat, oat_jdoc_raw(doc, action), (oat_text){0},
                          command_name(oat_jdoc_string(doc, action)));
}

static int read_swe_agent(struct oat_chat_reader *r, oat_jnode root)
{
    const struct oat_json_doc *doc = &r->doc;
    oat_jnode history = oat_jdoc_get(doc, root, "history"), info = oat_jdoc_get(doc, root, "info");
    oat_jnode stats = oat_jdoc_get(doc, info, "model_stats");
    struct oat_chat_usage *usage = &r->chat.usage;
    bool awaits = false;
    double cost;
    begin(r, "swe-agent", root, "swe-agent");
    r->chat.agent = r->chat.name;
    for (oat_jnode m = oat_jdoc_first(doc, history); m; m = oat_jdoc_next(doc, history, m))
        read_swe_message(r, m, &awaits);
    usage->has[OAT_COUNT_INPUT] =
        oat_jdoc_uint(doc, oat_jdoc_get(doc, stats, "tokens_sent"), &usage->count[OAT_COUNT_INPUT]);
    usage->has[OAT_COUNT_OUTPUT] =
        oat_jdoc_uint(doc, oat_jdoc_get(doc, stats, "tokens_received"), &usage->count[OAT_COUNT_OUTPUT]);
    if (oat_jdoc_double(doc, oat_jdoc_get2(doc, stats, "instance_cost", "total_cost"), &cost))
        usage->has_cost = oat_nano_of_usd(cost, &usage->cost_nano);
    oat_chat_attr_member(r, root, "environment", "swe_agent.environment");
    oat_chat_attr_member(r, info, "exit_status", "swe_agent.exit_status");
    oat_chat_attr_member(r, stats, "api_calls", "swe_agent.api_calls");
    return oat_chat_emit(&r->out, &r->chat);
}

/* ---- tau-bench: [{task_id, trial, traj}] -------------------------------------------------- */

static bool is_tau(const struct oat_json_doc *doc, oat_jnode root)
{
    return oat_jdoc_type_of(doc, root) == OAT_JSON_ARRAY &&
           oat_chat_is_message_list(doc, oat_jdoc_get(doc, oat_jdoc_first(doc, root), "traj"));
}

static int read_tau(struct oat_chat_reader *r, oat_jnode root)
{
    const struct oat_json_doc *doc = &r->doc;
    size_t index = 0;
    int result = OAT_OK;
    for (oat_jnode run = oat_jdoc_first(doc, root); run && result >= 0;
         run = oat_jdoc_next(doc, root, run), index++) {
        if (!begin_run(r, "tau-bench", run, "traj", "$", index))
            continue;
        oat_chat_attr_member(r, run, "task_id", "tau.task_id");
        oat_chat_attr_member(r, run, "trial", "tau.trial");
        oat_chat_attr_member(r, run, "reward", "tau.reward");
        result = oat_chat_emit(&r->out, &r->chat);
    }
    return result;
}

/* ---- tau2-bench: {info, tasks, simulations} ----------------------------------------------- */

static bool is_tau2(const struct oat_json_doc *doc, oat_jnode root)
{
    oat_jnode list = oat_jdoc_get(doc, root, "simulations");
    return oat_jdoc_type_of(doc, list) == OAT_JSON_ARRAY &&
           oat_jdoc_type_of(doc, oat_jdoc_get(doc, oat_jdoc_first(doc, list), "messages")) == OAT_JSON_ARRAY;
}

static int read_tau2(struct oat_chat_reader *r, oat_jnode root)
{
    const struct oat_json_doc *doc = &r->doc;
    oat_jnode agent = oat_jdoc_get(doc, oat_jdoc_get(doc, root, "info"), "agent_info");
    oat_jnode list = oat_jdoc_get(doc, root, "simulations");
    size_t index = 0;
    int result = OAT_OK;
    for (oat_jnode run = oat_jdoc_first(doc, list); run && result >= 0;
         run = oat_jdoc_next(doc, list, run), index++) {
        if (!begin_run(r, "tau2-bench", run, "messages", "$.simulations", index))
            continue;
        r->chat.agent = oat_chat_text(doc, agent, "implementation");
        r->chat.model = oat_chat_text(doc, agent, "llm");
        r->chat.start_ns = oat_chat_time(doc, run, "start_time");
        r->chat.end_ns = oat_chat_time(doc, run, "end_time");
        oat_chat_attr_member(r, run, "id", "tau2.simulation_id");
        oat_chat_attr_member(r, run, "task_id", "tau2.task_id");
        oat_chat_attr_member(r, run, "trial", "tau2.trial");
        oat_chat_attr_member(r, run, "termination_reason", "tau2.termination_reason");
        oat_chat_attr_member(r, run, "user_cost", "tau2.user_cost_usd");
        oat_chat_attr_member(r, oat_jdoc_get(doc, run, "reward_info"), "reward", "tau2.reward");
        result = oat_chat_emit(&r->out, &r->chat);
    }
    return result;
}

const struct oat_chat_format oat_chat_message_formats[] = {
    {"SWE-agent trajectory", is_swe_agent, read_swe_agent},
    {"tau-bench trajectories", is_tau, read_tau},
    {"tau2-bench simulations", is_tau2, read_tau2},
    {"message list", oat_chat_is_message_list, read_message_list},
    {"messages", is_messages_object, read_messages_object},
    {"list of conversations", is_list_of_lists, read_list_of_lists},
    {NULL, NULL, NULL},
};
