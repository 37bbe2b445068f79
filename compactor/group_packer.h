/* Compresses groups of chunks and makes their signatures, several at a time, and gives them back in the order
 * they came. Used by one thread, which compresses too while it would have to wait. */
#ifndef OAT_COMPACTOR_GROUP_PACKER_H
#define OAT_COMPACTOR_GROUP_PACKER_H

#include "format/limits.h"
#include "format/sections.h"
#include "format/signature.h"

struct oat_group_job {
    uint8_t *raw; /* OAT_CHUNK_MAX bytes */
    size_t raw_len;
    uint32_t first_chunk; /* for the caller */
    uint32_t chunk_count;
    bool dense;                   /* there is little to gain: a quick try decides */
    enum oat_section_codec codec; /* what was found best */
    const uint8_t *stored;        /* raw, or what it was compressed to */
    size_t stored_len;
    uint8_t *packed;
    void *signature; /* OAT_SIGNATURE_MAX bytes */
    size_t signature_len;
};

struct oat_group_packer;

/* threads: the caller's included; where the system refuses some, there are fewer. OAT_OK, OAT_E_NOMEM. */
int oat_group_packer_new(unsigned threads, struct oat_group_packer **ret);
/* Accepts NULL. Waits for the groups being compressed. */
void oat_group_packer_free(struct oat_group_packer *packer);

/* An empty group to be filled, the same until it is submitted. NULL: all are under way, take one. */
struct oat_group_job *oat_group_packer_begin(struct oat_group_packer *packer);
/* Hands it over to be compressed. */
void oat_group_packer_submit(struct oat_group_packer *packer);
/* Waits for the oldest group that was submitted; it is the caller's until the next call of begin. NULL:
 * none is left. */
const struct oat_group_job *oat_group_packer_take(struct oat_group_packer *packer);

#endif
