#include "httpd/handle_scores.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "format/ids.h"
#include "httpd/json_body.h"
#include "httpd/lookup.h"

const char *const oat_scores_parameters[] = {"trace_id", NULL};

/* ---- Bodies: false answers 400 -------------------------------------------------------------------- */

static bool read_feedback(struct oat_json_body *body, oat_score *ret, struct oat_answer *answer)
{
    static const char *const members[] = {"score", "feedback", NULL};
    int64_t score;
    oat_jnode node = oat_jdoc_get(&body->doc, OAT_JSON_BODY_ROOT, "score");
    if (!oat_json_body_only(body, members, answer))
        return false;
    if (oat_jdoc_type_of(&body->doc, node) != OAT_JSON_NUMBER || !oat_jdoc_int(&body->doc, node, &score) ||
        score < -1 || score > 1)
        return oat_json_body_refuse(answer, "score", "expected -1, 0 or 1");
    ret->name = "feedback";
    ret->source = "human";
    ret->has_value = true;
    ret->value = (double)score;
    return oat_json_body_text(body, "feedback", &ret->comment, answer);
}

static bool is_source(const char *text)
{
    return strcmp(text, "human") == 0 || strcmp(text, "code") == 0 || strcmp(text, "llm") == 0;
}

static bool read_score(struct oat_json_body *body, oat_score *ret, struct oat_answer *answer)
{
    static const char *const members[] = {"name", "value", "label", "source", "comment", NULL};
    oat_jnode value = oat_jdoc_get(&body->doc, OAT_JSON_BODY_ROOT, "value");
    ret->source = "human";
    if (!oat_json_body_only(body, members, answer) || !oat_json_body_text(body, "name", &ret->name, answer) ||
        !oat_json_body_text(body, "label", &ret->label, answer) ||
        !oat_json_body_text(body, "source", &ret->source, answer) ||
        !oat_json_body_text(body, "comment", &ret->comment, answer))
        return false;
    if (!ret->name || !*ret->name)
        return oat_json_body_refuse(answer, "name", "expected what is scored, a string");
    if (!is_source(ret->source))
        return oat_json_body_refuse(answer, "source", "expected human, code or llm");
    ret->has_value = value != 0;
    if (value && (oat_jdoc_type_of(&body->doc, value) != OAT_JSON_NUMBER ||
                  !oat_jdoc_double(&body->doc, value, &ret->value) || !isfinite(ret->value)))
        return oat_json_body_refuse(answer, "value", "expected a number");
    return ret->has_value || ret->label ||
           oat_json_body_refuse(answer, "value", "expected a number, or a label");
}

/* ---- Writing -------------------------------------------------------------------------------------- */

static void put_text(struct oat_json *json, const char *key, const char *text)
{
    oat_json_key(json, key);
    oat_json_cstring(json, text);
}

/* What was written, as it is shown from now on. */
static void put_score(struct oat_json *json, const oat_score *score)
{
    static const uint8_t whole_trace[8];
    oat_json_object_begin(json);
    oat_json_key(json, "trace_id");
    oat_json_hex(json, score->trace_id, sizeof score->trace_id);
    oat_json_key(json, "span_id");
    if (memcmp(score->span_id, whole_trace, sizeof whole_trace) != 0)
        oat_json_hex(json, score->span_id, sizeof score->span_id);
    else
        oat_json_null(json);
    put_text(json, "name", score->name);
    oat_json_key(json, "value");
    if (score->has_value)
        oat_json_double(json, score->value);
    else
        oat_json_null(json);
    put_text(json, "label", score->label);
    put_text(json, "comment", score->comment);
    put_text(json, "source", score->source);
    oat_json_object_end(json);
}

/* Says so to those who listen. */
static void tell_live(struct oat_live *live, const oat_score *score)
{
    struct oat_json json = {0};
    oat_json_object_begin(&json);
    put_text(&json, "type", "feedback");
    oat_json_key(&json, "feedback");
    put_score(&json, score);
    oat_json_object_end(&json);
    if (!json.failed)
        oat_live_tell(live, OAT_LIVE_FEEDBACK, json.bytes, json.len);
    oat_json_free(&json);
}

static void store(const struct oat_call *call, const oat_score *score, struct oat_answer *answer)
{
    oat_tracer *tracer;
    int rc = oat_store_writer_tracer(call->project->writer, &tracer);
    if (rc == OAT_OK)
        rc = oat_score_add(tracer, score);
    if (rc != OAT_OK) {
        oat_answer_unstored(answer, rc);
        return;
    }
    answer->written = true;
    oat_view_expire(call->project->view);
    put_score(&answer->body, score);
    if (call->project->live)
        tell_live(call->project->live, score);
}

void oat_handle_feedback(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_json_body body;
    oat_score score = {0};
    oat_trace *trace;
    if (oat_json_body_read(call, &body, answer) && read_feedback(&body, &score, answer) &&
        oat_lookup_trace(call, call->id, call->id_len, &trace, answer)) {
        const oat_trace_view *head = oat_trace_head(trace);
        memcpy(score.trace_id, head->trace_id, sizeof score.trace_id);
        score.target_start_ns = head->start_ns;
        oat_trace_close(trace);
        store(call, &score, answer);
    }
    oat_json_body_free(&body);
}

void oat_handle_scores(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_json_body body;
    oat_score score = {0};
    struct oat_span_found found;
    if (oat_json_body_read(call, &body, answer) && read_score(&body, &score, answer) &&
        oat_lookup_path_span(call, &found, answer)) {
        memcpy(score.trace_id, found.span->trace_id, sizeof score.trace_id);
        memcpy(score.span_id, found.span->span_id, sizeof score.span_id);
        score.target_start_ns = found.span->start_ns;
        oat_trace_close(found.trace);
        store(call, &score, answer);
    }
    oat_json_body_free(&body);
}
