/* What packs make of pairs that are damaged or hostile, and of older packs. */
#include "compactor/pack_writer.h"
#include "format/limits.h"
#include "format/names.h"
#include "oat/oat.h"
#include "tests/support/packed.h"
#include "tests/support/reader_fixture.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <unistd.h>

#define MEMORY (UINT64_C(16) << 20)

/* A store of one pair, and the pack that is made of it. */
struct fixture {
    struct oat_maker maker;
    struct oat_maker_pair pair;
    struct oat_packed packed;
    uint32_t spans;
    bool is_packed;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    oat_maker_open(&f->maker);
    oat_maker_pair_begin(&f->pair, &f->maker, 1, 0);
    f->pair.sealed = true;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    if (f->is_packed)
        oat_packed_close(&f->packed);
    oat_maker_remove(&f->maker);
    free(f);
    return 0;
}

/* A span with that input. Spans get numbers 0, 1 .. */
static uint32_t put_input(struct fixture *f, struct oat_disk_blob_ref input)
{
    uint32_t n = f->spans++;
    struct oat_disk_span span = oat_maker_span(&f->pair, 1, n + 1, 0, "span", n, n + 1);
    span.input = input;
    oat_maker_put(&f->pair, OAT_SLOT_SPAN, &span);
    return n;
}

static void pack(struct fixture *f)
{
    oat_maker_pair_write(&f->pair);
    oat_packed_open(&f->packed, f->maker.dir);
    f->is_packed = true;
    oat_packed_make(&f->packed, 1, MEMORY, 1);
}

/* What became of a span's input. */
static struct oat_packed_payload *input_of(struct fixture *f, uint32_t span)
{
    return &f->packed.payloads[span * OAT_RECORD_PAYLOADS + OAT_RECORD_INPUT];
}

static void assert_lost(struct fixture *f, uint32_t span, uint64_t raw_len)
{
    struct oat_pack_payload payload;
    assert_int_equal(oat_pack_payload(f->packed.pack, input_of(f, span)->number - 1, &payload), OAT_OK);
    assert_int_equal(payload.kind, OAT_PAYLOAD_NOTHING);
    assert_int_equal(payload.flags & OAT_REF_LOST, OAT_REF_LOST);
    assert_int_equal(payload.raw_len, raw_len);
}

static void assert_reads(struct fixture *f, uint32_t span, const char *text)
{
    uint8_t *bytes;
    size_t len;
    assert_int_equal(
        oat_pack_read(f->packed.pack, input_of(f, span)->number - 1, SIZE_MAX, &bytes, &len, NULL), OAT_OK);
    assert_string_equal((char *)bytes, text);
    free(bytes);
}

static struct oat_disk_blob_ref put_text(struct fixture *f, const char *text)
{
    return oat_maker_blob(&f->pair, text, strlen(text), 1);
}

/* A recipe that appends a literal to the first n bytes of a base. */
static struct oat_disk_blob_ref put_extension(struct fixture *f, struct oat_disk_blob_ref base, size_t n,
                                              const char *literal, const char *whole)
{
    uint8_t ops[256];
    size_t len = oat_recipe_put_base(ops, f->pair.blobs_len, oat_blob_ref_offset(&base), n);
    len += oat_recipe_put_literal(ops + len, literal, strlen(literal));
    return oat_maker_recipe(&f->pair, ops, len, whole, strlen(whole));
}

/* A recipe of two chunks. */
static struct oat_disk_blob_ref put_two(struct fixture *f, struct oat_disk_blob_ref a,
                                        struct oat_disk_blob_ref b, const char *whole)
{
    uint8_t ops[64];
    uint64_t offset = f->pair.blobs_len;
    size_t len = oat_recipe_put_chunk(ops, OAT_RECIPE_CHUNK, offset, oat_blob_ref_offset(&a));
    len += oat_recipe_put_chunk(ops + len, OAT_RECIPE_CHUNK, offset, oat_blob_ref_offset(&b));
    return oat_maker_recipe(&f->pair, ops, len, whole, strlen(whole));
}

/* Changes a stored byte of an entry with a short header. */
static void damage(struct fixture *f, struct oat_disk_blob_ref ref)
{
    f->pair.blobs[oat_blob_ref_offset(&ref) + OAT_ENTRY_HEADER_MIN] ^= 1;
}

/* ---- Damage ---- */

static void a_damaged_chunk_costs_what_needs_it(void **state)
{
    struct fixture *f = *state;
    struct oat_disk_blob_ref good = put_text(f, "good text"), bad = put_text(f, "bad text");
    uint32_t alone = put_input(f, bad);
    uint32_t both = put_input(f, put_two(f, good, bad, "good textbad text"));
    uint32_t whole = put_input(f, good);
    damage(f, bad);
    pack(f);
    assert_lost(f, alone, 8);
    assert_lost(f, both, 17);
    assert_reads(f, whole, "good text");
    assert_int_equal(oat_packed_differences(&f->packed), 0);
    assert_true(oat_problems_count(&f->packed.sources->problems) > 0);
    assert_int_equal(oat_problems_count(&f->packed.problems), 0);
}

static void a_base_damaged_beyond_what_is_taken_harms_nothing(void **state)
{
    struct fixture *f = *state;
    struct oat_disk_blob_ref good = put_text(f, "good text"), bad = put_text(f, "bad text");
    struct oat_disk_blob_ref base = put_two(f, good, bad, "good textbad text");
    uint32_t extended = put_input(f, put_extension(f, base, 4, " news", "good news"));
    uint32_t again = put_input(f, put_extension(f, base, 10, "!", "good textb!"));
    damage(f, bad);
    pack(f);
    assert_reads(f, extended, "good news");
    assert_lost(f, again, 11);
    assert_int_equal(oat_packed_differences(&f->packed), 0);
}

static void bases_that_no_span_refers_to_are_taken_along(void **state)
{
    struct fixture *f = *state;
    struct oat_disk_blob_ref one = put_text(f, "one"), two = put_text(f, "two");
    struct oat_disk_blob_ref ref = put_two(f, one, two, "onetwo");
    ref = put_extension(f, ref, 6, "three", "onetwothree");
    ref = put_extension(f, ref, 11, "four", "onetwothreefour");
    uint32_t span = put_input(f, ref);
    pack(f);
    assert_reads(f, span, "onetwothreefour");
    assert_int_equal(f->packed.figures.payloads, 3);
    assert_int_equal(f->packed.figures.chunks, 2);
    assert_int_equal(oat_packed_differences(&f->packed), 0);
}

static void a_reference_that_says_otherwise_is_lost(void **state)
{
    struct fixture *f = *state;
    struct oat_disk_blob_ref ref = put_text(f, "text"), other;
    other = ref;
    other.id4[0] ^= 1;
    uint32_t wrong_id = put_input(f, other);
    uint32_t right = put_input(f, ref);
    other = ref;
    other.raw_len = oat_le48_of(5);
    uint32_t wrong_len = put_input(f, other);
    other = ref;
    other.flags = OAT_REF_RECIPE;
    uint32_t wrong_kind = put_input(f, other);
    other = ref;
    other.offset8 = oat_le32_of(1 << 20);
    uint32_t outside = put_input(f, other);
    pack(f);
    assert_lost(f, wrong_id, 4);
    assert_lost(f, wrong_len, 5);
    assert_lost(f, wrong_kind, 4);
    assert_lost(f, outside, 4);
    assert_reads(f, right, "text");
    assert_int_equal(oat_packed_differences(&f->packed), 0);
}

static void a_lost_payload_keeps_its_length(void **state)
{
    struct fixture *f = *state;
    struct oat_disk_blob_ref lost = {.raw_len = oat_le48_of(UINT64_C(1) << 40), .flags = OAT_REF_LOST};
    uint32_t span = put_input(f, lost);
    pack(f);
    assert_lost(f, span, UINT64_C(1) << 40);
    assert_int_equal(oat_packed_differences(&f->packed), 0);
}

static void a_pair_without_blobs_loses_its_payloads_alone(void **state)
{
    struct fixture *f = *state;
    uint32_t span = put_input(f, put_text(f, "text"));
    oat_maker_pair_write(&f->pair);
    assert_int_equal(unlink(oat_maker_path(&f->maker, 1, 0, "blobs")), 0);
    oat_packed_open(&f->packed, f->maker.dir);
    f->is_packed = true;
    oat_packed_make(&f->packed, 1, MEMORY, 1);
    assert_lost(f, span, 4);
}

static void a_chain_beyond_the_limit_is_lost_and_the_rest_is_not(void **state)
{
    struct fixture *f = *state;
    char text[128] = "onetwo";
    uint32_t last = 0;
    struct oat_disk_blob_ref ref = put_two(f, put_text(f, "one"), put_text(f, "two"), text);
    for (size_t depth = 2; depth <= OAT_RECIPE_DEPTH_MAX + 1; depth++) {
        size_t n = strlen(text);
        text[n] = 'x';
        ref = put_extension(f, ref, n, "x", text);
        last = put_input(f, ref);
    }
    pack(f);
    assert_lost(f, last, 6 + OAT_RECIPE_DEPTH_MAX);
    text[5 + OAT_RECIPE_DEPTH_MAX] = '\0';
    assert_reads(f, last - 1, text);
    assert_int_equal(oat_packed_differences(&f->packed), 0);
}

/* ---- Identity ---- */

/* Whoever knows the seed can make two texts with one id: XXH3 multiplies each word, XORed with a number
 * that the seed gives, by its neighbour, and adds the two. Where one factor is 0 the other is free. */
static void equal_ids_of_different_bytes_stay_two(void **state)
{
    struct fixture *f = *state;
    uint64_t first = UINT64_C(0xbe4ba423396cfeb8) + f->maker.hash_seed;
    uint64_t second = UINT64_C(0x1cad21f72c81017c) - f->maker.hash_seed;
    uint64_t a[4] = {first, 12345, 1, 2}, b[4] = {first + 12345 - second, second, 1, 2};
    oat_content_id id_a = oat_content_id_of(a, sizeof a, f->maker.hash_seed);
    oat_content_id id_b = oat_content_id_of(b, sizeof b, f->maker.hash_seed);
    assert_memory_equal(id_a.b, id_b.b, sizeof id_a.b);
    put_input(f, oat_maker_blob(&f->pair, a, sizeof a, 0));
    put_input(f, oat_maker_blob(&f->pair, b, sizeof b, 0));
    pack(f);
    assert_int_equal(f->packed.figures.chunks, 2);
    assert_int_equal(oat_packed_differences(&f->packed), 0);
}

static void equal_payloads_are_one_and_media_types_tell_them_apart(void **state)
{
    struct fixture *f = *state;
    struct oat_disk_blob_ref ref = put_text(f, "text"), other = ref;
    other.media = OAT_MEDIA_JSON;
    uint32_t a = put_input(f, ref), b = put_input(f, put_text(f, "text")), c = put_input(f, other);
    pack(f);
    assert_int_equal(input_of(f, a)->number, input_of(f, b)->number);
    assert_int_not_equal(input_of(f, a)->number, input_of(f, c)->number);
    assert_int_equal(f->packed.figures.chunks, 1);
}

/* ---- Older packs ---- */

static void packs_merge_into_one_that_reads_the_same(void **state)
{
    struct fixture *f = *state;
    char text[200] = "onetwo";
    struct oat_disk_blob_ref one = put_text(f, "one"), bad = put_text(f, "bad");
    struct oat_disk_blob_ref ref = put_two(f, one, put_text(f, "two"), text);
    put_input(f, one);
    put_input(f, bad);
    put_input(f, oat_maker_recipe(&f->pair, "", 0, "", 0));
    for (size_t n = 6; n < 60; n++) {
        text[n] = (char)('a' + n % 26);
        ref = put_extension(f, ref, n, text + n, text);
        put_input(f, ref);
    }
    damage(f, bad);
    pack(f);
    struct oat_pack_figures first = f->packed.figures;
    assert_int_equal(oat_packed_differences(&f->packed), 0);

    oat_packed_become_part(&f->packed);
    oat_packed_make(&f->packed, 1, MEMORY, 1);
    assert_int_equal(oat_packed_differences(&f->packed), 0);
    assert_int_equal(f->packed.figures.payloads, first.payloads);
    assert_int_equal(f->packed.figures.unique_bytes, first.unique_bytes);
    assert_int_equal(f->packed.figures.file_bytes, first.file_bytes);
    assert_reads(f, f->spans - 1, text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_damaged_chunk_costs_what_needs_it),
        TEST(a_base_damaged_beyond_what_is_taken_harms_nothing),
        TEST(bases_that_no_span_refers_to_are_taken_along),
        TEST(a_reference_that_says_otherwise_is_lost),
        TEST(a_lost_payload_keeps_its_length),
        TEST(a_pair_without_blobs_loses_its_payloads_alone),
        TEST(a_chain_beyond_the_limit_is_lost_and_the_rest_is_not),
        TEST(equal_ids_of_different_bytes_stay_two),
        TEST(equal_payloads_are_one_and_media_types_tell_them_apart),
        TEST(packs_merge_into_one_that_reads_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
