#include "export/attribute_texts.h"

#include <stdlib.h>
#include <string.h>

#include "reader/part_attributes.h"

#define MEMBERS_BYTES (64u << 10) /* that are kept; an attribute alone may have more */

void oat_attribute_texts_free(struct oat_attribute_texts *texts)
{
    oat_json_free(&texts->members);
    oat_stored_attrs_free(&texts->other);
    oat_attribute_rows_free(&texts->rows);
}

/* Writes what a code stands for. Nothing that says something of the span is a member, and nothing damaged. */
static struct oat_attribute_text write_member(struct oat_attribute_texts *texts, uint32_t row, uint32_t code)
{
    struct oat_json *json = &texts->members; /* an object of one member a line */
    size_t begin = json->len, end, len;
    uint8_t *bytes;
    if (oat_part_attributes_of_codes(texts->rows.part, row, &code, 1, &bytes, &len) != OAT_OK)
        return (struct oat_attribute_text){0};
    oat_json_attrs(json, bytes, len);
    free(bytes);
    end = json->len;
    oat_json_raw(json, "\n", 1);
    if (json->failed || json->bytes[begin] != '{' || end - begin == strlen("{}"))
        return (struct oat_attribute_text){0};
    return (struct oat_attribute_text){begin + strlen("{"), end - begin - strlen("{}")};
}

static struct oat_attribute_text member_of(struct oat_attribute_texts *texts, uint32_t row, uint32_t code)
{
    size_t i = code % OAT_ATTRIBUTE_TEXTS;
    if (texts->known[i].part != texts->rows.part || texts->known[i].code != code) {
        texts->known[i].part = texts->rows.part;
        texts->known[i].code = code;
        texts->known[i].text = write_member(texts, row, code);
    }
    return texts->known[i].text;
}

/* False: they are to be read by themselves. */
static bool find_members(struct oat_attribute_texts *texts, const oat_snapshot *snapshot,
                         const oat_payload *payload)
{
    uint32_t codes[OAT_ATTRIBUTE_COLUMNS];
    uint32_t count = oat_attribute_rows_find(&texts->rows, snapshot, payload, codes);
    if (texts->members.len > MEMBERS_BYTES) {
        oat_json_clear(&texts->members);
        memset(texts->known, 0, sizeof texts->known);
    }
    for (uint32_t i = 0; i < count; i++) {
        texts->own[i] = member_of(texts, (uint32_t)payload->place, codes[i]);
        if (texts->own[i].len == 0)
            return false;
    }
    texts->own_count = count;
    return count > 0;
}

int oat_attribute_texts_read(struct oat_attribute_texts *texts, const oat_snapshot *snapshot,
                             const oat_payload *payload, const struct oat_given **ret_given)
{
    static const struct oat_given nothing;
    *ret_given = &nothing;
    texts->own_count = 0;
    if (find_members(texts, snapshot, payload))
        return OAT_OK;
    oat_stored_attrs_free(&texts->other);
    *ret_given = &texts->other.given;
    return oat_stored_attrs_read(snapshot, payload, &texts->other);
}

void oat_attribute_texts_put(const struct oat_attribute_texts *texts, struct oat_json *json)
{
    const char *members = texts->members.bytes;
    size_t len = strlen("{}");
    if (texts->own_count == 0) {
        oat_json_stored_attrs(json, &texts->other);
        return;
    }
    for (uint32_t i = 0; i < texts->own_count; i++)
        len += texts->own[i].len + strlen(",");
    char *at = oat_json_reserve(json, len);
    if (!at)
        return;
    *at++ = '{';
    for (uint32_t i = 0; i < texts->own_count; i++) {
        memcpy(at, members + texts->own[i].begin, texts->own[i].len);
        at += texts->own[i].len;
        *at++ = ',';
    }
    at[-1] = '}';
    oat_json_end(json, at);
}
