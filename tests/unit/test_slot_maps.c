/* Slots read through a mapping are those that reading them one by one gives, whatever becomes of the file. */
#include "reader/faults.h"
#include "reader/slot_maps.h"
#include "tests/support/store_maker.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SLOTS 1000u
#define MORE  200u /* that come later */

struct fixture {
    struct oat_maker maker;
    struct oat_problems problems;
    struct oat_pair pair;
    struct oat_slot_maps maps;
    int hot_fd;
};

/* A name and a span, in turn. */
static void write_pair(struct fixture *f, uint32_t slots)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t i = 1; i <= slots / 2; i++) {
        struct oat_disk_span span = oat_maker_span(&pair, i, i, 0, "step", i, i + 5);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    }
    oat_maker_pair_write(&pair);
}

static const char *spans_path(const struct fixture *f)
{
    return oat_maker_path(&f->maker, 1, 0, "spans");
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    uint8_t writer_id[16];
    uint32_t seq;
    char hot[300];
    oat_maker_open(&f->maker);
    write_pair(f, SLOTS);
    oat_problems_init(&f->problems);
    snprintf(hot, sizeof hot, "%s/hot", f->maker.dir);
    f->hot_fd = open(hot, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(f->hot_fd >= 0);
    assert_true(oat_pair_name_parse(strrchr(spans_path(f), '/') + 1, writer_id, &seq));
    oat_pair_open(&f->pair, f->hot_fd, writer_id, seq, true, &f->problems);
    assert_true(f->pair.usable);
    f->pair.index = 3;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    oat_slot_maps_free(&f->maps);
    oat_pair_close(&f->pair);
    oat_problems_clear(&f->problems);
    close(f->hot_fd);
    oat_maker_remove(&f->maker);
    free(f);
    return 0;
}

/* Is the file mapped into this process? */
static bool is_mapped(const struct fixture *f)
{
    char line[600];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps))
        found = found || strstr(line, strrchr(spans_path(f), '/'));
    fclose(maps);
    return found;
}

/* Reads slots first .. end - 1 with and without maps. */
static void expect_the_same(struct fixture *f, uint32_t first, uint32_t end)
{
    for (uint32_t slot = first; slot < end; slot++) {
        uint8_t one[OAT_SLOT_SIZE] = {0}, other[OAT_SLOT_SIZE] = {0};
        uint16_t kind = 0, other_kind = 0;
        int result = oat_pair_read_slot(&f->pair, slot, one, &kind);
        assert_int_equal(oat_slot_maps_read(&f->maps, &f->pair, slot, other, &other_kind), result);
        assert_int_equal(other_kind, kind);
        if (result == OAT_OK)
            assert_memory_equal(other, one, sizeof one);
    }
}

static void only_who_catches_faults_has_files_mapped(void **state)
{
    struct fixture *f = *state;
    assert_false(oat_faults_are_caught()); /* the first test of this program */
    expect_the_same(f, 0, SLOTS);
    assert_false(is_mapped(f));
}

static void slots_are_the_same_mapped_or_not(void **state)
{
    struct fixture *f = *state;
    oat_faults_catch();
    expect_the_same(f, 0, 10);
    assert_false(is_mapped(f)); /* a few are not worth it */
    expect_the_same(f, 0, SLOTS + 100);
    expect_the_same(f, OAT_SLOTS_MAX - 1, OAT_SLOTS_MAX + 2);
    assert_true(is_mapped(f));
    oat_slot_maps_free(&f->maps);
    assert_false(is_mapped(f));
}

/* The pair's .spans gets the bytes of one with more slots, as a writer appends to it. */
static void append(struct fixture *f)
{
    static uint8_t bytes[OAT_SPANS_HEADER_SIZE + (SLOTS + MORE) * OAT_SLOT_SIZE];
    char path[300], kept[300];
    snprintf(path, sizeof path, "%s", spans_path(f));
    snprintf(kept, sizeof kept, "%s/kept", f->maker.dir);
    assert_int_equal(rename(path, kept), 0);
    write_pair(f, SLOTS + MORE);
    int from = open(path, O_RDONLY | O_CLOEXEC), to = open(kept, O_WRONLY | O_CLOEXEC);
    ssize_t len = read(from, bytes, sizeof bytes);
    assert_true(len > 0 && write(to, bytes, (size_t)len) == len);
    close(from);
    close(to);
    assert_int_equal(rename(kept, path), 0);
}

static void slots_that_come_after_the_mapping_are_read(void **state)
{
    struct fixture *f = *state;
    oat_faults_catch();
    expect_the_same(f, 0, SLOTS);
    append(f);
    uint8_t slot[OAT_SLOT_SIZE];
    uint16_t kind;
    assert_int_equal(oat_slot_maps_read(&f->maps, &f->pair, SLOTS + MORE - 1, slot, &kind), OAT_OK);
    assert_int_equal(kind, OAT_SLOT_SPAN);
    expect_the_same(f, 0, SLOTS + MORE);
}

static void slots_that_were_cut_off_are_not_there(void **state)
{
    struct fixture *f = *state;
    uint8_t slot[OAT_SLOT_SIZE];
    uint16_t kind;
    oat_faults_catch();
    expect_the_same(f, 0, SLOTS);
    uint64_t faults = oat_faults_count();
    assert_int_equal(truncate(spans_path(f), OAT_SPANS_HEADER_SIZE), 0);
    for (uint32_t i = 0; i < SLOTS; i += 100)
        assert_int_not_equal(oat_slot_maps_read(&f->maps, &f->pair, i, slot, &kind), OAT_OK);
    assert_true(oat_faults_count() > faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_who_catches_faults_has_files_mapped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slots_are_the_same_mapped_or_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slots_that_come_after_the_mapping_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slots_that_were_cut_off_are_not_there, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
