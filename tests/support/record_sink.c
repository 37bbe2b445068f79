#include "tests/support/record_sink.h"

#include "format/ids.h"
#include "ingest/json_out.h"

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

static void out_attrs(struct oat_json_out *out, const oat_attr *attrs, size_t count)
{
    oat_value map = {.type = OAT_VALUE_MAP, .len = count, .u.map = attrs};
    oat_json_out_value(out, &map);
}

static void out_text(struct oat_json_out *out, const char *text)
{
    oat_json_out_raw(out, text, strlen(text));
}

static char *finish(struct oat_json_out *out)
{
    char *text = copy(out->bytes, out->len);
    oat_arena_clear(out->arena);
    return text;
}

static char *attrs_text(const struct oat_import_span *span)
{
    struct oat_arena arena = {0};
    struct oat_json_out out = {.arena = &arena};
    out_attrs(&out, span->attrs, span->attr_count);
    return finish(&out);
}

static char *events_text(const struct oat_import_span *span)
{
    struct oat_arena arena = {0};
    struct oat_json_out out = {.arena = &arena};
    oat_json_out_char(&out, '[');
    for (size_t i = 0; i < span->event_count; i++) {
        oat_value time = {.type = OAT_VALUE_INT, .u.integer = (int64_t)span->events[i].time_ns};
        oat_json_out_comma(&out);
        out_text(&out, "{\"name\":");
        oat_json_out_string(&out, span->events[i].name, span->events[i].name_len);
        out_text(&out, ",\"time\":");
        oat_json_out_value(&out, &time);
        out_text(&out, ",\"attrs\":");
        out_attrs(&out, span->events[i].attrs, span->events[i].attr_count);
        oat_json_out_char(&out, '}');
    }
    oat_json_out_char(&out, ']');
    return finish(&out);
}

static char *links_text(const struct oat_import_span *span)
{
    struct oat_arena arena = {0};
    struct oat_json_out out = {.arena = &arena};
    oat_json_out_char(&out, '[');
    for (size_t i = 0; i < span->link_count; i++) {
        char trace[33], id[17];
        oat_hex_print(span->links[i].target.trace_id, 16, trace);
        oat_hex_print(span->links[i].target.span_id, 8, id);
        oat_json_out_comma(&out);
        out_text(&out, "{\"trace\":\"");
        out_text(&out, trace);
        out_text(&out, "\",\"span\":\"");
        out_text(&out, id);
        out_text(&out, "\",\"attrs\":");
        out_attrs(&out, span->links[i].attrs, span->links[i].attr_count);
        oat_json_out_char(&out, '}');
    }
    oat_json_out_char(&out, ']');
    return finish(&out);
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
