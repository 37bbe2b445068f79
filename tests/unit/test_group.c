#include "writer/group.h"

#include "tests/support/blob_fixture.h"
#include "tests/support/unit.h"

#include <lz4.h>

/* What a reader does: all raw bytes of the group, one behind the other. */
struct reader {
    uint8_t raw[OAT_GROUP_RAW_MAX];
    size_t used;
};

static struct reader reader;
static uint8_t stored[OAT_CHUNK_MAX * 2];

/* Compresses a chunk, decodes it as a reader would, and returns its kind. */
static enum oat_entry_kind store(oat_group *g, const uint8_t *raw, size_t len, bool alone)
{
    static uint8_t back[OAT_CHUNK_MAX];
    size_t n = 0;
    bool first = false;
    enum oat_entry_kind kind = oat_group_compress(g, raw, len, alone, stored, &n, &first);
    uint8_t *to = back;
    if (kind == OAT_ENTRY_GROUP) {
        reader.used = first ? 0 : reader.used;
        assert_true(reader.used + len <= OAT_GROUP_RAW_MAX);
        to = reader.raw + reader.used;
        size_t history = reader.used < 65536 ? reader.used : 65536;
        assert_int_equal(LZ4_decompress_safe_usingDict((const char *)stored, (char *)to, (int)n, (int)len,
                                                       (const char *)to - history, (int)history),
                         len);
        reader.used += len;
    } else if (kind == OAT_ENTRY_LZ4) {
        assert_int_equal(LZ4_decompress_safe((const char *)stored, (char *)to, (int)n, (int)len), len);
    } else {
        assert_int_equal(n, len);
        memcpy(to, stored, len);
    }
    assert_memory_equal(to, raw, len);
    return kind;
}

static void blocks_decode_in_the_order_they_were_made(void **state)
{
    (void)state;
    oat_group *g = oat_group_new();
    uint64_t seed = 1, kinds[OAT_ENTRY_RECIPE] = {0};
    uint8_t *noise = malloc(OAT_CHUNK_MAX);
    oat_test_random_bytes(&seed, noise, OAT_CHUNK_MAX);
    for (size_t i = 0; i < 3000; i++) {
        struct oat_test_text t = {0};
        uint64_t r = oat_run_next(&seed);
        oat_test_text_add_message(&t, &seed, i);
        bool is_noise = r % 7 == 0;
        size_t len = is_noise ? 1 + (r >> 8) % 9000 : t.len;
        kinds[store(g, is_noise ? noise + (r >> 32) % 500000 : (uint8_t *)t.v, len, r % 11 == 0)]++;
        if (r % 501 == 0)
            oat_group_end(g);
        free(t.v);
    }
    assert_true(kinds[OAT_ENTRY_RAW] > 100 && kinds[OAT_ENTRY_LZ4] > 100 && kinds[OAT_ENTRY_GROUP] > 1000);
    free(noise);
    oat_group_free(g);
}

static void a_repeated_message_costs_a_few_bytes(void **state)
{
    (void)state;
    oat_group *g = oat_group_new();
    uint64_t seed = 2;
    struct oat_test_text t = {0};
    size_t n = 0;
    bool first;
    oat_test_text_add_message(&t, &seed, 1);
    assert_int_equal(oat_group_compress(g, t.v, t.len, false, stored, &n, &first), OAT_ENTRY_GROUP);
    assert_true(first && n > 100);
    assert_int_equal(oat_group_compress(g, t.v, t.len, false, stored, &n, &first), OAT_ENTRY_GROUP);
    assert_true(!first && n < 32);
    oat_group_end(g);
    assert_int_equal(oat_group_compress(g, t.v, t.len, false, stored, &n, &first), OAT_ENTRY_GROUP);
    assert_true(first && n > 100);
    free(t.v);
    oat_group_free(g);
}

static void large_chunks_stand_alone(void **state)
{
    (void)state;
    oat_group *g = oat_group_new();
    uint8_t *zeros = calloc(1, OAT_CHUNK_MAX);
    assert_int_equal(store(g, zeros, OAT_CHUNK_GROUP_MAX, false), OAT_ENTRY_GROUP);
    assert_int_equal(store(g, zeros, OAT_CHUNK_GROUP_MAX + 1, false), OAT_ENTRY_LZ4);
    assert_int_equal(store(g, zeros, OAT_CHUNK_MAX, false), OAT_ENTRY_LZ4);
    assert_int_equal(store(g, zeros, 1, false), OAT_ENTRY_RAW);
    free(zeros);
    oat_group_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_decode_in_the_order_they_were_made),
        cmocka_unit_test(a_repeated_message_costs_a_few_bytes),
        cmocka_unit_test(large_chunks_stand_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
