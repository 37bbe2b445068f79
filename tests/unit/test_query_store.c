/* Queries over a store answer the same wherever its spans lie: in hot files, in parts, in both. */
#include "tests/support/unit.h"

#include "export/query_json.h"
#include "format/names.h"
#include "format/slot.h"
#include "reader/query_plan.h"
#include "tests/support/compact.h"
#include "tests/support/reader_fixture.h"

#define DAYS    4u
#define DAY_MS  UINT64_C(86400000)
#define TRACES  60u /* a day */
#define ANSWERS 11u

/* The spans of a trace: a run that reports what its calls cost in all, and the calls; the last one starts on
 * the day after. half: 0 puts the run and the first call, 1 the others. */
static void put_trace(struct oat_maker_pair *pair, uint32_t n, unsigned half)
{
    static const char *const models[] = {"gpt-4o", "claude", "gemini"};
    uint64_t start_ms = n % DAYS * DAY_MS + n * 1000;
    for (uint32_t span = 1 + 2 * half; span <= 2 + 2 * half; span++) {
        uint64_t at_ms = span == 4 ? start_ms + DAY_MS : start_ms + span;
        struct oat_disk_span s = oat_maker_span(pair, n + 1, span, span == 1 ? 0 : 1,
                                                span == 1 ? "run" : "call", at_ms, at_ms + n + span);
        s.type = span == 1 ? OAT_AGENT : OAT_LLM;
        s.status = span == 3 && n % 3 == 0 ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS;
        s.flags = oat_le32_of(OAT_SPAN_HAS_COST | OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT));
        s.cost_total_nano = oat_le64_of(span == 1 ? 3000000 * (n + 1) : 1000000 * (n + 1));
        s.count[OAT_COUNT_INPUT] = oat_le32_of(span == 1 ? 300 : 100);
        if (span > 1)
            s.text[OAT_TEXT_MODEL] = oat_maker_string(pair, models[(n + span) % 3]);
        uint8_t attributes[] = "\1\4tier\1\1?"; /* a text of one byte */
        attributes[8] = (uint8_t)('a' + (n + span) % 3);
        s.attributes = oat_maker_blob(pair, attributes, sizeof attributes - 1, OAT_MEDIA_ATTRS);
        oat_maker_put(pair, OAT_SLOT_SPAN, &s);
    }
}

static void put_half(struct oat_fixture *f, uint8_t writer, unsigned half)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, writer, 0);
    for (uint32_t n = 0; n < DAYS * TRACES; n++)
        put_trace(&pair, n, half);
    oat_maker_pair_write(&pair);
}

/* A query as texts between commas, as JSON. free(). */
static char *ask(struct oat_fixture *f, const char *filter, const char *by, const char *aggregates,
                 unsigned day)
{
    oat_text group_by = {by, strlen(by)}, list[8];
    oat_span_query query = {.group_by = &group_by, .group_by_count = *by != '\0', .aggregates = list};
    oat_query_result *result;
    oat_span_query_error error;
    struct oat_json json = {0};
    size_t len;
    for (const char *at = aggregates; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        list[query.aggregate_count++] = (oat_text){at, strcspn(at, ",")};
    oat_filter *parsed;
    assert_int_equal(oat_filter_parse(filter, strlen(filter), 0, &parsed, NULL), OAT_OK);
    query.filter = parsed;
    query.from_ns = day ? OAT_MAKER_MS(day * DAY_MS) : 0;
    query.to_ns = day ? OAT_MAKER_MS((day + 1) * DAY_MS) : 0;
    query.threads = day ? 1 : 3;
    if (oat_query_run(f->snapshot, &query, &result, &error) != OAT_OK)
        fail_msg("%s", error.text.message);
    oat_json_query_result(&json, result);
    oat_query_result_free(result);
    oat_filter_free(parsed);
    char *text = oat_json_take(&json, &len);
    assert_non_null(text);
    return text;
}

static void ask_snapshot(struct oat_fixture *f, char *ret[ANSWERS])
{
    ret[0] = ask(f, "", "", "count,sum:cost,all:sum:cost,sum:total_tokens,error_rate", 0);
    ret[1] = ask(f, "", "model", "count,sum:cost,p95:duration,min:start,max:end", 0);
    ret[2] = ask(f, "type = llm", "day", "count,avg:cost,p50:duration", 0);
    ret[3] = ask(f, "errors > 0", "status", "count,sum:trace.cost,max:depth", 0);
    ret[4] = ask(f, "model = claude", "hour", "count,sum:cost,rate", 2);
    ret[5] = ask(f, "start > 2027-11-22", "trace.name", "count", 0);
    ret[6] = ask(f, "trace.start >= 2026-11-23T00:00:30Z", "model", "count,traces,sum:trace.cost", 0);
    ret[8] = ask(f, "type = agent and (status = error or attr.tier = b)", "attr.tier", "count", 0);
    ret[9] =
        ask(f, "model = claude and attr.tier = a or model = gemini and attr.tier = b", "model", "count", 1);
    ret[10] = ask(f, "cost > 0.23 and attr.tier != null", "attr.tier", "count,sum:cost", 0);
    ret[7] = ask(f, "not trace.start > 2026-11-24 and parent_span_id = null", "trace.status", "traces", 0);
}

static void ask_all(struct oat_fixture *f, char *ret[ANSWERS])
{
    oat_fixture_take(f);
    ask_snapshot(f, ret);
}

static void free_all(char *answers[ANSWERS])
{
    for (unsigned i = 0; i < ANSWERS; i++)
        free(answers[i]);
}

static void expect(struct oat_fixture *f, char *expected[ANSWERS])
{
    char *answers[ANSWERS];
    ask_all(f, answers);
    for (unsigned i = 0; i < ANSWERS; i++)
        assert_string_equal(answers[i], expected[i]);
    free_all(answers);
}

static void answers_do_not_depend_on_where_spans_lie(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_compact some = {0}, all = {.merge = true};
    char *expected[ANSWERS];
    put_half(f, 1, 0);
    put_half(f, 2, 1);
    ask_all(f, expected);
    oat_compact(&some, f->maker.dir);
    expect(f, expected);
    oat_compact(&all, f->maker.dir);
    expect(f, expected);
    free_all(expected);
}

static void traces_half_in_parts_and_half_in_hot_files_count_once(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_compact some = {0}, all = {.merge = true};
    char *expected[ANSWERS], *first[ANSWERS];
    put_half(f, 1, 0);
    oat_compact(&some, f->maker.dir);
    ask_all(f, first);
    put_half(f, 2, 1);
    ask_all(f, expected);
    assert_string_not_equal(first[0], expected[0]);
    oat_compact(&some, f->maker.dir);
    expect(f, expected);
    oat_compact(&all, f->maker.dir);
    expect(f, expected);
    free_all(first);
    free_all(expected);
}

#define ASKERS 4u
#define ROUNDS 8u

struct asker {
    pthread_t thread;
    struct oat_fixture *f;
    char *const *expected;
    unsigned wrong;
};

static void *ask_again(void *arg)
{
    struct asker *asker = arg;
    for (unsigned round = 0; round < ROUNDS; round++) {
        char *answers[ANSWERS];
        ask_snapshot(asker->f, answers);
        for (unsigned i = 0; i < ANSWERS; i++)
            asker->wrong += strcmp(answers[i], asker->expected[i]) != 0;
        free_all(answers);
    }
    return NULL;
}

static void threads_may_ask_one_snapshot_for_several_windows(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_compact some = {0};
    struct asker askers[ASKERS] = {{0}};
    char *expected[ANSWERS];
    put_half(f, 1, 0);
    oat_compact(&some, f->maker.dir);
    put_half(f, 2, 1);
    oat_compact(&some, f->maker.dir);
    ask_all(f, expected);
    oat_fixture_take(f);
    for (unsigned i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){.f = f, .expected = expected};
        assert_int_equal(pthread_create(&askers[i].thread, NULL, ask_again, &askers[i]), 0);
    }
    for (unsigned i = 0; i < ASKERS; i++) {
        pthread_join(askers[i].thread, NULL);
        assert_int_equal(askers[i].wrong, 0);
    }
    free_all(expected);
}

static void sums_of_usage_leave_out_what_is_reported_twice(void **state)
{
    struct oat_fixture *f = *state;
    uint64_t calls = 0;
    char wanted[128];
    put_half(f, 1, 0);
    put_half(f, 2, 1);
    oat_fixture_take(f);
    for (uint32_t n = 0; n < DAYS * TRACES; n++)
        calls += 3000000 * (n + 1);
    char *answer = ask(f, "", "", "count,sum:cost,all:sum:cost", 0);
    snprintf(wanted, sizeof wanted, "\"rows\":[[%u,%.2f,%.2f]]", 4 * DAYS * TRACES, (double)calls / 1e9,
             (double)(2 * calls) / 1e9);
    if (!strstr(answer, wanted))
        fail_msg("%s is not in %s", wanted, answer);
    free(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(answers_do_not_depend_on_where_spans_lie),
        OAT_FIXTURE_TEST(traces_half_in_parts_and_half_in_hot_files_count_once),
        OAT_FIXTURE_TEST(threads_may_ask_one_snapshot_for_several_windows),
        OAT_FIXTURE_TEST(sums_of_usage_leave_out_what_is_reported_twice),
    };
    return cmocka_run_group_tests_name("query_store", tests, NULL, NULL);
}
