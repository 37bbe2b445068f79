/* The HTTP server: worker loops, a pool for what takes long, compaction; the main thread waits for
 * signals. */
#ifndef OAT_HTTPD_SERVER_H
#define OAT_HTTPD_SERVER_H

#include "httpd/alert_rules.h"

/* Listens and serves until SIGTERM or SIGINT. Returns the exit status of the program: 0, or 1 after
 * an error was logged. */
int oat_server_run(const struct oat_options *options, const struct oat_alert_rules *rules);

#endif
