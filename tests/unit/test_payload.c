#include "format/payload.h"

#include "format/recipe.h"
#include "oat/oat.h"
#include "tests/support/unit.h"

#include <lz4.h>

#define NONCE UINT64_C(77)
#define SEED  UINT64_C(88)
#define ROOM  (4u << 20)

/* A blob segment made by hand, as a hostile writer would: every check sum is right. */
struct image {
    uint8_t *v;
    uint64_t len;
    oat_payload_decoder *decoder;
    int fail_with; /* what read returns instead; 0: it works */
};

static int read_image(void *arg, uint64_t offset, void *dst, size_t len)
{
    struct image *im = arg;
    if (im->fail_with)
        return im->fail_with;
    if (offset >= im->len)
        return 0;
    if (len > im->len - offset)
        len = (size_t)(im->len - offset);
    memcpy(dst, im->v + offset, len);
    return (int)len;
}

static struct image image_open(void)
{
    return (struct image){.v = calloc(1, ROOM), .len = OAT_BLOBS_HEADER_SIZE};
}

static void image_close(struct image *im)
{
    oat_payload_decoder_free(im->decoder);
    free(im->v);
}

static uint64_t put(struct image *im, struct oat_entry e, const oat_content_id *id, const void *bytes)
{
    uint64_t offset = im->len;
    memcpy(e.id8, id->b, sizeof e.id8);
    size_t n = oat_entry_encode(im->v + offset, &e, bytes, NONCE, offset);
    memcpy(im->v + offset + n, bytes, (size_t)e.stored_len);
    im->len += oat_entry_size(&e);
    assert_true(im->len < ROOM);
    return offset;
}

static uint64_t put_raw(struct image *im, const char *text)
{
    size_t n = strlen(text);
    oat_content_id id = oat_content_id_of(text, n, SEED);
    return put(im, (struct oat_entry){.kind = OAT_ENTRY_RAW, .raw_len = n, .stored_len = n}, &id, text);
}

/* A recipe that claims to produce `text`. */
static struct oat_disk_blob_ref put_recipe(struct image *im, const void *ops, size_t ops_len,
                                           const char *text)
{
    size_t n = strlen(text);
    oat_content_id id = oat_content_id_of(text, n, SEED);
    struct oat_entry e = {.kind = OAT_ENTRY_RECIPE, .raw_len = n, .stored_len = ops_len};
    return oat_blob_ref_make(put(im, e, &id, ops), id.b, n, 0, OAT_REF_RECIPE);
}

static int decode(struct image *im, const struct oat_disk_blob_ref *ref, size_t max_len, char *ret)
{
    struct oat_blob_source source = {
        .read = read_image, .arg = im, .nonce = NONCE, .hash_seed = SEED, .len = im->len};
    uint8_t *data = NULL;
    size_t len = 0;
    oat_payload_decoder_free(im->decoder);
    im->decoder = oat_payload_decoder_new(&source);
    int st = oat_payload_decode(im->decoder, ref, max_len, &data, &len);
    if (st != OAT_OK)
        return st;
    memcpy(ret, data, len);
    ret[len] = 0;
    free(data);
    return OAT_OK;
}

static void every_operation_produces_its_text(void **state)
{
    (void)state;
    struct image im = image_open();
    uint8_t ops[256];
    char text[256];
    uint64_t ab = put_raw(&im, "ab");
    size_t n = oat_recipe_put_literal(ops, "[", 1);
    n += oat_recipe_put_chunk(ops + n, OAT_RECIPE_CHUNK, im.len, ab);
    n += oat_recipe_put_chunk(ops + n, OAT_RECIPE_COMMA_CHUNK, im.len, ab);
    n += oat_recipe_put_chunk(ops + n, OAT_RECIPE_COMMA_SPACE_CHUNK, im.len, ab);
    struct oat_disk_blob_ref one = put_recipe(&im, ops, n, "[ab,ab, ab");
    n = oat_recipe_put_base(ops, im.len, oat_blob_ref_offset(&one), 6);
    n += oat_recipe_put_chunk(ops + n, OAT_RECIPE_BASE64, im.len, ab);
    n += oat_recipe_put_literal(ops + n, "]", 1);
    struct oat_disk_blob_ref two = put_recipe(&im, ops, n, "[ab,abYWI=]");
    struct oat_disk_blob_ref empty = put_recipe(&im, ops, 0, "");

    assert_int_equal(decode(&im, &one, SIZE_MAX, text), OAT_OK);
    assert_string_equal(text, "[ab,ab, ab");
    assert_int_equal(decode(&im, &two, SIZE_MAX, text), OAT_OK);
    assert_string_equal(text, "[ab,abYWI=]");
    assert_int_equal(decode(&im, &empty, SIZE_MAX, text), OAT_OK);
    assert_string_equal(text, "");
    for (size_t max = 0; max < 13; max++) {
        assert_int_equal(decode(&im, &two, max, text), OAT_OK);
        assert_int_equal(strlen(text), max < 11 ? max : 11);
        assert_memory_equal(text, "[ab,abYWI=]", strlen(text));
    }
    image_close(&im);
}

static void references_that_do_not_fit_their_entry_are_refused(void **state)
{
    (void)state;
    struct image im = image_open();
    char text[16];
    oat_content_id id = oat_content_id_of("ab", 2, SEED);
    uint64_t ab = put_raw(&im, "ab");
    struct oat_disk_blob_ref good = oat_blob_ref_make(ab, id.b, 2, 0, 0), bad;
    assert_int_equal(decode(&im, &good, SIZE_MAX, text), OAT_OK);

    bad = oat_blob_ref_make(ab, id.b, 3, 0, 0);
    assert_int_equal(decode(&im, &bad, SIZE_MAX, text), OAT_E_CORRUPT);
    bad = oat_blob_ref_make(ab, id.b + 1, 2, 0, 0);
    assert_int_equal(decode(&im, &bad, SIZE_MAX, text), OAT_E_CORRUPT);
    bad = oat_blob_ref_make(ab, id.b, 2, 0, OAT_REF_RECIPE);
    assert_int_equal(decode(&im, &bad, SIZE_MAX, text), OAT_E_CORRUPT);
    bad = oat_blob_ref_make(ab + 8, id.b, 2, 0, 0);
    assert_int_equal(decode(&im, &bad, SIZE_MAX, text), OAT_E_CORRUPT);
    bad = oat_blob_ref_make(im.len, id.b, 2, 0, 0);
    assert_int_equal(decode(&im, &bad, SIZE_MAX, text), OAT_E_CORRUPT);
    bad = oat_blob_ref_make(8, id.b, 2, 0, 0);
    assert_int_equal(decode(&im, &bad, SIZE_MAX, text), OAT_E_CORRUPT);
    bad = oat_blob_ref_make(0, id.b, 2, 0, OAT_REF_LOST);
    assert_int_equal(decode(&im, &bad, SIZE_MAX, text), OAT_NOTFOUND);
    bad = (struct oat_disk_blob_ref){0};
    assert_int_equal(decode(&im, &bad, SIZE_MAX, text), OAT_NOTFOUND);
    image_close(&im);
}

static void recipes_that_do_not_produce_their_payload_are_refused(void **state)
{
    (void)state;
    struct image im = image_open();
    uint8_t ops[64];
    char text[64];
    struct oat_disk_blob_ref ref;
    size_t n = oat_recipe_put_literal(ops, "abc", 3);

    ref = put_recipe(&im, ops, n, "abd");
    assert_int_equal(decode(&im, &ref, SIZE_MAX, text), OAT_E_CORRUPT);
    ref = put_recipe(&im, ops, n, "abcd");
    assert_int_equal(decode(&im, &ref, SIZE_MAX, text), OAT_E_CORRUPT);
    ref = put_recipe(&im, ops, n, "ab");
    assert_int_equal(decode(&im, &ref, SIZE_MAX, text), OAT_E_CORRUPT);
    ref = put_recipe(&im, ops, n - 1, "abc");
    assert_int_equal(decode(&im, &ref, SIZE_MAX, text), OAT_E_CORRUPT);

    ref = put_recipe(&im, ops, n, "abc");
    n = oat_recipe_put_base(ops, im.len, oat_blob_ref_offset(&ref), 4);
    ref = put_recipe(&im, ops, n, "abcd");
    assert_int_equal(decode(&im, &ref, SIZE_MAX, text), OAT_E_CORRUPT);
    assert_int_equal(decode(&im, &ref, 2, text), OAT_E_CORRUPT);
    uint64_t chunk = put_raw(&im, "abc");
    n = oat_recipe_put_literal(ops, "abcd", 4);
    ref = put_recipe(&im, ops, n, "abcd");
    n = oat_recipe_put_base(ops, im.len, oat_blob_ref_offset(&ref), 4);
    ref = put_recipe(&im, ops, n, "abc");
    assert_int_equal(decode(&im, &ref, SIZE_MAX, text), OAT_E_CORRUPT);
    n = oat_recipe_put_base(ops, im.len, chunk, 3);
    ref = put_recipe(&im, ops, n, "abc");
    assert_int_equal(decode(&im, &ref, SIZE_MAX, text), OAT_E_CORRUPT);
    n = oat_recipe_put_chunk(ops, OAT_RECIPE_CHUNK, im.len, oat_blob_ref_offset(&ref));
    ref = put_recipe(&im, ops, n, "abc");
    assert_int_equal(decode(&im, &ref, SIZE_MAX, text), OAT_E_CORRUPT);
    image_close(&im);
}

static void chains_of_bases_end_at_the_depth_limit(void **state)
{
    (void)state;
    struct image im = image_open();
    uint8_t ops[64];
    char text[256], back[256];
    size_t n = oat_recipe_put_literal(ops, "0", 1);
    struct oat_disk_blob_ref ref = put_recipe(&im, ops, n, "0");
    strcpy(text, "0");
    for (size_t depth = 1; depth <= OAT_RECIPE_DEPTH_MAX; depth++) {
        n = oat_recipe_put_base(ops, im.len, oat_blob_ref_offset(&ref), depth);
        n += oat_recipe_put_literal(ops + n, "x", 1);
        strcat(text, "x");
        ref = put_recipe(&im, ops, n, text);
        int st = decode(&im, &ref, SIZE_MAX, back);
        assert_int_equal(st, depth < OAT_RECIPE_DEPTH_MAX ? OAT_OK : OAT_E_CORRUPT);
        if (st == OAT_OK)
            assert_string_equal(back, text);
    }
    image_close(&im);
}

/* Blocks of zeros, each naming the one before it. */
static uint64_t put_zeros(struct image *im, size_t raw_len, uint64_t pred)
{
    static uint8_t zeros[OAT_CHUNK_GROUP_MAX];
    uint8_t stored[512];
    int n = LZ4_compress_default((const char *)zeros, (char *)stored, (int)raw_len, sizeof stored);
    oat_content_id id = oat_content_id_of(zeros, raw_len, SEED);
    struct oat_entry e = {
        .kind = OAT_ENTRY_GROUP, .raw_len = raw_len, .stored_len = (uint64_t)n, .pred_offset = pred};
    return put(im, e, &id, stored);
}

static void a_group_beyond_its_size_is_refused(void **state)
{
    (void)state;
    struct image im = image_open();
    char *text = malloc(OAT_CHUNK_GROUP_MAX + 1);
    uint64_t at = 0;
    for (size_t i = 0; i < 5; i++) {
        at = put_zeros(&im, OAT_CHUNK_GROUP_MAX, at);
        oat_content_id id;
        memcpy(id.b, im.v + at + 5, 8);
        struct oat_disk_blob_ref ref = oat_blob_ref_make(at, id.b, OAT_CHUNK_GROUP_MAX, 0, 0);
        assert_int_equal(decode(&im, &ref, SIZE_MAX, text), i < 4 ? OAT_OK : OAT_E_CORRUPT);
    }
    free(text);
    image_close(&im);
}

static void two_blocks_may_name_one_predecessor(void **state)
{
    (void)state;
    struct image im = image_open();
    uint64_t first = put_zeros(&im, 1000, 0);
    uint64_t a = put_zeros(&im, 2000, first), b = put_zeros(&im, 3000, first);
    struct oat_blob_source source = {
        .read = read_image, .arg = &im, .nonce = NONCE, .hash_seed = SEED, .len = im.len};
    oat_chunks *chunks = oat_chunks_new(&source);
    const uint8_t *raw;
    size_t len;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(oat_chunks_get(chunks, a, &raw, &len), OAT_OK);
        assert_int_equal(len, 2000);
        assert_int_equal(oat_chunks_get(chunks, b, &raw, &len), OAT_OK);
        assert_int_equal(len, 3000);
        assert_int_equal(oat_chunks_get(chunks, first, &raw, &len), OAT_OK);
        assert_int_equal(len, 1000);
    }
    oat_chunks_free(chunks);
    image_close(&im);
}

static void an_error_of_the_device_is_not_called_corruption(void **state)
{
    (void)state;
    struct image im = image_open();
    char text[16];
    oat_content_id id = oat_content_id_of("ab", 2, SEED);
    struct oat_disk_blob_ref ref = oat_blob_ref_make(put_raw(&im, "ab"), id.b, 2, 0, 0);
    im.fail_with = OAT_E_IO;
    assert_int_equal(decode(&im, &ref, SIZE_MAX, text), OAT_E_IO);
    image_close(&im);
}

static void a_file_cut_anywhere_is_reported(void **state)
{
    (void)state;
    struct image im = image_open();
    uint8_t ops[64];
    char text[64];
    uint64_t chunk = put_raw(&im, "hello, world");
    size_t n = oat_recipe_put_chunk(ops, OAT_RECIPE_CHUNK, im.len, chunk);
    struct oat_disk_blob_ref ref = put_recipe(&im, ops, n, "hello, world");
    uint64_t used = oat_blob_ref_offset(&ref) + OAT_ENTRY_HEADER_MIN + n;
    for (uint64_t len = 0; len < used; len++) {
        im.len = len;
        assert_int_equal(decode(&im, &ref, SIZE_MAX, text), OAT_E_CORRUPT);
        assert_non_null(oat_payload_damage(im.decoder).what);
    }
    image_close(&im);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_produces_its_text),
        cmocka_unit_test(references_that_do_not_fit_their_entry_are_refused),
        cmocka_unit_test(recipes_that_do_not_produce_their_payload_are_refused),
        cmocka_unit_test(chains_of_bases_end_at_the_depth_limit),
        cmocka_unit_test(a_group_beyond_its_size_is_refused),
        cmocka_unit_test(two_blocks_may_name_one_predecessor),
        cmocka_unit_test(an_error_of_the_device_is_not_called_corruption),
        cmocka_unit_test(a_file_cut_anywhere_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
