#include "format/hash.h"

#include <string.h>

#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

/* Where the library has it, the functions of these names choose the widest vectors that the processor has. */
#if defined __x86_64__ && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>
#endif

static oat_content_id canonical(XXH128_hash_t h)
{
    XXH128_canonical_t c;
    oat_content_id id;
    XXH128_canonicalFromHash(&c, h);
    memcpy(id.b, c.digest, sizeof id.b);
    return id;
}

oat_content_id oat_content_id_of(const void *data, size_t len, uint64_t seed)
{
    return canonical(XXH3_128bits_withSeed(data, len, seed));
}

uint64_t oat_hash64(const void *data, size_t len, uint64_t seed)
{
    return XXH3_64bits_withSeed(data, len, seed);
}

oat_content_hasher *oat_content_hasher_new(uint64_t seed)
{
    XXH3_state_t *state = XXH3_createState();
    if (state)
        XXH3_128bits_reset_withSeed(state, seed);
    return (oat_content_hasher *)state;
}

void oat_content_hasher_reset(oat_content_hasher *hasher, uint64_t seed)
{
    XXH3_128bits_reset_withSeed((XXH3_state_t *)hasher, seed);
}

void oat_content_hasher_update(oat_content_hasher *hasher, const void *data, size_t len)
{
    XXH3_128bits_update((XXH3_state_t *)hasher, data, len);
}

oat_content_id oat_content_hasher_digest(const oat_content_hasher *hasher)
{
    return canonical(XXH3_128bits_digest((const XXH3_state_t *)hasher));
}

uint64_t oat_content_hasher_digest64(const oat_content_hasher *hasher)
{
    return XXH3_64bits_digest((const XXH3_state_t *)hasher);
}

void oat_content_hasher_free(oat_content_hasher *hasher)
{
    XXH3_freeState((XXH3_state_t *)hasher);
}
