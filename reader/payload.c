/* Payloads of a snapshot. */
#include "reader/snapshot.h"

#include "format/hash.h"

#include <string.h>

int oat_payload_read_prefix(const oat_snapshot *snapshot, const oat_payload *payload, size_t max,
                            uint8_t **ret_bytes, size_t *ret_len)
{
    struct oat_record_payload record = {
        .kind = (enum oat_place_kind)payload->place_kind,
        .media = payload->media,
        .flags = payload->recipe ? OAT_REF_RECIPE : 0,
        .raw_len = payload->raw_len,
        .place = payload->place,
    };
    if (!payload->present)
        return OAT_NOTFOUND;
    if (payload->lost)
        return OAT_E_CORRUPT;
    memcpy(record.id4, payload->id4, sizeof record.id4);
    return oat_record_payload_read(snapshot->sources, payload->source, &record, max, ret_bytes, ret_len);
}

int oat_payload_read(const oat_snapshot *snapshot, const oat_payload *payload, uint8_t **ret_bytes,
                     size_t *ret_len)
{
    return oat_payload_read_prefix(snapshot, payload, SIZE_MAX, ret_bytes, ret_len);
}

void oat_content_id_in(const oat_snapshot *snapshot, const void *bytes, size_t len, uint8_t ret_id[16])
{
    oat_content_id id = oat_content_id_of(bytes, len, snapshot->hash_seed);
    memcpy(ret_id, id.b, sizeof id.b);
}
