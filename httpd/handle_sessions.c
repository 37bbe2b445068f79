#include "httpd/handle_sessions.h"

#include <string.h>

#include "export/field_json.h"
#include "export/span_json.h"
#include "httpd/page.h"
#include "httpd/trace_selection.h"
#include "oat/lists.h"

const char *const oat_sessions_parameters[] = {OAT_TRACE_PAGE_PARAMETERS, NULL};
const char *const oat_session_parameters[] = {OAT_PAGE_PARAMETERS, NULL};

/* ---- What is known of a session ------------------------------------------------------------------- */

/* Inside its object. */
static void put_session(struct oat_json *json, const oat_session_view *session)
{
    oat_json_text_field(json, "session_id", session->name);
    oat_json_text_field(json, "user_id", session->user);
    oat_json_count_field(json, "trace_count", true, session->trace_count);
    oat_json_count_field(json, "running_count", true, session->running_count);
    oat_json_count_field(json, "failed_count", true, session->failed_count);
    oat_json_fixed_field(json, "start_time", true, (int64_t)session->start_ns, 9);
    oat_json_fixed_field(json, "last_seen", true, (int64_t)session->seen_ns, 9);
    oat_json_fixed_field(json, "duration_ms", session->duration_ns > 0, (int64_t)session->duration_ns, 6);
    oat_json_count_field(json, "span_count", true, session->span_count);
    oat_json_count_field(json, "error_count", true, session->error_count);
    oat_json_count_field(json, "prompt_tokens", session->has_tokens, session->input_tokens);
    oat_json_count_field(json, "completion_tokens", session->has_tokens, session->output_tokens);
    oat_json_count_field(json, "total_tokens", session->has_tokens,
                         session->input_tokens + session->output_tokens);
    oat_json_fixed_field(json, "total_cost", session->has_cost, session->cost_total_nano, 9);
}

/* ---- The list ------------------------------------------------------------------------------------- */

static void put_list(struct oat_json *json, const oat_session_list *list)
{
    bool exact;
    uint64_t total = oat_session_list_total(list, &exact);
    oat_json_object_begin(json);
    oat_json_key(json, "sessions");
    oat_json_array_begin(json);
    for (size_t i = 0; i < oat_session_list_count(list); i++) {
        oat_json_object_begin(json);
        put_session(json, oat_session_list_get(list, i));
        oat_json_object_end(json);
    }
    oat_json_array_end(json);
    oat_page_end(json, total, exact, oat_session_list_cursor(list), oat_session_list_is_partial(list));
    oat_json_object_end(json);
}

static void answer_list(const oat_snapshot *snapshot, const oat_trace_query *query, struct oat_answer *answer)
{
    oat_session_list *list;
    if (!snapshot && !query->cursor) {
        oat_page_empty(&answer->body, "sessions");
        return;
    }
    int rc = snapshot ? oat_session_list_open(snapshot, query, &list) : OAT_E_INVALID;
    if (rc == OAT_E_INVALID) {
        oat_page_bad_cursor(answer);
    } else if (rc != OAT_OK) {
        oat_answer_result(answer, rc, "reading the sessions");
    } else {
        put_list(&answer->body, list);
        oat_session_list_close(list);
    }
}

void oat_handle_sessions(const struct oat_call *call, struct oat_answer *answer)
{
    oat_trace_selection_page(call, answer_list, answer);
}

/* ---- One ------------------------------------------------------------------------------------------ */

/* The filter for the traces of a session. False answers. */
static bool filter_of(const struct oat_call *call, oat_filter **ret, struct oat_answer *answer)
{
    struct oat_json text = {0};
    oat_json_raw(&text, "trace.session_id = ", strlen("trace.session_id = "));
    oat_selection_quote(&text, call->id, call->id_len);
    bool ok = !text.failed;
    if (!ok)
        oat_answer_result(answer, OAT_E_NOMEM, "reading the path");
    ok = ok && oat_selection_filter(text.bytes, text.len, 0, "id", ret, answer);
    oat_json_free(&text);
    return ok;
}

/* What was asked and what came out, at the root of a trace: the turn that it is in its session. */
static int put_turn(struct oat_json *json, const oat_snapshot *snapshot, const oat_trace_view *view)
{
    oat_trace *trace;
    oat_json_object_begin(json);
    oat_json_key(json, "trace");
    int rc = oat_json_trace_summary(json, snapshot, view);
    if (rc == OAT_OK)
        rc = oat_trace_open(snapshot, view->trace_id, &trace);
    if (rc != OAT_OK)
        return rc;
    size_t count;
    const oat_span_view *root = oat_trace_spans(trace, &count);
    oat_json_key(json, "root_span");
    rc = oat_json_span(json, snapshot, trace, root, OAT_JSON_PREVIEWS);
    oat_trace_close(trace);
    oat_json_object_end(json);
    return rc;
}

static int put_turns(struct oat_json *json, const oat_snapshot *snapshot, const oat_trace_list *list)
{
    int rc = OAT_OK;
    bool exact;
    uint64_t total = oat_trace_list_total(list, &exact);
    oat_json_key(json, "turns");
    oat_json_array_begin(json);
    for (size_t i = 0; i < oat_trace_list_count(list) && rc == OAT_OK; i++)
        rc = put_turn(json, snapshot, oat_trace_list_get(list, i));
    oat_json_array_end(json);
    oat_page_end(json, total, exact, oat_trace_list_cursor(list), oat_trace_list_is_partial(list));
    return rc;
}

/* OAT_NOTFOUND: there is no such session. OAT_E_INVALID: of the cursor. */
static int put_one(struct oat_json *json, const oat_snapshot *snapshot, const oat_trace_query *turns)
{
    const oat_trace_query all = {.filter = turns->filter, .stop = turns->stop};
    oat_session_list *session;
    oat_trace_list *list;
    int rc = oat_session_list_open(snapshot, &all, &session);
    if (rc == OAT_OK && oat_session_list_count(session) == 0) {
        oat_session_list_close(session);
        return OAT_NOTFOUND;
    }
    if (rc != OAT_OK)
        return rc;
    oat_json_object_begin(json);
    put_session(json, oat_session_list_get(session, 0));
    oat_session_list_close(session);
    rc = oat_trace_list_open(snapshot, turns, &list);
    if (rc != OAT_OK)
        return rc;
    rc = put_turns(json, snapshot, list);
    oat_trace_list_close(list);
    oat_json_object_end(json);
    return rc;
}

void oat_handle_session(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_page page;
    oat_filter *filter;
    if (!oat_page_read(call->query, &page, answer) || !filter_of(call, &filter, answer))
        return;
    const oat_trace_query turns = {.filter = filter,
                                   .ascending = true,
                                   .limit = page.limit,
                                   .offset = page.offset,
                                   .cursor = page.cursor,
                                   .stop = call->lease->stop};
    const oat_snapshot *snapshot = call->lease->snapshot;
    int rc = snapshot ? put_one(&answer->body, snapshot, &turns) : OAT_NOTFOUND;
    oat_filter_free(filter);
    if (rc == OAT_E_INVALID)
        oat_page_bad_cursor(answer);
    else if (rc != OAT_OK)
        oat_answer_result(answer, rc, "reading the session");
}
