#include "httpd/shared_prices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "httpd/file_stamp.h"
#include "httpd/log.h"
#include "oat/oat.h"

/* True: what is in the file is shared now. */
static bool share(const struct oat_shared_prices *prices)
{
    char wrong[OAT_PRICES_WRONG_SIZE] = "";
    int dir = open(prices->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        oat_log(OAT_LOG_ERROR, "prices: %s: %s", prices->dir, strerror(errno));
        return false;
    }
    int result = oat_prices_share(dir, wrong);
    close(dir);
    if (result != OAT_OK)
        oat_log(OAT_LOG_ERROR, "prices: %s: %s", prices->path, oat_result_text(result));
    else if (*wrong)
        oat_log(OAT_LOG_ERROR, "prices: %s%s; what was known before holds", prices->dir, wrong);
    return result == OAT_OK && !*wrong;
}

bool oat_shared_prices_refresh(struct oat_shared_prices *prices)
{
    if (!*prices->dir)
        return false;
    struct stat file = oat_file_stamp(prices->path);
    if (oat_file_stamp_is(&file, &prices->file))
        return false;
    prices->file = file;
    if (!share(prices))
        return false;
    oat_log(OAT_LOG_INFO, "prices: those of %s hold for what comes now", prices->path);
    return true;
}

void oat_shared_prices_open(struct oat_shared_prices *prices, const struct oat_options *options)
{
    const char *slash = options->config ? strrchr(options->config, '/') : NULL;
    if (!options->config)
        return;
    snprintf(prices->dir, sizeof prices->dir, "%.*s", slash ? (int)(slash - options->config) + 1 : 2,
             slash ? options->config : "./");
    snprintf(prices->path, sizeof prices->path, "%s" OAT_PRICES_NAME, prices->dir);
    oat_shared_prices_refresh(prices);
}
