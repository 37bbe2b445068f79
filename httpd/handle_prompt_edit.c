#include "httpd/handle_prompt_edit.h"

#include <stdio.h>
#include <string.h>

#include "httpd/prompt_body.h"
#include "httpd/prompt_json.h"
#include "httpd/prompt_store.h"
#include "httpd/selection.h"
#include "ingest/json_value.h"

#define ARENA_MAX (1u << 20)

static bool refuse(struct oat_answer *answer, const char *member, const char *message)
{
    struct oat_query_error error;
    snprintf(error.parameter, sizeof error.parameter, "%s", member);
    snprintf(error.message, sizeof error.message, "%s", message);
    oat_answer_bad_parameter(answer, &error);
    return false;
}

static bool check_name(const char *text, size_t len, const char *what, struct oat_answer *answer)
{
    struct oat_query_error error;
    bool ok = oat_prompt_name_check(text, len, what, &error);
    if (!ok)
        oat_answer_bad_parameter(answer, &error);
    return ok;
}

static void answer_version(struct oat_prompt_store *store, size_t version)
{
    int result = oat_json_prompt(&store->answer->body, &store->prompts, version, NULL);
    if (result != OAT_OK)
        oat_answer_result(store->answer, result, "reading the prompt");
}

/* What adding to the prompts has come to. False: answered. */
static bool has_room(struct oat_prompt_store *store, int result)
{
    if (result == OAT_E_LIMIT)
        oat_answer_error(store->answer, 409, "too_many", "there are %u versions or labels already",
                         OAT_PROMPTS_ROWS_MAX);
    else if (result != OAT_OK)
        oat_answer_result(store->answer, result, "changing the prompts");
    return result == OAT_OK;
}

/* ---- A version ------------------------------------------------------------------------------------ */

/* The version that says the same already, or a new one. False: answered. */
static bool add_version(struct oat_prompt_store *store, oat_text name, const struct oat_prompt_body *body,
                        uint64_t now_ns, size_t *ret_version)
{
    struct oat_prompt_version version = {
        .name = name, .body = {body->canonical.bytes, body->canonical.len}, .time_ns = now_ns};
    size_t first, count = oat_prompts_find(&store->prompts, name, &first);
    for (size_t i = first; i < first + count; i++)
        if (oat_prompts_compare(store->prompts.versions[i].body, version.body) == 0) {
            *ret_version = i;
            return true;
        }
    store->answer->status = 201;
    return has_room(store, oat_prompts_add(&store->prompts, &version, ret_version));
}

static void edit_version(struct oat_prompt_store *store, oat_text name, const struct oat_prompt_body *body)
{
    uint64_t now_ns = oat_selection_now_ns();
    size_t version;
    bool ok = add_version(store, name, body, now_ns, &version);
    for (size_t i = 0; i < body->label_count && ok; i++) {
        oat_text label = {body->labels[i], strlen(body->labels[i])};
        ok = has_room(store, oat_prompts_set_label(&store->prompts, label, version, now_ns));
    }
    if (ok && oat_prompt_store_save(store))
        answer_version(store, version);
}

void oat_handle_prompt_new(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_prompt_body body;
    struct oat_prompt_store store;
    if (!check_name(call->id, call->id_len, "name", answer))
        return;
    if (oat_prompt_body_read(call->body, call->body_len, &body, answer)) {
        if (oat_prompt_store_edit(&store, call->lease, answer))
            edit_version(&store, (oat_text){call->id, call->id_len}, &body);
        oat_prompt_store_close(&store);
    }
    oat_prompt_body_free(&body);
}

/* ---- Labels and splits ---------------------------------------------------------------------------- */

/* A body that is an object, its members yet to be read. */
struct body {
    struct oat_json_doc doc;
    struct oat_arena arena;
};

/* False: answered. Free it in any case. */
static bool read_object(struct body *ret, const struct oat_call *call, struct oat_answer *answer)
{
    *ret = (struct body){.arena.limit = ARENA_MAX};
    ret->doc.arena = &ret->arena;
    int result = oat_jdoc_parse_all(&ret->doc, call->body ? call->body : "", call->body_len);
    if (result == OAT_E_INVALID)
        oat_answer_error(answer, 400, "bad_json", "the body is no JSON: %s at byte %zu", ret->doc.error,
                         ret->doc.end);
    else if (result != OAT_OK)
        oat_answer_result(answer, result, "reading the body");
    else if (oat_jdoc_type_of(&ret->doc, 1) != OAT_JSON_OBJECT)
        return refuse(answer, "", "expected an object");
    return result == OAT_OK;
}

static void free_body(struct body *body)
{
    oat_jdoc_free(&body->doc);
    oat_arena_clear(&body->arena);
}

static void edit_label(struct oat_prompt_store *store, const struct oat_call *call, oat_text number)
{
    size_t first, count, version;
    oat_text label = {call->other, call->other_len};
    if (!oat_prompt_store_find(store, (oat_text){call->id, call->id_len}, &first, &count) ||
        !oat_prompt_store_version(store, "version", number, first, count, &version) ||
        !has_room(store, oat_prompts_set_label(&store->prompts, label, version, oat_selection_now_ns())))
        return;
    if (oat_prompt_store_save(store))
        answer_version(store, version);
}

void oat_handle_prompt_label(const struct oat_call *call, struct oat_answer *answer)
{
    struct body body;
    struct oat_prompt_store store;
    if (!check_name(call->other, call->other_len, "label", answer))
        return;
    if (read_object(&body, call, answer)) {
        oat_text number = oat_jdoc_raw(&body.doc, oat_jdoc_get(&body.doc, 1, "version"));
        if (oat_prompt_store_edit(&store, call->lease, answer))
            edit_label(&store, call, number);
        oat_prompt_store_close(&store);
    }
    free_body(&body);
}

/* Sets the weights that the body gives; those of other versions go. False: answered. */
static bool set_weights(struct oat_prompt_store *store, const struct oat_json_doc *doc, size_t first,
                        size_t count)
{
    for (size_t i = first; i < first + count; i++)
        store->prompts.versions[i].weight = 0;
    for (oat_jnode key = oat_jdoc_first_key(doc, 1); key; key = oat_jdoc_next_key(doc, 1, key)) {
        size_t version;
        uint64_t weight;
        if (!oat_prompt_store_version(store, "split", oat_jdoc_string(doc, key), first, count, &version))
            return false;
        if (oat_jdoc_type_of(doc, key + 1) != OAT_JSON_NUMBER || !oat_jdoc_uint(doc, key + 1, &weight) ||
            weight > OAT_PROMPT_WEIGHT_MAX)
            return refuse(store->answer, "split", "expected weights from 0 to 1000000");
        store->prompts.versions[version].weight = (uint32_t)weight;
    }
    return true;
}

static void edit_split(struct oat_prompt_store *store, const struct oat_call *call,
                       const struct oat_json_doc *doc)
{
    struct oat_json *json = &store->answer->body;
    size_t first, count;
    oat_text name = {call->id, call->id_len};
    if (!oat_prompt_store_find(store, name, &first, &count) || !set_weights(store, doc, first, count) ||
        !oat_prompt_store_save(store))
        return;
    oat_json_object_begin(json);
    oat_json_key(json, "name");
    oat_json_string(json, name.bytes, name.len);
    oat_json_prompt_split(json, &store->prompts, first, count);
    oat_json_object_end(json);
}

void oat_handle_prompt_split(const struct oat_call *call, struct oat_answer *answer)
{
    struct body body;
    struct oat_prompt_store store;
    if (read_object(&body, call, answer)) {
        if (oat_prompt_store_edit(&store, call->lease, answer))
            edit_split(&store, call, &body.doc);
        oat_prompt_store_close(&store);
    }
    free_body(&body);
}
