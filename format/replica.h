/* replicas/<writer>: what a store knows of a writer whose pairs come from elsewhere.
 * Change this file, change SPEC.md section "Replicas" in the same commit. */
#ifndef OAT_FORMAT_REPLICA_H
#define OAT_FORMAT_REPLICA_H

#include "format/endian.h"

#include <stdbool.h>
#include <stddef.h>

#define OAT_MAGIC_REPLICA      "OATREPL1"
#define OAT_REPLICAS_DIR       "replicas"
#define OAT_REPLICA_RANGES_MAX 48u

#define OAT_REPLICA_ENDED UINT32_C(1) /* its writer is dead, and all of it has come */

/* Pairs that are here whole, or were. */
struct oat_disk_replica_range {
    oat_le32 first; /* 0-3  seq */
    oat_le32 last;  /* 4-7  seq, included */
};

struct oat_disk_replica {
    uint8_t magic[8];                                             /* 000-007 */
    oat_le16 major;                                               /* 008-009 */
    oat_le16 minor;                                               /* 010-011 */
    oat_le32 flags;                                               /* 012-015  OAT_REPLICA_* */
    uint8_t writer_id[16];                                        /* 016-031 */
    oat_le64 created_ns;                                          /* 032-039  since the epoch */
    oat_le64 lease_end_ns;                                        /* 040-047  since the epoch */
    uint8_t owner[64];                                            /* 048-111  token; zero-padded */
    oat_le32 range_count;                                         /* 112-115 */
    uint8_t unused[4];                                            /* 116-119 */
    struct oat_disk_replica_range ranges[OAT_REPLICA_RANGES_MAX]; /* 120-503  ascending, apart */
    oat_le64 checksum;                                            /* 504-511  XXH3-64 of 000-503, seed 0 */
};

/* One of a writer that nothing is known of yet; to be sealed. */
void oat_replica_init(struct oat_disk_replica *replica, const uint8_t writer_id[16], uint64_t now_ns);

/* Computes and stores the checksum. */
void oat_replica_seal(struct oat_disk_replica *replica);

/* Judges a file that was read: OAT_OK, OAT_E_UNSUPPORTED (greater major), OAT_E_CORRUPT (another writer's,
 * too). */
int oat_replica_check(const struct oat_disk_replica *replica, const uint8_t writer_id[16]);

/* Whether a pair is here whole, or was. */
bool oat_replica_has(const struct oat_disk_replica *replica, uint32_t seq);

/* Notes that it is. When there are too many gaps, the lowest is closed: a pair so old comes no more. */
void oat_replica_add(struct oat_disk_replica *replica, uint32_t seq);

#endif
