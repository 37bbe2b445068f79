#include "tests/support/run_expect.h"

#include "format/attrs.h"
#include "format/names.h"
#include "format/slot.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARKER "[forgotten "

bool oat_run_differs(char ret_why[OAT_RUN_WHY_SIZE], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(ret_why, OAT_RUN_WHY_SIZE, format, args);
    va_end(args);
    return false;
}

/* ---- Texts and payloads ---- */

bool oat_run_text_matches(const char *what, oat_text got, oat_text want, char ret_why[OAT_RUN_WHY_SIZE])
{
    if (!got.bytes != !want.bytes)
        return oat_run_differs(ret_why, "%s is %s", what, got.bytes ? "set" : "not set");
    if (got.bytes && (got.len != want.len || memcmp(got.bytes, want.bytes, got.len) != 0))
        return oat_run_differs(ret_why, "%s is \"%.60s\" (%zu bytes), not \"%.60s\" (%zu bytes)", what,
                               got.bytes, got.len, want.bytes, want.len);
    return true;
}

bool oat_run_payload_matches(const oat_snapshot *snapshot, const char *what, const oat_payload *got,
                             const struct oat_run_want_payload *want, char ret_why[OAT_RUN_WHY_SIZE])
{
    uint8_t *bytes;
    size_t len;
    if (got->present != want->present)
        return oat_run_differs(ret_why, "%s is %s", what, got->present ? "there" : "missing");
    if (!got->present)
        return true;
    bool forgotten = want->len > 0 && memmem(want->bytes, want->len, MARKER, sizeof MARKER - 1);
    if (got->lost || got->limited || got->redacted != forgotten || got->forgotten != forgotten ||
        got->raw_len != want->len)
        return oat_run_differs(
            ret_why,
            "%s: lost %d, limited %d, redacted %d, forgotten %d, %" PRIu64 " bytes, not %zu, forgotten %d",
            what, got->lost, got->limited, got->redacted, got->forgotten, got->raw_len, want->len, forgotten);
    if (want->media_type && strcmp(got->media_type, want->media_type) != 0)
        return oat_run_differs(ret_why, "%s is %s, not %s", what, got->media_type, want->media_type);
    int st = oat_payload_read(snapshot, got, &bytes, &len);
    if (st != OAT_OK)
        return oat_run_differs(ret_why, "%s: %s", what, oat_result_text(st));
    bool same = len == want->len && memcmp(bytes, want->bytes, len) == 0;
    free(bytes);
    return same || oat_run_differs(ret_why, "%s: its bytes differ", what);
}

/* ---- Attributes ---- */

static bool value_matches(const struct oat_attr_value *got, const oat_value *want);

/* Each of `want` is there and equal; then as many there as wanted means no other. */
static bool map_matches(struct oat_attr_cursor got, const oat_attr *want, size_t want_count)
{
    struct oat_attr_cursor cursor = got;
    const uint8_t *key;
    size_t key_len, count = 0;
    struct oat_attr_value value;
    while (oat_attrs_next(&cursor, &key, &key_len, &value))
        count++;
    if (count != want_count)
        return false;
    for (size_t i = 0; i < want_count; i++) {
        bool same = false;
        cursor = got;
        while (!same && oat_attrs_next(&cursor, &key, &key_len, &value))
            same = key_len == want[i].key_len && memcmp(key, want[i].key, key_len) == 0 &&
                   value_matches(&value, &want[i].value);
        if (!same)
            return false;
    }
    return true;
}

static bool value_matches(const struct oat_attr_value *got, const oat_value *want)
{
    struct oat_attr_cursor children = got->children;
    struct oat_attr_value child;
    size_t count = 0;
    if (got->type != want->type)
        return false;
    switch (want->type) {
    case OAT_VALUE_STRING:
    case OAT_VALUE_BYTES:
        return got->len == want->len && memcmp(got->bytes, want->u.bytes, got->len) == 0;
    case OAT_VALUE_BOOL:
        return got->boolean == want->u.boolean;
    case OAT_VALUE_INT:
        return got->integer == want->u.integer;
    case OAT_VALUE_DOUBLE:
        return memcmp(&got->real, &want->u.real, sizeof got->real) == 0;
    case OAT_VALUE_MAP:
        return map_matches(children, want->u.map, want->len);
    case OAT_VALUE_ARRAY:
        for (; oat_values_next(&children, &child); count++)
            if (count >= want->len || !value_matches(&child, &want->u.array[count]))
                return false;
        return count == want->len;
    case OAT_VALUE_NULL:
    default:
        return true;
    }
}

bool oat_run_attrs_match(const oat_snapshot *snapshot, const char *what, const oat_payload *got,
                         const oat_attr *want, size_t want_count, char ret_why[OAT_RUN_WHY_SIZE])
{
    struct oat_attr_cursor cursor;
    const uint8_t *key;
    size_t key_len;
    struct oat_attr_value value;
    uint8_t *bytes;
    size_t len;
    if (!got->present)
        return want_count == 0 || oat_run_differs(ret_why, "%s: none, not %zu", what, want_count);
    int st = oat_payload_read(snapshot, got, &bytes, &len);
    if (st != OAT_OK)
        return oat_run_differs(ret_why, "%s: %s", what, oat_result_text(st));
    st = oat_attrs_open(bytes, len, &cursor);
    bool same = st == OAT_OK && map_matches(cursor, want, want_count);
    if (!same) {
        int n = snprintf(ret_why, OAT_RUN_WHY_SIZE, "%s: %s, not those %zu:", what, oat_result_text(st),
                         want_count);
        while (st == OAT_OK && n > 0 && n < OAT_RUN_WHY_SIZE &&
               oat_attrs_next(&cursor, &key, &key_len, &value))
            n += snprintf(ret_why + n, OAT_RUN_WHY_SIZE - (size_t)n, " %.*s(%d, %zu bytes)",
                          key_len < 40 ? (int)key_len : 40, (const char *)key, (int)value.type, value.len);
    }
    free(bytes);
    return same;
}

/* ---- Events and links ---- */

/* An event or a link, as it is shown. */
struct note {
    uint64_t id, time_ns; /* of a link: 0 */
    oat_text name;        /* of a link: its trace state */
    oat_span_context target;
    oat_payload attributes;
};

static bool note_matches(const oat_snapshot *snapshot, const char *what, const struct note *got,
                         const struct oat_run_want_note *want, char ret_why[OAT_RUN_WHY_SIZE])
{
    char part[64];
    if (want->time_ns && want->time_ns != got->time_ns)
        return oat_run_differs(ret_why, "time of %s %" PRIx64 " is %" PRIu64 ", not %" PRIu64, what, got->id,
                               got->time_ns, want->time_ns);
    if (memcmp(got->target.trace_id, want->target.trace_id, 16) != 0 ||
        memcmp(got->target.span_id, want->target.span_id, 8) != 0 ||
        got->target.remote != want->target.remote || got->target.trace_flags != want->target.trace_flags)
        return oat_run_differs(ret_why, "target of %s %" PRIx64 " differs", what, got->id);
    snprintf(part, sizeof part, "text of %s %" PRIx64, what, got->id);
    if (!oat_run_text_matches(part, got->name, want->name, ret_why))
        return false;
    snprintf(part, sizeof part, "attributes of %s %" PRIx64, what, got->id);
    return oat_run_attrs_match(snapshot, part, &got->attributes, want->attrs, want->attr_count, ret_why);
}

/* Each of `want` is shown once; then as many shown as wanted means no other. */
static bool notes_match(const oat_snapshot *snapshot, const char *what, const struct note *got,
                        size_t got_count, const struct oat_run_want_note *want, size_t want_count,
                        char ret_why[OAT_RUN_WHY_SIZE])
{
    if (got_count != want_count)
        return oat_run_differs(ret_why, "%zu, not %zu of %s", got_count, want_count, what);
    for (size_t i = 0; i < want_count; i++) {
        size_t k = 0;
        while (k < got_count && got[k].id != want[i].id)
            k++;
        if (k == got_count)
            return oat_run_differs(ret_why, "%s %" PRIx64 " is missing", what, want[i].id);
        if (!note_matches(snapshot, what, &got[k], &want[i], ret_why))
            return false;
    }
    return true;
}

static struct note *notes_of(size_t count)
{
    struct note *notes = calloc(count + 1, sizeof *notes);
    if (!notes)
        abort();
    return notes;
}

bool oat_run_events_match(const oat_snapshot *snapshot, const oat_trace *trace, const uint8_t span_id[8],
                          const struct oat_run_want_note *want, size_t want_count,
                          char ret_why[OAT_RUN_WHY_SIZE])
{
    oat_event_view *events;
    size_t count;
    int st = oat_trace_events(trace, span_id, &events, &count);
    if (st != OAT_OK)
        return oat_run_differs(ret_why, "events: %s", oat_result_text(st));
    struct note *notes = notes_of(count);
    for (size_t i = 0; i < count; i++)
        notes[i] = (struct note){.id = events[i].id,
                                 .time_ns = events[i].time_ns,
                                 .name = events[i].name,
                                 .attributes = events[i].attributes};
    bool same = notes_match(snapshot, "event", notes, count, want, want_count, ret_why);
    free(notes);
    free(events);
    return same;
}

bool oat_run_links_match(const oat_snapshot *snapshot, const oat_trace *trace, const uint8_t span_id[8],
                         const struct oat_run_want_note *want, size_t want_count,
                         char ret_why[OAT_RUN_WHY_SIZE])
{
    oat_link_view *links;
    size_t count;
    int st = oat_trace_links(trace, span_id, &links, &count);
    if (st != OAT_OK)
        return oat_run_differs(ret_why, "links: %s", oat_result_text(st));
    struct note *notes = notes_of(count);
    for (size_t i = 0; i < count; i++)
        notes[i] = (struct note){.id = links[i].id,
                                 .name = links[i].trace_state,
                                 .target = links[i].target,
                                 .attributes = links[i].attributes};
    bool same = notes_match(snapshot, "link", notes, count, want, want_count, ret_why);
    free(notes);
    free(links);
    return same;
}

/* ---- Spans ---- */

static bool in_range(uint64_t x, uint64_t min, uint64_t max)
{
    return x >= min && x <= max;
}

static bool ids_and_times_match(const oat_span_view *got, const struct oat_run_want_span *want,
                                char ret_why[OAT_RUN_WHY_SIZE])
{
    if (memcmp(got->trace_id, want->trace_id, 16) != 0 || memcmp(got->span_id, want->span_id, 8) != 0)
        return oat_run_differs(ret_why, "another span");
    if (memcmp(got->parent_id, want->parent_id, 8) != 0)
        return oat_run_differs(ret_why, "parent is %02x%02x..%02x, not %02x%02x..%02x", got->parent_id[0],
                               got->parent_id[1], got->parent_id[7], want->parent_id[0], want->parent_id[1],
                               want->parent_id[7]);
    if (!in_range(got->start_ns, want->start_min_ns, want->start_max_ns))
        return oat_run_differs(ret_why, "start %" PRIu64 " is not in %" PRIu64 "..%" PRIu64, got->start_ns,
                               want->start_min_ns, want->start_max_ns);
    if (!in_range(got->end_ns, want->end_min_ns, want->end_max_ns))
        return oat_run_differs(ret_why, "end %" PRIu64 " is not in %" PRIu64 "..%" PRIu64, got->end_ns,
                               want->end_min_ns, want->end_max_ns);
    if (got->type != want->type || got->status != want->status || got->otel_status != want->otel_status)
        return oat_run_differs(ret_why, "type %d, status %d, otel %d, not %d, %d, %d", (int)got->type,
                               (int)got->status, (int)got->otel_status, (int)want->type, (int)want->status,
                               (int)want->otel_status);
    if ((got->flags & OAT_RUN_FLAGS_CHECKED) != want->flags)
        return oat_run_differs(ret_why, "flags %x, not %x", got->flags & OAT_RUN_FLAGS_CHECKED, want->flags);
    return true;
}

static bool number_matches(const char *what, bool got_has, int64_t got, bool want_has, int64_t want,
                           char ret_why[OAT_RUN_WHY_SIZE])
{
    if (got_has == want_has && (!want_has || got == want))
        return true;
    return oat_run_differs(ret_why, "%s is %" PRId64 " (%s), not %" PRId64 " (%s)", what, got,
                           got_has ? "set" : "not set", want, want_has ? "set" : "not set");
}

/* The writer marks usage without a cost when the span ends: no table has the models of tests. */
static enum oat_cost_source wanted_source(const oat_span_view *got, const struct oat_run_want_span *want)
{
    bool usage = false;
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        usage = usage || want->has_count[i];
    bool marked = usage && got->end_ns != 0 && want->cost_source == OAT_COST_NONE;
    return marked ? OAT_COST_UNPRICED : want->cost_source;
}

static bool numbers_match(const oat_span_view *got, const struct oat_run_want_span *want,
                          char ret_why[OAT_RUN_WHY_SIZE])
{
    double rate = want->sample_rate > 0 ? want->sample_rate : 1;
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        if (!number_matches(oat_count_field_name(i), got->has_count[i], got->count[i], want->has_count[i],
                            want->count[i], ret_why))
            return false;
    if (got->sample_rate < rate - 1e-9 || got->sample_rate > rate + 1e-9)
        return oat_run_differs(ret_why, "sample rate %.9f, not %.9f", got->sample_rate, rate);
    return number_matches("ttft", got->has_ttft, got->ttft_us, want->has_ttft, want->ttft_us, ret_why) &&
           number_matches("cost", got->has_cost, got->cost_total_nano, want->has_cost, want->cost_total_nano,
                          ret_why) &&
           number_matches("input cost", got->has_cost_input, got->cost_input_nano, want->has_cost_input,
                          want->cost_input_nano, ret_why) &&
           number_matches("output cost", got->has_cost_output, got->cost_output_nano, want->has_cost_output,
                          want->cost_output_nano, ret_why) &&
           number_matches("cost source", true, got->cost_source, true, wanted_source(got, want), ret_why) &&
           number_matches("call id", true, (int64_t)got->call_id, true, (int64_t)want->call_id, ret_why) &&
           number_matches("prompt version", got->has_prompt_version, got->prompt_version,
                          want->has_prompt_version, want->prompt_version, ret_why);
}

bool oat_run_span_matches(const oat_snapshot *snapshot, const oat_trace *trace, const oat_span_view *view,
                          const struct oat_run_want_span *want, char ret_why[OAT_RUN_WHY_SIZE])
{
    if (!ids_and_times_match(view, want, ret_why) || !numbers_match(view, want, ret_why))
        return false;
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++)
        if (!oat_run_text_matches(oat_text_field_name(i), view->text[i], want->text[i], ret_why))
            return false;
    return oat_run_payload_matches(snapshot, "input", &view->input, &want->input, ret_why) &&
           oat_run_payload_matches(snapshot, "output", &view->output, &want->output, ret_why) &&
           oat_run_payload_matches(snapshot, "error", &view->error, &want->error, ret_why) &&
           oat_run_attrs_match(snapshot, "attributes", &view->attributes, want->attrs, want->attr_count,
                               ret_why) &&
           oat_run_events_match(snapshot, trace, view->span_id, want->events, want->event_count, ret_why) &&
           oat_run_links_match(snapshot, trace, view->span_id, want->links, want->link_count, ret_why);
}
