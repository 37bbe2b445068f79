#include "httpd/prompt_json.h"

#include <stdio.h>

#include "format/json_check.h"
#include "ingest/json_value.h"

#define NS_DIGITS 9u

static void put_time(struct oat_json *json, const char *key, uint64_t time_ns)
{
    oat_json_key(json, key);
    oat_json_fixed(json, (int64_t)time_ns, NS_DIGITS);
}

static void put_labels(struct oat_json *json, const struct oat_prompts *prompts, size_t version)
{
    oat_json_key(json, "labels");
    oat_json_array_begin(json);
    for (size_t i = 0; i < prompts->label_count; i++)
        if (prompts->labels[i].version == version)
            oat_json_string(json, prompts->labels[i].label.bytes, prompts->labels[i].label.len);
    oat_json_array_end(json);
}

/* The members that every version has. */
static void put_version(struct oat_json *json, const struct oat_prompts *prompts, size_t version)
{
    oat_json_key(json, "version");
    oat_json_uint(json, prompts->versions[version].number);
    put_time(json, "created_time", prompts->versions[version].time_ns);
    put_labels(json, prompts, version);
    oat_json_key(json, "weight");
    oat_json_uint(json, prompts->versions[version].weight);
}

static int put_body(struct oat_json *json, oat_text body)
{
    struct oat_arena arena = {0};
    struct oat_json_doc doc = {.arena = &arena};
    int result = oat_json_is_valid(body.bytes, body.len) ? oat_jdoc_parse_all(&doc, body.bytes, body.len)
                                                         : OAT_E_CORRUPT;
    if (result == OAT_OK && oat_jdoc_type_of(&doc, 1) != OAT_JSON_OBJECT)
        result = OAT_E_CORRUPT;
    static const char *const members[] = {"template", "variables", "model_settings"};
    for (size_t i = 0; i < sizeof members / sizeof *members && result == OAT_OK; i++) {
        oat_text value = oat_jdoc_raw(&doc, oat_jdoc_get(&doc, 1, members[i]));
        oat_json_key(json, members[i]);
        if (value.bytes)
            oat_json_embed(json, value.bytes, value.len);
        else
            oat_json_null(json);
    }
    oat_jdoc_free(&doc);
    oat_arena_clear(&arena);
    return result;
}

int oat_json_prompt(struct oat_json *json, const struct oat_prompts *prompts, size_t version,
                    const char *picked_by)
{
    const struct oat_prompt_version *one = &prompts->versions[version];
    size_t first, count = oat_prompts_find(prompts, one->name, &first);
    oat_json_object_begin(json);
    oat_json_key(json, "name");
    oat_json_string(json, one->name.bytes, one->name.len);
    put_version(json, prompts, version);
    if (picked_by) {
        oat_json_key(json, "picked_by");
        oat_json_cstring(json, picked_by);
    }
    int result = put_body(json, one->body);
    oat_json_key(json, "versions");
    oat_json_array_begin(json);
    for (size_t i = count; i-- > 0;) {
        oat_json_object_begin(json);
        put_version(json, prompts, first + i);
        oat_json_object_end(json);
    }
    oat_json_array_end(json);
    oat_json_object_end(json);
    return result == OAT_OK && json->failed ? OAT_E_NOMEM : result;
}

static void put_number_key(struct oat_json *json, uint32_t number)
{
    char text[16];
    snprintf(text, sizeof text, "%u", number);
    oat_json_key(json, text);
}

void oat_json_prompt_split(struct oat_json *json, const struct oat_prompts *prompts, size_t first,
                           size_t count)
{
    oat_json_key(json, "split");
    oat_json_object_begin(json);
    for (size_t i = first; i < first + count; i++) {
        if (prompts->versions[i].weight == 0)
            continue;
        put_number_key(json, prompts->versions[i].number);
        oat_json_uint(json, prompts->versions[i].weight);
    }
    oat_json_object_end(json);
}

void oat_json_prompt_summary(struct oat_json *json, const struct oat_prompts *prompts, size_t first,
                             size_t count)
{
    const struct oat_prompt_version *versions = &prompts->versions[first];
    oat_json_object_begin(json);
    oat_json_key(json, "name");
    oat_json_string(json, versions->name.bytes, versions->name.len);
    oat_json_key(json, "latest_version");
    oat_json_uint(json, count);
    put_time(json, "created_time", versions[0].time_ns);
    put_time(json, "updated_time", versions[count - 1].time_ns);
    oat_json_key(json, "labels");
    oat_json_object_begin(json);
    for (size_t i = 0; i < prompts->label_count; i++) {
        const struct oat_prompt_label *label = &prompts->labels[i];
        if (label->version < first || label->version - first >= count)
            continue;
        oat_json_key_text(json, label->label.bytes, label->label.len);
        oat_json_uint(json, prompts->versions[label->version].number);
    }
    oat_json_object_end(json);
    oat_json_prompt_split(json, prompts, first, count);
    oat_json_object_end(json);
}
