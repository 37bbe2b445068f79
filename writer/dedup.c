#include "writer/dedup.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS        16u
#define WAYS          8u
#define FIRST_BUCKETS 4u

/* Entries in the order of their last use, the newest first. */
struct bucket {
    uint64_t used; /* beside the ids: a look that finds nothing is one cache miss */
    oat_content_id id[WAYS];
    uint64_t value[WAYS];
};
_Static_assert(sizeof(struct bucket) <= WAYS * 32, "the header promises 32 bytes an entry");

struct shard {
    alignas(64) pthread_mutex_t lock;
    struct bucket *buckets;
    size_t bucket_count; /* 0 or a power of two */
    size_t used;
};

struct oat_dedup {
    size_t max_buckets; /* of a shard */
    struct shard shard[SHARDS];
};

oat_dedup *oat_dedup_new(size_t max_entries)
{
    oat_dedup *d = aligned_alloc(alignof(oat_dedup), sizeof *d);
    if (!d)
        return NULL;
    memset(d, 0, sizeof *d);
    d->max_buckets = 1;
    while (d->max_buckets < max_entries / (SHARDS * WAYS))
        d->max_buckets *= 2;
    for (size_t i = 0; i < SHARDS; i++)
        pthread_mutex_init(&d->shard[i].lock, NULL);
    return d;
}

void oat_dedup_free(oat_dedup *dedup)
{
    if (!dedup)
        return;
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_destroy(&dedup->shard[i].lock);
        free(dedup->shard[i].buckets);
    }
    free(dedup);
}

static struct shard *shard_of(oat_dedup *dedup, const oat_content_id *id)
{
    return &dedup->shard[id->b[0] % SHARDS];
}

/* Ids are hashes: some of their bytes are as good a hash as any. */
static struct bucket *bucket_of(struct bucket *buckets, size_t bucket_count, const oat_content_id *id)
{
    uint64_t h;
    memcpy(&h, id->b + 8, sizeof h);
    return &buckets[h & (bucket_count - 1)];
}

static int find_in(const struct bucket *b, const oat_content_id *id)
{
    for (size_t i = 0; i < b->used; i++)
        if (memcmp(b->id[i].b, id->b, sizeof id->b) == 0)
            return (int)i;
    return -1;
}

/* Puts an entry first; the `from` entries before its place move back by one. */
static void put_first(struct bucket *b, size_t from, oat_content_id id, uint64_t value)
{
    memmove(b->id + 1, b->id, from * sizeof b->id[0]);
    memmove(b->value + 1, b->value, from * sizeof b->value[0]);
    b->id[0] = id;
    b->value[0] = value;
}

bool oat_dedup_find(oat_dedup *dedup, const oat_content_id *id, uint64_t *ret_value)
{
    struct shard *s = shard_of(dedup, id);
    bool found = false;

    pthread_mutex_lock(&s->lock);
    if (s->bucket_count > 0) {
        struct bucket *b = bucket_of(s->buckets, s->bucket_count, id);
        int at = find_in(b, id);
        if (at >= 0) {
            uint64_t value = b->value[at];
            put_first(b, (size_t)at, *id, value);
            *ret_value = value;
            found = true;
        }
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

/* Doubles a shard. False when it may not grow or memory is short: nothing has changed then. */
static bool grow(struct shard *s, size_t max_buckets)
{
    size_t count = s->bucket_count ? s->bucket_count * 2 : FIRST_BUCKETS;
    if (count > max_buckets)
        count = max_buckets;
    if (count <= s->bucket_count)
        return false;
    struct bucket *buckets = calloc(count, sizeof *buckets);
    if (!buckets)
        return false;
    for (size_t i = 0; i < s->bucket_count; i++) {
        struct bucket *from = &s->buckets[i];
        for (size_t e = 0; e < from->used; e++) {
            struct bucket *to = bucket_of(buckets, count, &from->id[e]);
            to->id[to->used] = from->id[e];
            to->value[to->used++] = from->value[e];
        }
    }
    free(s->buckets);
    s->buckets = buckets;
    s->bucket_count = count;
    return true;
}

static void put_locked(struct shard *s, size_t max_buckets, const oat_content_id *id, uint64_t value)
{
    if (s->bucket_count == 0 && !grow(s, max_buckets))
        return;
    struct bucket *b = bucket_of(s->buckets, s->bucket_count, id);
    int at = find_in(b, id);
    if (at >= 0) {
        put_first(b, (size_t)at, *id, value);
        return;
    }
    /* A single bucket can fill up by chance; that alone is no reason to take more memory. */
    if (b->used == WAYS && s->used >= s->bucket_count * WAYS / 4 && grow(s, max_buckets))
        b = bucket_of(s->buckets, s->bucket_count, id);
    if (b->used < WAYS) {
        b->used++;
        s->used++;
    }
    put_first(b, b->used - 1, *id, value);
}

void oat_dedup_put(oat_dedup *dedup, const oat_content_id *id, uint64_t value)
{
    struct shard *s = shard_of(dedup, id);
    pthread_mutex_lock(&s->lock);
    put_locked(s, dedup->max_buckets, id, value);
    pthread_mutex_unlock(&s->lock);
}
