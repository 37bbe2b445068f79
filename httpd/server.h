/* The HTTP server: libevent's evhttp on one loop thread, which also reads the store. A request is
 * answered before the next one is looked at. */
#ifndef OAT_HTTPD_SERVER_H
#define OAT_HTTPD_SERVER_H

#include <stddef.h>

#include "httpd/options.h"

/* Listens and serves until SIGTERM or SIGINT. Returns the exit status of the program: 0, or 1 after
 * an error was logged. */
int oat_server_run(const struct oat_options *options);

#endif
