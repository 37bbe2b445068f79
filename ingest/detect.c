#include "ingest/detect.h"

#include "format/json_scan.h"
#include "format/utf8.h"
#include "ingest/chat.h"
#include "ingest/chat_agents.h"
#include "ingest/chat_aider.h"
#include "ingest/chat_inspect.h"
#include "ingest/chat_messages.h"
#include "ingest/otlp_json.h"
#include "ingest/otlp_proto.h"
#include "ingest/trace_export.h"

#include <stdio.h>
#include <string.h>

/* ---- Chat --------------------------------------------------------------------------------- */

static const struct oat_chat_format *const chat_formats[] = {
    oat_chat_inspect_formats,
    oat_chat_agent_formats,
    oat_chat_message_formats,
};

static const struct oat_chat_format *chat_format_of(const struct oat_json_doc *doc)
{
    for (size_t i = 0; i < sizeof chat_formats / sizeof *chat_formats; i++)
        for (const struct oat_chat_format *format = chat_formats[i]; format->what; format++)
            if (format->matches(doc, 1))
                return format;
    return NULL;
}

/* Length of the number, true, false or null at pos; 0: there is none. */
static size_t word_len(const char *text, size_t len, size_t pos)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (len - pos >= strlen(words[i]) && memcmp(text + pos, words[i], strlen(words[i])) == 0)
            return strlen(words[i]);
    return oat_json_number_len(text, len, pos);
}

/* Does the text begin like an array or object? Sections of INI files, lines of logs and templates begin
 * with a bracket too, but what follows does not fit. */
static bool is_json(const char *text, size_t len)
{
    if (len == 0 || !memchr("[{", text[0], 2))
        return false;
    size_t at = oat_json_skip_space(text, len, 1);
    if (at == len)
        return true;
    if (text[0] == '{')
        return text[at] == '"' || text[at] == '}';
    if (memchr("[]{\"", text[at], 4))
        return true;
    size_t n = word_len(text, len, at);
    at = oat_json_skip_space(text, len, at + n);
    return n > 0 && (at == len || text[at] == ',' || text[at] == ']');
}

static int fail_parse(struct oat_import_report *report, const struct oat_json_doc *doc, int result)
{
    if (result == OAT_E_INVALID) {
        snprintf(report->place, sizeof report->place, "byte %zu", doc->end);
        snprintf(report->reason, sizeof report->reason, "%s", doc->error);
    }
    return result;
}

/* One conversation log, or one a line. */
static int read_json(struct oat_chat_reader *r, const char *text, size_t len)
{
    struct oat_import_report *report = r->out.report;
    int result = OAT_OK;
    for (size_t at = 0, n = 1; result >= 0 && at < len; n++) {
        oat_arena_clear(&r->arena);
        result = oat_jdoc_parse(&r->doc, text, len, at);
        if (result != OAT_OK)
            return fail_parse(report, &r->doc, result);
        at = oat_json_skip_space(text, len, r->doc.end);
        const struct oat_chat_format *format = chat_format_of(&r->doc);
        if (format) {
            report->kind = OAT_KIND_CHAT;
            report->what = format->what;
            result = format->read(r, 1);
            if (result >= 0 && r->arena.failed)
                result = OAT_E_NOMEM;
        } else if (n == 1) {
            return OAT_NOTFOUND;
        } else {
            char place[40];
            snprintf(place, sizeof place, "value %zu", n);
            oat_import_reject(report, 1, place, "no conversation of a known shape");
        }
    }
    return result;
}

int oat_import_chat(const void *data, size_t len, const struct oat_import_sink *sink,
                    struct oat_import_report *report)
{
    struct oat_chat_reader r = {.out = {.sink = sink, .report = report}};
    const char *text = data;
    size_t at = oat_json_skip_space(text, len, 0);
    r.doc.arena = &r.arena;
    r.doc.budget = r.arena.budget = r.chat.budget = sink->budget;
    int result = oat_chat_read_eval(&r, data, len);
    if (result != OAT_NOTFOUND) {
        report->kind = OAT_KIND_CHAT;
        report->what = "Inspect log";
    } else if (is_json(text + at, len - at)) {
        result = read_json(&r, text, len);
    } else {
        result = oat_chat_read_aider(&r, text, len);
        if (result != OAT_NOTFOUND) {
            report->kind = OAT_KIND_CHAT;
            report->what = "aider chat history";
        }
    }
    oat_jdoc_free(&r.doc);
    oat_chat_free(&r.chat);
    oat_chat_out_free(&r.out);
    oat_arena_clear(&r.arena);
    return result;
}

/* ---- What is it --------------------------------------------------------------------------- */

/* Well-formed JSON that holds no spans: the first row whose member is there names it. */
static const struct {
    const char *member, *what;
} not_traces[] = {
    {"resourceLogs", "OTLP logs, no spans"},
    {"resourceMetrics", "OTLP metrics, no spans"},
    {"$schema", "JSON schema"},
    {"$defs", "JSON schema"},
    {"model_patch", "predictions without a trajectory"},
    {"sequence_number", "stream of model events"},
    {"samples", "log without samples"},
};

static int not_a_trace(struct oat_import_report *report, const char *what)
{
    report->kind = OAT_KIND_NOT_A_TRACE;
    report->what = what;
    return OAT_OK;
}

static const char *name_of(const struct oat_json_doc *doc)
{
    oat_jnode first = oat_jdoc_type_of(doc, 1) == OAT_JSON_ARRAY ? oat_jdoc_first(doc, 1) : 1;
    for (size_t i = 0; i < sizeof not_traces / sizeof *not_traces; i++)
        if (oat_jdoc_get(doc, first, not_traces[i].member))
            return not_traces[i].what;
    return "JSON without spans or messages";
}

static bool is_otlp(const struct oat_json_doc *doc)
{
    oat_jnode first = oat_jdoc_type_of(doc, 1) == OAT_JSON_ARRAY ? oat_jdoc_first(doc, 1) : 1;
    return oat_jdoc_get(doc, first, "resourceSpans") != 0;
}

static int import_json(const char *text, size_t len, const struct oat_import_sink *sink,
                       struct oat_import_report *report)
{
    struct oat_arena arena = {0};
    struct oat_json_doc doc = {.arena = &arena, .budget = sink->budget};
    int result = oat_jdoc_parse(&doc, text, len, 0);
    bool otlp = result == OAT_OK && is_otlp(&doc);
    const char *what = result == OAT_OK ? name_of(&doc) : NULL;
    if (result != OAT_OK)
        fail_parse(report, &doc, result);
    oat_jdoc_free(&doc);
    oat_arena_clear(&arena);
    if (result != OAT_OK)
        return result;
    if (otlp)
        return oat_import_otlp_json(text, len, sink, report);
    result = oat_import_trace_export(text, len, sink, report);
    if (result == OAT_NOTFOUND)
        result = oat_import_chat(text, len, sink, report);
    return result == OAT_NOTFOUND ? not_a_trace(report, what) : result;
}

/* True when the bytes are, at their top level, fields of number 1 with lengths that fit. */
static bool looks_like_protobuf(const uint8_t *p, size_t len)
{
    size_t at = 0;
    while (at < len) {
        size_t size = 0, shift = 0;
        if (p[at++] != 0x0a)
            return false;
        do {
            if (at == len || shift > 28)
                return false;
            size |= (size_t)(p[at] & 0x7f) << shift;
            shift += 7;
        } while (p[at++] & 0x80);
        if (size > len - at)
            return false;
        at += size;
    }
    return len > 0;
}

static int import_auto(const char *text, size_t len, const struct oat_import_sink *sink,
                       struct oat_import_report *report)
{
    size_t first = oat_json_skip_space(text, len, 0);
    if (first == len)
        return not_a_trace(report, "empty");
    if (is_json(text + first, len - first))
        return import_json(text, len, sink, report);
    int result = oat_import_chat(text, len, sink, report);
    if (result != OAT_NOTFOUND)
        return result;
    bool is_text = oat_utf8_is_valid(text, len);
    if (looks_like_protobuf((const uint8_t *)text, len) || (text[0] == 0x0a && !is_text))
        return oat_import_otlp_proto(text, len, sink, report);
    return not_a_trace(report, is_text ? "text, no trace" : "binary data, no trace");
}

int oat_import_buffer(enum oat_import_format format, const void *data, size_t len,
                      const struct oat_import_sink *sink, struct oat_import_report *report)
{
    int result = OAT_E_INVALID;
    /* A byte order mark says nothing of the format; no protobuf request begins so. */
    size_t mark = len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    data = (const char *)data + mark;
    len -= mark;
    switch (format) {
    case OAT_FORMAT_AUTO:
        return import_auto(data, len, sink, report);
    case OAT_FORMAT_OTLP_JSON:
        return oat_import_otlp_json(data, len, sink, report);
    case OAT_FORMAT_OTLP_PROTO:
        return oat_import_otlp_proto(data, len, sink, report);
    case OAT_FORMAT_CHAT:
        result = oat_import_chat(data, len, sink, report);
        break;
    }
    if (result == OAT_NOTFOUND) {
        snprintf(report->place, sizeof report->place, "byte 0");
        snprintf(report->reason, sizeof report->reason, "no conversation of a known shape");
        result = OAT_E_INVALID;
    }
    return result;
}
