/* Text fields, prompt version, status and error. */
#ifndef OAT_INGEST_MAP_FIELDS_H
#define OAT_INGEST_MAP_FIELDS_H

#include "ingest/map.h"

/* Sets the text fields, the prompt version and the call id; asks the type, which is set. */
void oat_map_texts(struct oat_map *map);

/* Sets status and error; asks the status message, which is set. */
void oat_map_status(struct oat_map *map);

#endif
