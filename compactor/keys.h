/* From slots and older rows to the order of the new parts. */
#ifndef OAT_COMPACTOR_KEYS_H
#define OAT_COMPACTOR_KEYS_H

#include "compactor/key_shards.h"
#include "reader/rows.h"

/* Adds a key of every span, event, link and score that the sources have, as a snapshot would find them;
 * the keys of a trace get one order. Damage is added to the problems of the sources. threads: that read
 * sources at once. Failures as of oat_key_sorter_add. */
int oat_keys_collect(struct oat_sources *sources, unsigned threads, struct oat_key_shards *shards);

#endif
