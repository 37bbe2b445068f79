#include "ship/ship.h"

#include "format/random.h"
#include "reader/array.h"
#include "reader/outbox.h"
#include "reader/sources.h"
#include "ship/drop.h"
#include "ship/pair_send.h"
#include "writer/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKOFF_FIRST_NS (OAT_NS_PER_S / 2)
#define BACKOFF_MAX_NS   (60 * OAT_NS_PER_S)
#define DOUBLINGS_MAX    7u
#define CONFLICTS_MAX    3u /* of a pair, one behind the other, before it has to wait */

/* A pair that is there, and how it goes with it. */
struct shipped {
    struct oat_ship_pair pair;
    unsigned conflicts;
    uint64_t wait_until_ns; /* boot clock; 0: it need not */
    bool is_noted;          /* that it was sent: compaction may take it; or that it cannot be removed */
    bool is_listed;
};

struct ship {
    const struct oat_store *store;
    const struct oat_ship_options *options;
    struct oat_ship_remote *remote;
    struct oat_sources *sources; /* NULL: to be opened anew */
    struct shipped **shipped;
    size_t count, capacity;
    unsigned failures; /* one behind the other */
    oat_random random;
    struct oat_ship_summary *summary;
};

static void tell(const struct ship *ship, const char *message)
{
    ship->options->tell(ship->options->arg, message);
}

/* ---- Pairs ------------------------------------------------------------------------------------------- */

static void free_shipped(struct shipped *shipped)
{
    oat_ship_pair_forget(&shipped->pair);
    free(shipped);
}

/* NULL: out of memory. */
static struct shipped *find(struct ship *ship, const struct oat_pair *pair)
{
    for (size_t i = 0; i < ship->count; i++)
        if (ship->shipped[i]->pair.seq == pair->seq &&
            memcmp(ship->shipped[i]->pair.writer_id, pair->writer_id, sizeof pair->writer_id) == 0)
            return ship->shipped[i];
    if (!oat_array_reserve(&ship->shipped, ship->count, &ship->capacity, sizeof(struct shipped *)))
        return NULL;
    struct shipped *shipped = calloc(1, sizeof *shipped);
    if (!shipped)
        return NULL;
    memcpy(shipped->pair.writer_id, pair->writer_id, sizeof pair->writer_id);
    shipped->pair.seq = pair->seq;
    return ship->shipped[ship->count++] = shipped;
}

/* Those that compaction has taken need not be remembered. */
static void drop_unlisted(struct ship *ship)
{
    size_t kept = 0;
    for (size_t i = 0; i < ship->count; i++) {
        if (ship->shipped[i]->is_listed)
            ship->shipped[kept++] = ship->shipped[i];
        else
            free_shipped(ship->shipped[i]);
    }
    ship->count = kept;
}

static int open_sources(struct ship *ship, const struct oat_manifest *manifest)
{
    int result = oat_sources_open(ship->store->fd, &ship->sources);
    return result == OAT_OK ? oat_sources_add_new(ship->sources, manifest) : result;
}

/* Looks at what there is. */
static int look(struct ship *ship)
{
    struct oat_manifest manifest = {0};
    struct oat_problems problems;
    oat_problems_init(&problems);
    int result = oat_manifest_read(ship->store->fd, &problems, &manifest);
    oat_problems_clear(&problems);
    if (result == OAT_E_NOMEM || result == OAT_E_IO)
        return result;
    result = ship->sources ? oat_sources_renew(ship->sources, &manifest) : OAT_E_STALE;
    if (result == OAT_E_STALE) {
        oat_sources_close(ship->sources);
        ship->sources = NULL;
        result = open_sources(ship, &manifest);
    }
    oat_manifest_clear(&manifest);
    return result;
}

/* ---- The outbox --------------------------------------------------------------------------------------- */

/* From now on compaction leaves to the sender what was not sent. OAT_OK, OAT_E_IO (errno). */
static int open_outbox(const struct ship *ship)
{
    return mkdirat(ship->store->fd, OAT_OUTBOX_DIR, 0700) == 0 || errno == EEXIST ? OAT_OK : OAT_E_IO;
}

/* Where there is no outbox, compaction does not ask. What cannot be noted is held for some days. */
static void note_sent(const struct ship *ship, struct shipped *shipped)
{
    char name[OAT_OUTBOX_NAME_SIZE];
    if (shipped->is_noted)
        return;
    oat_outbox_name(shipped->pair.writer_id, shipped->pair.seq, name);
    int fd = openat(ship->store->fd, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    shipped->is_noted = true;
}

/* The .live of its writer goes with its last pair. */
static void drop_sent(const struct ship *ship, struct shipped *shipped, const struct oat_pair *pair,
                      bool is_only)
{
    char message[200];
    int result = oat_ship_drop(ship->store->fd, pair, is_only && pair->liveness == OAT_WRITER_DEAD);
    if (result == OAT_OK || shipped->is_noted)
        return;
    shipped->is_noted = true;
    snprintf(message, sizeof message, "%s was sent, and cannot be removed: %s", pair->spans_path,
             strerror(errno));
    tell(ship, message);
}

static void settle(const struct ship *ship, struct shipped *shipped, const struct oat_pair *pair,
                   bool is_only)
{
    if (!shipped->pair.is_done)
        return;
    if (ship->options->drops_sent && !shipped->pair.is_own)
        drop_sent(ship, shipped, pair, is_only);
    else
        note_sent(ship, shipped);
}

/* ---- A round ----------------------------------------------------------------------------------------- */

/* A pair that is not taken is told of, and has to wait when that happens again and again. */
static void note_conflict(struct ship *ship, struct shipped *shipped, const struct oat_ship_report *report)
{
    oat_ship_pair_forget(&shipped->pair);
    if (++shipped->conflicts < CONFLICTS_MAX)
        return;
    if (shipped->conflicts == CONFLICTS_MAX)
        tell(ship, report->message);
    shipped->wait_until_ns = oat_clock_boot_ns() + BACKOFF_MAX_NS;
}

/* Without its header nothing of a file can be told. */
static enum oat_ship_outcome refuse(const struct oat_pair *pair, struct oat_ship_report *ret)
{
    *ret = (struct oat_ship_report){0};
    snprintf(ret->message, sizeof ret->message,
             "%s: it or its .blobs is missing, damaged or of a newer version", pair->spans_path);
    return OAT_SHIP_UNREADABLE;
}

static enum oat_ship_outcome send_pair(struct ship *ship, const struct oat_pair *pair, bool is_newest,
                                       bool is_oldest)
{
    struct oat_ship_report report;
    struct shipped *shipped = find(ship, pair);
    if (!shipped)
        return OAT_SHIP_UNREADABLE;
    shipped->is_listed = true;
    ship->summary->pairs++;
    enum oat_ship_outcome outcome = OAT_SHIP_CONFLICT;
    if (oat_clock_boot_ns() >= shipped->wait_until_ns) {
        outcome = pair->usable && pair->has_blobs
                      ? oat_ship_pair_send(&shipped->pair, pair, is_newest, ship->options->batch_slots,
                                           ship->remote, &report)
                      : refuse(pair, &report);
        ship->summary->bytes += report.bytes;
        if (outcome == OAT_SHIP_CONFLICT || outcome == OAT_SHIP_UNREADABLE)
            note_conflict(ship, shipped, &report);
        else if (outcome == OAT_SHIP_DONE)
            shipped->conflicts = 0;
        else if (ship->failures == 0)
            tell(ship, report.message);
        settle(ship, shipped, pair, is_newest && is_oldest);
    }
    ship->summary->complete += shipped->pair.complete;
    return outcome;
}

/* Sends what has come, the oldest pairs of each writer first. The worst that happened. */
static enum oat_ship_outcome send_round(struct ship *ship)
{
    enum oat_ship_outcome worst = OAT_SHIP_DONE;
    const struct oat_sources *sources = ship->sources;
    ship->summary->pairs = ship->summary->complete = 0;
    for (size_t i = 0; i < ship->count; i++)
        ship->shipped[i]->is_listed = false;
    for (size_t i = 0; i < sources->pair_count; i++) {
        const struct oat_pair *pair = sources->by_name[i];
        bool is_newest = i + 1 == sources->pair_count || !oat_pair_same_writer(pair, sources->by_name[i + 1]);
        bool is_oldest = i == 0 || !oat_pair_same_writer(pair, sources->by_name[i - 1]);
        enum oat_ship_outcome outcome = send_pair(ship, pair, is_newest, is_oldest);
        if (outcome == OAT_SHIP_LATER || outcome == OAT_SHIP_REFUSED)
            return outcome;
        worst = outcome == OAT_SHIP_DONE ? worst : outcome;
    }
    drop_unlisted(ship);
    return worst;
}

/* ---- All of it ---------------------------------------------------------------------------------------- */

/* False: it is to end. */
static bool wait_ns(const struct ship *ship, uint64_t ns)
{
    const struct timespec pause = {.tv_sec = (time_t)(ns / OAT_NS_PER_S),
                                   .tv_nsec = (long)(ns % OAT_NS_PER_S)};
    if (ship->options->wait)
        return ship->options->wait(ship->options->arg, ns);
    nanosleep(&pause, NULL);
    return true;
}

/* Longer from time to time, at random, so that many senders do not come back at once; not before the daemon
 * wants it. */
static uint64_t backoff_ns(struct ship *ship)
{
    unsigned doublings = ship->failures < DOUBLINGS_MAX ? ship->failures : DOUBLINGS_MAX;
    uint64_t most = BACKOFF_FIRST_NS << doublings;
    if (most > BACKOFF_MAX_NS)
        most = BACKOFF_MAX_NS;
    uint64_t ns = most / 2 + oat_random_next(&ship->random) % (most / 2 + 1);
    uint64_t asked_ns = oat_ship_remote_retry_after_s(ship->remote) * OAT_NS_PER_S;
    return ns > asked_ns ? ns : asked_ns + ns / 4;
}

/* One look and what follows from it. How long to sleep, in *ret_pause_ns. */
static int step(struct ship *ship, enum oat_ship_outcome *ret_outcome, uint64_t *ret_pause_ns)
{
    int result = look(ship);
    if (result != OAT_OK)
        return result;
    *ret_outcome = send_round(ship);
    ship->summary->is_up_to_date = *ret_outcome == OAT_SHIP_DONE;
    *ret_pause_ns = ship->options->interval_ns;
    if (*ret_outcome == OAT_SHIP_LATER || *ret_outcome == OAT_SHIP_REFUSED) {
        *ret_pause_ns = backoff_ns(ship);
        ship->failures++;
    } else {
        if (ship->failures > 0)
            tell(ship, "sending again");
        ship->failures = 0;
    }
    return OAT_OK;
}

/* A pair that was not believed is asked for again a few times. */
static int run_once(struct ship *ship)
{
    enum oat_ship_outcome outcome = OAT_SHIP_CONFLICT;
    uint64_t pause_ns;
    int result = OAT_OK;
    for (unsigned i = 0; i < CONFLICTS_MAX && result == OAT_OK &&
                         (outcome == OAT_SHIP_CONFLICT || outcome == OAT_SHIP_UNREADABLE);
         i++)
        result = step(ship, &outcome, &pause_ns);
    return result == OAT_OK && outcome != OAT_SHIP_DONE ? OAT_E_INVALID : result;
}

static int run_to_the_end(struct ship *ship)
{
    enum oat_ship_outcome outcome;
    uint64_t pause_ns;
    int result = open_outbox(ship);
    while (result == OAT_OK && (result = step(ship, &outcome, &pause_ns)) == OAT_OK &&
           wait_ns(ship, pause_ns))
        continue;
    return result == OAT_OK && ship->failures == 0 ? step(ship, &outcome, &pause_ns) : result;
}

int oat_ship_run(const struct oat_store *store, const struct oat_ship_options *options,
                 struct oat_ship_summary *ret)
{
    struct ship ship = {.store = store, .options = options, .summary = ret};
    *ret = (struct oat_ship_summary){0};
    ship.remote = oat_ship_remote_new(&options->remote);
    if (!ship.remote)
        return OAT_E_NOMEM;
    oat_random_seed(&ship.random);
    int result = options->once ? run_once(&ship) : run_to_the_end(&ship);
    for (size_t i = 0; i < ship.count; i++)
        free_shipped(ship.shipped[i]);
    free(ship.shipped);
    oat_sources_close(ship.sources);
    oat_ship_remote_free(ship.remote);
    return result;
}
