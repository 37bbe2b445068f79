#include "httpd/router.h"

#include <stdlib.h>
#include <string.h>

#include "httpd/handle_health.h"
#include "httpd/handle_root.h"
#include "httpd/handle_trace.h"
#include "httpd/handle_traces.h"
#include "httpd/log.h"

static const char *const no_parameters[] = {NULL};
static const char *const list_parameters[] = {"limit", "offset", "cursor", "status", NULL};
static const char *const trace_parameters[] = {"include_blobs", NULL};
static const char *const span_parameters[] = {"trace_id", "include_blobs", NULL};

static const struct oat_route routes[] = {
    {"/", no_parameters, oat_handle_root},
    {"/health", no_parameters, oat_handle_health},
    {"/traces", list_parameters, oat_handle_traces},
    {"/traces/{id}", trace_parameters, oat_handle_trace},
    {"/spans/{id}", span_parameters, oat_handle_span},
};

bool oat_path_matches(const char *route_path, const char *path, const char **ret_id, size_t *ret_id_len)
{
    const char *hole = strstr(route_path, "{id}");
    *ret_id = NULL;
    *ret_id_len = 0;
    if (!hole)
        return strcmp(route_path, path) == 0;
    size_t before = (size_t)(hole - route_path);
    if (strncmp(route_path, path, before) != 0)
        return false;
    size_t id_len = strcspn(path + before, "/");
    if (id_len == 0 || strcmp(path + before + id_len, hole + strlen("{id}")) != 0)
        return false;
    *ret_id = path + before;
    *ret_id_len = id_len;
    return true;
}

/* All routes of a path allow reading only, as yet. */
static const char allowed_methods[] = "GET, HEAD";

static const struct oat_route *find_route(const char *path, const char **ret_id, size_t *ret_id_len)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (oat_path_matches(routes[i].path, path, ret_id, ret_id_len))
            return &routes[i];
    return NULL;
}

/* Decodes what stands in the path and the query, then calls the handler. */
static void call_handler(const struct oat_route *route, const struct oat_view *view, const char *id,
                         size_t id_len, const char *query_text, struct oat_answer *answer)
{
    struct oat_query query;
    struct oat_query_error error;
    struct oat_call call = {.view = view, .query = &query};
    char *decoded = NULL;

    if (!oat_query_parse(query_text, strlen(query_text), &query, &error) ||
        !oat_query_only(&query, route->parameters, &error)) {
        oat_answer_bad_parameter(answer, &error);
        return;
    }
    if (id) {
        decoded = malloc(id_len + 1);
        if (!decoded) {
            oat_answer_result(answer, OAT_E_NOMEM, "reading the path");
            return;
        }
        call.id = decoded;
        call.id_len = oat_percent_decode(id, id_len, false, decoded);
    }
    if (call.id_len == SIZE_MAX)
        oat_answer_error(answer, 400, "bad_path", "the id in the path is not valid percent-encoded UTF-8");
    else
        route->handle(&call, answer);
    free(decoded);
}

void oat_dispatch(const struct oat_view *view, const char *method, const char *path, const char *query,
                  struct oat_answer *answer)
{
    const char *id;
    size_t id_len;
    const struct oat_route *route = find_route(path, &id, &id_len);

    answer->status = 200;
    answer->content_type = OAT_CONTENT_JSON;
    if (!route) {
        char quoted[200];
        oat_answer_error(answer, 404, "not_found", "no such path: %s",
                         oat_log_quote(path, quoted, sizeof quoted));
    } else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        oat_answer_error(answer, 405, "method_not_allowed", "%s is not allowed for %s; allowed: %s", method,
                         route->path, allowed_methods);
        answer->allow = allowed_methods;
    } else {
        call_handler(route, view, id, id_len, query ? query : "", answer);
    }
    if (answer->body.failed)
        oat_answer_result(answer, OAT_E_NOMEM, "writing the answer");
}
