#include "format/attrs_walk.h"

#include "format/attrs.h"

struct walk {
    oat_attrs_text_fn fn;
    void *arg;
};

static int walk_value(const struct walk *w, const struct oat_attr_value *value);

static int walk_map(const struct walk *w, struct oat_attr_cursor cursor)
{
    struct oat_attr_value value;
    const uint8_t *key;
    size_t key_len;
    int result = OAT_OK;
    while (result == OAT_OK && oat_attrs_next(&cursor, &key, &key_len, &value)) {
        result = w->fn(w->arg, key, key_len);
        if (result == OAT_OK)
            result = walk_value(w, &value);
    }
    return result;
}

static int walk_array(const struct walk *w, struct oat_attr_cursor cursor)
{
    struct oat_attr_value value;
    int result = OAT_OK;
    while (result == OAT_OK && oat_values_next(&cursor, &value))
        result = walk_value(w, &value);
    return result;
}

/* As deep as values nest: OAT_VALUE_DEPTH_MAX, which opening has checked. */
static int walk_value(const struct walk *w, const struct oat_attr_value *value)
{
    switch (value->type) {
    case OAT_VALUE_STRING:
    case OAT_VALUE_BYTES:
        return w->fn(w->arg, value->bytes, value->len);
    case OAT_VALUE_ARRAY:
        return walk_array(w, value->children);
    case OAT_VALUE_MAP:
        return walk_map(w, value->children);
    default:
        return OAT_OK;
    }
}

int oat_attrs_texts(const uint8_t *bytes, size_t len, oat_attrs_text_fn fn, void *arg)
{
    const struct walk walk = {fn, arg};
    struct oat_attr_cursor cursor;
    int result = oat_attrs_open(bytes, len, &cursor);
    return result == OAT_OK ? walk_map(&walk, cursor) : result;
}

int oat_value_texts(const uint8_t *bytes, size_t len, oat_attrs_text_fn fn, void *arg)
{
    const struct walk walk = {fn, arg};
    struct oat_attr_value value;
    int result = oat_value_open(bytes, len, &value);
    return result == OAT_OK ? walk_value(&walk, &value) : result;
}
