#include "tests/support/fs_fault.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static enum oat_fault fault;
static uint64_t fault_at;
static int fault_error;
static _Atomic uint64_t calls;
static void (*watcher)(void *arg, const struct oat_fs_event *event);
static void *watcher_arg;

void oat_fault_arm(enum oat_fault kind, uint64_t n, int error)
{
    fault = kind;
    fault_at = n;
    fault_error = error;
    atomic_store(&calls, 0);
}

uint64_t oat_fault_calls(void)
{
    return atomic_load(&calls);
}

void oat_fault_watch(void (*fn)(void *arg, const struct oat_fs_event *event), void *arg)
{
    watcher = fn;
    watcher_arg = arg;
}

static void die(const struct oat_fs_event *event)
{
    if (fault == OAT_FAULT_KILL_TORN && event->call == OAT_FS_WRITE && event->bytes)
        if (pwrite(event->fd, event->bytes, event->len / 2, (off_t)event->offset) < 0)
            _exit(1);
    kill(getpid(), SIGKILL);
}

static int fault_of(const struct oat_fs_event *event, uint64_t n)
{
    if (n < fault_at || (n > fault_at && fault != OAT_FAULT_FAIL_ON) || fault == OAT_FAULT_NONE)
        return 0;
    if (fault == OAT_FAULT_KILL || fault == OAT_FAULT_KILL_TORN)
        die(event);
    return fault_error;
}

int oat_fs_fault(const struct oat_fs_event *event)
{
    int error = fault_of(event, atomic_fetch_add(&calls, 1));
    if (error == 0 && watcher)
        watcher(watcher_arg, event);
    return error;
}
