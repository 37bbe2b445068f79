#include "reader/canonical.h"

#include "format/entry.h"
#include "format/varint.h"
#include "reader/blob.h"

#include <stdlib.h>
#include <string.h>

static void add_byte(oat_content_hasher *hasher, unsigned x)
{
    uint8_t byte = (uint8_t)x;
    oat_content_hasher_update(hasher, &byte, 1);
}

static void add_text(oat_content_hasher *hasher, oat_text text)
{
    uint8_t varint[OAT_VARINT_MAX];
    size_t n = oat_varint_put(varint, text.bytes ? text.len + 1 : 0);
    oat_content_hasher_update(hasher, varint, n);
    if (text.bytes)
        oat_content_hasher_update(hasher, text.bytes, text.len);
}

static void add_payload(oat_content_hasher *hasher, struct oat_sources *sources, const struct oat_pair *pair,
                        const struct oat_disk_blob_ref *ref)
{
    uint8_t *bytes;
    size_t len;
    add_byte(hasher, !oat_blob_ref_is_none(ref));
    if (oat_blob_ref_is_none(ref))
        return;
    add_byte(hasher, ref->media);
    add_byte(hasher, ref->flags & ~OAT_REF_RECIPE);
    oat_content_hasher_update(hasher, &ref->raw_len, sizeof ref->raw_len);
    if (oat_blob_read(pair, ref, SIZE_MAX, &sources->problems, &bytes, &len) == OAT_OK) {
        oat_content_id id = oat_content_id_of(bytes, len, 0);
        oat_content_hasher_update(hasher, id.b, sizeof id.b);
        free(bytes);
    }
}

static void add_range(oat_content_hasher *hasher, const uint8_t *slot, size_t first, size_t end)
{
    oat_content_hasher_update(hasher, slot + first, end - first);
}

oat_content_id oat_canonical_id(struct oat_sources *sources, const struct oat_row *row)
{
    union {
        uint8_t bytes[OAT_SLOT_SIZE];
        struct oat_disk_span span;
    } slot;
    const struct oat_pair *pair = sources->pairs[row->pair];
    oat_content_id id = {{0}};
    uint16_t kind;

    oat_content_hasher *hasher = oat_content_hasher_new(0);
    if (!hasher || oat_pair_read_slot(pair, row->slot, slot.bytes, &kind) != OAT_OK) {
        oat_content_hasher_free(hasher);
        return id;
    }
    const struct oat_disk_span *span = &slot.span;
    add_range(hasher, slot.bytes, offsetof(struct oat_disk_span, trace_id),
              offsetof(struct oat_disk_span, text));
    for (size_t i = 0; i < OAT_TEXT_FIELDS; i++)
        add_text(hasher,
                 oat_strings_get(&sources->strings, pair, oat_le32_get(span->text[i]), &sources->problems));
    add_range(hasher, slot.bytes, offsetof(struct oat_disk_span, prompt_version),
              offsetof(struct oat_disk_span, unused));
    add_payload(hasher, sources, pair, &span->input);
    add_payload(hasher, sources, pair, &span->output);
    add_payload(hasher, sources, pair, &span->attributes);
    add_payload(hasher, sources, pair, &span->error);
    id = oat_content_hasher_digest(hasher);
    oat_content_hasher_free(hasher);
    return id;
}
