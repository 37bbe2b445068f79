#include "compactor/key_shards.h"

#include "format/random.h"

#define ADDED_AT_ONCE (sizeof((struct oat_key_adder *)NULL)->keys[0] / sizeof(struct oat_key))

int oat_key_shards_init(struct oat_key_shards *shards, unsigned threads, int dir_fd, size_t memory_bytes)
{
    unsigned count = threads > 1 ? OAT_KEY_SHARDS_MAX : 1;
    *shards = (struct oat_key_shards){0};
    oat_random_bytes(&shards->seed, sizeof shards->seed);
    while (shards->count < count) {
        int result = oat_key_sorter_new(dir_fd, memory_bytes / count, &shards->sorters[shards->count]);
        if (result != OAT_OK) {
            oat_key_shards_free(shards);
            return result;
        }
        pthread_mutex_init(&shards->locks[shards->count++], NULL);
    }
    return OAT_OK;
}

void oat_key_shards_free(struct oat_key_shards *shards)
{
    for (unsigned i = 0; i < shards->count; i++) {
        oat_key_sorter_free(shards->sorters[i]);
        pthread_mutex_destroy(&shards->locks[i]);
    }
    *shards = (struct oat_key_shards){0};
}

/* ---- Adding ---- */

static int hand_over(struct oat_key_adder *adder, unsigned shard)
{
    int result = OAT_OK;
    pthread_mutex_lock(&adder->shards->locks[shard]);
    for (unsigned i = 0; i < adder->counts[shard] && result == OAT_OK; i++)
        result = oat_key_sorter_add(adder->shards->sorters[shard], &adder->keys[shard][i]);
    pthread_mutex_unlock(&adder->shards->locks[shard]);
    adder->counts[shard] = 0;
    return result;
}

int oat_key_adder_add(struct oat_key_adder *adder, const struct oat_key *key)
{
    unsigned shard = (unsigned)(key->order % adder->shards->count);
    adder->keys[shard][adder->counts[shard]++] = *key;
    return adder->counts[shard] == ADDED_AT_ONCE ? hand_over(adder, shard) : OAT_OK;
}

int oat_key_adder_finish(struct oat_key_adder *adder)
{
    int result = OAT_OK;
    for (unsigned i = 0; i < adder->shards->count && result == OAT_OK; i++)
        result = hand_over(adder, i);
    return result;
}

uint64_t oat_key_shards_count(const struct oat_key_shards *shards)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < shards->count; i++)
        count += oat_key_sorter_count(shards->sorters[i]);
    return count;
}

/* ---- Merging ---- */

static int advance(struct oat_key_shards *shards, unsigned shard)
{
    int result = oat_key_sorter_next(shards->sorters[shard], &shards->next[shard]);
    if (result != OAT_NOTFOUND)
        return result;
    shards->next[shard] = NULL;
    return OAT_OK;
}

static int begin_merge(struct oat_key_shards *shards)
{
    shards->merging = true;
    for (unsigned i = 0; i < shards->count; i++) {
        int result = advance(shards, i);
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

/* The least of the next keys, whose shard gives it; NULL: there are no more. */
static const struct oat_key *find_least(struct oat_key_shards *shards)
{
    const struct oat_key *least = NULL;
    for (unsigned i = 0; i < shards->count; i++) {
        if (!shards->next[i] || (least && oat_key_compare(least, shards->next[i]) <= 0))
            continue;
        least = shards->next[i];
        shards->last = i;
    }
    return least;
}

int oat_key_shards_next(struct oat_key_shards *shards, const struct oat_key **ret_key)
{
    int result = shards->merging ? advance(shards, shards->last) : begin_merge(shards);
    if (result != OAT_OK)
        return result;
    const struct oat_key *next = shards->next[shards->last];
    if (!next || oat_key_compare(next, &shards->given) != 0) /* else of the same trace */
        next = find_least(shards);
    if (!next)
        return OAT_NOTFOUND;
    shards->given = *next;
    *ret_key = next;
    return OAT_OK;
}
