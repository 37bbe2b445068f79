/* The writers whose pairs come from elsewhere, of one store: whose they are, whether they are heard of, and
 * what of them is here whole (replicas/<writer>, SPEC.md). Requests about one writer take turns. */
#ifndef OAT_HTTPD_REPLICAS_H
#define OAT_HTTPD_REPLICAS_H

#include "format/replica.h"
#include "httpd/replica_pair.h"

#define OAT_REPLICA_LEASE_NS (UINT64_C(60) * 1000000000) /* from when something came */

struct oat_replicas;

/* dir is borrowed; nothing is opened before the first use. NULL: out of memory. */
struct oat_replicas *oat_replicas_new(const char *dir);
/* Takes NULL. No request is under way. */
void oat_replicas_free(struct oat_replicas *replicas);

/* A writer, while a request is about it. */
struct oat_replica {
    struct oat_replicas *replicas;
    const oat_store_dir *dir;
    bool is_new;                    /* nothing of it has come yet */
    struct oat_disk_replica record; /* as in its file */
    uint32_t known_seq;             /* the pair that the next is about */
    struct oat_replica_known known;
    struct oat_replica_turn *turn;
};

/* Takes the turn of a writer, on behalf of the token `owner` ("": there are no tokens), and makes the store
 * where there is none. False answers 409 (it is somebody else's, or writes here itself) or 503. */
bool oat_replicas_enter(struct oat_replicas *replicas, const uint8_t writer_id[16], const char *owner,
                        struct oat_replica *ret, struct oat_answer *answer);
/* Gives it back, with what is known of a pair. */
void oat_replica_leave(struct oat_replica *replica);

/* Is there a store? One that is only asked makes none. */
bool oat_replicas_have_store(const struct oat_replicas *replicas);

/* Something comes from the writer: it is the owner's from now on, and counts as alive for a while. False
 * answers 503: one that had not been heard of is just being compacted. */
bool oat_replica_renew(struct oat_replica *replica, const char *owner, struct oat_answer *answer);

/* The pair is here whole. False answers 503. */
bool oat_replica_complete(struct oat_replica *replica, uint32_t seq, struct oat_answer *answer);

/* Its writer is dead, and nothing more will come. False answers 503. */
bool oat_replica_end(struct oat_replica *replica, struct oat_answer *answer);

/* Have parts taken the pair over, though its files may still be there? */
bool oat_replica_is_consumed(const struct oat_replica *replica, uint32_t seq);

#endif
