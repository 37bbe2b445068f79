#include "reader/faults.h"

#include "reader/problems.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UNIT       4096u /* bytes that places are counted in: the smallest page there is */
#define COUNT_BITS 28u

/* Never freed, as a handler may be walking over them; used again, unless there was a fault. */
struct oat_watched {
    _Atomic uint64_t
        place; /* number of the first unit << COUNT_BITS | units, in one word; 0: of no mapping */
    _Atomic uint64_t fault; /* offset of the first one + 1; 0: none */
    struct oat_watched *next;
    struct oat_watched *next_free;
    char path[96];
};

static _Atomic(struct oat_watched *) all;
static _Atomic(struct oat_watched *) newest; /* that had a fault */
static _Atomic uint64_t fault_count;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of adding to `all`, and of: */
static struct oat_watched *free_ones;

static struct sigaction before;
static atomic_bool caught;

/* ---- In the handler: async-signal-safe ---- */

/* The mapping an address lies in, whose thread is using it: so it stays what it is. */
static struct oat_watched *find(uintptr_t address, uintptr_t *ret_begin, uintptr_t *ret_end)
{
    for (struct oat_watched *w = atomic_load(&all); w; w = w->next) {
        uint64_t place = atomic_load(&w->place);
        uintptr_t begin = (uintptr_t)(place >> COUNT_BITS) * UNIT;
        uintptr_t end = begin + (uintptr_t)(place & ((UINT64_C(1) << COUNT_BITS) - 1)) * UNIT;
        if (address >= begin && address < end) {
            *ret_begin = begin;
            *ret_end = end;
            return w;
        }
    }
    return NULL;
}

/* Puts zeros in place of everything from the page of an address on: a file that was cut has nothing there.
 * The fault is noted first, so that whoever has read a zero finds the count moved. */
static bool conceal(uintptr_t address)
{
    uintptr_t begin, end;
    uintptr_t page = address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    struct oat_watched *w = find(address, &begin, &end);
    if (!w)
        return false;
    uint64_t none = 0;
    atomic_compare_exchange_strong(&w->fault, &none, page - begin + 1);
    atomic_store(&newest, w);
    atomic_fetch_add(&fault_count, 1);
    /* The call itself: sanitizers wrap mmap in what a handler must not do. */
    return syscall(SYS_mmap, page, end - page, PROT_READ,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == (long)page;
}

static void pass_on(int number, siginfo_t *info, void *context)
{
    if (before.sa_flags & SA_SIGINFO) {
        before.sa_sigaction(number, info, context);
    } else if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN) {
        signal(number, before.sa_handler);
        raise(number); /* comes when this handler returns, as does a fault of the read that is tried again */
    } else {
        before.sa_handler(number);
    }
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    int error = errno;
    bool sent = info->si_code <= 0; /* by a process, with an address that means nothing */
    if (sent || !conceal((uintptr_t)info->si_addr))
        pass_on(number, info, context);
    errno = error;
}

/* ---- Outside of it ---- */

void oat_faults_catch(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    struct sigaction old;
    sigaction(SIGBUS, NULL, &old);
    if (old.sa_flags & SA_SIGINFO && old.sa_sigaction == on_fault)
        return;
    before = old;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
    atomic_store(&caught, true);
}

bool oat_faults_are_caught(void)
{
    return atomic_load(&caught);
}

static struct oat_watched *take_free(void)
{
    struct oat_watched *w = free_ones;
    if (w) {
        free_ones = w->next_free;
        return w;
    }
    w = calloc(1, sizeof *w);
    if (w) {
        w->next = atomic_load(&all);
        atomic_store(&all, w);
    }
    return w;
}

struct oat_watched *oat_faults_watch(const void *mapping, uint64_t len, const char *path)
{
    uint64_t first = (uintptr_t)mapping / UNIT, units = (len + UNIT - 1) / UNIT;
    if (units >> COUNT_BITS != 0 || first >> (64 - COUNT_BITS) != 0)
        return NULL;
    pthread_mutex_lock(&lock);
    struct oat_watched *w = take_free();
    pthread_mutex_unlock(&lock);
    if (!w)
        return NULL;
    snprintf(w->path, sizeof w->path, "%s", path);
    atomic_store(&w->place, first << COUNT_BITS | units);
    return w;
}

void oat_faults_unwatch(struct oat_watched *watched)
{
    if (!watched)
        return;
    atomic_store(&watched->place, 0);
    if (atomic_load(&watched->fault) != 0)
        return; /* its path is still told */
    pthread_mutex_lock(&lock);
    watched->next_free = free_ones;
    free_ones = watched;
    pthread_mutex_unlock(&lock);
}

uint64_t oat_faults_count(void)
{
    return atomic_load(&fault_count);
}

bool oat_faults_of(struct oat_watched *watched, oat_problem *ret)
{
    uint64_t fault = watched ? atomic_load(&watched->fault) : 0;
    if (fault > 0)
        oat_problem_of(ret, OAT_PROBLEM_IO, watched->path, fault - 1, "read", "readable",
                       "the file was cut, or its device failed");
    return fault > 0;
}

bool oat_faults_newest(oat_problem *ret)
{
    return oat_faults_of(atomic_load(&newest), ret);
}
