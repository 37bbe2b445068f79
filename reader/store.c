#include "reader/store.h"

#include "reader/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int read_store_file(struct oat_store *store)
{
    struct oat_file file;
    const char *what = NULL;
    size_t len = 0;

    int result = oat_file_open(&file, store->fd, "STORE", true, &what);
    if (result == OAT_OK)
        result = oat_file_read(&file, &store->header, sizeof store->header, 0, &len);
    oat_file_close(&file);
    if (result != OAT_OK)
        return result;
    return len == sizeof store->header ? oat_store_file_check(&store->header, &what) : OAT_E_CORRUPT;
}

int oat_store_open(const char *dir, oat_store **ret_store)
{
    int result;
    struct oat_store *store = calloc(1, sizeof *store);
    if (!store)
        return OAT_E_NOMEM;
    store->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->fd < 0)
        result = errno == ENOENT ? OAT_NOTFOUND : OAT_E_IO;
    else
        result = read_store_file(store);
    if (result == OAT_OK)
        *ret_store = store;
    else
        oat_store_close(store);
    return result;
}

void oat_store_close(struct oat_store *store)
{
    if (!store)
        return;
    int error = errno;
    if (store->fd >= 0)
        close(store->fd);
    free(store);
    errno = error;
}

const uint8_t *oat_store_id(const struct oat_store *store)
{
    return store->header.store_id;
}
