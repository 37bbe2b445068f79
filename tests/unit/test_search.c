/* Searching a store for text: what is found, in which order, wherever the spans lie. */
#include "format/buffer.h"
#include "format/day.h"
#include "oat/oat.h"
#include "oat/reader.h"
#include "tests/support/blob_fixture.h"
#include "tests/support/compact.h"
#include "tests/support/run_dir.h"
#include "tests/support/unit.h"

#include <inttypes.h>

#define BEGIN_NS (UINT64_C(20000) * OAT_DAY_NS)
#define HOUR_NS  (OAT_DAY_NS / 24)
#define ALL      100000u

struct fixture {
    char dir[OAT_RUN_PATH_SIZE];
    oat_store *store;
    oat_snapshot *snapshot;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    oat_run_dir_make(f->dir);
    *state = f;
    return 0;
}

static void close_store(struct fixture *f)
{
    oat_snapshot_free(f->snapshot);
    oat_store_close(f->store);
    f->snapshot = NULL;
    f->store = NULL;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    close_store(f);
    oat_run_dir_remove(f->dir);
    free(f);
    return 0;
}

static void take(struct fixture *f)
{
    close_store(f);
    assert_int_equal(oat_store_open(f->dir, &f->store), OAT_OK);
    assert_int_equal(oat_snapshot_take(f->store, &f->snapshot), OAT_OK);
}

static oat_tracer *open_tracer(struct fixture *f)
{
    oat_config config;
    oat_tracer *tracer;
    oat_config_init(&config);
    config.data_dir = f->dir;
    assert_int_equal(oat_tracer_open(&config, &tracer), OAT_OK);
    return tracer;
}

/* A span of a trace; its input is the conversation so far, its output the last message. */
static void call(oat_tracer *tracer, uint8_t trace, uint8_t number, const char *input, size_t len,
                 const char *output, size_t output_len)
{
    oat_span_context parent = {.trace_id = {0xaa, trace}};
    const uint8_t id[8] = {trace, number, 1};
    parent.span_id[0] = number > 0 ? trace : 0;
    parent.span_id[2] = number > 0;
    uint64_t start_ns = BEGIN_NS + trace * 7 * HOUR_NS + number * UINT64_C(1000000000);
    const oat_span_options options = {
        .parent = &parent, .detached = true, .span_id = id, .start_ns = start_ns};
    oat_span *span = oat_span_start_with(tracer, number % 3 == 2 ? OAT_TOOL : OAT_LLM, "call", &options);
    oat_span_set_input(span, input, len, "application/json");
    oat_span_set_output(span, output, output_len, "text/plain");
    if (number % 5 == 4)
        oat_span_set_error(span, "The ÄRGER is great", 19);
    oat_span_end_at(span, start_ns + 500000000);
}

/* Calls first .. end - 1 of a conversation. */
static void converse(oat_tracer *tracer, uint8_t trace, unsigned first, unsigned end)
{
    struct oat_test_text text = {0};
    uint64_t seed = trace;
    oat_test_text_add(&text, "{\"messages\":[");
    for (unsigned i = 0; i < end; i++) {
        oat_test_text_add(&text, "%s{\"role\":\"user\",\"content\":\"\\u00c9tape %u of %u\"},",
                          i > 0 ? "," : "", i, trace);
        size_t before = text.len;
        oat_test_text_add_message(&text, &seed, i);
        size_t open_len = text.len;
        oat_test_text_add(&text, "]}");
        if (i >= first)
            call(tracer, trace, (uint8_t)i, text.v, text.len, text.v + before, open_len - before);
        text.len = open_len;
    }
    free(text.v);
}

/* ---- Looking ---------------------------------------------------------------------------------------- */

static oat_search *search_for(struct fixture *f, const char *text, const char *filter_text, size_t limit,
                              size_t context, bool newest_only)
{
    oat_filter *filter;
    oat_search *search;
    assert_int_equal(oat_filter_parse(filter_text, strlen(filter_text), 0, &filter, NULL), OAT_OK);
    const oat_search_query query = {.text = {text, strlen(text)},
                                    .filter = filter,
                                    .limit = limit,
                                    .context = context,
                                    .newest_only = newest_only};
    assert_int_equal(oat_search_open(f->snapshot, &query, &search), OAT_OK);
    assert_false(oat_search_is_partial(search));
    oat_filter_free(filter);
    return search;
}

static oat_search *search_with(struct fixture *f, const char *text, const char *filter_text, size_t limit,
                               size_t context)
{
    return search_for(f, text, filter_text, limit, context, false);
}

static size_t count_hits(struct fixture *f, const char *text, const char *filter)
{
    oat_search *search = search_with(f, text, filter, ALL, 10);
    size_t count = oat_search_count(search);
    assert_false(oat_search_has_more(search));
    oat_search_close(search);
    return count;
}

/* All that is known of the hits, as text. */
static void dump(struct fixture *f, const char *text, const char *filter, size_t limit,
                 struct oat_test_text *out)
{
    oat_search *search = search_with(f, text, filter, limit, 30);
    oat_test_text_add(out, "%s, %s: %zu\n", text, filter, oat_search_count(search));
    for (size_t i = 0; i < oat_search_count(search); i++) {
        const oat_search_hit *hit = oat_search_get(search, i);
        oat_test_text_add(out, "%02x%02x %" PRIu64 " %d %.*s %s %" PRIu64 " of %" PRIu64 " ",
                          hit->trace_id[1], hit->span_id[1], hit->start_ns, (int)hit->type,
                          (int)hit->name.len, hit->name.bytes, hit->field, hit->offset, hit->payload_len);
        oat_test_text_add(out, "%.*s[%.*s]%.*s\n", (int)hit->before.len, hit->before.bytes,
                          (int)hit->text.len, hit->text.bytes, (int)hit->after.len, hit->after.bytes);
    }
    oat_search_close(search);
}

/* What is found by searches of many kinds. */
static struct oat_test_text dump_all(struct fixture *f)
{
    static const char *const texts[] = {"étape 3 of 2", "ÉTAPE 1", "the ärger", "e",     "},{\"role\":\"",
                                        "of 7\"}",      "nowhere", "role",      "\"}]}", "Étape 19"};
    static const char *const filters[] = {"", "type = tool", "start > 2024-10-05", "error != null"};
    struct oat_test_text out = {0};
    take(f);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        for (size_t k = 0; k < sizeof filters / sizeof *filters; k++) {
            dump(f, texts[i], filters[k], ALL, &out);
            dump(f, texts[i], filters[k], 7, &out);
        }
    }
    return out;
}

static void assert_same(struct oat_test_text *expected, struct fixture *f)
{
    struct oat_test_text found = dump_all(f);
    assert_string_equal(found.v, expected->v);
    free(found.v);
}

/* ---- Tests ------------------------------------------------------------------------------------------ */

static void hits_are_the_same_before_and_after_compaction(void **state)
{
    struct fixture *f = *state;
    struct oat_compact compact = {0};
    oat_tracer *tracer = open_tracer(f);
    for (uint8_t trace = 1; trace <= 12; trace++)
        converse(tracer, trace, 0, 5 + 2u * trace);
    oat_tracer_close(tracer);
    struct oat_test_text hot = dump_all(f);
    assert_non_null(strstr(hot.v, "étape 3 of 2, : 6\n"));
    close_store(f);
    oat_compact(&compact, f->dir);
    assert_true(compact.output.part_count > 2);
    assert_same(&hot, f);
    free(hot.v);
}

static void hits_are_the_same_wherever_the_spans_of_a_trace_lie(void **state)
{
    struct fixture *f = *state;
    struct oat_compact compact = {0}, merge = {.merge = true};
    for (unsigned part = 0; part < 3; part++) {
        oat_tracer *tracer = open_tracer(f);
        for (uint8_t trace = 1; trace <= 5; trace++)
            converse(tracer, trace, part * 6, part * 6 + 6);
        oat_tracer_close(tracer);
        if (part < 2)
            oat_compact(&compact, f->dir);
    }
    struct oat_test_text spread = dump_all(f);
    close_store(f);
    oat_compact(&compact, f->dir);
    assert_same(&spread, f);
    close_store(f);
    oat_compact(&merge, f->dir);
    assert_same(&spread, f);
    free(spread.v);
}

static void the_newest_come_first_and_no_more_than_wanted(void **state)
{
    struct fixture *f = *state;
    struct oat_compact compact = {0};
    oat_tracer *tracer = open_tracer(f);
    for (uint8_t trace = 1; trace <= 12; trace++)
        converse(tracer, trace, 0, 8);
    oat_tracer_close(tracer);
    oat_compact(&compact, f->dir);
    take(f);
    for (size_t limit = 1; limit < 100; limit++) {
        bool newest_only = limit % 2;
        oat_search *search = search_for(f, "étape 0", "", limit, 10, newest_only);
        assert_int_equal(oat_search_count(search), limit < 96 ? limit : 96);
        assert_int_equal(oat_search_has_more(search), limit < 96);
        if (newest_only)
            assert_in_range(oat_search_span_count(search), oat_search_count(search), 96);
        else
            assert_int_equal(oat_search_span_count(search), 96);
        for (size_t i = 0; i < oat_search_count(search); i++) {
            const oat_search_hit *hit = oat_search_get(search, i);
            assert_int_equal(hit->trace_id[1], 12 - i / 8);
            assert_int_equal(hit->span_id[1], 7 - i % 8);
        }
        oat_search_close(search);
    }
}

static void a_filter_says_which_spans_are_searched(void **state)
{
    struct fixture *f = *state;
    oat_tracer *tracer = open_tracer(f);
    converse(tracer, 1, 0, 9);
    oat_tracer_close(tracer);
    take(f);
    assert_int_equal(count_hits(f, "étape 2", ""), 7);
    assert_int_equal(count_hits(f, "étape 2", "type = tool"), 3);
    assert_int_equal(count_hits(f, "étape 2", "output : nowhere"), 0);
    assert_int_equal(count_hits(f, "étape 2", "start < 2000-01-01"), 0);
    assert_int_equal(count_hits(f, "ärger", ""), 1);
}

static void a_span_is_counted_once_whatever_has_the_text(void **state)
{
    struct fixture *f = *state;
    oat_tracer *tracer = open_tracer(f);
    call(tracer, 1, 0, "both here", 9, "and Here", 8);
    call(tracer, 1, 1, "not", 3, "here", 4);
    call(tracer, 1, 2, "", 0, "nowhere else", 12);
    oat_tracer_close(tracer);
    take(f);
    oat_search *search = search_with(f, "here", "", ALL, 10);
    assert_int_equal(oat_search_count(search), 4);
    assert_int_equal(oat_search_span_count(search), 3);
    oat_search_close(search);
}

static void what_is_hidden_is_not_found(void **state)
{
    struct fixture *f = *state;
    struct oat_compact compact = {0};
    uint8_t trace[16] = {0xaa, 2};
    for (unsigned round = 0; round < 2; round++) {
        oat_tracer *tracer = open_tracer(f);
        for (uint8_t i = 1; i <= 3; i++)
            converse(tracer, i, 0, 6);
        oat_tracer_close(tracer);
        if (round == 0)
            oat_compact(&compact, f->dir);
    }
    take(f);
    assert_int_equal(count_hits(f, "étape 3", ""), 9);
    oat_tracer *tracer = open_tracer(f);
    assert_int_equal(oat_trace_delete(tracer, trace, "test"), OAT_OK);
    oat_tracer_close(tracer);
    take(f);
    assert_int_equal(count_hits(f, "étape 3", ""), 6);
    assert_int_equal(count_hits(f, "of 2\"}", ""), 0);
}

static void what_stands_around_a_text_is_whole_characters_without_media(void **state)
{
    struct fixture *f = *state;
    struct oat_test_text text = {0};
    oat_tracer *tracer = open_tracer(f);
    oat_test_text_add(&text, "{\"messages\":[{\"content\":\"data:image/png;base64,");
    for (unsigned i = 0; i < 8000; i++)
        oat_test_text_add(&text, "%c", 'a' + i * i % 23);
    oat_test_text_add(&text, "\",\"t\":\"発注書 Seek 発注書\"}]}");
    call(tracer, 1, 0, text.v, text.len, "", 0);
    oat_tracer_close(tracer);
    free(text.v);
    take(f);
    oat_search *search = search_with(f, "seek", "", 1, 8);
    assert_int_equal(oat_search_count(search), 1);
    const oat_search_hit *hit = oat_search_get(search, 0);
    assert_memory_equal(hit->before.bytes, "注書 Seek 発注", hit->before.len + 4 + hit->after.len);
    assert_int_equal(hit->before.len, 7);
    assert_int_equal(hit->after.len, 7);
    oat_search_close(search);
    search = search_with(f, "seek", "", 1, 500);
    hit = oat_search_get(search, 0);
    assert_memory_equal(hit->before.bytes, "\",\"t\":\"発", 10);
    oat_search_close(search);
}

static void texts_that_cannot_be_sought_are_refused(void **state)
{
    struct fixture *f = *state;
    oat_search *search;
    oat_tracer_close(open_tracer(f));
    take(f);
    const oat_search_query queries[] = {
        {.text = {"", 0}, .limit = 1}, {.text = {"\xff", 1}, .limit = 1}, {.text = {"x", 1}, .limit = 0}};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        assert_int_equal(oat_search_open(f->snapshot, &queries[i], &search), OAT_E_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(hits_are_the_same_before_and_after_compaction),
        TEST(hits_are_the_same_wherever_the_spans_of_a_trace_lie),
        TEST(the_newest_come_first_and_no_more_than_wanted),
        TEST(a_filter_says_which_spans_are_searched),
        TEST(a_span_is_counted_once_whatever_has_the_text),
        TEST(what_is_hidden_is_not_found),
        TEST(what_stands_around_a_text_is_whole_characters_without_media),
        TEST(texts_that_cannot_be_sought_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
