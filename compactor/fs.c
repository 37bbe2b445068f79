#include "compactor/fs.h"

#include "writer/store_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_FLAGS (O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* True when the call is to be made; else errno is set. */
static bool allowed(struct oat_fs_event event)
{
    int error = oat_fs_fault ? oat_fs_fault(&event) : 0;
    if (error == 0)
        return true;
    errno = error;
    return false;
}

static int failed(void)
{
    return oat_io_result(errno);
}

static int failed_or_missing(void)
{
    return errno == ENOENT ? OAT_NOTFOUND : failed();
}

/* ---- Opening ---- */

static int open_at(int dir_fd, const char *name, int flags)
{
    if (!allowed((struct oat_fs_event){.call = OAT_FS_OPEN, .fd = dir_fd, .name = name}))
        return -1;
    return openat(dir_fd, name, flags | OPEN_FLAGS, 0600);
}

static int regular_file(int fd, int *ret_fd)
{
    struct stat st;
    int result = fd < 0 ? failed_or_missing() : OAT_OK;
    if (result == OAT_OK && fstat(fd, &st) != 0)
        result = failed();
    if (result == OAT_OK && !S_ISREG(st.st_mode)) {
        errno = EINVAL;
        result = OAT_E_IO;
    }
    if (result == OAT_OK)
        *ret_fd = fd;
    else
        oat_fs_close(fd);
    return result;
}

int oat_fs_open_dir(int dir_fd, const char *name, int *ret_fd)
{
    int fd = open_at(dir_fd, name, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return failed_or_missing();
    *ret_fd = fd;
    return OAT_OK;
}

int oat_fs_make_dir(int dir_fd, const char *name, int *ret_fd, bool *ret_made)
{
    if (!allowed((struct oat_fs_event){.call = OAT_FS_MAKE_DIR, .fd = dir_fd, .name = name}))
        return failed();
    bool made = mkdirat(dir_fd, name, 0700) == 0;
    if (!made && errno != EEXIST)
        return failed();
    int fd = open_at(dir_fd, name, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return failed();
    *ret_fd = fd;
    *ret_made = made;
    return OAT_OK;
}

int oat_fs_open(int dir_fd, const char *name, int *ret_fd)
{
    return regular_file(open_at(dir_fd, name, O_RDONLY), ret_fd);
}

int oat_fs_create(int dir_fd, const char *name, int *ret_fd)
{
    return regular_file(open_at(dir_fd, name, O_RDWR | O_CREAT | O_EXCL), ret_fd);
}

int oat_fs_open_or_create(int dir_fd, const char *name, int *ret_fd)
{
    return regular_file(open_at(dir_fd, name, O_RDWR | O_CREAT), ret_fd);
}

int oat_fs_spill(int dir_fd, int *ret_fd)
{
    int fd = open_at(dir_fd, ".", O_RDWR | O_TMPFILE);
    /* Some file systems know names only. */
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
        char name[64];
        snprintf(name, sizeof name, OAT_TEMP_PREFIX "spill-%ld", (long)gettid());
        int result = oat_fs_create(dir_fd, name, &fd);
        if (result != OAT_OK)
            return result;
        result = oat_fs_unlink(dir_fd, name);
        if (result != OAT_OK) {
            oat_fs_close(fd);
            return result;
        }
    }
    if (fd < 0)
        return failed();
    *ret_fd = fd;
    return OAT_OK;
}

void oat_fs_close(int fd)
{
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
}

/* ---- Content ---- */

int oat_fs_write(int fd, const void *bytes, size_t len, uint64_t offset)
{
    struct oat_fs_event event = {
        .call = OAT_FS_WRITE, .fd = fd, .bytes = bytes, .len = len, .offset = offset};
    return allowed(event) ? oat_pwrite_all(fd, bytes, len, offset) : failed();
}

int oat_fs_read(int fd, void *buffer, size_t len, uint64_t offset, size_t *ret_len)
{
    size_t done = 0;
    if (!allowed((struct oat_fs_event){.call = OAT_FS_READ, .fd = fd, .len = len, .offset = offset}))
        return failed();
    while (done < len) {
        ssize_t n = pread(fd, (char *)buffer + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno != EINTR)
            return failed();
        if (n == 0)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    *ret_len = done;
    return OAT_OK;
}

int oat_fs_size(int fd, uint64_t *ret_bytes)
{
    struct stat st;
    if (!allowed((struct oat_fs_event){.call = OAT_FS_READ, .fd = fd}) || fstat(fd, &st) != 0)
        return failed();
    *ret_bytes = (uint64_t)st.st_size;
    return OAT_OK;
}

int oat_fs_sync(int fd)
{
    return allowed((struct oat_fs_event){.call = OAT_FS_SYNC, .fd = fd}) && fsync(fd) == 0 ? OAT_OK
                                                                                           : failed();
}

int oat_fs_truncate(int fd)
{
    return allowed((struct oat_fs_event){.call = OAT_FS_WRITE, .fd = fd}) && ftruncate(fd, 0) == 0 ? OAT_OK
                                                                                                   : failed();
}

/* ---- Names ---- */

int oat_fs_rename(int dir_fd, const char *from, const char *to)
{
    struct oat_fs_event event = {.call = OAT_FS_RENAME, .fd = dir_fd, .name = from, .to = to};
    return allowed(event) && renameat(dir_fd, from, dir_fd, to) == 0 ? OAT_OK : failed();
}

int oat_fs_link(int from_fd, const char *from, int to_fd, const char *to)
{
    struct oat_fs_event event = {.call = OAT_FS_LINK, .fd = to_fd, .name = from, .to = to};
    if (allowed(event) && linkat(from_fd, from, to_fd, to, 0) == 0)
        return OAT_OK;
    return errno == EXDEV || errno == EPERM || errno == EMLINK ? OAT_NOTFOUND : failed_or_missing();
}

int oat_fs_unlink(int dir_fd, const char *name)
{
    struct oat_fs_event event = {.call = OAT_FS_UNLINK, .fd = dir_fd, .name = name};
    return allowed(event) && unlinkat(dir_fd, name, 0) == 0 ? OAT_OK : failed_or_missing();
}

int oat_fs_remove_dir(int dir_fd, const char *name)
{
    struct oat_fs_event event = {.call = OAT_FS_REMOVE_DIR, .fd = dir_fd, .name = name};
    if (allowed(event) && unlinkat(dir_fd, name, AT_REMOVEDIR) == 0)
        return OAT_OK;
    return errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST ? OAT_OK : failed();
}

static int list(DIR *dir, oat_fs_name_fn fn, void *arg)
{
    int result = OAT_OK;
    while (result == OAT_OK) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry)
            return errno ? failed() : OAT_OK;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = fn(arg, entry->d_name);
    }
    return result;
}

int oat_fs_list(int dir_fd, oat_fs_name_fn fn, void *arg)
{
    if (!allowed((struct oat_fs_event){.call = OAT_FS_LIST, .fd = dir_fd}))
        return failed();
    /* A descriptor of its own: readdir moves the offset of the one it is given. */
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        oat_fs_close(fd);
        return failed();
    }
    int result = list(dir, fn, arg);
    int error = errno;
    closedir(dir);
    errno = error;
    return result;
}

int oat_fs_lock(int fd, bool wait)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (!allowed((struct oat_fs_event){.call = OAT_FS_LOCK, .fd = fd}))
        return failed();
    while (fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock) != 0) {
        if (errno == EAGAIN || errno == EACCES)
            return OAT_NOTFOUND;
        if (errno != EINTR)
            return failed();
    }
    return OAT_OK;
}
