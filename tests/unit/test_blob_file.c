#include "writer/blob_file.h"

#include "format/limits.h"
#include "oat/oat.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
