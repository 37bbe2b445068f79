/* The attribute mapping. Which attribute means what is in the tables of map_type.c, map_fields.c,
 * map_usage.c and map_payload.c; when a convention renames something, add a line there. */
#ifndef OAT_INGEST_MAP_H
#define OAT_INGEST_MAP_H

#include "ingest/json_value.h"
#include "ingest/otel.h"
#include "ingest/text.h"

/* A span's attributes by key, and what is being made of them. */
struct oat_map {
    struct oat_arena *arena;
    struct oat_json_doc *scratch;
    const struct oat_otel_span *span;
    struct oat_import_span *out;
    uint32_t *slots; /* open addressing: index + 1 of the attribute, 0 = free */
    size_t mask;
    const oat_attr *input_from[2]; /* attributes whose bytes became the payload: not stored again */
    const oat_attr *output_from[2];
    const char *input_source; /* where the payload came from; NULL: no payload */
    const char *output_source;
};

/* The attribute of that key (the last one); NULL when there is none. */
const oat_attr *oat_map_find(const struct oat_map *map, const char *key);

/* True when an attribute's key begins with the prefix. */
bool oat_map_has_prefix(const struct oat_map *map, const char *prefix);

/* The value at "key" or "key>member>member" (members of a map value, or of JSON text) as text: strings as
 * they are (mlflow.* ones without their JSON quotes), numbers and bools printed. bytes NULL when there is
 * none or it is empty. */
oat_text oat_map_text(const struct oat_map *map, const char *path);

/* The same, as a number; numeric strings count. *ret on success only. */
bool oat_map_double(const struct oat_map *map, const char *path, double *ret);
bool oat_map_count(const struct oat_map *map, const char *path, uint64_t *ret);

/* Fills *ret from the span: type, fields, counts, cost, payloads, status, attributes. False when
 * out of memory, or when the span is to be left out (*ret_skip: a Logfire pending span). What
 * *ret points to is in the arena or the span. */
bool oat_otel_map(struct oat_arena *arena, struct oat_json_doc *scratch, const struct oat_otel_span *span,
                  struct oat_import_span *ret, bool *ret_skip);

#endif
