#include "format/replica.h"

#include "format/hash.h"
#include "format/limits.h"
#include "oat/oat.h"

void oat_replica_init(struct oat_disk_replica *replica, const uint8_t writer_id[16], uint64_t now_ns)
{
    *replica = (struct oat_disk_replica){
        .major = oat_le16_of(OAT_FORMAT_MAJOR),
        .minor = oat_le16_of(OAT_FORMAT_MINOR),
        .created_ns = oat_le64_of(now_ns),
    };
    memcpy(replica->magic, OAT_MAGIC_REPLICA, sizeof replica->magic);
    memcpy(replica->writer_id, writer_id, sizeof replica->writer_id);
}

static uint64_t checksum_of(const struct oat_disk_replica *replica)
{
    return oat_hash64(replica, offsetof(struct oat_disk_replica, checksum), 0);
}

void oat_replica_seal(struct oat_disk_replica *replica)
{
    replica->checksum = oat_le64_of(checksum_of(replica));
}

int oat_replica_check(const struct oat_disk_replica *replica, const uint8_t writer_id[16])
{
    unsigned major = oat_le16_get(replica->major);
    if (memcmp(replica->magic, OAT_MAGIC_REPLICA, sizeof replica->magic) != 0 ||
        oat_le64_get(replica->checksum) != checksum_of(replica) || major == 0)
        return OAT_E_CORRUPT;
    if (major > OAT_FORMAT_MAJOR)
        return OAT_E_UNSUPPORTED;
    return memcmp(replica->writer_id, writer_id, 16) == 0 &&
                   oat_le32_get(replica->range_count) <= OAT_REPLICA_RANGES_MAX
               ? OAT_OK
               : OAT_E_CORRUPT;
}

/* The first range that does not end before seq; the count when all do. */
static uint32_t find(const struct oat_disk_replica *replica, uint32_t seq)
{
    uint32_t at = 0, count = oat_le32_get(replica->range_count);
    while (at < count && oat_le32_get(replica->ranges[at].last) < seq)
        at++;
    return at;
}

bool oat_replica_has(const struct oat_disk_replica *replica, uint32_t seq)
{
    uint32_t at = find(replica, seq);
    return at < oat_le32_get(replica->range_count) && oat_le32_get(replica->ranges[at].first) <= seq;
}

/* Makes a range and the one behind it one. */
static void join(struct oat_disk_replica *replica, uint32_t at)
{
    uint32_t count = oat_le32_get(replica->range_count);
    replica->ranges[at].last = replica->ranges[at + 1].last;
    memmove(&replica->ranges[at + 1], &replica->ranges[at + 2], (count - at - 2) * sizeof *replica->ranges);
    replica->ranges[count - 1] = (struct oat_disk_replica_range){0};
    replica->range_count = oat_le32_of(count - 1);
}

void oat_replica_add(struct oat_disk_replica *replica, uint32_t seq)
{
    struct oat_disk_replica_range *ranges = replica->ranges;
    if (oat_replica_has(replica, seq))
        return;
    if (oat_le32_get(replica->range_count) == OAT_REPLICA_RANGES_MAX)
        join(replica, 0);
    if (oat_replica_has(replica, seq))
        return;
    uint32_t at = find(replica, seq), count = oat_le32_get(replica->range_count);
    memmove(&ranges[at + 1], &ranges[at], (count - at) * sizeof *ranges);
    ranges[at] = (struct oat_disk_replica_range){oat_le32_of(seq), oat_le32_of(seq)};
    replica->range_count = oat_le32_of(++count);
    if (at + 1 < count && oat_le32_get(ranges[at + 1].first) == seq + 1)
        join(replica, at);
    if (at > 0 && oat_le32_get(ranges[at - 1].last) == seq - 1)
        join(replica, at - 1);
}
