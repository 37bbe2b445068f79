#include "reader/replica.h"

#include "format/ids.h"

#include <stdio.h>
#include <time.h>

int oat_replica_read(int store_fd, const uint8_t writer_id[16], struct oat_disk_replica *ret)
{
    char name[sizeof OAT_REPLICAS_DIR + 33] = OAT_REPLICAS_DIR "/";
    struct oat_disk_replica replica;
    struct oat_file file;
    const char *found;
    size_t len;
    oat_hex_print(writer_id, 16, name + strlen(name));
    int result = oat_file_open(&file, store_fd, name, true, &found);
    if (result != OAT_OK)
        return result;
    result = oat_file_read(&file, &replica, sizeof replica, 0, &len);
    oat_file_close(&file);
    if (result != OAT_OK)
        return result;
    result = len == sizeof replica ? oat_replica_check(&replica, writer_id) : OAT_E_CORRUPT;
    if (result == OAT_OK)
        *ret = replica;
    return result;
}

enum oat_liveness oat_replica_liveness(const struct oat_disk_replica *replica, uint64_t now_ns)
{
    if (oat_le32_get(replica->flags) & OAT_REPLICA_ENDED)
        return OAT_WRITER_DEAD;
    return now_ns < oat_le64_get(replica->lease_end_ns) ? OAT_WRITER_ALIVE : OAT_WRITER_LOST;
}

uint64_t oat_replica_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
