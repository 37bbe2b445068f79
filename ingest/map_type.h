/* What kind of span it is. */
#ifndef OAT_INGEST_MAP_TYPE_H
#define OAT_INGEST_MAP_TYPE_H

#include "ingest/map.h"

/* Sets the type. */
void oat_map_type(struct oat_map *map);

#endif
