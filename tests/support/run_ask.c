#include "tests/support/run_ask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "httpd/view.h"

struct oat_answer oat_run_request(struct oat_project *project, const struct oat_lease *lease,
                                  const char *method, const char *path, const char *query, const char *body)
{
    struct oat_answer answer = {.request_id = "0123456789abcdef"};
    struct oat_routed routed;
    const struct oat_caller admin = {.role = OAT_ROLE_ADMIN, .project = project};
    const struct oat_admitted headers = {.announces_body = body != NULL};
    const struct oat_request request = {
        .method = method,
        .path = path,
        .query = query,
        .headers = &headers,
        .body_len = body ? strlen(body) : 0,
        .caller = &admin,
        .peer = "",
    };
    if (oat_route_request(&request, &routed, &answer)) {
        oat_route_handle(&routed, lease, body, request.body_len, &answer);
        oat_routed_free(&routed);
    }
    return answer;
}

json_t *oat_run_ask(const char *dir, const char *method, const char *path, const char *query,
                    const char *body, int status)
{
    struct oat_view *view;
    struct oat_lease lease;
    char why[OAT_PROBLEM_TEXT_SIZE];
    struct oat_project project = {.name = OAT_PROJECT_DEFAULT, .dir = dir, .replicas = oat_replicas_new(dir)};
    assert_int_equal(oat_view_open(dir, &view), OAT_OK);
    assert_int_equal(oat_view_lease(view, &lease, why), OAT_OK);
    project.view = view;
    struct oat_answer answer = oat_run_request(&project, &lease, method, path, query, body);
    oat_view_return(view, &lease);
    oat_view_close(view);
    oat_replicas_free(project.replicas);
    json_t *json = json_loadb(answer.body.bytes, answer.body.len, JSON_DECODE_ANY, NULL);
    if (answer.status != status || !json)
        fail_msg("%s %s: %d, not %d: %.*s", method, path, answer.status, status, (int)answer.body.len,
                 answer.body.bytes);
    oat_json_free(&answer.body);
    return json;
}

json_t *oat_run_get(const char *dir, const char *path, const char *query)
{
    return oat_run_ask(dir, "GET", path, query, NULL, 200);
}
