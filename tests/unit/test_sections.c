#include "format/limits.h"
#include "format/sections.h"
#include "oat/oat.h"
#include "tests/support/damage_guard.h"
#include "tests/support/golden_test.h"
#include "tests/support/section_image.h"

#include <stdlib.h>

#define NONCE UINT64_C(0x0123456789abcdef)

static struct oat_section_image image;
static struct oat_sections sections;
static uint8_t noise[64], repeated[600];

/* A file with a raw, a packed and an empty section, and one of a kind that nobody knows. */
static int make_file(void **state)
{
    (void)state;
    golden_fill(noise, sizeof noise, 1);
    for (size_t i = 0; i < sizeof repeated; i++)
        repeated[i] = (uint8_t)(i % 7);
    oat_section_image_begin(&image, OAT_MAGIC_PACK, NONCE);
    oat_section_image_add(&image, OAT_SECTION_BYTES, 18, 2, noise, sizeof noise);
    oat_section_image_add(&image, OAT_SECTION_TEXTS, 1, 16, repeated, sizeof repeated);
    oat_section_image_add(&image, OAT_SECTION_NUMBERS, 1, 10, NULL, 0);
    oat_section_image_add(&image, (enum oat_section_kind)999, 65535, 7, noise, 8);
    oat_section_image_end(&image);
    return 0;
}

static int free_file(void **state)
{
    (void)state;
    oat_section_image_free(&image);
    return 0;
}

static int open_bytes(const uint8_t *bytes, size_t len, const char **ret_what)
{
    uint64_t offset = 0;
    const char *what = NULL;
    int st = oat_sections_open(bytes, len, OAT_MAGIC_PACK, &sections, &what, &offset);
    assert_true(st == OAT_OK ? what == NULL : what != NULL && offset <= len);
    *ret_what = what;
    return st;
}

/* What is reported of the file, or "". */
static const char *problem(void)
{
    const char *what;
    return open_bytes(image.bytes, image.len, &what) == OAT_OK ? "" : what;
}

static void require_section(enum oat_section_kind kind, unsigned table, unsigned column, const void *expected,
                            size_t len, enum oat_section_codec codec)
{
    const uint8_t *bytes = NULL;
    size_t found_len = 1;
    void *owned = NULL;
    const struct oat_disk_section *section = oat_sections_find(&sections, kind, table, column);
    assert_non_null(section);
    assert_int_equal(section->codec, codec);
    assert_int_equal(oat_section_read(&sections, section, &bytes, &found_len, &owned), OAT_OK);
    assert_int_equal(found_len, len);
    if (len > 0)
        assert_memory_equal(bytes, expected, len);
    assert_true((owned != NULL) == (codec == OAT_CODEC_LZ4));
    free(owned);
}

static void sections_read_back(void **state)
{
    (void)state;
    assert_string_equal(problem(), "");
    assert_int_equal(sections.count, 4);
    assert_int_equal(oat_le64_get(sections.header->generation), 7);
    assert_int_equal(oat_le32_get(sections.header->day), 20000);
    require_section(OAT_SECTION_BYTES, 18, 2, noise, sizeof noise, OAT_CODEC_RAW);
    require_section(OAT_SECTION_TEXTS, 1, 16, repeated, sizeof repeated, OAT_CODEC_LZ4);
    require_section(OAT_SECTION_NUMBERS, 1, 10, NULL, 0, OAT_CODEC_RAW);
    require_section((enum oat_section_kind)999, 65535, 7, noise, 8, OAT_CODEC_RAW);
    assert_null(oat_sections_find(&sections, OAT_SECTION_TEXTS, 1, 17));
    assert_null(oat_sections_find(&sections, OAT_SECTION_TEXTS, 2, 16));
    assert_null(oat_sections_find(&sections, OAT_SECTION_INDEX, 1, 16));
}

static void short_bytes_are_packed_where_that_saves_a_fifth(void **state)
{
    (void)state;
    static uint8_t bytes[OAT_SECTION_BLOCK_SIZE], packed[2 * OAT_SECTION_BLOCK_SIZE];
    size_t stored_len = 7;
    assert_true(oat_section_bound(sizeof bytes) <= sizeof packed);
    golden_fill(bytes, sizeof bytes, 1);
    assert_int_equal(oat_section_pack(bytes, sizeof bytes, NONCE, 128, packed, &stored_len), OAT_CODEC_RAW);
    assert_int_equal(oat_section_pack(bytes, 0, NONCE, 128, packed, &stored_len), OAT_CODEC_RAW);
    assert_int_equal(stored_len, 7);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(bytes[i] % 16);
    memset(bytes, 77, sizeof bytes / 2);
    assert_int_equal(oat_section_pack(bytes, sizeof bytes, NONCE, 128, packed, &stored_len), OAT_CODEC_LZ4);
    assert_true(stored_len <= sizeof bytes / 5 * 4);
}

static void a_file_without_sections_is_good(void **state)
{
    (void)state;
    oat_section_image_free(&image);
    oat_section_image_begin(&image, OAT_MAGIC_PACK, NONCE);
    oat_section_image_end(&image);
    assert_int_equal(image.len, OAT_FILE_HEADER_SIZE + OAT_FILE_TRAILER_SIZE);
    assert_string_equal(problem(), "");
}

/* Opens the file and reads every section. */
static int read_all(const uint8_t *bytes, size_t len)
{
    const char *what;
    int st = open_bytes(bytes, len, &what);
    for (uint32_t i = 0; st == OAT_OK && i < sections.count; i++) {
        const uint8_t *found;
        size_t found_len;
        void *owned = NULL;
        st = oat_section_read(&sections, &sections.directory[i], &found, &found_len, &owned);
        free(owned);
    }
    return st;
}

static bool in_padding(size_t at)
{
    bool inside = at < OAT_FILE_HEADER_SIZE;
    for (uint32_t i = 0; i < image.count; i++) {
        uint64_t begin = oat_le64_get(image.directory[i].offset);
        inside |= at >= begin && at - begin < oat_le64_get(image.directory[i].stored_len);
    }
    return !inside && at < image.len - OAT_FILE_TRAILER_SIZE - image.count * sizeof *image.directory;
}

static void every_flipped_bit_but_of_padding_is_reported(void **state)
{
    (void)state;
    size_t padding = 0;
    assert_int_equal(read_all(image.bytes, image.len), OAT_OK);
    for (size_t bit = 0; bit < image.len * 8; bit++) {
        golden_flip(image.bytes, bit);
        if (in_padding(bit / 8)) {
            assert_int_equal(read_all(image.bytes, image.len), OAT_OK);
            padding++;
        } else {
            assert_int_equal(read_all(image.bytes, image.len), OAT_E_CORRUPT);
        }
        golden_flip(image.bytes, bit);
    }
    assert_true(padding < 8 * 8 * image.count);
}

static void a_file_of_another_length_is_refused(void **state)
{
    (void)state;
    const char *what;
    for (size_t cut = 0; cut < image.len; cut++) {
        uint8_t *guarded = oat_damage_guard(image.bytes, cut);
        assert_int_equal(open_bytes(guarded, cut, &what), OAT_E_CORRUPT);
        oat_damage_guard_free(guarded, cut);
    }
    uint8_t *longer = calloc(1, image.len + 8);
    assert_non_null(longer);
    memcpy(longer, image.bytes, image.len);
    assert_int_equal(open_bytes(longer, image.len + 8, &what), OAT_E_CORRUPT);
    memcpy(longer + image.len - 56, image.bytes + image.len - 64, 64);
    assert_int_equal(open_bytes(longer, image.len + 8, &what), OAT_E_CORRUPT);
    assert_string_equal(what, "file length");
    free(longer);
}

static void a_newer_major_is_unsupported_and_a_newer_minor_is_read(void **state)
{
    (void)state;
    const char *what;
    struct oat_disk_file_header *header = (void *)image.bytes;
    header->minor = oat_le16_of(99);
    oat_section_image_seal(&image);
    assert_string_equal(problem(), "");
    header->major = oat_le16_of(OAT_FORMAT_MAJOR + 1);
    oat_section_image_seal(&image);
    assert_int_equal(open_bytes(image.bytes, image.len, &what), OAT_E_UNSUPPORTED);
    assert_string_equal(what, "major version");
    header->major = oat_le16_of(0);
    oat_section_image_seal(&image);
    assert_int_equal(open_bytes(image.bytes, image.len, &what), OAT_E_CORRUPT);
}

static void a_file_of_another_kind_is_refused(void **state)
{
    (void)state;
    uint64_t offset;
    const char *what = NULL;
    assert_int_equal(oat_sections_open(image.bytes, image.len, OAT_MAGIC_PART, &sections, &what, &offset),
                     OAT_E_CORRUPT);
    assert_string_equal(what, "magic");
}

static struct oat_disk_file_trailer *trailer(void)
{
    return (void *)(image.bytes + image.len - OAT_FILE_TRAILER_SIZE);
}

static void a_directory_elsewhere_is_refused(void **state)
{
    (void)state;
    uint64_t right = oat_le64_get(trailer()->directory_offset);
    const uint64_t wrong[] = {0, 120, right - 8, right + 8, right + 40, image.len, UINT64_MAX - 7};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        trailer()->directory_offset = oat_le64_of(wrong[i]);
        oat_section_image_seal(&image);
        assert_string_equal(problem(), "directory offset");
    }
    trailer()->directory_offset = oat_le64_of(right);
    trailer()->section_count = oat_le32_of(OAT_SECTIONS_MAX + 1);
    oat_section_image_seal(&image);
    assert_string_equal(problem(), "section count");
    trailer()->section_count = oat_le32_of(image.count - 1);
    oat_section_image_seal(&image);
    assert_string_equal(problem(), "directory offset");
}

static struct oat_disk_section *section_of(unsigned number)
{
    return (struct oat_disk_section *)(void *)(image.bytes + oat_le64_get(trailer()->directory_offset)) +
           number;
}

/* What is reported after a section was changed and the directory sealed. */
static const char *section_problem(unsigned number, struct oat_disk_section changed)
{
    struct oat_disk_section was = *section_of(number);
    *section_of(number) = changed;
    oat_section_image_seal(&image);
    const char *what = problem();
    *section_of(number) = was;
    return what;
}

static void sections_outside_or_with_impossible_lengths_are_refused(void **state)
{
    (void)state;
    struct oat_disk_section raw = *section_of(0), lz4 = *section_of(1), x;
    const uint64_t places[] = {0, 120, 132, oat_le64_get(trailer()->directory_offset), UINT64_MAX - 7};
    assert_string_equal(section_problem(0, raw), "");
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        x = raw;
        x.offset = oat_le64_of(places[i]);
        assert_string_equal(section_problem(0, x), "section place");
    }
    x = raw;
    x.stored_len = x.raw_len = oat_le64_of(UINT64_MAX);
    assert_string_equal(section_problem(0, x), "section place");
    x.stored_len = oat_le64_of(sizeof noise - 1);
    x.raw_len = oat_le64_of(sizeof noise);
    assert_string_equal(section_problem(0, x), "section length");
    x = raw;
    x.codec = 3;
    assert_string_equal(section_problem(0, x), "section codec");
    x = lz4;
    x.raw_len = oat_le64_of(oat_le64_get(lz4.stored_len) * 255 + 255);
    assert_string_equal(section_problem(1, x), "section length");
    x.raw_len = oat_le64_of(UINT64_C(1) << 40);
    assert_string_equal(section_problem(1, x), "section length");
}

/* Reads a section whose check is right whatever it holds. */
static int read_changed(unsigned number)
{
    const uint8_t *bytes;
    size_t len;
    void *owned = NULL;
    struct oat_disk_section *section = section_of(number);
    uint64_t offset = oat_le64_get(section->offset);
    section->check = oat_le64_of(
        oat_section_check(image.bytes + offset, (size_t)oat_le64_get(section->stored_len), NONCE, offset));
    oat_section_image_seal(&image);
    assert_string_equal(problem(), "");
    int st = oat_section_read(&sections, section_of(number), &bytes, &len, &owned);
    free(owned);
    return st;
}

static void packed_bytes_that_do_not_decode_to_their_length_are_refused(void **state)
{
    (void)state;
    struct oat_disk_section *section = section_of(1);
    uint8_t *stored = image.bytes + oat_le64_get(section->offset);
    assert_int_equal(read_changed(1), OAT_OK);
    for (int by = -1; by <= 1; by += 2) {
        section->raw_len = oat_le64_of(sizeof repeated + (uint64_t)by);
        assert_int_equal(read_changed(1), OAT_E_CORRUPT);
    }
    section->raw_len = oat_le64_of(sizeof repeated);
    memset(stored, 0xff, (size_t)oat_le64_get(section->stored_len));
    assert_int_equal(read_changed(1), OAT_E_CORRUPT);
}

static void a_section_in_the_place_of_another_is_reported(void **state)
{
    (void)state;
    const uint8_t *bytes;
    size_t len;
    void *owned;
    struct oat_disk_section moved = *section_of(0);
    moved.offset = section_of(3)->offset;
    moved.stored_len = moved.raw_len = oat_le64_of(8);
    moved.check = oat_le64_of(oat_section_check(noise, 8, NONCE, oat_le64_get(section_of(0)->offset)));
    *section_of(0) = moved;
    oat_section_image_seal(&image);
    assert_string_equal(problem(), "");
    assert_int_equal(oat_section_read(&sections, section_of(0), &bytes, &len, &owned), OAT_E_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_file, free_file)
        TEST(sections_read_back),
        TEST(short_bytes_are_packed_where_that_saves_a_fifth),
        TEST(a_file_without_sections_is_good),
        TEST(every_flipped_bit_but_of_padding_is_reported),
        TEST(a_file_of_another_length_is_refused),
        TEST(a_newer_major_is_unsupported_and_a_newer_minor_is_read),
        TEST(a_file_of_another_kind_is_refused),
        TEST(a_directory_elsewhere_is_refused),
        TEST(sections_outside_or_with_impossible_lengths_are_refused),
        TEST(packed_bytes_that_do_not_decode_to_their_length_are_refused),
        TEST(a_section_in_the_place_of_another_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
