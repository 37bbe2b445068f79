#include "httpd/handle_prompt_compare.h"

#include <string.h>

#include "httpd/prompt_calls.h"
#include "httpd/prompt_store.h"
#include "httpd/report.h"
#include "httpd/selection.h"

const char *const oat_prompt_compare_parameters[] = {"a", "b", "score", "from", "to", "window", NULL};

struct comparison {
    struct oat_prompt_choice choices[2];
    struct oat_prompt_calls calls[2];
    struct oat_answer *answer;
};

/* ---- Answer --------------------------------------------------------------------------------------- */

static void put_number(struct oat_json *json, const char *name, double value, bool known)
{
    oat_json_key(json, name);
    if (known)
        oat_json_double(json, value);
    else
        oat_json_null(json);
}

/* One side of a metric; interval NULL: too few values. */
static void put_side(struct oat_json *json, const char *side, size_t count, double mean,
                     const struct oat_interval *interval)
{
    oat_json_key(json, side);
    oat_json_object_begin(json);
    oat_json_key(json, "count");
    oat_json_uint(json, count);
    put_number(json, "mean", mean, count > 0);
    put_number(json, "low", interval ? interval->low : 0, interval);
    put_number(json, "high", interval ? interval->high : 0, interval);
    oat_json_object_end(json);
}

/* difference NULL: not enough data, so nothing is said. */
static void put_difference(struct oat_json *json, const char *test, const struct oat_difference *difference)
{
    static const struct oat_difference nothing;
    const struct oat_difference *d = difference ? difference : &nothing;
    put_number(json, "difference", d->value, difference);
    put_number(json, "difference_low", d->interval.low, difference);
    put_number(json, "difference_high", d->interval.high, difference);
    oat_json_key(json, "test");
    oat_json_cstring(json, test);
    put_number(json, "p_value", d->p, difference);
    oat_json_key(json, "enough_data");
    oat_json_bool(json, difference);
    oat_json_key(json, "significant");
    oat_json_bool(json, difference && d->p < 1 - OAT_CONFIDENCE);
}

static void begin_metric(struct oat_json *json, const char *name, const char *unit)
{
    oat_json_object_begin(json);
    oat_json_key(json, "metric");
    oat_json_cstring(json, name);
    oat_json_key(json, "unit");
    oat_json_cstring(json, unit);
}

static void put_mean(struct oat_json *json, const char *name, const char *unit, const struct oat_sample *a,
                     const struct oat_sample *b)
{
    struct oat_interval interval;
    struct oat_difference difference;
    begin_metric(json, name, unit);
    put_side(json, "a", a->count, a->mean, oat_sample_interval(a, &interval) ? &interval : NULL);
    put_side(json, "b", b->count, b->mean, oat_sample_interval(b, &interval) ? &interval : NULL);
    put_difference(json, "Welch's t-test", oat_welch_test(a, b, &difference) ? &difference : NULL);
    oat_json_object_end(json);
}

static double share_of(const struct oat_prompt_calls *calls)
{
    return calls->calls > 0 ? (double)calls->errors / (double)calls->calls : 0;
}

static void put_error_rate(struct oat_json *json, const struct oat_prompt_calls *a,
                           const struct oat_prompt_calls *b)
{
    struct oat_interval interval;
    struct oat_difference difference;
    begin_metric(json, "error_rate", NULL);
    put_side(json, "a", a->calls, share_of(a),
             oat_share_interval(a->errors, a->calls, &interval) ? &interval : NULL);
    put_side(json, "b", b->calls, share_of(b),
             oat_share_interval(b->errors, b->calls, &interval) ? &interval : NULL);
    put_difference(json, "two-proportion z-test",
                   oat_share_test(a->errors, a->calls, b->errors, b->calls, &difference) ? &difference
                                                                                         : NULL);
    oat_json_object_end(json);
}

static void put_version(struct oat_json *json, const char *side, const struct oat_prompt_choice *choice,
                        const struct oat_prompt_calls *calls)
{
    oat_json_key(json, side);
    oat_json_object_begin(json);
    oat_json_key(json, "version");
    oat_json_uint(json, choice->version);
    oat_json_key(json, "calls");
    oat_json_uint(json, calls->calls);
    oat_json_key(json, "limited");
    oat_json_bool(json, calls->limited);
    oat_json_object_end(json);
}

static void put_comparison(struct comparison *c)
{
    struct oat_json *json = &c->answer->body;
    const struct oat_prompt_calls *a = &c->calls[0], *b = &c->calls[1];
    oat_json_object_begin(json);
    oat_json_key(json, "name");
    oat_json_string(json, c->choices[0].name.bytes, c->choices[0].name.len);
    oat_report_window(json, &c->choices[0].window);
    put_version(json, "a", &c->choices[0], a);
    put_version(json, "b", &c->choices[1], b);
    oat_json_key(json, "metrics");
    oat_json_array_begin(json);
    put_mean(json, "cost", "USD", &a->cost, &b->cost);
    put_mean(json, "tokens", NULL, &a->tokens, &b->tokens);
    put_mean(json, "latency", "ms", &a->latency_ms, &b->latency_ms);
    put_error_rate(json, a, b);
    put_mean(json, "score", NULL, &a->score, &b->score);
    oat_json_array_end(json);
    oat_json_key(json, "confidence");
    oat_json_double(json, OAT_CONFIDENCE);
    oat_json_key(json, "least_count");
    oat_json_uint(json, OAT_SAMPLE_LEAST);
    oat_json_key(json, "partial");
    oat_json_bool(json, a->partial || b->partial);
    oat_json_object_end(json);
}

/* ---- Request -------------------------------------------------------------------------------------- */

/* False: answered. */
static bool read_window(struct comparison *c, const struct oat_query *query)
{
    struct oat_query_error error;
    struct oat_window *window = &c->choices[0].window;
    if (!oat_window_read(query, oat_selection_now_ns(), 30 * OAT_DAY_NS, 0, window, &error)) {
        oat_answer_bad_parameter(c->answer, &error);
        return false;
    }
    c->choices[1].window = *window;
    return true;
}

/* The versions that the query names have to be there. False: answered. */
static bool read_versions(struct comparison *c, const struct oat_call *call)
{
    static const char *const sides[] = {"a", "b"};
    struct oat_prompt_store store;
    oat_text name = {call->id, call->id_len}, score;
    size_t first, count, version;
    score.bytes = oat_query_get(call->query, "score", &score.len);
    bool ok = oat_prompt_store_open(&store, call->lease, c->answer) &&
              oat_prompt_store_find(&store, name, &first, &count);
    for (unsigned i = 0; i < 2 && ok; i++) {
        oat_text number = {0};
        number.bytes = oat_query_get(call->query, sides[i], &number.len);
        ok = oat_prompt_store_version(&store, sides[i], number, first, count, &version);
        if (ok)
            c->choices[i].version = store.prompts.versions[version].number;
        c->choices[i].name = name;
        c->choices[i].score = score;
    }
    oat_prompt_store_close(&store);
    return ok;
}

void oat_handle_prompt_compare(const struct oat_call *call, struct oat_answer *answer)
{
    struct comparison c = {.answer = answer};
    if (!read_window(&c, call->query) || !read_versions(&c, call))
        return;
    for (unsigned i = 0; i < 2; i++)
        if (!oat_prompt_calls_collect(call->lease, &c.choices[i], &c.calls[i], answer))
            return;
    put_comparison(&c);
}
