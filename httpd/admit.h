/* Which requests are served at all: a check of the headers before anything else. Pure. */
#ifndef OAT_HTTPD_ADMIT_H
#define OAT_HTTPD_ADMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "httpd/address.h"
#include "httpd/answer.h"

struct evkeyvalq;

/* Names this server goes by; borrowed. */
struct oat_hosts {
    const struct oat_address *listen;
    size_t listen_count;
    const char *const *allowed; /* further names, without port */
    size_t allowed_count;
    const char *const *origins; /* of other sites whose pages may ask: "https://traces.example" */
    size_t origin_count;
};

/* What the headers say of who asks and what comes; borrowed from them, NULL: nothing. */
struct oat_admitted {
    const char *host, *origin, *authorization, *cookie;
    bool changes;           /* any method but GET and HEAD */
    bool announces_body;    /* even an empty one */
    bool is_foreign_origin; /* a page of another site asks, and it is in hosts->origins */
};

/* Does a Host header name this machine's loopback, an address it listens on, or an allowed name? Any port: it
 * may be forwarded. A page of another site whose name was made to resolve to this machine (DNS rebinding) is
 * kept out by this; it cannot come under a number, so any is ours when we listen on all of them. */
bool oat_host_is_ours(const char *host, const struct oat_hosts *hosts);

/* False answers 400 or 403: Host missing, foreign; a header given twice that may not be; a Content-Length
 * that is not a number; a header name with a space in it; what changes something for a page of another site.
 * The parser of libevent lets these through. */
bool oat_admit(const struct evkeyvalq *headers, bool changes, const struct oat_hosts *hosts,
               struct oat_admitted *ret, struct oat_answer *answer);

/* Is an Origin header's site the one that a Host header names? */
bool oat_origin_is_host(const char *origin, const char *host);

#endif
