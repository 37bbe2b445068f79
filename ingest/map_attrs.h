/* What stays an attribute. */
#ifndef OAT_INGEST_MAP_ATTRS_H
#define OAT_INGEST_MAP_ATTRS_H

#include "ingest/map.h"

/* Sets the list of attributes; asks fields and payloads, which are set. False when out of memory. */
bool oat_map_attributes(struct oat_map *map);

#endif
