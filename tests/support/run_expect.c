#include "tests/support/run_expect.h"

#include "format/attrs.h"
#include "format/names.h"
#include "format/slot.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    if (got->lost || got->limited || got->redacted || got->raw_len != want->len)
        return oat_run_differs(ret_why, "%s: lost %d, limited %d, %" PRIu64 " bytes, not %zu", what,
                               got->lost, got->limited, got->raw_len, want->len);
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

static bool map_matches(struct oat_attr_cursor got, const oat_attr *want, size_t want_count)
{
    const uint8_t *key;
    size_t key_len;
    struct oat_attr_value value;
    size_t count = 0;
    for (; oat_attrs_next(&got, &key, &key_len, &value); count++) {
        size_t i = 0;
        while (i < want_count && (want[i].key_len != key_len || memcmp(want[i].key, key, key_len) != 0))
            i++;
        if (i == want_count || !value_matches(&value, &want[i].value))
            return false;
    }
    return count == want_count;
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

static const struct oat_run_want_note *find_note(const struct oat_run_want_note *notes, size_t count,
                                                 uint64_t id)
{
    for (size_t i = 0; i < count; i++)
        if (notes[i].id == id)
            return &notes[i];
    return NULL;
}

static bool event_matches(const oat_snapshot *snapshot, const oat_event_view *got,
                          const struct oat_run_want_note *want, char ret_why[OAT_RUN_WHY_SIZE])
{
    if (want->time_ns && want->time_ns != got->time_ns)
        return oat_run_differs(ret_why, "time of event %" PRIx64 " is %" PRIu64 ", not %" PRIu64, got->id,
                               got->time_ns, want->time_ns);
    return oat_run_text_matches("name of an event", got->name, want->name, ret_why) &&
           oat_run_attrs_match(snapshot, "attributes of an event", &got->attributes, want->attrs,
                               want->attr_count, ret_why);
}

bool oat_run_events_match(const oat_snapshot *snapshot, size_t trace_index, const uint8_t span_id[8],
                          const struct oat_run_want_note *want, size_t want_count,
                          char ret_why[OAT_RUN_WHY_SIZE])
{
    oat_event_view *events;
    size_t count;
    int st = oat_snapshot_events(snapshot, trace_index, span_id, &events, &count);
    if (st != OAT_OK)
        return oat_run_differs(ret_why, "events: %s", oat_result_text(st));
    bool same = count == want_count || oat_run_differs(ret_why, "%zu events, not %zu", count, want_count);
    for (size_t i = 0; same && i < count; i++) {
        const struct oat_run_want_note *note = find_note(want, want_count, events[i].id);
        same = note ? event_matches(snapshot, &events[i], note, ret_why)
                    : oat_run_differs(ret_why, "event %" PRIx64 " is not one of its own", events[i].id);
    }
    free(events);
    return same;
}

static bool link_matches(const oat_snapshot *snapshot, const oat_link_view *got,
                         const struct oat_run_want_note *want, char ret_why[OAT_RUN_WHY_SIZE])
{
    if (memcmp(got->target.trace_id, want->target.trace_id, 16) != 0 ||
        memcmp(got->target.span_id, want->target.span_id, 8) != 0 ||
        got->target.remote != want->target.remote || got->target.trace_flags != want->target.trace_flags)
        return oat_run_differs(ret_why, "target of link %" PRIx64 " differs", got->id);
    return oat_run_text_matches("trace state of a link", got->trace_state, want->name, ret_why) &&
           oat_run_attrs_match(snapshot, "attributes of a link", &got->attributes, want->attrs,
                               want->attr_count, ret_why);
}

bool oat_run_links_match(const oat_snapshot *snapshot, size_t trace_index, const uint8_t span_id[8],
                         const struct oat_run_want_note *want, size_t want_count,
                         char ret_why[OAT_RUN_WHY_SIZE])
{
    oat_link_view *links;
    size_t count;
    int st = oat_snapshot_links(snapshot, trace_index, span_id, &links, &count);
    if (st != OAT_OK)
        return oat_run_differs(ret_why, "links: %s", oat_result_text(st));
    bool same = count == want_count || oat_run_differs(ret_why, "%zu links, not %zu", count, want_count);
    for (size_t i = 0; same && i < count; i++) {
        const struct oat_run_want_note *note = find_note(want, want_count, links[i].id);
        same = note ? link_matches(snapshot, &links[i], note, ret_why)
                    : oat_run_differs(ret_why, "link %" PRIx64 " is not one of its own", links[i].id);
    }
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
           number_matches("cost source", true, got->cost_source, true, want->cost_source, ret_why) &&
           number_matches("call id", true, (int64_t)got->call_id, true, (int64_t)want->call_id, ret_why) &&
           number_matches("prompt version", got->has_prompt_version, got->prompt_version,
                          want->has_prompt_version, want->prompt_version, ret_why);
}

bool oat_run_span_matches(const oat_snapshot *snapshot, size_t trace_index, const oat_span_view *view,
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
           oat_run_events_match(snapshot, trace_index, view->span_id, want->events, want->event_count,
                                ret_why) &&
           oat_run_links_match(snapshot, trace_index, view->span_id, want->links, want->link_count, ret_why);
}
