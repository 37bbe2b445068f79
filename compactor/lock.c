#include "compactor/lock.h"

#include "compactor/fs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Anybody may have written anything there: it goes to a terminal. */
static void read_holder(int fd, char ret[OAT_LOCK_HOLDER_SIZE])
{
    size_t len = 0;
    if (oat_fs_read(fd, ret, OAT_LOCK_HOLDER_SIZE - 1, 0, &len) != OAT_OK)
        len = 0;
    size_t kept = 0;
    while (kept < len && ret[kept] >= ' ' && ret[kept] <= '~')
        kept++;
    ret[kept] = '\0';
}

static int write_holder(int fd)
{
    char text[OAT_LOCK_HOLDER_SIZE], since[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", &utc);
    int len = snprintf(text, sizeof text, "%.64s (process %ld) since %s\n", program_invocation_short_name,
                       (long)getpid(), since);
    int result = oat_fs_truncate(fd);
    return result == OAT_OK ? oat_fs_write(fd, text, (size_t)len, 0) : result;
}

int oat_lock_take(int store_fd, bool wait, int *ret_fd, char ret_holder[OAT_LOCK_HOLDER_SIZE])
{
    int fd;
    int result = oat_fs_open_or_create(store_fd, OAT_LOCK_NAME, &fd);
    if (result != OAT_OK)
        return result;
    result = oat_fs_lock(fd, wait);
    if (result == OAT_NOTFOUND)
        read_holder(fd, ret_holder);
    else if (result == OAT_OK)
        result = write_holder(fd);
    if (result == OAT_OK)
        *ret_fd = fd;
    else
        oat_fs_close(fd);
    return result;
}

void oat_lock_release(int fd)
{
    oat_fs_close(fd);
}
