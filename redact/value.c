#include "redact/value.h"

#include "format/limits.h"
#include "redact/named.h"
#include "redact/redact.h"

#include <stdlib.h>
#include <string.h>

struct oat_redact_block {
    struct oat_redact_block *next;
    void *bytes;
};

void oat_redact_scratch_free(struct oat_redact_scratch *scratch)
{
    while (scratch->blocks) {
        struct oat_redact_block *next = scratch->blocks->next;
        free(scratch->blocks->bytes);
        free(scratch->blocks);
        scratch->blocks = next;
    }
}

/* Takes bytes over, also when it fails. */
static int own(struct oat_redact_scratch *scratch, void *bytes)
{
    struct oat_redact_block *block = bytes ? malloc(sizeof *block) : NULL;
    if (!block) {
        free(bytes);
        return OAT_E_NOMEM;
    }
    *block = (struct oat_redact_block){scratch->blocks, bytes};
    scratch->blocks = block;
    return OAT_OK;
}

/* A copy of a list. NULL: out of memory. */
static void *copy(struct oat_redact_scratch *scratch, const void *list, size_t count, size_t size)
{
    void *bytes = calloc(count, size);
    if (own(scratch, bytes) != OAT_OK)
        return NULL;
    memcpy(bytes, list, count * size);
    return bytes;
}

static size_t len_of(const oat_value *value)
{
    return value->len == OAT_NUL ? strlen(value->u.string) : value->len;
}

static int redact_text(struct oat_redact_scratch *scratch, oat_value *value)
{
    uint8_t *text;
    size_t len;
    int result = oat_redact(scratch->rules, (const uint8_t *)value->u.string, len_of(value), scratch->ids,
                            &text, &len);
    if (result != OAT_OK)
        return result == OAT_NOTFOUND ? OAT_OK : result;
    value->u.string = (const char *)text;
    value->len = len;
    return own(scratch, text);
}

static int redact_attr(struct oat_redact_scratch *scratch, oat_attr *attr, unsigned depth);

static int redact_value(struct oat_redact_scratch *scratch, oat_value *value, unsigned depth)
{
    int result = OAT_OK;
    if (value->type == OAT_VALUE_STRING && value->u.string)
        return redact_text(scratch, value);
    if ((value->type != OAT_VALUE_ARRAY && value->type != OAT_VALUE_MAP) || value->len == 0 ||
        depth >= OAT_VALUE_DEPTH_MAX)
        return OAT_OK;
    if (value->type == OAT_VALUE_ARRAY) {
        oat_value *items = copy(scratch, value->u.array, value->len, sizeof *items);
        for (size_t i = 0; items && result == OAT_OK && i < value->len; i++)
            result = redact_value(scratch, &items[i], depth + 1);
        value->u.array = items;
        return items ? result : OAT_E_NOMEM;
    }
    oat_attr *attrs = copy(scratch, value->u.map, value->len, sizeof *attrs);
    for (size_t i = 0; attrs && result == OAT_OK && i < value->len; i++)
        result = redact_attr(scratch, &attrs[i], depth + 1);
    value->u.map = attrs;
    return attrs ? result : OAT_E_NOMEM;
}

static bool is_secret(const oat_attr *attr)
{
    bool can_be = attr->value.type == OAT_VALUE_STRING || attr->value.type == OAT_VALUE_BYTES ||
                  attr->value.type == OAT_VALUE_INT;
    return can_be && attr->key &&
           oat_redact_is_secret_name(attr->key, attr->key_len == OAT_NUL ? strlen(attr->key) : attr->key_len);
}

static int redact_attr(struct oat_redact_scratch *scratch, oat_attr *attr, unsigned depth)
{
    if (!(scratch->rules->kinds & OAT_REDACT_KEYS) || !is_secret(attr))
        return redact_value(scratch, &attr->value, depth);
    char *marker = malloc(OAT_REDACT_MARKER_SIZE);
    if (own(scratch, marker) != OAT_OK)
        return OAT_E_NOMEM;
    bool is_int = attr->value.type == OAT_VALUE_INT;
    const void *secret = is_int ? (const void *)&attr->value.u.integer : attr->value.u.string;
    size_t len = is_int ? sizeof attr->value.u.integer : len_of(&attr->value);
    len = oat_redact_marker(marker, "secret", secret, len, scratch->ids);
    attr->value = (oat_value){.type = OAT_VALUE_STRING, .len = len, .u.string = marker};
    return OAT_OK;
}

int oat_redact_attr(struct oat_redact_scratch *scratch, oat_attr *attr)
{
    return redact_attr(scratch, attr, 1);
}

int oat_redact_attrs(struct oat_redact_scratch *scratch, const oat_attr **attrs, size_t count)
{
    oat_value map = {.type = OAT_VALUE_MAP, .len = count, .u.map = *attrs};
    int result = redact_value(scratch, &map, 0);
    *attrs = map.u.map;
    return result;
}
