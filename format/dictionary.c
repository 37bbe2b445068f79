#include "format/dictionary.h"

#include "format/attrs.h"
#include "oat/oat.h"

#include <string.h>

#define NUMBER_SIZE sizeof(oat_le32)

/* ---- Writing ---- */

static size_t texts_len(const struct oat_texts *texts)
{
    return texts->count == 0 ? 0 : texts->ends[texts->count - 1];
}

static uint8_t *put_numbers(uint8_t *dst, const uint32_t *numbers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        oat_le32 number = oat_le32_of(numbers[i]);
        memcpy(dst + i * NUMBER_SIZE, &number, NUMBER_SIZE);
    }
    return dst + count * NUMBER_SIZE;
}

static uint8_t *put_bytes(uint8_t *dst, const struct oat_texts *texts)
{
    size_t len = texts_len(texts);
    if (len > 0)
        memcpy(dst, texts->bytes, len);
    return dst + len;
}

size_t oat_text_dictionary_size(const struct oat_texts *texts)
{
    return (1 + (size_t)texts->count) * NUMBER_SIZE + texts_len(texts);
}

void oat_text_dictionary_encode(const struct oat_texts *texts, uint8_t *dst)
{
    dst = put_numbers(dst, &texts->count, 1);
    dst = put_numbers(dst, texts->ends, texts->count);
    put_bytes(dst, texts);
}

size_t oat_attribute_dictionary_size(const struct oat_texts *keys, const struct oat_texts *values)
{
    size_t numbers = 2 + (size_t)keys->count + 2 * (size_t)values->count;
    return numbers * NUMBER_SIZE + texts_len(keys) + texts_len(values);
}

void oat_attribute_dictionary_encode(const struct oat_texts *keys, const uint32_t *key_of,
                                     const struct oat_texts *values, uint8_t *dst)
{
    dst = put_numbers(dst, &keys->count, 1);
    dst = put_numbers(dst, &values->count, 1);
    dst = put_numbers(dst, keys->ends, keys->count);
    dst = put_numbers(dst, key_of, values->count);
    dst = put_numbers(dst, values->ends, values->count);
    dst = put_bytes(dst, keys);
    put_bytes(dst, values);
}

/* ---- Reading ---- */

static int corrupt(const char **ret_what, const char *what)
{
    *ret_what = what;
    return OAT_E_CORRUPT;
}

/* A section as it is read from its beginning. */
struct rest {
    const uint8_t *at;
    size_t len;
};

static const uint8_t *take(struct rest *rest, uint64_t len)
{
    if (len > rest->len)
        return NULL;
    const uint8_t *taken = rest->at;
    rest->at += len;
    rest->len -= (size_t)len;
    return taken;
}

static const oat_le32 *take_numbers(struct rest *rest, uint32_t count)
{
    return (const void *)take(rest, (uint64_t)count * NUMBER_SIZE);
}

/* Bytes of the texts, or of nothing when there are none. */
static size_t dictionary_len(const struct oat_text_dictionary *dictionary)
{
    return dictionary->count == 0 ? 0 : oat_le32_get(dictionary->ends[dictionary->count - 1]);
}

static bool ends_ascend(const struct oat_text_dictionary *dictionary)
{
    uint32_t last = 0;
    bool ascend = true;
    for (uint32_t i = 0; i < dictionary->count; i++) {
        uint32_t end = oat_le32_get(dictionary->ends[i]);
        ascend &= end >= last;
        last = end;
    }
    return ascend;
}

/* Takes the bytes of texts whose ends were taken. */
static bool take_bytes(struct rest *rest, struct oat_text_dictionary *dictionary)
{
    dictionary->bytes = take(rest, dictionary_len(dictionary));
    return dictionary->bytes != NULL && ends_ascend(dictionary);
}

int oat_text_dictionary_open(const uint8_t *bytes, size_t len, struct oat_text_dictionary *ret,
                             const char **ret_what)
{
    struct rest rest = {bytes, len};
    struct oat_text_dictionary d;
    const oat_le32 *count = take_numbers(&rest, 1);
    if (!count)
        return corrupt(ret_what, "dictionary length");
    d.count = oat_le32_get(*count);
    d.ends = take_numbers(&rest, d.count);
    if (!d.ends)
        return corrupt(ret_what, "dictionary count");
    if (!take_bytes(&rest, &d) || rest.len != 0)
        return corrupt(ret_what, "dictionary ends");
    *ret = d;
    return OAT_OK;
}

/* What is wrong with the keys and values of a dictionary whose texts are in place, or NULL. */
static const char *attributes_problem(const struct oat_attribute_dictionary *d)
{
    for (uint32_t code = 1; code <= d->values.count; code++) {
        struct oat_attr_value value;
        size_t len = 0;
        const uint8_t *bytes = oat_text_dictionary_get(&d->values, code, &len);
        if (oat_le32_get(d->key_of[code - 1]) >= d->keys.count)
            return "attribute key";
        if (oat_value_open(bytes, len, &value) != OAT_OK)
            return "attribute value";
    }
    return NULL;
}

int oat_attribute_dictionary_open(const uint8_t *bytes, size_t len, struct oat_attribute_dictionary *ret,
                                  const char **ret_what)
{
    struct rest rest = {bytes, len};
    struct oat_attribute_dictionary d;
    const oat_le32 *counts = take_numbers(&rest, 2);
    if (!counts)
        return corrupt(ret_what, "dictionary length");
    d.keys.count = oat_le32_get(counts[0]);
    d.values.count = oat_le32_get(counts[1]);
    d.keys.ends = take_numbers(&rest, d.keys.count);
    d.key_of = d.keys.ends ? take_numbers(&rest, d.values.count) : NULL;
    d.values.ends = d.key_of ? take_numbers(&rest, d.values.count) : NULL;
    if (!d.values.ends)
        return corrupt(ret_what, "dictionary count");
    if (!take_bytes(&rest, &d.keys) || !take_bytes(&rest, &d.values) || rest.len != 0)
        return corrupt(ret_what, "dictionary ends");
    const char *what = attributes_problem(&d);
    if (what)
        return corrupt(ret_what, what);
    *ret = d;
    return OAT_OK;
}

const uint8_t *oat_text_dictionary_get(const struct oat_text_dictionary *dictionary, uint64_t code,
                                       size_t *ret_len)
{
    if (code == 0 || code > dictionary->count)
        return NULL;
    uint32_t begin = code == 1 ? 0 : oat_le32_get(dictionary->ends[code - 2]);
    *ret_len = oat_le32_get(dictionary->ends[code - 1]) - begin;
    return dictionary->bytes + begin;
}

bool oat_attribute_dictionary_get(const struct oat_attribute_dictionary *dictionary, uint64_t code,
                                  const uint8_t **ret_key, size_t *ret_key_len, const uint8_t **ret_value,
                                  size_t *ret_value_len)
{
    if (code == 0 || code > dictionary->values.count)
        return false;
    uint64_t key = (uint64_t)oat_le32_get(dictionary->key_of[code - 1]) + 1;
    *ret_key = oat_text_dictionary_get(&dictionary->keys, key, ret_key_len);
    *ret_value = oat_text_dictionary_get(&dictionary->values, code, ret_value_len);
    return true;
}
