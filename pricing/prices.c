#include "pricing/prices.h"

#include "oat/oat.h"
#include "pricing/price_yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads up to one byte more than such a file may have. OAT_E_INVALID: it is no file. */
static int read_bytes(int fd, char **ret_bytes, size_t *ret_len)
{
    struct stat stat;
    size_t len = 0;
    ssize_t n = -1;
    if (fstat(fd, &stat) != 0)
        return OAT_E_IO;
    if (!S_ISREG(stat.st_mode))
        return OAT_E_INVALID;
    size_t room =
        stat.st_size < (off_t)OAT_PRICE_FILE_MAX ? (size_t)stat.st_size + 1 : OAT_PRICE_FILE_MAX + 1;
    char *bytes = malloc(room);
    if (!bytes)
        return OAT_E_NOMEM;
    while (len < room && (n = pread(fd, bytes + len, room - len, (off_t)len)) > 0)
        len += (size_t)n;
    if (n < 0) {
        free(bytes);
        return OAT_E_IO;
    }
    *ret_bytes = bytes;
    *ret_len = len;
    return OAT_OK;
}

/* OAT_NOTFOUND: there is none; else as read_bytes. */
static int read_file(int dir_fd, int flags, char **ret_bytes, size_t *ret_len)
{
    int fd = openat(dir_fd, OAT_PRICES_NAME, flags | O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? OAT_NOTFOUND : OAT_E_IO;
    int result = read_bytes(fd, ret_bytes, ret_len);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

static void describe(int result, const struct oat_price_problem *problem,
                     char ret_wrong[OAT_PRICES_WRONG_SIZE])
{
    if (problem->line > 0)
        snprintf(ret_wrong, OAT_PRICES_WRONG_SIZE, OAT_PRICES_NAME ":%zu:%zu: %s", problem->line,
                 problem->column, problem->message);
    else
        snprintf(ret_wrong, OAT_PRICES_WRONG_SIZE, OAT_PRICES_NAME ": %s",
                 result == OAT_E_IO        ? strerrordesc_np(errno)
                 : result == OAT_E_INVALID ? "not a file"
                                           : "more than 4 MiB, or 65536 lines of prices");
}

/* Reads a file as oat_prices_open does, onto another table. */
static int read_table(int dir_fd, int flags, const struct oat_price_table *base, struct oat_price_table **ret,
                      char ret_wrong[OAT_PRICES_WRONG_SIZE])
{
    struct oat_price_problem problem = {0};
    struct oat_price_table *table = NULL;
    char *bytes = NULL;
    size_t len = 0;
    int result = read_file(dir_fd, flags, &bytes, &len);
    if (result == OAT_OK)
        result = oat_price_table_parse(bytes, len, &table, &problem);
    free(bytes);
    if (result == OAT_E_NOMEM)
        return result;
    ret_wrong[0] = '\0';
    if (result != OAT_OK && result != OAT_NOTFOUND)
        describe(result, &problem, ret_wrong);
    if (!table && !(table = calloc(1, sizeof *table)))
        return OAT_E_NOMEM;
    table->base = base;
    *ret = table;
    return OAT_OK;
}

/* What is shared, the newest first. Tables may be based on any of them: they stay. */
struct shared {
    struct oat_price_table *table;
    struct shared *before;
};

static struct shared *_Atomic newest;

int oat_prices_open(int dir_fd, struct oat_price_table **ret, char ret_wrong[OAT_PRICES_WRONG_SIZE])
{
    const struct shared *shared = atomic_load_explicit(&newest, memory_order_acquire);
    return read_table(dir_fd, O_NOFOLLOW, shared ? shared->table : &oat_price_table_own, ret, ret_wrong);
}

int oat_prices_share(int dir_fd, char ret_wrong[OAT_PRICES_WRONG_SIZE])
{
    struct shared *shared = malloc(sizeof *shared);
    if (!shared)
        return OAT_E_NOMEM;
    int result = read_table(dir_fd, 0, &oat_price_table_own, &shared->table, ret_wrong);
    if (result == OAT_OK && !*ret_wrong) {
        shared->before = atomic_load_explicit(&newest, memory_order_relaxed);
        atomic_store_explicit(&newest, shared, memory_order_release);
        return OAT_OK;
    }
    if (result == OAT_OK)
        oat_price_table_free(shared->table);
    free(shared);
    return result;
}
