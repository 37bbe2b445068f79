/* The index of a store's traces spares opening parts, and nobody sees whether it is there. */
#include "tests/support/compact_store.h"
#include "tests/support/sections_mend.h"
#include "tests/support/sweep.h"
#include "tests/support/unit.h"

#include "compactor/trace_index_write.h"
#include "format/sections.h"
#include "reader/locate.h"
#include "reader/store.h"
#include "reader/trace_index.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARTS 9u /* three days, of three pairs each */

/* Parts with an index over them. */
static void make_parts(struct oat_compact_fixture *f)
{
    for (uint8_t writer = 1; writer <= 3; writer++) {
        oat_compact_write_pair(&f->maker, writer, 0);
        oat_compact_fixture_do(f);
    }
    assert_int_equal(oat_compact_fixture_part_count(f), PARTS);
    assert_true(oat_compact_fixture_is_there(f, OAT_TRACE_INDEX_NAME));
}

static oat_snapshot *take(const struct oat_compact_fixture *f, oat_store **ret_store)
{
    oat_snapshot *snapshot;
    assert_int_equal(oat_store_open(f->maker.dir, ret_store), OAT_OK);
    assert_int_equal(oat_snapshot_take(*ret_store, &snapshot), OAT_OK);
    return snapshot;
}

static size_t parts_opened(const oat_snapshot *snapshot)
{
    size_t opened = 0;
    for (size_t i = 0; i < snapshot->manifest.part_count; i++)
        opened += snapshot->sources->parts[i] != NULL;
    return opened;
}

static int count_located(void *arg, const struct oat_located *located)
{
    size_t *count = arg;
    (void)located;
    ++*count;
    return OAT_OK;
}

/* How many parts have a trace; *ret_opened: how many were opened to find out. */
static size_t locate(const struct oat_compact_fixture *f, uint32_t trace, size_t *ret_opened)
{
    uint8_t id[16];
    size_t count = 0;
    oat_store *store;
    oat_snapshot *snapshot = take(f, &store);
    oat_maker_trace_id(id, trace);
    assert_int_equal(oat_snapshot_locate(snapshot, id, count_located, &count), OAT_OK);
    *ret_opened = parts_opened(snapshot);
    assert_int_equal(oat_snapshot_problem_count(snapshot), 0);
    oat_snapshot_free(snapshot);
    oat_store_close(store);
    return count;
}

#define TRIES 3u

/* How many parts are opened for a trace that `places` have, the least of some such traces: the index compares
 * 12 bits of an id's hash, so that at times another trace passes for one. */
static size_t least_opened(const struct oat_compact_fixture *f, uint32_t first_trace, size_t places)
{
    size_t least = SIZE_MAX;
    for (uint32_t trace = first_trace; trace < first_trace + TRIES; trace++) {
        size_t opened;
        assert_int_equal(locate(f, trace, &opened), places);
        least = opened < least ? opened : least;
    }
    return least;
}

static void only_parts_that_have_a_trace_are_opened(void **state)
{
    struct oat_compact_fixture *f = *state;
    struct oat_maker_pair pair;
    size_t opened;
    make_parts(f);
    oat_maker_pair_begin(&pair, &f->maker, 4, 0);
    for (uint32_t i = 0; i < TRIES; i++)
        oat_compact_put_span(&pair, COMPACT_TRACES + i, 7000 + i, 0, 5 * COMPACT_DAY_MS,
                             5 * COMPACT_DAY_MS + 1);
    oat_maker_pair_write(&pair);
    oat_compact_fixture_do(f);
    assert_int_equal(least_opened(f, COMPACT_TRACES, 1), 1);
    assert_int_equal(locate(f, 1, &opened), PARTS);
    assert_int_equal(opened, PARTS);
    assert_int_equal(least_opened(f, 5000, 0), 0);
}

static void parts_that_it_lacks_are_asked(void **state)
{
    struct oat_compact_fixture *f = *state;
    make_parts(f);
    f->options.unindexed_parts = 3;
    oat_compact_write_pair(&f->maker, 4, 0);
    oat_compact_fixture_look(f);
    oat_compact_fixture_do(f);
    oat_compact_fixture_assert_same(f);
    assert_int_equal(least_opened(f, 5000, 0), 3);
    oat_compact_write_pair(&f->maker, 5, 0);
    oat_compact_fixture_look(f);
    oat_compact_fixture_do(f); /* six are too many */
    oat_compact_fixture_assert_same(f);
    assert_int_equal(least_opened(f, 5000, 0), 0);
}

static void it_may_name_parts_that_are_gone(void **state)
{
    struct oat_compact_fixture *f = *state;
    make_parts(f);
    f->options.unindexed_parts = 100;
    f->options.full = true;
    oat_compact_fixture_look(f);
    oat_compact_fixture_do(f);
    assert_int_equal(oat_compact_fixture_part_count(f), 3);
    oat_compact_fixture_assert_same(f);
}

static void traces_that_memory_is_too_small_for_are_found_without_it(void **state)
{
    struct oat_compact_fixture *f = *state;
    f->options.unindexed_parts = 100;
    for (uint8_t writer = 1; writer <= 3; writer++) {
        oat_compact_write_pair(&f->maker, writer, 0);
        oat_compact_fixture_do(f);
    }
    oat_compact_fixture_look(f);
    oat_store *store;
    oat_snapshot *snapshot = take(f, &store);
    assert_int_equal(
        oat_trace_index_renew(store->fd, &store->header, &snapshot->manifest, 0, 16 * COMPACT_TRACES * 4, 1),
        OAT_OK);
    oat_snapshot_free(snapshot);
    oat_store_close(store);
    oat_compact_fixture_assert_same(f);
    assert_in_range(least_opened(f, 5000, 0), 3, PARTS - 3);
}

/* ---- Damage ---- */

/* Writes len bytes of content in its place. */
static void put_index(const struct oat_compact_fixture *f, const uint8_t *bytes, size_t len)
{
    char path[300];
    oat_compact_fixture_path(f, OAT_TRACE_INDEX_NAME, path);
    unlink(path); /* some reader may have mapped the other one */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static size_t read_index(const struct oat_compact_fixture *f, uint8_t **ret)
{
    char path[300];
    struct stat st;
    oat_compact_fixture_path(f, OAT_TRACE_INDEX_NAME, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    *ret = malloc((size_t)st.st_size);
    assert_non_null(*ret);
    assert_int_equal(read(fd, *ret, (size_t)st.st_size), st.st_size);
    close(fd);
    return (size_t)st.st_size;
}

static void any_flipped_bit_changes_nothing(void **state)
{
    struct oat_compact_fixture *f = *state;
    uint8_t *bytes;
    size_t opened;
    make_parts(f);
    oat_compact_fixture_look(f);
    size_t len = read_index(f, &bytes);
    for (size_t i = 0; i < len; i += OAT_SWEEP_STEP) {
        bytes[i] ^= (uint8_t)(1u << i % 8);
        put_index(f, bytes, len);
        assert_int_equal(locate(f, 1 + (uint32_t)(i % (COMPACT_TRACES - 1)), &opened), PARTS);
        bytes[i] ^= (uint8_t)(1u << i % 8);
    }
    bytes[len / 2] ^= 1;
    put_index(f, bytes, len);
    oat_compact_fixture_assert_same(f);
    free(bytes);
}

static void a_part_of_it_is_none(void **state)
{
    struct oat_compact_fixture *f = *state;
    uint8_t *bytes;
    size_t opened;
    make_parts(f);
    size_t len = read_index(f, &bytes);
    for (size_t left = 0; left < len; left += 97) {
        put_index(f, bytes, left);
        assert_int_equal(locate(f, 1, &opened), PARTS);
    }
    free(bytes);
}

/* Whatever it says under good checksums: rows that are not there are not read, and nothing is shown that no
 * part has. */
static void an_index_that_lies_is_not_believed(void **state)
{
    struct oat_compact_fixture *f = *state;
    uint8_t *bytes;
    size_t opened;
    make_parts(f);
    size_t len = read_index(f, &bytes);
    for (size_t i = OAT_FILE_HEADER_SIZE; i < len - OAT_FILE_TRAILER_SIZE; i += OAT_SWEEP_STEP) {
        uint8_t before = bytes[i];
        for (unsigned value = 0; value < 256; value += 85) {
            bytes[i] = (uint8_t)value;
            uint8_t *mended = malloc(len);
            assert_non_null(mended);
            memcpy(mended, bytes, len);
            oat_sections_mend(mended, len, OAT_MAGIC_TRACES);
            put_index(f, mended, len);
            free(mended);
            assert_true(locate(f, 1, &opened) <= PARTS);
            assert_int_equal(locate(f, 5000, &opened), 0);
        }
        bytes[i] = before;
    }
    free(bytes);
}

#define TEST(name)                                                                                           \
    cmocka_unit_test_setup_teardown(name, oat_compact_fixture_set_up, oat_compact_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_parts_that_have_a_trace_are_opened),
        TEST(parts_that_it_lacks_are_asked),
        TEST(it_may_name_parts_that_are_gone),
        TEST(traces_that_memory_is_too_small_for_are_found_without_it),
        TEST(any_flipped_bit_changes_nothing),
        TEST(a_part_of_it_is_none),
        TEST(an_index_that_lies_is_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
