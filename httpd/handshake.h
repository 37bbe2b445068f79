/* The request that makes a connection a WebSocket (RFC 6455, 4.2). Pure. */
#ifndef OAT_HTTPD_HANDSHAKE_H
#define OAT_HTTPD_HANDSHAKE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "httpd/answer.h"

struct evkeyvalq;

#define OAT_HANDSHAKE_ACCEPT_SIZE 29u

/* The value of Sec-WebSocket-Accept for these headers of a GET by HTTP/1.1. False answers: 426 when it is no
 * such request, or of another version of the protocol; 400 when it is malformed. Which pages may make it is
 * for oat_admit. */
bool oat_handshake_read(const struct evkeyvalq *headers, char ret_accept[OAT_HANDSHAKE_ACCEPT_SIZE],
                        struct oat_answer *answer);

#endif
