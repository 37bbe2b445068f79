/* Trajectories that are no message lists: OpenHands events and ATIF steps. */
#include "ingest/chat_agents.h"

#include "ingest/chat_messages.h"
#include "ingest/number.h"

#include <string.h>

static bool is_one_of(const struct oat_json_doc *doc, oat_jnode node, const char *const *names)
{
    for (; *names; names++)
        if (oat_jdoc_is(doc, node, *names))
            return true;
    return false;
}

/* ---- OpenHands: a list of events ---------------------------------------------------------- */

static bool is_events(const struct oat_json_doc *doc, oat_jnode list)
{
    oat_jnode first = oat_jdoc_first(doc, list);
    oat_jnode what = oat_jdoc_get2(doc, first, "action", "observation");
    return oat_jdoc_type_of(doc, list) == OAT_JSON_ARRAY && oat_jdoc_type_of(doc, what) == OAT_JSON_STRING &&
           !oat_jdoc_get(doc, first, "role");
}

/* Actions that no model chose, and actions that nothing answers. */
static const char *const not_chosen[] = {
    "system", "recall", "change_agent_state", "null", "condensation", "condensation_request", NULL};
static const char *const not_tools[] = {"message", "finish", "reject", NULL};

struct events {
    struct oat_chat_reader *r;
    bool user_seen; /* logs without `source` begin with the user's task */
    double cost;    /* so far, of all answers */
};

static void read_answer(struct events *e, oat_jnode event, struct oat_chat_element *element)
{
    const struct oat_json_doc *doc = &e->r->doc;
    oat_jnode metadata = oat_jdoc_get(doc, event, "tool_call_metadata");
    oat_jnode response = oat_jdoc_get(doc, metadata, "model_response");
    oat_jnode action = oat_jdoc_get(doc, event, "action");
    double cost;
    element->model = oat_chat_text(doc, response, "model");
    element->response_id = oat_chat_text(doc, response, "id");
    oat_chat_read_usage(doc, oat_jdoc_get(doc, response, "usage"), &element->usage);
    if (oat_jdoc_double(doc, oat_jdoc_get(doc, oat_jdoc_get(doc, event, "llm_metrics"), "accumulated_cost"),
                        &cost)) {
        if (cost > e->cost)
            element->usage.has_cost = oat_nano_of_usd(cost - e->cost, &element->usage.cost_nano);
        e->cost = cost;
    }
    if (!e->r->chat.model.bytes)
        e->r->chat.model = element->model;
    if (is_one_of(doc, action, not_tools))
        return;
    oat_text name = oat_chat_text(doc, metadata, "function_name");
    oat_chat_add_call(&e->r->chat, oat_jdoc_raw(doc, event),
                      oat_jdoc_raw(doc, oat_jdoc_get(doc, event, "id")),
                      name.bytes ? name : oat_jdoc_string(doc, action));
}

static void read_event(struct events *e, oat_jnode event)
{
    const struct oat_json_doc *doc = &e->r->doc;
    oat_jnode action = oat_jdoc_get(doc, event, "action"), source = oat_jdoc_get(doc, event, "source");
    oat_jnode observation = oat_jdoc_get(doc, event, "observation");
    bool chosen = action && !is_one_of(doc, action, not_chosen);
    bool by_user = chosen && oat_jdoc_is(doc, action, "message") &&
                   (source ? oat_jdoc_is(doc, source, "user") : !e->user_seen);
    bool by_model = chosen && !by_user && (!source || oat_jdoc_is(doc, source, "agent"));
    struct oat_chat_element *element = oat_chat_add(&e->r->chat, oat_jdoc_raw(doc, event),
                                                    by_user    ? OAT_CHAT_USER
                                                    : by_model ? OAT_CHAT_ASSISTANT
                                                               : OAT_CHAT_CONTEXT);
    if (!element)
        return;
    e->user_seen = e->user_seen || by_user;
    element->time_ns = oat_chat_time(doc, event, "timestamp");
    if (by_model)
        read_answer(e, event, element);
    else if (observation)
        oat_chat_add_result(&e->r->chat, element->bytes, oat_jdoc_raw(doc, oat_jdoc_get(doc, event, "cause")),
                            oat_jdoc_is(doc, observation, "error"));
}

static void read_events(struct oat_chat_reader *r, oat_jnode list)
{
    struct events e = {.r = r};
    for (oat_jnode event = oat_jdoc_first(&r->doc, list); event; event = oat_jdoc_next(&r->doc, list, event))
        read_event(&e, event);
}

static int read_openhands(struct oat_chat_reader *r, oat_jnode root)
{
    oat_chat_reset(&r->chat, "openhands", oat_jdoc_raw(&r->doc, root));
    r->chat.name = r->chat.agent = oat_text_of("openhands");
    read_events(r, root);
    return oat_chat_emit(&r->out, &r->chat);
}

/* {instance_id or issue, history: [event, ...], metrics}: one run of an evaluation. */
static bool is_openhands_run(const struct oat_json_doc *doc, oat_jnode root)
{
    return is_events(doc, oat_jdoc_get(doc, root, "history"));
}

static int read_openhands_run(struct oat_chat_reader *r, oat_jnode root)
{
    const struct oat_json_doc *doc = &r->doc;
    double cost;
    oat_chat_reset(&r->chat, "openhands", oat_jdoc_raw(doc, root));
    r->chat.name = r->chat.agent = oat_text_of("openhands");
    read_events(r, oat_jdoc_get(doc, root, "history"));
    if (oat_jdoc_double(doc, oat_jdoc_get(doc, oat_jdoc_get(doc, root, "metrics"), "accumulated_cost"),
                        &cost))
        r->chat.usage.has_cost = oat_nano_of_usd(cost, &r->chat.usage.cost_nano);
    r->chat.error = oat_chat_text(doc, root, "error");
    r->chat.failed = r->chat.error.bytes != NULL;
    oat_chat_attr_member(r, root, "instance_id", "openhands.instance_id");
    oat_chat_attr_member(r, root, "issue_type", "openhands.issue_type");
    oat_chat_attr_member(r, root, "success", "openhands.success");
    return oat_chat_emit(&r->out, &r->chat);
}

/* ---- ATIF: {schema_version, session_id, agent, steps} ------------------------------------- */

static bool is_atif(const struct oat_json_doc *doc, oat_jnode root)
{
    oat_text version = oat_chat_text(doc, root, "schema_version");
    return version.len >= 4 && memcmp(version.bytes, "ATIF", 4) == 0 &&
           oat_jdoc_type_of(doc, oat_jdoc_get(doc, root, "steps")) == OAT_JSON_ARRAY;
}

static void read_step_calls(struct oat_chat_reader *r, oat_jnode step)
{
    const struct oat_json_doc *doc = &r->doc;
    oat_jnode calls = oat_jdoc_get(doc, step, "tool_calls");
    oat_jnode results = oat_jdoc_get(doc, oat_jdoc_get(doc, step, "observation"), "results");
    for (oat_jnode c = oat_jdoc_first(doc, calls); c; c = oat_jdoc_next(doc, calls, c))
        oat_chat_add_call(&r->chat, oat_jdoc_raw(doc, c), oat_chat_text(doc, c, "tool_call_id"),
                          oat_chat_text(doc, c, "function_name"));
    for (oat_jnode o = oat_jdoc_first(doc, results); o; o = oat_jdoc_next(doc, results, o))
        oat_chat_add_result(&r->chat, oat_jdoc_raw(doc, o), oat_chat_text(doc, o, "source_call_id"), false);
}

static bool read_step(struct oat_chat_reader *r, oat_jnode step)
{
    const struct oat_json_doc *doc = &r->doc;
    oat_jnode source = oat_jdoc_get(doc, step, "source"), metrics = oat_jdoc_get(doc, step, "metrics");
    double cost;
    struct oat_chat_element *element = oat_chat_add(&r->chat, oat_jdoc_raw(doc, step),
                                                    oat_jdoc_is(doc, source, "agent")  ? OAT_CHAT_ASSISTANT
                                                    : oat_jdoc_is(doc, source, "user") ? OAT_CHAT_USER
                                                                                       : OAT_CHAT_CONTEXT);
    if (!element)
        return false;
    element->time_ns = oat_chat_time(doc, step, "timestamp");
    if (element->role == OAT_CHAT_ASSISTANT) {
        element->model = oat_chat_text(doc, step, "model_name");
        oat_chat_read_usage(doc, metrics, &element->usage);
        if (oat_jdoc_double(doc, oat_jdoc_get(doc, metrics, "cost_usd"), &cost))
            element->usage.has_cost = oat_nano_of_usd(cost, &element->usage.cost_nano);
    }
    read_step_calls(r, step);
    return metrics != 0;
}

static const struct {
    enum oat_count_field field;
    const char *key;
} final_counts[] = {
    {OAT_COUNT_INPUT, "total_prompt_tokens"},
    {OAT_COUNT_OUTPUT, "total_completion_tokens"},
    {OAT_COUNT_CACHED, "total_cached_tokens"},
};

static int read_atif(struct oat_chat_reader *r, oat_jnode root)
{
    const struct oat_json_doc *doc = &r->doc;
    oat_jnode agent = oat_jdoc_get(doc, root, "agent"), steps = oat_jdoc_get(doc, root, "steps");
    oat_jnode totals = oat_jdoc_get(doc, root, "final_metrics");
    struct oat_chat_usage *usage = &r->chat.usage;
    bool metered = false;
    double cost;
    oat_chat_reset(&r->chat, "atif", oat_jdoc_raw(doc, root));
    r->chat.agent = oat_chat_text(doc, agent, "name");
    r->chat.name = r->chat.agent.bytes ? r->chat.agent : oat_text_of("agent");
    r->chat.model = oat_chat_text(doc, agent, "model_name");
    r->chat.session = oat_chat_text(doc, root, "session_id");
    for (oat_jnode s = oat_jdoc_first(doc, steps); s; s = oat_jdoc_next(doc, steps, s))
        metered = read_step(r, s) || metered;
    for (size_t i = 0; !metered && i < sizeof final_counts / sizeof *final_counts; i++)
        usage->has[final_counts[i].field] = oat_jdoc_uint(doc, oat_jdoc_get(doc, totals, final_counts[i].key),
                                                          &usage->count[final_counts[i].field]);
    if (!metered && oat_jdoc_double(doc, oat_jdoc_get(doc, totals, "total_cost_usd"), &cost))
        usage->has_cost = oat_nano_of_usd(cost, &usage->cost_nano);
    oat_chat_attr_member(r, root, "schema_version", "atif.schema_version");
    oat_chat_attr_member(r, agent, "version", "atif.agent_version");
    oat_chat_attr_member(r, root, "continued_trajectory_ref", "atif.continued_trajectory_ref");
    return oat_chat_emit(&r->out, &r->chat);
}

const struct oat_chat_format oat_chat_agent_formats[] = {
    {"OpenHands events", is_events, read_openhands},
    {"OpenHands run", is_openhands_run, read_openhands_run},
    {"ATIF trajectory", is_atif, read_atif},
    {NULL, NULL, NULL},
};
