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

/* A stream for a socket that will be accepted, which is closed with it. Any thread. NULL: out of memory. */
struct bufferevent *oat_tls_stream_new(struct oat_tls *tls, struct event_base *base);

#endif
