/* Attribute values as JSON: for payloads that are put together from attributes. */
#ifndef OAT_INGEST_VALUE_JSON_H
#define OAT_INGEST_VALUE_JSON_H

#include "format/json_write.h"
#include "ingest/arena.h"
#include "oat/reader.h"

/* A value: byte strings as base64, NaN and infinities as strings; null for what lies deeper than
 * OAT_VALUE_DEPTH_MAX. */
void oat_json_value(struct oat_json *json, const oat_value *value);

/* A string that is itself JSON text (an object or array) as that text, byte for byte; any other value
 * as it is. Not for a place behind another value: the text gets no comma. */
void oat_json_nested(struct oat_json *json, const oat_value *value);

/* Moves the text into the arena; json is empty afterwards. bytes NULL, and the arena has failed, when
 * the text is not whole or the arena has no room. */
oat_text oat_json_into_arena(struct oat_json *json, struct oat_arena *arena);

#endif
