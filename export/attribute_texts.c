#include "export/attribute_texts.h"

void oat_attribute_texts_free(struct oat_attribute_texts *texts)
{
    for (size_t i = 0; i < OAT_ATTRIBUTE_SETS; i++)
        oat_json_free(&texts->texts[i].json);
    oat_json_free(&texts->other_json);
    oat_stored_attrs_free(&texts->other);
    oat_attribute_sets_free(&texts->sets);
}

/* Of a set that was read; writes it unless that was done. */
static struct oat_attribute_text *text_of(struct oat_attribute_texts *texts,
                                          const struct oat_attribute_set *set)
{
    struct oat_attribute_text *text = &texts->texts[set - texts->sets.sets];
    if (text->number == set->number)
        return text;
    text->number = set->number;
    oat_attrs_given(set->bytes, set->len, &text->given);
    oat_json_clear(&text->json);
    oat_json_attrs(&text->json, set->bytes, set->len);
    return text;
}

int oat_attribute_texts_read(struct oat_attribute_texts *texts, const oat_snapshot *snapshot,
                             const oat_payload *payload, const struct oat_given **ret_given,
                             const struct oat_json **ret_json)
{
    const struct oat_attribute_set *set = oat_attribute_sets_find(&texts->sets, snapshot, payload);
    if (set) {
        struct oat_attribute_text *text = text_of(texts, set);
        *ret_given = &text->given;
        *ret_json = &text->json;
    } else {
        oat_stored_attrs_free(&texts->other);
        int result = oat_stored_attrs_read(snapshot, payload, &texts->other);
        if (result != OAT_OK)
            return result;
        oat_json_clear(&texts->other_json);
        oat_json_stored_attrs(&texts->other_json, &texts->other);
        *ret_given = &texts->other.given;
        *ret_json = &texts->other_json;
    }
    return (*ret_json)->failed ? OAT_E_NOMEM : OAT_OK;
}
