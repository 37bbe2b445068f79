/* What is said to a client whose request would be refused whatever its body is: at once, instead of when all
 * of the body has come. libevent shows a request when it is whole, so its head is read here before that. */
#ifndef OAT_HTTPD_EARLY_REFUSAL_H
#define OAT_HTTPD_EARLY_REFUSAL_H

#include "httpd/exchange.h"

struct evbuffer;

/* text: from the first byte of a request to the empty line, with a NUL behind it; is changed. fd: of the
 * client. False: let its body come, and judge the whole request then. True: send *ret instead, and do not
 * read on. Any thread. */
bool oat_early_refusal(struct oat_service *service, char *text, size_t len, int fd, struct evbuffer *ret);

#endif
