#include "writer/fork.h"

#include "oat/oat.h"
#include "tests/support/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int recoveries;
static bool raise_one;
static volatile sig_atomic_t handled;

static void on_child(void)
{
}

static void on_recover(void)
{
    recoveries++;
    if (raise_one)
        raise(SIGUSR1);
}

static void handler(int signal_no)
{
    (void)signal_no;
    oat_fork_check();
    handled = 1;
}

static int set_up(void **state)
{
    (void)state;
    signal(SIGUSR1, handler);
    return oat_fork_init(on_child, on_recover);
}

/* Runs one check in a child and returns its exit code, 14 for one that hung. */
static int in_child(int (*check)(void))
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(10);
        _exit(check());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static int recovers_once(void)
{
    oat_fork_check();
    oat_fork_check();
    return recoveries == 1 ? 0 : 1;
}

static void a_child_recovers_once_and_its_parent_never(void **state)
{
    (void)state;
    oat_fork_check();
    assert_int_equal(recoveries, 0);
    assert_int_equal(in_child(recovers_once), 0);
    assert_int_equal(recoveries, 0);
}

static int recovers_in_spite_of_a_signal(void)
{
    raise_one = true;
    oat_fork_check();
    return recoveries == 1 && handled ? 0 : 1;
}

static void a_signal_handler_that_enters_during_recovery_does_not_hang(void **state)
{
    (void)state;
    assert_int_equal(in_child(recovers_in_spite_of_a_signal), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_recovers_once_and_its_parent_never),
        cmocka_unit_test(a_signal_handler_that_enters_during_recovery_does_not_hang),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
