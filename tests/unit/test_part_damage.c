/* Damaged and hostile parts: reported, left out, never trusted. */
#include "tests/support/part_fixture.h"
#include "tests/support/part_walk.h"
#include "tests/support/run_random.h"
#include "tests/support/sections_mend.h"
#include "tests/support/sweep.h"
#include "tests/support/unit.h"

#include "reader/part_record.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOSTILE_ROUNDS (4000 / OAT_SWEEP_STEP)

struct damage {
    struct oat_part_fixture *f;
    uint8_t *file; /* the part, as it lies on the device; whoever changes it changes what is read */
    size_t len;
};

/* A small part with everything in it. */
static void make_small(struct oat_part_fixture *f)
{
    oat_part_fixture_draw(f, 4, 6, 4);
    for (uint16_t kind = OAT_SLOT_EVENT; kind <= OAT_SLOT_SCORE; kind++)
        for (size_t span = 0; span < f->span_count; span += 4)
            oat_part_fixture_mark(f, span, kind, span);
    oat_part_fixture_open(f);
}

static void map_part(struct damage *d)
{
    char path[64];
    struct stat st;
    oat_part_file_name(&d->f->entry, "part", path);
    int fd = openat(d->f->store_fd, path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    d->len = (size_t)st.st_size;
    d->file = mmap(NULL, d->len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(d->file, MAP_FAILED);
    close(fd);
}

static int set_up(void **state)
{
    struct damage *d = calloc(1, sizeof *d);
    d->f = oat_part_fixture_new();
    make_small(d->f);
    map_part(d);
    *state = d;
    return 0;
}

static int tear_down(void **state)
{
    struct damage *d = *state;
    munmap(d->file, d->len);
    oat_part_fixture_free(d->f);
    free(d);
    return 0;
}

static void forget_problems(struct damage *d)
{
    oat_problems_clear(&d->f->problems);
    oat_problems_init(&d->f->problems);
}

/* Opens the part and reads all of it. False: it could not be opened. */
static bool walk(struct damage *d, uint64_t *ret_hash)
{
    forget_problems(d);
    if (oat_part_fixture_reopen(d->f) != OAT_OK)
        return false;
    *ret_hash = oat_part_walk(d->f->part, 5000);
    return true;
}

/* ---- Damage ---- */

static void every_bit_is_checked_or_means_nothing(void **state)
{
    struct damage *d = *state;
    uint64_t right = 0, hash = 0;
    size_t seen = 0, tried = 0;
    assert_true(walk(d, &right));
    assert_int_equal(oat_problems_count(&d->f->problems), 0);
    for (size_t bit = 0; bit < d->len * 8; bit += OAT_SWEEP_STEP) {
        d->file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        bool opened = walk(d, &hash);
        bool reported = oat_problems_count(&d->f->problems) > 0;
        if (!reported && (!opened || hash != right))
            fail_msg("bit %zu of byte %zu of %zu changes what is read", bit % 8, bit / 8, d->len);
        d->file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        tried++;
        seen += reported;
    }
    assert_true(seen > tried / 2);
}

static void a_problem_names_the_place(void **state)
{
    struct damage *d = *state;
    const struct oat_group *group;
    struct oat_record record;
    oat_part_fixture_reopen(d->f);
    struct oat_image_table *spans = oat_part_table(d->f->part, OAT_TABLE_SPANS);
    assert_int_equal(oat_image_group(spans, 0, &group), OAT_OK);
    uint64_t offset = oat_group_block_offset(group, OAT_COL_SPAN_START, 0);
    d->file[offset + 20] ^= 4;
    assert_int_equal(oat_part_record(d->f->part, 3, 0, OAT_RECORD_TEXTS_ALL, &record), OAT_E_CORRUPT);
    assert_int_equal(oat_part_record(d->f->part, 4, 0, OAT_RECORD_TEXTS_ALL, &record), OAT_E_CORRUPT);
    assert_int_equal(oat_problems_count(&d->f->problems), 1);
    const oat_problem *problem = oat_problems_get(&d->f->problems, 0);
    assert_int_equal(problem->kind, OAT_PROBLEM_CORRUPT);
    assert_string_equal(problem->path, "days/2026-11-22/0000000000000001.part");
    assert_int_equal(problem->offset, offset);
    assert_string_equal(problem->what, "block checksum");
    assert_int_equal(problem->count, 1);
}

/* Damages the first block of a column of SPANS. */
static void damage_column(struct damage *d, unsigned column)
{
    const struct oat_group *group;
    oat_part_fixture_reopen(d->f);
    assert_int_equal(oat_image_group(oat_part_table(d->f->part, OAT_TABLE_SPANS), 0, &group), OAT_OK);
    d->file[oat_group_block_offset(group, column, 0)] ^= 1;
    oat_part_fixture_reopen(d->f);
}

static void a_damaged_text_costs_the_text_alone(void **state)
{
    struct damage *d = *state;
    damage_column(d, OAT_COL_SPAN_TEXT + OAT_TEXT_MODEL);
    for (uint32_t row = 0; row < d->f->span_count; row++) {
        struct oat_record record, expected = oat_part_fixture_record(d->f, row, 0);
        assert_int_equal(oat_part_record(d->f->part, row, 0, OAT_RECORD_TEXTS_ALL, &record), OAT_OK);
        assert_memory_equal(&record.span, &expected.span, sizeof record.span);
        assert_null(record.text[OAT_TEXT_MODEL].bytes);
        assert_int_equal(record.text[OAT_TEXT_NAME].len, expected.text[OAT_TEXT_NAME].len);
    }
    assert_int_equal(oat_problems_count(&d->f->problems), 1);
}

static void a_damaged_payload_number_leaves_a_lost_payload(void **state)
{
    struct damage *d = *state;
    struct oat_record record;
    damage_column(d, OAT_COL_SPAN_OUTPUT);
    assert_int_equal(oat_part_record(d->f->part, 0, 0, OAT_RECORD_TEXTS_ALL, &record), OAT_OK);
    assert_true(record.payload[OAT_RECORD_OUTPUT].flags & OAT_REF_LOST);
    assert_int_equal(oat_problems_count(&d->f->problems), 1);
}

static void a_part_cut_short_is_reported(void **state)
{
    struct damage *d = *state;
    char path[64];
    oat_part_file_name(&d->f->entry, "part", path);
    oat_part_close(d->f->part);
    d->f->part = NULL;
    static const size_t lens[] = {0, 1, 127, 128, 191, 192, 4000};
    for (size_t i = sizeof lens / sizeof *lens; i-- > 0;) {
        int fd = openat(d->f->store_fd, path, O_WRONLY | O_CLOEXEC);
        assert_int_equal(ftruncate(fd, (off_t)lens[i]), 0);
        close(fd);
        forget_problems(d);
        assert_int_equal(oat_part_fixture_reopen(d->f), OAT_E_CORRUPT);
        assert_int_equal(oat_problems_count(&d->f->problems), 1);
    }
}

/* ---- Other files ---- */

static void a_missing_file_is_an_answer(void **state)
{
    struct damage *d = *state;
    char path[64];
    oat_part_file_name(&d->f->entry, "pack", path);
    assert_int_equal(unlinkat(d->f->store_fd, path, 0), 0);
    assert_int_equal(oat_part_fixture_reopen(d->f), OAT_NOTFOUND);
    d->f->entry.generation++;
    assert_int_equal(oat_part_fixture_reopen(d->f), OAT_NOTFOUND);
    assert_int_equal(oat_problems_count(&d->f->problems), 0);
}

static void files_outlive_their_unlink(void **state)
{
    struct damage *d = *state;
    uint64_t before = 0;
    char path[64];
    assert_true(walk(d, &before));
    oat_part_fixture_reopen(d->f);
    oat_part_file_name(&d->f->entry, "pack", path);
    assert_int_equal(unlinkat(d->f->store_fd, path, 0), 0);
    oat_part_file_name(&d->f->entry, "part", path);
    assert_int_equal(unlinkat(d->f->store_fd, path, 0), 0);
    assert_int_equal(oat_part_walk(d->f->part, 5000), before);
}

static void a_part_without_its_pack_shows_its_spans(void **state)
{
    struct damage *d = *state;
    struct oat_record record;
    char path[64];
    oat_part_file_name(&d->f->entry, "pack", path);
    int fd = openat(d->f->store_fd, path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(ftruncate(fd, 200), 0);
    close(fd);
    assert_int_equal(oat_part_fixture_reopen(d->f), OAT_OK);
    assert_null(oat_part_pack(d->f->part));
    for (uint32_t row = 0; row < d->f->span_count; row++) {
        assert_int_equal(oat_part_record(d->f->part, row, 0, OAT_RECORD_TEXTS_ALL, &record), OAT_OK);
        if (d->f->spans[row].payload[OAT_RECORD_INPUT] > 0)
            assert_true(record.payload[OAT_RECORD_INPUT].flags & OAT_REF_LOST);
    }
    assert_int_equal(oat_problems_count(&d->f->problems), 1);
}

static void another_file_of_the_name_is_refused(void **state)
{
    struct damage *d = *state;
    d->f->entry.nonce++;
    assert_int_equal(oat_part_fixture_reopen(d->f), OAT_E_CORRUPT);
    assert_string_equal(oat_problems_get(&d->f->problems, 0)->what, "nonce");
}

static void a_greater_version_is_not_damage(void **state)
{
    struct damage *d = *state;
    struct oat_disk_file_header header;
    memcpy(&header, d->file, sizeof header);
    header.major = oat_le16_of(2);
    oat_file_header_seal(&header);
    memcpy(d->file, &header, sizeof header);
    assert_int_equal(oat_part_fixture_reopen(d->f), OAT_E_UNSUPPORTED);
    const oat_problem *problem = oat_problems_get(&d->f->problems, 0);
    assert_int_equal(problem->kind, OAT_PROBLEM_UNSUPPORTED);
    assert_string_equal(problem->found, "2");
}

/* ---- Hostile files: all sums are right ---- */

static void arbitrary_values_with_right_sums_break_nothing(void **state)
{
    struct damage *d = *state;
    uint8_t *right = malloc(d->len);
    size_t opened = 0;
    memcpy(right, d->file, d->len);
    for (uint64_t round = 1; round <= HOSTILE_ROUNDS; round++) {
        uint64_t seed = round, hash;
        for (uint64_t n = 1 + oat_run_below(&seed, 4); n > 0; n--) {
            size_t at = oat_run_below(&seed, d->len);
            d->file[at] = (uint8_t)(oat_run_below(&seed, 2) ? oat_run_next(&seed) : 0xff);
        }
        oat_sections_mend(d->file, d->len, OAT_MAGIC_PART);
        opened += walk(d, &hash);
        memcpy(d->file, right, d->len);
    }
    assert_true(opened > HOSTILE_ROUNDS / 4);
    free(right);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_bit_is_checked_or_means_nothing),
        TEST(a_problem_names_the_place),
        TEST(a_damaged_text_costs_the_text_alone),
        TEST(a_damaged_payload_number_leaves_a_lost_payload),
        TEST(a_part_cut_short_is_reported),
        TEST(a_missing_file_is_an_answer),
        TEST(files_outlive_their_unlink),
        TEST(a_part_without_its_pack_shows_its_spans),
        TEST(another_file_of_the_name_is_refused),
        TEST(a_greater_version_is_not_damage),
        TEST(arbitrary_values_with_right_sums_break_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
