/* Files of a day that are gone though MANIFEST names them: reported, and the rest is read. */
#include "tests/support/compact_store.h"
#include "tests/support/unit.h"

#include <unistd.h>

static void compact(struct oat_compact_fixture *f)
{
    oat_compact_write_pair(&f->maker, 1, 0);
    oat_compact_fixture_do(f);
    assert_int_equal(oat_compact_fixture_part_count(f), 3);
}

/* Removes a file of the first part; its path below the store. */
static void lose(const struct oat_compact_fixture *f, const char *extension, char ret_name[64])
{
    struct oat_manifest manifest;
    char path[300];
    oat_compact_fixture_manifest(f, &manifest);
    oat_part_file_name(&manifest.parts[0], extension, ret_name);
    oat_manifest_clear(&manifest);
    oat_compact_fixture_path(f, ret_name, path);
    assert_int_equal(unlink(path), 0);
}

static oat_snapshot *take(const struct oat_compact_fixture *f, oat_store **ret_store)
{
    oat_snapshot *snapshot;
    assert_int_equal(oat_store_open(f->maker.dir, ret_store), OAT_OK);
    assert_int_equal(oat_snapshot_take(*ret_store, &snapshot), OAT_OK);
    return snapshot;
}

/* Spans in the store; *ret_lost: how many of their inputs cannot be read. */
static size_t count_spans(const oat_snapshot *snapshot, size_t *ret_lost)
{
    size_t found = 0;
    *ret_lost = 0;
    for (uint32_t i = 1; i <= COMPACT_TRACES; i++) {
        uint8_t id[16];
        oat_trace *trace;
        size_t count;
        oat_maker_trace_id(id, i);
        int result = oat_trace_open(snapshot, id, &trace);
        if (result == OAT_NOTFOUND)
            continue;
        assert_int_equal(result, OAT_OK);
        const oat_span_view *spans = oat_trace_spans(trace, &count);
        for (size_t s = 0; s < count; s++) {
            uint8_t *bytes;
            size_t len;
            result = oat_payload_read(snapshot, &spans[s].input, &bytes, &len);
            if (result == OAT_OK)
                free(bytes);
            *ret_lost += result == OAT_E_CORRUPT;
        }
        found += count;
        oat_trace_close(trace);
    }
    return found;
}

static void assert_named(const oat_snapshot *snapshot, const char *path)
{
    bool named = false;
    for (size_t i = 0; i < oat_snapshot_problem_count(snapshot); i++)
        named = named || strcmp(oat_snapshot_problem(snapshot, i)->path, path) == 0;
    assert_true(named);
}

static void without_a_pack_its_payloads_are_lost_and_no_span(void **state)
{
    struct oat_compact_fixture *f = *state;
    oat_store *store;
    size_t lost;
    char name[64];
    compact(f);
    oat_snapshot *snapshot = take(f, &store);
    assert_int_equal(count_spans(snapshot, &lost), 60);
    assert_int_equal(lost, 0);
    oat_snapshot_free(snapshot);
    oat_store_close(store);
    lose(f, "pack", name);
    snapshot = take(f, &store);
    assert_int_equal(count_spans(snapshot, &lost), 60);
    assert_int_equal(lost, 20);
    assert_named(snapshot, name);
    oat_snapshot_free(snapshot);
    oat_store_close(store);
}

static void without_a_part_the_other_days_are_read(void **state)
{
    struct oat_compact_fixture *f = *state;
    oat_store *store;
    size_t lost;
    char name[64];
    compact(f);
    lose(f, "part", name);
    oat_snapshot *snapshot = take(f, &store);
    assert_int_equal(count_spans(snapshot, &lost), 40);
    assert_int_equal(lost, 0);
    assert_named(snapshot, name);
    oat_snapshot_free(snapshot);
    oat_store_close(store);
}

#define TEST(name)                                                                                           \
    cmocka_unit_test_setup_teardown(name, oat_compact_fixture_set_up, oat_compact_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_pack_its_payloads_are_lost_and_no_span),
        TEST(without_a_part_the_other_days_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
