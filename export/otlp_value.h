/* Attributes as OTLP JSON has them: {"key": ..., "value": {"stringValue": ...}}. */
#ifndef OAT_EXPORT_OTLP_VALUE_H
#define OAT_EXPORT_OTLP_VALUE_H

#include "format/attrs.h"
#include "format/json_write.h"
#include "oat/reader.h"

/* One attribute, an element of a list of them. */
void oat_otlp_attribute(struct oat_json *json, const char *key, size_t key_len,
                        const struct oat_attr_value *value);

/* The same of the program's own keys. text NULL: nothing is written. */
void oat_otlp_text(struct oat_json *json, const char *key, oat_text text);
void oat_otlp_int(struct oat_json *json, const char *key, int64_t value);
void oat_otlp_double(struct oat_json *json, const char *key, double value);
/* A string when it is UTF-8, else bytes. */
void oat_otlp_bytes(struct oat_json *json, const char *key, const uint8_t *bytes, size_t len);

#endif
