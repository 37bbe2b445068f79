/* Payloads, events and links of a span of the SDKs' JSON. */
#ifndef OAT_INGEST_SDK_PAYLOAD_H
#define OAT_INGEST_SDK_PAYLOAD_H

#include "ingest/import.h"
#include "ingest/json_value.h"

/* A value of `inputs` or `outputs` as bytes: a string as its text, {"media_type", "base64"} decoded, all else
 * as the JSON it is. info: `input_info` of an answer of ours, which says what a string or a null was; 0 for
 * none. */
struct oat_import_payload oat_sdk_payload(const struct oat_json_doc *doc, oat_jnode value, oat_jnode info);

/* A list of events or links in the arena; NULL and 0 for none. An element that is no object is passed over;
 * so is a link whose ids are not 32 and 16 hex digits. */
const oat_event *oat_sdk_events(const struct oat_json_doc *doc, oat_jnode list, size_t *ret_count);
const oat_link *oat_sdk_links(const struct oat_json_doc *doc, oat_jnode list, size_t *ret_count);

/* Seconds since the epoch as a number, an exact count of nanoseconds at `exact`, or a date and time as text.
 * *ret on success only. */
bool oat_sdk_time(const struct oat_json_doc *doc, oat_jnode seconds, oat_jnode exact, uint64_t *ret_ns);

#endif
