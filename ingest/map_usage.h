/* Tokens, cost, time to first token. */
#ifndef OAT_INGEST_MAP_USAGE_H
#define OAT_INGEST_MAP_USAGE_H

#include "ingest/map.h"

/* Sets them. */
void oat_map_usage(struct oat_map *map);

#endif
