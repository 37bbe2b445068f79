/* The prices.yaml beside the file of settings: of all projects, behind those of each one's store. */
#ifndef OAT_HTTPD_SHARED_PRICES_H
#define OAT_HTTPD_SHARED_PRICES_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "httpd/options.h"
#include "pricing/prices.h"

/* Zero-initialise. One thread. */
struct oat_shared_prices {
    char dir[PATH_MAX - sizeof OAT_PRICES_NAME]; /* with a slash; empty: there is no file of settings */
    char path[PATH_MAX];                         /* of the prices */
    struct stat file;                            /* that was looked at last */
};

/* Reads them for what is opened from now on, and says so in the log; what is wrong with them too. */
void oat_shared_prices_open(struct oat_shared_prices *prices, const struct oat_options *options);

/* The same when the file has changed since. True: other prices are shared now. While it cannot be read, those
 * from before are. */
bool oat_shared_prices_refresh(struct oat_shared_prices *prices);

#endif
