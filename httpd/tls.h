/* Encryption of connections: one certificate for all. */
#ifndef OAT_HTTPD_TLS_H
#define OAT_HTTPD_TLS_H

#include <stdbool.h>

struct bufferevent;
struct event_base;
struct oat_tls;

/* Reads a certificate (PEM, with those that vouch for it behind it) and its private key. TLS 1.2 or later.
 * False, with the reason logged: they cannot be read or do not belong together. */
bool oat_tls_open(const char *cert_path, const char *key_path, struct oat_tls **ret);
/* After all streams. Takes NULL. */
void oat_tls_close(struct oat_tls *tls);

/* What is spoken within it, as clients and servers agree on it (ALPN, RFC 7301). */
enum oat_tls_protocol { OAT_TLS_HTTP_1, OAT_TLS_HTTP_2 };

/* A stream for a socket that is or will be accepted (fd -1), which is closed with it. A client that offers
 * other protocols alone is turned away. Any thread. NULL: out of memory. */
struct bufferevent *oat_tls_stream_new(struct oat_tls *tls, struct event_base *base, int fd,
                                       enum oat_tls_protocol protocol);

#endif
