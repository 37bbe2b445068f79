#include "httpd/conversation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/field_json.h"
#include "ingest/json_value.h"
#include "reader/array.h"

#define ARENA_MAX (1u << 20) /* of decoded roles */

/* An input that is being read. */
struct input {
    const oat_snapshot *snapshot;
    struct oat_json_doc doc;
    struct oat_arena arena;
    struct oat_messages *messages;
};

static int add(struct input *in, oat_text raw, const char *role, size_t role_len, const char *pointer)
{
    struct oat_messages *m = in->messages;
    if (!oat_array_reserve(&m->items, m->count, &m->capacity, sizeof *m->items))
        return OAT_E_NOMEM;
    struct oat_message *message = &m->items[m->count++];
    *message = (struct oat_message){.bytes = raw.len};
    oat_content_id_in(in->snapshot, raw.bytes, raw.len, message->hash);
    snprintf(message->role, sizeof message->role, "%.*s", (int)role_len, role_len > 0 ? role : "");
    snprintf(message->pointer, sizeof message->pointer, "%s", pointer);
    m->bytes += raw.len;
    return OAT_OK;
}

/* A node as a message. role: what it is when it does not say. */
static int add_node(struct input *in, oat_jnode node, const char *role, const char *pointer)
{
    oat_text said = oat_jdoc_string(&in->doc, oat_jdoc_get2(&in->doc, node, "role", "type"));
    if (said.len >= OAT_MESSAGE_TEXT_MAX)
        said.len = OAT_MESSAGE_TEXT_MAX - 1;
    return said.bytes ? add(in, oat_jdoc_raw(&in->doc, node), said.bytes, said.len, pointer)
                      : add(in, oat_jdoc_raw(&in->doc, node), role, strlen(role), pointer);
}

/* The elements of a list, or, where it is none, the value itself. */
static int add_value(struct input *in, oat_jnode value, const char *role, const char *pointer)
{
    char place[OAT_MESSAGE_TEXT_MAX];
    size_t index = 0;
    int result = OAT_OK;
    if (oat_jdoc_type_of(&in->doc, value) != OAT_JSON_ARRAY)
        return add_node(in, value, role, pointer);
    for (oat_jnode one = oat_jdoc_first(&in->doc, value); one && result == OAT_OK;
         one = oat_jdoc_next(&in->doc, value, one)) {
        snprintf(place, sizeof place, "%s/%zu", pointer, index++);
        result = add_node(in, one, role, place);
    }
    return result;
}

static int add_members(struct input *in, oat_jnode root)
{
    static const char *const system[] = {"instructions", "system", "systemInstruction", "system_instruction"};
    static const char *const turns[] = {"messages", "input", "contents"};
    char pointer[OAT_MESSAGE_TEXT_MAX];
    int result = OAT_OK;
    for (size_t i = 0; i < sizeof system / sizeof *system && result == OAT_OK; i++) {
        oat_jnode value = oat_jdoc_get(&in->doc, root, system[i]);
        snprintf(pointer, sizeof pointer, "/%s", system[i]);
        result = value ? add_node(in, value, "system", pointer) : OAT_OK;
    }
    for (size_t i = 0; i < sizeof turns / sizeof *turns && result == OAT_OK; i++) {
        oat_jnode value = oat_jdoc_get(&in->doc, root, turns[i]);
        snprintf(pointer, sizeof pointer, "/%s", turns[i]);
        result = value ? add_value(in, value, "user", pointer) : OAT_OK;
    }
    return result;
}

int oat_messages_read(const oat_snapshot *snapshot, const uint8_t *text, size_t len, struct oat_messages *ret)
{
    struct oat_messages messages = {0};
    struct input in = {.snapshot = snapshot, .arena.limit = ARENA_MAX, .messages = &messages};
    in.doc.arena = &in.arena;
    const oat_jnode root = 1;
    int result = oat_jdoc_parse_all(&in.doc, (const char *)text, len);
    bool parsed = result == OAT_OK;
    if (parsed && oat_jdoc_type_of(&in.doc, root) == OAT_JSON_ARRAY)
        result = add_value(&in, root, "user", "");
    else if (parsed && oat_jdoc_type_of(&in.doc, root) == OAT_JSON_OBJECT)
        result = add_members(&in, root);
    if (result != OAT_E_NOMEM && messages.count == 0 && len > 0)
        result = add(&in, (oat_text){(const char *)text, len}, "user", strlen("user"), "");
    oat_jdoc_free(&in.doc);
    oat_arena_clear(&in.arena);
    if (result == OAT_E_NOMEM) {
        oat_messages_free(&messages);
        return result;
    }
    *ret = messages;
    return OAT_OK;
}

void oat_messages_free(struct oat_messages *messages)
{
    free(messages->items);
    *messages = (struct oat_messages){0};
}

static bool are_same(const struct oat_message *a, const struct oat_message *b)
{
    return memcmp(a->hash, b->hash, sizeof a->hash) == 0;
}

void oat_message_fields(struct oat_json *json, const struct oat_message *message)
{
    oat_json_key(json, "hash");
    oat_json_hex(json, message->hash, sizeof message->hash);
    oat_json_key(json, "role");
    oat_json_cstring(json, message->role[0] ? message->role : NULL);
    oat_json_key(json, "pointer");
    oat_json_cstring(json, message->pointer);
    oat_json_count_field(json, "bytes", true, message->bytes);
}

size_t oat_messages_common(const struct oat_messages *a, const struct oat_messages *b)
{
    size_t i = 0;
    while (i < a->count && i < b->count && are_same(&a->items[i], &b->items[i]))
        i++;
    return i;
}

static int compare_hashes(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

int oat_messages_new(const struct oat_messages *earlier, const struct oat_messages *later, bool *ret_new)
{
    uint8_t(*known)[16] = malloc((earlier->count + 1) * sizeof *known);
    if (!known)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < earlier->count; i++)
        memcpy(known[i], earlier->items[i].hash, sizeof known[i]);
    qsort(known, earlier->count, sizeof *known, compare_hashes);
    for (size_t i = 0; i < later->count; i++)
        ret_new[i] = !bsearch(later->items[i].hash, known, earlier->count, sizeof *known, compare_hashes);
    free(known);
    return OAT_OK;
}
