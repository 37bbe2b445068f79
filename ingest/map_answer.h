/* What a recorded answer of a model says that no attribute says. */
#ifndef OAT_INGEST_MAP_ANSWER_H
#define OAT_INGEST_MAP_ANSWER_H

#include "ingest/map.h"

/* Sets call id, price tier and cache writes for an hour of an llm span from the provider's answer, where they
 * are not set; asks type, call id and counts, which are set. */
void oat_map_answer(struct oat_map *map);

#endif
