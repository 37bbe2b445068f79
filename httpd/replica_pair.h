/* A pair that comes from elsewhere, as far as it is here: its files are what says how far that is. What is
 * written is on the device when a call returns. */
#ifndef OAT_HTTPD_REPLICA_PAIR_H
#define OAT_HTTPD_REPLICA_PAIR_H

#include "format/pair_header.h"
#include "httpd/answer.h"
#include "writer/store_dir.h"

#include <sys/types.h>

/* What is known of a pair without reading it again. Zero-initialise. */
struct oat_replica_known {
    ino_t inode;         /* of its .blobs; 0: nothing is known */
    uint64_t blob_bytes; /* that are here, from the beginning */
    uint32_t slots;      /* that are here, from the first one on */
};

struct oat_replica_pair {
    const oat_store_dir *dir; /* borrowed */
    uint8_t writer_id[16];
    uint32_t seq;
    int spans_fd, blobs_fd;             /* -1: there is no such file */
    struct oat_disk_pair_header header; /* of .blobs */
    struct oat_replica_known known;
    bool is_sealed; /* and whole */
};

/* Opens what there is of a pair, in the order of its names; known: of an earlier time, or zeros. False
 * answers 409 (its files are no such pair) or 503; close it in any case. */
bool oat_replica_pair_open(struct oat_replica_pair *pair, const oat_store_dir *dir,
                           const uint8_t writer_id[16], uint32_t seq, const struct oat_replica_known *known,
                           struct oat_answer *answer);
void oat_replica_pair_close(struct oat_replica_pair *pair);

/* Bytes of .blobs from an offset that is not behind what is here; at 0 with the header, which makes the file.
 * What is here already must be the same. False answers 409, 422 or 503; what was there is as it was. */
bool oat_replica_pair_put_blobs(struct oat_replica_pair *pair, uint64_t offset, const uint8_t *bytes,
                                size_t len, struct oat_answer *answer);

/* Bytes of .spans: slots, or, at 0, the header page and then slots. Slots that were not written are zeros.
 * The page is taken over when what it says of the pair is true here; is_damaged: so far as it can be where it
 * comes from. *ret_spans: finished spans that are new. False answers likewise; of the slots all or none are
 * here then. */
bool oat_replica_pair_put_spans(struct oat_replica_pair *pair, uint64_t offset, const uint8_t *bytes,
                                size_t len, bool is_damaged, uint64_t *ret_spans, struct oat_answer *answer);

/* Brings known.slots up to date, and gives the runs of slots, [first, end), that are here behind them; at
 * most `max`. Returns how many there are. */
unsigned oat_replica_pair_ranges(struct oat_replica_pair *pair, uint32_t (*ret)[2], unsigned max);

#endif
