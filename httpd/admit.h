/* Which requests are served at all: a check of the headers before anything else. Pure. */
#ifndef OAT_HTTPD_ADMIT_H
#define OAT_HTTPD_ADMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "httpd/address.h"
#include "httpd/answer.h"

struct evkeyvalq;

/* Does a Host header name this machine's loopback, or an address it listens on? Any port: it may be
 * forwarded. A page of another site whose name was made to resolve to 127.0.0.1 (DNS rebinding) is
 * kept out by this. */
bool oat_host_is_ours(const char *host, const struct oat_address *listen, size_t listen_count);

/* False answers 400 or 403: Host missing, given twice or foreign; a Content-Length given twice or not
 * a number; a header name with a space in it. The parser of libevent lets these through. On true,
 * *ret_announces_body tells whether the headers say that there is a body, even an empty one. */
bool oat_admit(const struct evkeyvalq *headers, const struct oat_address *listen, size_t listen_count,
               bool *ret_announces_body, struct oat_answer *answer);

#endif
