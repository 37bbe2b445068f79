/* Which events a span keeps. */
#ifndef OAT_INGEST_MAP_EVENTS_H
#define OAT_INGEST_MAP_EVENTS_H

#include "ingest/map.h"

/* Sets the list of events. False when out of memory. */
bool oat_map_events(struct oat_map *map);

#endif
