#include "reader/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *type_name(mode_t mode)
{
    if (S_ISDIR(mode))
        return "directory";
    if (S_ISLNK(mode))
        return "symbolic link";
    return "special file";
}

/* Opens without following links and without waiting for a FIFO's other end. */
static int open_regular(int dir_fd, const char *name, struct stat *ret_stat, int *ret_fd)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return OAT_NOTFOUND;
    if (fd < 0) {
        int error = errno;
        bool other = fstatat(dir_fd, name, ret_stat, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(ret_stat->st_mode);
        errno = error;
        return other ? OAT_E_CORRUPT : OAT_E_IO;
    }
    if (fstat(fd, ret_stat) < 0 || !S_ISREG(ret_stat->st_mode)) {
        close(fd);
        return OAT_E_CORRUPT;
    }
    *ret_fd = fd;
    return OAT_OK;
}

int oat_file_open(struct oat_file *file, int dir_fd, const char *name, bool keep_open, const char **ret_found)
{
    struct stat st = {0};
    int fd = -1;

    file->fd = -1;
    int result = open_regular(dir_fd, name, &st, &fd);
    if (result == OAT_E_CORRUPT)
        *ret_found = type_name(st.st_mode);
    if (result != OAT_OK)
        return result;

    file->dir_fd = dir_fd;
    file->device = st.st_dev;
    file->inode = st.st_ino;
    file->size = (uint64_t)st.st_size;
    snprintf(file->name, sizeof file->name, "%s", name);
    if (keep_open)
        file->fd = fd;
    else
        close(fd);
    return OAT_OK;
}

void oat_file_close(struct oat_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

/* The descriptor, opened anew if it was not kept. -1 with errno; ESTALE: another file of the name. */
static int acquire(const struct oat_file *file)
{
    struct stat st;
    int fd = file->fd;
    if (fd >= 0)
        return fd;
    int result = open_regular(file->dir_fd, file->name, &st, &fd);
    if (result == OAT_OK && st.st_dev == file->device && st.st_ino == file->inode)
        return fd;
    if (result == OAT_OK)
        close(fd);
    if (result != OAT_E_IO)
        errno = ESTALE;
    return -1;
}

static void release(const struct oat_file *file, int fd)
{
    int error = errno;
    if (fd != file->fd)
        close(fd);
    errno = error;
}

int oat_file_read(const struct oat_file *file, void *buffer, size_t len, uint64_t offset, size_t *ret_len)
{
    size_t done = 0;
    int result = OAT_OK;
    int fd = acquire(file);

    if (fd < 0)
        return OAT_E_IO;
    while (done < len) {
        ssize_t n = pread(fd, (char *)buffer + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            result = OAT_E_IO;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    release(file, fd);
    if (result == OAT_OK)
        *ret_len = done;
    return result;
}

const uint8_t *oat_file_map(const struct oat_file *file, uint64_t *ret_len)
{
    struct stat st;
    void *bytes = MAP_FAILED;
    int fd = acquire(file);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && st.st_size > 0)
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    release(file, fd);
    if (bytes == MAP_FAILED)
        return NULL;
    *ret_len = (uint64_t)st.st_size;
    return bytes;
}

int oat_file_size(const struct oat_file *file, uint64_t *ret_size, uint64_t *ret_allocated)
{
    struct stat st;
    int fd = acquire(file);
    if (fd < 0)
        return OAT_E_IO;
    int failed = fstat(fd, &st);
    release(file, fd);
    if (failed)
        return OAT_E_IO;
    *ret_size = (uint64_t)st.st_size;
    *ret_allocated = (uint64_t)st.st_blocks * 512;
    return OAT_OK;
}
