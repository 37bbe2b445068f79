/* Follows the hot files of one store and turns what is new into messages, each once for all who want it. Of
 * one thread. */
#ifndef OAT_HTTPD_TAIL_H
#define OAT_HTTPD_TAIL_H

#include "httpd/live_ring.h"
#include "httpd/subscription.h"
#include "httpd/view.h"

struct oat_tail;

/* A filter that somebody follows. */
struct oat_tail_form {
    unsigned number;          /* of the ring's forms */
    const oat_filter *filter; /* NULL: every span */
    unsigned kinds;           /* of enum oat_live_kind */
};

struct oat_tail_events {
    void (*ended)(void *arg, const oat_span_view *span); /* each span that has ended, also if nobody asks */
    /* A message: a JSON object, for the forms whose bits are set. */
    void (*put)(void *arg, const char *bytes, size_t len, const uint64_t forms[OAT_RING_FORM_WORDS]);
    void (*wake)(void *arg); /* messages were put */
};

/* Of the store in dir, which the view shows, too; both are borrowed. NULL: out of memory. */
struct oat_tail *oat_tail_new(const char *dir, struct oat_view *view);
/* Takes NULL. */
void oat_tail_free(struct oat_tail *tail);

/* Looks once. Returns how many nanoseconds to wait before the next look. */
uint64_t oat_tail_look(struct oat_tail *tail, const struct oat_tail_form *forms, unsigned form_count,
                       const struct oat_tail_events *events, void *arg);

#endif
