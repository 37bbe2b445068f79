#include "httpd/prompt_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/json_check.h"
#include "format/utf8.h"
#include "ingest/json_value.h"
#include "reader/prompts.h"
#include "reader/text_copy.h"

#define ARENA_MAX     (8u << 20)
#define DEPTH_MAX     64u
#define VARIABLES_MAX 256u

struct reading {
    struct oat_json_doc doc;
    struct oat_arena arena;
    struct oat_prompt_body *body;
    struct oat_answer *answer;
};

static bool refuse(struct oat_answer *answer, const char *member, const char *message)
{
    struct oat_query_error error;
    snprintf(error.parameter, sizeof error.parameter, "%s", member);
    snprintf(error.message, sizeof error.message, "%s", message);
    oat_answer_bad_parameter(answer, &error);
    return false;
}

bool oat_prompt_name_check(const char *text, size_t len, const char *what, struct oat_query_error *ret_error)
{
    if (len > 0 && len <= OAT_PROMPT_NAME_MAX && oat_utf8_visible_prefix(text, len) == len)
        return true;
    snprintf(ret_error->parameter, sizeof ret_error->parameter, "%s", what);
    snprintf(ret_error->message, sizeof ret_error->message, "expected 1 to %u bytes of visible UTF-8",
             OAT_PROMPT_NAME_MAX);
    return false;
}

/* ---- Canonical form ------------------------------------------------------------------------------- */

struct member {
    oat_text name;
    oat_jnode value;
};

static int compare_members(const void *a, const void *b)
{
    return oat_prompts_compare(((const struct member *)a)->name, ((const struct member *)b)->name);
}

/* OAT_E_LIMIT: nested too deeply; OAT_E_INVALID: an object has a name twice; OAT_E_NOMEM. */
static int put_canonical(const struct oat_json_doc *doc, oat_jnode node, unsigned depth,
                         struct oat_json *json);

static int put_members(const struct oat_json_doc *doc, struct member *members, size_t count, unsigned depth,
                       struct oat_json *json)
{
    int result = OAT_OK;
    qsort(members, count, sizeof *members, compare_members);
    for (size_t i = 0; i < count && result == OAT_OK; i++) {
        if (i > 0 && compare_members(&members[i - 1], &members[i]) == 0)
            return OAT_E_INVALID;
        oat_json_key_text(json, members[i].name.bytes, members[i].name.len);
        result = put_canonical(doc, members[i].value, depth, json);
    }
    return result;
}

static int put_object(const struct oat_json_doc *doc, oat_jnode node, unsigned depth, struct oat_json *json)
{
    size_t count = 0;
    struct member *members = calloc(oat_jdoc_count(doc, node) + 1, sizeof *members);
    if (!members)
        return OAT_E_NOMEM;
    for (oat_jnode key = oat_jdoc_first_key(doc, node); key; key = oat_jdoc_next_key(doc, node, key))
        members[count++] = (struct member){oat_jdoc_string(doc, key), key + 1};
    oat_json_object_begin(json);
    int result = put_members(doc, members, count, depth, json);
    oat_json_object_end(json);
    free(members);
    return result;
}

static int put_array(const struct oat_json_doc *doc, oat_jnode node, unsigned depth, struct oat_json *json)
{
    int result = OAT_OK;
    oat_json_array_begin(json);
    for (oat_jnode one = oat_jdoc_first(doc, node); one && result == OAT_OK;
         one = oat_jdoc_next(doc, node, one))
        result = put_canonical(doc, one, depth, json);
    oat_json_array_end(json);
    return result;
}

static int put_canonical(const struct oat_json_doc *doc, oat_jnode node, unsigned depth,
                         struct oat_json *json)
{
    oat_text text = oat_jdoc_string(doc, node);
    if (depth == DEPTH_MAX)
        return OAT_E_LIMIT;
    switch (oat_jdoc_type_of(doc, node)) {
    case OAT_JSON_OBJECT:
        return put_object(doc, node, depth + 1, json);
    case OAT_JSON_ARRAY:
        return put_array(doc, node, depth + 1, json);
    case OAT_JSON_STRING:
        oat_json_string(json, text.bytes, text.len);
        return OAT_OK;
    default:
        text = oat_jdoc_raw(doc, node);
        oat_json_embed(json, text.bytes, text.len);
        return OAT_OK;
    }
}

/* ---- Variables ------------------------------------------------------------------------------------ */

static bool is_variable_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

/* The name between "{{" at text and "}}", white space around it left out. bytes NULL: there is none. */
static oat_text variable_at(const char *text, const char *end)
{
    const char *from = text + 2, *to;
    while (from < end && *from == ' ')
        from++;
    for (to = from; to < end && is_variable_byte(*to); to++)
        ;
    const char *behind = to;
    while (behind < end && *behind == ' ')
        behind++;
    bool is_one = to > from && end - behind >= 2 && behind[0] == '}' && behind[1] == '}';
    return is_one ? (oat_text){from, (size_t)(to - from)} : (oat_text){0};
}

/* Those of the template, in the order in which they come first. */
static void put_found_variables(oat_text template, struct oat_json *json)
{
    oat_text found[VARIABLES_MAX];
    size_t count = 0;
    const char *at = template.bytes, *end = template.bytes + template.len;
    while (count < VARIABLES_MAX && (at = memmem(at, (size_t)(end - at), "{{", 2)) != NULL) {
        oat_text one = variable_at(at, end);
        size_t same = 0;
        while (same < count && one.bytes && oat_prompts_compare(found[same], one) != 0)
            same++;
        if (one.bytes && same == count)
            found[count++] = one;
        at += 2;
    }
    for (size_t i = 0; i < count; i++)
        oat_json_string(json, found[i].bytes, found[i].len);
}

static bool is_list_of_strings(const struct oat_json_doc *doc, oat_jnode node, size_t max)
{
    if (oat_jdoc_type_of(doc, node) != OAT_JSON_ARRAY || oat_jdoc_count(doc, node) > max)
        return false;
    for (oat_jnode one = oat_jdoc_first(doc, node); one; one = oat_jdoc_next(doc, node, one))
        if (oat_jdoc_type_of(doc, one) != OAT_JSON_STRING)
            return false;
    return true;
}

/* ---- Members -------------------------------------------------------------------------------------- */

static bool put_member(struct reading *r, const char *name, oat_jnode node)
{
    oat_json_key(&r->body->canonical, name);
    int result = put_canonical(&r->doc, node, 1, &r->body->canonical);
    if (result == OAT_E_LIMIT)
        return refuse(r->answer, name, "it is nested too deeply");
    if (result == OAT_E_INVALID)
        return refuse(r->answer, name, "an object has a name twice");
    if (result != OAT_OK)
        oat_answer_result(r->answer, result, "reading the body");
    return result == OAT_OK;
}

static bool put_variables(struct reading *r, oat_jnode variables, oat_jnode template)
{
    struct oat_json *json = &r->body->canonical;
    if (variables)
        return is_list_of_strings(&r->doc, variables, VARIABLES_MAX)
                   ? put_member(r, "variables", variables)
                   : refuse(r->answer, "variables", "expected a list of strings");
    oat_json_key(json, "variables");
    oat_json_array_begin(json);
    put_found_variables(oat_jdoc_raw(&r->doc, template), json);
    oat_json_array_end(json);
    return true;
}

static bool read_labels(struct reading *r, oat_jnode labels)
{
    struct oat_query_error error;
    if (labels && !is_list_of_strings(&r->doc, labels, OAT_PROMPT_LABELS_MAX))
        return refuse(r->answer, "labels", "expected a list of at most 16 strings");
    for (oat_jnode one = oat_jdoc_first(&r->doc, labels); one; one = oat_jdoc_next(&r->doc, labels, one)) {
        oat_text label = oat_jdoc_string(&r->doc, one);
        if (!oat_prompt_name_check(label.bytes, label.len, "labels", &error)) {
            oat_answer_bad_parameter(r->answer, &error);
            return false;
        }
        char *copy = oat_text_copy(label);
        if (!copy) {
            oat_answer_result(r->answer, OAT_E_NOMEM, "reading the body");
            return false;
        }
        r->body->labels[r->body->label_count++] = copy;
    }
    return true;
}

static bool only_known_members(struct reading *r)
{
    for (oat_jnode key = oat_jdoc_first_key(&r->doc, 1); key; key = oat_jdoc_next_key(&r->doc, 1, key))
        if (!oat_jdoc_is(&r->doc, key, "template") && !oat_jdoc_is(&r->doc, key, "variables") &&
            !oat_jdoc_is(&r->doc, key, "model_settings") && !oat_jdoc_is(&r->doc, key, "labels"))
            return refuse(
                r->answer, "",
                "the body has an unknown member; there are template, variables, model_settings, labels");
    return true;
}

/* Members stand in the order of their names. */
static bool read_members(struct reading *r)
{
    struct oat_json *json = &r->body->canonical;
    oat_jnode template = oat_jdoc_get(&r->doc, 1, "template");
    oat_jnode settings = oat_jdoc_get(&r->doc, 1, "model_settings");
    if (!only_known_members(r))
        return false;
    if (oat_jdoc_type_of(&r->doc, template) != OAT_JSON_STRING &&
        oat_jdoc_type_of(&r->doc, template) != OAT_JSON_ARRAY)
        return refuse(r->answer, "template", "expected a string, or a list of messages");
    if (settings && oat_jdoc_type_of(&r->doc, settings) != OAT_JSON_OBJECT)
        return refuse(r->answer, "model_settings", "expected an object");
    oat_json_object_begin(json);
    if (settings && !put_member(r, "model_settings", settings))
        return false;
    if (!put_member(r, "template", template) ||
        !put_variables(r, oat_jdoc_get(&r->doc, 1, "variables"), template))
        return false;
    oat_json_object_end(json);
    if (json->failed)
        oat_answer_result(r->answer, OAT_E_NOMEM, "reading the body");
    else if (json->len > OAT_PROMPT_BODY_MAX)
        return refuse(r->answer, "template", "it is too long");
    return !json->failed && read_labels(r, oat_jdoc_get(&r->doc, 1, "labels"));
}

bool oat_prompt_body_read(const char *bytes, size_t len, struct oat_prompt_body *ret,
                          struct oat_answer *answer)
{
    struct reading r = {.arena.limit = ARENA_MAX, .body = ret, .answer = answer};
    *ret = (struct oat_prompt_body){0};
    r.doc.arena = &r.arena;
    bool ok = bytes && oat_json_is_valid(bytes, len);
    if (!ok)
        oat_answer_error(answer, 400, "bad_json", "the body is no JSON");
    int result = ok ? oat_jdoc_parse_all(&r.doc, bytes, len) : OAT_OK;
    if (result != OAT_OK)
        oat_answer_result(answer, result, "reading the body");
    else if (ok && oat_jdoc_type_of(&r.doc, 1) != OAT_JSON_OBJECT)
        ok = refuse(answer, "", "expected an object");
    else
        ok = ok && read_members(&r);
    oat_jdoc_free(&r.doc);
    oat_arena_clear(&r.arena);
    return ok && result == OAT_OK;
}

void oat_prompt_body_free(struct oat_prompt_body *body)
{
    oat_json_free(&body->canonical);
    for (size_t i = 0; i < body->label_count; i++)
        free(body->labels[i]);
}
