#include "writer/attr_buffer.h"

#include "format/attrs.h"
#include "format/hash.h"
#include "format/limits.h"
#include "format/varint.h"

#include <stdlib.h>
#include <string.h>

#define KEEP_BYTES 4096u

/* Leaves the dead bytes behind; without memory for that they stay. */
static void compact(oat_attr_buffer *b)
{
    uint8_t *bytes = malloc(b->capacity);
    if (!bytes)
        return;
    b->len = b->dead = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        oat_attr_entry *e = &b->entries[i];
        memcpy(bytes + b->len, b->bytes + e->pos, e->len);
        e->pos = (uint32_t)b->len;
        b->len += e->len;
    }
    free(b->bytes);
    b->bytes = bytes;
}

static bool make_room(oat_attr_buffer *b, size_t more)
{
    /* An attribute that is set again and again takes no more than twice the room. */
    if (b->capacity - b->len < more && b->dead > b->len / 2)
        compact(b);
    if (b->capacity - b->len >= more)
        return true;
    size_t capacity = b->capacity ? b->capacity : 256;
    while (capacity - b->len < more)
        capacity *= 2;
    uint8_t *bytes = realloc(b->bytes, capacity);
    if (!bytes)
        return false;
    b->bytes = bytes;
    b->capacity = capacity;
    return true;
}

static bool make_entry_room(oat_attr_buffer *b)
{
    if (b->count < b->entry_capacity)
        return true;
    uint32_t capacity = b->entry_capacity ? b->entry_capacity * 2 : 8;
    oat_attr_entry *entries = realloc(b->entries, capacity * sizeof *entries);
    if (!entries)
        return false;
    b->entries = entries;
    b->entry_capacity = capacity;
    return true;
}

static bool entry_has_key(const oat_attr_buffer *b, const oat_attr_entry *e, const char *key, size_t key_len)
{
    uint64_t len;
    size_t used = oat_varint_get(b->bytes + e->pos, e->len, &len);
    return used > 0 && len == key_len && memcmp(b->bytes + e->pos + used, key, key_len) == 0;
}

static oat_attr_entry *find(const oat_attr_buffer *b, uint32_t key_hash, const char *key, size_t key_len)
{
    for (uint32_t i = 0; i < b->count; i++)
        if (b->entries[i].key_hash == key_hash && entry_has_key(b, &b->entries[i], key, key_len))
            return &b->entries[i];
    return NULL;
}

int oat_attr_buffer_set(oat_attr_buffer *buffer, const char *key, size_t key_len, const oat_value *value,
                        bool inherited)
{
    oat_attr_buffer *b = buffer;
    uint32_t key_hash = (uint32_t)oat_hash64(key, key_len, 0);
    size_t value_size = oat_value_encoded_size(value);
    size_t size = oat_varint_size(key_len) + key_len + value_size;
    oat_attr_entry *e = find(b, key_hash, key, key_len);

    if (value_size == 0 || (!e && b->count >= OAT_ATTRS_MAX) || size > UINT32_MAX - b->len)
        return OAT_E_LIMIT;
    if (!make_room(b, size) || (!e && !make_entry_room(b)))
        return OAT_E_NOMEM;
    if (e)
        b->dead += e->len;
    else
        e = &b->entries[b->count++];
    *e = (oat_attr_entry){
        .key_hash = key_hash, .pos = (uint32_t)b->len, .len = (uint32_t)size, .inherited = inherited};
    b->len += oat_varint_put(b->bytes + b->len, key_len);
    memcpy(b->bytes + b->len, key, key_len);
    b->len += key_len;
    b->len += oat_value_encode(b->bytes + b->len, value);
    return OAT_OK;
}

void oat_attr_buffer_remove(oat_attr_buffer *buffer, const char *key, size_t key_len)
{
    oat_attr_entry *e = find(buffer, (uint32_t)oat_hash64(key, key_len, 0), key, key_len);
    if (!e)
        return;
    buffer->dead += e->len;
    buffer->count--;
    memmove(e, e + 1, (size_t)(buffer->entries + buffer->count - e) * sizeof *e);
}

int oat_attr_buffer_inherit(oat_attr_buffer *buffer, const oat_attr_buffer *from)
{
    for (uint32_t i = 0; i < from->count; i++) {
        oat_attr_entry e = from->entries[i];
        if (!e.inherited)
            continue;
        if (!make_room(buffer, e.len) || !make_entry_room(buffer))
            return OAT_E_NOMEM;
        memcpy(buffer->bytes + buffer->len, from->bytes + e.pos, e.len);
        e.pos = (uint32_t)buffer->len;
        buffer->len += e.len;
        buffer->entries[buffer->count++] = e;
    }
    return OAT_OK;
}

int oat_attr_buffer_encode(const oat_attr_buffer *buffer, uint8_t **ret, size_t *ret_len)
{
    *ret = NULL;
    *ret_len = 0;
    if (buffer->count == 0)
        return OAT_OK;
    uint8_t *bytes = malloc(buffer->len - buffer->dead + OAT_VARINT_MAX);
    if (!bytes)
        return OAT_E_NOMEM;
    size_t n = oat_varint_put(bytes, buffer->count);
    for (uint32_t i = 0; i < buffer->count; i++) {
        memcpy(bytes + n, buffer->bytes + buffer->entries[i].pos, buffer->entries[i].len);
        n += buffer->entries[i].len;
    }
    *ret = bytes;
    *ret_len = n;
    return OAT_OK;
}

void oat_attr_buffer_clear(oat_attr_buffer *buffer)
{
    if (buffer->capacity > KEEP_BYTES) {
        oat_attr_buffer_free(buffer);
        return;
    }
    buffer->len = buffer->dead = 0;
    buffer->count = 0;
}

void oat_attr_buffer_free(oat_attr_buffer *buffer)
{
    free(buffer->bytes);
    free(buffer->entries);
    memset(buffer, 0, sizeof *buffer);
}
