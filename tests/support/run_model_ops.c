#include "tests/support/run_model_ops.h"

#include "format/hash.h"
#include "format/limits.h"
#include "format/names.h"
#include "format/slot.h"
#include "tests/support/run_model_secret.h"
#include "tests/support/run_model_start.h"
#include "tests/support/run_payload.h"
#include "tests/support/run_random.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- What operations work on ---- */

static struct oat_model_span *pick_open(const struct oat_model_turn *t)
{
    struct oat_model *m = t->model;
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++) {
        size_t left = pass && count ? t->op->a % count : 0;
        for (size_t i = 0; i < m->span_count; i++) {
            struct oat_model_span *span = m->spans[i];
            if (span->state != OAT_MODEL_OPEN || span->writer != t->actor->writer || !span->handle)
                continue;
            if (!pass)
                count++;
            else if (left-- == 0)
                return span;
        }
        if (count == 0)
            break;
    }
    return NULL;
}

/* Kinds of payloads beside those of run_payload.h. */
enum { SECRET_TEXT = OAT_RUN_PAYLOAD_KINDS, SECRET_CHAT, KINDS_OF_PAYLOADS };

static struct oat_run_want_payload payload_of(struct oat_model *m, uint32_t b, uint32_t c)
{
    uint32_t drawn = b % KINDS_OF_PAYLOADS;
    /* Few seeds, so that payloads come back; turns of few conversations, so that they grow. */
    uint64_t turn = c % 3 * 64 + b / 16 % 24;
    if (drawn >= OAT_RUN_PAYLOAD_KINDS) {
        bool is_text = drawn == SECRET_TEXT;
        oat_text text = is_text ? oat_model_secret_text(m, c) : oat_model_secret_chat(m, c / 4, turn);
        const char *media_type = is_text ? "text/plain" : "application/json";
        return (struct oat_run_want_payload){true, text.bytes, text.len, media_type};
    }
    enum oat_run_payload_kind kind = (enum oat_run_payload_kind)drawn;
    uint64_t seed = kind == OAT_RUN_CHAT ? turn : c % 12;
    struct oat_run_bytes made = {0};
    oat_run_payload(kind, seed, &made);
    struct oat_run_want_payload payload = {
        .present = true,
        .bytes = oat_model_copy(m, made.bytes, made.len),
        .len = made.len,
        .media_type = oat_run_payload_media(kind, seed),
    };
    oat_run_bytes_free(&made);
    return payload;
}

/* ---- Operations on a running span ---- */

static void op_text(const struct oat_model_turn *t, struct oat_model_span *span)
{
    char note[48];
    enum oat_text_field field = (enum oat_text_field)(t->op->b % OAT_TEXT_FIELDS);
    oat_text text = {0};
    snprintf(note, sizeof note, "oat.%s", oat_text_field_name(field));
    if (t->op->c % 9)
        text = oat_model_text(t->model, t->op->c);
    oat_span_set_text(span->handle, field, text.bytes, text.len);
    oat_model_set_text(t->model, span, field, oat_model_shortened(t->model, text));
    if (text.len > OAT_TEXT_MAX)
        oat_model_set_note(t->model, span, note, text);
    else
        oat_model_remove_attr(span, note);
}

static uint32_t count_of(struct oat_model_span *span, uint64_t count)
{
    if (count <= OAT_COUNT_MAX)
        return (uint32_t)count;
    span->want.flags |= OAT_SPAN_SATURATED;
    return OAT_COUNT_MAX;
}

static uint64_t odd_count(uint32_t x)
{
    static const uint64_t odd[] = {0, 1, OAT_COUNT_MAX, OAT_COUNT_MAX + UINT64_C(1), UINT64_MAX};
    return x % 3 ? x % 100000 : odd[x % 5];
}

static void op_numbers(const struct oat_model_turn *t, struct oat_model_span *span)
{
    struct oat_run_want_span *want = &span->want;
    uint32_t c = t->op->c;
    unsigned field = c % OAT_COUNT_FIELDS;
    char id[16] = "resp-";
    switch (t->op->b % 6) {
    case 0:
    case 1:
        oat_span_set_count(span->handle, (enum oat_count_field)field, odd_count(c / 16));
        want->has_count[field] = true;
        want->count[field] = count_of(span, odd_count(c / 16));
        break;
    case 2:
        oat_span_set_ttft_us(span->handle, odd_count(c));
        want->has_ttft = true;
        want->ttft_us = count_of(span, odd_count(c));
        break;
    case 3:
        oat_span_set_prompt_version(span->handle, c);
        want->has_prompt_version = true;
        want->prompt_version = c;
        break;
    case 4:
        oat_span_set_sample_rate(span->handle, 1.0 / (1 + c % 1000));
        want->sample_rate = 1.0 / (1 + c % 1000);
        break;
    default:
        id[5] = (char)('a' + c % 26);
        oat_span_set_call_id(span->handle, id, 6);
        want->call_id = oat_hash64(id, 6, 0);
        break;
    }
}

static void op_cost(const struct oat_model_turn *t, struct oat_model_span *span)
{
    struct oat_run_want_span *want = &span->want;
    enum oat_cost_source source = (enum oat_cost_source)(t->op->b % 4);
    int64_t total = t->op->c;
    int64_t input = total % 3 ? total / 2 : -1;
    int64_t output = total % 5 ? total / 3 : -1;
    oat_span_set_cost(span->handle, total, input, output, source);
    if (source == OAT_COST_NONE)
        input = output = -1;
    want->cost_source = source;
    want->has_cost = source == OAT_COST_REPORTED || source == OAT_COST_COMPUTED;
    want->cost_total_nano = total;
    want->has_cost_input = input >= 0;
    want->cost_input_nano = input;
    want->has_cost_output = output >= 0;
    want->cost_output_nano = output;
}

static void op_status(const struct oat_model_turn *t, struct oat_model_span *span)
{
    enum oat_status status = (enum oat_status)(t->op->b % 4); /* only two of them can be set */
    bool message = t->op->c % 2;
    oat_span_set_status(span->handle, status, message ? "it went so" : NULL);
    if (status == OAT_STATUS_SUCCESS)
        span->want.status = OAT_SHOWN_SUCCESS;
    else if (status == OAT_STATUS_ERROR)
        span->want.status = OAT_SHOWN_ERROR;
    if (message) {
        oat_model_set_text(t->model, span, OAT_TEXT_STATUS_MESSAGE, (oat_text){"it went so", 10});
        oat_model_remove_attr(span, "oat.status_message");
    }
    span->want.otel_status = (enum oat_otel_status)(t->op->c % 4);
    oat_span_set_otel_status(span->handle, span->want.otel_status);
}

static void op_error(const struct oat_model_turn *t, struct oat_model_span *span)
{
    static const uint32_t texts[] = {OAT_RUN_TEXT, OAT_RUN_LARGE, SECRET_TEXT};
    struct oat_run_want_payload payload = payload_of(t->model, texts[t->op->b % 3], t->op->c);
    const char *text = payload.bytes;
    size_t line = 0;
    payload.media_type = "text/plain";
    oat_span_set_error(span->handle, text, payload.len);
    span->want.status = OAT_SHOWN_ERROR;
    span->want.error = payload;
    if (span->want.text[OAT_TEXT_STATUS_MESSAGE].bytes)
        return;
    while (line < payload.len && line < 200 && text[line] != '\n')
        line++;
    while (line > 0 && line < payload.len && ((unsigned char)text[line] & 0xc0) == 0x80)
        line--;
    oat_model_set_text(t->model, span, OAT_TEXT_STATUS_MESSAGE, (oat_text){text, line});
}

static void op_payload(const struct oat_model_turn *t, struct oat_model_span *span)
{
    bool input = t->op->a / 64 % 2;
    struct oat_run_want_payload payload = payload_of(t->model, t->op->b, t->op->c);
    const char *note = input ? "oat.input.media_type" : "oat.output.media_type";
    oat_model_remove_attr(span, note);
    (input ? oat_span_set_input : oat_span_set_output)(span->handle, payload.bytes, payload.len,
                                                       payload.media_type);
    if (payload.media_type && strncmp(payload.media_type, "application/x-", 14) == 0)
        oat_model_set_note(t->model, span, note, (oat_text){payload.media_type, strlen(payload.media_type)});
    if (input)
        oat_model_set_input(t->model, span, &payload);
    else
        span->want.output = payload;
}

static void op_attr(const struct oat_model_turn *t, struct oat_model_span *span)
{
    static const char *const keys[] = {"user.tier", "k",    "", "a rather long key, with blanks",
                                       "n\0l",      "x.y.z"};
    uint32_t which = t->op->b % 6;
    size_t len = which == 4 ? 3 : strlen(keys[which]);
    oat_text key = {oat_model_copy(t->model, keys[which], len), len};
    oat_value value = oat_model_value(t->model, t->op->c, 0);
    bool inherited = t->op->b / 8 % 4 == 0;
    if (inherited)
        oat_span_set_context_attr(span->handle, key.bytes, key.len, &value);
    else
        oat_span_set_attr(span->handle, key.bytes, key.len, &value);
    oat_model_set_attr(t->model, span, key, &value, inherited);
}

/* One or two attributes for an event or a link. */
static size_t note_attrs(struct oat_model *m, uint32_t which, const oat_attr **ret)
{
    size_t count = which % 3;
    oat_attr *attrs = oat_model_alloc(m, (count + 1) * sizeof *attrs);
    for (size_t i = 0; i < count; i++)
        attrs[i] = (oat_attr){.key = "first", .key_len = 5, .value = oat_model_value(m, which + i, 1)};
    oat_text secret = oat_model_secret_text(m, which / 3);
    if (count > 1) {
        attrs[1].key = secret.bytes;
        attrs[1].key_len = secret.len;
    }
    *ret = attrs;
    return count;
}

static void op_event(const struct oat_model_turn *t, struct oat_model_span *span)
{
    static const uint64_t times_ns[] = {0, 1, OAT_TIME_MAX, UINT64_C(1700000000000000000)};
    oat_text name = oat_model_text(t->model, t->op->b);
    oat_event event = {.name = name.bytes,
                       .name_len = name.len,
                       .time_ns = times_ns[t->op->b % 4],
                       .id = oat_model_id(t->model)};
    event.attr_count = note_attrs(t->model, t->op->c, &event.attrs);
    oat_span_add_event(span->handle, &event);
    struct oat_run_want_note note = {.id = event.id,
                                     .time_ns = event.time_ns,
                                     .name = name,
                                     .attrs = event.attrs,
                                     .attr_count = event.attr_count};
    oat_model_add_note(t->model, &span->events, &span->want.event_count, &note);
    span->want.events = span->events;
}

static void op_link(const struct oat_model_turn *t, struct oat_model_span *span)
{
    oat_link link = {.id = oat_model_id(t->model), .trace_state = t->op->b % 2 ? "vendor=value" : NULL};
    uint64_t trace_id = oat_run_mix(t->op->b);
    memcpy(link.target.trace_id, &trace_id, sizeof trace_id);
    memcpy(link.target.span_id, &trace_id, sizeof trace_id);
    link.target.remote = t->op->b / 2 % 2;
    link.target.trace_flags = t->op->b / 4 % 2;
    link.attr_count = note_attrs(t->model, t->op->c, &link.attrs);
    oat_span_add_link(span->handle, &link);
    struct oat_run_want_note note = {
        .id = link.id,
        .name = {link.trace_state, link.trace_state ? strlen(link.trace_state) : 0},
        .target = link.target,
        .attrs = link.attrs,
        .attr_count = link.attr_count};
    oat_model_add_note(t->model, &span->links, &span->want.link_count, &note);
    span->want.links = span->links;
}

/* ---- Operations on the store ---- */

static void op_score(const struct oat_model_turn *t)
{
    struct oat_model *m = t->model;
    if (m->span_count == 0 || m->score_count == OAT_MODEL_MARKS_MAX)
        return;
    const struct oat_model_span *target = m->spans[t->op->a % m->span_count];
    oat_score score = {.name = t->op->b % 3 ? "quality" : "thumbs",
                       .has_value = t->op->b / 4 % 2,
                       .value = (double)t->op->c / 7,
                       .label = t->op->b / 8 % 2 ? "good" : NULL,
                       .comment = t->op->b / 16 % 2 ? oat_model_secret_text(m, t->op->c).bytes : NULL,
                       .source = "judge",
                       .time_ns = m->begun_ns + t->op->c,
                       .id = oat_model_id(m)};
    bool of_trace = t->op->b / 32 % 2;
    memcpy(score.trace_id, target->want.trace_id, sizeof score.trace_id);
    if (!of_trace)
        memcpy(score.span_id, target->want.span_id, sizeof score.span_id);
    int st = oat_score_add(t->actor->tracer, &score);
    if (st != OAT_OK)
        oat_model_fail(m, "oat_score_add: %s", oat_result_text(st));
    m->scores[m->score_count++] = (struct oat_model_score){.score = score, .of_trace = of_trace};
}

static void op_delete(const struct oat_model_turn *t)
{
    struct oat_model *m = t->model;
    if (m->span_count == 0 || m->deleted_count == OAT_MODEL_MARKS_MAX)
        return;
    const struct oat_model_span *target = m->spans[t->op->a % m->span_count];
    const char *reason = t->op->b % 2 ? oat_model_secret_text(m, t->op->c).bytes : NULL;
    int st = oat_trace_delete(t->actor->tracer, target->want.trace_id, reason);
    if (st != OAT_OK)
        oat_model_fail(m, "oat_trace_delete: %s", oat_result_text(st));
    memcpy(m->deleted[m->deleted_count++], target->want.trace_id, 16);
}

static void op_flush(const struct oat_model_turn *t)
{
    int st = oat_tracer_flush(t->actor->tracer);
    if (st != OAT_OK)
        oat_model_fail(t->model, "oat_tracer_flush: %s", oat_result_text(st));
}

void oat_model_open(const struct oat_model_turn *turn)
{
    struct oat_model_actor *actor = turn->actor;
    oat_config config;
    oat_config_init(&config);
    config.data_dir = turn->model->dir;
    config.service = "model";
    config.environment = turn->model->seed % 2 ? "test" : NULL;
    config.map = turn->model->map;
    config.open_after_ms = turn->model->announces ? 1 : 1000000;
    config.flush_interval_ms = turn->model->seed % 3 ? 0 : 20;
    config.roll_slots = turn->model->seed % 5 ? 64 : 2048;
    config.roll_blob_bytes = turn->model->seed % 7 ? 1 << 20 : 64 << 10;
    int st = oat_tracer_open(&config, &actor->tracer);
    if (st != OAT_OK) {
        oat_model_fail(turn->model, "oat_tracer_open: %s", oat_result_text(st));
        return;
    }
    actor->writer = oat_model_writer_add(turn->model);
    for (int i = 0; i < OAT_MODEL_THREADS; i++) {
        actor->threads[i].current = NULL;
        actor->threads[i].has_inherited = false;
    }
}

static void op_reopen(const struct oat_model_turn *t)
{
    oat_tracer_close(t->actor->tracer);
    t->model->writers[t->actor->writer].alive = false;
    oat_model_open(t);
}

/* ---- The table ---- */

struct kind {
    const char *name;
    unsigned weight;
    void (*on_store)(const struct oat_model_turn *turn);
    void (*on_span)(const struct oat_model_turn *turn, struct oat_model_span *span);
    enum oat_model_process_op process; /* when neither is set */
};

static const struct kind kinds[] = {
    {.name = "start", .weight = 24, .on_store = oat_model_op_start},
    {.name = "start_with", .weight = 16, .on_store = oat_model_op_start_with},
    {.name = "resend", .weight = 3, .on_store = oat_model_op_resend},
    {.name = "end", .weight = 26, .on_span = oat_model_op_end},
    {.name = "text", .weight = 16, .on_span = op_text},
    {.name = "numbers", .weight = 8, .on_span = op_numbers},
    {.name = "cost", .weight = 3, .on_span = op_cost},
    {.name = "status", .weight = 4, .on_span = op_status},
    {.name = "error", .weight = 3, .on_span = op_error},
    {.name = "payload", .weight = 28, .on_span = op_payload},
    {.name = "attr", .weight = 14, .on_span = op_attr},
    {.name = "event", .weight = 10, .on_span = op_event},
    {.name = "link", .weight = 4, .on_span = op_link},
    {.name = "score", .weight = 5, .on_store = op_score},
    {.name = "delete", .weight = 1, .on_store = op_delete},
    {.name = "flush", .weight = 2, .on_store = op_flush},
    {.name = "reopen", .weight = 2, .on_store = op_reopen},
    {.name = "spawn", .weight = 1, .process = OAT_MODEL_SPAWN},
    {.name = "fork", .weight = 3, .process = OAT_MODEL_FORK},
    {.name = "kill", .weight = 2, .process = OAT_MODEL_KILL},
    {.name = "leave", .weight = 1, .process = OAT_MODEL_LEAVE},
    {.name = "new_thread", .weight = 2, .process = OAT_MODEL_NEW_THREAD},
    {.name = "announce", .weight = 1, .process = OAT_MODEL_ANNOUNCE},
    {.name = "compact", .weight = 6, .process = OAT_MODEL_COMPACT},
    {.name = "retain", .weight = 1, .process = OAT_MODEL_RETAIN},
    {.name = "forget", .weight = 3, .process = OAT_MODEL_FORGET},
};

#define KINDS (sizeof kinds / sizeof *kinds)

struct oat_model_op oat_model_op_draw(uint64_t *seed)
{
    unsigned total = 0;
    unsigned i = 0;
    for (size_t k = 0; k < KINDS; k++)
        total += kinds[k].weight;
    for (uint64_t left = oat_run_below(seed, total); left >= kinds[i].weight; i++)
        left -= kinds[i].weight;
    uint64_t x = oat_run_next(seed);
    return (struct oat_model_op){
        .kind = (uint8_t)i,
        .actor = (uint8_t)(x % OAT_MODEL_ACTORS),
        .thread = (uint8_t)(x / 16 % OAT_MODEL_THREADS),
        .check = x / 64 % 8 == 0,
        .a = (uint32_t)oat_run_next(seed),
        .b = (uint32_t)oat_run_next(seed),
        .c = (uint32_t)oat_run_next(seed),
    };
}

void oat_model_op_print(FILE *out, const struct oat_model_op *op)
{
    fprintf(out, "%-10s actor %u thread %u a %u b %u c %u%s\n", kinds[op->kind].name, op->actor, op->thread,
            op->a, op->b, op->c, op->check ? " check" : "");
}

bool oat_model_op_is_drivers(const struct oat_model_op *op)
{
    return !kinds[op->kind].on_store && !kinds[op->kind].on_span;
}

enum oat_model_process_op oat_model_op_process(const struct oat_model_op *op)
{
    return kinds[op->kind].process;
}

static void check_aftermath(const struct oat_model_turn *t)
{
    const struct oat_model_span *current = t->actor->threads[t->thread_no].current;
    oat_stats stats;
    oat_tracer_get_stats(t->actor->tracer, &stats);
    if (stats.drops_full || stats.drops_io || stats.drops_memory || stats.drops_reentrant ||
        stats.drops_limit || stats.sync_failures)
        oat_model_fail(
            t->model, "drops: full %d, io %d, memory %d, reentrant %d, limit %d, sync %d, errno %d",
            (int)stats.drops_full, (int)stats.drops_io, (int)stats.drops_memory, (int)stats.drops_reentrant,
            (int)stats.drops_limit, (int)stats.sync_failures, stats.last_errno);
    if (oat_span_current(t->actor->tracer) != (current ? current->handle : NULL))
        oat_model_fail(t->model, "another span is current");
}

void oat_model_op_run(const struct oat_model_turn *turn)
{
    const struct kind *kind = &kinds[turn->op->kind];
    if (kind->on_span) {
        struct oat_model_span *span = pick_open(turn);
        if (span)
            kind->on_span(turn, span);
    } else {
        kind->on_store(turn);
    }
    if (!turn->model->failed)
        check_aftermath(turn);
}
