/* What a store knows of a writer whose pairs come from elsewhere: replicas/<writer>. */
#ifndef OAT_READER_REPLICA_H
#define OAT_READER_REPLICA_H

#include "format/replica.h"
#include "reader/pair.h"

/* Reads the file of a writer. OAT_OK; OAT_NOTFOUND: the writer writes here; OAT_E_CORRUPT,
 * OAT_E_UNSUPPORTED, OAT_E_IO (errno). */
int oat_replica_read(int store_fd, const uint8_t writer_id[16], struct oat_disk_replica *ret);

/* Whether its writer lives: while its lease runs, as far as is known here. now_ns: wall clock. */
enum oat_liveness oat_replica_liveness(const struct oat_disk_replica *replica, uint64_t now_ns);

/* Wall clock, nanoseconds since the epoch. */
uint64_t oat_replica_now_ns(void);

#endif
