#include "reader/host.h"

#include "format/host_id.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

static size_t read_small(const char *path, char text[OAT_HOST_ID_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, OAT_HOST_ID_MAX);
    close(fd);
    return n > 0 ? (size_t)n : 0;
}

void oat_host_read(struct oat_host *ret_host)
{
    char text[OAT_HOST_ID_MAX];
    char hostname[HOST_NAME_MAX + 1] = "";

    gethostname(hostname, sizeof hostname - 1);
    size_t len = read_small(OAT_MACHINE_ID_PATH, text);
    oat_machine_id_of(text, len, hostname, ret_host->machine_id);
    len = read_small(OAT_BOOT_ID_PATH, text);
    oat_boot_id_of(text, len, ret_host->boot_id);
}
