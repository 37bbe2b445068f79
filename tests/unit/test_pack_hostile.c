/* Packs whose checksums are right and whose contents contradict themselves: refused and reported. */
#include "format/limits.h"
#include "format/slot.h"
#include "oat/oat.h"
#include "reader/pack.h"
#include "tests/support/pack_image.h"
#include "tests/support/run_dir.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <unistd.h>

struct fixture {
    char dir[OAT_RUN_PATH_SIZE];
    int dir_fd;
    struct oat_pack_image image;
    struct oat_problems problems;
    struct oat_pack *pack;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    oat_run_dir_make(f->dir);
    f->dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    oat_problems_init(&f->problems);
    oat_pack_image_begin(&f->image);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    oat_pack_close(f->pack);
    oat_problems_clear(&f->problems);
    oat_pack_image_free(&f->image);
    close(f->dir_fd);
    oat_run_dir_remove(f->dir);
    free(f);
    return 0;
}

static void open_pack(struct fixture *f)
{
    oat_pack_image_end(&f->image);
    oat_pack_image_write(&f->image, f->dir_fd);
    assert_int_equal(oat_pack_map(f->dir_fd, OAT_PACK_IMAGE_NAME, &f->problems, &f->pack), OAT_OK);
    assert_int_equal(oat_pack_check(f->pack, 0), OAT_OK);
}

static void assert_reads(struct fixture *f, uint32_t number, const char *text)
{
    uint8_t *bytes;
    size_t len;
    assert_int_equal(oat_pack_read(f->pack, number, SIZE_MAX, &bytes, &len, NULL), OAT_OK);
    assert_string_equal((char *)bytes, text);
    assert_int_equal(len, strlen(text));
    free(bytes);
}

/* Also of its first byte alone, when nothing of it is good. */
static void assert_refused(struct fixture *f, uint32_t number)
{
    uint8_t *bytes;
    size_t len, problems = oat_problems_count(&f->problems);
    assert_int_equal(oat_pack_read(f->pack, number, SIZE_MAX, &bytes, &len, NULL), OAT_E_CORRUPT);
    uint64_t times = 0;
    for (size_t i = 0; i < oat_problems_count(&f->problems); i++)
        times += oat_problems_get(&f->problems, i)->count;
    assert_true(times > problems || oat_problems_count(&f->problems) > problems);
}

static uint8_t chunk_op(uint8_t chunk)
{
    return (uint8_t)(chunk << 4 | OAT_RECIPE_CHUNK);
}

/* ---- What is right ---- */

static void what_is_right_reads(void **state)
{
    struct fixture *f = *state;
    oat_pack_image_text(&f->image, "one");
    oat_pack_image_text(&f->image, "two");
    const uint8_t both[] = {OAT_RECIPE_CHUNK, OAT_RECIPE_COMMA_SPACE_CHUNK, OAT_RECIPE_BASE64 | 3 << 3};
    const uint8_t more[] = {1 << 3 | OAT_RECIPE_BASE, 6, 1 << 3 | OAT_RECIPE_LITERAL, '!'};
    uint32_t recipe = oat_pack_image_recipe(&f->image, both, sizeof both, 12);
    uint32_t extended = oat_pack_image_recipe(&f->image, more, sizeof more, 7);
    uint32_t chunk = oat_pack_image_payload(&f->image, OAT_PAYLOAD_CHUNK, 1, 3);
    uint32_t empty = oat_pack_image_payload(&f->image, OAT_PAYLOAD_NOTHING, 0, 0);
    open_pack(f);
    assert_reads(f, recipe, "one, twob25l");
    assert_reads(f, extended, "one, t!");
    assert_reads(f, chunk, "two");
    assert_reads(f, empty, "");
    assert_int_equal(oat_problems_count(&f->problems), 0);
}

/* ---- Payloads ---- */

static void a_payload_that_is_not_there_is_refused(void **state)
{
    struct fixture *f = *state;
    oat_pack_image_payload(&f->image, OAT_PAYLOAD_NOTHING, 0, 0);
    open_pack(f);
    assert_refused(f, 1);
    assert_refused(f, UINT32_MAX);
}

static void a_kind_or_length_out_of_range_is_refused(void **state)
{
    struct fixture *f = *state;
    oat_pack_image_text(&f->image, "text");
    uint32_t none = oat_pack_image_payload(&f->image, 0, 0, 4);
    uint32_t other = oat_pack_image_payload(&f->image, 4, 0, 4);
    uint32_t large = oat_pack_image_payload(&f->image, OAT_PAYLOAD_CHUNK, 0, OAT_PAYLOAD_MAX + 1);
    uint32_t length = oat_pack_image_payload(&f->image, OAT_PAYLOAD_CHUNK, 0, 5);
    uint32_t chunk = oat_pack_image_payload(&f->image, OAT_PAYLOAD_CHUNK, 1, 4);
    uint32_t huge = oat_pack_image_payload(&f->image, OAT_PAYLOAD_CHUNK, UINT64_MAX, 4);
    uint32_t recipe = oat_pack_image_payload(&f->image, OAT_PAYLOAD_RECIPE, 1000, 4);
    open_pack(f);
    assert_refused(f, none);
    assert_refused(f, other);
    assert_refused(f, large);
    assert_refused(f, length);
    assert_refused(f, chunk);
    assert_refused(f, huge);
    assert_refused(f, recipe);
}

static void what_is_lost_is_not_reported(void **state)
{
    struct fixture *f = *state;
    uint8_t *bytes;
    size_t len;
    uint32_t lost = oat_pack_image_payload(&f->image, OAT_PAYLOAD_NOTHING, 0, 0);
    f->image.payloads[OAT_COL_PAYLOAD_FLAGS][lost] = OAT_REF_LOST;
    uint32_t long_one = oat_pack_image_payload(&f->image, OAT_PAYLOAD_NOTHING, 0, 1000);
    open_pack(f);
    assert_int_equal(oat_pack_read(f->pack, lost, SIZE_MAX, &bytes, &len, NULL), OAT_E_CORRUPT);
    assert_int_equal(oat_pack_read(f->pack, long_one, SIZE_MAX, &bytes, &len, NULL), OAT_E_CORRUPT);
    assert_int_equal(oat_problems_count(&f->problems), 0);
}

/* ---- Recipes ---- */

static void a_recipe_that_does_not_make_its_length_is_refused(void **state)
{
    struct fixture *f = *state;
    oat_pack_image_text(&f->image, "text");
    const uint8_t op = chunk_op(0);
    const uint8_t two[] = {chunk_op(0), 1 << 3 | OAT_RECIPE_LITERAL, 'x'};
    uint32_t few = oat_pack_image_recipe(&f->image, &op, 1, 5);
    uint32_t many = oat_pack_image_recipe(&f->image, &op, 1, 3);
    uint32_t more = oat_pack_image_recipe(&f->image, two, sizeof two, 4);
    uint32_t nothing = oat_pack_image_recipe(&f->image, &op, 1, 0);
    uint32_t right = oat_pack_image_recipe(&f->image, two, sizeof two, 5);
    open_pack(f);
    assert_refused(f, few);
    assert_refused(f, many);
    assert_refused(f, more);
    assert_refused(f, nothing);
    assert_reads(f, right, "textx");
}

static void a_base_has_to_be_a_recipe_that_is_long_enough(void **state)
{
    struct fixture *f = *state;
    oat_pack_image_text(&f->image, "text");
    const uint8_t op = chunk_op(0);
    uint32_t chunk = oat_pack_image_payload(&f->image, OAT_PAYLOAD_CHUNK, 0, 4);
    uint32_t on_chunk = oat_pack_image_recipe(&f->image, (uint8_t[]){1 << 3 | OAT_RECIPE_BASE, 4}, 2, 4);
    oat_pack_image_recipe(&f->image, &op, 1, 4);
    uint32_t too_long = oat_pack_image_recipe(&f->image, (uint8_t[]){1 << 3 | OAT_RECIPE_BASE, 5}, 2, 5);
    uint32_t too_much = oat_pack_image_recipe(&f->image, (uint8_t[]){2 << 3 | OAT_RECIPE_BASE, 4}, 2, 3);
    uint32_t right = oat_pack_image_recipe(&f->image, (uint8_t[]){3 << 3 | OAT_RECIPE_BASE, 4}, 2, 4);
    open_pack(f);
    assert_reads(f, chunk, "text");
    assert_refused(f, on_chunk);
    assert_refused(f, too_long);
    assert_refused(f, too_much);
    assert_reads(f, right, "text");
}

static void a_chain_of_bases_ends_at_its_limit(void **state)
{
    struct fixture *f = *state;
    char text[128] = "";
    const uint8_t first[] = {1 << 3 | OAT_RECIPE_LITERAL, 'x'};
    uint32_t number = oat_pack_image_recipe(&f->image, first, sizeof first, 1);
    for (uint8_t n = 1; n <= OAT_RECIPE_DEPTH_MAX; n++) {
        const uint8_t ops[] = {1 << 3 | OAT_RECIPE_BASE, n, 1 << 3 | OAT_RECIPE_LITERAL, 'x'};
        number = oat_pack_image_recipe(&f->image, ops, sizeof ops, n + 1u);
    }
    open_pack(f);
    memset(text, 'x', OAT_RECIPE_DEPTH_MAX);
    assert_reads(f, number - 1, text);
    assert_refused(f, number);
}

static void a_chunk_that_is_not_there_is_refused(void **state)
{
    struct fixture *f = *state;
    oat_pack_image_text(&f->image, "text");
    const uint8_t op = chunk_op(1);
    const uint8_t far[] = {0x81 | 0x70, 0xff, 0xff, 0xff, 0x0f};
    uint32_t next = oat_pack_image_recipe(&f->image, &op, 1, 4);
    uint32_t distant = oat_pack_image_recipe(&f->image, far, sizeof far, 4);
    open_pack(f);
    assert_refused(f, next);
    assert_refused(f, distant);
}

static void a_small_pack_does_not_become_a_large_allocation(void **state)
{
    struct fixture *f = *state;
    const uint8_t op[] = {1 << 3 | OAT_RECIPE_LITERAL, 'x'};
    uint32_t number = oat_pack_image_recipe(&f->image, op, sizeof op, OAT_PAYLOAD_MAX);
    open_pack(f);
    assert_refused(f, number);
}

/* ---- Groups ---- */

/* Three chunks in two groups, of which one column of one row is something else. */
static void assert_group_refused(enum oat_chunk_group_column column, uint32_t row, uint64_t value,
                                 uint32_t refused)
{
    void *state;
    set_up(&state);
    struct fixture *f = state;
    oat_pack_image_chunk(&f->image, "one", 3);
    oat_pack_image_chunk(&f->image, "three", 5);
    oat_pack_image_group(&f->image, 0, "onethree", 8);
    oat_pack_image_text(&f->image, "alone");
    f->image.groups[column][row] = value;
    for (uint32_t chunk = 0; chunk < 3; chunk++)
        oat_pack_image_payload(&f->image, OAT_PAYLOAD_CHUNK, chunk,
                               f->image.chunks[OAT_COL_CHUNK_RAW_LEN][chunk]);
    open_pack(f);
    assert_refused(f, refused);
    tear_down(&state);
}

static void hostile_groups_are_refused(void **state)
{
    (void)state;
    assert_group_refused(OAT_COL_CHUNK_GROUP_OFFSET, 0, UINT64_MAX, 0);
    assert_group_refused(OAT_COL_CHUNK_GROUP_OFFSET, 0, 1, 1);
    assert_group_refused(OAT_COL_CHUNK_GROUP_STORED_LEN, 0, UINT64_MAX, 0);
    assert_group_refused(OAT_COL_CHUNK_GROUP_STORED_LEN, 0, 1 << 20, 0);
    assert_group_refused(OAT_COL_CHUNK_GROUP_RAW_LEN, 0, 7, 1);
    assert_group_refused(OAT_COL_CHUNK_GROUP_RAW_LEN, 0, 9, 1);
    assert_group_refused(OAT_COL_CHUNK_GROUP_RAW_LEN, 0, UINT64_MAX, 0);
    assert_group_refused(OAT_COL_CHUNK_GROUP_RAW_LEN, 1, 1, 2);
    assert_group_refused(OAT_COL_CHUNK_GROUP_FIRST, 0, 1, 0);
    assert_group_refused(OAT_COL_CHUNK_GROUP_FIRST, 1, 1, 1);
    assert_group_refused(OAT_COL_CHUNK_GROUP_FIRST, 1, UINT64_MAX, 2);
    assert_group_refused(OAT_COL_CHUNK_GROUP_CODEC, 0, OAT_CODEC_LZ4, 0);
    assert_group_refused(OAT_COL_CHUNK_GROUP_CODEC, 0, 2, 0);
    assert_group_refused(OAT_COL_CHUNK_GROUP_CHECK, 0, 0, 0);
}

static void hostile_chunks_are_refused(void **state)
{
    struct fixture *f = *state;
    uint32_t empty = oat_pack_image_text(&f->image, "");
    uint32_t long_one = oat_pack_image_text(&f->image, "long");
    f->image.chunks[OAT_COL_CHUNK_RAW_LEN][long_one] = OAT_CHUNK_MAX + 1;
    uint32_t good = oat_pack_image_text(&f->image, "good");
    uint32_t payloads[3];
    for (uint32_t chunk = 0; chunk < 3; chunk++)
        payloads[chunk] = oat_pack_image_payload(&f->image, OAT_PAYLOAD_CHUNK, chunk,
                                                 f->image.chunks[OAT_COL_CHUNK_RAW_LEN][chunk]);
    open_pack(f);
    assert_refused(f, payloads[empty]);
    assert_refused(f, payloads[long_one]);
    assert_reads(f, payloads[good], "good");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_right_reads),
        TEST(a_payload_that_is_not_there_is_refused),
        TEST(a_kind_or_length_out_of_range_is_refused),
        TEST(what_is_lost_is_not_reported),
        TEST(a_recipe_that_does_not_make_its_length_is_refused),
        TEST(a_base_has_to_be_a_recipe_that_is_long_enough),
        TEST(a_chain_of_bases_ends_at_its_limit),
        TEST(a_chunk_that_is_not_there_is_refused),
        TEST(a_small_pack_does_not_become_a_large_allocation),
        cmocka_unit_test(hostile_groups_are_refused),
        TEST(hostile_chunks_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
