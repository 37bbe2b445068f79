/* Members of objects whose value may not be known: null then, never 0. */
#ifndef OAT_EXPORT_FIELD_JSON_H
#define OAT_EXPORT_FIELD_JSON_H

#include "format/json_write.h"
#include "oat/reader.h"

void oat_json_count_field(struct oat_json *json, const char *key, bool known, uint64_t count);
/* value / 10^decimals, exactly: times in seconds and costs in USD have 9 decimals, milliseconds 6. */
void oat_json_fixed_field(struct oat_json *json, const char *key, bool known, int64_t value,
                          unsigned decimals);
/* bytes NULL: not known. */
void oat_json_text_field(struct oat_json *json, const char *key, oat_text text);

#endif
