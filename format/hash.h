/* Hashes of the format (SPEC.md, Checksums and ids). */
#ifndef OAT_FORMAT_HASH_H
#define OAT_FORMAT_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Spreads a position (slot number, entry offset) over a seed; odd, so it permutes 64-bit space. */
#define OAT_POSITION_PRIME UINT64_C(0x9e3779b97f4a7c15)

/* A content id: XXH3-128 in canonical (big-endian) byte order. */
typedef struct {
    uint8_t b[16];
} oat_content_id;

/* Content id of len bytes under a store's seed. */
oat_content_id oat_content_id_of(const void *data, size_t len, uint64_t seed);

/* XXH3-64 of len bytes. */
uint64_t oat_hash64(const void *data, size_t len, uint64_t seed);

/* The same id, computed piece by piece; one thread at a time. */
typedef struct oat_content_hasher oat_content_hasher;
/* The caller's until oat_content_hasher_free, which accepts NULL. NULL when out of memory. */
oat_content_hasher *oat_content_hasher_new(uint64_t seed);
void oat_content_hasher_free(oat_content_hasher *hasher);
/* Forgets what was taken. */
void oat_content_hasher_reset(oat_content_hasher *hasher, uint64_t seed);
/* Takes len bytes. */
void oat_content_hasher_update(oat_content_hasher *hasher, const void *data, size_t len);
/* The id of everything taken so far; more may be taken behind it. */
oat_content_id oat_content_hasher_digest(const oat_content_hasher *hasher);
/* oat_hash64 of the same bytes under the same seed. */
uint64_t oat_content_hasher_digest64(const oat_content_hasher *hasher);

#endif
