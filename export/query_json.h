/* Answers of queries as JSON: docs/query.md has the shape. */
#ifndef OAT_EXPORT_QUERY_JSON_H
#define OAT_EXPORT_QUERY_JSON_H

#include "format/json_write.h"
#include "oat/reader.h"

/* One value: times are seconds, null is null. */
void oat_json_query_value(struct oat_json *json, const oat_query_column *column,
                          const oat_query_value *value);

/* The whole answer as an object. Out of memory sets json->failed. */
void oat_json_query_result(struct oat_json *json, const oat_query_result *result);

#endif
