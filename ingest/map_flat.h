/* Attributes that spell a nested value out, "llm.input_messages.0.message.role", as JSON again. */
#ifndef OAT_INGEST_MAP_FLAT_H
#define OAT_INGEST_MAP_FLAT_H

#include "format/json_write.h"
#include "ingest/map.h"

/* Writes what lies below the prefix: numbers in a key's path become arrays, names objects. The names
 * that OpenInference puts between an index and its members ("message", "tool_call" ...) are left
 * out. False when nothing has the prefix. Keys are sorted, so equal messages are equal bytes. */
bool oat_map_unflatten(const struct oat_map *map, const char *prefix, struct oat_json *json);

#endif
