#include "writer/live.h"

#include "format/host_id.h"
#include "format/ids.h"
#include "format/limits.h"
#include "format/random.h"
#include "oat/oat.h"
#include "writer/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Reads the beginning of a small system file; 0 when there is none. */
static size_t read_small(const char *path, char *dst, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, dst, size);
    close(fd);
    return n > 0 ? (size_t)n : 0;
}

void oat_host_describe(oat_host *ret)
{
    char text[OAT_HOST_ID_MAX];
    char hostname[256] = "";

    memset(ret, 0, sizeof *ret);
    gethostname(hostname, sizeof hostname - 1);
    size_t len = read_small(OAT_MACHINE_ID_PATH, text, sizeof text);
    oat_machine_id_of(text, len, hostname, ret->machine_id);
    len = read_small(OAT_BOOT_ID_PATH, text, sizeof text);
    oat_boot_id_of(text, len, ret->boot_id);
    oat_random_bytes(ret->writer_id, sizeof ret->writer_id);
    ret->pid = (uint32_t)getpid();
    const char *name = program_invocation_short_name;
    memcpy(ret->program, name, strnlen(name, sizeof ret->program));
}

#define NAME_SIZE 64

static void live_name(const oat_host *host, const char *prefix, char ret[NAME_SIZE])
{
    char hex[33];
    oat_hex_print(host->writer_id, sizeof host->writer_id, hex);
    snprintf(ret, NAME_SIZE, "%s%s.live", prefix, hex);
}

int oat_live_create(const oat_store_dir *dir, const oat_host *host, int *ret_fd)
{
    struct oat_disk_live live = {
        .magic = OAT_MAGIC_LIVE,
        .major = oat_le16_of(OAT_FORMAT_MAJOR),
        .minor = oat_le16_of(OAT_FORMAT_MINOR),
        .pid = oat_le32_of(host->pid),
        .created_ns = oat_le64_of(oat_clock_wall_ns()),
    };
    char temp_name[NAME_SIZE];
    char name[NAME_SIZE];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    memcpy(live.writer_id, host->writer_id, sizeof live.writer_id);
    memcpy(live.machine_id, host->machine_id, sizeof live.machine_id);
    memcpy(live.boot_id, host->boot_id, sizeof live.boot_id);
    memcpy(live.program, host->program, sizeof live.program);
    oat_live_file_seal(&live);
    live_name(host, OAT_TEMP_PREFIX, temp_name);
    live_name(host, "", name);

    int fd = openat(dir->hot_fd, temp_name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return oat_io_result(errno);
    int st = oat_pwrite_all(fd, &live, sizeof live, 0);
    if (st == OAT_OK &&
        (fcntl(fd, F_OFD_SETLK, &lock) != 0 || renameat(dir->hot_fd, temp_name, dir->hot_fd, name) != 0))
        st = oat_io_result(errno);
    if (st != OAT_OK) {
        int kept_errno = errno;
        unlinkat(dir->hot_fd, temp_name, 0);
        close(fd);
        errno = kept_errno;
        return st;
    }
    *ret_fd = fd;
    return OAT_OK;
}

void oat_live_remove(const oat_store_dir *dir, const oat_host *host, int fd)
{
    char name[NAME_SIZE];
    live_name(host, "", name);
    unlinkat(dir->hot_fd, name, 0);
    close(fd);
}
