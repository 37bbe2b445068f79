/* The ids that markers carry: the same secret has the same id as long as a thread remembers it, so that a
 * conversation that is sent again and again is stored once, redacted or not. */
#ifndef OAT_REDACT_IDS_H
#define OAT_REDACT_IDS_H

#include "format/hash.h"
#include "format/random.h"

#define OAT_REDACT_IDS 64u

/* One thread's; zero-initialise but for random. Nothing of it is ever stored. */
struct oat_redact_ids {
    oat_random *random;
    uint64_t seed; /* of the hashes; 0: not chosen yet */
    struct oat_redact_known {
        oat_content_id secret; /* its hash */
        uint64_t id;           /* 0: none */
    } known[OAT_REDACT_IDS];
};

/* A random id, the one that this secret was given before if it is among those remembered. */
uint64_t oat_redact_id_of(struct oat_redact_ids *ids, const void *secret, size_t len);

#endif
