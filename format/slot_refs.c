#include "format/slot_refs.h"

#include "format/entry.h"

#include <stddef.h>
#include <string.h>

/* Where the references of a kind stand: runs of string references, then of blob references. */
struct layout {
    uint8_t string_offset, string_count;
    uint8_t blob_offset, blob_count;
};

#define AT(type, field) offsetof(struct oat_disk_##type, field)

static const struct layout layouts[] = {
    [OAT_SLOT_SPAN] = {AT(span, text), OAT_TEXT_FIELDS, AT(span, input), OAT_SLOT_BLOBS_MAX},
    [OAT_SLOT_OPEN] = {AT(span, text), OAT_TEXT_FIELDS, AT(span, input), OAT_SLOT_BLOBS_MAX},
    [OAT_SLOT_EVENT] = {AT(event, name), 1, AT(event, attributes), 1},
    [OAT_SLOT_LINK] = {AT(link, trace_state), 1, AT(link, attributes), 1},
    [OAT_SLOT_SCORE] = {AT(score, name), 4, 0, 0},
    [OAT_SLOT_PROMPT] = {AT(prompt, name), 1, AT(prompt, body), 1},
    [OAT_SLOT_LABEL] = {AT(label, name), 2, 0, 0},
    [OAT_SLOT_TOMBSTONE] = {AT(tombstone, reason), 1, 0, 0},
    [OAT_SLOT_FORGET] = {AT(forget, reason), 1, 0, 0},
};

static void add_blob(struct oat_slot_refs *refs, const uint8_t *bytes)
{
    struct oat_disk_blob_ref ref;
    memcpy(&ref, bytes, sizeof ref);
    if (!oat_blob_ref_is_none(&ref) && !(ref.flags & OAT_REF_LOST))
        refs->blobs[refs->blob_count++] = oat_blob_ref_offset(&ref);
}

void oat_slot_refs(const uint8_t slot[OAT_SLOT_SIZE], uint16_t kind, struct oat_slot_refs *ret)
{
    *ret = (struct oat_slot_refs){0};
    if (kind == OAT_SLOT_STRING && slot[AT(string, in_blob)] == 1)
        add_blob(ret, slot + AT(string, u));
    if (kind >= sizeof layouts / sizeof *layouts)
        return;
    const struct layout *layout = &layouts[kind];
    for (unsigned i = 0; i < layout->string_count; i++) {
        oat_string_ref ref;
        memcpy(&ref, slot + layout->string_offset + i * sizeof ref, sizeof ref);
        if (oat_le32_get(ref) != 0)
            ret->strings[ret->string_count++] = oat_le32_get(ref) - 1;
    }
    for (unsigned i = 0; i < layout->blob_count; i++)
        add_blob(ret, slot + layout->blob_offset + i * sizeof(struct oat_disk_blob_ref));
}
