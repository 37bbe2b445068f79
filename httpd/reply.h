/* How an answer goes out over evhttp. On the worker's thread. */
#ifndef OAT_HTTPD_REPLY_H
#define OAT_HTTPD_REPLY_H

#include "httpd/admit.h"
#include "httpd/answer.h"

struct evhttp_request;

/* Adds all headers of an answer. admitted: what was read of the request's; has_origins: pages of some other
 * sites may ask. */
void oat_reply_add_headers(struct evhttp_request *request, const struct oat_answer *answer,
                           const struct oat_admitted *admitted, bool has_origins);

/* Sends an answer that has its headers and all of its body, and empties it: the request is libevent's from
 * here on. To a HEAD request only the length of the body goes. A client that has gone is libevent's matter.
 */
void oat_reply_send(struct evhttp_request *request, struct oat_answer *answer);

#endif
