/* What parts hold of the spans they are made from. */
#include "tests/support/unit.h"

#include "compactor/fs.h"
#include "reader/catalog.h"
#include "tests/support/shown.h"
#include "tests/support/trace_dump.h"

#include <errno.h>

#define DAY_MS UINT64_C(86400000)

/* ---- Spans ---- */

static void put_span(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint32_t parent,
                     uint64_t start_ms, uint64_t end_ms)
{
    struct oat_disk_span s = oat_maker_span(pair, trace, span, parent, "step", start_ms, end_ms);
    oat_maker_put(pair, OAT_SLOT_SPAN, &s);
}

/* A span in which every field has a value that depends on n. */
static struct oat_disk_span full_span(struct oat_maker_pair *pair, uint32_t trace, uint32_t n)
{
    static const char *const texts[OAT_TEXT_FIELDS] = {
        "name",    "service", "production", "model",        "provider", "agent",
        "session", "user",    "chat",       "why it is so", "prompt",
    };
    struct oat_disk_span s = oat_maker_span(pair, trace, n, n / 2, "x", n * 3, n * 7);
    s.type = (uint8_t)(1 + n % OAT_FILE_IO);
    s.status = n % 3 == 0 ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS;
    s.otel_status = (uint8_t)(n % 4);
    s.price_tier = (uint8_t)(n % 3);
    s.flags = oat_le32_of(n * 7919 & 0x3fffff);
    for (uint32_t i = 0; i < OAT_TEXT_FIELDS; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s %u", texts[i], n % (i + 2));
        if ((n + i) % 5 != 0)
            s.text[i] = oat_maker_string(pair, text);
    }
    s.prompt_version = oat_le32_of(n % 7);
    for (uint32_t i = 0; i < OAT_COUNT_FIELDS; i++)
        s.count[i] = oat_le32_of(n * 1000 + i);
    s.ttft_us = oat_le32_of(n * 17);
    s.cost_total_nano = oat_le64_of((uint64_t)n * 1000000 - 5000000);
    s.cost_input_nano = oat_le64_of((uint64_t)n * 400000);
    s.cost_output_nano = oat_le64_of((uint64_t)n * 600000 - 4000000);
    s.call_id = oat_le64_of(n / 3 * UINT64_C(0x123456789));
    s.sample_rate = oat_le32_of(n % 2 ? 500000000 : 0);
    return s;
}

static void every_field_of_a_span_is_kept(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t n = 1; n <= 3000; n++) {
        struct oat_disk_span s = full_span(&pair, n % 5 + 1, n);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &s);
    }
    oat_maker_pair_write(&pair);
    oat_compact_and_compare(f, &compact);
    assert_int_equal(compact.output.spans, 3000);
    assert_int_equal(compact.output.traces, 5);
    assert_int_equal(compact.output.part_count, 1);
}

/* In a dictionary an empty text lies where the next one begins. */
static void empty_texts_stay_empty_when_parts_are_merged(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    struct oat_shown shown;
    static const char *const names[] = {"", "first", "", "second"};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t n = 1; n <= 4; n++) {
        struct oat_disk_span s = oat_maker_span(&pair, 1, n, 0, names[n - 1], n, 50);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &s);
    }
    oat_maker_pair_write(&pair);
    oat_shown_note(f, &shown);
    oat_compact(&compact, f->maker.dir);
    compact.merge = true;
    oat_compact(&compact, f->maker.dir);
    oat_assert_still_shown(f, &shown);
    oat_shown_forget(&shown);
}

/* ---- Days and order ---- */

static void spans_go_to_the_day_of_their_start(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {.threads = 2};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t n = 1; n <= 40; n++) /* each trace spreads over four days */
        put_span(&pair, n % 10 + 1, n, n > 10 ? n - 10 : 0, n / 10 * DAY_MS + n, n / 10 * DAY_MS + n + 5);
    struct oat_disk_span early = oat_maker_span(&pair, 20, 1, 0, "clock not set", 0, 0);
    early.start_ns = oat_le64_of(5);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &early);
    struct oat_disk_span late = oat_maker_span(&pair, 21, 1, 0, "clock far ahead", 0, 0);
    late.start_ns = oat_le64_of(OAT_TIME_MAX);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &late);
    oat_maker_pair_write(&pair);
    oat_compact_and_compare(f, &compact);
    assert_int_equal(compact.output.part_count, 7);
    assert_int_equal(compact.output.spans, 42);
}

static void little_memory_changes_nothing(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {.memory_bytes = 64 << 10, .threads = 3};
    for (uint32_t writer = 1; writer <= 3; writer++) {
        oat_maker_pair_begin(&pair, &f->maker, (uint8_t)writer, 0);
        for (uint32_t n = 1; n <= 4000; n++)
            put_span(&pair, n * writer % 60 + 1, writer * 10000 + n, 0, n * 7919 % 5000, 6000);
        oat_maker_pair_write(&pair);
    }
    oat_compact_and_compare(f, &compact);
    assert_int_equal(compact.output.spans, 12000);
    assert_true(compact.output.part_count > 1); /* a part that grew too large was closed */
}

/* ---- Identity ---- */

static void put_open(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint64_t start_ms)
{
    struct oat_disk_span s = oat_maker_span(pair, trace, span, 0, "running", start_ms, start_ms);
    s.status = OAT_STATUS_OPEN;
    oat_maker_put(pair, OAT_SLOT_OPEN, &s);
}

static void a_span_sent_twice_is_one(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    for (uint8_t writer = 1; writer <= 2; writer++) {
        oat_maker_pair_begin(&pair, &f->maker, writer, 0);
        put_span(&pair, 1, 1, 0, 1, 50 + writer);
        struct oat_disk_span same_end = oat_maker_span(&pair, 1, 2, 1, writer == 1 ? "a" : "b", 2, 40);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &same_end);
        put_span(&pair, 1, 3, 1, writer == 1 ? 3 : DAY_MS + 3, DAY_MS + 9); /* of two days: two spans */
        oat_maker_pair_write(&pair);
    }
    oat_compact_and_compare(f, &compact);
    assert_int_equal(compact.output.spans, 4);
    assert_int_equal(compact.output.replacements, 2);
}

static void an_open_span_gives_way_to_its_end_and_stays_without(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    put_open(&pair, 1, 1, 5);
    put_open(&pair, 1, 2, 6);
    put_span(&pair, 1, 2, 1, DAY_MS + 6, DAY_MS + 9); /* its clock was set meanwhile */
    oat_maker_pair_write(&pair);
    oat_compact_and_compare(f, &compact);
    assert_int_equal(compact.output.spans, 2);
}

static void an_open_span_gives_way_to_its_end_in_an_older_part(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    put_span(&pair, 1, 1, 0, 5, 9);
    oat_maker_pair_write(&pair);
    oat_compact_and_compare(f, &compact);
    oat_maker_pair_begin(&pair, &f->maker, 2, 0);
    put_open(&pair, 1, 1, 5);
    put_open(&pair, 1, 2, 5);
    oat_maker_pair_write(&pair);
    oat_compact_and_compare(f, &compact);
    assert_int_equal(compact.output.spans, 1);
}

/* ---- Traces in several parts ---- */

static void put_call(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint32_t parent,
                     uint32_t tokens, uint64_t call_id)
{
    struct oat_disk_span s = oat_maker_span(pair, trace, span, parent, "call", span, span + 5);
    s.type = OAT_LLM;
    s.flags = oat_le32_of(OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT) | OAT_SPAN_HAS_COUNT(OAT_COUNT_OUTPUT));
    s.count[OAT_COUNT_INPUT] = oat_le32_of(tokens);
    s.count[OAT_COUNT_OUTPUT] = oat_le32_of(tokens / 2);
    s.call_id = oat_le64_of(call_id);
    oat_maker_put(pair, OAT_SLOT_SPAN, &s);
}

/* Three times some spans of the same traces: each layer reports the same calls again. */
static void put_layer(struct oat_maker *maker, uint8_t writer)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, maker, writer, 0);
    for (uint32_t trace = 1; trace <= 9; trace++) {
        if (trace % 3 == writer % 3)
            continue;
        for (uint32_t n = 1; n <= 8; n++)
            put_call(&pair, trace, writer * 100 + n, writer == 1 ? 0 : (writer - 1u) * 100 + n, 10 * n, n);
    }
    oat_maker_pair_write(&pair);
}

static void a_trace_in_several_parts_is_counted_right(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_compact compact = {0};
    struct oat_shown shown;
    for (uint8_t writer = 1; writer <= 3; writer++)
        put_layer(&f->maker, writer);
    oat_shown_note(f, &shown);
    oat_fixture_tear_down(state);
    oat_fixture_set_up(state);
    f = *state;
    for (uint8_t writer = 1; writer <= 3; writer++) {
        put_layer(&f->maker, writer);
        oat_compact(&compact, f->maker.dir);
        assert_int_equal(compact.output.part_count, 1);
    }
    oat_assert_still_shown(f, &shown);
    compact.merge = true;
    oat_compact(&compact, f->maker.dir);
    assert_int_equal(compact.output.part_count, 1);
    oat_assert_still_shown(f, &shown);
    oat_shown_forget(&shown);
}

static void a_deleted_trace_is_left_out(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_catalog catalog = {0};
    struct oat_catalog_entry tombstone = {.id = 1};
    struct oat_compact compact = {.catalog = &catalog};
    oat_maker_trace_id(tombstone.of, 2);
    assert_int_equal(oat_catalog_add(&catalog.tombstones, &tombstone), OAT_OK);
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    put_span(&pair, 1, 1, 0, 5, 9);
    put_span(&pair, 2, 1, 0, 5, 9);
    oat_maker_pair_write(&pair);
    oat_compact(&compact, f->maker.dir);
    assert_int_equal(compact.output.spans, 1);
    oat_fixture_take(f);
    char *text = oat_dump_trace(f->snapshot, tombstone.of);
    assert_string_equal(text, "not found\n");
    free(text);
    oat_catalog_clear(&catalog);
}

static void open_spans_of_hidden_traces_are_not_counted(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    struct oat_disk_tombstone tombstone = {.id = oat_le64_of(1), .time_ns = oat_le64_of(OAT_MAKER_MS(5))};
    oat_store_figures figures;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    put_open(&pair, 1, 1, 5);
    put_open(&pair, 2, 2, 5);
    oat_maker_pair_write(&pair);
    oat_compact(&compact, f->maker.dir);
    oat_maker_pair_begin(&pair, &f->maker, 2, 0);
    oat_maker_trace_id(tombstone.trace_id, 1);
    oat_maker_put(&pair, OAT_SLOT_TOMBSTONE, &tombstone);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_snapshot_figures(f->snapshot, &figures), OAT_OK);
    assert_int_equal(figures.open_spans, 1);
    assert_int_equal(figures.spans, 1);
}

/* ---- Failures ---- */

/* The call that fails, counted down; 0: none does. */
static unsigned fails_in;

int oat_fs_fault(const struct oat_fs_event *event)
{
    (void)event;
    return fails_in > 0 && --fails_in == 0 ? ENOSPC : 0;
}

static void a_failure_leaves_no_file_behind(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {.memory_bytes = 64 << 10};
    unsigned failures = 0;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t n = 1; n <= 600; n++) {
        uint64_t start_ms = n % 2 * DAY_MS + n;
        struct oat_disk_span s = oat_maker_span(&pair, n % 50 + 1, n, 0, "step", start_ms, start_ms + 1);
        s.output = oat_maker_blob(&pair, &n, sizeof n, 0);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &s);
    }
    oat_maker_pair_write(&pair);
    for (;; failures++) {
        char command[256];
        fails_in = failures + 1;
        int result = oat_compact_only_build(&compact, f->maker.dir);
        if (fails_in > 0)
            break;
        if (result != OAT_OK) {
            assert_int_equal(result, OAT_E_FULL);
            snprintf(command, sizeof command, "test -z \"$(find '%s' -name '*.part' -o -name '*.pack')\"",
                     f->maker.dir);
            assert_int_equal(system(command), 0);
        }
        snprintf(command, sizeof command, "rm -rf '%s/days'", f->maker.dir);
        assert_int_equal(system(command), 0);
    }
    fails_in = 0;
    assert_true(failures > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(every_field_of_a_span_is_kept),
        OAT_FIXTURE_TEST(empty_texts_stay_empty_when_parts_are_merged),
        OAT_FIXTURE_TEST(spans_go_to_the_day_of_their_start),
        OAT_FIXTURE_TEST(little_memory_changes_nothing),
        OAT_FIXTURE_TEST(a_span_sent_twice_is_one),
        OAT_FIXTURE_TEST(an_open_span_gives_way_to_its_end_and_stays_without),
        OAT_FIXTURE_TEST(an_open_span_gives_way_to_its_end_in_an_older_part),
        OAT_FIXTURE_TEST(a_trace_in_several_parts_is_counted_right),
        OAT_FIXTURE_TEST(a_deleted_trace_is_left_out),
        OAT_FIXTURE_TEST(open_spans_of_hidden_traces_are_not_counted),
        OAT_FIXTURE_TEST(a_failure_leaves_no_file_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
