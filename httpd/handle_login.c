#include "httpd/handle_login.h"

#include <stdio.h>

#include "ingest/json_value.h"

#define ARENA_MAX (64u << 10)

/* HttpOnly: no script sees it. SameSite=Strict: no other site has it sent. */
static void set_cookie(const struct oat_call *call, const char *value, bool ends, struct oat_answer *answer)
{
    snprintf(answer->set_cookie, sizeof answer->set_cookie,
             OAT_SESSION_COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict%s%s", value,
             call->request->is_encrypted ? "; Secure" : "", ends ? "; Max-Age=0" : "");
}

static void write_caller(const struct oat_caller *caller, struct oat_json *json)
{
    static const char *const proofs[] = {"none", "token", "session"};
    oat_json_object_begin(json);
    oat_json_key(json, "name");
    if (caller->name[0])
        oat_json_cstring(json, caller->name);
    else
        oat_json_null(json);
    oat_json_key(json, "role");
    oat_json_cstring(json, oat_role_name(caller->role));
    oat_json_key(json, "project");
    oat_json_cstring(json, caller->project->name);
    oat_json_key(json, "authenticated_by");
    oat_json_cstring(json, proofs[caller->proof]);
    oat_json_object_end(json);
}

/* {"token": "..."}; an empty text when it is anything else. */
static oat_text read_token(struct oat_json_doc *doc, const struct oat_call *call)
{
    if (oat_jdoc_parse_all(doc, call->body ? call->body : "", call->body_len) != OAT_OK)
        return (oat_text){"", 0};
    return oat_jdoc_text(doc, 1, "token");
}

void oat_handle_login(const struct oat_call *call, struct oat_answer *answer)
{
    const struct oat_request *request = call->request;
    struct oat_arena arena = {.limit = ARENA_MAX};
    struct oat_json_doc doc = {.arena = &arena};
    struct oat_caller caller;
    char cookie[OAT_SECRET_SIZE];
    oat_text token = read_token(&doc, call);

    if (token.len == 0) {
        oat_answer_error(answer, 400, "bad_json", "expected {\"token\": \"oat_...\"}");
    } else if (oat_gate_login(request->gate, token.bytes, token.len, request->peer, &caller, cookie,
                              answer)) {
        set_cookie(call, cookie, false, answer);
        write_caller(&caller, &answer->body);
    }
    oat_jdoc_free(&doc);
    oat_arena_clear(&arena);
}

void oat_handle_logout(const struct oat_call *call, struct oat_answer *answer)
{
    oat_gate_logout(call->request->gate, call->request->headers->cookie);
    set_cookie(call, "", true, answer);
    oat_json_object_begin(&answer->body);
    oat_json_object_end(&answer->body);
}

void oat_handle_me(const struct oat_call *call, struct oat_answer *answer)
{
    write_caller(call->request->caller, &answer->body);
}
