/* The live tail of a store: one thread follows the hot files, each span that somebody wants becomes text
 * once, and subscribers take it from a ring at their own pace (live_ring.h). Who is slow misses some, and
 * nobody waits for him. While nobody subscribes, it looks a few times a second. */
#ifndef OAT_HTTPD_LIVE_H
#define OAT_HTTPD_LIVE_H

#include "httpd/live_ring.h"
#include "httpd/subscription.h"
#include "httpd/view.h"

struct oat_live;

/* Follows the store in dir, which the view shows, too, also one that does not exist yet; both are borrowed.
 * NULL: out of memory or threads. */
struct oat_live *oat_live_start(const char *dir, struct oat_view *view);
/* Ends the thread: it calls no wake any more. Subscribers may leave still. Takes NULL. */
void oat_live_stop(struct oat_live *live);
/* Takes NULL. */
void oat_live_free(struct oat_live *live);

#define OAT_LIVE_LISTENERS_MAX 16u

/* wake is called by any thread when there is something new; it must not wait. Before anybody subscribes.
 * False: there are too many. */
bool oat_live_listen(struct oat_live *live, void (*wake)(void *arg), void *arg);

/* Tells all who have subscribed to a kind, one that is not OAT_LIVE_OF_SPANS, of something: a JSON object.
 * Any thread. */
void oat_live_tell(struct oat_live *live, enum oat_live_kind kind, const char *bytes, size_t len);

/* A subscriber; its memory is its owner's. */
struct oat_subscriber {
    unsigned form; /* subscriptions alike have one */
    struct oat_ring_place place;
    uint64_t
        since_ns; /* of a resumed one that has to be read from the store: spans that ended since; else 0 */
};

/* Takes over the subscription, also when it fails. OAT_OK, OAT_E_NOMEM; OAT_E_LIMIT: there are too many
 * different ones; OAT_E_INVALID: of the cursor. Any thread. */
int oat_live_subscribe(struct oat_live *live, struct oat_subscription *subscription,
                       struct oat_subscriber *ret);
void oat_live_leave(struct oat_live *live, const struct oat_subscriber *subscriber);

/* Hands the next messages to fn, as oat_ring_take; fn must not call back. Returns how many were missed before
 * them, in which case none is handed out. *ret_any: fn was called. */
uint64_t oat_live_take(struct oat_live *live, struct oat_subscriber *subscriber, size_t max_bytes,
                       void (*fn)(void *arg, const char *bytes, size_t len), void *arg, bool *ret_any);

/* Where the subscriber stands, for a later subscription alike to go on from. */
void oat_live_cursor(struct oat_live *live, const struct oat_subscriber *subscriber,
                     char ret[OAT_CURSOR_SIZE]);

/* What the tail has done since it was started. */
struct oat_live_figures {
    uint64_t subscribers, forms; /* now; forms: different subscriptions */
    uint64_t messages, missed;   /* missed: by all subscribers together */
};

void oat_live_figures(struct oat_live *live, struct oat_live_figures *ret);

/* Appends counters over the spans that ended since then (span_counters.h). */
void oat_live_write_counters(struct oat_live *live, struct oat_json *out);

#endif
