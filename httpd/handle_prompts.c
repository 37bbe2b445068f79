#include "httpd/handle_prompts.h"

#include <stdio.h>
#include <string.h>

#include "httpd/prompt_json.h"
#include "httpd/prompt_pick.h"
#include "httpd/prompt_store.h"

#define LIMIT_MAX     1000u
#define LIMIT_DEFAULT 50u

const char *const oat_prompts_parameters[] = {"limit", "offset", "cursor", NULL};
const char *const oat_prompt_parameters[] = {"version", "label", NULL};
const char *const oat_prompt_pick_parameters[] = {"key", NULL};

static void refuse(struct oat_answer *answer, const char *parameter, const char *message)
{
    struct oat_query_error error;
    snprintf(error.parameter, sizeof error.parameter, "%s", parameter);
    snprintf(error.message, sizeof error.message, "%s", message);
    oat_answer_bad_parameter(answer, &error);
}

static void answer_version(struct oat_prompt_store *store, size_t version, const char *picked_by)
{
    int result = oat_json_prompt(&store->answer->body, &store->prompts, version, picked_by);
    if (result != OAT_OK)
        oat_answer_result(store->answer, result, "reading the prompt");
}

/* ---- The list ------------------------------------------------------------------------------------- */

/* Where the prompt after this version begins. */
static size_t next_prompt(const struct oat_prompts *prompts, size_t version)
{
    size_t next = version + 1;
    while (next < prompts->version_count && prompts->versions[next].number != 1)
        next++;
    return next;
}

/* The part of the list that a request asks for. */
struct page {
    uint64_t limit, offset;
    oat_text after; /* the name of the one before; bytes NULL: from the first on */
};

static bool read_page(const struct oat_query *query, struct page *ret, struct oat_answer *answer)
{
    struct oat_query_error error;
    *ret = (struct page){.limit = LIMIT_DEFAULT};
    ret->after.bytes = oat_query_get(query, "cursor", &ret->after.len);
    if (!oat_query_number(query, "limit", 1, LIMIT_MAX, &ret->limit, &error) ||
        !oat_query_number(query, "offset", 0, INT64_MAX, &ret->offset, &error)) {
        oat_answer_bad_parameter(answer, &error);
        return false;
    }
    if (!ret->after.bytes || !oat_query_get(query, "offset", NULL))
        return true;
    refuse(answer, "cursor", "offset and cursor exclude each other");
    return false;
}

static void put_prompts(struct oat_json *json, const struct oat_prompts *prompts, const struct page *page)
{
    uint64_t total = 0, shown = 0, passed = 0;
    const struct oat_prompt_version *last = NULL;
    bool more = false;
    oat_json_object_begin(json);
    oat_json_key(json, "prompts");
    oat_json_array_begin(json);
    for (size_t i = 0, next; i < prompts->version_count; i = next, total++) {
        const struct oat_prompt_version *one = &prompts->versions[i];
        next = next_prompt(prompts, i);
        if (page->after.bytes ? oat_prompts_compare(one->name, page->after) <= 0 : passed++ < page->offset)
            continue;
        more = shown == page->limit;
        if (more)
            continue;
        oat_json_prompt_summary(json, prompts, i, next - i);
        last = one;
        shown++;
    }
    oat_json_array_end(json);
    oat_json_key(json, "total");
    oat_json_uint(json, total);
    oat_json_key(json, "total_is");
    oat_json_cstring(json, "exact");
    oat_json_key(json, "next_cursor");
    oat_json_string(json, more && last ? last->name.bytes : NULL, more && last ? last->name.len : 0);
    oat_json_object_end(json);
}

void oat_handle_prompts(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_prompt_store store;
    struct page page;
    if (!read_page(call->query, &page, answer))
        return;
    if (oat_prompt_store_open(&store, call->lease, answer))
        put_prompts(&answer->body, &store.prompts, &page);
    oat_prompt_store_close(&store);
}

/* ---- One of them ---------------------------------------------------------------------------------- */

/* The version that the query names: by number, by label, or the newest. False: answered. */
static bool choose(struct oat_prompt_store *store, const struct oat_query *query, size_t first, size_t count,
                   size_t *ret_version)
{
    oat_text number, label;
    number.bytes = oat_query_get(query, "version", &number.len);
    label.bytes = oat_query_get(query, "label", &label.len);
    *ret_version = first + count - 1;
    if (number.bytes && label.bytes) {
        refuse(store->answer, "label", "version and label exclude each other");
        return false;
    }
    if (number.bytes)
        return oat_prompt_store_version(store, "version", number, first, count, ret_version);
    if (!label.bytes)
        return true;
    const struct oat_prompt_label *found = oat_prompts_find_label(&store->prompts, first, count, label);
    if (found)
        *ret_version = found->version;
    else
        oat_answer_error(store->answer, 404, "not_found", "no version of the prompt has this label");
    return found != NULL;
}

void oat_handle_prompt(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_prompt_store store;
    size_t first, count, version;
    if (oat_prompt_store_open(&store, call->lease, answer) &&
        oat_prompt_store_find(&store, (oat_text){call->id, call->id_len}, &first, &count) &&
        choose(&store, call->query, first, count, &version))
        answer_version(&store, version, NULL);
    oat_prompt_store_close(&store);
}

void oat_handle_prompt_pick(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_prompt_store store;
    size_t first, count;
    oat_text key;
    const char *why;
    key.bytes = oat_query_get(call->query, "key", &key.len);
    if (!key.bytes || key.len == 0) {
        refuse(answer, "key", "expected whom the version is for: a user, a session");
        return;
    }
    if (oat_prompt_store_open(&store, call->lease, answer) &&
        oat_prompt_store_find(&store, (oat_text){call->id, call->id_len}, &first, &count)) {
        size_t version = oat_prompt_pick(&store.prompts, first, count, key, &why);
        answer_version(&store, version, why);
    }
    oat_prompt_store_close(&store);
}
