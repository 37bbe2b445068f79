#include "ingest/json_value.h"

#include "format/json_escape.h"
#include "format/limits.h"
#include "format/utf8.h"
#include "ingest/import.h"
#include "ingest/number.h"
#include "ingest/text.h"

#include <string.h>

/* ---- Reading ------------------------------------------------------------------------------ */

enum oat_json_type oat_jdoc_type_of(const struct oat_json_doc *doc, oat_jnode node)
{
    return node ? (enum oat_json_type)doc->nodes[node].type : OAT_JSON_NONE;
}

static oat_jnode first_inside(const struct oat_json_doc *doc, oat_jnode node, enum oat_json_type type)
{
    return oat_jdoc_type_of(doc, node) == type && doc->nodes[node].next > node + 1 ? node + 1 : 0;
}

oat_jnode oat_jdoc_first(const struct oat_json_doc *doc, oat_jnode array)
{
    return first_inside(doc, array, OAT_JSON_ARRAY);
}

oat_jnode oat_jdoc_next(const struct oat_json_doc *doc, oat_jnode array, oat_jnode element)
{
    oat_jnode next = doc->nodes[element].next;
    return next < doc->nodes[array].next ? next : 0;
}

oat_jnode oat_jdoc_first_key(const struct oat_json_doc *doc, oat_jnode object)
{
    return first_inside(doc, object, OAT_JSON_OBJECT);
}

oat_jnode oat_jdoc_next_key(const struct oat_json_doc *doc, oat_jnode object, oat_jnode key)
{
    return oat_jdoc_next(doc, object, key + 1);
}

size_t oat_jdoc_count(const struct oat_json_doc *doc, oat_jnode container)
{
    size_t n = 0;
    for (oat_jnode e = oat_jdoc_first(doc, container); e; e = oat_jdoc_next(doc, container, e))
        n++;
    for (oat_jnode k = oat_jdoc_first_key(doc, container); k; k = oat_jdoc_next_key(doc, container, k))
        n++;
    return n;
}

oat_text oat_jdoc_raw(const struct oat_json_doc *doc, oat_jnode node)
{
    if (!node)
        return (oat_text){0};
    return (oat_text){doc->text + doc->nodes[node].pos, doc->nodes[node].len};
}

static oat_text decode_string(const struct oat_json_doc *doc, const char *p, size_t len)
{
    /* An escape never decodes to more bytes than it has. */
    char *start = oat_arena_alloc(doc->arena, len + 1);
    if (!start)
        return (oat_text){0};
    char *out = start;
    for (size_t i = 0; i < len;) {
        uint32_t c;
        size_t taken = oat_json_escape_get(p + i, len - i, &c);
        if (taken)
            out += oat_utf8_put(out, c);
        else
            *out++ = p[i];
        i += taken ? taken : 1;
    }
    *out = '\0';
    return (oat_text){start, (size_t)(out - start)};
}

oat_text oat_jdoc_string(const struct oat_json_doc *doc, oat_jnode node)
{
    if (oat_jdoc_type_of(doc, node) != OAT_JSON_STRING)
        return (oat_text){0};
    const struct oat_json_node *n = &doc->nodes[node];
    const char *inside = doc->text + n->pos + 1;
    if (n->escaped)
        return decode_string(doc, inside, n->len - 2u);
    return (oat_text){inside, n->len - 2u};
}

bool oat_jdoc_is(const struct oat_json_doc *doc, oat_jnode node, const char *text)
{
    return oat_text_is(oat_jdoc_string(doc, node), text);
}

oat_jnode oat_jdoc_get(const struct oat_json_doc *doc, oat_jnode object, const char *key)
{
    oat_jnode found = 0;
    size_t key_len = strlen(key);
    for (oat_jnode k = oat_jdoc_first_key(doc, object); k; k = oat_jdoc_next_key(doc, object, k)) {
        const struct oat_json_node *n = &doc->nodes[k];
        bool same = n->escaped ? oat_jdoc_is(doc, k, key)
                               : n->len == key_len + 2 && memcmp(doc->text + n->pos + 1, key, key_len) == 0;
        if (same)
            found = k + 1;
    }
    return oat_jdoc_type_of(doc, found) == OAT_JSON_NULL ? 0 : found;
}

oat_jnode oat_jdoc_get2(const struct oat_json_doc *doc, oat_jnode object, const char *key, const char *other)
{
    oat_jnode found = oat_jdoc_get(doc, object, key);
    return found ? found : oat_jdoc_get(doc, object, other);
}

oat_text oat_jdoc_text(const struct oat_json_doc *doc, oat_jnode object, const char *key)
{
    oat_text text = oat_jdoc_string(doc, oat_jdoc_get(doc, object, key));
    return text.bytes ? text : (oat_text){"", 0};
}

/* The text of a number, or of a string that may be one. */
static oat_text number_text(const struct oat_json_doc *doc, oat_jnode node)
{
    return oat_jdoc_type_of(doc, node) == OAT_JSON_NUMBER ? oat_jdoc_raw(doc, node)
                                                          : oat_jdoc_string(doc, node);
}

bool oat_jdoc_int(const struct oat_json_doc *doc, oat_jnode node, int64_t *ret)
{
    return oat_parse_int(number_text(doc, node), ret);
}

bool oat_jdoc_uint(const struct oat_json_doc *doc, oat_jnode node, uint64_t *ret)
{
    return oat_parse_uint(number_text(doc, node), ret);
}

bool oat_jdoc_double(const struct oat_json_doc *doc, oat_jnode node, double *ret)
{
    return oat_parse_double(number_text(doc, node), ret);
}

/* ---- Attribute values --------------------------------------------------------------------- */

static oat_value value_at(const struct oat_json_doc *doc, oat_jnode node, unsigned depth);

static const oat_attr *attrs_at(const struct oat_json_doc *doc, oat_jnode object, unsigned depth,
                                bool keep_null, size_t *ret_count)
{
    size_t count = 0;
    oat_attr *attrs = oat_arena_calloc(doc->arena, oat_jdoc_count(doc, object), sizeof *attrs);
    for (oat_jnode k = attrs ? oat_jdoc_first_key(doc, object) : 0; k;
         k = oat_jdoc_next_key(doc, object, k)) {
        oat_text key = oat_jdoc_string(doc, k);
        if (!key.bytes || (!keep_null && oat_jdoc_type_of(doc, k + 1) == OAT_JSON_NULL))
            continue;
        attrs[count++] = (oat_attr){key.bytes, key.len, value_at(doc, k + 1, depth)};
    }
    *ret_count = count;
    return attrs;
}

static oat_value number_value(const struct oat_json_doc *doc, oat_jnode node)
{
    oat_value v = {.type = OAT_VALUE_INT};
    if (oat_jdoc_int(doc, node, &v.u.integer))
        return v;
    v.type = OAT_VALUE_DOUBLE;
    return oat_jdoc_double(doc, node, &v.u.real) ? v : oat_import_text_value(oat_jdoc_raw(doc, node));
}

static oat_value value_at(const struct oat_json_doc *doc, oat_jnode node, unsigned depth)
{
    oat_value v = {.type = OAT_VALUE_NULL};
    enum oat_json_type type = oat_jdoc_type_of(doc, node);
    if ((type == OAT_JSON_ARRAY || type == OAT_JSON_OBJECT) && depth >= OAT_VALUE_DEPTH_MAX)
        return oat_import_text_value(oat_jdoc_raw(doc, node));
    switch (type) {
    case OAT_JSON_TRUE:
    case OAT_JSON_FALSE:
        v.type = OAT_VALUE_BOOL;
        v.u.boolean = type == OAT_JSON_TRUE;
        break;
    case OAT_JSON_NUMBER:
        return number_value(doc, node);
    case OAT_JSON_STRING:
        return oat_import_text_value(oat_jdoc_string(doc, node));
    case OAT_JSON_ARRAY: {
        oat_value *items = oat_arena_calloc(doc->arena, oat_jdoc_count(doc, node), sizeof *items);
        v.type = OAT_VALUE_ARRAY;
        v.u.array = items;
        for (oat_jnode e = items ? oat_jdoc_first(doc, node) : 0; e; e = oat_jdoc_next(doc, node, e))
            items[v.len++] = value_at(doc, e, depth + 1);
        break;
    }
    case OAT_JSON_OBJECT:
        v.type = OAT_VALUE_MAP;
        v.u.map = attrs_at(doc, node, depth + 1, true, &v.len);
        break;
    default:
        break;
    }
    return v;
}

oat_value oat_jdoc_to_value(const struct oat_json_doc *doc, oat_jnode node)
{
    return value_at(doc, node, 1);
}

const oat_attr *oat_jdoc_to_attrs(const struct oat_json_doc *doc, oat_jnode object, size_t *ret_count)
{
    *ret_count = 0;
    if (oat_jdoc_type_of(doc, object) != OAT_JSON_OBJECT)
        return NULL;
    return attrs_at(doc, object, 1, false, ret_count);
}
