#include "httpd/replica_pair.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/blob_run.h"
#include "httpd/replica_file.h"
#include "httpd/slot_run.h"
#include "reader/pair.h"

#define WINDOW_SLOTS 256u

/* ---- Answers ---------------------------------------------------------------------------------------- */

static bool unstored(struct oat_answer *answer, int result)
{
    oat_answer_unstored(answer, result);
    return false;
}

static bool conflict(struct oat_answer *answer, const char *code, const char *what, uint64_t offset)
{
    oat_answer_error(answer, 409, code, "%s at offset %" PRIu64, what, offset);
    return false;
}

static bool refuse(struct oat_answer *answer, const char *file, uint64_t offset, const char *expected)
{
    oat_answer_error(answer, 422, "bad_segment", "%s, offset %" PRIu64 ": expected %s", file, offset,
                     expected);
    return false;
}

static struct oat_replica_name name_of(const struct oat_replica_pair *pair, const char *suffix)
{
    return (struct oat_replica_name){pair->writer_id, pair->seq, suffix};
}

/* ---- Headers ---------------------------------------------------------------------------------------- */

/* Of this pair, whichever file it is of. */
static bool is_ours(const struct oat_replica_pair *pair, const struct oat_disk_pair_header *header,
                    const char *magic)
{
    return oat_pair_header_check(header, magic, NULL) == OAT_OK &&
           memcmp(header->writer_id, pair->writer_id, 16) == 0 && oat_le32_get(header->seq) == pair->seq;
}

/* Two headers of one pair. */
static bool is_same_pair(const struct oat_disk_pair_header *a, const struct oat_disk_pair_header *b)
{
    return memcmp(a->store_id, b->store_id, 16) == 0 && memcmp(&a->nonce, &b->nonce, sizeof a->nonce) == 0 &&
           memcmp(&a->hash_seed, &b->hash_seed, sizeof a->hash_seed) == 0;
}

static uint64_t nonce_of(const struct oat_replica_pair *pair)
{
    return oat_le64_get(pair->header.nonce);
}

/* What a header page says of the pair. */
struct claims {
    uint64_t slots, blob_bytes; /* that are there */
    bool is_sealed;             /* and it has no more */
};

static struct claims read_claims(const struct oat_replica_pair *pair, const uint8_t *page)
{
    struct oat_disk_durable records[2];
    struct oat_disk_seal seal;
    memcpy(&records[0], page + OAT_SPANS_DURABLE_OFFSET, sizeof records[0]);
    memcpy(&records[1], page + OAT_SPANS_DURABLE_OFFSET + OAT_SPANS_LINE_SIZE, sizeof records[1]);
    memcpy(&seal, page + OAT_SPANS_SEAL_OFFSET, sizeof seal);
    if (oat_seal_check(&seal, nonce_of(pair)))
        return (struct claims){oat_le64_get(seal.slots), oat_le64_get(seal.blob_bytes), true};
    const struct oat_disk_durable *durable = oat_durable_newest(&records[0], &records[1], nonce_of(pair));
    if (durable)
        return (struct claims){oat_le64_get(durable->slots), oat_le64_get(durable->blob_bytes), false};
    return (struct claims){0, OAT_BLOBS_HEADER_SIZE, false};
}

/* ---- Opening ---------------------------------------------------------------------------------------- */

static int read_before(void *arg, uint64_t offset, void *dst, size_t len)
{
    const struct oat_replica_pair *pair = arg;
    int result = oat_replica_file_read(pair->blobs_fd, dst, len, offset);
    return result == OAT_OK ? (int)len : result;
}

/* What was written when this process was not yet: as far as entries go, and no hole. */
static int recover_blobs(struct oat_replica_pair *pair, uint64_t from, uint64_t size)
{
    const struct oat_blob_run run = {
        .offset = size,
        .nonce = nonce_of(pair),
        .hash_seed = oat_le64_get(pair->header.hash_seed),
        .before = read_before,
        .arg = pair,
    };
    return oat_blob_run_end(&run, from, &pair->known.blob_bytes);
}

static int read_page(struct oat_replica_pair *pair, struct claims *ret)
{
    uint8_t page[OAT_SPANS_HEADER_SIZE];
    struct oat_disk_pair_header header;
    int result = oat_replica_file_read(pair->spans_fd, page, sizeof page, 0);
    if (result != OAT_OK)
        return result;
    memcpy(&header, page, sizeof header);
    if (!is_ours(pair, &header, OAT_MAGIC_SPANS) || !is_same_pair(&header, &pair->header))
        return OAT_E_CORRUPT;
    *ret = read_claims(pair, page);
    return OAT_OK;
}

static int read_pair(struct oat_replica_pair *pair, const struct oat_replica_known *known)
{
    struct stat st;
    struct claims claims = {.blob_bytes = OAT_BLOBS_HEADER_SIZE};
    int result = oat_replica_file_read(pair->blobs_fd, &pair->header, sizeof pair->header, 0);
    if (result == OAT_OK && !is_ours(pair, &pair->header, OAT_MAGIC_BLOBS))
        result = OAT_E_CORRUPT;
    if (result == OAT_OK && fstat(pair->blobs_fd, &st) != 0)
        result = OAT_E_IO;
    if (result == OAT_OK && pair->spans_fd >= 0)
        result = read_page(pair, &claims);
    if (result != OAT_OK)
        return result;
    pair->is_sealed = claims.is_sealed;
    if (known->inode == st.st_ino) {
        pair->known = *known;
        return OAT_OK;
    }
    uint64_t size = (uint64_t)st.st_size;
    pair->known = (struct oat_replica_known){.inode = st.st_ino};
    return recover_blobs(pair, claims.blob_bytes < size ? claims.blob_bytes : size, size);
}

bool oat_replica_pair_open(struct oat_replica_pair *pair, const oat_store_dir *dir,
                           const uint8_t writer_id[16], uint32_t seq, const struct oat_replica_known *known,
                           struct oat_answer *answer)
{
    *pair = (struct oat_replica_pair){.dir = dir, .seq = seq, .spans_fd = -1, .blobs_fd = -1};
    memcpy(pair->writer_id, writer_id, sizeof pair->writer_id);
    struct oat_replica_name blobs = name_of(pair, ".blobs"), spans = name_of(pair, ".spans");
    int result = oat_replica_file_open(dir->hot_fd, &blobs, &pair->blobs_fd);
    if (result == OAT_NOTFOUND)
        return true;
    if (result == OAT_OK)
        result = oat_replica_file_open(dir->hot_fd, &spans, &pair->spans_fd);
    if (result == OAT_OK || result == OAT_NOTFOUND)
        result = read_pair(pair, known);
    if (result == OAT_E_CORRUPT)
        return conflict(answer, "other_segment", "the files of this name are not such a pair", 0);
    return result == OAT_OK || unstored(answer, result);
}

void oat_replica_pair_close(struct oat_replica_pair *pair)
{
    if (pair->spans_fd >= 0)
        close(pair->spans_fd);
    if (pair->blobs_fd >= 0)
        close(pair->blobs_fd);
}

/* ---- Blobs ------------------------------------------------------------------------------------------ */

/* The header that a file begins with, or is to begin with. */
static bool take_blobs_header(struct oat_replica_pair *pair, const uint8_t *bytes, size_t len,
                              struct oat_answer *answer)
{
    struct oat_disk_pair_header header;
    struct stat st;
    if (len < sizeof header)
        return refuse(answer, ".blobs", 0, "a header of 256 bytes");
    memcpy(&header, bytes, sizeof header);
    if (pair->blobs_fd >= 0)
        return memcmp(&header, &pair->header, sizeof header) == 0 ||
               conflict(answer, "other_segment", "another header is here", 0);
    if (!is_ours(pair, &header, OAT_MAGIC_BLOBS))
        return refuse(answer, ".blobs", 0, "the header of this writer and number");
    if (memcmp(header.store_id, pair->dir->identity.store_id, 16) == 0)
        return conflict(answer, "own_segment", "this store has made the pair itself", 0);
    struct oat_replica_name name = name_of(pair, ".blobs");
    int result = oat_replica_file_make(pair->dir->hot_fd, &name, &header, sizeof header, &pair->blobs_fd);
    if (result == OAT_OK && fstat(pair->blobs_fd, &st) != 0)
        result = OAT_E_IO;
    if (result != OAT_OK)
        return unstored(answer, result);
    pair->header = header;
    pair->known = (struct oat_replica_known){.inode = st.st_ino, .blob_bytes = OAT_BLOBS_HEADER_SIZE};
    return true;
}

/* What is here already is the same, or the client has another file. */
static bool is_same(int fd, const uint8_t *bytes, size_t len, uint64_t offset, struct oat_answer *answer)
{
    uint8_t here[65536];
    for (size_t at = 0; at < len; at += sizeof here) {
        size_t n = len - at < sizeof here ? len - at : sizeof here;
        if (oat_replica_file_read(fd, here, n, offset + at) != OAT_OK)
            return unstored(answer, OAT_E_IO);
        if (memcmp(here, bytes + at, n) != 0)
            return conflict(answer, "other_segment", "other bytes are here", offset + at);
    }
    return true;
}

bool oat_replica_pair_put_blobs(struct oat_replica_pair *pair, uint64_t offset, const uint8_t *bytes,
                                size_t len, struct oat_answer *answer)
{
    struct oat_blob_run_fault fault;
    if (offset == 0) {
        if (!take_blobs_header(pair, bytes, len, answer))
            return false;
        offset = OAT_BLOBS_HEADER_SIZE;
        bytes += OAT_BLOBS_HEADER_SIZE;
        len -= OAT_BLOBS_HEADER_SIZE;
    }
    uint64_t here = pair->blobs_fd >= 0 ? pair->known.blob_bytes : 0;
    if (offset > here)
        return conflict(answer, "gap", "the bytes before are not here: begin", here);
    size_t known = here - offset < len ? (size_t)(here - offset) : len;
    if (!is_same(pair->blobs_fd, bytes, known, offset, answer))
        return false;
    const struct oat_blob_run run = {
        .bytes = bytes + known,
        .len = len - known,
        .offset = offset + known,
        .nonce = nonce_of(pair),
        .hash_seed = oat_le64_get(pair->header.hash_seed),
        .before = read_before,
        .arg = pair,
    };
    if (run.len == 0)
        return true;
    int result = oat_blob_run_check(&run, &fault);
    if (result == OAT_E_CORRUPT)
        return refuse(answer, ".blobs", fault.offset, fault.what);
    if (result == OAT_OK)
        result = oat_replica_file_write(pair->blobs_fd, run.bytes, run.len, run.offset);
    if (result != OAT_OK)
        return unstored(answer, result);
    pair->known.blob_bytes = run.offset + run.len;
    return true;
}

/* ---- Slots ------------------------------------------------------------------------------------------ */

static bool has_slot(const struct oat_replica_pair *pair, uint32_t slot_no, uint16_t *ret_kind)
{
    uint8_t slot[OAT_SLOT_SIZE];
    return slot_no < OAT_SLOTS_MAX &&
           oat_replica_file_read(pair->spans_fd, slot, sizeof slot, oat_slot_offset(slot_no)) == OAT_OK &&
           oat_slot_check(slot, nonce_of(pair), slot_no, ret_kind) == OAT_OK;
}

static bool has_string(void *arg, uint32_t slot_no)
{
    uint16_t kind;
    return has_slot(arg, slot_no, &kind) && kind == OAT_SLOT_STRING;
}

/* Writes the fresh ones of one sort, neighbours together. */
static int write_fresh(const struct oat_replica_pair *pair, const struct oat_slot_run *run, bool strings)
{
    uint32_t end;
    bool is_string;
    int result = OAT_OK;
    for (uint32_t first = 0; first < run->count && result == OAT_OK; first = end + 1) {
        end = first;
        while (end < run->count && oat_slot_run_is_fresh(run, end, &is_string) && is_string == strings)
            end++;
        if (end > first)
            result =
                oat_pwrite_all(pair->spans_fd, run->slots + (size_t)first * OAT_SLOT_SIZE,
                               (size_t)(end - first) * OAT_SLOT_SIZE, oat_slot_offset(run->first + first));
    }
    return result;
}

/* Readers look no further than so many slots while its writer lives. */
static int raise_claimed(const struct oat_replica_pair *pair, uint32_t slots)
{
    oat_le64 word;
    int result = oat_replica_file_read(pair->spans_fd, &word, sizeof word, OAT_SPANS_CLAIMED_OFFSET);
    if (result != OAT_OK || oat_le64_get(word) >= slots)
        return result;
    word = oat_le64_of(slots);
    return oat_pwrite_all(pair->spans_fd, &word, sizeof word, OAT_SPANS_CLAIMED_OFFSET);
}

static void refuse_missing(const struct oat_slot_run_report *report, struct oat_answer *answer)
{
    char list[OAT_SLOT_RUN_MISSING_MAX * 8 + 1] = "";
    size_t len = 0;
    for (unsigned i = 0; i < report->missing_count; i++)
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%" PRIu32, i > 0 ? "," : "",
                                report->missing[i]);
    oat_answer_error(answer, 409, "missing",
                     "what slots refer to is not here: blobs at offset %" PRIu64
                     " (0: none), strings in slots [%s]",
                     report->missing_blob, list);
}

static bool judge(const struct oat_slot_run *run, struct oat_slot_run_report *report,
                  struct oat_answer *answer)
{
    switch (oat_slot_run_check(run, report)) {
    case OAT_SLOT_RUN_GOOD:
        return true;
    case OAT_SLOT_RUN_BAD:
        oat_answer_error(answer, 422, "bad_segment", ".spans, offset %" PRIu64 ": bad slot: %s",
                         oat_slot_offset(report->slot_no), report->what);
        return false;
    case OAT_SLOT_RUN_OTHER:
        return conflict(answer, "other_segment", "another slot is here", oat_slot_offset(report->slot_no));
    default:
        refuse_missing(report, answer);
        return false;
    }
}

static bool put_slots(struct oat_replica_pair *pair, uint32_t first, const uint8_t *slots, uint32_t count,
                      bool is_damaged, uint64_t *ret_spans, struct oat_answer *answer)
{
    struct oat_slot_run_report report;
    uint8_t *stored = malloc((size_t)count * OAT_SLOT_SIZE);
    if (!stored)
        return unstored(answer, OAT_E_NOMEM);
    const struct oat_slot_run run = {
        .slots = slots,
        .stored = stored,
        .first = first,
        .count = count,
        .nonce = nonce_of(pair),
        .blob_bytes = pair->known.blob_bytes,
        .is_damaged = is_damaged,
        .has_string = has_string,
        .arg = pair,
    };
    int result =
        oat_replica_file_read(pair->spans_fd, stored, (size_t)count * OAT_SLOT_SIZE, oat_slot_offset(first));
    bool good = result == OAT_OK && judge(&run, &report, answer);
    if (good && report.fresh > 0) {
        result = write_fresh(pair, &run, true);
        if (result == OAT_OK)
            result = write_fresh(pair, &run, false);
        if (result == OAT_OK)
            result = raise_claimed(pair, first + count);
        if (result == OAT_OK && fdatasync(pair->spans_fd) != 0)
            result = oat_io_result(errno);
    }
    free(stored);
    if (good)
        *ret_spans = report.spans;
    return result == OAT_OK ? good : unstored(answer, result);
}

/* ---- The header page --------------------------------------------------------------------------------- */

/* Moves known.slots on, as far as to `end`. */
static int count_slots(struct oat_replica_pair *pair, uint32_t end)
{
    uint8_t window[WINDOW_SLOTS * OAT_SLOT_SIZE];
    uint16_t kind;
    while (pair->known.slots < end) {
        uint32_t first = pair->known.slots, count = end - first < WINDOW_SLOTS ? end - first : WINDOW_SLOTS;
        int result = oat_replica_file_read(pair->spans_fd, window, (size_t)count * OAT_SLOT_SIZE,
                                           oat_slot_offset(first));
        if (result != OAT_OK)
            return result;
        uint32_t good = 0;
        while (good < count && oat_slot_check(window + (size_t)good * OAT_SLOT_SIZE, nonce_of(pair),
                                              first + good, &kind) == OAT_OK)
            good++;
        pair->known.slots += good;
        if (good < count)
            break;
    }
    return OAT_OK;
}

/* Whether so much of the pair is here. */
static bool has_all(struct oat_replica_pair *pair, const struct claims *claims, struct oat_answer *answer)
{
    int result = count_slots(pair, (uint32_t)claims->slots);
    if (result != OAT_OK)
        return unstored(answer, result);
    if (pair->known.slots < claims->slots)
        return conflict(answer, "incomplete", "a slot that the header page tells of is not here",
                        oat_slot_offset(pair->known.slots));
    return pair->known.blob_bytes >= claims->blob_bytes ||
           conflict(answer, "incomplete", "bytes of .blobs that the header page tells of are not here",
                    pair->known.blob_bytes);
}

static bool put_page(struct oat_replica_pair *pair, const uint8_t *bytes, bool is_damaged,
                     struct oat_answer *answer)
{
    uint8_t page[OAT_SPANS_HEADER_SIZE];
    oat_le64 claimed, claimed_here;
    struct claims claims = read_claims(pair, bytes);
    if (!is_damaged && !has_all(pair, &claims, answer))
        return false;
    int result = oat_replica_file_read(pair->spans_fd, page, sizeof page, 0);
    struct claims here = read_claims(pair, page);
    if (result == OAT_OK && (claims.slots < here.slots || claims.blob_bytes < here.blob_bytes))
        return true; /* an older one that comes late, or again */
    memcpy(&claimed_here, page + OAT_SPANS_CLAIMED_OFFSET, sizeof claimed_here);
    memcpy(page, bytes, sizeof page);
    memcpy(&claimed, page + OAT_SPANS_CLAIMED_OFFSET, sizeof claimed);
    if (!claims.is_sealed && oat_le64_get(claimed) < oat_le64_get(claimed_here))
        memcpy(page + OAT_SPANS_CLAIMED_OFFSET, &claimed_here, sizeof claimed_here);
    if (result == OAT_OK)
        result = oat_replica_file_write(pair->spans_fd, page, sizeof page, 0);
    if (result != OAT_OK)
        return unstored(answer, result);
    pair->is_sealed = claims.is_sealed;
    return true;
}

/* The first 256 bytes; they make the file. */
static bool take_spans_header(struct oat_replica_pair *pair, const uint8_t *bytes, struct oat_answer *answer)
{
    uint8_t bare[OAT_SPANS_HEADER_SIZE] = {0};
    struct oat_disk_pair_header header;
    memcpy(&header, bytes, sizeof header);
    if (!is_ours(pair, &header, OAT_MAGIC_SPANS))
        return refuse(answer, ".spans", 0, "the header of this writer and number");
    if (!is_same_pair(&header, &pair->header))
        return conflict(answer, "other_segment", "the .blobs that is here is of another pair", 0);
    if (pair->spans_fd >= 0)
        return is_same(pair->spans_fd, bytes, sizeof header, 0, answer);
    memcpy(bare, &header, sizeof header);
    struct oat_replica_name name = name_of(pair, ".spans");
    int result = oat_replica_file_make(pair->dir->hot_fd, &name, bare, sizeof bare, &pair->spans_fd);
    return result == OAT_OK || unstored(answer, result);
}

bool oat_replica_pair_put_spans(struct oat_replica_pair *pair, uint64_t offset, const uint8_t *bytes,
                                size_t len, bool is_damaged, uint64_t *ret_spans, struct oat_answer *answer)
{
    const uint8_t *page = offset == 0 ? bytes : NULL;
    *ret_spans = 0;
    if (pair->blobs_fd < 0)
        return conflict(answer, "gap", "its .blobs is not here: begin with that", 0);
    if (page) {
        if (len < OAT_SPANS_HEADER_SIZE)
            return refuse(answer, ".spans", 0, "a header page of 4096 bytes");
        if (!take_spans_header(pair, bytes, answer))
            return false;
        offset += OAT_SPANS_HEADER_SIZE;
        bytes += OAT_SPANS_HEADER_SIZE;
        len -= OAT_SPANS_HEADER_SIZE;
    } else if (pair->spans_fd < 0) {
        return conflict(answer, "gap", "the header page is not here: begin", 0);
    }
    if (offset < OAT_SPANS_HEADER_SIZE || offset % OAT_SLOT_SIZE != 0 || len % OAT_SLOT_SIZE != 0 ||
        !oat_range_ok(offset, len, OAT_SPANS_FILE_MAX))
        return refuse(answer, ".spans", offset, "whole slots of 256 bytes");
    uint32_t first = (uint32_t)((offset - OAT_SPANS_HEADER_SIZE) / OAT_SLOT_SIZE);
    if (len > 0 &&
        !put_slots(pair, first, bytes, (uint32_t)(len / OAT_SLOT_SIZE), is_damaged, ret_spans, answer))
        return false;
    return !page || put_page(pair, page, is_damaged, answer);
}

/* ---- What is here ------------------------------------------------------------------------------------ */

unsigned oat_replica_pair_ranges(struct oat_replica_pair *pair, uint32_t (*ret)[2], unsigned max)
{
    struct stat st;
    uint16_t kind;
    unsigned count = 0;
    bool before = false;
    if (pair->spans_fd < 0 || fstat(pair->spans_fd, &st) != 0)
        return 0;
    uint32_t slots = oat_pair_slots_in((uint64_t)st.st_size);
    if (count_slots(pair, slots) != OAT_OK)
        return 0;
    for (uint32_t slot_no = pair->known.slots; slot_no < slots; slot_no++) {
        bool here = has_slot(pair, slot_no, &kind);
        if (here && !before && count == max)
            break;
        if (here && !before)
            ret[count++][0] = slot_no;
        if (here)
            ret[count - 1][1] = slot_no + 1;
        before = here;
    }
    return count;
}
