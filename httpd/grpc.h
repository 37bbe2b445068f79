/* OTLP over gRPC: HTTP/2 by nghttp2, on the worker's loop. One unary method, that of the trace service. */
#ifndef OAT_HTTPD_GRPC_H
#define OAT_HTTPD_GRPC_H

#include "httpd/exchange.h"

struct oat_grpc;

/* station and tls (NULL: plain text) are borrowed. NULL: out of memory. */
struct oat_grpc *oat_grpc_new(const struct oat_station *station, struct oat_tls *tls);

/* Takes over a listening, non-blocking socket; closes it also when it fails. Before the worker starts. */
bool oat_grpc_listen(struct oat_grpc *grpc, int fd);

/* Closes listeners and connections. The loop has ended; calls that are under way may come back still. Takes
 * NULL. */
void oat_grpc_close(struct oat_grpc *grpc);
/* No call is under way any more. Takes NULL. */
void oat_grpc_free(struct oat_grpc *grpc);

#endif
