#include "ingest/json_doc.h"

#include "format/json_scan.h"

#include <stdlib.h>
#include <string.h>

/* ---- Parsing ------------------------------------------------------------------------------ */

static int fail(struct oat_json_doc *doc, size_t at, const char *what)
{
    doc->end = at;
    doc->error = what;
    return OAT_E_INVALID;
}

/* Appends a node; its index, or 0 when out of memory, which the arena remembers, too: whoever reads JSON in a
 * text that may be anything else sees no difference. */
static oat_jnode add_node(struct oat_json_doc *doc, enum oat_json_type type, size_t pos, size_t len)
{
    if (doc->count == doc->room) {
        size_t room = doc->room ? doc->room * 2 : 256;
        if (room > UINT32_MAX)
            return 0;
        struct oat_json_node *nodes =
            oat_memory_grow(doc->budget, doc->nodes, doc->room * sizeof *nodes, room * sizeof *nodes);
        if (!nodes) {
            doc->arena->failed = true;
            return 0;
        }
        doc->nodes = nodes;
        doc->room = room;
    }
    oat_jnode index = (oat_jnode)doc->count++;
    doc->nodes[index] = (struct oat_json_node){
        .pos = (uint32_t)pos,
        .len = (uint32_t)len,
        .next = index + 1,
        .type = (uint8_t)type,
    };
    return index;
}

static bool is_hex4(const char *p)
{
    for (int i = 0; i < 4; i++)
        if (!memchr("0123456789abcdefABCDEF", p[i], 22))
            return false;
    return true;
}

/* The string whose opening quote is at pos. */
static int parse_string(struct oat_json_doc *doc, size_t pos, size_t *ret_end)
{
    bool escaped = false;
    size_t at = pos + 1;
    for (;; at++) {
        if (at >= doc->text_len)
            return fail(doc, pos, "string does not end");
        unsigned char c = (unsigned char)doc->text[at];
        if (c == '"')
            break;
        if (c < 0x20)
            return fail(doc, at, "control character in a string");
        if (c != '\\')
            continue;
        escaped = true;
        at++;
        if (at >= doc->text_len || !memchr("\"\\/bfnrtu", doc->text[at], 9))
            return fail(doc, at - 1, "unknown escape");
        if (doc->text[at] == 'u') {
            if (doc->text_len - at < 5 || !is_hex4(doc->text + at + 1))
                return fail(doc, at - 1, "\\u needs four hex digits");
            at += 4;
        }
    }
    oat_jnode node = add_node(doc, OAT_JSON_STRING, pos, at + 1 - pos);
    if (!node)
        return OAT_E_NOMEM;
    doc->nodes[node].escaped = escaped;
    *ret_end = at + 1;
    return OAT_OK;
}

static const struct {
    const char *word;
    enum oat_json_type type;
} words[] = {
    {"null", OAT_JSON_NULL},  {"true", OAT_JSON_TRUE},       {"false", OAT_JSON_FALSE},
    {"NaN", OAT_JSON_NUMBER}, {"Infinity", OAT_JSON_NUMBER}, {"-Infinity", OAT_JSON_NUMBER},
};

/* A value that contains no other. */
static int parse_scalar(struct oat_json_doc *doc, size_t pos, size_t *ret_end)
{
    if (doc->text[pos] == '"')
        return parse_string(doc, pos, ret_end);
    enum oat_json_type type = OAT_JSON_NUMBER;
    size_t len = oat_json_number_len(doc->text, doc->text_len, pos);
    for (size_t i = 0; i < sizeof words / sizeof *words && len == 0; i++) {
        size_t n = strlen(words[i].word);
        if (doc->text_len - pos >= n && memcmp(doc->text + pos, words[i].word, n) == 0) {
            len = n;
            type = words[i].type;
        }
    }
    if (len == 0)
        return fail(doc, pos, "no JSON value");
    *ret_end = pos + len;
    return add_node(doc, type, pos, len) ? OAT_OK : OAT_E_NOMEM;
}

/* Reads `"key" :` of an object; *pos is then where the value may begin. */
static int parse_key(struct oat_json_doc *doc, size_t *pos)
{
    if (*pos >= doc->text_len || doc->text[*pos] != '"')
        return fail(doc, *pos, "object key expected");
    int result = parse_string(doc, *pos, pos);
    if (result != OAT_OK)
        return result;
    *pos = oat_json_skip_space(doc->text, doc->text_len, *pos);
    if (*pos >= doc->text_len || doc->text[*pos] != ':')
        return fail(doc, *pos, "':' expected");
    *pos = oat_json_skip_space(doc->text, doc->text_len, *pos + 1);
    return OAT_OK;
}

static bool closes(const struct oat_json_doc *doc, oat_jnode open, size_t pos)
{
    char close = doc->nodes[open].type == OAT_JSON_ARRAY ? ']' : '}';
    return pos < doc->text_len && doc->text[pos] == close;
}

/* Ends containers and passes commas behind a value, until the next value (or key) may begin.
 * *open is the container that is open, 0 at the end. While a container is open, its `next` holds
 * the container around it: no other stack is needed. */
static int leave(struct oat_json_doc *doc, oat_jnode *open, uint32_t *depth, size_t *pos, bool just_opened)
{
    while (*open) {
        struct oat_json_node *node = &doc->nodes[*open];
        *pos = oat_json_skip_space(doc->text, doc->text_len, *pos);
        if (closes(doc, *open, *pos)) {
            (*pos)++;
            (*depth)--;
            node->len = (uint32_t)(*pos - node->pos);
            *open = node->next;
            node->next = (uint32_t)doc->count;
            just_opened = false;
            continue;
        }
        if (just_opened)
            return OAT_OK;
        if (*pos >= doc->text_len || doc->text[*pos] != ',')
            return fail(doc, *pos,
                        node->type == OAT_JSON_ARRAY ? "',' or ']' expected" : "',' or '}' expected");
        *pos = oat_json_skip_space(doc->text, doc->text_len, *pos + 1);
        return OAT_OK;
    }
    return OAT_OK;
}

int oat_jdoc_parse(struct oat_json_doc *doc, const char *text, size_t text_len, size_t pos)
{
    doc->text = text;
    doc->text_len = text_len;
    doc->count = 0;
    doc->error = "";
    if (text_len > UINT32_MAX - 1)
        return OAT_E_LIMIT;
    if (!doc->nodes && add_node(doc, OAT_JSON_NONE, 0, 0) == 0 && doc->count == 0)
        return OAT_E_NOMEM;
    doc->count = 1;

    oat_jnode open = 0;
    uint32_t depth = 0;
    pos = oat_json_skip_space(doc->text, doc->text_len, pos);
    do {
        int result;
        bool opened = false;
        if (open && doc->nodes[open].type == OAT_JSON_OBJECT && (result = parse_key(doc, &pos)) != OAT_OK)
            return result;
        if (pos >= text_len)
            return fail(doc, pos, "text ends early");
        if (text[pos] == '[' || text[pos] == '{') {
            if (++depth > OAT_JDOC_DEPTH_MAX)
                return fail(doc, pos, "nested too deep");
            oat_jnode node = add_node(doc, text[pos] == '[' ? OAT_JSON_ARRAY : OAT_JSON_OBJECT, pos, 0);
            if (!node)
                return OAT_E_NOMEM;
            doc->nodes[node].next = open;
            open = node;
            opened = true;
            pos++;
        } else if ((result = parse_scalar(doc, pos, &pos)) != OAT_OK) {
            return result;
        }
        if ((result = leave(doc, &open, &depth, &pos, opened)) != OAT_OK)
            return result;
    } while (open);
    doc->end = pos;
    return OAT_OK;
}

int oat_jdoc_parse_all(struct oat_json_doc *doc, const char *text, size_t text_len)
{
    int result = oat_jdoc_parse(doc, text, text_len, 0);
    if (result != OAT_OK)
        return result;
    size_t behind = oat_json_skip_space(doc->text, doc->text_len, doc->end);
    return behind == text_len ? OAT_OK : fail(doc, behind, "more text behind the value");
}

void oat_jdoc_free(struct oat_json_doc *doc)
{
    oat_memory_free(doc->budget, doc->nodes, doc->room * sizeof *doc->nodes);
    doc->nodes = NULL;
    doc->count = doc->room = 0;
}
