#include "tests/support/run_model_start.h"

#include "format/day.h"
#include "format/slot.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define CLOCK_SLACK_NS UINT64_C(200000000) /* the wall clock may be slewed during a run */

static uint64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static enum oat_span_type type_of(uint32_t x)
{
    return (enum oat_span_type)(OAT_AGENT + x % OAT_FILE_IO);
}

/* ---- Starting ---- */

/* What a new span has from a span of the same writer above it. */
static void inherit(struct oat_model *m, struct oat_model_span *span, const struct oat_model_span *parent)
{
    static const enum oat_text_field fields[] = {OAT_TEXT_SESSION, OAT_TEXT_USER, OAT_TEXT_PROMPT_NAME};
    for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++)
        oat_model_set_text(m, span, fields[i], parent->want.text[fields[i]]);
    span->want.has_prompt_version = parent->want.has_prompt_version;
    span->want.prompt_version = parent->want.prompt_version;
    for (size_t i = 0; i < parent->want.attr_count; i++)
        if (parent->attr_inherited[i])
            oat_model_set_attr(m, span, (oat_text){parent->attrs[i].key, parent->attrs[i].key_len},
                               &parent->attrs[i].value, true);
}

/* Everything a new span has but its place in the trace. */
static struct oat_model_span *add_span(const struct oat_model_turn *t, oat_span *handle,
                                       enum oat_span_type type, oat_text name)
{
    struct oat_model *m = t->model;
    oat_span_context context = oat_span_get_context(handle);
    struct oat_model_span *span = oat_model_span_add(m);
    span->handle = handle;
    span->writer = t->actor->writer;
    span->thread = t->thread_no;
    span->want.type = type;
    span->want.status = OAT_SHOWN_SUCCESS;
    memcpy(span->want.trace_id, context.trace_id, sizeof context.trace_id);
    memcpy(span->want.span_id, context.span_id, sizeof context.span_id);
    if (name.len > OAT_TEXT_MAX)
        oat_model_set_note(m, span, "oat.name", name);
    oat_model_set_text(m, span, OAT_TEXT_NAME, oat_model_shortened(m, name));
    oat_model_set_text(m, span, OAT_TEXT_SERVICE, (oat_text){"model", 5});
    if (m->seed % 2)
        oat_model_set_text(m, span, OAT_TEXT_ENVIRONMENT, (oat_text){"test", 4});
    return span;
}

static void place_below(struct oat_model *m, struct oat_model_span *span, const struct oat_model_span *parent)
{
    if (memcmp(span->want.trace_id, parent->want.trace_id, 16) != 0)
        oat_model_fail(m, "a child is in another trace than its parent");
    memcpy(span->want.parent_id, parent->want.span_id, 8);
    span->want.flags |= OAT_SPAN_PARENT_LOCAL;
    inherit(m, span, parent);
}

static void place_at(struct oat_model *m, struct oat_model_span *span, const oat_span_context *context)
{
    static const uint8_t none[8];
    if (memcmp(span->want.trace_id, context->trace_id, 16) != 0)
        oat_model_fail(m, "a child is in another trace than its parent");
    memcpy(span->want.parent_id, context->span_id, 8);
    if (memcmp(context->span_id, none, 8) != 0)
        span->want.flags |= context->remote ? OAT_SPAN_PARENT_REMOTE : OAT_SPAN_PARENT_LOCAL;
}

static void make_current(const struct oat_model_turn *t, struct oat_model_span *span)
{
    span->below = t->actor->threads[t->thread_no].current;
    t->actor->threads[t->thread_no].current = span;
}

void oat_model_op_start(const struct oat_model_turn *turn)
{
    struct oat_model *m = turn->model;
    struct oat_model_span *current = turn->actor->threads[turn->thread_no].current;
    oat_text name = oat_model_text(m, turn->op->b);
    enum oat_span_type type = type_of(turn->op->a);
    uint64_t before_ns = wall_ns();
    name.len = strlen(name.bytes);
    oat_span *handle = oat_span_start(turn->actor->tracer, type, name.bytes);
    if (!handle) {
        oat_model_fail(m, "oat_span_start returned NULL");
        return;
    }
    struct oat_model_span *span = add_span(turn, handle, type, name);
    span->want.start_min_ns = before_ns - CLOCK_SLACK_NS;
    span->want.start_max_ns = wall_ns() + CLOCK_SLACK_NS;
    if (current)
        place_below(m, span, current);
    else if (turn->actor->threads[turn->thread_no].has_inherited)
        place_at(m, span, &turn->actor->threads[turn->thread_no].inherited);
    make_current(turn, span);
}

/* The options of one start, and what they refer to. */
struct plan {
    oat_span_options options;
    oat_span_context context;
    const struct oat_model_span *parent; /* whose session etc. are inherited */
    bool at_context;
    uint8_t trace_id[16], span_id[8];
};

static void plan_parent(const struct oat_model_turn *t, struct plan *plan)
{
    struct oat_model *m = t->model;
    const struct oat_model_span *other = m->span_count ? m->spans[t->op->a % m->span_count] : NULL;
    uint32_t way = t->op->a / 4096 % 5;
    plan->parent = t->actor->threads[t->thread_no].current;
    if (way == 0 || !other) {
        plan->options.new_trace = true;
        plan->parent = NULL;
    } else if (way == 1 && other->writer == t->actor->writer && other->state == OAT_MODEL_OPEN) {
        plan->options.parent_span = other->handle;
        plan->parent = other;
    } else if (way <= 3) {
        /* A span of this process by its context, or one of another as a header brings it. */
        char header[OAT_TRACEPARENT_SIZE];
        memcpy(plan->context.trace_id, other->want.trace_id, 16);
        memcpy(plan->context.span_id, other->want.span_id, 8);
        plan->context.trace_flags = 1;
        oat_traceparent_inject(&plan->context, header);
        if (other->writer != t->actor->writer &&
            oat_traceparent_extract(header, OAT_NUL, &plan->context) != OAT_OK)
            oat_model_fail(m, "a traceparent of its own is refused: %s", header);
        plan->options.parent = &plan->context;
        plan->at_context = true;
        plan->parent = NULL;
    }
    if (!plan->parent && !plan->at_context && !plan->options.new_trace &&
        t->actor->threads[t->thread_no].has_inherited) {
        plan->context = t->actor->threads[t->thread_no].inherited;
        plan->at_context = true;
    }
}

static void plan_ids(const struct oat_model_turn *t, struct plan *plan)
{
    if (t->op->b / 32 % 2) {
        uint64_t id = oat_model_id(t->model);
        memcpy(plan->span_id, &id, sizeof id);
        plan->options.span_id = plan->span_id;
    }
    if (!plan->parent && !plan->at_context && t->op->b / 64 % 2) {
        uint64_t id = oat_model_id(t->model);
        memcpy(plan->trace_id + 8, &id, sizeof id);
        plan->options.trace_id = plan->trace_id;
    }
}

static void plan_times(const struct oat_model_turn *t, struct plan *plan)
{
    static const uint64_t starts_ns[] = {
        0, 1, OAT_TIME_MAX, OAT_TIME_MAX + 5, UINT64_MAX, UINT64_C(1700000000000000000)};
    uint32_t which = t->op->c / 2 % 6;
    if (t->op->c % 2)
        return;
    plan->options.start_ns =
        t->model->any_times ? starts_ns[which] : t->model->begun_ns + which * OAT_DAY_NS - 3 * OAT_DAY_NS;
    plan->options.start_is_zero = plan->options.start_ns == 0;
    plan->options.synthetic_time = t->op->c / 16 % 2;
}

static void note_times(struct oat_model *m, struct oat_model_span *span, const oat_span_options *options,
                       uint64_t before_ns)
{
    struct oat_run_want_span *want = &span->want;
    span->start_given = options->start_ns || options->start_is_zero;
    if (!span->start_given) {
        want->start_min_ns = before_ns - CLOCK_SLACK_NS;
        want->start_max_ns = wall_ns() + CLOCK_SLACK_NS;
        return;
    }
    want->start_min_ns = want->start_max_ns =
        options->start_ns > OAT_TIME_MAX ? OAT_TIME_MAX : options->start_ns;
    if (options->synthetic_time)
        want->flags |= OAT_SPAN_SYNTHETIC_TIME;
    if (options->start_ns > OAT_TIME_MAX) {
        char *given = oat_model_alloc(m, 24);
        int len = snprintf(given, 24, "%llu", (unsigned long long)options->start_ns);
        want->flags |= OAT_SPAN_CLAMPED_TIME;
        oat_model_set_note(m, span, "oat.start_given", (oat_text){given, (size_t)len});
    }
}

void oat_model_op_start_with(const struct oat_model_turn *turn)
{
    struct oat_model *m = turn->model;
    struct plan plan = {0};
    oat_text name = oat_model_text(m, turn->op->b);
    enum oat_span_type type = type_of(turn->op->c);
    plan_parent(turn, &plan);
    plan_ids(turn, &plan);
    plan_times(turn, &plan);
    plan.options.detached = turn->op->b / 128 % 2;
    plan.options.name_len = name.len;

    uint64_t before_ns = wall_ns();
    oat_span *handle = oat_span_start_with(turn->actor->tracer, type, name.bytes, &plan.options);
    if (!handle) {
        oat_model_fail(m, "oat_span_start_with returned NULL");
        return;
    }
    struct oat_model_span *span = add_span(turn, handle, type, name);
    note_times(m, span, &plan.options, before_ns);
    if (plan.parent)
        place_below(m, span, plan.parent);
    else if (plan.at_context)
        place_at(m, span, &plan.context);
    if ((plan.options.span_id && memcmp(plan.span_id, span->want.span_id, 8) != 0) ||
        (plan.options.trace_id && memcmp(plan.trace_id, span->want.trace_id, 16) != 0))
        oat_model_fail(m, "a given id was not taken");
    if (!plan.options.detached)
        make_current(turn, span);
}

/* ---- Ending ---- */

static void leave_chain(const struct oat_model_turn *t, struct oat_model_span *span)
{
    struct oat_model_span **link = &t->actor->threads[span->thread].current;
    while (*link && *link != span)
        link = &(*link)->below;
    if (*link)
        *link = span->below;
}

static void note_end(struct oat_model_span *span, bool given, uint64_t end_ns, uint64_t before_ns)
{
    struct oat_run_want_span *want = &span->want;
    want->end_min_ns = want->end_max_ns = end_ns;
    if (!given) {
        want->end_min_ns = before_ns - CLOCK_SLACK_NS;
        want->end_max_ns = wall_ns() + CLOCK_SLACK_NS;
        end_ns = before_ns;
    }
    if (end_ns > OAT_TIME_MAX) {
        want->end_min_ns = want->end_max_ns = OAT_TIME_MAX;
        want->flags |= OAT_SPAN_CLAMPED_TIME;
    } else if (end_ns < want->start_min_ns) {
        want->end_min_ns = want->start_min_ns;
        want->end_max_ns = want->start_max_ns;
        want->flags |= OAT_SPAN_CLAMPED_TIME;
    }
}

void oat_model_op_end(const struct oat_model_turn *turn, struct oat_model_span *span)
{
    uint64_t near_ns = turn->model->begun_ns + 3 * OAT_DAY_NS;
    const uint64_t ends_ns[] = {
        0, near_ns, OAT_TIME_MAX - 1, OAT_TIME_MAX, OAT_TIME_MAX + 1, UINT64_C(1700000001000000000)};
    bool given = turn->op->b % 3 == 0;
    uint64_t end_ns = ends_ns[turn->op->c % 6];
    uint64_t before_ns = wall_ns();
    if (given)
        oat_span_end_at(span->handle, end_ns);
    else
        oat_span_end(span->handle);
    note_end(span, given, end_ns, before_ns);
    leave_chain(turn, span);
    span->state = OAT_MODEL_ENDED;
    span->handle = NULL;
}

/* ---- Again ---- */

/* How the end of a span that is sent again compares. */
enum again { EARLIER, EQUAL, LATER };

/* Of equal ends the content decides, so it must be the same: as of spans that were sent again before. */
static enum again again_of(const struct oat_model_span *older, uint32_t drawn)
{
    return drawn % 3 == 0 ? EARLIER : drawn % 3 == 1 && older->resent ? EQUAL : LATER;
}

/* An ended span whose times are known to the nanosecond. */
static struct oat_model_span *pick_exact(const struct oat_model_turn *t)
{
    struct oat_model *m = t->model;
    for (size_t i = 0; i < m->span_count; i++) {
        struct oat_model_span *span = m->spans[(t->op->a + i) % m->span_count];
        if (span->state == OAT_MODEL_ENDED && span->start_given &&
            span->want.end_min_ns == span->want.end_max_ns && !(span->want.flags & OAT_SPAN_CLAMPED_TIME) &&
            span->want.end_max_ns < OAT_TIME_MAX / 2 && span->want.end_max_ns > span->want.start_max_ns + 10)
            return span;
    }
    return NULL;
}

void oat_model_op_resend(const struct oat_model_turn *turn)
{
    struct oat_model *m = turn->model;
    struct oat_model_span *older = pick_exact(turn);
    if (!older)
        return;
    struct plan plan = {.options = {.parent = &plan.context,
                                    .detached = true,
                                    .span_id = older->want.span_id,
                                    .start_ns = older->want.start_min_ns,
                                    .start_is_zero = older->want.start_min_ns == 0}};
    memcpy(plan.context.trace_id, older->want.trace_id, 16);
    memcpy(plan.context.span_id, older->want.parent_id, 8);
    oat_span *handle = oat_span_start_with(turn->actor->tracer, older->want.type, "again", &plan.options);
    if (!handle) {
        oat_model_fail(m, "oat_span_start_with returned NULL");
        return;
    }
    struct oat_model_span *again = add_span(turn, handle, older->want.type, (oat_text){"again", 5});
    m->span_count--;
    note_times(m, again, &plan.options, 0);
    place_at(m, again, &plan.context);
    enum again how = again_of(older, turn->op->b);
    uint64_t end_ns = older->want.end_max_ns - 10 + 10 * (uint64_t)how;
    oat_span_end_at(handle, end_ns);
    note_end(again, true, end_ns, 0);
    if (how != LATER)
        return;
    again->resent = true;
    again->want.events = older->want.events;
    again->want.event_count = older->want.event_count;
    again->want.links = older->want.links;
    again->want.link_count = older->want.link_count;
    again->state = OAT_MODEL_ENDED;
    again->handle = NULL;
    *older = *again;
}
