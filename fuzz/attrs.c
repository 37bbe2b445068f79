/* Encoded attributes: what opens is read without a further error, and encodes to the same bytes. */
#include "fuzz/fuzz.h"

#include "format/attrs.h"
#include "format/limits.h"
#include "format/varint.h"

#include <string.h>

/* Encodes a decoded value again, behind dst; returns the bytes. */
static size_t encode_again(uint8_t *dst, struct oat_attr_value *v, unsigned depth);

static size_t encode_entries(uint8_t *dst, struct oat_attr_cursor *c, bool keys, unsigned depth)
{
    struct oat_attr_value v;
    const uint8_t *key = NULL;
    size_t key_len = 0;
    uint64_t count = c->left;
    size_t n = oat_varint_put(dst, count);
    fuzz_require(depth <= OAT_VALUE_DEPTH_MAX + 1);
    for (uint64_t i = 0; i < count; i++) {
        fuzz_require(keys ? oat_attrs_next(c, &key, &key_len, &v) : oat_values_next(c, &v));
        if (keys) {
            n += oat_varint_put(dst + n, key_len);
            memcpy(dst + n, key, key_len);
            n += key_len;
        }
        n += encode_again(dst + n, &v, depth);
    }
    fuzz_require(!(keys ? oat_attrs_next(c, &key, &key_len, &v) : oat_values_next(c, &v)));
    return n;
}

static size_t encode_again(uint8_t *dst, struct oat_attr_value *v, unsigned depth)
{
    oat_value value = {.type = v->type, .len = v->len};
    switch (v->type) {
    case OAT_VALUE_ARRAY:
    case OAT_VALUE_MAP:
        dst[0] = (uint8_t)v->type;
        return 1 + encode_entries(dst + 1, &v->children, v->type == OAT_VALUE_MAP, depth + 1);
    case OAT_VALUE_STRING:
        value.u.string = (const char *)v->bytes;
        break;
    case OAT_VALUE_BYTES:
        value.u.bytes = v->bytes;
        break;
    case OAT_VALUE_BOOL:
        value.u.boolean = v->boolean;
        break;
    case OAT_VALUE_INT:
        value.u.integer = v->integer;
        break;
    case OAT_VALUE_DOUBLE:
        value.u.real = v->real;
        break;
    case OAT_VALUE_NULL:
        break;
    }
    size_t n = oat_value_encode(dst, &value);
    fuzz_require(n == oat_value_encoded_size(&value));
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oat_attr_cursor cursor;
    if (oat_attrs_open(data, size, &cursor) != OAT_OK)
        return 0;
    uint8_t *again = malloc(size + 16);
    fuzz_require(again != NULL);
    fuzz_require(encode_entries(again, &cursor, true, 1) == size && memcmp(again, data, size) == 0);
    free(again);
    return 0;
}
