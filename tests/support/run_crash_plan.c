#include "tests/support/run_crash_plan.h"

#include "format/endian.h"
#include "format/slot.h"
#include "tests/support/run_random.h"

#include <stdio.h>
#include <string.h>

#define TRACE_SPANS 4u
#define ROUND_MASK  0xffffu

/* Span ids: number, worker, round. Trace ids: round, worker, number of the trace's first span. */
static void make_ids(uint32_t round, uint32_t worker, uint32_t n, uint8_t trace_id[16], uint8_t span_id[8])
{
    uint32_t first = n == OAT_CRASH_LONG_SPAN ? n : n - n % TRACE_SPANS;
    oat_le32 words[4] = {oat_le32_of((uint32_t)oat_run_mix(round)), oat_le32_of(round), oat_le32_of(worker),
                         oat_le32_of(first)};
    oat_le32 number = oat_le32_of(n);
    oat_le16 short_words[2] = {oat_le16_of((uint16_t)worker), oat_le16_of((uint16_t)(round & ROUND_MASK))};
    memcpy(trace_id, words, 16);
    memcpy(span_id, &number, 4);
    memcpy(span_id + 4, short_words, 4);
}

bool oat_crash_id_parse(const uint8_t span_id[8], uint32_t round, uint32_t *ret_worker, uint32_t *ret_n)
{
    oat_le32 number;
    oat_le16 short_words[2];
    memcpy(&number, span_id, 4);
    memcpy(short_words, span_id + 4, 4);
    *ret_n = oat_le32_get(number);
    *ret_worker = oat_le16_get(short_words[0]);
    return oat_le16_get(short_words[1]) == (round & ROUND_MASK);
}

static struct oat_run_want_payload payload(struct oat_run_bytes *bytes, enum oat_run_payload_kind kind,
                                           uint64_t seed)
{
    oat_run_payload(kind, seed, bytes);
    return (struct oat_run_want_payload){.present = true, .bytes = bytes->bytes, .len = bytes->len};
}

static void plan_payloads(struct oat_crash_span *s, uint64_t source, uint32_t n)
{
    static const enum oat_run_payload_kind kinds[] = {
        OAT_RUN_CHAT, OAT_RUN_TEXT,  OAT_RUN_CHAT, OAT_RUN_TINY, OAT_RUN_CHAT, OAT_RUN_RANDOM,
        OAT_RUN_CHAT, OAT_RUN_MEDIA, OAT_RUN_CHAT, OAT_RUN_TEXT, OAT_RUN_CHAT, OAT_RUN_LARGE,
    };
    enum oat_run_payload_kind kind = kinds[n % (sizeof kinds / sizeof *kinds)];
    uint64_t seed = kind == OAT_RUN_CHAT ? source * 64 + n / 2 % 40 : source * 1000 + n % 300;
    s->want.input = payload(&s->input, kind, seed);
    s->want.output = payload(&s->output, OAT_RUN_TEXT, source * 1000 + n);
    if (n % 13 == 0) {
        s->want.error = payload(&s->error, OAT_RUN_TEXT, n % 7);
        s->want.status = OAT_SHOWN_ERROR;
        s->want.text[OAT_TEXT_STATUS_MESSAGE] = (oat_text){"it broke", 8};
    }
}

static void plan_notes(struct oat_crash_span *s, uint32_t worker, uint32_t n)
{
    uint64_t id = (uint64_t)worker << 40 | (uint64_t)n << 4 | 1;
    s->attrs[0] = (oat_attr){"n", 1, {.type = OAT_VALUE_INT, .u.integer = n}};
    s->attrs[1] = (oat_attr){"worker", 6, {.type = OAT_VALUE_INT, .u.integer = worker}};
    s->attrs[2] =
        (oat_attr){"name", 4, {.type = OAT_VALUE_STRING, .len = strlen(s->name), .u.string = s->name}};
    s->want.attrs = s->attrs;
    s->want.attr_count = n % 4;
    s->want.events = s->events;
    s->want.event_count = n % 3;
    for (uint32_t i = 0; i < n % 3; i++)
        s->events[i] = (struct oat_run_want_note){.id = id + i,
                                                  .time_ns = 1 + n,
                                                  .name = s->want.text[OAT_TEXT_NAME],
                                                  .attrs = s->attrs,
                                                  .attr_count = i};
    s->want.links = &s->link;
    s->want.link_count = n % 5 == 0;
    s->link = (struct oat_run_want_note){.id = id, .name = {"k=v", 3}};
    memcpy(s->link.target.trace_id, s->want.trace_id, 16);
}

void oat_crash_plan(uint32_t round, uint32_t worker, uint32_t n, bool same_payloads,
                    struct oat_crash_span *ret)
{
    struct oat_crash_span *s = ret;
    struct oat_run_want_span *want = &s->want;
    uint8_t trace_id[16];
    memset(want, 0, sizeof *want);
    make_ids(round, worker, n, want->trace_id, want->span_id);
    want->start_max_ns = want->end_max_ns = UINT64_MAX;
    want->type = (enum oat_span_type)(1 + n % OAT_FILE_IO);
    want->status = OAT_SHOWN_SUCCESS;
    want->text[OAT_TEXT_NAME] =
        (oat_text){s->name, (size_t)snprintf(s->name, sizeof s->name, "w%u n%u", worker, n)};
    plan_payloads(s, same_payloads ? round : round * 16 + worker + 1, n);
    if (n == OAT_CRASH_LONG_SPAN)
        return;
    if (n % TRACE_SPANS != 0) {
        make_ids(round, worker, n - n % TRACE_SPANS, trace_id, want->parent_id);
        want->flags = OAT_SPAN_PARENT_LOCAL;
    }
    memset(s->model, (int)('a' + n % 26), sizeof s->model);
    want->text[OAT_TEXT_MODEL] = (oat_text){s->model, n % 3 ? 8 : 300};
    want->has_count[OAT_COUNT_INPUT] = true;
    want->count[OAT_COUNT_INPUT] = n;
    plan_notes(s, worker, n);
}

void oat_crash_span_free(struct oat_crash_span *span)
{
    oat_run_bytes_free(&span->input);
    oat_run_bytes_free(&span->output);
    oat_run_bytes_free(&span->error);
}

static void add_notes(oat_span *span, const struct oat_run_want_span *want)
{
    for (size_t i = 0; i < want->event_count; i++) {
        const struct oat_run_want_note *note = &want->events[i];
        oat_span_add_event(span, &(oat_event){.name = note->name.bytes,
                                              .name_len = note->name.len,
                                              .time_ns = note->time_ns,
                                              .id = note->id,
                                              .attrs = note->attrs,
                                              .attr_count = note->attr_count});
    }
    for (size_t i = 0; i < want->link_count; i++)
        oat_span_add_link(span, &(oat_link){.target = want->links[i].target,
                                            .trace_state = want->links[i].name.bytes,
                                            .id = want->links[i].id});
}

oat_span *oat_crash_start(oat_tracer *tracer, const struct oat_crash_span *plan)
{
    const struct oat_run_want_span *want = &plan->want;
    oat_span_context parent = {.trace_flags = 1};
    oat_span_options options = {.parent = &parent, .detached = true, .span_id = want->span_id};
    memcpy(parent.trace_id, want->trace_id, 16);
    memcpy(parent.span_id, want->parent_id, 8);
    oat_span *span = oat_span_start_with(tracer, want->type, plan->name, &options);
    if (!span)
        return NULL;
    oat_span_set_input(span, want->input.bytes, want->input.len, "application/json");
    add_notes(span, want);
    oat_span_set_output(span, want->output.bytes, want->output.len, "text/plain");
    if (want->status == OAT_SHOWN_ERROR) {
        oat_span_set_status(span, OAT_STATUS_ERROR, "it broke");
        oat_span_set_error(span, (const char *)want->error.bytes, want->error.len);
    }
    if (want->text[OAT_TEXT_MODEL].bytes)
        oat_span_set_text(span, OAT_TEXT_MODEL, want->text[OAT_TEXT_MODEL].bytes,
                          want->text[OAT_TEXT_MODEL].len);
    if (want->has_count[OAT_COUNT_INPUT])
        oat_span_set_count(span, OAT_COUNT_INPUT, want->count[OAT_COUNT_INPUT]);
    for (size_t i = 0; i < want->attr_count; i++)
        oat_span_set_attr(span, want->attrs[i].key, want->attrs[i].key_len, &want->attrs[i].value);
    return span;
}
