#include "reader/store.h"

#include "reader/file.h"
#include "reader/problems.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define STORE_NAME "STORE"

static int read_store_file(struct oat_store *store, oat_problem *problem)
{
    struct oat_identity_fault fault;
    struct oat_file file;
    const char *found = NULL;
    size_t len = 0;

    int result = oat_file_open(&file, store->fd, STORE_NAME, true, &found);
    if (result != OAT_OK) {
        oat_problem_of_open(problem, STORE_NAME, result, found);
        return result;
    }
    result = oat_file_read(&file, &store->header, sizeof store->header, 0, &len);
    if (result != OAT_OK)
        oat_problem_of_errno(problem, STORE_NAME, 0, "read", errno);
    oat_file_close(&file);
    if (result != OAT_OK)
        return result;
    if (len < sizeof store->header) {
        oat_problem_of_numbers(problem, OAT_PROBLEM_CORRUPT, STORE_NAME, len, "file length",
                               sizeof store->header, len);
        return OAT_E_CORRUPT;
    }
    result = oat_store_file_check(&store->header, &fault);
    if (result != OAT_OK)
        oat_problem_of(problem, result == OAT_E_UNSUPPORTED ? OAT_PROBLEM_UNSUPPORTED : OAT_PROBLEM_CORRUPT,
                       STORE_NAME, fault.offset, fault.what, fault.expected, fault.found);
    return result;
}

int oat_store_open_explained(const char *dir, oat_store **ret_store, oat_problem *problem)
{
    int result;
    struct oat_store *store = calloc(1, sizeof *store);
    if (!store)
        return OAT_E_NOMEM;
    store->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->fd < 0) {
        result = errno == ENOENT ? OAT_NOTFOUND : OAT_E_IO;
        oat_problem_of_errno(problem, ".", 0, "open", errno);
    } else {
        result = read_store_file(store, problem);
    }
    if (result == OAT_OK)
        *ret_store = store;
    else
        oat_store_close(store);
    return result;
}

int oat_store_open(const char *dir, oat_store **ret_store)
{
    oat_problem unwanted;
    return oat_store_open_explained(dir, ret_store, &unwanted);
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
