/* A pair that is sent from elsewhere: the length of .blobs in 4 bytes, .blobs, and slots of .spans. What is
 * taken whole is taken in two pieces, too; what was stored is the same when it comes again. Checksums of
 * slots are made right, as in span_segment.c. */
#include "fuzz/fuzz.h"

#include "format/blob_run.h"
#include "format/pair_header.h"
#include "httpd/slot_run.h"

#include <string.h>

#define SLOTS_MAX 64u
#define BLOBS_MAX 65536u

struct bytes {
    const uint8_t *bytes;
    size_t len;
};

static int read_before(void *arg, uint64_t offset, void *dst, size_t len)
{
    const struct bytes *file = arg;
    size_t left = offset < file->len ? file->len - (size_t)offset : 0;
    size_t n = len < left ? len : left;
    memcpy(dst, file->bytes + offset, n);
    return (int)n;
}

static struct oat_blob_run run_of(struct bytes *file, const struct oat_disk_pair_header *header, size_t from,
                                  size_t to)
{
    return (struct oat_blob_run){
        .bytes = file->bytes + from,
        .len = to - from,
        .offset = from,
        .nonce = oat_le64_get(header->nonce),
        .hash_seed = oat_le64_get(header->hash_seed),
        .before = read_before,
        .arg = file,
    };
}

static void check_blobs(struct bytes *file, const struct oat_disk_pair_header *header)
{
    struct oat_blob_run_fault fault = {0};
    uint64_t end;
    struct oat_blob_run whole = run_of(file, header, OAT_BLOBS_HEADER_SIZE, file->len);
    struct oat_blob_run none = run_of(file, header, file->len, file->len);
    int result = oat_blob_run_check(&whole, &fault);
    fuzz_require(result == OAT_OK || (result == OAT_E_CORRUPT && fault.what && fault.offset < file->len));
    fuzz_require(oat_blob_run_end(&none, OAT_BLOBS_HEADER_SIZE, &end) == OAT_OK);
    fuzz_require(end >= OAT_BLOBS_HEADER_SIZE && end <= file->len && end % OAT_BLOB_UNIT == 0);
    struct oat_blob_run first = run_of(file, header, OAT_BLOBS_HEADER_SIZE, (size_t)end);
    struct oat_blob_run second = run_of(file, header, (size_t)end, file->len);
    fuzz_require(oat_blob_run_check(&first, &fault) == OAT_OK);
    fuzz_require((oat_blob_run_check(&second, &fault) == OAT_OK) == (result == OAT_OK));
}

static bool has_string(void *arg, uint32_t slot_no)
{
    (void)arg;
    return slot_no % 2 == 0;
}

static void mend(uint8_t *slot, uint64_t nonce, uint32_t slot_no)
{
    uint16_t kind;
    if (slot[4] == 0 || oat_slot_check(slot, nonce, slot_no, &kind) == OAT_OK)
        return;
    oat_le64 word = oat_le64_of(oat_slot_commit_word(slot, (enum oat_slot_kind)slot[4], nonce, slot_no));
    memcpy(slot, &word, sizeof word);
}

static void check_slots(const uint8_t *slots, uint32_t count, uint64_t nonce, uint64_t blob_bytes)
{
    static uint8_t came[SLOTS_MAX * OAT_SLOT_SIZE], stored[SLOTS_MAX * OAT_SLOT_SIZE];
    struct oat_slot_run_report report;
    bool is_string;
    memcpy(came, slots, (size_t)count * OAT_SLOT_SIZE);
    memset(stored, 0, sizeof stored);
    for (uint32_t i = 0; i < count; i++)
        mend(came + (size_t)i * OAT_SLOT_SIZE, nonce, i);
    const struct oat_slot_run run = {
        .slots = came,
        .stored = stored,
        .count = count,
        .nonce = nonce,
        .blob_bytes = blob_bytes,
        .has_string = has_string,
    };
    enum oat_slot_run_verdict verdict = oat_slot_run_check(&run, &report);
    fuzz_require(verdict != OAT_SLOT_RUN_OTHER && report.missing_count <= OAT_SLOT_RUN_MISSING_MAX);
    if (verdict != OAT_SLOT_RUN_GOOD)
        return;
    uint32_t fresh = 0;
    for (uint32_t i = 0; i < count; i++)
        fresh += oat_slot_run_is_fresh(&run, i, &is_string);
    fuzz_require(fresh == report.fresh && report.spans <= fresh);
    memcpy(stored, came, sizeof stored);
    fuzz_require(oat_slot_run_check(&run, &report) == OAT_SLOT_RUN_GOOD && report.fresh == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oat_disk_pair_header header;
    oat_le32 len_le;
    if (size < sizeof len_le)
        return 0;
    memcpy(&len_le, data, sizeof len_le);
    struct bytes blobs = {data + sizeof len_le, oat_le32_get(len_le)};
    size -= sizeof len_le;
    if (blobs.len < sizeof header || blobs.len > size || blobs.len > BLOBS_MAX ||
        blobs.len % OAT_BLOB_UNIT != 0)
        return 0;
    memcpy(&header, blobs.bytes, sizeof header);
    check_blobs(&blobs, &header);
    size_t count = (size - blobs.len) / OAT_SLOT_SIZE;
    check_slots(blobs.bytes + blobs.len, count < SLOTS_MAX ? (uint32_t)count : SLOTS_MAX,
                oat_le64_get(header.nonce), blobs.len);
    return 0;
}
