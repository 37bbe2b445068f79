#include "format/section_blocks.h"
#include "format/section_view.h"
#include "oat/oat.h"
#include "tests/support/golden_test.h"
#include "tests/support/section_image.h"

#include <pthread.h>
#include <stdlib.h>

#define NONCE   UINT64_C(0x0123456789abcdef)
#define BLOCK   OAT_SECTION_BLOCK_SIZE
#define LONGEST (5 * BLOCK + 77)

static struct oat_section_image image;
static struct oat_sections sections;
static uint8_t content[LONGEST];
static unsigned reports;

static void ignore_ahead(void *arg, const uint8_t *bytes, uint64_t len)
{
    (void)arg, (void)bytes, (void)len;
}

static void count_report(void *arg, uint64_t offset, const char *what)
{
    (void)arg;
    assert_true(offset >= OAT_FILE_HEADER_SIZE && what != NULL);
    reports++;
}

static const struct oat_section_listener listener = {ignore_ahead, count_report, NULL};

static void open_sections(void)
{
    const char *what = NULL;
    uint64_t offset;
    if (oat_sections_open(image.bytes, image.len, OAT_MAGIC_PACK, &sections, &what, &offset) != OAT_OK)
        fail_msg("refused: %s", what);
}

/* A file with one section: noise, or text that shrinks. */
static void make_file(size_t len, bool noise)
{
    golden_fill(content, len, 1);
    for (size_t i = 0; i < len && !noise; i++)
        content[i] = (uint8_t)(i % 1000 < 900 ? i / 1000 : content[i]);
    oat_section_image_begin(&image, OAT_MAGIC_PACK, NONCE);
    oat_section_image_add(&image, OAT_SECTION_TEXTS, 1, 16, content, len);
    oat_section_image_end(&image);
    open_sections();
    reports = 0;
}

static struct oat_section_view open_view(void)
{
    struct oat_section_view view;
    assert_int_equal(oat_section_view_open(&sections, &sections.directory[0], &listener, &view), OAT_OK);
    return view;
}

static void require_range(const struct oat_section_view *view, size_t offset, size_t len)
{
    assert_true(oat_section_need(view, offset, len));
    assert_memory_equal(view->bytes + offset, content + offset, len);
}

static void a_section_reads_as_it_was_written(void **state)
{
    (void)state;
    const size_t lengths[] = {0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, LONGEST};
    for (size_t i = 0; i < 2 * (sizeof lengths / sizeof *lengths); i++) {
        size_t len = lengths[i / 2], whole_len;
        const uint8_t *whole;
        void *owned;
        make_file(len, i % 2);
        assert_true((sections.directory[0].codec == OAT_CODEC_BLOCKS) == (len > BLOCK));
        struct oat_section_view view = open_view();
        assert_int_equal(view.len, len);
        if (len > 0)
            require_range(&view, len - 1, 1);
        if (len > 0)
            require_range(&view, 0, len);
        assert_true(oat_section_need(&view, len, 0));
        assert_false(oat_section_need(&view, 0, len + 1));
        assert_false(oat_section_need(&view, len + 1, 0));
        assert_false(oat_section_need(&view, UINT64_MAX, 2));
        assert_int_equal(oat_section_read(&sections, &sections.directory[0], &whole, &whole_len, &owned),
                         OAT_OK);
        assert_int_equal(whole_len, len);
        if (len > 0)
            assert_memory_equal(whole, content, len);
        assert_int_equal(reports, 0);
        free(owned);
        oat_section_view_close(&view);
        oat_section_image_free(&image);
    }
}

static void noise_lies_in_place_and_text_shrinks(void **state)
{
    (void)state;
    make_file(LONGEST, true);
    struct oat_section_view view = open_view();
    assert_true(view.bytes > image.bytes && view.bytes < image.bytes + image.len);
    oat_section_view_close(&view);
    oat_section_image_free(&image);
    make_file(LONGEST, false);
    assert_true(oat_le64_get(sections.directory[0].stored_len) < LONGEST / 2);
    oat_section_image_free(&image);
}

/* What is damaged is reported once, and the rest can be read. */
static void a_damaged_block_costs_itself_alone(void **state)
{
    (void)state;
    for (int noise = 0; noise < 2; noise++) {
        make_file(LONGEST, noise);
        struct oat_section_blocks blocks;
        const uint8_t *stored;
        size_t len;
        assert_true(oat_section_blocks_open(&sections, &sections.directory[0], &blocks));
        assert_true(oat_section_block_find(&blocks, 2, &stored, &len));
        image.bytes[stored - image.bytes + (ptrdiff_t)len / 2] ^= 1;
        struct oat_section_view view = open_view();
        require_range(&view, 0, 2 * BLOCK);
        for (unsigned i = 0; i < 3; i++)
            assert_false(oat_section_need(&view, 2 * BLOCK + 5, 1));
        assert_false(oat_section_need(&view, 2 * BLOCK - 1, 2));
        require_range(&view, 3 * BLOCK, LONGEST - 3 * BLOCK);
        assert_int_equal(reports, 1);
        oat_section_view_close(&view);
        oat_section_image_free(&image);
    }
}

/* Also when the checks of the directory are good: a flipped bit is never read as content. */
static void no_flipped_bit_passes(void **state)
{
    (void)state;
    for (int noise = 0; noise < 2; noise++) {
        make_file(2 * BLOCK + 9, noise);
        size_t offset = (size_t)oat_le64_get(sections.directory[0].offset);
        size_t stored_len = (size_t)oat_le64_get(sections.directory[0].stored_len);
        for (size_t bit = 0; bit < 8 * stored_len; bit += bit < 8 * 64 ? 1 : 97) {
            golden_flip(image.bytes + offset, bit);
            struct oat_section_view view = open_view();
            assert_false(oat_section_need(&view, 0, view.len));
            oat_section_view_close(&view);
            golden_flip(image.bytes + offset, bit);
        }
        oat_section_image_free(&image);
    }
}

static void a_section_of_another_length_is_refused(void **state)
{
    (void)state;
    for (int noise = 0; noise < 2; noise++)
        for (int by = -1; by <= 1; by += 2) {
            make_file(2 * BLOCK + 9, noise);
            struct oat_disk_section *section =
                (void *)(image.bytes + image.len - OAT_FILE_TRAILER_SIZE - sizeof *section);
            section->raw_len = oat_le64_of(2 * BLOCK + 9 + (uint64_t)by);
            oat_section_image_seal(&image);
            open_sections();
            struct oat_section_view view = open_view();
            assert_false(oat_section_need(&view, 0, view.len));
            assert_true(reports > 0);
            oat_section_view_close(&view);
            section->raw_len = oat_le64_of(UINT64_C(1) << 40); /* more blocks than there can be */
            oat_section_image_seal(&image);
            const char *what;
            uint64_t at;
            assert_int_equal(oat_sections_open(image.bytes, image.len, OAT_MAGIC_PACK, &sections, &what, &at),
                             OAT_E_CORRUPT);
            oat_section_image_free(&image);
        }
}

static void *read_randomly(void *arg)
{
    const struct oat_section_view *view = arg;
    uint64_t x = (uint64_t)(uintptr_t)pthread_self() | 1;
    for (unsigned i = 0; i < 2000; i++) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407u;
        size_t at = (size_t)(x >> 33) % LONGEST, left = LONGEST - at;
        size_t len = (size_t)(x >> 20) % 5000 % left;
        if (!oat_section_need(view, at, len) || memcmp(view->bytes + at, content + at, len) != 0)
            return arg;
    }
    return NULL;
}

static void threads_may_read_the_same_view(void **state)
{
    (void)state;
    pthread_t threads[4];
    make_file(LONGEST, false);
    struct oat_section_view view = open_view();
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_randomly, &view), 0);
    for (unsigned i = 0; i < 4; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    oat_section_view_close(&view);
    oat_section_image_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_section_reads_as_it_was_written),
        cmocka_unit_test(noise_lies_in_place_and_text_shrinks),
        cmocka_unit_test(a_damaged_block_costs_itself_alone),
        cmocka_unit_test(no_flipped_bit_passes),
        cmocka_unit_test(a_section_of_another_length_is_refused),
        cmocka_unit_test(threads_may_read_the_same_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
