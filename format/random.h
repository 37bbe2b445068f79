/* Random numbers for ids: a generator per thread, seeded by the kernel. Not for secrets. */
#ifndef OAT_FORMAT_RANDOM_H
#define OAT_FORMAT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* xoshiro256** by Blackman and Vigna (prng.di.unimi.it). */
typedef struct oat_random {
    uint64_t s[4];
} oat_random;

/* Seeds from getrandom(2); falls back on clock and addresses if that fails. */
void oat_random_seed(oat_random *random);

/* Bytes from the kernel, for identities and nonces. Falls back likewise. */
void oat_random_bytes(void *dst, size_t len);

static inline uint64_t oat_random_next(oat_random *random)
{
    uint64_t *s = random->s;
    uint64_t x = s[1] * 5;
    uint64_t result = (x << 7 | x >> 57) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = s[3] << 45 | s[3] >> 19;
    return result;
}

/* As above, never 0: an id. */
static inline uint64_t oat_random_id(oat_random *random)
{
    uint64_t x = oat_random_next(random);
    return x ? x : 1;
}

#endif
