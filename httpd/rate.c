#include "httpd/rate.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <xxhash.h>

#define WAYS       4u /* where a key may be; the one not used for longest is forgotten */
#define WAIT_MAX_S 3600u

struct bucket {
    uint64_t key; /* a hash: two keys with the same one share it */
    uint64_t used_ns;
    double permits; /* at used_ns; below 0: owed */
};

struct oat_rate {
    double burst, per_s;
    uint64_t seed;
    pthread_mutex_t lock;
    struct bucket buckets[OAT_RATE_KEYS];
};

struct oat_rate *oat_rate_new(double burst, double per_s)
{
    struct oat_rate *rate = calloc(1, sizeof *rate);
    if (!rate)
        return NULL;
    rate->burst = burst;
    rate->per_s = per_s;
    rate->seed = (uintptr_t)rate;
    pthread_mutex_init(&rate->lock, NULL);
    return rate;
}

void oat_rate_free(struct oat_rate *rate)
{
    if (!rate)
        return;
    pthread_mutex_destroy(&rate->lock);
    free(rate);
}

/* Its bucket, or the one it gets. Called with the lock. */
static struct bucket *find(struct oat_rate *rate, uint64_t key, uint64_t now_ns)
{
    struct bucket *ways = &rate->buckets[key % (OAT_RATE_KEYS / WAYS) * WAYS];
    struct bucket *oldest = ways;
    for (unsigned i = 0; i < WAYS; i++) {
        if (ways[i].key == key && ways[i].used_ns > 0)
            return &ways[i];
        if (ways[i].used_ns < oldest->used_ns)
            oldest = &ways[i];
    }
    *oldest = (struct bucket){.key = key, .used_ns = now_ns, .permits = rate->burst};
    return oldest;
}

/* Its bucket with what has come meanwhile. Called with the lock. */
static struct bucket *fill(struct oat_rate *rate, const char *key, size_t key_len, uint64_t now_ns)
{
    struct bucket *bucket = find(rate, XXH3_64bits_withSeed(key, key_len, rate->seed), now_ns);
    if (now_ns > bucket->used_ns) {
        double come = (double)(now_ns - bucket->used_ns) * 1e-9 * rate->per_s;
        bucket->permits = fmin(rate->burst, bucket->permits + come);
        bucket->used_ns = now_ns;
    }
    return bucket;
}

bool oat_rate_take(struct oat_rate *rate, const char *key, size_t key_len, double count, uint64_t now_ns,
                   unsigned *ret_wait_s)
{
    double least = fmin(count, 1);
    pthread_mutex_lock(&rate->lock);
    struct bucket *bucket = fill(rate, key, key_len, now_ns);
    bool given = bucket->permits >= least;
    if (given)
        bucket->permits -= count;
    else
        *ret_wait_s = (unsigned)fmin(WAIT_MAX_S, ceil((least - bucket->permits) / rate->per_s));
    pthread_mutex_unlock(&rate->lock);
    return given;
}

void oat_rate_charge(struct oat_rate *rate, const char *key, size_t key_len, double count, uint64_t now_ns)
{
    pthread_mutex_lock(&rate->lock);
    fill(rate, key, key_len, now_ns)->permits -= count;
    pthread_mutex_unlock(&rate->lock);
}
