#include "tests/support/golden_pair.h"

#include "format/hash.h"

#include <fcntl.h>
#include <inttypes.h>
#include <lz4.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM_BYTES (1u << 20) /* of either file; a golden file is far smaller */

static void require(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        abort();
    }
}

/* ---- Pairs ---- */

void golden_pair_init(struct golden_pair *pair, unsigned writer, uint32_t seq)
{
    memset(pair, 0, sizeof *pair);
    pair->spans = calloc(1, ROOM_BYTES);
    pair->blobs = calloc(1, ROOM_BYTES);
    require(pair->spans && pair->blobs, "calloc");
    pair->spans_len = OAT_SPANS_HEADER_SIZE;
    pair->blobs_len = OAT_BLOBS_HEADER_SIZE;
    pair->nonce = UINT64_C(0x6e6f6e6365000000) | writer << 8 | seq;

    struct oat_disk_pair_header *h = &pair->header;
    h->major = oat_le16_of(OAT_FORMAT_MAJOR);
    memset(h->writer_id, (int)writer, sizeof h->writer_id);
    memset(h->store_id, 0x57, sizeof h->store_id);
    memset(h->machine_id, 0x6d, sizeof h->machine_id);
    memset(h->boot_id, 0xb0, sizeof h->boot_id);
    h->hash_seed = oat_le64_of(GOLDEN_HASH_SEED);
    h->nonce = oat_le64_of(pair->nonce);
    h->seq = oat_le32_of(seq);
    h->created_ns = oat_le64_of(GOLDEN_START_NS);
    h->pid = oat_le32_of(4711);
    h->mode = OAT_PAIR_MAPPED;
    memcpy(h->program, "golden", 6);
    golden_header(pair);
    if (seq == 0)
        golden_carried(pair);
}

void golden_pair_free(struct golden_pair *pair)
{
    free(pair->spans);
    free(pair->blobs);
}

void golden_header(struct golden_pair *pair)
{
    struct oat_disk_pair_header h = pair->header;
    memcpy(h.magic, OAT_MAGIC_SPANS, sizeof h.magic);
    h.header_size = oat_le32_of(OAT_SPANS_HEADER_SIZE);
    h.slot_size = oat_le32_of(OAT_SLOT_SIZE);
    oat_pair_header_seal(&h);
    memcpy(pair->spans, &h, sizeof h);
    memcpy(h.magic, OAT_MAGIC_BLOBS, sizeof h.magic);
    h.header_size = oat_le32_of(OAT_BLOBS_HEADER_SIZE);
    h.slot_size = oat_le32_of(0);
    oat_pair_header_seal(&h);
    memcpy(pair->blobs, &h, sizeof h);
}

void golden_carried(struct golden_pair *pair)
{
    oat_le64 flags = oat_le64_of(OAT_PAIR_FLAG_CARRIED);
    memcpy(pair->spans + OAT_SPANS_FLAGS_OFFSET, &flags, sizeof flags);
}

void golden_durable(struct golden_pair *pair, uint64_t slots, uint64_t blob_bytes, uint64_t flush_seq)
{
    struct oat_disk_durable d = {.slots = oat_le64_of(slots),
                                 .blob_bytes = oat_le64_of(blob_bytes),
                                 .flush_seq = oat_le64_of(flush_seq)};
    oat_durable_seal(&d, pair->nonce);
    memcpy(pair->spans + OAT_SPANS_DURABLE_OFFSET + OAT_SPANS_LINE_SIZE * (flush_seq % 2), &d, sizeof d);
}

void golden_seal(struct golden_pair *pair)
{
    struct oat_disk_seal s = {.slots = oat_le64_of(pair->slots),
                              .blob_bytes = oat_le64_of(pair->blobs_len),
                              .sealed_ns = oat_le64_of(GOLDEN_START_NS + 1)};
    oat_seal_seal(&s, pair->nonce);
    memcpy(pair->spans + OAT_SPANS_SEAL_OFFSET, &s, sizeof s);
}

/* ---- Slots ---- */

uint32_t golden_slot_at(struct golden_pair *pair, unsigned kind, const void *slot, uint32_t slot_no)
{
    uint8_t *at = pair->spans + oat_slot_offset(slot_no);
    memcpy(at, slot, OAT_SLOT_SIZE);
    oat_le64 word = oat_le64_of(oat_slot_commit_word(at, (enum oat_slot_kind)kind, pair->nonce, slot_no));
    memcpy(at, &word, sizeof word);
    return slot_no;
}

void golden_skip(struct golden_pair *pair, uint32_t count)
{
    pair->slots += count;
    pair->spans_len = (size_t)oat_slot_offset(pair->slots);
    require(pair->spans_len <= ROOM_BYTES, "golden .spans too long");
    oat_le64 claimed = oat_le64_of((pair->slots + 15u) & ~15u);
    memcpy(pair->spans + OAT_SPANS_CLAIMED_OFFSET, &claimed, sizeof claimed);
}

uint32_t golden_slot(struct golden_pair *pair, unsigned kind, const void *slot)
{
    golden_skip(pair, 1);
    return golden_slot_at(pair, kind, slot, pair->slots - 1);
}

oat_string_ref golden_string(struct golden_pair *pair, const char *text, size_t len)
{
    struct oat_disk_string s = {.len_bytes = oat_le32_of((uint32_t)len)};
    oat_content_id id = oat_content_id_of(text, len, GOLDEN_HASH_SEED);
    memcpy(&s.hash, id.b, sizeof s.hash);
    if (len <= OAT_STRING_INLINE_MAX) {
        memcpy(s.u.text, text, len);
    } else {
        s.in_blob = 1;
        s.u.blob = golden_payload(pair, text, len, 0);
    }
    return oat_le32_of(golden_slot(pair, OAT_SLOT_STRING, &s) + 1);
}

struct oat_disk_span golden_span(unsigned trace, unsigned span, unsigned parent)
{
    struct oat_disk_span s = {
        .start_ns = oat_le64_of(GOLDEN_START_NS + span * UINT64_C(1000000)),
        .duration_ns = oat_le64_of(UINT64_C(1000000000)),
        .type = OAT_LLM,
        .status = OAT_STATUS_SUCCESS,
        .flags = oat_le32_of(parent ? OAT_SPAN_PARENT_LOCAL : 0),
    };
    memset(s.trace_id, (int)trace, sizeof s.trace_id);
    memset(s.span_id, (int)span, sizeof s.span_id);
    memset(s.parent_id, (int)parent, sizeof s.parent_id);
    return s;
}

/* ---- Entries ---- */

uint64_t golden_next_offset(const struct golden_pair *pair)
{
    return pair->blobs_len;
}

uint64_t golden_entry(struct golden_pair *pair, enum oat_entry_kind kind, const void *raw, size_t raw_len,
                      const void *stored, size_t stored_len, uint64_t pred)
{
    struct oat_entry e = {.kind = kind, .raw_len = raw_len, .stored_len = stored_len, .pred_offset = pred};
    oat_content_id id = oat_content_id_of(raw, raw_len, GOLDEN_HASH_SEED);
    memcpy(e.id8, id.b, sizeof e.id8);
    require(pair->blobs_len + OAT_ENTRY_HEADER_MAX + stored_len + 8 <= ROOM_BYTES, "golden .blobs too long");
    uint64_t offset = pair->blobs_len;
    size_t n = oat_entry_encode(pair->blobs + offset, &e, stored, pair->nonce, offset);
    if (stored_len > 0)
        memcpy(pair->blobs + offset + n, stored, stored_len);
    pair->blobs_len += (size_t)oat_entry_size(&e);
    return offset;
}

uint64_t golden_raw(struct golden_pair *pair, const void *raw, size_t len)
{
    return golden_entry(pair, OAT_ENTRY_RAW, raw, len, raw, len, 0);
}

uint64_t golden_lz4(struct golden_pair *pair, const void *raw, size_t len)
{
    char stored[ROOM_BYTES / 4];
    int n = LZ4_compress_default(raw, stored, (int)len, sizeof stored);
    require(n > 0 && (size_t)n < len, "golden LZ4 block does not shrink");
    return golden_entry(pair, OAT_ENTRY_LZ4, raw, len, stored, (size_t)n, 0);
}

uint64_t golden_recipe(struct golden_pair *pair, const void *ops, size_t ops_len, const void *raw,
                       size_t raw_len)
{
    return golden_entry(pair, OAT_ENTRY_RECIPE, raw, raw_len, ops, ops_len, 0);
}

struct oat_disk_blob_ref golden_ref(uint64_t offset, const void *raw, size_t raw_len, unsigned media,
                                    unsigned flags)
{
    oat_content_id id = oat_content_id_of(raw, raw_len, GOLDEN_HASH_SEED);
    return oat_blob_ref_make(offset, id.b, raw_len, (uint8_t)media, (uint8_t)flags);
}

struct oat_disk_blob_ref golden_payload(struct golden_pair *pair, const void *raw, size_t len, unsigned media)
{
    if (len == 0)
        return golden_ref(golden_recipe(pair, "", 0, "", 0), "", 0, media, OAT_REF_RECIPE);
    return golden_ref(golden_raw(pair, raw, len), raw, len, media, 0);
}

/* ---- Files ---- */

void golden_file(const char *dir, const char *path, const void *bytes, size_t len)
{
    char full[1024];
    snprintf(full, sizeof full, "%s/%s", dir, path);
    FILE *f = fopen(full, "wb");
    require(f && fwrite(bytes, 1, len, f) == len && fclose(f) == 0, full);
}

void golden_store(const char *dir, struct oat_disk_store *ret_store)
{
    char hot[1024];
    snprintf(hot, sizeof hot, "%s/hot", dir);
    require(mkdir(dir, 0777) == 0 && mkdir(hot, 0777) == 0, hot);

    struct oat_disk_store store = {.major = oat_le16_of(1),
                                   .major_min = oat_le16_of(1),
                                   .major_max = oat_le16_of(1),
                                   .hash_seed = oat_le64_of(GOLDEN_HASH_SEED),
                                   .created_ns = oat_le64_of(GOLDEN_START_NS)};
    memcpy(store.magic, OAT_MAGIC_STORE, sizeof store.magic);
    memset(store.store_id, 0x57, sizeof store.store_id);
    oat_store_file_seal(&store);
    golden_file(dir, "STORE", &store, sizeof store);
    if (ret_store)
        *ret_store = store;
}

static void write_live(const struct golden_pair *pair, const char *dir, const char *path)
{
    const struct oat_disk_pair_header *h = &pair->header;
    struct oat_disk_live live = {.major = oat_le16_of(1), .pid = h->pid, .created_ns = h->created_ns};
    memcpy(live.magic, OAT_MAGIC_LIVE, sizeof live.magic);
    memcpy(live.writer_id, h->writer_id, sizeof live.writer_id);
    memcpy(live.machine_id, h->machine_id, sizeof live.machine_id);
    memcpy(live.boot_id, h->boot_id, sizeof live.boot_id);
    memcpy(live.program, h->program, sizeof live.program);
    oat_live_file_seal(&live);
    golden_file(dir, path, &live, sizeof live);
}

void golden_pair_write(const struct golden_pair *pair, const char *dir)
{
    char path[80], stem[33];
    for (size_t i = 0; i < sizeof pair->header.writer_id; i++)
        snprintf(stem + 2 * i, 3, "%02x", pair->header.writer_id[i]);
    snprintf(path, sizeof path, "hot/%s.live", stem);
    write_live(pair, dir, path);
    snprintf(path, sizeof path, "hot/%s-%08" PRIx32 ".blobs", stem, oat_le32_get(pair->header.seq));
    golden_file(dir, path, pair->blobs, pair->blobs_len);
    snprintf(path, sizeof path, "hot/%s-%08" PRIx32 ".spans", stem, oat_le32_get(pair->header.seq));
    golden_file(dir, path, pair->spans, pair->spans_len);
}
