/* Input and output. */
#ifndef OAT_INGEST_MAP_PAYLOAD_H
#define OAT_INGEST_MAP_PAYLOAD_H

#include "ingest/map.h"

/* Sets them, and remembers in the map where they came from. False when out of memory. */
bool oat_map_payloads(struct oat_map *map);

#endif
