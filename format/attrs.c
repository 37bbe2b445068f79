#include "format/attrs.h"

#include "format/endian.h"
#include "format/limits.h"
#include "format/varint.h"

#include <string.h>

/* OAT_NUL: the text ends at its first NUL. */
static size_t resolve_len(const void *text, size_t len)
{
    return len == OAT_NUL ? strlen(text) : len;
}

static size_t text_size(const void *text, size_t len)
{
    len = resolve_len(text, len);
    return oat_varint_size(len) + len;
}

static size_t value_size(const oat_value *value, unsigned depth)
{
    if (depth > OAT_VALUE_DEPTH_MAX)
        return 0;
    switch (value->type) {
    case OAT_VALUE_STRING:
        return 1 + text_size(value->u.string, value->len);
    case OAT_VALUE_BYTES:
        return 1 + oat_varint_size(value->len) + value->len;
    case OAT_VALUE_BOOL:
        return 2;
    case OAT_VALUE_INT:
        return 1 + oat_varint_size(oat_zigzag(value->u.integer));
    case OAT_VALUE_DOUBLE:
        return 9;
    case OAT_VALUE_ARRAY:
    case OAT_VALUE_MAP:
        break;
    case OAT_VALUE_NULL:
    default:
        return 1;
    }
    size_t total = 1 + oat_varint_size(value->len);
    for (size_t i = 0; i < value->len; i++) {
        bool map = value->type == OAT_VALUE_MAP;
        size_t n = value_size(map ? &value->u.map[i].value : &value->u.array[i], depth + 1);
        if (n == 0)
            return 0;
        total += n + (map ? text_size(value->u.map[i].key, value->u.map[i].key_len) : 0);
    }
    return total;
}

size_t oat_value_encoded_size(const oat_value *value)
{
    return value_size(value, 1);
}

static size_t put_text(uint8_t *dst, const void *text, size_t len)
{
    size_t n = oat_varint_put(dst, len);
    if (len > 0)
        memcpy(dst + n, text, len);
    return n + len;
}

size_t oat_value_encode(uint8_t *dst, const oat_value *value)
{
    size_t n = 1;
    oat_le64 bits;
    dst[0] = (uint8_t)value->type;
    switch (value->type) {
    case OAT_VALUE_STRING:
        return n + put_text(dst + n, value->u.string, resolve_len(value->u.string, value->len));
    case OAT_VALUE_BYTES:
        return n + put_text(dst + n, value->u.bytes, value->len);
    case OAT_VALUE_BOOL:
        dst[n] = value->u.boolean;
        return n + 1;
    case OAT_VALUE_INT:
        return n + oat_varint_put(dst + n, oat_zigzag(value->u.integer));
    case OAT_VALUE_DOUBLE: {
        uint64_t x;
        memcpy(&x, &value->u.real, sizeof x);
        bits = oat_le64_of(x);
        memcpy(dst + n, &bits, sizeof bits);
        return n + sizeof bits;
    }
    case OAT_VALUE_ARRAY:
        n += oat_varint_put(dst + n, value->len);
        for (size_t i = 0; i < value->len; i++)
            n += oat_value_encode(dst + n, &value->u.array[i]);
        return n;
    case OAT_VALUE_MAP:
        n += oat_varint_put(dst + n, value->len);
        for (size_t i = 0; i < value->len; i++) {
            const oat_attr *attr = &value->u.map[i];
            n += put_text(dst + n, attr->key, resolve_len(attr->key, attr->key_len));
            n += oat_value_encode(dst + n, &value->u.map[i].value);
        }
        return n;
    case OAT_VALUE_NULL:
    default:
        dst[0] = OAT_VALUE_NULL;
        return n;
    }
}

/* Reads a length and the bytes it counts. */
static bool get_text(struct oat_attr_cursor *c, const uint8_t **ret, size_t *ret_len)
{
    uint64_t len;
    size_t used = oat_varint_get(c->bytes + c->pos, c->len - c->pos, &len);
    if (used == 0 || !oat_range_ok(c->pos + used, len, c->len))
        return false;
    *ret = c->bytes + c->pos + used;
    *ret_len = (size_t)len;
    c->pos += used + (size_t)len;
    return true;
}

static bool get_varint(struct oat_attr_cursor *c, uint64_t *ret)
{
    size_t used = oat_varint_get(c->bytes + c->pos, c->len - c->pos, ret);
    c->pos += used;
    return used > 0;
}

/* Reads a scalar, or the head of an array or map with `children` behind it. */
static bool get_value_head(struct oat_attr_cursor *c, struct oat_attr_value *v)
{
    uint64_t x;
    memset(v, 0, sizeof *v);
    if (c->pos == c->len)
        return false;
    v->type = (enum oat_value_type)c->bytes[c->pos++];
    switch (v->type) {
    case OAT_VALUE_NULL:
        return true;
    case OAT_VALUE_STRING:
    case OAT_VALUE_BYTES:
        return get_text(c, &v->bytes, &v->len);
    case OAT_VALUE_BOOL:
        if (c->pos == c->len || c->bytes[c->pos] > 1)
            return false;
        v->boolean = c->bytes[c->pos++] == 1;
        return true;
    case OAT_VALUE_INT:
        if (!get_varint(c, &x))
            return false;
        v->integer = oat_unzigzag(x);
        return true;
    case OAT_VALUE_DOUBLE: {
        oat_le64 bits;
        if (!oat_range_ok(c->pos, sizeof bits, c->len))
            return false;
        memcpy(&bits, c->bytes + c->pos, sizeof bits);
        c->pos += sizeof bits;
        x = oat_le64_get(bits);
        memcpy(&v->real, &x, sizeof v->real);
        return true;
    }
    case OAT_VALUE_ARRAY:
    case OAT_VALUE_MAP:
        if (!get_varint(c, &v->children.left) || v->children.left > c->len - c->pos)
            return false;
        v->children.bytes = c->bytes;
        v->children.len = c->len;
        v->children.pos = c->pos;
        return true;
    default:
        return false;
    }
}

/* Moves c behind `count` entries; depth: of the values in them. */
static int skip_entries(struct oat_attr_cursor *c, uint64_t count, bool map, unsigned depth);

/* Moves c behind the children of a value whose head was read. */
static int skip_children(struct oat_attr_cursor *c, const struct oat_attr_value *v, unsigned depth)
{
    if (v->type != OAT_VALUE_ARRAY && v->type != OAT_VALUE_MAP)
        return OAT_OK;
    return skip_entries(c, v->children.left, v->type == OAT_VALUE_MAP, depth + 1);
}

static int skip_entries(struct oat_attr_cursor *c, uint64_t count, bool map, unsigned depth)
{
    if (count > 0 && depth > OAT_VALUE_DEPTH_MAX)
        return OAT_E_LIMIT;
    for (uint64_t i = 0; i < count; i++) {
        struct oat_attr_value v;
        const uint8_t *key;
        size_t key_len;
        if ((map && !get_text(c, &key, &key_len)) || !get_value_head(c, &v))
            return OAT_E_CORRUPT;
        int st = skip_children(c, &v, depth);
        if (st != OAT_OK)
            return st;
    }
    return OAT_OK;
}

int oat_attrs_open(const uint8_t *bytes, size_t len, struct oat_attr_cursor *ret)
{
    struct oat_attr_cursor c = {.bytes = bytes, .len = len};
    if (!get_varint(&c, &c.left) || c.left > len - c.pos)
        return OAT_E_CORRUPT;
    struct oat_attr_cursor walk = c;
    int st = skip_entries(&walk, c.left, true, 1);
    if (st != OAT_OK)
        return st;
    if (walk.pos != len)
        return OAT_E_CORRUPT;
    *ret = c;
    return OAT_OK;
}

int oat_value_open(const uint8_t *bytes, size_t len, struct oat_attr_value *ret)
{
    struct oat_attr_cursor c = {.bytes = bytes, .len = len};
    struct oat_attr_value value;
    if (!get_value_head(&c, &value))
        return OAT_E_CORRUPT;
    int st = skip_children(&c, &value, 1);
    if (st != OAT_OK)
        return st;
    if (c.pos != len)
        return OAT_E_CORRUPT;
    *ret = value;
    return OAT_OK;
}

bool oat_values_next(struct oat_attr_cursor *cursor, struct oat_attr_value *ret)
{
    if (cursor->left == 0 || !get_value_head(cursor, ret))
        return false;
    cursor->left--;
    return skip_children(cursor, ret, 0) == OAT_OK;
}

bool oat_attrs_next(struct oat_attr_cursor *cursor, const uint8_t **ret_key, size_t *ret_key_len,
                    struct oat_attr_value *ret)
{
    if (cursor->left == 0 || !get_text(cursor, ret_key, ret_key_len))
        return false;
    return oat_values_next(cursor, ret);
}
