#include "trace_dump.h"

#include "format/hash.h"
#include "format/ids.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct dump {
    FILE *out;
    const oat_snapshot *snapshot;
    const oat_trace *trace;
};

static void put_id(const struct dump *d, const char *name, const uint8_t *id, size_t len)
{
    char hex[33];
    oat_hex_print(id, len, hex);
    fprintf(d->out, "  %s %s\n", name, hex);
}

static void put_text(const struct dump *d, const char *name, oat_text text)
{
    if (!text.bytes)
        return;
    fprintf(d->out, "  %s %zu ", name, text.len);
    fwrite(text.bytes, 1, text.len, d->out);
    fputc('\n', d->out);
}

static void put_payload(const struct dump *d, const char *name, const oat_payload *payload)
{
    uint8_t *bytes;
    size_t len;
    if (!payload->present)
        return;
    fprintf(d->out, "  %s %s %" PRIu64 "%s%s", name, payload->media_type, payload->raw_len,
            payload->redacted ? " redacted" : "", payload->limited ? " limited" : "");
    if (oat_payload_read(d->snapshot, payload, &bytes, &len) == OAT_OK) {
        oat_content_id id = oat_content_id_of(bytes, len, 0);
        char hex[33];
        oat_hex_print(id.b, sizeof id.b, hex);
        fprintf(d->out, " %s %.64s", hex, (const char *)bytes);
        free(bytes);
    } else {
        fputs(" lost", d->out);
    }
    fputc('\n', d->out);
}

static void put_head(const struct dump *d)
{
    const oat_trace_view *t = oat_trace_head(d->trace);
    put_id(d, "trace", t->trace_id, sizeof t->trace_id);
    fprintf(d->out, "  %" PRIu64 "..%" PRIu64 " %s%s%s\n", t->start_ns, t->end_ns,
            oat_shown_status_name(t->status), t->partial ? " partial" : "",
            t->root_missing ? " root missing" : "");
    fprintf(d->out, "  spans %u errors %u llm %u tool %u depth %u\n", t->span_count, t->error_count,
            t->llm_calls, t->tool_calls, t->depth);
    fprintf(d->out, "  tokens %d %" PRIu64 " %d %" PRIu64 " cost %d %" PRId64 "\n", t->has_input_tokens,
            t->input_tokens, t->has_output_tokens, t->output_tokens, t->has_cost, t->cost_total_nano);
    put_text(d, "name", t->name);
    put_text(d, "service", t->service);
    put_text(d, "session", t->session);
    put_text(d, "user", t->user);
    put_text(d, "agent", t->agent);
    put_text(d, "model", t->model);
    put_payload(d, "attributes", &t->attributes);
}

static void put_events(const struct dump *d, const uint8_t span_id[8])
{
    oat_event_view *events;
    size_t count;
    assert_int_equal(oat_trace_events(d->trace, span_id, &events, &count), OAT_OK);
    for (size_t i = 0; i < count; i++) {
        fprintf(d->out, "  event %" PRIx64 " at %" PRIu64 "\n", events[i].id, events[i].time_ns);
        put_text(d, "  name", events[i].name);
        put_payload(d, "  attributes", &events[i].attributes);
    }
    free(events);
}

static void put_links(const struct dump *d, const uint8_t span_id[8])
{
    oat_link_view *links;
    size_t count;
    assert_int_equal(oat_trace_links(d->trace, span_id, &links, &count), OAT_OK);
    for (size_t i = 0; i < count; i++) {
        const oat_span_context *target = &links[i].target;
        fprintf(d->out, "  link %" PRIx64 " flags %u%s\n", links[i].id, target->trace_flags,
                target->remote ? " remote" : "");
        put_id(d, "  to trace", target->trace_id, sizeof target->trace_id);
        put_id(d, "  to span", target->span_id, sizeof target->span_id);
        put_text(d, "  state", links[i].trace_state);
        put_payload(d, "  attributes", &links[i].attributes);
    }
    free(links);
}

/* span_id NULL: of the trace. */
static void put_scores(const struct dump *d, const uint8_t *span_id)
{
    oat_score_view *scores;
    size_t count;
    assert_int_equal(oat_trace_scores(d->trace, span_id, &scores, &count), OAT_OK);
    for (size_t i = 0; i < count; i++) {
        fprintf(d->out, "  score %" PRIx64 " at %" PRIu64 " %d %.17g\n", scores[i].id, scores[i].time_ns,
                scores[i].has_value, scores[i].value);
        put_text(d, "  name", scores[i].name);
        put_text(d, "  label", scores[i].label);
        put_text(d, "  comment", scores[i].comment);
        put_text(d, "  source", scores[i].source);
    }
    free(scores);
}

static void put_span(const struct dump *d, const oat_span_view *s)
{
    put_id(d, "span", s->span_id, sizeof s->span_id);
    put_id(d, "parent", s->parent_id, sizeof s->parent_id);
    fprintf(d->out, "  depth %u parent %u, %" PRIu64 "..%" PRIu64 "\n", s->depth, s->parent_index,
            s->start_ns, s->end_ns);
    fprintf(d->out, "  type %d status %s otel %d flags %x\n", s->type, oat_shown_status_name(s->status),
            s->otel_status, s->flags);
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++) {
        char name[16];
        snprintf(name, sizeof name, "text %u", i);
        put_text(d, name, s->text[i]);
    }
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        if (s->has_count[i])
            fprintf(d->out, "  count %u %u\n", i, s->count[i]);
    fprintf(d->out, "  ttft %d %u version %d %u\n", s->has_ttft, s->ttft_us, s->has_prompt_version,
            s->prompt_version);
    fprintf(d->out, "  cost %d %" PRId64 " %d %" PRId64 " %d %" PRId64 " source %d\n", s->has_cost,
            s->cost_total_nano, s->has_cost_input, s->cost_input_nano, s->has_cost_output,
            s->cost_output_nano, s->cost_source);
    fprintf(d->out, "  call %" PRIx64 " rate %.9f\n", s->call_id, s->sample_rate);
    put_payload(d, "input", &s->input);
    put_payload(d, "output", &s->output);
    put_payload(d, "attributes", &s->attributes);
    put_payload(d, "error", &s->error);
    fprintf(d->out, "  events %u links %u scores %u\n", s->event_count, s->link_count, s->score_count);
    put_events(d, s->span_id);
    put_links(d, s->span_id);
    put_scores(d, s->span_id);
}

char *oat_dump_trace(const oat_snapshot *snapshot, const uint8_t trace_id[16])
{
    char *text = NULL;
    size_t size = 0, count;
    oat_trace *trace;
    struct dump d = {open_memstream(&text, &size), snapshot, NULL};
    assert_non_null(d.out);
    int result = oat_trace_open(snapshot, trace_id, &trace);
    if (result == OAT_OK) {
        d.trace = trace;
        put_head(&d);
        put_scores(&d, NULL);
        const oat_span_view *spans = oat_trace_spans(trace, &count);
        for (size_t i = 0; i < count; i++)
            put_span(&d, &spans[i]);
        oat_trace_close(trace);
    } else {
        assert_int_equal(result, OAT_NOTFOUND);
        fputs("not found\n", d.out);
    }
    fclose(d.out);
    return text;
}
