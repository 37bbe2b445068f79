/* Sends a store to a daemon from within an agent. */
#include "extra/rounds.h"
#include "oat/extra.h"
#include "reader/outbox.h"
#include "ship/ship.h"
#include "writer/clock.h"

#include <errno.h>
#include <fcntl.h>
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
    struct oat_ship_summary summary; /* of the thread */
    struct oat_rounds rounds;
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

static bool wait_ns(void *arg, uint64_t ns)
{
    oat_shipper *shipper = arg;
    return oat_rounds_wait(&shipper->rounds, ns, shipper->summary.is_up_to_date ? OAT_OK : OAT_E_IO);
}

static bool gives_up(void *arg)
{
    oat_shipper *shipper = arg;
    return oat_rounds_is_late(&shipper->rounds);
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
        if (!oat_rounds_wait(&shipper->rounds, LOCK_RETRY_NS, OAT_NOTFOUND))
            return NULL;
    int st = oat_ship_run(shipper->store, &shipper->options, &shipper->summary);
    if (st == OAT_OK)
        return NULL;
    tell(shipper, oat_result_text(st));
    while (oat_rounds_wait(&shipper->rounds, LOCK_RETRY_NS, st))
        continue;
    return NULL;
}

/* ---- Life --------------------------------------------------------------------------------------------- */

static void free_shipper(oat_shipper *shipper)
{
    if (shipper->lock_fd >= 0)
        close(shipper->lock_fd);
    oat_store_close(shipper->store);
    oat_rounds_clear(&shipper->rounds);
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

static oat_shipper *new_shipper(const oat_config *config)
{
    oat_shipper *shipper = calloc(1, sizeof *shipper);
    if (!shipper)
        return NULL;
    shipper->lock_fd = -1;
    shipper->warn = config->warn;
    shipper->warn_arg = config->warn_arg;
    oat_rounds_init(&shipper->rounds);
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
        st = oat_rounds_start(&shipper->rounds, run, shipper);
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
    return shipper && oat_rounds_are_here(&shipper->rounds) ? oat_rounds_ask(&shipper->rounds, timeout_ms)
                                                            : OAT_NOTFOUND;
}

void oat_shipper_stop(oat_shipper *shipper, uint32_t timeout_ms)
{
    if (!shipper || !oat_rounds_are_here(&shipper->rounds))
        return;
    oat_rounds_end(&shipper->rounds, timeout_ms);
    free_shipper(shipper);
}
