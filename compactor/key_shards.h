/* Keys in several sorters, so that several threads can work on them: all keys of a trace in one, chosen by
 * its id. There are more sorters than threads: one with fewer keys is sorted within the caches, and gives
 * its memory back before the next one needs some. */
#ifndef OAT_COMPACTOR_KEY_SHARDS_H
#define OAT_COMPACTOR_KEY_SHARDS_H

#include "compactor/key_sorter.h"

#include <pthread.h>

#define OAT_KEY_SHARDS_MAX 64u

struct oat_key_shards {
    unsigned count;
    uint64_t seed; /* of hashes of trace ids: they come from outside, nobody shall choose the order */
    struct oat_key_sorter *sorters[OAT_KEY_SHARDS_MAX]; /* NULL: done with */
    pthread_mutex_t locks[OAT_KEY_SHARDS_MAX];          /* while keys are added to them */
    const struct oat_key *next[OAT_KEY_SHARDS_MAX];     /* while they are merged: of each; NULL: no more */
    bool merging;
    unsigned last;        /* the one that gave the last key */
    struct oat_key given; /* that key */
};

/* Makes sorters that share the memory, one for a single thread. As oat_key_sorter_new. */
int oat_key_shards_init(struct oat_key_shards *shards, unsigned threads, int dir_fd, size_t memory_bytes);
/* Accepts a zeroed one; keeps errno. */
void oat_key_shards_free(struct oat_key_shards *shards);

/* Keys that one thread adds. Zero-initialise, but for `shards`. */
struct oat_key_adder {
    struct oat_key_shards *shards;
    struct oat_key keys[OAT_KEY_SHARDS_MAX][16];
    unsigned counts[OAT_KEY_SHARDS_MAX];
};

/* Adds a key whose order is a hash of its trace id; any number of threads, each with its adder. Failures as
 * of oat_key_sorter_add. */
int oat_key_adder_add(struct oat_key_adder *adder, const struct oat_key *key);
/* Hands over what it still has. */
int oat_key_adder_finish(struct oat_key_adder *adder);

/* Keys that were added to all of them. */
uint64_t oat_key_shards_count(const struct oat_key_shards *shards);

/* The next key of all in order, as oat_key_sorter_next. */
int oat_key_shards_next(struct oat_key_shards *shards, const struct oat_key **ret_key);

#endif
