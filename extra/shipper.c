/* Sends a store to a daemon from within an agent. */
#include "oat/extra.h"
#include "reader/outbox.h"
#include "ship/ship.h"
#include "writer/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_PATH     OAT_OUTBOX_DIR "/lock"
#define NS_PER_MS     UINT64_C(1000000)
#define LOCK_RETRY_NS OAT_NS_PER_S

struct oat_shipper {
    oat_store *store;
    char *url, *token; /* token: NULL for none */
    struct oat_ship_options options;
    void (*warn)(void *arg, const char *message);
    void *warn_arg;
    int lock_fd;
    pid_t pid;
    pthread_t thread;
    struct oat_ship_summary summary; /* of the thread */
    uint64_t begun;                  /* what was asked for when its round began, likewise */
    pthread_mutex_t lock;            /* of the following */
    pthread_cond_t wake, told;       /* the thread; those that wait for it */
    bool is_to_end;
    uint64_t end_by_ns;       /* boot clock, then */
    uint64_t asked, answered; /* rounds that were asked for, by number; the last one that is over */
    int answer;               /* how it went */
};

/* ---- The thread --------------------------------------------------------------------------------------- */

static void tell(void *arg, const char *message)
{
    const oat_shipper *shipper = arg;
    char text[OAT_SHIP_MESSAGE_SIZE + 20];
    if (!shipper->warn)
        return;
    snprintf(text, sizeof text, "shipping: %s", message);
    shipper->warn(shipper->warn_arg, text);
}

/* Between two rounds: tells how the one before went, waits so long or until another one is asked for. False:
 * it is to end. */
static bool await_round(oat_shipper *shipper, uint64_t ns, int answer)
{
    struct timespec until = oat_clock_deadline(ns);
    pthread_mutex_lock(&shipper->lock);
    shipper->answered = shipper->begun;
    shipper->answer = answer;
    pthread_cond_broadcast(&shipper->told);
    int st = 0;
    while (!shipper->is_to_end && shipper->asked == shipper->begun && st != ETIMEDOUT)
        st = pthread_cond_timedwait(&shipper->wake, &shipper->lock, &until);
    shipper->begun = shipper->asked;
    bool goes_on = !shipper->is_to_end;
    pthread_mutex_unlock(&shipper->lock);
    return goes_on;
}

static bool wait_ns(void *arg, uint64_t ns)
{
    oat_shipper *shipper = arg;
    return await_round(shipper, ns, shipper->summary.is_up_to_date ? OAT_OK : OAT_E_IO);
}

static bool gives_up(void *arg)
{
    oat_shipper *shipper = arg;
    pthread_mutex_lock(&shipper->lock);
    bool is_late = shipper->is_to_end && oat_clock_boot_ns() >= shipper->end_by_ns;
    pthread_mutex_unlock(&shipper->lock);
    return is_late;
}

/* One process of those that share a store sends it. A lock of the old kind: a forked child does not have it.
 */
static bool is_first(const oat_shipper *shipper)
{
    const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(shipper->lock_fd, F_SETLK, &whole) == 0;
}

static void *run(void *arg)
{
    oat_shipper *shipper = arg;
    while (!is_first(shipper))
        if (!await_round(shipper, LOCK_RETRY_NS, OAT_NOTFOUND))
            return NULL;
    int st = oat_ship_run(shipper->store, &shipper->options, &shipper->summary);
    if (st == OAT_OK)
        return NULL;
    tell(shipper, oat_result_text(st));
    while (await_round(shipper, LOCK_RETRY_NS, st))
        continue;
    return NULL;
}

/* ---- Life --------------------------------------------------------------------------------------------- */

static void free_shipper(oat_shipper *shipper)
{
    if (shipper->lock_fd >= 0)
        close(shipper->lock_fd);
    oat_store_close(shipper->store);
    pthread_cond_destroy(&shipper->told);
    pthread_cond_destroy(&shipper->wake);
    pthread_mutex_destroy(&shipper->lock);
    free(shipper->url);
    free(shipper->token);
    free(shipper);
}

static int open_lock(oat_shipper *shipper)
{
    int store_fd = shipper->store->fd;
    if (mkdirat(store_fd, OAT_OUTBOX_DIR, 0700) != 0 && errno != EEXIST)
        return OAT_E_IO;
    shipper->lock_fd = openat(store_fd, LOCK_PATH, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    return shipper->lock_fd >= 0 ? OAT_OK : OAT_E_IO;
}

/* The host's signals are for the host's threads. */
static int start_thread(oat_shipper *shipper)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&shipper->thread, NULL, run, shipper);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error ? OAT_E_NOMEM : OAT_OK;
}

static oat_shipper *new_shipper(const oat_config *config)
{
    pthread_condattr_t monotonic;
    oat_shipper *shipper = calloc(1, sizeof *shipper);
    if (!shipper)
        return NULL;
    shipper->lock_fd = -1;
    shipper->pid = getpid();
    shipper->warn = config->warn;
    shipper->warn_arg = config->warn_arg;
    pthread_mutex_init(&shipper->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&shipper->wake, &monotonic);
    pthread_cond_init(&shipper->told, &monotonic);
    pthread_condattr_destroy(&monotonic);
    shipper->url = strdup(config->export_url);
    shipper->token = config->export_token ? strdup(config->export_token) : NULL;
    shipper->options = (struct oat_ship_options){
        .remote = {.url = shipper->url, .token = shipper->token, .gives_up = gives_up, .arg = shipper},
        .interval_ns = (config->export_interval_ms ? config->export_interval_ms : 1) * NS_PER_MS,
        .drops_sent = !config->export_keep_local,
        .batch_slots = config->export_batch_size,
        .tell = tell,
        .wait = wait_ns,
        .arg = shipper,
    };
    if (shipper->url && (shipper->token || !config->export_token))
        return shipper;
    free_shipper(shipper);
    return NULL;
}

int oat_shipper_start(const oat_config *config, oat_shipper **ret_shipper)
{
    *ret_shipper = NULL;
    if (!config->export_enabled || !config->export_url)
        return OAT_OK;
    if (oat_ship_way_to(config->export_url) != OAT_SHIP_SAFELY)
        return OAT_E_INVALID;
    oat_shipper *shipper = new_shipper(config);
    if (!shipper)
        return OAT_E_NOMEM;
    int st = oat_store_open(config->data_dir ? config->data_dir : ".oat", &shipper->store);
    if (st == OAT_OK)
        st = open_lock(shipper);
    if (st == OAT_OK)
        st = start_thread(shipper);
    if (st != OAT_OK) {
        int kept_errno = errno;
        free_shipper(shipper);
        errno = kept_errno;
        return st;
    }
    *ret_shipper = shipper;
    return OAT_OK;
}

int oat_shipper_flush(oat_shipper *shipper, uint32_t timeout_ms)
{
    if (!shipper || shipper->pid != getpid())
        return OAT_NOTFOUND;
    struct timespec until = oat_clock_deadline(timeout_ms * NS_PER_MS);
    pthread_mutex_lock(&shipper->lock);
    uint64_t asked = ++shipper->asked;
    pthread_cond_signal(&shipper->wake);
    int st = 0;
    while (shipper->answered < asked && st != ETIMEDOUT)
        st = pthread_cond_timedwait(&shipper->told, &shipper->lock, &until);
    int answer = shipper->answered < asked ? OAT_E_IO : shipper->answer;
    pthread_mutex_unlock(&shipper->lock);
    return answer;
}

void oat_shipper_stop(oat_shipper *shipper, uint32_t timeout_ms)
{
    if (!shipper || shipper->pid != getpid())
        return;
    pthread_mutex_lock(&shipper->lock);
    shipper->is_to_end = true;
    shipper->end_by_ns = oat_clock_boot_ns() + timeout_ms * NS_PER_MS;
    pthread_cond_signal(&shipper->wake);
    pthread_mutex_unlock(&shipper->lock);
    pthread_join(shipper->thread, NULL);
    free_shipper(shipper);
}
