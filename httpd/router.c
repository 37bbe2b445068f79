#include "httpd/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/handle_alerts.h"
#include "httpd/handle_analytics.h"
#include "httpd/handle_blob.h"
#include "httpd/handle_conversation.h"
#include "httpd/handle_delete.h"
#include "httpd/handle_diff.h"
#include "httpd/handle_docs.h"
#include "httpd/handle_export.h"
#include "httpd/handle_facets.h"
#include "httpd/handle_health.h"
#include "httpd/handle_ingest.h"
#include "httpd/handle_login.h"
#include "httpd/handle_metrics.h"
#include "httpd/handle_otlp.h"
#include "httpd/handle_overview.h"
#include "httpd/handle_previews.h"
#include "httpd/handle_prompt_compare.h"
#include "httpd/handle_prompt_edit.h"
#include "httpd/handle_prompts.h"
#include "httpd/handle_query.h"
#include "httpd/handle_root.h"
#include "httpd/handle_scores.h"
#include "httpd/handle_segments.h"
#include "httpd/handle_sessions.h"
#include "httpd/handle_skeleton.h"
#include "httpd/handle_spans.h"
#include "httpd/handle_stats.h"
#include "httpd/handle_totals.h"
#include "httpd/handle_trace.h"
#include "httpd/handle_traces.h"
#include "httpd/handle_ui.h"
#include "httpd/handle_ws.h"
#include "httpd/log.h"
#include "httpd/mcp.h"
#include "httpd/worker.h"

#define LOGIN_BODY_MAX_BYTES  4096u
#define QUERY_BODY_MAX_BYTES  (64u << 10)
#define DELETE_BODY_MAX_BYTES (8u << 20)
#define MCP_BODY_MAX_BYTES    (256u << 10)
#define PROMPT_BODY_MAX_BYTES (2u << 20)
#define SCORE_BODY_MAX_BYTES  (1u << 20)

static const char *const none[] = {NULL};

/* clang-format off */
static const struct oat_route routes[] = {
    {OAT_GET, "/", OAT_ROLE_NONE, none, 0, OAT_ON_LOOP, oat_handle_root},
    {OAT_GET, "/alerts", OAT_ROLE_READ, oat_alerts_parameters, 0, OAT_IN_POOL, oat_handle_alerts},
    {OAT_GET, "/analytics/cost", OAT_ROLE_READ, oat_cost_parameters, 0, OAT_IN_POOL, oat_handle_cost},
    {OAT_GET, "/analytics/latency", OAT_ROLE_READ, oat_latency_parameters, 0, OAT_IN_POOL, oat_handle_latency},
    {OAT_GET, "/analytics/overview", OAT_ROLE_READ, oat_overview_parameters, 0, OAT_IN_POOL, oat_handle_overview},
    {OAT_POST, "/analytics/query", OAT_ROLE_READ, none, QUERY_BODY_MAX_BYTES, OAT_IN_POOL, oat_handle_query},
    {OAT_POST, "/api/public/otel/v1/traces", OAT_ROLE_INGEST, none, OAT_BODY_MAX_BYTES, OAT_IN_INGEST, oat_handle_otlp},
    {OAT_POST, "/api/v1/otel/v1/traces", OAT_ROLE_INGEST, none, OAT_BODY_MAX_BYTES, OAT_IN_INGEST, oat_handle_otlp},
    {OAT_GET, "/blobs/{id}", OAT_ROLE_READ, oat_blob_parameters, 0, OAT_IN_POOL, oat_handle_blob},
    {OAT_GET, "/docs", OAT_ROLE_NONE, none, 0, OAT_ON_LOOP, oat_handle_docs},
    {OAT_GET, "/docs/page.css", OAT_ROLE_NONE, none, 0, OAT_ON_LOOP, oat_handle_docs_style},
    {OAT_GET, "/docs/page.js", OAT_ROLE_NONE, none, 0, OAT_ON_LOOP, oat_handle_docs_script},
    {OAT_GET, "/export", OAT_ROLE_READ, oat_export_parameters, 0, OAT_IN_POOL, oat_handle_export},
    {OAT_GET, "/export/formats", OAT_ROLE_READ, none, 0, OAT_ON_LOOP, oat_handle_export_formats},
    {OAT_GET, "/health", OAT_ROLE_NONE, none, 0, OAT_ON_LOOP, oat_handle_health},
    {OAT_POST, "/ingest", OAT_ROLE_INGEST, none, OAT_BODY_MAX_BYTES, OAT_IN_INGEST, oat_handle_ingest},
    {OAT_POST, "/login", OAT_ROLE_NONE, none, LOGIN_BODY_MAX_BYTES, OAT_ON_LOOP, oat_handle_login},
    {OAT_POST, "/logout", OAT_ROLE_NONE, none, 0, OAT_ON_LOOP, oat_handle_logout},
    {OAT_POST, "/mcp", OAT_ROLE_READ, none, MCP_BODY_MAX_BYTES, OAT_IN_POOL, oat_handle_mcp},
    {OAT_GET, "/me", OAT_ROLE_READ, none, 0, OAT_ON_LOOP, oat_handle_me},
    {OAT_GET, "/metrics", OAT_ROLE_READ, none, 0, OAT_ON_LOOP, oat_handle_metrics},
    {OAT_GET, "/openapi.json", OAT_ROLE_NONE, none, 0, OAT_ON_LOOP, oat_handle_openapi},
    {OAT_POST, "/otel/v1/traces", OAT_ROLE_INGEST, none, OAT_BODY_MAX_BYTES, OAT_IN_INGEST, oat_handle_otlp},
    {OAT_GET, "/prompts", OAT_ROLE_READ, oat_prompts_parameters, 0, OAT_IN_POOL, oat_handle_prompts},
    {OAT_GET, "/prompts/{id}", OAT_ROLE_READ, oat_prompt_parameters, 0, OAT_IN_POOL, oat_handle_prompt},
    {OAT_POST, "/prompts/{id}", OAT_ROLE_WRITE, none, PROMPT_BODY_MAX_BYTES, OAT_IN_POOL, oat_handle_prompt_new},
    {OAT_GET, "/prompts/{id}/compare", OAT_ROLE_READ, oat_prompt_compare_parameters, 0, OAT_IN_POOL, oat_handle_prompt_compare},
    {OAT_PUT, "/prompts/{id}/labels/{label}", OAT_ROLE_WRITE, none, QUERY_BODY_MAX_BYTES, OAT_IN_POOL, oat_handle_prompt_label},
    {OAT_GET, "/prompts/{id}/pick", OAT_ROLE_READ, oat_prompt_pick_parameters, 0, OAT_IN_POOL, oat_handle_prompt_pick},
    {OAT_PUT, "/prompts/{id}/split", OAT_ROLE_WRITE, none, QUERY_BODY_MAX_BYTES, OAT_IN_POOL, oat_handle_prompt_split},
    {OAT_GET, "/ready", OAT_ROLE_NONE, none, 0, OAT_ON_LOOP, oat_handle_ready},
    {OAT_GET, "/segments/{writer}/{seq}", OAT_ROLE_INGEST, none, 0, OAT_IN_INGEST, oat_handle_segment},
    {OAT_PUT, "/segments/{writer}/{seq}/blobs", OAT_ROLE_INGEST, oat_blobs_parameters, OAT_BODY_MAX_BYTES, OAT_IN_INGEST, oat_handle_segment_blobs},
    {OAT_PUT, "/segments/{writer}/{seq}/spans", OAT_ROLE_INGEST, oat_slots_parameters, OAT_BODY_MAX_BYTES, OAT_IN_INGEST, oat_handle_segment_spans},
    {OAT_GET, "/sessions", OAT_ROLE_READ, oat_sessions_parameters, 0, OAT_IN_POOL, oat_handle_sessions},
    {OAT_GET, "/sessions/{id}", OAT_ROLE_READ, oat_session_parameters, 0, OAT_IN_POOL, oat_handle_session},
    {OAT_GET, "/spans", OAT_ROLE_READ, oat_spans_parameters, 0, OAT_IN_POOL, oat_handle_spans},
    {OAT_GET, "/spans/{id}", OAT_ROLE_READ, oat_span_parameters, 0, OAT_IN_POOL, oat_handle_span},
    {OAT_GET, "/spans/{id}/conversation", OAT_ROLE_READ, oat_conversation_parameters, 0, OAT_IN_POOL, oat_handle_conversation},
    {OAT_GET, "/spans/{id}/diff/{other}", OAT_ROLE_READ, none, 0, OAT_IN_POOL, oat_handle_span_diff},
    {OAT_POST, "/spans/{id}/scores", OAT_ROLE_WRITE, oat_scores_parameters, SCORE_BODY_MAX_BYTES, OAT_IN_POOL, oat_handle_scores},
    {OAT_GET, "/stats", OAT_ROLE_READ, none, 0, OAT_IN_POOL, oat_handle_stats},
    {OAT_GET, "/traces", OAT_ROLE_READ, oat_traces_parameters, 0, OAT_IN_POOL, oat_handle_traces},
    {OAT_POST, "/traces/delete", OAT_ROLE_ADMIN, none, DELETE_BODY_MAX_BYTES, OAT_IN_POOL, oat_handle_delete_many},
    {OAT_GET, "/traces/facets", OAT_ROLE_READ, oat_facets_parameters, 0, OAT_IN_POOL, oat_handle_facets},
    {OAT_GET, "/traces/histogram", OAT_ROLE_READ, oat_histogram_parameters, 0, OAT_IN_POOL, oat_handle_histogram},
    {OAT_GET, "/traces/previews", OAT_ROLE_READ, oat_previews_parameters, 0, OAT_IN_POOL, oat_handle_previews},
    {OAT_GET, "/traces/totals", OAT_ROLE_READ, oat_totals_parameters, 0, OAT_IN_POOL, oat_handle_totals},
    {OAT_GET, "/traces/{id}", OAT_ROLE_READ, oat_trace_parameters, 0, OAT_ON_LOOP, oat_handle_trace},
    {OAT_DELETE, "/traces/{id}", OAT_ROLE_ADMIN, oat_delete_parameters, 0, OAT_IN_POOL, oat_handle_delete},
    {OAT_GET, "/traces/{id}/diff/{other}", OAT_ROLE_READ, none, 0, OAT_IN_POOL, oat_handle_trace_diff},
    {OAT_POST, "/traces/{id}/feedback", OAT_ROLE_WRITE, none, SCORE_BODY_MAX_BYTES, OAT_IN_POOL, oat_handle_feedback},
    {OAT_GET, "/traces/{id}/skeleton", OAT_ROLE_READ, oat_skeleton_parameters, 0, OAT_IN_POOL, oat_handle_skeleton},
    {OAT_GET, "/ui/{path}", OAT_ROLE_NONE, NULL, 0, OAT_ON_LOOP, oat_handle_ui},
    {OAT_POST, "/v1/traces", OAT_ROLE_INGEST, none, OAT_BODY_MAX_BYTES, OAT_IN_INGEST, oat_handle_otlp},
    {OAT_GET, "/ws", OAT_ROLE_READ, none, 0, OAT_ON_LOOP, oat_handle_ws},
};
/* clang-format on */

size_t oat_route_number(const struct oat_route *route)
{
    return (size_t)(route - routes);
}

const struct oat_route *oat_route_at(size_t index)
{
    return index < sizeof routes / sizeof *routes ? &routes[index] : NULL;
}

bool oat_path_matches(const char *route_path, const char *path, struct oat_path_texts *ret)
{
    ret->count = 0;
    while (*route_path) {
        if (*route_path != '{') {
            if (*route_path++ != *path++)
                return false;
            continue;
        }
        bool rest = strcmp(route_path, "{path}") == 0;
        size_t len = rest ? strlen(path) : strcspn(path, "/");
        if ((len == 0 && !rest) || ret->count == OAT_PATH_TEXTS_MAX)
            return false;
        ret->texts[ret->count] = path;
        ret->lens[ret->count++] = len;
        path += len;
        route_path += strcspn(route_path, "}") + 1;
    }
    return *path == '\0';
}

/* 0: none that a route could have. */
static enum oat_method method_of(const char *name)
{
    if (strcmp(name, "GET") == 0 || strcmp(name, "HEAD") == 0)
        return OAT_GET;
    return strcmp(name, "POST") == 0     ? OAT_POST
           : strcmp(name, "PUT") == 0    ? OAT_PUT
           : strcmp(name, "DELETE") == 0 ? OAT_DELETE
                                         : 0;
}

static void answer_405(const char *method, const char *path, unsigned allowed, struct oat_answer *answer)
{
    static const char *const names[] = {"GET, HEAD", "POST", "PUT", "DELETE"};
    size_t len = 0;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (allowed & 1u << i)
            len += (size_t)snprintf(answer->allow + len, sizeof answer->allow - len, "%s%s",
                                    len > 0 ? ", " : "", names[i]);
    oat_answer_error(answer, 405, "method_not_allowed", "%s is not allowed for %s; allowed: %s", method, path,
                     answer->allow);
}

/* NULL answers 404 or 405. */
static const struct oat_route *find_route(const char *method, const char *path,
                                          struct oat_path_texts *ret_texts, struct oat_answer *answer)
{
    char quoted[200];
    unsigned allowed = 0;
    const char *found = NULL;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!oat_path_matches(routes[i].path, path, ret_texts))
            continue;
        answer->otlp = routes[i].handle == oat_handle_otlp;
        if (routes[i].method == method_of(method))
            return &routes[i];
        allowed |= routes[i].method;
        found = routes[i].path;
    }
    if (found)
        answer_405(method, found, allowed, answer);
    else
        oat_answer_error(answer, 404, "not_found", "no such path: %s",
                         oat_log_quote(path, quoted, sizeof quoted));
    return NULL;
}

static bool check_body(const struct oat_route *route, const struct oat_request *request,
                       struct oat_answer *answer)
{
    bool has_body = request->headers->announces_body || request->body_len > 0;
    answer->close = route->body_max_bytes == 0 && has_body; /* what follows may not be what it seems */
    if (answer->close)
        oat_answer_error(answer, 400, "unexpected_body", "%s takes no body", route->path);
    else if (request->body_len > route->body_max_bytes)
        oat_answer_error(answer, 413, "body_too_large", "%s takes a body of %zu bytes at most, found %zu",
                         route->path, route->body_max_bytes, request->body_len);
    else
        return true;
    return false;
}

/* Decodes a text of the path; *ret_owned is to be freed. False: answered. */
static bool read_path_text(const struct oat_path_texts *texts, size_t index, char **ret_owned,
                           const char **ret_text, size_t *ret_len, struct oat_answer *answer)
{
    if (index >= texts->count)
        return true;
    *ret_owned = malloc(texts->lens[index] + 1);
    if (!*ret_owned) {
        oat_answer_result(answer, OAT_E_NOMEM, "reading the path");
        return false;
    }
    *ret_text = *ret_owned;
    *ret_len = oat_percent_decode(texts->texts[index], texts->lens[index], false, *ret_owned);
    if (*ret_len != SIZE_MAX)
        return true;
    oat_answer_error(answer, 400, "bad_path", "the id in the path is not valid percent-encoded UTF-8");
    return false;
}

static bool read_path(const struct oat_path_texts *texts, struct oat_routed *routed,
                      struct oat_answer *answer)
{
    struct oat_call *call = &routed->call;
    if (read_path_text(texts, 0, &routed->id, &call->id, &call->id_len, answer) &&
        read_path_text(texts, 1, &routed->other, &call->other, &call->other_len, answer))
        return true;
    oat_routed_free(routed);
    return false;
}

bool oat_route_request(const struct oat_request *request, struct oat_routed *ret, struct oat_answer *answer)
{
    struct oat_path_texts texts;
    struct oat_query_error error;
    const char *text = request->query ? request->query : "";

    ret->id = NULL;
    ret->other = NULL;
    ret->route = find_route(request->method, request->path, &texts, answer);
    if (!ret->route || !oat_caller_may(request->caller, ret->route->role, answer) ||
        !check_body(ret->route, request, answer))
        return false;
    if (!oat_query_parse(text, strlen(text), &ret->query, &error) ||
        (ret->route->parameters && !oat_query_only(&ret->query, ret->route->parameters, &error))) {
        oat_answer_bad_parameter(answer, &error);
        return false;
    }
    ret->call = (struct oat_call){
        .request = request,
        .project = request->caller->project,
        .content_type = request->content_type,
        .query = &ret->query,
    };
    return read_path(&texts, ret, answer);
}

void oat_routed_free(struct oat_routed *routed)
{
    free(routed->id);
    free(routed->other);
}

void oat_route_handle(const struct oat_routed *routed, const struct oat_lease *lease, const char *body,
                      size_t body_len, struct oat_answer *answer)
{
    struct oat_call call = routed->call;
    call.lease = lease;
    call.body = body;
    call.body_len = body_len;
    answer->status = 200;
    answer->content_type = OAT_CONTENT_JSON;
    answer->tagged = false;
    answer->stream = NULL;
    routed->route->handle(&call, answer);
    if (answer->body.failed)
        oat_answer_result(answer, OAT_E_NOMEM, "writing the answer");
}
