#include "redact/ids.h"

#include <string.h>

uint64_t oat_redact_id_of(struct oat_redact_ids *ids, const void *secret, size_t len)
{
    if (ids->seed == 0)
        ids->seed = oat_random_id(ids->random);
    oat_content_id hash = oat_content_id_of(secret, len, ids->seed);
    uint64_t place;
    memcpy(&place, &hash, sizeof place);
    struct oat_redact_known *known = &ids->known[place % OAT_REDACT_IDS];
    if (known->id == 0 || memcmp(&known->secret, &hash, sizeof hash) != 0)
        *known = (struct oat_redact_known){hash, oat_random_id(ids->random)};
    return known->id;
}
