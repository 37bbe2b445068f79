/* The record of a span as members of a JSON object: ids, texts, times, figures. Most bytes of an answer are
 * these, so they are put into room that is made for many of them at once (format/json_put.h). */
#ifndef OAT_EXPORT_RECORD_JSON_H
#define OAT_EXPORT_RECORD_JSON_H

#include "export/payload_json.h"
#include "format/json_write.h"
#include "oat/reader.h"

#define OAT_RECORD_ROOM      4096u /* more than a record takes whose texts are short */
#define OAT_RECORD_KEY_MAX   32u
#define OAT_RECORD_TRACE_MAX 64u
#define OAT_RECORD_USAGE_MAX 512u

/* A comma, a name and a colon. */
struct oat_record_key {
    char bytes[OAT_RECORD_KEY_MAX];
    size_t len;
};

/* Where a text was written last, with its key. */
struct oat_record_text {
    oat_text text;
    size_t at, len;
};

/* What the records of one JSON text have in common. Neighbours often have the same texts: those are copied
 * from where they were written last. */
struct oat_record_writer {
    struct oat_record_key texts[OAT_TEXT_FIELDS], counts[OAT_COUNT_FIELDS];
    char no_usage[OAT_RECORD_USAGE_MAX]; /* the member of spans that used nothing */
    size_t no_usage_len;
    struct oat_record_text last[OAT_TEXT_FIELDS];
    char trace[OAT_RECORD_TRACE_MAX]; /* the member of the trace id, with the comma behind it */
    size_t trace_len;                 /* 0: there was none */
    uint8_t trace_id[16];
};

/* For one JSON text, which only grows from then on, and for spans whose texts stay where they are. */
void oat_record_writer_init(struct oat_record_writer *ret);

/* Writes the members behind "{". given: what the span's attributes say of it. */
void oat_json_record(struct oat_json *json, struct oat_record_writer *writer, const oat_span_view *span,
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
