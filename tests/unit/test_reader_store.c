/* Opening a store: one that is refused is refused with file, place, expected and found. */
#include "format/identity.h"
#include "format/limits.h"
#include "tests/support/reader_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define NOBODY 65534

static oat_problem problem;
static char path[200];

static const char *store_path(const struct oat_fixture *f)
{
    snprintf(path, sizeof path, "%s/STORE", f->maker.dir);
    return path;
}

static void assert_refused(struct oat_fixture *f, int result, const char *text)
{
    char found[OAT_PROBLEM_TEXT_SIZE];
    assert_int_equal(oat_store_open(f->maker.dir, &f->store), result);
    assert_int_equal(oat_store_open_explained(f->maker.dir, &f->store, &problem), result);
    assert_null(f->store);
    assert_string_equal(oat_problem_text(&problem, found, sizeof found), text);
}

/* Reads STORE, or writes it. */
static struct oat_disk_store read_store(const struct oat_fixture *f)
{
    struct oat_disk_store store;
    FILE *file = fopen(store_path(f), "rb");
    assert_int_equal(fread(&store, sizeof store, 1, file), 1);
    fclose(file);
    return store;
}

static void write_store(const struct oat_fixture *f, const struct oat_disk_store *store)
{
    FILE *file = fopen(store_path(f), "wb");
    assert_int_equal(fwrite(store, sizeof *store, 1, file), 1);
    fclose(file);
}

static void a_missing_directory_and_one_without_STORE_are_not_found(void **state)
{
    struct oat_fixture *f = *state;
    assert_int_equal(oat_store_open_explained("/nonexistent/store", &f->store, &problem), OAT_NOTFOUND);
    assert_string_equal(problem.path, ".");
    snprintf(path, sizeof path, "%s/hot", f->maker.dir);
    assert_int_equal(oat_store_open_explained(path, &f->store, &problem), OAT_NOTFOUND);
    assert_string_equal(problem.path, "STORE");
    assert_int_equal(oat_store_open_explained(store_path(f), &f->store, &problem), OAT_E_IO);
    assert_string_equal(problem.path, ".");
    assert_string_equal(problem.found, "Not a directory");
}

static void a_short_STORE_is_refused(void **state)
{
    struct oat_fixture *f = *state;
    assert_int_equal(truncate(store_path(f), 127), 0);
    assert_refused(f, OAT_E_CORRUPT, "corrupt: STORE at byte 127: file length: expected 128, found 127");
}

static void a_STORE_of_another_kind_is_refused_and_shown_safely(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_disk_store store = read_store(f);
    memcpy(store.magic, "GIF89a\x1b\xff", 8);
    write_store(f, &store);
    assert_refused(f, OAT_E_CORRUPT,
                   "corrupt: STORE at byte 0: magic: expected OATSTORE, found GIF89a\\x1b\\xff");
}

static void a_flipped_bit_in_STORE_is_a_wrong_checksum(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_disk_store store = read_store(f);
    uint64_t right = oat_le64_get(store.checksum);
    char text[200];
    store.checksum = oat_le64_of(right ^ 1);
    write_store(f, &store);
    snprintf(text, sizeof text, "corrupt: STORE at byte 120: checksum: expected %016llx, found %016llx",
             (unsigned long long)right, (unsigned long long)right ^ 1);
    assert_refused(f, OAT_E_CORRUPT, text);
}

static void a_STORE_of_a_greater_major_is_unsupported(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_disk_store store = read_store(f);
    store.major = oat_le16_of(OAT_FORMAT_MAJOR + 1);
    oat_store_file_seal(&store);
    write_store(f, &store);
    assert_refused(f, OAT_E_UNSUPPORTED, "unsupported: STORE at byte 8: major version: expected 1, found 2");
}

static void a_STORE_that_is_no_file_is_refused(void **state)
{
    struct oat_fixture *f = *state;
    assert_int_equal(unlink(store_path(f)), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_refused(f, OAT_E_CORRUPT,
                   "corrupt: STORE at byte 0: file type: expected regular file, found directory");
}

static void a_STORE_that_may_not_be_read_is_named(void **state)
{
    struct oat_fixture *f = *state;
    uid_t user = geteuid();
    if (user == 0 && seteuid(NOBODY) != 0)
        skip();
    assert_int_equal(seteuid(user), 0);
    assert_int_equal(chmod(f->maker.dir, 0755), 0);
    assert_int_equal(chmod(store_path(f), 0), 0);
    if (user == 0)
        assert_int_equal(seteuid(NOBODY), 0);
    assert_refused(f, OAT_E_IO, "unreadable: STORE: Permission denied");
    assert_int_equal(seteuid(user), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(a_missing_directory_and_one_without_STORE_are_not_found),
        OAT_FIXTURE_TEST(a_short_STORE_is_refused),
        OAT_FIXTURE_TEST(a_STORE_of_another_kind_is_refused_and_shown_safely),
        OAT_FIXTURE_TEST(a_flipped_bit_in_STORE_is_a_wrong_checksum),
        OAT_FIXTURE_TEST(a_STORE_of_a_greater_major_is_unsupported),
        OAT_FIXTURE_TEST(a_STORE_that_is_no_file_is_refused),
        OAT_FIXTURE_TEST(a_STORE_that_may_not_be_read_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
