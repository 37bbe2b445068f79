/* What a client of /ws asks for: {"subscribe": FILTER, "kinds": [...], "cursor": C}. Pure. */
#ifndef OAT_HTTPD_SUBSCRIPTION_H
#define OAT_HTTPD_SUBSCRIPTION_H

#include "httpd/answer.h"

enum oat_live_kind {
    OAT_LIVE_SPAN = 1,     /* a span has ended */
    OAT_LIVE_OPEN = 2,     /* a span is running, and was announced */
    OAT_LIVE_TRACE = 4,    /* something came of a trace */
    OAT_LIVE_FEEDBACK = 8, /* somebody has scored a span or a trace */
    OAT_LIVE_ALERT = 16,   /* an alert has changed its state */
};

#define OAT_LIVE_KINDS    5u
#define OAT_LIVE_OF_SPANS (OAT_LIVE_SPAN | OAT_LIVE_OPEN | OAT_LIVE_TRACE) /* what a filter is for */

#define OAT_CURSOR_SIZE 96u

struct oat_subscription {
    char *text; /* of the filter, "" without one: filters of the same text and kinds are one */
    size_t text_len;
    oat_filter *filter;           /* NULL: every span */
    unsigned kinds;               /* of enum oat_live_kind */
    char cursor[OAT_CURSOR_SIZE]; /* "": from now on */
};

/* Every span that ends. False: out of memory. */
bool oat_subscription_default(struct oat_subscription *ret);

/* Reads a message; relative times of the filter count from now_ns. False: *answer is an error, whose body is
 * told to the client. Free *ret with oat_subscription_free. */
bool oat_subscription_read(const char *bytes, size_t len, uint64_t now_ns, struct oat_subscription *ret,
                           struct oat_answer *answer);
/* Accepts a zeroed one. */
void oat_subscription_free(struct oat_subscription *subscription);

#endif
