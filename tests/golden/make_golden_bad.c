/* Writes the bad golden stores, each with one defect: make_golden_bad DIR makes DIR/<defect>/. The
 * files in tests/golden/bad are its output. */
#include "format/attrs.h"
#include "format/identity.h"
#include "format/recipe.h"
#include "format/varint.h"
#include "tests/support/golden_pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* What every case begins with: a name, a span that is whole (span id 01..), one that the defect
 * hits (02..) with a payload of its own. */
struct store {
    struct golden_pair p;
    struct oat_disk_span hit; /* not committed yet */
    uint64_t entry;           /* of its output */
    struct oat_disk_store identity;
};

static const char raw_text[] = "the output of the span that is hit";
#define RAW_LEN (sizeof raw_text - 1)

static void hit_with(struct store *s, struct oat_disk_blob_ref ref)
{
    s->hit.output = ref;
}

static void commit_hit(struct store *s)
{
    golden_slot(&s->p, OAT_SLOT_SPAN, &s->hit);
}

static uint8_t *hit_slot(struct store *s)
{
    return s->p.spans + oat_slot_offset(s->p.slots - 1);
}

/* ---- Headers and records ---- */

static void store_magic(struct store *s)
{
    s->identity.magic[0] = 'X';
}

static void store_checksum(struct store *s)
{
    s->identity.store_id[3] ^= 1;
}

static void store_major_2(struct store *s)
{
    s->identity.major = oat_le16_of(2);
    oat_store_file_seal(&s->identity);
}

static void spans_magic(struct store *s)
{
    s->p.spans[7] = 'X';
}

static void spans_header_checksum(struct store *s)
{
    s->p.spans[150] ^= 4;
}

/* Seals the header that begins a file again. */
static void seal_header(uint8_t *file)
{
    struct oat_disk_pair_header h;
    memcpy(&h, file, sizeof h);
    oat_pair_header_seal(&h);
    memcpy(file, &h, sizeof h);
}

static void spans_major_0(struct store *s)
{
    s->p.spans[8] = 0;
    seal_header(s->p.spans);
}

static void spans_major_2(struct store *s)
{
    s->p.spans[8] = 2;
    seal_header(s->p.spans);
}

static void blobs_major_2(struct store *s)
{
    s->p.blobs[8] = 2;
    seal_header(s->p.blobs);
}

static void spans_header_size(struct store *s)
{
    s->p.spans[13] = 0x20;
    seal_header(s->p.spans);
}

static void spans_slot_size(struct store *s)
{
    s->p.spans[69] = 2;
    seal_header(s->p.spans);
}

static void spans_writer_id(struct store *s)
{
    s->p.spans[16] ^= 1;
    seal_header(s->p.spans);
}

static void spans_seq(struct store *s)
{
    s->p.spans[64] ^= 1;
    seal_header(s->p.spans);
}

static void spans_short(struct store *s)
{
    s->p.spans_len = 200;
}

static void blobs_nonce(struct store *s)
{
    s->p.blobs[56] ^= 1;
    seal_header(s->p.blobs);
}

static void seal_record(struct store *s)
{
    golden_seal(&s->p);
    s->p.spans[OAT_SPANS_SEAL_OFFSET] ^= 1;
}

static void sealed_spans_short(struct store *s)
{
    golden_seal(&s->p);
    s->p.spans_len -= OAT_SLOT_SIZE;
}

static void sealed_blobs_short(struct store *s)
{
    s->p.slots--;
    s->p.spans_len -= OAT_SLOT_SIZE; /* the span that needs those bytes */
    golden_seal(&s->p);
    s->p.blobs_len -= 16;
}

static void durable_blobs_short(struct store *s)
{
    s->p.slots--;
    s->p.spans_len -= OAT_SLOT_SIZE;
    golden_durable(&s->p, s->p.slots, s->p.blobs_len, 1);
    s->p.blobs_len -= 16;
}

/* ---- Slots ---- */

static void slot_torn(struct store *s)
{
    hit_slot(s)[100] ^= 1;
}

static void slot_corrupt_durable(struct store *s)
{
    golden_durable(&s->p, s->p.slots, s->p.blobs_len, 1);
    hit_slot(s)[100] ^= 1;
}

static void slot_corrupt_sealed(struct store *s)
{
    golden_seal(&s->p);
    hit_slot(s)[0] ^= 1;
}

static void slot_zero_durable(struct store *s)
{
    golden_durable(&s->p, s->p.slots, s->p.blobs_len, 1);
    memset(hit_slot(s), 0, OAT_SLOT_SIZE);
}

static void slot_zero_sealed(struct store *s)
{
    golden_seal(&s->p);
    memset(hit_slot(s), 0, OAT_SLOT_SIZE);
}

static void slot_beyond_seal(struct store *s)
{
    s->p.slots--;
    golden_seal(&s->p);
}

static void slot_moved(struct store *s)
{
    memcpy(hit_slot(s), hit_slot(s) - OAT_SLOT_SIZE, OAT_SLOT_SIZE);
}

static void span_type(struct store *s)
{
    s->hit.type = 15;
    commit_hit(s);
}

static void span_status(struct store *s)
{
    s->hit.status = OAT_STATUS_OPEN;
    commit_hit(s);
}

static void span_start(struct store *s)
{
    s->hit.start_ns = oat_le64_of(OAT_TIME_MAX + 1);
    commit_hit(s);
}

static void span_duration(struct store *s)
{
    s->hit.duration_ns = oat_le64_of(OAT_TIME_MAX);
    commit_hit(s);
}

static void span_zero_id(struct store *s)
{
    memset(s->hit.span_id, 0, sizeof s->hit.span_id);
    commit_hit(s);
}

static void span_string_out_of_range(struct store *s)
{
    s->hit.text[OAT_TEXT_MODEL] = oat_le32_of(OAT_SLOTS_MAX + 1);
    commit_hit(s);
}

static void span_string_dangling(struct store *s)
{
    s->hit.text[OAT_TEXT_MODEL] = oat_le32_of(2); /* a SPAN, not a STRING */
    commit_hit(s);
}

static void string_in_blob_flag(struct store *s)
{
    struct oat_disk_string string = {.len_bytes = oat_le32_of(1), .in_blob = 2};
    golden_slot(&s->p, OAT_SLOT_STRING, &string);
}

static void string_too_long_inline(struct store *s)
{
    struct oat_disk_string string = {.len_bytes = oat_le32_of(OAT_STRING_INLINE_MAX + 1)};
    golden_slot(&s->p, OAT_SLOT_STRING, &string);
}

/* ---- Entries ---- */

static void entry_check(struct store *s)
{
    s->p.blobs[s->entry] ^= 1;
}

static void entry_id8(struct store *s) /* of another text: found when decoded */
{
    hit_with(s, golden_ref(golden_entry(&s->p, OAT_ENTRY_RAW, "other", 5, "wrong", 5, 0), "other", 5, 1, 0));
    commit_hit(s);
}

static void entry_raw_bytes(struct store *s)
{
    s->p.blobs[s->entry + 20] ^= 1;
}

static void entry_hole(struct store *s)
{
    memset(s->p.blobs + s->entry, 0, RAW_LEN + 15);
}

static void entry_past_the_end(struct store *s)
{
    s->p.blobs_len -= 16;
}

static void entry_kind(struct store *s)
{
    hit_with(s, golden_ref(golden_entry(&s->p, (enum oat_entry_kind)5, "a", 1, "a", 1, 0), "a", 1, 1, 0));
    commit_hit(s);
}

static void ref_raw_len(struct store *s)
{
    s->hit.output.raw_len = oat_le48_of(RAW_LEN + 1);
    commit_hit(s);
}

static void ref_id4(struct store *s)
{
    s->hit.output.id4[0] ^= 1;
    commit_hit(s);
}

static void ref_recipe_flag(struct store *s)
{
    s->hit.output.flags = OAT_REF_RECIPE;
    commit_hit(s);
}

static void ref_into_the_header(struct store *s)
{
    s->hit.output.offset8 = oat_le32_of(31);
    commit_hit(s);
}

static void lz4_block(struct store *s)
{
    static const char zeros[64];
    uint64_t at = golden_entry(&s->p, OAT_ENTRY_LZ4, zeros, sizeof zeros, "\xff\xff\xff", 3, 0);
    hit_with(s, golden_ref(at, zeros, sizeof zeros, 1, 0));
    commit_hit(s);
}

static void lz4_block_too_short(struct store *s) /* decodes to 6 bytes, not 20 */
{
    static const char text[20] = "ABCDEF";
    uint64_t at = golden_entry(&s->p, OAT_ENTRY_LZ4, text, sizeof text,
                               "\x60"
                               "ABCDEF",
                               7, 0);
    hit_with(s, golden_ref(at, text, sizeof text, 1, 0));
    commit_hit(s);
}

static void group_predecessor_is_no_group(struct store *s)
{
    static const char text[20] = "ABCDEF";
    uint64_t at = golden_entry(&s->p, OAT_ENTRY_GROUP, text, sizeof text,
                               "\x60"
                               "ABCDEF",
                               7, s->entry);
    hit_with(s, golden_ref(at, text, sizeof text, 1, 0));
    commit_hit(s);
}

/* A block of `len` times 'z' (over 20): one literal, a match of distance 1, five last literals. */
static size_t run_block(uint8_t *dst, size_t len)
{
    size_t n = 0, rest = len - 6 - 4 - 15;
    dst[n++] = 0x1f;
    dst[n++] = 'z';
    dst[n++] = 1;
    dst[n++] = 0;
    for (; rest >= 255; rest -= 255)
        dst[n++] = 255;
    dst[n++] = (uint8_t)rest;
    dst[n++] = 0x50;
    memset(dst + n, 'z', 5);
    return n + 5;
}

/* Five chunks of 65,535 bytes: the last makes the group longer than 256 KiB. */
static void group_too_long(struct store *s)
{
    static char raw[OAT_CHUNK_GROUP_MAX];
    uint8_t stored[400];
    uint64_t at = 0;
    memset(raw, 'z', sizeof raw);
    size_t n = run_block(stored, sizeof raw);
    for (int i = 0; i < 5; i++)
        at = golden_entry(&s->p, OAT_ENTRY_GROUP, raw, sizeof raw, stored, n, at);
    hit_with(s, golden_ref(at, raw, sizeof raw, 1, 0));
    commit_hit(s);
}

/* ---- Recipes ---- */

/* A span whose output is a recipe of these operations. */
static void hit_with_recipe(struct store *s, const uint8_t *ops, size_t len, const char *text)
{
    uint64_t at = golden_recipe(&s->p, ops, len, text, strlen(text));
    hit_with(s, golden_ref(at, text, strlen(text), 1, OAT_REF_RECIPE));
    commit_hit(s);
}

static void recipe_check(struct store *s)
{
    hit_with_recipe(s,
                    (const uint8_t *)"\x10"
                                     "ab",
                    3, "ab");
    s->p.blobs[s->p.blobs_len - 7] ^= 1; /* the last stored byte, before the padding */
}

static void recipe_reserved_operation(struct store *s)
{
    hit_with_recipe(s,
                    (const uint8_t *)"\x0e"
                                     "a",
                    2, "a");
}

static void recipe_literal_past_the_end(struct store *s)
{
    hit_with_recipe(s,
                    (const uint8_t *)"\x18"
                                     "ab",
                    3, "ab");
}

static void recipe_refers_to_itself(struct store *s)
{
    hit_with_recipe(s, (const uint8_t *)"\x01", 1, "a");
}

static void recipe_refers_before_the_entries(struct store *s)
{
    uint8_t ops[10];
    size_t n = oat_varint_put(ops, (golden_next_offset(&s->p) / 8 - 31) << 3 | OAT_RECIPE_CHUNK);
    hit_with_recipe(s, ops, n, "a");
}

static void recipe_length(struct store *s)
{
    hit_with_recipe(s,
                    (const uint8_t *)"\x10"
                                     "ab",
                    3, "abc");
}

static void recipe_base_is_a_chunk(struct store *s)
{
    uint8_t ops[20];
    size_t n = oat_recipe_put_base(ops, golden_next_offset(&s->p), s->entry, 3);
    hit_with_recipe(s, ops, n, "the");
}

static void recipe_chunk_is_a_recipe(struct store *s)
{
    uint8_t ops[20];
    uint64_t first = golden_recipe(&s->p,
                                   "\x10"
                                   "ab",
                                   3, "ab", 2);
    size_t n = oat_recipe_put_chunk(ops, OAT_RECIPE_CHUNK, golden_next_offset(&s->p), first);
    hit_with_recipe(s, ops, n, "ab");
}

static void recipe_base_not_first(struct store *s)
{
    uint8_t ops[40];
    uint64_t first = golden_recipe(&s->p,
                                   "\x10"
                                   "ab",
                                   3, "ab", 2);
    size_t n = oat_recipe_put_literal(ops, "x", 1);
    n += oat_recipe_put_base(ops + n, golden_next_offset(&s->p), first, 2);
    hit_with_recipe(s, ops, n, "xab");
}

static void recipe_base_too_short(struct store *s)
{
    uint8_t ops[40];
    uint64_t first = golden_recipe(&s->p,
                                   "\x10"
                                   "ab",
                                   3, "ab", 2);
    size_t n = oat_recipe_put_base(ops, golden_next_offset(&s->p), first, 3);
    hit_with_recipe(s, ops, n, "abc");
}

/* 65 recipes, each the base of the next: one more than allowed. */
static void recipe_too_deep(struct store *s)
{
    uint8_t ops[40];
    uint64_t base = golden_recipe(&s->p, "\x08x", 2, "x", 1);
    for (int i = 0; i < 64; i++) {
        size_t n = oat_recipe_put_base(ops, golden_next_offset(&s->p), base, 1);
        base = golden_recipe(&s->p, ops, n, "x", 1);
    }
    hit_with(s, golden_ref(base, "x", 1, 1, OAT_REF_RECIPE));
    commit_hit(s);
}

/* ---- Attributes ---- */

static void hit_with_attrs(struct store *s, const void *bytes, size_t len)
{
    s->hit.attributes = golden_payload(&s->p, bytes, len, 3);
    commit_hit(s);
}

static void attrs_type(struct store *s)
{
    hit_with_attrs(s, "\x01\x01k\x08", 4);
}

static void attrs_trailing(struct store *s)
{
    hit_with_attrs(s, "\x01\x01k\x00\x00", 5);
}

static void attrs_varint(struct store *s)
{
    hit_with_attrs(s, "\x81\x00\x01k\x00", 5);
}

static void attrs_too_deep(struct store *s)
{
    uint8_t bytes[3 + 2 * (OAT_VALUE_DEPTH_MAX + 1)] = {1, 1, 'k'};
    for (size_t i = 0; i <= OAT_VALUE_DEPTH_MAX; i++) {
        bytes[3 + 2 * i] = OAT_VALUE_ARRAY;
        bytes[4 + 2 * i] = i < OAT_VALUE_DEPTH_MAX;
    }
    hit_with_attrs(s, bytes, sizeof bytes);
}

/* ---- All of them ---- */

/* commits: the case commits the span that is hit (or none) by itself. */
static const struct {
    const char *name;
    void (*make)(struct store *s);
    bool commits;
} cases[] = {
    {"store_magic", store_magic, false},
    {"store_checksum", store_checksum, false},
    {"store_major_2", store_major_2, false},
    {"spans_magic", spans_magic, false},
    {"spans_header_checksum", spans_header_checksum, false},
    {"spans_major_0", spans_major_0, false},
    {"spans_major_2", spans_major_2, false},
    {"blobs_major_2", blobs_major_2, false},
    {"spans_header_size", spans_header_size, false},
    {"spans_slot_size", spans_slot_size, false},
    {"spans_writer_id", spans_writer_id, false},
    {"spans_seq", spans_seq, false},
    {"spans_short", spans_short, false},
    {"blobs_nonce", blobs_nonce, false},
    {"seal_record", seal_record, false},
    {"sealed_spans_short", sealed_spans_short, false},
    {"sealed_blobs_short", sealed_blobs_short, false},
    {"durable_blobs_short", durable_blobs_short, false},
    {"slot_torn", slot_torn, false},
    {"slot_corrupt_durable", slot_corrupt_durable, false},
    {"slot_corrupt_sealed", slot_corrupt_sealed, false},
    {"slot_zero_durable", slot_zero_durable, false},
    {"slot_zero_sealed", slot_zero_sealed, false},
    {"slot_beyond_seal", slot_beyond_seal, false},
    {"slot_moved", slot_moved, false},
    {"span_type", span_type, true},
    {"span_status", span_status, true},
    {"span_start", span_start, true},
    {"span_duration", span_duration, true},
    {"span_zero_id", span_zero_id, true},
    {"span_string_out_of_range", span_string_out_of_range, true},
    {"span_string_dangling", span_string_dangling, true},
    {"string_in_blob_flag", string_in_blob_flag, true},
    {"string_too_long_inline", string_too_long_inline, true},
    {"entry_check", entry_check, false},
    {"entry_id8", entry_id8, true},
    {"entry_raw_bytes", entry_raw_bytes, false},
    {"entry_hole", entry_hole, false},
    {"entry_past_the_end", entry_past_the_end, false},
    {"entry_kind", entry_kind, true},
    {"ref_raw_len", ref_raw_len, true},
    {"ref_id4", ref_id4, true},
    {"ref_recipe_flag", ref_recipe_flag, true},
    {"ref_into_the_header", ref_into_the_header, true},
    {"lz4_block", lz4_block, true},
    {"lz4_block_too_short", lz4_block_too_short, true},
    {"group_predecessor_is_no_group", group_predecessor_is_no_group, true},
    {"group_too_long", group_too_long, true},
    {"recipe_check", recipe_check, true},
    {"recipe_reserved_operation", recipe_reserved_operation, true},
    {"recipe_literal_past_the_end", recipe_literal_past_the_end, true},
    {"recipe_refers_to_itself", recipe_refers_to_itself, true},
    {"recipe_refers_before_the_entries", recipe_refers_before_the_entries, true},
    {"recipe_length", recipe_length, true},
    {"recipe_base_is_a_chunk", recipe_base_is_a_chunk, true},
    {"recipe_chunk_is_a_recipe", recipe_chunk_is_a_recipe, true},
    {"recipe_base_not_first", recipe_base_not_first, true},
    {"recipe_base_too_short", recipe_base_too_short, true},
    {"recipe_too_deep", recipe_too_deep, true},
    {"attrs_type", attrs_type, true},
    {"attrs_trailing", attrs_trailing, true},
    {"attrs_varint", attrs_varint, true},
    {"attrs_too_deep", attrs_too_deep, true},
};

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_golden_bad DIR\n");
        return 2;
    }
    mkdir(argv[1], 0777);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char dir[1024];
        struct store s = {.hit = golden_span(0x11, 0x02, 0x01)};
        snprintf(dir, sizeof dir, "%s/%s", argv[1], cases[i].name);
        golden_store(dir, &s.identity);
        golden_pair_init(&s.p, 0xb1, 0);
        struct oat_disk_span whole = golden_span(0x11, 0x01, 0);
        whole.text[OAT_TEXT_NAME] = s.hit.text[OAT_TEXT_NAME] = golden_string(&s.p, "whole", 5);
        golden_slot(&s.p, OAT_SLOT_SPAN, &whole);
        s.entry = golden_raw(&s.p, raw_text, RAW_LEN);
        s.hit.output = golden_ref(s.entry, raw_text, RAW_LEN, 1, 0);
        if (!cases[i].commits)
            commit_hit(&s);
        cases[i].make(&s);
        golden_file(dir, "STORE", &s.identity, sizeof s.identity);
        golden_pair_write(&s.p, dir);
        golden_pair_free(&s.p);
    }
    return 0;
}
