/* Payload bytes as JSON values; nothing here reads a store (stored_json.h does). */
#ifndef OAT_EXPORT_PAYLOAD_JSON_H
#define OAT_EXPORT_PAYLOAD_JSON_H

#include "format/json_write.h"
#include "oat/reader.h"

/* Characters of a payload in input_preview and output_preview. */
#define OAT_PREVIEW_CHARS 200u

/* Bytes of the first OAT_PREVIEW_CHARS characters; a byte that belongs to no UTF-8 character counts
 * as one. */
size_t oat_preview_len(const char *bytes, size_t len);

/* True for application/json and types that end in +json; parameters are ignored. NULL: false. */
bool oat_media_is_json(const char *media_type);

/* The value of a payload: its JSON when media_type says JSON and it is, else a string when it is
 * UTF-8, else {"media_type", "base64"}. */
void oat_json_payload_bytes(struct oat_json *json, const char *media_type, const uint8_t *bytes, size_t len);

/* What encoded attributes say about the span itself; texts point into the encoding. Ids as they were
 * given, and texts too long for their field. */
struct oat_given {
    oat_text trace_id, span_id, parent_span_id;
    oat_text text[OAT_TEXT_FIELDS];
};

/* Fills in *ret from encoded attributes (format/attrs.h); false when they are malformed. */
bool oat_attrs_given(const uint8_t *bytes, size_t len, struct oat_given *ret);

/* Encoded attributes as an object, or null when malformed; those that oat_attrs_given takes are left
 * out. */
void oat_json_attrs(struct oat_json *json, const uint8_t *bytes, size_t len);

/* One encoded value of an attribute; null when malformed. */
void oat_json_attr_value(struct oat_json *json, const uint8_t *bytes, size_t len);

#endif
