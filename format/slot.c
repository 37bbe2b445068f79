#include "format/slot.h"

#include "format/hash.h"
#include "format/ids.h"

#include <string.h>

/* The sum of one fixed length is a third of the writer's instructions: unrolled. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif
#define XXH_INLINE_ALL
#include <xxhash.h>

#define COVERED_OFFSET 16u /* bytes 16..255: 240 bytes, the longest of XXH3's short inputs */

static uint64_t slot_seed(const uint8_t *slot, uint64_t kind_and_version, uint64_t nonce, uint32_t slot_no)
{
    oat_le64 head;
    memcpy(&head, slot + 8, sizeof head);
    return oat_le64_get(head) ^ kind_and_version ^ nonce ^ (slot_no * OAT_POSITION_PRIME);
}

static uint64_t slot_sum(const uint8_t *slot, uint64_t seed)
{
    return XXH3_64bits_withSeed(slot + COVERED_OFFSET, OAT_SLOT_SIZE - COVERED_OFFSET, seed);
}

uint64_t oat_slot_commit_word(const uint8_t slot[OAT_SLOT_SIZE], enum oat_slot_kind kind, uint64_t nonce,
                              uint32_t slot_no)
{
    uint64_t kind_and_version = (uint64_t)kind | (uint64_t)OAT_SLOT_VERSION << 16;
    uint64_t seed = slot_seed(slot, kind_and_version, nonce, slot_no);
    uint64_t sum = slot_sum(slot, seed);
    return (sum & 0xffffffffu) | kind_and_version << 32;
}

int oat_slot_check(const uint8_t slot[OAT_SLOT_SIZE], uint64_t nonce, uint32_t slot_no, uint16_t *ret_kind)
{
    oat_le64 stored;
    memcpy(&stored, slot, sizeof stored);
    uint64_t word = oat_le64_get(stored);
    if (word == 0)
        return OAT_NOTFOUND;

    uint64_t seed = slot_seed(slot, word >> 32, nonce, slot_no);
    uint64_t sum = slot_sum(slot, seed);
    if ((sum & 0xffffffffu) != (word & 0xffffffffu))
        return OAT_E_CORRUPT;
    if ((uint16_t)(word >> 32) == OAT_SLOT_NONE)
        return OAT_E_CORRUPT;
    *ret_kind = word >> 48 == OAT_SLOT_VERSION ? (uint16_t)(word >> 32) : OAT_SLOT_UNKNOWN;
    return OAT_OK;
}

int oat_span_check(const struct oat_disk_span *span, uint32_t slot_count, const char **ret_what)
{
    *ret_what = NULL;
    bool open = (uint16_t)(oat_le64_get(span->commit) >> 32) == OAT_SLOT_OPEN;
    uint64_t start_ns = oat_le64_get(span->start_ns);
    if (oat_id_is_zero(span->trace_id, sizeof span->trace_id) ||
        oat_id_is_zero(span->span_id, sizeof span->span_id))
        *ret_what = "span ids";
    else if (span->type < OAT_AGENT || span->type > OAT_FILE_IO)
        *ret_what = "span type";
    else if (open ? span->status != OAT_STATUS_OPEN
                  : span->status != OAT_STATUS_SUCCESS && span->status != OAT_STATUS_ERROR)
        *ret_what = "span status";
    else if (span->otel_status > OAT_OTEL_ERROR)
        *ret_what = "span OpenTelemetry status";
    else if (oat_le32_get(span->sample_rate) > OAT_SAMPLE_RATE_ONE)
        *ret_what = "span sample rate";
    else if (start_ns > OAT_TIME_MAX)
        *ret_what = "span start";
    else if (oat_le64_get(span->duration_ns) > (open ? 0 : OAT_TIME_MAX - start_ns))
        *ret_what = "span duration";
    for (int i = 0; i < OAT_TEXT_FIELDS && !*ret_what; i++)
        if (oat_le32_get(span->text[i]) > slot_count)
            *ret_what = "string reference";
    return *ret_what ? OAT_E_CORRUPT : OAT_OK;
}
