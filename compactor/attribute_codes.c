#include "compactor/attribute_codes.h"

#include <stdlib.h>
#include <string.h>

#define KEY_SIZE sizeof(uint32_t)

void oat_attribute_codes_init(struct oat_attribute_codes *codes)
{
    *codes = (struct oat_attribute_codes){0};
    oat_text_codes_init(&codes->keys);
    oat_text_codes_init(&codes->pairs);
}

void oat_attribute_codes_clear(struct oat_attribute_codes *codes)
{
    oat_text_codes_clear(&codes->keys);
    oat_text_codes_clear(&codes->pairs);
    free(codes->pair);
    *codes = (struct oat_attribute_codes){0};
}

static bool make_room(struct oat_attribute_codes *codes, size_t len)
{
    if (len <= codes->pair_capacity)
        return true;
    uint8_t *pair = realloc(codes->pair, 2 * len);
    if (!pair)
        return false;
    codes->pair = pair;
    codes->pair_capacity = 2 * len;
    return true;
}

int oat_attribute_codes_get(struct oat_attribute_codes *codes, const uint8_t *key, size_t key_len,
                            const uint8_t *value, size_t value_len, uint32_t *ret_code)
{
    uint32_t key_code;
    int result = oat_text_codes_get(&codes->keys, key, key_len, &key_code);
    if (result != OAT_OK)
        return result;
    if (!make_room(codes, KEY_SIZE + value_len))
        return OAT_E_NOMEM;
    memcpy(codes->pair, &key_code, KEY_SIZE);
    memcpy(codes->pair + KEY_SIZE, value, value_len);
    return oat_text_codes_get(&codes->pairs, codes->pair, KEY_SIZE + value_len, ret_code);
}

size_t oat_attribute_codes_memory(const struct oat_attribute_codes *codes)
{
    return oat_text_codes_memory(&codes->keys) + oat_text_codes_memory(&codes->pairs) + codes->pair_capacity;
}

/* The pairs taken apart, and the section they become. */
struct parts {
    oat_le32 *key_of, *value_ends;
    uint8_t *values;
    uint8_t *section;
};

static void take_apart(const struct oat_attribute_codes *codes, const struct parts *parts)
{
    uint32_t begin = 0, len = 0;
    for (size_t i = 0; i < codes->pairs.count; i++) {
        uint32_t end = oat_le32_get(codes->pairs.ends[i]);
        uint32_t value_len = end - begin - (uint32_t)KEY_SIZE;
        uint32_t key_code;
        memcpy(&key_code, codes->pairs.bytes + begin, KEY_SIZE);
        memcpy(parts->values + len, codes->pairs.bytes + begin + KEY_SIZE, value_len);
        len += value_len;
        parts->key_of[i] = oat_le32_of(key_code - 1);
        parts->value_ends[i] = oat_le32_of(len);
        begin = end;
    }
}

int oat_attribute_codes_write(const struct oat_attribute_codes *codes, struct oat_section_writer *writer,
                              unsigned table, unsigned column)
{
    size_t count = codes->pairs.count;
    if (count == 0)
        return OAT_OK;
    struct parts parts = {
        .key_of = malloc(count * sizeof *parts.key_of),
        .value_ends = malloc(count * sizeof *parts.value_ends),
        .values = malloc(codes->pairs.len),
    };
    int result = OAT_E_NOMEM;
    if (parts.key_of && parts.value_ends && parts.values) {
        take_apart(codes, &parts);
        struct oat_texts keys = oat_text_codes_texts(&codes->keys);
        struct oat_texts values = {parts.values, parts.value_ends, (uint32_t)count};
        size_t len = oat_attribute_dictionary_size(&keys, &values);
        parts.section = malloc(len);
        if (parts.section) {
            oat_attribute_dictionary_encode(&keys, parts.key_of, &values, parts.section);
            result =
                oat_section_writer_put(writer, OAT_SECTION_ATTRIBUTES, table, column, parts.section, len);
        }
    }
    free(parts.key_of);
    free(parts.value_ends);
    free(parts.values);
    free(parts.section);
    return result;
}
