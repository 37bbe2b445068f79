#include "reader/canonical.h"

#include "format/varint.h"

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

static void add_payload(oat_content_hasher *hasher, struct oat_sources *sources, uint32_t source,
                        const struct oat_record_payload *payload)
{
    oat_le48 raw_len = oat_le48_of(payload->raw_len);
    uint8_t *bytes;
    size_t len;
    add_byte(hasher, payload->kind != OAT_PLACE_NONE);
    if (payload->kind == OAT_PLACE_NONE)
        return;
    add_byte(hasher, payload->media);
    add_byte(hasher, payload->flags & ~OAT_REF_RECIPE);
    oat_content_hasher_update(hasher, &raw_len, sizeof raw_len);
    if (oat_record_payload_read(sources, source, payload, SIZE_MAX, &bytes, &len) == OAT_OK) {
        oat_content_id id = oat_content_id_of(bytes, len, 0);
        oat_content_hasher_update(hasher, id.b, sizeof id.b);
        free(bytes);
    }
}

static void add_range(oat_content_hasher *hasher, const struct oat_disk_span *span, size_t first, size_t end)
{
    oat_content_hasher_update(hasher, (const uint8_t *)span + first, end - first);
}

oat_content_id oat_canonical_id(struct oat_sources *sources, const struct oat_row *row)
{
    struct oat_record record;
    oat_content_id id = {{0}};

    oat_content_hasher *hasher = oat_content_hasher_new(0);
    if (!hasher || oat_record_read(sources, row->source, row->place, &record) != OAT_OK) {
        oat_content_hasher_free(hasher);
        return id;
    }
    add_range(hasher, &record.span, offsetof(struct oat_disk_span, trace_id),
              offsetof(struct oat_disk_span, text));
    for (size_t i = 0; i < OAT_TEXT_FIELDS; i++)
        add_text(hasher, record.text[i]);
    add_range(hasher, &record.span, offsetof(struct oat_disk_span, prompt_version),
              offsetof(struct oat_disk_span, unused));
    for (size_t i = 0; i < OAT_RECORD_PAYLOADS; i++)
        add_payload(hasher, sources, record.source, &record.payload[i]);
    id = oat_content_hasher_digest(hasher);
    oat_content_hasher_free(hasher);
    return id;
}
