#include "httpd/view.h"

#include "reader/snapshot.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A snapshot and the leases on it. The view holds one that is current; it goes when it is neither. */
struct generation {
    oat_snapshot *snapshot;
    unsigned leases;
};

enum refreshing {
    IDLE,
    DRAINING, /* until no lease is out; new ones wait */
    IN_PLACE, /* nobody may use the current one */
    ANEW,     /* everybody may */
};

struct oat_view {
    const char *dir;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* of refreshing, or the current one's last lease came back */
    enum refreshing refreshing;
    uint64_t taken_ns; /* or found to be current; CLOCK_MONOTONIC; 0: never */
    oat_store *store;
    struct generation *current; /* NULL: no store yet */
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int oat_view_open(const char *dir, struct oat_view **ret)
{
    struct oat_view *view = calloc(1, sizeof *view);
    if (!view)
        return OAT_E_NOMEM;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&view->lock, NULL);
    pthread_cond_init(&view->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    view->dir = dir;
    *ret = view;
    return OAT_OK;
}

static void free_generation(struct generation *generation)
{
    if (generation)
        oat_snapshot_free(generation->snapshot);
    free(generation);
}

void oat_view_close(struct oat_view *view)
{
    if (!view)
        return;
    free_generation(view->current);
    oat_store_close(view->store);
    pthread_mutex_destroy(&view->lock);
    pthread_cond_destroy(&view->changed);
    free(view);
}

/* ---- Refreshing: one thread at a time, the lock is not held ---- */

/* OAT_NOTFOUND: there is none yet. */
static int open_store(struct oat_view *view, char *ret_why)
{
    oat_problem problem;
    if (view->store)
        return OAT_OK;
    int rc = oat_store_open_explained(view->dir, &view->store, &problem);
    if (rc == OAT_E_NOMEM)
        snprintf(ret_why, OAT_PROBLEM_TEXT_SIZE, "%s", oat_result_text(rc));
    else if (rc != OAT_OK)
        oat_problem_text(&problem, ret_why, OAT_PROBLEM_TEXT_SIZE);
    return rc;
}

/* Refreshes the current snapshot where it is, or, when it is in use, takes one beside it. */
static int take(struct oat_view *view, bool in_place, struct generation **ret)
{
    struct generation *generation = in_place ? view->current : NULL;
    if (!generation && !(generation = calloc(1, sizeof *generation)))
        return OAT_E_NOMEM;
    int rc = oat_snapshot_refresh(view->store, &generation->snapshot);
    if (rc != OAT_OK && generation != view->current)
        free_generation(generation);
    else
        *ret = generation;
    return rc;
}

/* Waits until the current one is not in use, or for as long as that may take. Called with the lock. */
static void drain(struct oat_view *view)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += OAT_VIEW_DRAIN_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    view->refreshing = DRAINING;
    while (view->current && view->current->leases > 0 &&
           pthread_cond_timedwait(&view->changed, &view->lock, &until) != ETIMEDOUT)
        continue;
}

/* Called with the lock, and returns with it. */
static int refresh(struct oat_view *view, char *ret_why)
{
    struct generation *fresh = NULL;
    drain(view);
    bool in_place = view->current && view->current->leases == 0;
    view->refreshing = in_place || !view->current ? IN_PLACE : ANEW;
    if (view->refreshing == ANEW)
        pthread_cond_broadcast(&view->changed);
    pthread_mutex_unlock(&view->lock);

    uint64_t began_ns = now_ns();
    int rc = open_store(view, ret_why);
    bool absent = rc == OAT_NOTFOUND;
    if (rc == OAT_OK) {
        rc = take(view, in_place, &fresh);
        if (rc == OAT_E_IO)
            snprintf(ret_why, OAT_PROBLEM_TEXT_SIZE, "cannot list hot: %s", strerror(errno));
        else if (rc != OAT_OK)
            snprintf(ret_why, OAT_PROBLEM_TEXT_SIZE, "%s", oat_result_text(rc));
    }

    pthread_mutex_lock(&view->lock);
    if (fresh && fresh != view->current) {
        struct generation *old = view->current;
        view->current = fresh;
        if (old && old->leases == 0)
            free_generation(old);
    }
    if (fresh)
        view->taken_ns = began_ns;
    view->refreshing = IDLE;
    pthread_cond_broadcast(&view->changed);
    return absent ? OAT_OK : rc;
}

/* ---- Leases ---- */

static bool is_old(const struct oat_view *view)
{
    return view->taken_ns == 0 || now_ns() - view->taken_ns > OAT_VIEW_AGE_MS * UINT64_C(1000000) ||
           (view->current && oat_snapshot_has_fault(view->current->snapshot, NULL));
}

int oat_view_lease(struct oat_view *view, struct oat_lease *ret, char ret_why[OAT_PROBLEM_TEXT_SIZE])
{
    int rc = OAT_OK;
    pthread_mutex_lock(&view->lock);
    while (view->refreshing == DRAINING || view->refreshing == IN_PLACE)
        pthread_cond_wait(&view->changed, &view->lock);
    if (view->refreshing == IDLE && is_old(view))
        rc = refresh(view, ret_why);
    if (rc == OAT_OK) {
        *ret = (struct oat_lease){.store = view->store};
        if (view->current) {
            view->current->leases++;
            ret->snapshot = view->current->snapshot;
            ret->generation = view->current;
        }
    }
    pthread_mutex_unlock(&view->lock);
    return rc;
}

void oat_view_return(struct oat_view *view, const struct oat_lease *lease)
{
    struct generation *generation = lease->generation;
    if (!generation)
        return;
    pthread_mutex_lock(&view->lock);
    bool last = --generation->leases == 0;
    bool gone = last && generation != view->current;
    if (last && !gone)
        pthread_cond_broadcast(&view->changed);
    pthread_mutex_unlock(&view->lock);
    if (gone)
        free_generation(generation);
}

void oat_view_expire(struct oat_view *view)
{
    pthread_mutex_lock(&view->lock);
    view->taken_ns = 0;
    pthread_mutex_unlock(&view->lock);
}

bool oat_lease_has_fault(const struct oat_lease *lease, oat_problem *ret)
{
    return lease->snapshot && oat_snapshot_has_fault(lease->snapshot, ret);
}

uint64_t oat_lease_trace_count(const struct oat_lease *lease)
{
    oat_trace_list *list;
    bool exact;
    if (!lease->snapshot ||
        oat_trace_list_open(lease->snapshot, &(oat_trace_query){.limit = 1}, &list) != OAT_OK)
        return 0;
    uint64_t total = oat_trace_list_total(list, &exact);
    oat_trace_list_close(list);
    return total;
}

#define SPANS_A_THREAD (UINT64_C(1) << 19) /* fewer are read in the time that it takes to start a few */

unsigned oat_lease_threads(const struct oat_lease *lease)
{
    const oat_snapshot *snapshot = lease->snapshot;
    uint64_t spans = snapshot ? snapshot->loose.row_count : 0;
    for (size_t i = 0; snapshot && i < snapshot->manifest.part_count; i++)
        spans += snapshot->manifest.parts[i].spans;
    if (spans < SPANS_A_THREAD)
        return 1;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors > 1 ? (unsigned)processors : 1;
}
