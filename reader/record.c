#include "reader/record.h"

#include "format/entry.h"
#include "reader/part_attributes.h"
#include "reader/part_marks.h"
#include "reader/part_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Payloads ---- */

struct oat_record_payload oat_record_payload_of(const struct oat_disk_blob_ref *ref)
{
    struct oat_record_payload payload = {0};
    if (oat_blob_ref_is_none(ref))
        return payload;
    payload.kind = OAT_PLACE_ENTRY;
    payload.media = ref->media;
    payload.flags = ref->flags & (OAT_REF_RECIPE | OAT_REF_REDACTED | OAT_REF_LIMITED | OAT_REF_LOST);
    memcpy(payload.id4, ref->id4, sizeof payload.id4);
    payload.raw_len = oat_le48_get(ref->raw_len);
    payload.place = oat_blob_ref_offset(ref);
    return payload;
}

static struct oat_disk_blob_ref ref_of(const struct oat_record_payload *payload)
{
    uint8_t id8[8] = {0};
    memcpy(id8, payload->id4, sizeof payload->id4);
    return oat_blob_ref_make(payload->place, id8, payload->raw_len, payload->media, payload->flags);
}

/* Where the payload is. OAT_OK: of an entry *ret_pair is set, of a pack *ret_pack. */
static int find(struct oat_sources *sources, uint32_t source, const struct oat_record_payload *payload,
                struct oat_pair **ret_pair, struct oat_pack **ret_pack)
{
    *ret_pair = NULL;
    *ret_pack = NULL;
    if (payload->kind == OAT_PLACE_NONE)
        return OAT_NOTFOUND;
    if (payload->flags & OAT_REF_LOST)
        return OAT_E_CORRUPT;
    if (payload->kind == OAT_PLACE_ENTRY)
        *ret_pair = oat_sources_pair(sources, source);
    if (payload->kind != OAT_PLACE_PACK)
        return OAT_OK;
    *ret_pack = oat_part_pack(oat_sources_part(sources, source));
    return *ret_pack ? OAT_OK : OAT_E_CORRUPT;
}

int oat_record_payload_read_masked(struct oat_sources *sources, uint32_t source,
                                   const struct oat_record_payload *payload, size_t max, uint8_t **ret_bytes,
                                   size_t *ret_len, bool *ret_masked)
{
    const struct oat_disk_blob_ref ref = ref_of(payload);
    struct oat_pair *pair;
    struct oat_pack *pack;
    *ret_masked = false;
    int result = find(sources, source, payload, &pair, &pack);
    if (result != OAT_OK)
        return result;
    if (pair)
        return oat_blob_read(pair, &ref, max, &sources->problems, ret_bytes, ret_len, ret_masked);
    if (pack)
        return oat_pack_read(pack, (uint32_t)payload->place, max, ret_bytes, ret_len, ret_masked);
    return oat_part_attributes(oat_sources_part(sources, source), (uint32_t)payload->place, ret_bytes,
                               ret_len);
}

int oat_record_payload_read(struct oat_sources *sources, uint32_t source,
                            const struct oat_record_payload *payload, size_t max, uint8_t **ret_bytes,
                            size_t *ret_len)
{
    bool masked;
    return oat_record_payload_read_masked(sources, source, payload, max, ret_bytes, ret_len, &masked);
}

int oat_record_payload_read_text(struct oat_sources *sources, uint32_t source,
                                 const struct oat_record_payload *payload, uint8_t **ret_bytes,
                                 size_t *ret_len)
{
    const struct oat_disk_blob_ref ref = ref_of(payload);
    struct oat_pair *pair;
    struct oat_pack *pack;
    int result = find(sources, source, payload, &pair, &pack);
    if (result != OAT_OK)
        return result;
    return pair ? oat_blob_read_text(pair, &ref, &sources->problems, ret_bytes, ret_len)
                : oat_pack_read_text(pack, (uint32_t)payload->place, 0, UINT64_MAX, ret_bytes, ret_len);
}

/* ---- Slots ---- */

static oat_text text_of(struct oat_sources *sources, const struct oat_pair *pair, oat_string_ref ref)
{
    return oat_strings_get(&sources->strings, pair, oat_le32_get(ref), &sources->problems);
}

void oat_record_of_slot(struct oat_sources *sources, const struct oat_pair *pair, uint16_t kind,
                        const struct oat_disk_span *span, uint32_t texts, struct oat_record *ret)
{
    ret->span = *span;
    ret->source = pair->index;
    ret->open = kind == OAT_SLOT_OPEN;
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++)
        ret->text[i] = texts >> i & 1 ? text_of(sources, pair, span->text[i]) : (oat_text){0};
    ret->payload[OAT_RECORD_INPUT] = oat_record_payload_of(&span->input);
    ret->payload[OAT_RECORD_OUTPUT] = oat_record_payload_of(&span->output);
    ret->payload[OAT_RECORD_ATTRIBUTES] = oat_record_payload_of(&span->attributes);
    ret->payload[OAT_RECORD_ERROR] = oat_record_payload_of(&span->error);
    memset(&ret->span.commit, 0, sizeof ret->span.commit);
    memset(ret->span.text, 0, sizeof ret->span.text);
    memset(&ret->span.input, 0, sizeof ret->span - offsetof(struct oat_disk_span, input));
}

/* Reads a slot that a scan has seen whole. */
static int read_slot(struct oat_sources *sources, struct oat_slot_maps *maps, const struct oat_pair *pair,
                     uint32_t slot_no, void *ret, uint16_t *ret_kind)
{
    uint8_t bytes[OAT_SLOT_SIZE];
    int result = oat_slot_maps_read(maps, pair, slot_no, bytes, ret_kind);
    if (result == OAT_OK) {
        memcpy(ret, bytes, sizeof bytes);
        return OAT_OK;
    }
    if (result == OAT_E_IO)
        oat_problems_add_errno(&sources->problems, pair->spans_path, oat_slot_offset(slot_no), "read", errno);
    else
        oat_problems_add(&sources->problems, OAT_PROBLEM_CORRUPT, pair->spans_path, oat_slot_offset(slot_no),
                         "slot read before", "the same bytes", "others");
    return result == OAT_E_IO ? OAT_E_IO : OAT_E_CORRUPT;
}

int oat_record_read(struct oat_sources *sources, uint32_t source, uint32_t place, struct oat_record *ret)
{
    return oat_record_read_one(sources, NULL, OAT_RECORD_TEXTS_ALL, source, place, ret);
}

int oat_record_read_one(struct oat_sources *sources, struct oat_slot_maps *maps, uint32_t texts,
                        uint32_t source, uint32_t place, struct oat_record *ret)
{
    struct oat_disk_span span;
    uint16_t kind;
    const struct oat_pair *pair = oat_sources_pair(sources, source);
    memset(ret, 0, sizeof *ret);
    if (!pair)
        return oat_part_record(oat_sources_part(sources, source), place, source, texts, ret);
    int result = read_slot(sources, maps, pair, place, &span, &kind);
    if (result == OAT_OK)
        oat_record_of_slot(sources, pair, kind, &span, texts, ret);
    return result;
}

/* ---- Events, links, scores ---- */

static void set_link(const uint8_t *bytes, struct oat_mark_record *ret)
{
    struct oat_disk_link link;
    memcpy(&link, bytes, sizeof link);
    memcpy(ret->target_trace_id, link.target_trace_id, sizeof ret->target_trace_id);
    memcpy(ret->target_span_id, link.target_span_id, sizeof ret->target_span_id);
    ret->trace_flags = link.trace_flags;
    ret->remote = link.remote == 1;
}

static void set_score(const uint8_t *bytes, struct oat_mark_record *ret)
{
    struct oat_disk_score score;
    memcpy(&score, bytes, sizeof score);
    ret->has_value = score.has_value != 0;
    ret->value = oat_le64_get(score.value);
}

void oat_mark_record_of_slot(struct oat_sources *sources, const struct oat_pair *pair, uint16_t kind,
                             const uint8_t bytes[OAT_SLOT_SIZE], struct oat_mark_record *ret)
{
    struct oat_mark_parts parts = oat_mark_parts_of(kind, bytes);
    *ret = (struct oat_mark_record){
        .id = parts.id, .time_ns = parts.time_ns, .span_start_ns = parts.span_start_ns};
    for (size_t i = 0; i < OAT_MARK_TEXTS_MAX; i++)
        ret->text[i] = text_of(sources, pair, parts.texts[i]);
    ret->attributes = oat_record_payload_of(&parts.attributes);
    if (kind == OAT_SLOT_LINK)
        set_link(bytes, ret);
    else if (kind == OAT_SLOT_SCORE)
        set_score(bytes, ret);
}

int oat_mark_record_read(struct oat_sources *sources, uint32_t source, uint16_t kind, uint32_t place,
                         struct oat_mark_record *ret)
{
    uint8_t bytes[OAT_SLOT_SIZE];
    uint16_t found;
    const struct oat_pair *pair = oat_sources_pair(sources, source);
    memset(ret, 0, sizeof *ret);
    if (!pair)
        return oat_part_mark_record(oat_sources_part(sources, source), kind, place, ret);
    int result = read_slot(sources, NULL, pair, place, bytes, &found);
    if (result == OAT_OK)
        oat_mark_record_of_slot(sources, pair, kind, bytes, ret);
    return result;
}
