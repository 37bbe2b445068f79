#include "httpd/json_body.h"

#include <stdio.h>
#include <string.h>

#include "httpd/log.h"

#define ARENA_MAX (16u << 20)

bool oat_json_body_refuse(struct oat_answer *answer, const char *member, const char *message)
{
    struct oat_query_error error;
    oat_log_quote(member, error.parameter, sizeof error.parameter);
    snprintf(error.message, sizeof error.message, "%s", message);
    oat_answer_bad_parameter(answer, &error);
    return false;
}

bool oat_json_body_read(const struct oat_call *call, struct oat_json_body *ret, struct oat_answer *answer)
{
    *ret = (struct oat_json_body){.arena.limit = ARENA_MAX};
    ret->doc.arena = &ret->arena;
    int rc = oat_jdoc_parse_all(&ret->doc, call->body ? call->body : "", call->body_len);
    if (rc == OAT_E_INVALID)
        oat_answer_error(answer, 400, "bad_json", "the body is no JSON: %s at byte %zu", ret->doc.error,
                         ret->doc.end);
    else if (rc != OAT_OK)
        oat_answer_result(answer, rc, "reading the body");
    if (rc != OAT_OK)
        return false;
    return oat_jdoc_type_of(&ret->doc, OAT_JSON_BODY_ROOT) == OAT_JSON_OBJECT ||
           oat_json_body_refuse(answer, "", "expected an object");
}

void oat_json_body_free(struct oat_json_body *body)
{
    oat_jdoc_free(&body->doc);
    oat_arena_clear(&body->arena);
}

bool oat_json_body_only(const struct oat_json_body *body, const char *const *names, struct oat_answer *answer)
{
    const struct oat_json_doc *doc = &body->doc;
    const oat_jnode root = OAT_JSON_BODY_ROOT;
    for (oat_jnode key = oat_jdoc_first_key(doc, root); key; key = oat_jdoc_next_key(doc, root, key)) {
        const char *const *name = names;
        while (*name && !oat_jdoc_is(doc, key, *name))
            name++;
        if (*name)
            continue;
        char found[40];
        oat_text text = oat_jdoc_string(doc, key);
        snprintf(found, sizeof found, "%.*s", text.bytes ? (int)(text.len < 39 ? text.len : 39) : 0,
                 text.bytes);
        return oat_json_body_refuse(answer, found, "no such member");
    }
    return true;
}

bool oat_json_body_text(struct oat_json_body *body, const char *member, const char **ret,
                        struct oat_answer *answer)
{
    oat_jnode node = oat_jdoc_get(&body->doc, OAT_JSON_BODY_ROOT, member);
    if (!node)
        return true;
    oat_text text = oat_jdoc_string(&body->doc, node);
    if (!text.bytes || memchr(text.bytes, '\0', text.len))
        return oat_json_body_refuse(answer, member, "expected a string");
    const char *copy = oat_arena_copy(&body->arena, text.bytes, text.len);
    if (!copy) {
        oat_answer_result(answer, OAT_E_NOMEM, "reading the body");
        return false;
    }
    *ret = copy;
    return true;
}
