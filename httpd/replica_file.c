#include "httpd/replica_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/ids.h"
#include "oat/oat.h"
#include "writer/store_dir.h"

#define NAME_SIZE 72u

static void print_name(const struct oat_replica_name *name, const char *prefix, char ret[NAME_SIZE])
{
    char hex[33];
    oat_hex_print(name->writer_id, 16, hex);
    snprintf(ret, NAME_SIZE, "%s%s-%08" PRIx32 "%s", prefix, hex, name->seq, name->suffix);
}

int oat_replica_file_open(int hot_fd, const struct oat_replica_name *name, int *ret_fd)
{
    char text[NAME_SIZE];
    struct stat st;
    print_name(name, "", text);
    int fd = openat(hot_fd, text, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? OAT_NOTFOUND : OAT_E_IO;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        *ret_fd = fd;
        return OAT_OK;
    }
    close(fd);
    errno = EINVAL;
    return OAT_E_IO;
}

int oat_replica_file_make(int hot_fd, const struct oat_replica_name *name, const void *bytes, size_t len,
                          int *ret_fd)
{
    char temporary[NAME_SIZE], text[NAME_SIZE];
    print_name(name, OAT_TEMP_PREFIX, temporary);
    print_name(name, "", text);
    int fd = openat(hot_fd, temporary, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return oat_io_result(errno);
    int result = oat_replica_file_write(fd, bytes, len, 0);
    if (result == OAT_OK && (renameat(hot_fd, temporary, hot_fd, text) != 0 || fsync(hot_fd) != 0))
        result = oat_io_result(errno);
    if (result == OAT_OK) {
        *ret_fd = fd;
        return OAT_OK;
    }
    int error = errno;
    unlinkat(hot_fd, temporary, 0);
    close(fd);
    errno = error;
    return result;
}

int oat_replica_file_read(int fd, void *dst, size_t len, uint64_t offset)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = pread(fd, (uint8_t *)dst + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return OAT_E_IO;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    memset((uint8_t *)dst + done, 0, len - done);
    return OAT_OK;
}

int oat_replica_file_write(int fd, const void *bytes, size_t len, uint64_t offset)
{
    int result = oat_pwrite_all(fd, bytes, len, offset);
    return result == OAT_OK && fdatasync(fd) != 0 ? oat_io_result(errno) : result;
}
