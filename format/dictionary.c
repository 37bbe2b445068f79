#include "format/dictionary.h"

#include "format/attrs.h"
#include "format/limits.h"
#include "oat/oat.h"

#include <string.h>

#define NUMBER_SIZE sizeof(oat_le32)

/* ---- Writing ---- */

static size_t texts_len(const struct oat_texts *texts)
{
    return texts->count == 0 ? 0 : oat_le32_get(texts->ends[texts->count - 1]);
}

static uint8_t *put(uint8_t *dst, const void *bytes, size_t len)
{
    if (len > 0)
        memcpy(dst, bytes, len);
    return dst + len;
}

static uint8_t *put_count(uint8_t *dst, uint32_t count)
{
    const oat_le32 number = oat_le32_of(count);
    return put(dst, &number, NUMBER_SIZE);
}

size_t oat_text_dictionary_size(const struct oat_texts *texts)
{
    return (1 + (size_t)texts->count) * NUMBER_SIZE + texts_len(texts);
}

void oat_text_dictionary_encode(const struct oat_texts *texts, uint8_t *dst)
{
    dst = put_count(dst, texts->count);
    dst = put(dst, texts->ends, texts->count * NUMBER_SIZE);
    put(dst, texts->bytes, texts_len(texts));
}

size_t oat_attribute_dictionary_size(const struct oat_texts *keys, const struct oat_texts *values)
{
    size_t numbers = 2 + (size_t)keys->count + 2 * (size_t)values->count;
    return numbers * NUMBER_SIZE + texts_len(keys) + texts_len(values);
}

void oat_attribute_dictionary_encode(const struct oat_texts *keys, const oat_le32 *key_of,
                                     const struct oat_texts *values, uint8_t *dst)
{
    dst = put_count(dst, keys->count);
    dst = put_count(dst, values->count);
    dst = put(dst, keys->ends, keys->count * NUMBER_SIZE);
    dst = put(dst, key_of, values->count * NUMBER_SIZE);
    dst = put(dst, values->ends, values->count * NUMBER_SIZE);
    dst = put(dst, keys->bytes, texts_len(keys));
    put(dst, values->bytes, texts_len(values));
}

/* ---- Reading ---- */

static int corrupt(const char **ret_what, const char *what)
{
    *ret_what = what;
    return OAT_E_CORRUPT;
}

/* A number of the view. False: not in it, or damaged. */
static bool read_number(const struct oat_section_view *view, uint64_t at, uint32_t *ret)
{
    oat_le32 number;
    if (!oat_section_need(view, at, sizeof number))
        return false;
    memcpy(&number, view->bytes + at, sizeof number);
    *ret = oat_le32_get(number);
    return true;
}

/* Where text number `index` ends, from 0; the texts before the first end at 0. */
static bool read_end(const struct oat_text_dictionary *d, uint32_t index, uint32_t *ret)
{
    if (index == 0) {
        *ret = 0;
        return true;
    }
    return read_number(&d->view, d->ends_at + (uint64_t)(index - 1) * NUMBER_SIZE, ret);
}

/* NULL: what is not in the view was refused there already. */
static const char *number_problem(const struct oat_section_view *view, uint64_t at, const char *what)
{
    return oat_range_ok(at, NUMBER_SIZE, view->len) ? NULL : what;
}

int oat_text_dictionary_open(const struct oat_section_view *view, struct oat_text_dictionary *ret,
                             const char **ret_what)
{
    struct oat_text_dictionary d = {.view = *view, .ends_at = NUMBER_SIZE};
    if (!read_number(view, 0, &d.count))
        return corrupt(ret_what, number_problem(view, 0, "dictionary length"));
    d.bytes_at = d.ends_at + (uint64_t)d.count * NUMBER_SIZE;
    if (d.bytes_at > view->len)
        return corrupt(ret_what, "dictionary count");
    if (!read_end(&d, d.count, &d.bytes_len))
        return corrupt(ret_what, NULL);
    if (d.bytes_at + d.bytes_len != view->len)
        return corrupt(ret_what, "dictionary ends");
    *ret = d;
    return OAT_OK;
}

int oat_attribute_dictionary_open(const struct oat_section_view *view, struct oat_attribute_dictionary *ret,
                                  const char **ret_what)
{
    struct oat_attribute_dictionary d = {.keys.view = *view, .values.view = *view};
    struct oat_text_dictionary *keys = &d.keys, *values = &d.values;
    if (!read_number(view, 0, &keys->count) || !read_number(view, NUMBER_SIZE, &values->count))
        return corrupt(ret_what, number_problem(view, NUMBER_SIZE, "dictionary length"));
    keys->ends_at = 2 * NUMBER_SIZE;
    d.keys_of_at = keys->ends_at + (uint64_t)keys->count * NUMBER_SIZE;
    values->ends_at = d.keys_of_at + (uint64_t)values->count * NUMBER_SIZE;
    keys->bytes_at = values->ends_at + (uint64_t)values->count * NUMBER_SIZE;
    if (keys->bytes_at > view->len)
        return corrupt(ret_what, "dictionary count");
    if (!read_end(keys, keys->count, &keys->bytes_len) ||
        !read_end(values, values->count, &values->bytes_len))
        return corrupt(ret_what, NULL);
    values->bytes_at = keys->bytes_at + keys->bytes_len;
    if (values->bytes_at + values->bytes_len != view->len)
        return corrupt(ret_what, "dictionary ends");
    *ret = d;
    return OAT_OK;
}

const uint8_t *oat_text_dictionary_get(const struct oat_text_dictionary *dictionary, uint64_t code,
                                       size_t *ret_len)
{
    uint32_t begin, end;
    if (code == 0 || code > dictionary->count || !read_end(dictionary, (uint32_t)code - 1, &begin) ||
        !read_end(dictionary, (uint32_t)code, &end) || begin > end || end > dictionary->bytes_len ||
        !oat_section_need(&dictionary->view, dictionary->bytes_at + begin, end - begin))
        return NULL;
    *ret_len = end - begin;
    return dictionary->view.bytes + dictionary->bytes_at + begin;
}

bool oat_attribute_dictionary_get(const struct oat_attribute_dictionary *dictionary, uint64_t code,
                                  const uint8_t **ret_key, size_t *ret_key_len, const uint8_t **ret_value,
                                  size_t *ret_value_len)
{
    uint32_t key_number;
    struct oat_attr_value opened;
    const uint8_t *value = oat_text_dictionary_get(&dictionary->values, code, ret_value_len);
    if (!value || oat_value_open(value, *ret_value_len, &opened) != OAT_OK ||
        !read_number(&dictionary->values.view, dictionary->keys_of_at + (code - 1) * NUMBER_SIZE,
                     &key_number))
        return false;
    const uint8_t *key = oat_text_dictionary_get(&dictionary->keys, (uint64_t)key_number + 1, ret_key_len);
    if (!key)
        return false;
    *ret_key = key;
    *ret_value = value;
    return true;
}

/* ---- Forgotten content ---- */

static uint8_t *writable(const struct oat_text_dictionary *dictionary, uint64_t code, size_t *ret_len)
{
    return (uint8_t *)(uintptr_t)oat_text_dictionary_get(dictionary, code, ret_len);
}

void oat_text_dictionary_mask(const struct oat_text_dictionary *dictionary,
                              const struct oat_forgotten *forgotten)
{
    for (uint64_t code = 1; code <= dictionary->count; code++) {
        size_t len;
        uint8_t *text = writable(dictionary, code, &len);
        if (text)
            oat_forgotten_mask(forgotten, text, len);
    }
}

void oat_attribute_dictionary_mask(const struct oat_attribute_dictionary *dictionary,
                                   const struct oat_forgotten *forgotten)
{
    oat_text_dictionary_mask(&dictionary->keys, forgotten);
    for (uint64_t code = 1; code <= dictionary->values.count; code++) {
        size_t len;
        bool masked;
        uint8_t *value = writable(&dictionary->values, code, &len);
        if (value)
            oat_forgotten_mask_value(forgotten, value, len, &masked);
    }
}
