/* Compares a store with the model. */
#include "tests/support/run_model.h"

#include "format/names.h"
#include "format/slot.h"
#include "tests/support/run_totals.h"
#include "tests/support/run_view.h"

#include <stdlib.h>
#include <string.h>

/* ---- Running and interrupted spans ---- */

static bool had_text(const struct oat_model_value *value, oat_text got)
{
    for (; value; value = value->older)
        if (!value->bytes == !got.bytes &&
            (!got.bytes || (value->len == got.len && memcmp(value->bytes, got.bytes, got.len) == 0)))
            return true;
    return !got.bytes;
}

static bool had_input(const oat_snapshot *snapshot, const struct oat_model_value *value,
                      const oat_payload *got, char *why)
{
    uint8_t *bytes;
    size_t len;
    if (!got->present)
        return true;
    int st = oat_payload_read(snapshot, got, &bytes, &len);
    if (st != OAT_OK)
        return oat_run_differs(why, "input: %s", oat_result_text(st));
    bool had = false;
    for (; value && !had; value = value->older)
        had = value->len == len && memcmp(value->bytes, bytes, len) == 0;
    free(bytes);
    return had || oat_run_differs(why, "input is none it had");
}

/* An announced span shows what it had at some moment. */
static bool open_matches(const struct oat_run_view *view, size_t index, const struct oat_model_span *span,
                         bool alive, char *why)
{
    const oat_span_view *got = &view->spans[index];
    const struct oat_run_want_span *want = &span->want;
    enum oat_shown_status status = alive ? OAT_SHOWN_RUNNING : OAT_SHOWN_INTERRUPTED;
    if (got->status != status)
        return oat_run_differs(why, "status is %d, not %d", (int)got->status, (int)status);
    if (got->type != want->type || memcmp(got->parent_id, want->parent_id, 8) != 0)
        return oat_run_differs(why, "type or parent differs");
    if (got->start_ns < want->start_min_ns || got->start_ns > want->start_max_ns || got->end_ns != 0)
        return oat_run_differs(why, "times differ");
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++)
        if (!had_text(span->text[i], got->text[i]))
            return oat_run_differs(why, "%s is none it had: %zu bytes \"%.40s\"", oat_text_field_name(i),
                                   got->text[i].len, got->text[i].bytes ? got->text[i].bytes : "(none)");
    return had_input(view->snapshot, span->input, &got->input, why) &&
           oat_run_events_match(view->snapshot, view->trace_of[index], got->span_id, want->events,
                                want->event_count, why) &&
           oat_run_links_match(view->snapshot, view->trace_of[index], got->span_id, want->links,
                               want->link_count, why);
}

/* ---- Spans ---- */

static bool started_after_parent(const struct oat_run_view *view, size_t index,
                                 const struct oat_model_span *span)
{
    const oat_span_view *got = &view->spans[index];
    size_t parent = oat_run_view_find(view, got->trace_id, got->parent_id);
    if (!(got->flags & OAT_SPAN_PARENT_LOCAL) || span->start_given || parent == SIZE_MAX)
        return true;
    /* A parent with a given start may lie anywhere. */
    return view->spans[parent].start_ns > span->want.start_max_ns ||
           view->spans[parent].start_ns <= got->start_ns;
}

static void check_span(struct oat_model *m, const struct oat_run_view *view, struct oat_model_span *span,
                       bool *known)
{
    char why[OAT_RUN_WHY_SIZE] = "";
    size_t index = oat_run_view_find(view, span->want.trace_id, span->want.span_id);
    bool hidden = oat_model_is_deleted(m, span->want.trace_id);
    const char *state = span->state == OAT_MODEL_ENDED ? "ended" : "open";
    bool same = true;
    if (index == SIZE_MAX) {
        if (!hidden && (span->state == OAT_MODEL_ENDED || (span->state == OAT_MODEL_OPEN && span->seen)))
            oat_model_fail(m, "a span that %s is not there",
                           span->state == OAT_MODEL_ENDED ? "ended" : "was shown");
        return;
    }
    known[index] = true;
    if (hidden || span->state == OAT_MODEL_RETIRED) {
        oat_model_fail(m, "a span of a %s is shown", hidden ? "deleted trace" : "day that was retired");
        return;
    }
    if (span->state == OAT_MODEL_ENDED) {
        same = oat_run_span_matches(view->snapshot, view->trace_of[index], &view->spans[index], &span->want,
                                    why);
    } else {
        same = open_matches(view, index, span, m->writers[span->writer].alive, why);
        span->seen = true;
    }
    if (!same)
        oat_model_fail(m, "%s span %.40s: %s", state, (const char *)span->want.text[OAT_TEXT_NAME].bytes,
                       why);
    else if (!started_after_parent(view, index, span))
        oat_model_fail(m, "a span starts before its parent");
}

static void check_spans(struct oat_model *m, const struct oat_run_view *view)
{
    bool *known = calloc(view->count + 1, sizeof *known);
    oat_store_figures figures;
    size_t open = 0;
    if (!known)
        abort();
    for (size_t i = 0; i < m->span_count && !m->failed; i++)
        check_span(m, view, m->spans[i], known);
    for (size_t i = 0; i < view->count; i++) {
        open += view->spans[i].end_ns == 0 && view->spans[i].status != OAT_SHOWN_SUCCESS &&
                view->spans[i].status != OAT_SHOWN_ERROR;
        if (!known[i])
            oat_model_fail(m, "a span that nobody started: \"%.40s\", status %d",
                           view->spans[i].text[OAT_TEXT_NAME].bytes, (int)view->spans[i].status);
    }
    free(known);
    oat_snapshot_figures(view->snapshot, &figures);
    if (figures.spans != view->count || figures.traces != view->trace_count || figures.open_spans != open)
        oat_model_fail(m, "figures: %d spans, %d traces, %d open; there are %zu, %zu, %zu",
                       (int)figures.spans, (int)figures.traces, (int)figures.open_spans, view->count,
                       view->trace_count, open);
}

/* ---- Scores ---- */

static bool same_text(oat_text got, const char *want)
{
    return !got.bytes == !want &&
           (!want || (got.len == strlen(want) && memcmp(got.bytes, want, got.len) == 0));
}

static const oat_score *find_score(const struct oat_model *m, uint64_t id)
{
    for (size_t i = 0; i < m->score_count; i++)
        if (m->scores[i].score.id == id)
            return &m->scores[i].score;
    return NULL;
}

static void check_shown_scores(struct oat_model *m, const oat_score_view *scores, size_t count,
                               const uint8_t trace_id[16])
{
    for (size_t i = 0; i < count; i++) {
        const oat_score *want = find_score(m, scores[i].id);
        if (!want || memcmp(want->trace_id, trace_id, 16) != 0 ||
            memcmp(want->span_id, scores[i].span_id, 8) != 0 || want->time_ns != scores[i].time_ns ||
            want->has_value != scores[i].has_value || (want->has_value && want->value != scores[i].value) ||
            !same_text(scores[i].name, want->name) || !same_text(scores[i].label, want->label) ||
            !same_text(scores[i].comment, want->comment) || !same_text(scores[i].source, want->source))
            oat_model_fail(m, "a score differs");
    }
}

/* Scores that the model has for a trace (span_id NULL) or a span; of these, *ret_doubtful may be gone. */
static size_t wanted_scores(const struct oat_model *m, const uint8_t trace_id[16], const uint8_t *span_id,
                            size_t *ret_doubtful)
{
    size_t count = 0;
    *ret_doubtful = 0;
    for (size_t i = 0; i < m->score_count; i++) {
        const struct oat_model_score *s = &m->scores[i];
        if (memcmp(s->score.trace_id, trace_id, 16) == 0 &&
            (span_id ? !s->of_trace && memcmp(s->score.span_id, span_id, 8) == 0 : s->of_trace)) {
            count++;
            *ret_doubtful += s->may_be_retired;
        }
    }
    return count;
}

static void check_scores_of(struct oat_model *m, const struct oat_run_view *view, size_t index, bool of_trace)
{
    const oat_span_view *span = &view->spans[index];
    const uint8_t *span_id = of_trace ? NULL : span->span_id;
    oat_score_view *scores;
    size_t count;
    int st = oat_trace_scores(view->trace_of[index], span_id, &scores, &count);
    if (st != OAT_OK) {
        oat_model_fail(m, "scores: %s", oat_result_text(st));
        return;
    }
    size_t doubtful, want = wanted_scores(m, span->trace_id, span_id, &doubtful);
    if (count > want || count < want - doubtful)
        oat_model_fail(m, "%zu scores, not %zu", count, want);
    check_shown_scores(m, scores, count, span->trace_id);
    free(scores);
}

static void check_view(struct oat_model *model, struct oat_run_view *view)
{
    char text[400];
    check_spans(model, view);
    for (size_t i = 0; i < view->count && !model->failed; i++) {
        if (i == 0 || view->trace_of[i] != view->trace_of[i - 1])
            check_scores_of(model, view, i, true);
        check_scores_of(model, view, i, false);
    }
    if (!model->failed && !oat_run_totals_match(view->snapshot, text))
        oat_model_fail(model, "%s", text);
    if (!model->failed && !oat_run_view_is_clean(view, 1u << OAT_PROBLEM_TORN, text))
        oat_model_fail(model, "%s", text);
}

/* A snapshot that is refreshed shows what a new one does: every second check is of such a one. */
void oat_model_check(struct oat_model *model)
{
    struct oat_run_view fresh = {0};
    bool refreshed = model->checks++ % 2 == 1;
    struct oat_run_view *view = refreshed ? &model->kept : &fresh;
    int st = view->store ? oat_run_view_refresh(view) : oat_run_view_open(model->dir, view);
    if (st == OAT_NOTFOUND && model->writer_count == 0)
        return;
    if (st == OAT_OK)
        check_view(model, view);
    else
        oat_model_fail(model, "the store cannot be read: %s", oat_result_text(st));
    oat_run_view_close(&fresh);
}
