/* Finding content by its id, wherever it lies. */
#include "format/names.h"
#include "oat/lists.h"
#include "reader/blob.h"
#include "reader/pack_find.h"
#include "reader/snapshot.h"

#include <stdlib.h>
#include <string.h>

/* What is sought. */
struct sought {
    const struct oat_snapshot *snapshot;
    const struct oat_pair *pair; /* that is walked over */
    const uint8_t *id;
    uint8_t *bytes; /* NULL: not found yet */
    size_t len;
};

/* ---- Pairs ---------------------------------------------------------------------------------------- */

/* Ends the walk with OAT_NOTFOUND when it is found. */
static int meet_entry(void *arg, uint64_t offset, const struct oat_entry *entry)
{
    struct sought *s = arg;
    uint8_t *bytes;
    size_t len;
    bool masked;
    if (memcmp(entry->id8, s->id, sizeof entry->id8) != 0)
        return OAT_OK;
    uint8_t flags = entry->kind == OAT_ENTRY_RECIPE ? OAT_REF_RECIPE : 0;
    struct oat_disk_blob_ref ref =
        oat_blob_ref_make(offset, entry->id8, entry->raw_len, OAT_MEDIA_OCTETS, flags);
    int result =
        oat_blob_read(s->pair, &ref, SIZE_MAX, &s->snapshot->sources->problems, &bytes, &len, &masked);
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? result : OAT_OK;
    oat_content_id id = oat_content_id_of(bytes, len, s->pair->hash_seed);
    if (masked || memcmp(id.b, s->id, sizeof id.b) != 0) {
        free(bytes);
        return OAT_OK;
    }
    s->bytes = bytes;
    s->len = len;
    return OAT_NOTFOUND;
}

static int walk_pair(struct sought *s)
{
    struct oat_blob_source source = oat_blob_source_of(s->pair);
    oat_payload_decoder *decoder = oat_payload_decoder_new(&source);
    if (!decoder)
        return OAT_E_NOMEM;
    int result = oat_blobs_walk(s->pair, oat_payload_chunks(decoder), s->pair->blobs.size,
                                &s->snapshot->sources->problems, meet_entry, s);
    oat_payload_decoder_free(decoder);
    return result;
}

/* Ids of other stores mean nothing here. */
static int find_in_pairs(struct sought *s)
{
    const struct oat_sources *sources = s->snapshot->sources;
    int result = OAT_OK;
    for (size_t i = sources->pair_count; i-- > 0 && result == OAT_OK;) {
        s->pair = sources->pairs[i];
        if (s->pair->has_blobs && s->pair->hash_seed == s->snapshot->hash_seed)
            result = walk_pair(s);
    }
    return result;
}

/* ---- Packs ---------------------------------------------------------------------------------------- */

static int find_in_packs(struct sought *s)
{
    for (size_t i = s->snapshot->manifest.part_count; i-- > 0;) {
        struct oat_part *part;
        int result = oat_snapshot_part(s->snapshot, i, &part);
        if (result == OAT_E_STALE || result == OAT_E_NOMEM)
            return result;
        struct oat_pack *pack = result == OAT_OK ? oat_part_pack(part) : NULL;
        result = pack ? oat_pack_find_chunk(pack, s->id, &s->bytes, &s->len) : OAT_NOTFOUND;
        if (result == OAT_OK || result == OAT_E_NOMEM)
            return result;
    }
    return OAT_NOTFOUND;
}

int oat_content_find(const oat_snapshot *snapshot, const uint8_t id[16], uint8_t **ret_bytes, size_t *ret_len)
{
    struct sought s = {.snapshot = snapshot, .id = id};
    int result = find_in_packs(&s);
    if (result == OAT_NOTFOUND)
        result = find_in_pairs(&s);
    if (!s.bytes)
        return result == OAT_OK ? OAT_NOTFOUND : result;
    *ret_bytes = s.bytes;
    *ret_len = s.len;
    return OAT_OK;
}
