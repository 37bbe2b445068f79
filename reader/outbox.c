#include "reader/outbox.h"

#include "format/ids.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

void oat_outbox_name(const uint8_t writer_id[16], uint32_t seq, char ret[OAT_OUTBOX_NAME_SIZE])
{
    char hex[33];
    oat_hex_print(writer_id, 16, hex);
    snprintf(ret, OAT_OUTBOX_NAME_SIZE, OAT_OUTBOX_DIR "/%s-%08" PRIx32, hex, seq);
}

static bool is_there(int store_fd, const char *path, struct stat *ret)
{
    return fstatat(store_fd, path, ret, AT_SYMLINK_NOFOLLOW) == 0;
}

bool oat_outbox_awaits(int store_fd, const struct oat_pair *pair, uint64_t now_ns)
{
    char name[OAT_OUTBOX_NAME_SIZE];
    struct stat st;
    oat_outbox_name(pair->writer_id, pair->seq, name);
    if (!is_there(store_fd, OAT_OUTBOX_DIR, &st) || is_there(store_fd, name, &st) ||
        !is_there(store_fd, pair->spans_path, &st))
        return false;
    uint64_t written_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
    return now_ns < written_ns || now_ns - written_ns < OAT_OUTBOX_HOLD_NS;
}
