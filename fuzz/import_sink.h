/* A sink that touches every byte a span points to: what is not readable crashes. */
#ifndef OAT_FUZZ_IMPORT_SINK_H
#define OAT_FUZZ_IMPORT_SINK_H

#include "fuzz/fuzz.h"

#include "ingest/import.h"

static volatile unsigned fuzz_import_sum;

static inline void fuzz_import_touch(const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        fuzz_import_sum += ((const uint8_t *)bytes)[i];
}

static inline void fuzz_import_touch_value(const oat_value *value, unsigned depth)
{
    fuzz_require(depth <= 80);
    if (value->type == OAT_VALUE_STRING || value->type == OAT_VALUE_BYTES)
        fuzz_import_touch(value->u.bytes, value->len);
    for (size_t i = 0; value->type == OAT_VALUE_ARRAY && i < value->len; i++)
        fuzz_import_touch_value(&value->u.array[i], depth + 1);
    for (size_t i = 0; value->type == OAT_VALUE_MAP && i < value->len; i++) {
        fuzz_import_touch(value->u.map[i].key, value->u.map[i].key_len);
        fuzz_import_touch_value(&value->u.map[i].value, depth + 1);
    }
}

static inline void fuzz_import_touch_attrs(const oat_attr *attrs, size_t count)
{
    oat_value map = {.type = OAT_VALUE_MAP, .len = count, .u.map = attrs};
    fuzz_import_touch_value(&map, 0);
}

static inline int fuzz_import_span(void *arg, const struct oat_import_span *span)
{
    uint64_t *count = arg;
    uint8_t trace = 0, id = 0;
    for (int i = 0; i < 16; i++)
        trace |= span->trace_id[i];
    for (int i = 0; i < 8; i++)
        id |= span->span_id[i];
    fuzz_require(trace && id && span->type >= OAT_AGENT && span->type <= OAT_FILE_IO);
    fuzz_require(span->status == OAT_STATUS_SUCCESS || span->status == OAT_STATUS_ERROR);
    for (int i = 0; i < OAT_TEXT_FIELDS; i++)
        fuzz_import_touch(span->text[i].bytes, span->text[i].len);
    fuzz_import_touch(span->input.bytes, span->input.len);
    fuzz_import_touch(span->output.bytes, span->output.len);
    fuzz_import_touch(span->error.bytes, span->error.len);
    fuzz_import_touch(span->call_id.bytes, span->call_id.len);
    fuzz_import_touch_attrs(span->attrs, span->attr_count);
    for (size_t i = 0; i < span->event_count; i++) {
        fuzz_import_touch(span->events[i].name, span->events[i].name_len);
        fuzz_import_touch_attrs(span->events[i].attrs, span->events[i].attr_count);
    }
    for (size_t i = 0; i < span->link_count; i++)
        fuzz_import_touch_attrs(span->links[i].attrs, span->links[i].attr_count);
    (*count)++;
    return OAT_OK;
}

/* Runs a decoder, and again: the same bytes give the same. */
static inline void fuzz_import_twice(int (*decode)(const void *, size_t, const struct oat_import_sink *,
                                                   struct oat_import_report *),
                                     const uint8_t *data, size_t size)
{
    uint64_t spans[2] = {0};
    int results[2];
    for (int i = 0; i < 2; i++) {
        struct oat_import_sink sink = {.span = fuzz_import_span, .arg = &spans[i]};
        struct oat_import_report report = {0};
        results[i] = decode(data, size, &sink, &report);
        fuzz_require(report.spans == spans[i]);
    }
    fuzz_require(results[0] == results[1] && spans[0] == spans[1]);
}

#endif
