/* The record of a span as members of a JSON object: ids, texts, times, figures. Most bytes of an answer are
 * these, so they are put into room that is made for many of them at once (format/json_put.h). */
#ifndef OAT_EXPORT_RECORD_JSON_H
#define OAT_EXPORT_RECORD_JSON_H

#include "export/payload_json.h"
#include "format/json_write.h"
#include "oat/reader.h"

#define OAT_RECORD_ROOM    4096u /* more than a record takes whose texts are short */
#define OAT_RECORD_KEY_MAX 32u

/* A comma, a name and a colon. */
struct oat_record_key {
    char bytes[OAT_RECORD_KEY_MAX];
    size_t len;
};

/* Keys of the fields that have numbers. */
struct oat_record_keys {
    struct oat_record_key texts[OAT_TEXT_FIELDS], counts[OAT_COUNT_FIELDS];
};

void oat_record_keys_make(struct oat_record_keys *ret);

/* Writes the members behind "{". given: what the span's attributes say of it. */
void oat_json_record(struct oat_json *json, const struct oat_record_keys *keys, const oat_span_view *span,
                     const struct oat_given *given);

/* Some of them, for other objects. As the first member: an id as it was given with the hex form beside it
 * (KEY_hex), or the hex form alone. key: short and plain. */
void oat_json_id(struct oat_json *json, const char *key, const uint8_t *id, size_t id_len, oat_text given);
/* Behind other members: when a span or trace began and ended, and how long it was. end_ns 0: it did not. */
void oat_json_times(struct oat_json *json, uint64_t start_ns, uint64_t end_ns);
/* Likewise: when something happened. */
void oat_json_time(struct oat_json *json, uint64_t time_ns);
void oat_json_total_cost(struct oat_json *json, bool known, int64_t nano);

#endif
