#include "writer/store_dir.h"

#include "format/limits.h"
#include "format/random.h"
#include "oat/oat.h"
#include "writer/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define STORE_NAME "STORE"

/* Magic numbers of statfs(2). */
static const uint32_t mappable_fs[] = {0xEF53 /* ext4 */, 0x58465342 /* xfs */, 0x01021994 /* tmpfs */};
static const uint32_t network_fs[] = {
    0x6969 /* nfs */,      0x517B /* smb */,     0xFF534D42 /* cifs */,   0xFE534D42 /* smb2 */,
    0x00C36400 /* ceph */, 0x5346414F /* afs */, 0x0BD00BD0 /* lustre */, 0x47504653 /* gpfs */,
};

static bool is_one_of(uint32_t type, const uint32_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == type)
            return true;
    return false;
}

int oat_io_result(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG ? OAT_E_FULL : OAT_E_IO;
}

static _Atomic uint64_t size_limit;

void oat_size_limit_read(void)
{
    struct rlimit limit;
    bool known = getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    atomic_store_explicit(&size_limit, known ? limit.rlim_cur : UINT64_MAX, memory_order_relaxed);
}

/* True when a file may be as long as `end` bytes (RLIMIT_FSIZE). Beyond it the kernel would send
 * SIGXFSZ, which ends a host that does not expect it. A limit that is lowered later is noticed at the
 * next oat_size_limit_read. */
static bool size_is_allowed(uint64_t end)
{
    if (end <= atomic_load_explicit(&size_limit, memory_order_relaxed))
        return true;
    oat_size_limit_read(); /* it may have been raised, or never been read */
    if (end <= atomic_load_explicit(&size_limit, memory_order_relaxed))
        return true;
    errno = EFBIG;
    return false;
}

int oat_allocate(int fd, uint64_t from, uint64_t to)
{
    if (!size_is_allowed(to))
        return EFBIG;
    while (fallocate(fd, 0, (off_t)from, (off_t)(to - from)) != 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

int oat_pwrite_all(int fd, const void *bytes, size_t len, uint64_t offset)
{
    const uint8_t *from = bytes;
    if (!size_is_allowed(offset + len))
        return OAT_E_FULL;
    while (len > 0) {
        ssize_t n = pwrite(fd, from, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            if (n == 0)
                errno = ENOSPC;
            return oat_io_result(errno);
        }
        from += n;
        len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return OAT_OK;
}

/* Makes a directory and the missing ones above it. */
static int make_dirs(const char *path)
{
    char partial[4096];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof partial)
        return OAT_E_INVALID;
    memcpy(partial, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (partial[i] != '/' && partial[i] != '\0')
            continue;
        char kept = partial[i];
        partial[i] = '\0';
        if (mkdir(partial, 0700) != 0 && errno != EEXIST)
            return oat_io_result(errno);
        partial[i] = kept;
    }
    return OAT_OK;
}

static int read_store(int dir_fd, struct oat_disk_store *ret)
{
    struct oat_disk_store store;
    int fd = openat(dir_fd, STORE_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? OAT_NOTFOUND : OAT_E_IO;
    ssize_t n = pread(fd, &store, sizeof store, 0);
    close(fd);
    if (n != (ssize_t)sizeof store)
        return n < 0 ? OAT_E_IO : OAT_E_CORRUPT;
    int st = oat_store_file_check(&store, NULL);
    if (st == OAT_OK && (oat_le16_get(store.major_min) > OAT_FORMAT_MAJOR ||
                         oat_le16_get(store.major_max) < OAT_FORMAT_MAJOR))
        st = OAT_E_UNSUPPORTED;
    if (st == OAT_OK)
        *ret = store;
    return st;
}

/* Writes STORE under a temporary name and links it in. Losing the race is success: the caller reads
 * the winner's. */
static int make_store(int dir_fd)
{
    struct oat_disk_store store = {
        .magic = OAT_MAGIC_STORE,
        .major = oat_le16_of(OAT_FORMAT_MAJOR),
        .minor = oat_le16_of(OAT_FORMAT_MINOR),
        .major_min = oat_le16_of(OAT_FORMAT_MAJOR),
        .major_max = oat_le16_of(OAT_FORMAT_MAJOR),
        .created_ns = oat_le64_of(oat_clock_wall_ns()),
    };
    uint64_t name_id;
    char name[64];

    oat_random_bytes(store.store_id, sizeof store.store_id);
    oat_random_bytes(&store.hash_seed, sizeof store.hash_seed);
    oat_random_bytes(&name_id, sizeof name_id);
    oat_store_file_seal(&store);
    snprintf(name, sizeof name, OAT_TEMP_PREFIX "store-%016llx", (unsigned long long)name_id);

    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return oat_io_result(errno);
    int st = oat_pwrite_all(fd, &store, sizeof store, 0);
    if (st == OAT_OK && fsync(fd) != 0)
        st = oat_io_result(errno);
    if (st == OAT_OK && linkat(dir_fd, name, dir_fd, STORE_NAME, 0) != 0 && errno != EEXIST)
        st = oat_io_result(errno);
    int kept_errno = errno;
    close(fd);
    unlinkat(dir_fd, name, 0);
    errno = kept_errno;
    return st;
}

static int open_subdir(int dir_fd, const char *name)
{
    if (mkdirat(dir_fd, name, 0700) != 0 && errno != EEXIST)
        return -1;
    return openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int oat_store_dir_open(const char *path, bool allow_network_fs, oat_store_dir *ret)
{
    oat_store_dir dir = {.dir_fd = -1, .hot_fd = -1};
    struct statfs fs;
    int st = make_dirs(path);
    if (st != OAT_OK)
        return st;

    dir.dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir.dir_fd < 0 || fstatfs(dir.dir_fd, &fs) != 0) {
        st = OAT_E_IO;
        goto fail;
    }
    uint32_t type = (uint32_t)fs.f_type;
    if (!allow_network_fs && is_one_of(type, network_fs, sizeof network_fs / sizeof *network_fs)) {
        st = OAT_E_NETFS;
        goto fail;
    }
    dir.map_is_safe = is_one_of(type, mappable_fs, sizeof mappable_fs / sizeof *mappable_fs);

    st = read_store(dir.dir_fd, &dir.identity);
    if (st == OAT_NOTFOUND) {
        st = make_store(dir.dir_fd);
        if (st == OAT_OK)
            st = read_store(dir.dir_fd, &dir.identity);
    }
    if (st != OAT_OK)
        goto fail;
    dir.hot_fd = open_subdir(dir.dir_fd, "hot");
    if (dir.hot_fd < 0) {
        st = oat_io_result(errno);
        goto fail;
    }
    *ret = dir;
    return OAT_OK;
fail:
    oat_store_dir_close(&dir);
    return st;
}

void oat_store_dir_close(oat_store_dir *dir)
{
    int kept_errno = errno;
    if (dir->hot_fd >= 0)
        close(dir->hot_fd);
    if (dir->dir_fd >= 0)
        close(dir->dir_fd);
    dir->hot_fd = dir->dir_fd = -1;
    errno = kept_errno;
}

int oat_store_dir_sync(const oat_store_dir *dir)
{
    int parent_fd = openat(dir->dir_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int st = fsync(dir->hot_fd) == 0 && fsync(dir->dir_fd) == 0 ? OAT_OK : OAT_E_IO;
    /* The directory above may belong to somebody else: then its entry is theirs to sync. */
    if (parent_fd >= 0) {
        if (fsync(parent_fd) != 0 && errno != EINVAL && errno != EACCES)
            st = OAT_E_IO;
        close(parent_fd);
    }
    return st;
}
