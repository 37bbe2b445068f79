#include "ship/drop.h"

#include "format/ids.h"
#include "oat/oat.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static int remove_file(int store_fd, const char *path)
{
    return unlinkat(store_fd, path, 0) == 0 || errno == ENOENT ? OAT_OK : OAT_E_IO;
}

/* .spans first: a .blobs alone is no pair. */
int oat_ship_drop(int store_fd, const struct oat_pair *pair, bool with_writer)
{
    char hex[33], live[64];
    int result = remove_file(store_fd, pair->spans_path);
    if (result == OAT_OK)
        result = remove_file(store_fd, pair->blobs_path);
    if (result != OAT_OK || !with_writer)
        return result;
    oat_hex_print(pair->writer_id, sizeof pair->writer_id, hex);
    snprintf(live, sizeof live, "hot/%s.live", hex);
    return remove_file(store_fd, live);
}
