/* LOCK: one holder at a time, known by name, gone with its process. */
#include "compactor/lock.h"
#include "tests/support/fs_fault.h"
#include "tests/support/run_dir.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct fixture {
    char dir[OAT_RUN_PATH_SIZE];
    int fd;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    oat_run_dir_make(f->dir);
    f->fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    close(f->fd);
    oat_run_dir_remove(f->dir);
    free(f);
    return 0;
}

static void the_second_is_told_who_holds_it(void **state)
{
    struct fixture *f = *state;
    char holder[OAT_LOCK_HOLDER_SIZE], pid[32];
    int fd, second;
    assert_int_equal(oat_lock_take(f->fd, false, &fd, holder), OAT_OK);
    assert_int_equal(oat_lock_take(f->fd, false, &second, holder), OAT_NOTFOUND);
    snprintf(pid, sizeof pid, "(process %ld) since 20", (long)getpid());
    assert_non_null(strstr(holder, "test_lock "));
    assert_non_null(strstr(holder, pid));
    oat_lock_release(fd);
    assert_int_equal(oat_lock_take(f->fd, false, &second, holder), OAT_OK);
    oat_lock_release(second);
}

static void what_stands_in_the_file_is_shown_printable(void **state)
{
    struct fixture *f = *state;
    char holder[OAT_LOCK_HOLDER_SIZE], text[1000];
    int fd, second;
    assert_int_equal(oat_lock_take(f->fd, false, &fd, holder), OAT_OK);
    memset(text, 'a', sizeof text);
    memcpy(text + 3, "\033[2J", 4);
    assert_int_equal(pwrite(fd, text, sizeof text, 0), sizeof text);
    assert_int_equal(oat_lock_take(f->fd, false, &second, holder), OAT_NOTFOUND);
    assert_string_equal(holder, "aaa");
    oat_lock_release(fd);
}

/* A child that holds the lock until it is killed. */
static pid_t start_holder(struct fixture *f)
{
    char holder[OAT_LOCK_HOLDER_SIZE], byte;
    int fd, ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (oat_lock_take(f->fd, false, &fd, holder) == OAT_OK && write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static void it_is_free_when_its_holder_is_killed(void **state)
{
    struct fixture *f = *state;
    char holder[OAT_LOCK_HOLDER_SIZE];
    int fd;
    pid_t pid = start_holder(f);
    assert_int_equal(oat_lock_take(f->fd, false, &fd, holder), OAT_NOTFOUND);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(oat_lock_take(f->fd, false, &fd, holder), OAT_OK);
    oat_lock_release(fd);
}

static void who_waits_gets_it(void **state)
{
    struct fixture *f = *state;
    char holder[OAT_LOCK_HOLDER_SIZE];
    int fd, status;
    pid_t first = start_holder(f);
    pid_t second = fork();
    assert_true(second >= 0);
    if (second == 0)
        _exit(oat_lock_take(f->fd, true, &fd, holder) == OAT_OK ? 0 : 1);
    kill(first, SIGKILL);
    waitpid(first, NULL, 0);
    assert_int_equal(waitpid(second, &status, 0), second);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void a_link_in_its_place_is_not_followed(void **state)
{
    struct fixture *f = *state;
    char holder[OAT_LOCK_HOLDER_SIZE];
    int fd;
    assert_int_equal(symlinkat("/dev/null", f->fd, OAT_LOCK_NAME), 0);
    assert_int_equal(oat_lock_take(f->fd, false, &fd, holder), OAT_E_IO);
    assert_int_equal(errno, ELOOP);
}

static void a_failure_leaves_it_free(void **state)
{
    struct fixture *f = *state;
    char holder[OAT_LOCK_HOLDER_SIZE];
    int fd;
    for (uint64_t n = 0; n < 4; n++) {
        oat_fault_arm(OAT_FAULT_FAIL, n, EIO);
        assert_int_equal(oat_lock_take(f->fd, false, &fd, holder), OAT_E_IO);
        oat_fault_arm(OAT_FAULT_NONE, 0, 0);
        assert_int_equal(oat_lock_take(f->fd, false, &fd, holder), OAT_OK);
        oat_lock_release(fd);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_second_is_told_who_holds_it),      TEST(what_stands_in_the_file_is_shown_printable),
        TEST(it_is_free_when_its_holder_is_killed), TEST(who_waits_gets_it),
        TEST(a_link_in_its_place_is_not_followed),  TEST(a_failure_leaves_it_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
