#include "reader/pair.h"

#include "format/ids.h"
#include "reader/array.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_BYTES (64u << 10)
#define LANE_SLOTS   16u
#define NAME_STEM    (32u + 1u + 8u) /* <writer>-<seq> */

bool oat_pair_name_parse(const char *name, uint8_t ret_writer_id[16], uint32_t *ret_seq)
{
    uint8_t writer_id[16], seq[4];
    for (size_t i = 0; i < NAME_STEM; i++)
        if (name[i] == '\0' || (name[i] >= 'A' && name[i] <= 'F'))
            return false;
    if (name[32] != '-' || strcmp(name + NAME_STEM, ".spans") != 0 ||
        !oat_hex_parse(name, 32, writer_id, 16) || !oat_hex_parse(name + 33, 8, seq, 4))
        return false;
    memcpy(ret_writer_id, writer_id, sizeof writer_id);
    *ret_seq = (uint32_t)seq[0] << 24 | (uint32_t)seq[1] << 16 | (uint32_t)seq[2] << 8 | seq[3];
    return true;
}

bool oat_pair_same_writer(const struct oat_pair *a, const struct oat_pair *b)
{
    return memcmp(a->writer_id, b->writer_id, sizeof a->writer_id) == 0;
}

uint32_t oat_pair_slots_in(uint64_t file_size)
{
    if (file_size <= OAT_SPANS_HEADER_SIZE)
        return 0;
    uint64_t slots = (file_size - OAT_SPANS_HEADER_SIZE) / OAT_SLOT_SIZE;
    return slots > OAT_SLOTS_MAX ? OAT_SLOTS_MAX : (uint32_t)slots;
}

/* ---- Opening ---- */

/* Reads the fixed header of one file. True when it is whole, right, and says what its name says. */
static bool read_header(const struct oat_pair *pair, const struct oat_file *file, const char *path,
                        const char *magic, struct oat_problems *problems, struct oat_disk_pair_header *ret)
{
    struct oat_disk_pair_header header;
    const char *what = NULL;
    size_t len = 0;

    if (oat_file_read(file, &header, sizeof header, 0, &len) != OAT_OK) {
        oat_problems_add_errno(problems, path, 0, "read", errno);
        return false;
    }
    if (len < sizeof header) {
        oat_problems_add_numbers(problems, OAT_PROBLEM_CORRUPT, path, len, "header length", sizeof header,
                                 len);
        return false;
    }
    int result = oat_pair_header_check(&header, magic, &what);
    if (result == OAT_E_UNSUPPORTED) {
        oat_problems_add_numbers(problems, OAT_PROBLEM_UNSUPPORTED, path,
                                 offsetof(struct oat_disk_pair_header, major), what, OAT_FORMAT_MAJOR,
                                 oat_le16_get(header.major));
        return false;
    }
    if (result == OAT_OK && memcmp(header.writer_id, pair->writer_id, sizeof header.writer_id) != 0)
        what = "writer id";
    else if (result == OAT_OK && oat_le32_get(header.seq) != pair->seq)
        what = "sequence number";
    if (what) {
        oat_problems_add(problems, OAT_PROBLEM_CORRUPT, path, 0, what, "as in format and name", "other");
        return false;
    }
    *ret = header;
    return true;
}

static void open_blobs(struct oat_pair *pair, int hot_fd, bool keep_open, struct oat_problems *problems)
{
    struct oat_disk_pair_header header;
    const char *found = NULL;
    int result = oat_file_open(&pair->blobs, hot_fd, pair->blobs_path + strlen("hot/"), keep_open, &found);
    if (result != OAT_OK) {
        oat_problems_add_open(problems, pair->blobs_path, result, found);
        return;
    }
    if (!read_header(pair, &pair->blobs, pair->blobs_path, OAT_MAGIC_BLOBS, problems, &header))
        return;
    if (oat_le64_get(header.nonce) != pair->nonce || oat_le64_get(header.hash_seed) != pair->hash_seed ||
        memcmp(header.store_id, pair->store_id, sizeof header.store_id) != 0) {
        oat_problems_add(problems, OAT_PROBLEM_CORRUPT, pair->blobs_path, 0, "store, seed or nonce",
                         "as in .spans", "other");
        return;
    }
    pair->has_blobs = true;
}

void oat_pair_open(struct oat_pair *pair, int hot_fd, const uint8_t writer_id[16], uint32_t seq,
                   bool keep_open, struct oat_problems *problems)
{
    struct oat_disk_pair_header header;
    const char *found = NULL;
    char hex[33];

    memset(pair, 0, sizeof *pair);
    pair->spans.fd = pair->blobs.fd = -1;
    memcpy(pair->writer_id, writer_id, sizeof pair->writer_id);
    pair->seq = seq;
    oat_hex_print(writer_id, 16, hex);
    snprintf(pair->spans_path, sizeof pair->spans_path, "hot/%s-%08" PRIx32 ".spans", hex, seq);
    snprintf(pair->blobs_path, sizeof pair->blobs_path, "hot/%s-%08" PRIx32 ".blobs", hex, seq);

    int result = oat_file_open(&pair->spans, hot_fd, pair->spans_path + strlen("hot/"), keep_open, &found);
    if (result == OAT_NOTFOUND)
        return; /* taken away since hot/ was listed */
    if (result != OAT_OK) {
        oat_problems_add_open(problems, pair->spans_path, result, found);
        return;
    }
    if (!read_header(pair, &pair->spans, pair->spans_path, OAT_MAGIC_SPANS, problems, &header))
        return;
    pair->nonce = oat_le64_get(header.nonce);
    pair->hash_seed = oat_le64_get(header.hash_seed);
    memcpy(pair->store_id, header.store_id, sizeof pair->store_id);
    memcpy(pair->machine_id, header.machine_id, sizeof pair->machine_id);
    memcpy(pair->boot_id, header.boot_id, sizeof pair->boot_id);
    memcpy(pair->program, header.program, sizeof header.program);
    pair->pid = oat_le32_get(header.pid);
    pair->created_ns = oat_le64_get(header.created_ns);
    pair->mode = header.mode;
    pair->usable = true;
    open_blobs(pair, hot_fd, keep_open, problems);
}

void oat_pair_close(struct oat_pair *pair)
{
    free(pair->holes);
    oat_file_close(&pair->spans);
    oat_file_close(&pair->blobs);
}

/* ---- Bounds ---- */

static bool all_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* A seal record that is there but wrong; a living writer may be writing it just now. */
static void check_seal(struct oat_pair *pair, const uint8_t *page, struct oat_problems *problems)
{
    struct oat_disk_seal seal;
    memcpy(&seal, page + OAT_SPANS_SEAL_OFFSET, sizeof seal);
    pair->sealed = oat_seal_check(&seal, pair->nonce);
    if (!pair->sealed && !all_zero((const uint8_t *)&seal, sizeof seal) && pair->liveness != OAT_WRITER_ALIVE)
        oat_problems_add(problems, OAT_PROBLEM_CORRUPT, pair->spans_path, OAT_SPANS_SEAL_OFFSET,
                         "seal record", "a valid one", "another");
    if (!pair->sealed)
        return;
    pair->slots = pair->strict_slots = (uint32_t)oat_le64_get(seal.slots);
    pair->strict_blob_bytes = oat_le64_get(seal.blob_bytes);
}

/* A record that is not valid is ignored: its writer may have died over it. */
static void read_durable(struct oat_pair *pair, const uint8_t *page)
{
    struct oat_disk_durable records[2];
    memcpy(&records[0], page + OAT_SPANS_DURABLE_OFFSET, sizeof records[0]);
    memcpy(&records[1], page + OAT_SPANS_DURABLE_OFFSET + OAT_SPANS_LINE_SIZE, sizeof records[1]);
    const struct oat_disk_durable *newest = oat_durable_newest(&records[0], &records[1], pair->nonce);
    if (!newest)
        return;
    pair->strict_slots = (uint32_t)oat_le64_get(newest->slots);
    pair->strict_blob_bytes = oat_le64_get(newest->blob_bytes);
}

static uint64_t word_at(const uint8_t *page, size_t offset)
{
    oat_le64 word;
    memcpy(&word, page + offset, sizeof word);
    return oat_le64_get(word);
}

/* Compares what the header promises with what the files have. */
static void check_lengths(struct oat_pair *pair, uint32_t in_file, struct oat_problems *problems)
{
    uint64_t allocated;
    if (pair->strict_slots > in_file)
        oat_problems_add_numbers(problems, OAT_PROBLEM_CORRUPT, pair->spans_path, oat_slot_offset(in_file),
                                 "slots in the file", pair->strict_slots, in_file);
    if (!pair->has_blobs)
        return;
    if (oat_file_size(&pair->blobs, &pair->blobs.size, &allocated) != OAT_OK)
        oat_problems_add_errno(problems, pair->blobs_path, 0, "size", errno);
    else if (pair->blobs.size < pair->strict_blob_bytes)
        oat_problems_add_numbers(problems, OAT_PROBLEM_CORRUPT, pair->blobs_path, pair->blobs.size,
                                 "file length", pair->strict_blob_bytes, pair->blobs.size);
}

void oat_pair_measure(struct oat_pair *pair, struct oat_problems *problems)
{
    uint8_t page[OAT_SPANS_HEADER_SIZE] = {0};
    size_t len = 0;
    uint64_t allocated;

    if (oat_file_read(&pair->spans, page, sizeof page, 0, &len) != OAT_OK ||
        oat_file_size(&pair->spans, &pair->spans.size, &allocated) != OAT_OK) {
        oat_problems_add_errno(problems, pair->spans_path, 0, "read", errno);
        pair->usable = false;
        return;
    }
    if (len < sizeof page)
        oat_problems_add_numbers(problems, OAT_PROBLEM_CORRUPT, pair->spans_path, len, "header page",
                                 sizeof page, len);
    pair->claimed = word_at(page, OAT_SPANS_CLAIMED_OFFSET);
    pair->carried = word_at(page, OAT_SPANS_FLAGS_OFFSET) & OAT_PAIR_FLAG_CARRIED;

    check_seal(pair, page, problems);
    uint32_t in_file = oat_pair_slots_in(pair->spans.size);
    if (!pair->sealed) {
        read_durable(pair, page);
        pair->slots = in_file;
        if (pair->liveness == OAT_WRITER_ALIVE) {
            uint64_t claimed = pair->claimed > pair->strict_slots ? pair->claimed : pair->strict_slots;
            if (claimed < in_file)
                pair->slots = (uint32_t)claimed + (LANE_SLOTS - (uint32_t)claimed % LANE_SLOTS) % LANE_SLOTS;
        }
    }
    check_lengths(pair, in_file, problems);
    if (pair->slots > in_file)
        pair->slots = in_file;
}

enum oat_problem_kind oat_pair_dangling(const struct oat_pair *pair, bool durable)
{
    bool left = !pair->sealed && pair->liveness != OAT_WRITER_ALIVE;
    return left && !durable ? OAT_PROBLEM_LOST : OAT_PROBLEM_CORRUPT;
}

/* ---- Slots ---- */

static enum oat_slot_state state_of(const uint8_t *slot, uint64_t nonce, uint32_t slot_no, uint16_t *ret_kind)
{
    int result = oat_slot_check(slot, nonce, slot_no, ret_kind);
    if (result == OAT_OK)
        return OAT_SLOT_GOOD;
    return result == OAT_NOTFOUND ? OAT_SLOT_EMPTY : OAT_SLOT_BAD;
}

int oat_pair_read_slot(const struct oat_pair *pair, uint32_t slot_no, uint8_t ret[OAT_SLOT_SIZE],
                       uint16_t *ret_kind)
{
    size_t len = 0;
    if (slot_no >= OAT_SLOTS_MAX)
        return OAT_NOTFOUND;
    int result = oat_file_read(&pair->spans, ret, OAT_SLOT_SIZE, oat_slot_offset(slot_no), &len);
    if (result != OAT_OK)
        return result;
    return len == OAT_SLOT_SIZE ? oat_slot_check(ret, pair->nonce, slot_no, ret_kind) : OAT_NOTFOUND;
}

/* A slot that fails its sum may have been caught between its bytes and its commit. */
static enum oat_slot_state read_again(const struct oat_pair *pair, uint32_t slot_no, uint8_t *slot,
                                      uint16_t *ret_kind)
{
    uint8_t again[OAT_SLOT_SIZE];
    if (pair->sealed || oat_pair_read_slot(pair, slot_no, again, ret_kind) != OAT_OK)
        return OAT_SLOT_BAD;
    memcpy(slot, again, sizeof again);
    return OAT_SLOT_GOOD;
}

int oat_pair_scan(struct oat_pair *pair, uint32_t first, uint32_t end, struct oat_problems *problems,
                  oat_slot_fn fn, void *arg)
{
    int result = OAT_OK;
    uint8_t *window = malloc(WINDOW_BYTES);
    if (!window)
        return OAT_E_NOMEM;
    while (first < end && result == OAT_OK) {
        size_t want = (size_t)(end - first) * OAT_SLOT_SIZE, len = 0;
        if (want > WINDOW_BYTES)
            want = WINDOW_BYTES;
        if (oat_file_read(&pair->spans, window, want, oat_slot_offset(first), &len) != OAT_OK) {
            oat_problems_add_errno(problems, pair->spans_path, oat_slot_offset(first), "read", errno);
            break;
        }
        uint32_t count = (uint32_t)(len / OAT_SLOT_SIZE);
        for (uint32_t i = 0; i < count && result == OAT_OK; i++) {
            uint8_t *slot = window + (size_t)i * OAT_SLOT_SIZE;
            uint16_t kind = OAT_SLOT_NONE;
            enum oat_slot_state state = state_of(slot, pair->nonce, first + i, &kind);
            if (state == OAT_SLOT_BAD)
                state = read_again(pair, first + i, slot, &kind);
            result = fn(arg, pair, first + i, state, kind, slot);
        }
        first += count;
        if (len < want)
            break;
    }
    free(window);
    return result;
}

/* ---- What may come yet ---- */

int oat_pair_add_hole(struct oat_pair *pair, uint32_t slot_no)
{
    if (!oat_array_reserve(&pair->holes, pair->hole_count, &pair->hole_capacity, sizeof *pair->holes))
        return OAT_E_NOMEM;
    pair->holes[pair->hole_count++] = slot_no;
    return OAT_OK;
}

int oat_pair_scan_new(struct oat_pair *pair, struct oat_problems *problems, oat_slot_fn fn, void *arg)
{
    uint32_t *holes = pair->holes;
    size_t count = pair->hole_count, end;
    int result = OAT_OK;
    pair->holes = NULL; /* those that are still there are noted again */
    pair->hole_count = pair->hole_capacity = 0;
    for (size_t first = 0; first < count && holes[first] < pair->slots && result == OAT_OK; first = end) {
        for (end = first + 1; end < count && holes[end] == holes[end - 1] + 1; end++)
            continue;
        uint32_t past = holes[end - 1] + 1;
        result =
            oat_pair_scan(pair, holes[first], past < pair->slots ? past : pair->slots, problems, fn, arg);
    }
    free(holes);
    if (result == OAT_OK && pair->scanned < pair->slots) {
        result = oat_pair_scan(pair, pair->scanned, pair->slots, problems, fn, arg);
        pair->scanned = pair->slots;
    }
    return result;
}
