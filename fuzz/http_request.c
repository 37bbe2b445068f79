/* A request to the daemon, from path, query and body to the answer: always one, always whole. The input is a
 * URI without its host; behind a line feed, when there is one, the body of a POST. The store is an empty
 * one. */
#include "fuzz/fuzz.h"

#include "format/json_check.h"
#include "httpd/router.h"

#include <string.h>

static void check(const struct oat_answer *answer)
{
    fuzz_require(answer->status == 200 || answer->status == 302 ||
                 (answer->status >= 400 && answer->status < 500));
    fuzz_require(answer->body.len > 0);
    if (strcmp(answer->content_type, OAT_CONTENT_JSON) == 0)
        fuzz_require(oat_json_is_valid(answer->body.bytes, answer->body.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct oat_lease no_store;
    static struct oat_project project = {.name = "default"};
    static const struct oat_caller admin = {.role = OAT_ROLE_ADMIN, .project = &project};
    static struct oat_gate *gate;
    const struct oat_gate_options gate_options = {
        .tokens_path = "/nonexistent",
        .projects = &project,
        .project_count = 1,
    };
    fuzz_require(gate || oat_gate_open(&gate_options, &gate));
    static struct oat_routed routed;
    struct oat_answer answer = {.request_id = "0123456789abcdef"};
    char *path = malloc(size + 1);
    if (!path)
        return 0;
    memcpy(path, data, size);
    path[size] = '\0';
    char *body = memchr(path, '\n', size);
    size_t body_len = 0;
    if (body) {
        *body++ = '\0';
        body_len = (size_t)(path + size - body);
    }
    char *query = strchr(path, '?');
    if (query)
        *query++ = '\0';

    const struct oat_admitted headers = {.announces_body = body != NULL};
    const struct oat_request request = {
        .method = body ? "POST" : "GET",
        .path = path,
        .query = query,
        .headers = &headers,
        .body_len = body_len,
        .caller = &admin,
        .peer = "",
        .gate = gate,
    };
    if (oat_route_request(&request, &routed, &answer)) {
        oat_route_handle(&routed, &no_store, body, body_len, &answer);
        oat_routed_free(&routed);
    }
    check(&answer);
    oat_json_free(&answer.body);
    free(path);
    return 0;
}
