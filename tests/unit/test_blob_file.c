#include "writer/blob_file.h"

#include "format/limits.h"
#include "oat/oat.h"
#include "tests/support/unit.h"
#include "writer/blob_map.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static oat_blob_file file_of(int fd)
{
    assert_true(fd >= 0);
    return (oat_blob_file){.fd = fd, .tail = OAT_BLOBS_HEADER_SIZE};
}

static void reservations_do_not_overlap_and_are_aligned(void **state)
{
    (void)state;
    oat_blob_file file = file_of(memfd_create("x", 0));
    oat_blob_inflight inflight = {0};
    uint64_t a = 0, b = 0;
    assert_int_equal(oat_blob_reserve(&file, &inflight, 13, &a), OAT_OK);
    oat_blob_done(&inflight);
    assert_int_equal(oat_blob_reserve(&file, &inflight, 1, &b), OAT_OK);
    assert_int_equal(a, OAT_BLOBS_HEADER_SIZE);
    assert_int_equal(b, a + 16);
    assert_int_equal(file.tail, b + 8);
    oat_blob_done(&inflight);
    close(file.fd);
}

static void an_unfinished_write_is_announced_from_before_its_place(void **state)
{
    (void)state;
    oat_blob_file file = file_of(memfd_create("x", 0));
    oat_blob_inflight inflight = {0};
    uint64_t at = 0;
    assert_int_equal(oat_blob_reserve(&file, &inflight, 100, &at), OAT_OK);
    assert_true(inflight.from > 0 && inflight.from <= at);
    oat_blob_done(&inflight);
    assert_int_equal(inflight.from, 0);
    close(file.fd);
}

static void a_moved_tail_is_not_reserved(void **state)
{
    (void)state;
    oat_blob_file file = file_of(memfd_create("x", 0));
    oat_blob_inflight inflight = {0};
    uint64_t expected = OAT_BLOBS_HEADER_SIZE + 8;
    assert_int_equal(oat_blob_reserve_at(&file, &inflight, 8, &expected), OAT_NOTFOUND);
    assert_int_equal(expected, OAT_BLOBS_HEADER_SIZE);
    assert_int_equal(inflight.from, 0);
    close(file.fd);
}

static void the_last_reservation_can_be_given_back(void **state)
{
    (void)state;
    oat_blob_file file = file_of(memfd_create("x", 0));
    oat_blob_inflight one = {0}, two = {0};
    uint64_t a = 0, b = 0;
    assert_int_equal(oat_blob_reserve(&file, &one, 9, &a), OAT_OK);
    assert_int_equal(oat_blob_reserve(&file, &two, 24, &b), OAT_OK);
    oat_blob_give_back(&file, &one, a, 9);
    assert_int_equal(file.tail, b + 24);
    oat_blob_give_back(&file, &two, b, 24);
    assert_int_equal(file.tail, b);
    assert_int_equal(file.given_back, 1);
    assert_int_equal(one.from + two.from, 0);
    close(file.fd);
}

static void a_file_at_its_limit_refuses(void **state)
{
    (void)state;
    oat_blob_file file = file_of(memfd_create("x", 0));
    oat_blob_inflight inflight = {0};
    uint64_t at = 0;
    file.tail = OAT_BLOBS_FILE_MAX - 64;
    assert_int_equal(oat_blob_reserve(&file, &inflight, 64, &at), OAT_E_LIMIT);
    assert_int_equal(oat_blob_reserve(&file, &inflight, UINT64_MAX, &at), OAT_E_LIMIT);
    assert_int_equal(oat_blob_reserve(&file, &inflight, 48, &at), OAT_OK);
    close(file.fd);
}

static void a_full_device_is_told_from_other_errors(void **state)
{
    (void)state;
    oat_blob_file full = file_of(open("/dev/full", O_WRONLY));
    assert_int_equal(oat_blob_write(&full, "x", 1, 256), OAT_E_FULL);
    close(full.fd);
    oat_blob_file read_only = file_of(open("/dev/null", O_RDONLY));
    assert_int_equal(oat_blob_write(&read_only, "x", 1, 256), OAT_E_IO);
    assert_int_equal(errno, EBADF);
    close(read_only.fd);
}

static void a_short_write_is_continued_until_it_fails(void **state)
{
    (void)state;
    char bytes[4096] = {1}, back[4096];
    FILE *temporary = tmpfile();
    oat_blob_file file = file_of(fileno(temporary));
    struct rlimit old, limit;
    getrlimit(RLIMIT_FSIZE, &old);
    limit = old;
    limit.rlim_cur = 1000;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    int st = oat_blob_write(&file, bytes, sizeof bytes, 256);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_int_equal(st, OAT_E_FULL);
    assert_int_equal(oat_blob_write(&file, bytes, sizeof bytes, 256), OAT_OK);
    assert_int_equal(pread(file.fd, back, sizeof back, 256), sizeof back);
    assert_memory_equal(back, bytes, sizeof bytes);
    fclose(temporary);
}

#define BLOCK 3000u

/* Fills a file with blocks that tell their place, mapped from some point on. */
static void fill(oat_blob_file *file, oat_blob_inflight *inflight, size_t blocks)
{
    uint32_t block[BLOCK / 4];
    for (uint32_t i = 0; i < blocks; i++) {
        uint64_t at = 0;
        for (size_t k = 0; k < BLOCK / 4; k++)
            block[k] = i;
        assert_int_equal(oat_blob_reserve(file, inflight, BLOCK, &at), OAT_OK);
        assert_int_equal(oat_blob_write(file, block, BLOCK, at), OAT_OK);
        oat_blob_done(inflight);
        if (i % 16 == 0)
            oat_blob_map_ahead(file, UINT64_C(128) << 10);
    }
}

static void what_is_written_through_a_mapping_is_in_the_file(void **state)
{
    (void)state;
    FILE *temporary = tmpfile();
    oat_blob_file file = file_of(fileno(temporary));
    oat_blob_inflight inflight = {0};
    file.may_map = true;
    fill(&file, &inflight, 200);
    assert_true(file.mapped >= file.tail);
    for (uint32_t i = 0; i < 200; i++) {
        uint32_t back[BLOCK / 4];
        assert_int_equal(pread(file.fd, back, BLOCK, OAT_BLOBS_HEADER_SIZE + i * BLOCK), BLOCK);
        for (size_t k = 0; k < BLOCK / 4; k++)
            assert_int_equal(back[k], i);
    }
    oat_blob_map_trim(&file, file.tail);
    struct stat st;
    assert_int_equal(fstat(file.fd, &st), 0);
    assert_true((uint64_t)st.st_blocks * 512 <= file.tail + 8192);
    oat_blob_map_close(&file);
    assert_null(file.map);
    assert_int_equal(oat_blob_write(&file, "x", 1, file.tail), OAT_OK);
    fclose(temporary);
}

static void a_small_file_and_one_that_may_not_are_never_mapped(void **state)
{
    (void)state;
    oat_blob_file file = file_of(memfd_create("x", 0));
    oat_blob_inflight inflight = {0};
    file.may_map = true;
    fill(&file, &inflight, 20);
    assert_null(file.map);
    file.may_map = false;
    fill(&file, &inflight, 60);
    assert_null(file.map);
    struct stat st;
    assert_int_equal(fstat(file.fd, &st), 0);
    assert_int_equal(st.st_size, file.tail);
    close(file.fd);
}

static void a_disk_without_space_leaves_the_file_unmapped(void **state)
{
    (void)state;
    FILE *temporary = tmpfile();
    oat_blob_file file = file_of(fileno(temporary));
    struct rlimit old, limit;
    getrlimit(RLIMIT_FSIZE, &old);
    limit = old;
    limit.rlim_cur = 100000;
    file.may_map = true;
    file.tail = OAT_BLOB_MAP_FROM;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    oat_blob_map_ahead(&file, OAT_BLOB_MAP_AHEAD);
    uint64_t mapped = file.mapped;
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_int_equal(mapped, 0);
    oat_blob_map_ahead(&file, OAT_BLOB_MAP_AHEAD);
    assert_true(file.mapped > file.tail);
    oat_blob_map_close(&file);
    fclose(temporary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reservations_do_not_overlap_and_are_aligned),
        cmocka_unit_test(an_unfinished_write_is_announced_from_before_its_place),
        cmocka_unit_test(a_moved_tail_is_not_reserved),
        cmocka_unit_test(the_last_reservation_can_be_given_back),
        cmocka_unit_test(a_file_at_its_limit_refuses),
        cmocka_unit_test(a_full_device_is_told_from_other_errors),
        cmocka_unit_test(a_short_write_is_continued_until_it_fails),
        cmocka_unit_test(what_is_written_through_a_mapping_is_in_the_file),
        cmocka_unit_test(a_small_file_and_one_that_may_not_are_never_mapped),
        cmocka_unit_test(a_disk_without_space_leaves_the_file_unmapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
