#include "writer/fork.h"

#include "oat/oat.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

/* words[0]: 1 = this process is set up; words[1]: 1 = a thread of the child is at it. Both read 0
 * in a fresh child. */
_Atomic uint32_t *oat_fork_word;

static pthread_mutex_t init_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t hold_lock = PTHREAD_MUTEX_INITIALIZER;
/* This thread has the lock: a fork() in a signal handler that comes in between does not wait for it. */
static _Thread_local volatile sig_atomic_t holding;
static void (*child)(void);
static void (*recover)(void);

void oat_fork_hold(void)
{
    pthread_mutex_lock(&hold_lock);
    holding = 1;
}

void oat_fork_release(void)
{
    holding = 0;
    pthread_mutex_unlock(&hold_lock);
}

static void before_fork(void)
{
    if (!holding)
        pthread_mutex_lock(&hold_lock);
}

static void after_fork(void)
{
    if (!holding)
        pthread_mutex_unlock(&hold_lock);
}

static void after_fork_in_child(void)
{
    after_fork();
    child();
}

int oat_fork_init(void (*on_child)(void), void (*on_recover)(void))
{
    int st = OAT_OK;
    pthread_mutex_lock(&init_lock);
    if (!oat_fork_word) {
        child = on_child;
        recover = on_recover;
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        void *words = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (words == MAP_FAILED) {
            st = OAT_E_NOMEM;
        } else if (madvise(words, page, MADV_WIPEONFORK) != 0) {
            munmap(words, page);
            st = OAT_E_IO;
        } else if (pthread_atfork(before_fork, after_fork, after_fork_in_child) != 0) {
            munmap(words, page);
            st = OAT_E_NOMEM;
        } else {
            atomic_store((_Atomic uint32_t *)words, 1);
            oat_fork_word = words;
        }
    }
    pthread_mutex_unlock(&init_lock);
    return st;
}

void oat_fork_recover(void)
{
    uint32_t expected = 0;
    sigset_t all, before;
    /* A handler that calls the library in here would wait for the thread it has interrupted. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (atomic_compare_exchange_strong(&oat_fork_word[1], &expected, 1)) {
        pthread_mutex_init(&init_lock, NULL); /* another thread may have held it */
        recover();
        atomic_store(&oat_fork_word[0], 1);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    while (atomic_load(&oat_fork_word[0]) == 0)
        sched_yield();
}
