/* Payloads of a snapshot. */
#include "format/entry.h"
#include "reader/snapshot.h"

int oat_payload_read_prefix(const oat_snapshot *snapshot, const oat_payload *payload, size_t max,
                            uint8_t **ret_bytes, size_t *ret_len)
{
    struct oat_sources *sources = snapshot->sources;
    if (!payload->present)
        return OAT_NOTFOUND;
    if (payload->lost || payload->pair_index >= sources->pair_count)
        return OAT_E_CORRUPT;
    uint8_t id8[8] = {0};
    for (size_t i = 0; i < sizeof payload->id4; i++)
        id8[i] = payload->id4[i];
    struct oat_disk_blob_ref ref = oat_blob_ref_make(payload->entry_offset, id8, payload->raw_len, 0,
                                                     payload->recipe ? OAT_REF_RECIPE : 0);
    return oat_blob_read(sources->pairs[payload->pair_index], &ref, max, &sources->problems, ret_bytes,
                         ret_len);
}

int oat_payload_read(const oat_snapshot *snapshot, const oat_payload *payload, uint8_t **ret_bytes,
                     size_t *ret_len)
{
    return oat_payload_read_prefix(snapshot, payload, SIZE_MAX, ret_bytes, ret_len);
}
