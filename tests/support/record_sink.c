#include "tests/support/record_sink.h"

#include "ingest/value_json.h"

#include <stdlib.h>
#include <string.h>

static char *copy(const void *bytes, size_t len)
{
    char *text = malloc(len + 1);
    if (!text)
        abort();
    if (len)
        memcpy(text, bytes, len);
    text[len] = '\0';
    return text;
}

static void put_attrs(struct oat_json *json, const oat_attr *attrs, size_t count)
{
    oat_value map = {.type = OAT_VALUE_MAP, .len = count, .u.map = attrs};
    oat_json_value(json, &map);
}

static char *finish(struct oat_json *json)
{
    size_t len;
    char *text = oat_json_take(json, &len);
    if (!text)
        abort();
    return text;
}

static char *attrs_text(const struct oat_import_span *span)
{
    struct oat_json json = {0};
    put_attrs(&json, span->attrs, span->attr_count);
    return finish(&json);
}

static char *events_text(const struct oat_import_span *span)
{
    struct oat_json json = {0};
    oat_json_array_begin(&json);
    for (size_t i = 0; i < span->event_count; i++) {
        oat_json_object_begin(&json);
        oat_json_key(&json, "name");
        oat_json_string(&json, span->events[i].name, span->events[i].name_len);
        oat_json_key(&json, "time");
        oat_json_uint(&json, span->events[i].time_ns);
        oat_json_key(&json, "attrs");
        put_attrs(&json, span->events[i].attrs, span->events[i].attr_count);
        oat_json_object_end(&json);
    }
    oat_json_array_end(&json);
    return finish(&json);
}

static char *links_text(const struct oat_import_span *span)
{
    struct oat_json json = {0};
    oat_json_array_begin(&json);
    for (size_t i = 0; i < span->link_count; i++) {
        oat_json_object_begin(&json);
        oat_json_key(&json, "trace");
        oat_json_hex(&json, span->links[i].target.trace_id, 16);
        oat_json_key(&json, "span");
        oat_json_hex(&json, span->links[i].target.span_id, 8);
        oat_json_key(&json, "attrs");
        put_attrs(&json, span->links[i].attrs, span->links[i].attr_count);
        oat_json_object_end(&json);
    }
    oat_json_array_end(&json);
    return finish(&json);
}

static int take(void *arg, const struct oat_import_span *span)
{
    struct record *record = arg;
    if (record->fail_at && record->count + 1 == record->fail_at)
        return OAT_E_FULL;
    record->spans = realloc(record->spans, (record->count + 1) * sizeof *record->spans);
    if (!record->spans)
        abort();
    struct recorded_span *r = &record->spans[record->count++];
    r->span = *span;
    for (int i = 0; i < OAT_TEXT_FIELDS; i++)
        r->text[i] = copy(span->text[i].bytes, span->text[i].len);
    r->input = copy(span->input.bytes, span->input.len);
    r->output = copy(span->output.bytes, span->output.len);
    r->error = copy(span->error.bytes, span->error.len);
    r->call_id = copy(span->call_id.bytes, span->call_id.len);
    r->attrs = attrs_text(span);
    r->events = events_text(span);
    r->links = links_text(span);
    return OAT_OK;
}

void record_init(struct record *record)
{
    *record = (struct record){.sink = {take, record}};
}

void record_free(struct record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        struct recorded_span *r = &record->spans[i];
        for (int k = 0; k < OAT_TEXT_FIELDS; k++)
            free(r->text[k]);
        free(r->input);
        free(r->output);
        free(r->error);
        free(r->call_id);
        free(r->attrs);
        free(r->events);
        free(r->links);
    }
    free(record->spans);
    record_init(record);
}

const struct recorded_span *record_find(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->count; i++)
        if (strcmp(record->spans[i].text[OAT_TEXT_NAME], name) == 0)
            return &record->spans[i];
    return NULL;
}
