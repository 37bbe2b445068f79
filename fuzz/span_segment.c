/* A .spans file: pair header, records, slots. A checksum would keep the fuzzer out, so what fails
 * its checksum is sealed or committed again and judged once more. */
#include "fuzz/fuzz.h"

#include "format/entry.h"
#include "format/limits.h"
#include "format/pair_header.h"
#include "format/slot.h"

#include <string.h>

#define SLOTS_MAX 64u /* enough for any combination of kinds; keeps inputs short */

static uint64_t check_header(const uint8_t *data, size_t size)
{
    struct oat_disk_pair_header h;
    const char *what;
    if (size < sizeof h)
        return 0;
    memcpy(&h, data, sizeof h);
    int st = oat_pair_header_check(&h, OAT_MAGIC_SPANS, &what);
    if (st != OAT_OK) {
        memcpy(h.magic, OAT_MAGIC_SPANS, sizeof h.magic);
        oat_pair_header_seal(&h);
        st = oat_pair_header_check(&h, OAT_MAGIC_SPANS, &what);
    }
    uint16_t major = oat_le16_get(h.major);
    fuzz_require((st == OAT_E_UNSUPPORTED) == (major > OAT_FORMAT_MAJOR));
    fuzz_require(st != OAT_OK || major == OAT_FORMAT_MAJOR);
    return oat_le64_get(h.nonce);
}

static void check_records(const uint8_t *data, uint64_t nonce)
{
    struct oat_disk_durable a, b;
    struct oat_disk_seal seal;
    memcpy(&a, data + OAT_SPANS_DURABLE_OFFSET, sizeof a);
    memcpy(&b, data + OAT_SPANS_DURABLE_OFFSET + OAT_SPANS_LINE_SIZE, sizeof b);
    memcpy(&seal, data + OAT_SPANS_SEAL_OFFSET, sizeof seal);
    oat_durable_seal(&b, nonce);
    oat_seal_seal(&seal, nonce);
    const struct oat_disk_durable *newest = oat_durable_newest(&a, &b, nonce);
    fuzz_require(!newest || oat_le64_get(newest->slots) <= OAT_SLOTS_MAX);
    fuzz_require(!oat_seal_check(&seal, nonce) || oat_le64_get(seal.slots) <= OAT_SLOTS_MAX);
}

static void check_slot(const uint8_t *bytes, uint64_t nonce, uint32_t slot_no)
{
    uint8_t slot[OAT_SLOT_SIZE];
    uint16_t kind = 0;
    memcpy(slot, bytes, sizeof slot);
    int st = oat_slot_check(slot, nonce, slot_no, &kind);
    if (st == OAT_E_CORRUPT && slot[4] != 0) {
        oat_le64 word = oat_le64_of(oat_slot_commit_word(slot, (enum oat_slot_kind)slot[4], nonce, slot_no));
        memcpy(slot, &word, sizeof word);
        st = oat_slot_check(slot, nonce, slot_no, &kind);
        fuzz_require(st == OAT_OK && kind == slot[4]);
    }
    if (st != OAT_OK || (kind != OAT_SLOT_SPAN && kind != OAT_SLOT_OPEN))
        return;
    struct oat_disk_span span;
    const char *what;
    memcpy(&span, slot, sizeof span);
    if (oat_span_check(&span, OAT_SLOTS_MAX, &what) != OAT_OK) {
        fuzz_require(what != NULL);
        return;
    }
    fuzz_require(oat_le64_get(span.start_ns) + oat_le64_get(span.duration_ns) <= OAT_TIME_MAX);
    for (int i = 0; i < OAT_TEXT_FIELDS; i++)
        fuzz_require(oat_le32_get(span.text[i]) <= OAT_SLOTS_MAX);
    fuzz_require(oat_blob_ref_offset(&span.input) < OAT_BLOBS_FILE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t nonce = check_header(data, size);
    if (size < OAT_SPANS_HEADER_SIZE)
        return 0;
    check_records(data, nonce);
    for (uint32_t n = 0; n < SLOTS_MAX && oat_slot_offset(n + 1) <= size; n++)
        check_slot(data + oat_slot_offset(n), nonce, n);
    return 0;
}
