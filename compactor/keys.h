/* From slots and older rows to the order of the new parts. */
#ifndef OAT_COMPACTOR_KEYS_H
#define OAT_COMPACTOR_KEYS_H

#include "compactor/key_shards.h"
#include "reader/rows.h"

/* Adds the key of a span; of an event, link or score. Failures as of oat_key_sorter_add. */
int oat_keys_add_row(struct oat_key_adder *adder, const uint8_t trace_id[16], const struct oat_row *row);
int oat_keys_add_mark(struct oat_key_adder *adder, const uint8_t trace_id[16], const struct oat_mark *mark,
                      uint64_t span_start_ns);

/* Keys of pairs that were read before it was known which of them are compacted. Zero-initialise. */
struct oat_pair_keys {
    struct oat_key_shards shards;
    uint32_t
        *pair_of; /* by the number that a pair had then: its number now; OAT_NO_PAIR: it is not compacted */
};
#define OAT_NO_PAIR UINT32_MAX

/* Adds a key of every span, event, link and score that the sources have, as a snapshot would find them;
 * the keys of a trace get one order. Damage is added to the problems of the sources. threads: that read
 * sources at once. Failures as of oat_key_sorter_add. */
int oat_keys_collect(struct oat_sources *sources, unsigned threads, struct oat_key_shards *shards);

#endif
