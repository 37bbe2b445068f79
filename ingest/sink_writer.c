#include "ingest/sink_writer.h"

#include "format/hash.h"

#include <stdlib.h>
#include <string.h>

/* ---- A set of 128-bit keys ---------------------------------------------------------------- */

struct key_set {
    oat_content_id *keys; /* open addressing; all zero = free */
    size_t count, room;   /* room: a power of two, or 0 */
};

static const oat_content_id no_key;

static oat_content_id *key_slot(const struct key_set *set, oat_content_id key)
{
    uint64_t at;
    memcpy(&at, key.b, sizeof at);
    for (at &= set->room - 1;; at = (at + 1) & (set->room - 1)) {
        oat_content_id *slot = &set->keys[at];
        if (memcmp(slot, &no_key, sizeof key) == 0 || memcmp(slot, &key, sizeof key) == 0)
            return slot;
    }
}

static bool key_set_grow(struct key_set *set)
{
    struct key_set bigger = {.room = set->room ? set->room * 2 : 1024};
    bigger.keys = calloc(bigger.room, sizeof *bigger.keys);
    if (!bigger.keys)
        return false;
    for (size_t i = 0; i < set->room; i++)
        if (memcmp(&set->keys[i], &no_key, sizeof no_key) != 0)
            *key_slot(&bigger, set->keys[i]) = set->keys[i];
    free(set->keys);
    bigger.count = set->count;
    *set = bigger;
    return true;
}

/* True when the key is new. Out of memory, every key is: a repeat is then written twice, and readers
 * join the two. */
static bool key_set_add(struct key_set *set, oat_content_id key)
{
    if (set->count * 2 >= set->room && !key_set_grow(set))
        return true;
    oat_content_id *slot = key_slot(set, key);
    if (memcmp(slot, &no_key, sizeof key) != 0)
        return false;
    *slot = key;
    set->count++;
    return true;
}

/* ---- The writer --------------------------------------------------------------------------- */

struct oat_import_writer {
    oat_tracer *tracer;
    const oat_snapshot *existing;
    struct oat_import_sink sink;
    struct oat_import_counts counts;
    struct key_set spans;  /* ids and times of those this import has written */
    struct key_set traces; /* ids */
};

static void set_payloads(oat_span *to, const struct oat_import_span *span)
{
    if (span->input.bytes)
        oat_span_set_input(to, span->input.bytes, span->input.len, span->input.media_type);
    if (span->output.bytes)
        oat_span_set_output(to, span->output.bytes, span->output.len, span->output.media_type);
}

static void set_fields(oat_span *to, const struct oat_import_span *span)
{
    for (int i = OAT_TEXT_NAME + 1; i < OAT_TEXT_FIELDS; i++)
        if (span->text[i].bytes)
            oat_span_set_text(to, (enum oat_text_field)i, span->text[i].bytes, span->text[i].len);
    for (int i = 0; i < OAT_COUNT_FIELDS; i++)
        if (span->has_count[i])
            oat_span_set_count(to, (enum oat_count_field)i, span->count[i]);
    oat_span_set_price_tier(to, (uint8_t)span->price_tier);
    if (span->has_cost)
        oat_span_set_cost(to, span->cost_total_nano, span->cost_input_nano, span->cost_output_nano,
                          span->cost_source ? span->cost_source : OAT_COST_REPORTED);
    if (span->has_ttft)
        oat_span_set_ttft_us(to, span->ttft_us);
    if (span->sample_rate > 0)
        oat_span_set_sample_rate(to, span->sample_rate);
    if (span->has_prompt_version)
        oat_span_set_prompt_version(to, span->prompt_version);
    if (span->call_id.len)
        oat_span_set_call_id(to, span->call_id.bytes, span->call_id.len);
    if (span->error.len)
        oat_span_set_error(to, span->error.bytes, span->error.len);
    oat_span_set_status(to, span->status, NULL);
    if (span->otel_status)
        oat_span_set_otel_status(to, span->otel_status);
}

/* The id of an event or link that came without one: the same when the span comes again. */
static uint64_t note_id(const struct oat_import_span *span, char kind, size_t index, uint64_t time_ns)
{
    struct {
        uint8_t trace_id[16], span_id[8];
        uint64_t kind, index, time_ns;
    } key = {.kind = (uint64_t)kind, .index = index, .time_ns = time_ns};
    memcpy(key.trace_id, span->trace_id, sizeof key.trace_id);
    memcpy(key.span_id, span->span_id, sizeof key.span_id);
    return oat_hash64(&key, sizeof key, 0);
}

/* An event without a time is at the span's start: the writer's own default is now. */
static void add_events(oat_span *to, const struct oat_import_span *span)
{
    for (size_t i = 0; i < span->event_count; i++) {
        oat_event event = span->events[i];
        if (event.time_ns == 0)
            event.time_ns = span->start_ns;
        if (event.id == 0)
            event.id = note_id(span, 'e', i, event.time_ns);
        oat_span_add_event(to, &event);
    }
}

static void add_links(oat_span *to, const struct oat_import_span *span)
{
    for (size_t i = 0; i < span->link_count; i++) {
        oat_link link = span->links[i];
        if (link.id == 0)
            link.id = note_id(span, 'l', i, 0);
        oat_span_add_link(to, &link);
    }
}

static void write_span(oat_import_writer *writer, const struct oat_import_span *span)
{
    /* Whoever is its parent was started elsewhere: one that is missing makes the span a root. */
    oat_span_context parent = {.remote = true};
    memcpy(parent.trace_id, span->trace_id, sizeof parent.trace_id);
    memcpy(parent.span_id, span->parent_id, sizeof parent.span_id);
    oat_span_options options = {
        .parent = &parent,
        .detached = true,
        .span_id = span->span_id,
        .start_ns = span->start_ns,
        .start_is_zero = span->start_ns == 0,
        .synthetic_time = span->synthetic_time,
        .name_len = span->text[OAT_TEXT_NAME].len,
    };
    const char *name = span->text[OAT_TEXT_NAME].len ? span->text[OAT_TEXT_NAME].bytes : "";
    oat_span *to = oat_span_start_with(writer->tracer, span->type, name, &options);
    if (!to) {
        writer->counts.dropped++;
        return;
    }
    set_payloads(to, span);
    set_fields(to, span);
    for (size_t i = 0; i < span->attr_count; i++)
        oat_span_set_attr(to, span->attrs[i].key, span->attrs[i].key_len, &span->attrs[i].value);
    add_events(to, span);
    add_links(to, span);
    oat_span_end_at(to, span->end_ns);
    writer->counts.written++;
    writer->counts.payload_bytes += span->input.len + span->output.len;
}

static int take_span(void *arg, const struct oat_import_span *span)
{
    oat_import_writer *writer = arg;
    /* The same span again is a repeat; with other times it is a newer state of it, and readers
     * choose. */
    struct {
        uint8_t trace_id[16], span_id[8];
        uint64_t start_ns, end_ns;
    } key = {.start_ns = span->start_ns, .end_ns = span->end_ns};
    memcpy(key.trace_id, span->trace_id, sizeof key.trace_id);
    memcpy(key.span_id, span->span_id, sizeof key.span_id);
    bool present = writer->existing && oat_snapshot_has_span(writer->existing, span->trace_id, span->span_id);
    if (present || !key_set_add(&writer->spans, oat_content_id_of(&key, sizeof key, 0))) {
        writer->counts.present++;
        return OAT_OK;
    }
    writer->counts.traces += key_set_add(&writer->traces, oat_content_id_of(span->trace_id, 16, 0));
    write_span(writer, span);
    return OAT_OK;
}

int oat_import_writer_new(oat_tracer *tracer, const oat_snapshot *existing, oat_import_writer **ret_writer)
{
    oat_import_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return OAT_E_NOMEM;
    writer->tracer = tracer;
    writer->existing = existing;
    writer->sink = (struct oat_import_sink){.span = take_span, .arg = writer};
    *ret_writer = writer;
    return OAT_OK;
}

void oat_import_writer_free(oat_import_writer *writer)
{
    if (!writer)
        return;
    free(writer->spans.keys);
    free(writer->traces.keys);
    free(writer);
}

const struct oat_import_sink *oat_import_writer_sink(const oat_import_writer *writer)
{
    return &writer->sink;
}

struct oat_import_counts oat_import_writer_counts(const oat_import_writer *writer)
{
    return writer->counts;
}
