#include "format/hash.h"
#include "indexer/id_index.h"
#include "oat/oat.h"
#include "tests/support/damage_guard.h"
#include "tests/support/golden_test.h"

#include <stdlib.h>

static uint64_t hash_of(uint64_t id)
{
    return oat_hash64(&id, sizeof id, 5);
}

/* An index over the hashes of 0, 1 .. count - 1, which ends against a page that cannot be read. */
static uint8_t *make_index(uint32_t count, size_t *ret_len)
{
    size_t len = oat_id_index_size(count, OAT_INDEX_OF_CHUNKS);
    uint64_t *hashes = calloc(count + 1, sizeof *hashes);
    uint8_t *bytes = malloc(len);
    assert_true(hashes && bytes);
    for (uint32_t row = 0; row < count; row++)
        hashes[row] = hash_of(row);
    memset(bytes, 0xff, len); /* what was there does not matter */
    oat_id_index_build(hashes, count, OAT_INDEX_OF_CHUNKS, bytes);
    uint8_t *guarded = oat_damage_guard(bytes, len);
    free(hashes);
    free(bytes);
    *ret_len = len;
    return guarded;
}

static int try_index(const uint8_t *bytes, size_t len, uint32_t count, struct oat_id_index *ret,
                     const char **ret_what)
{
    const struct oat_section_view view = oat_section_view_of(bytes, len);
    return oat_id_index_open(&view, count, ret, ret_what);
}

static void open_index(struct oat_id_index *index, const uint8_t *bytes, size_t len, uint32_t count)
{
    const char *what = NULL;
    if (try_index(bytes, len, count, index, &what) != OAT_OK)
        fail_msg("refused: %s", what);
}

/* How many rows a lookup gives, and whether `row` is one. They ascend and are below the count. */
static unsigned candidates(const struct oat_id_index *index, uint64_t hash, uint32_t row, bool *ret_found)
{
    struct oat_id_lookup lookup = oat_id_index_find(index, hash);
    uint32_t candidate, run, last = 0;
    unsigned n = 0;
    *ret_found = false;
    while (oat_id_lookup_next(&lookup, &candidate, &run)) {
        assert_int_equal(run, 1);
        assert_true(candidate < index->count && (n == 0 || candidate > last));
        *ret_found |= candidate == row;
        last = candidate;
        n++;
    }
    return n;
}

static void every_row_is_found_by_its_id(void **state)
{
    (void)state;
    const uint32_t counts[] = {0, 1, 2, 15, 16, 31, 32, 33, 1000, 65536, 65537, 300000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct oat_id_index index;
        size_t len;
        bool found;
        uint8_t *bytes = make_index(counts[i], &len);
        open_index(&index, bytes, len, counts[i]);
        for (uint32_t row = 0; row < counts[i]; row++) {
            candidates(&index, hash_of(row), row, &found);
            assert_true(found);
        }
        oat_damage_guard_free(bytes, len);
    }
}

static void an_id_that_is_not_there_gives_half_a_row_at_most(void **state)
{
    (void)state;
    const uint32_t count = 100000;
    struct oat_id_index index;
    size_t len, wrong = 0;
    bool found;
    uint8_t *bytes = make_index(count, &len);
    open_index(&index, bytes, len, count);
    for (uint32_t id = count; id < 2 * count; id++)
        wrong += candidates(&index, hash_of(id), 0, &found);
    assert_true(wrong < count / 2);
    assert_true(len < count * UINT64_C(4));
    oat_damage_guard_free(bytes, len);
}

static void rows_with_the_same_id_are_all_found(void **state)
{
    (void)state;
    uint64_t hashes[100];
    uint8_t bytes[1000];
    struct oat_id_index index;
    bool found;
    for (unsigned row = 0; row < 100; row++)
        hashes[row] = hash_of(row % 10);
    assert_true(oat_id_index_size(100, OAT_INDEX_OF_TRACES) <= sizeof bytes);
    oat_id_index_build(hashes, 100, OAT_INDEX_OF_TRACES, bytes);
    open_index(&index, bytes, oat_id_index_size(100, OAT_INDEX_OF_TRACES), 100);
    for (unsigned row = 0; row < 100; row++) {
        assert_true(candidates(&index, hashes[row], row, &found) >= 10);
        assert_true(found);
    }
}

static void an_index_of_another_length_or_count_is_refused(void **state)
{
    (void)state;
    struct oat_id_index index;
    const char *what;
    size_t len;
    uint8_t *bytes = make_index(100, &len);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *guarded = oat_damage_guard(bytes, cut);
        assert_int_equal(try_index(guarded, cut, 100, &index, &what), OAT_E_CORRUPT);
        oat_damage_guard_free(guarded, cut);
    }
    assert_int_equal(try_index(bytes, len, 99, &index, &what), OAT_E_CORRUPT);
    assert_string_equal(what, "index count");
    for (size_t at = 4; at < 8; at++) {
        uint8_t was = bytes[at];
        bytes[at] = 255;
        assert_int_equal(try_index(bytes, len, 100, &index, &what), OAT_E_CORRUPT);
        assert_string_equal(what, "index widths");
        bytes[at] = was;
    }
    bytes[5]--; /* rows would not fit */
    assert_int_equal(try_index(bytes, len, 100, &index, &what), OAT_E_CORRUPT);
    assert_string_equal(what, "index widths");
    oat_damage_guard_free(bytes, len);
}

static void rows_that_are_not_told_apart_are_given_once(void **state)
{
    (void)state;
    const uint32_t count = 5 * 1024 + 100;
    const struct oat_id_index_shape shape = {.tag_bits = 6, .run_bits = 10};
    uint64_t *hashes = calloc(count, sizeof *hashes);
    size_t len = oat_id_index_size(count, shape), given = 0;
    uint8_t *bytes = malloc(len);
    struct oat_id_index index;
    assert_true(hashes && bytes);
    for (uint32_t row = 0; row < count; row++)
        hashes[row] = hash_of(row / 3); /* of three rows each, mostly of one run */
    oat_id_index_build(hashes, count, shape, bytes);
    open_index(&index, bytes, len, count);
    for (uint32_t row = 0; row < count; row++) {
        struct oat_id_lookup lookup = oat_id_index_find(&index, hash_of(row / 3));
        uint32_t first, run, end = 0;
        bool found = false;
        while (oat_id_lookup_next(&lookup, &first, &run)) {
            assert_true(first % 1024 == 0 && first >= end);
            assert_int_equal(run, first == 5 * 1024 ? 100 : 1024);
            found |= row >= first && row - first < run;
            end = first + run;
            given++;
        }
        assert_true(found);
    }
    assert_true(given < count * 2);
    free(hashes);
    free(bytes);
}

/* Its bytes are checked as a section; a lookup in changed ones may miss, but stays inside. */
static void flipped_bits_never_lead_outside(void **state)
{
    (void)state;
    struct oat_id_index index;
    const char *what;
    size_t len, opened = 0;
    uint8_t *bytes = make_index(100, &len);
    for (size_t bit = 0; bit < len * 8; bit++) {
        golden_flip(bytes, bit);
        if (try_index(bytes, len, 100, &index, &what) == OAT_OK) {
            for (uint32_t row = 0; row < 100; row++) {
                struct oat_id_lookup lookup = oat_id_index_find(&index, hash_of(row));
                for (uint32_t found, run; oat_id_lookup_next(&lookup, &found, &run);)
                    assert_true(found < 100);
            }
            opened++;
        }
        golden_flip(bytes, bit);
    }
    assert_true(opened > 0);
    oat_damage_guard_free(bytes, len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_by_its_id),
        cmocka_unit_test(an_id_that_is_not_there_gives_half_a_row_at_most),
        cmocka_unit_test(rows_with_the_same_id_are_all_found),
        cmocka_unit_test(an_index_of_another_length_or_count_is_refused),
        cmocka_unit_test(rows_that_are_not_told_apart_are_given_once),
        cmocka_unit_test(flipped_bits_never_lead_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
