#include "ingest/sdk_json.h"

#include "format/json_scan.h"
#include "ingest/sdk_span.h"

#include <stdio.h>
#include <string.h>

#define ARENA_LIMIT ((size_t)256 << 20) /* of one span */

struct reader {
    struct oat_json_doc doc;
    struct oat_arena arena;
    const struct oat_import_sink *sink;
    const struct oat_sdk_refusals *refusals;
    struct oat_import_report *report;
    uint64_t index; /* of the next span */
    char place[64]; /* of this one */
};

/* ---- What is it --------------------------------------------------------------------------- */

static bool is_trace(const struct oat_json_doc *doc, oat_jnode node)
{
    return oat_jdoc_type_of(doc, oat_jdoc_get(doc, node, "spans")) == OAT_JSON_ARRAY &&
           !oat_jdoc_get(doc, node, "span_id");
}

static bool is_ours(const struct oat_json_doc *doc, oat_jnode node)
{
    static const char *const ids[] = {"trace_id", "trace_id_hex", "span_id", "span_id_hex"};
    if (oat_jdoc_type_of(doc, node) == OAT_JSON_ARRAY) {
        oat_jnode first = oat_jdoc_first(doc, node);
        return !first || (oat_jdoc_type_of(doc, first) == OAT_JSON_OBJECT && is_ours(doc, first));
    }
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (oat_jdoc_type_of(doc, oat_jdoc_get(doc, node, ids[i])) == OAT_JSON_STRING)
            return true;
    oat_jnode spans = oat_jdoc_get(doc, node, "spans");
    return oat_jdoc_type_of(doc, spans) == OAT_JSON_ARRAY && is_ours(doc, oat_jdoc_first(doc, spans));
}

/* ---- Spans -------------------------------------------------------------------------------- */

static void refuse(struct reader *r, oat_jnode node, const struct oat_sdk_fault *fault)
{
    char reason[sizeof r->report->reason];
    const struct oat_sdk_refusal refusal = {
        .index = r->index,
        .place = r->place,
        .span_id = oat_jdoc_string(&r->doc, oat_jdoc_get(&r->doc, node, "span_id")),
        .field = fault->field,
        .reason = fault->reason,
    };
    snprintf(reason, sizeof reason, "%s%s%s", fault->field, *fault->field ? ": " : "", fault->reason);
    oat_import_reject(r->report, 1, r->place, reason);
    r->refusals->take(r->refusals->arg, &refusal);
}

static int read_span(struct reader *r, oat_jnode node)
{
    static const struct oat_sdk_fault too_large = {"", "over 256 MiB when decoded"};
    struct oat_import_span span;
    struct oat_sdk_fault fault;
    int result = OAT_OK;
    bool is_good = oat_sdk_span_read(&r->doc, node, &span, &fault);
    if (r->arena.failed && !r->arena.over_limit) {
        result = OAT_E_NOMEM;
    } else if (r->arena.failed) {
        r->arena.failed = r->arena.over_limit = false;
        refuse(r, node, &too_large);
    } else if (!is_good) {
        refuse(r, node, &fault);
    } else {
        result = r->sink->span(r->sink->arg, &span);
        r->report->spans += result >= 0;
    }
    r->index++;
    oat_arena_clear(&r->arena);
    return result;
}

static int read_trace(struct reader *r, oat_jnode trace, const char *place)
{
    oat_jnode list = oat_jdoc_get(&r->doc, trace, "spans");
    size_t index = 0;
    int result = OAT_OK;
    for (oat_jnode e = oat_jdoc_first(&r->doc, list); e && result >= 0; e = oat_jdoc_next(&r->doc, list, e)) {
        snprintf(r->place, sizeof r->place, "%s.spans[%zu]", place, index++);
        result = read_span(r, e);
    }
    return result;
}

static int read_item(struct reader *r, oat_jnode node, const char *place)
{
    if (is_trace(&r->doc, node))
        return read_trace(r, node, place);
    snprintf(r->place, sizeof r->place, "%s", place);
    return read_span(r, node);
}

static int read_value(struct reader *r, const char *place)
{
    oat_jnode root = 1;
    char item_place[48];
    size_t index = 0;
    int result = OAT_OK;
    if (oat_jdoc_type_of(&r->doc, root) != OAT_JSON_ARRAY)
        return read_item(r, root, place);
    for (oat_jnode e = oat_jdoc_first(&r->doc, root); e && result >= 0; e = oat_jdoc_next(&r->doc, root, e)) {
        snprintf(item_place, sizeof item_place, "%s[%zu]", place, index++);
        result = read_item(r, e, item_place);
    }
    return result;
}

/* One value, or one behind the other: lines of an export. */
static int read_all(struct reader *r, const char *text, size_t len)
{
    char place[32] = "$";
    size_t at = 0, number = 1;
    int result;
    do {
        result = oat_jdoc_parse(&r->doc, text, len, at);
        if (result == OAT_OK)
            result = number > 1 || is_ours(&r->doc, 1) ? read_value(r, place) : OAT_NOTFOUND;
        at = oat_json_skip_space(text, len, r->doc.end);
        snprintf(place, sizeof place, "value %zu", ++number);
    } while (result == OAT_OK && at < len);
    return result;
}

int oat_import_sdk_json(const void *data, size_t len, const struct oat_import_sink *sink,
                        const struct oat_sdk_refusals *refusals, struct oat_import_report *report)
{
    struct reader r = {.arena.limit = ARENA_LIMIT, .sink = sink, .refusals = refusals, .report = report};
    r.doc.arena = &r.arena;
    r.doc.budget = r.arena.budget = sink->budget;
    int result = read_all(&r, data, len);
    if (result == OAT_E_INVALID) {
        snprintf(report->place, sizeof report->place, "byte %zu", r.doc.end);
        snprintf(report->reason, sizeof report->reason, "%s", r.doc.error);
    }
    oat_jdoc_free(&r.doc);
    oat_arena_clear(&r.arena);
    return result;
}
