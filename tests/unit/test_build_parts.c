/* What parts hold of the pairs they are made from. */
#include "tests/support/unit.h"

#include "format/attrs.h"
#include "format/names.h"
#include "reader/snapshot.h"
#include "tests/support/compact.h"
#include "tests/support/reader_fixture.h"
#include "tests/support/trace_dump.h"

#define TRACES_MAX 64u
#define DAY_MS     UINT64_C(86400000)

/* What a store showed of each of its traces. */
struct shown {
    uint8_t ids[TRACES_MAX][16];
    char *texts[TRACES_MAX];
    size_t count;
};

static void show(struct oat_fixture *f, struct shown *shown)
{
    oat_fixture_take(f);
    const struct oat_assembly *loose = &f->snapshot->loose;
    assert_true(loose->trace_count <= TRACES_MAX);
    shown->count = loose->trace_count;
    for (size_t i = 0; i < shown->count; i++) {
        memcpy(shown->ids[i], loose->traces[i].trace_id, 16);
        shown->texts[i] = oat_dump_trace(f->snapshot, shown->ids[i]);
    }
}

static void assert_still_shown(struct oat_fixture *f, struct shown *shown)
{
    oat_fixture_take(f);
    for (size_t i = 0; i < oat_snapshot_problem_count(f->snapshot); i++) {
        char text[400];
        print_message("%s\n", oat_problem_text(oat_snapshot_problem(f->snapshot, i), text, sizeof text));
    }
    for (size_t i = 0; i < shown->count; i++) {
        char *now = oat_dump_trace(f->snapshot, shown->ids[i]);
        assert_string_equal(now, shown->texts[i]);
        free(now);
    }
}

static void forget(struct shown *shown)
{
    for (size_t i = 0; i < shown->count; i++)
        free(shown->texts[i]);
}

static void compact_and_compare(struct oat_fixture *f, struct oat_compact *compact)
{
    struct shown shown;
    show(f, &shown);
    oat_compact(compact, f->maker.dir);
    assert_still_shown(f, &shown);
    assert_int_equal(f->snapshot->loose.trace_count, 0);
    forget(&shown);
}

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
    compact_and_compare(f, &compact);
    assert_int_equal(compact.output.spans, 3000);
    assert_int_equal(compact.output.traces, 5);
    assert_int_equal(compact.output.part_count, 1);
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
    compact_and_compare(f, &compact);
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
    compact_and_compare(f, &compact);
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
    compact_and_compare(f, &compact);
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
    compact_and_compare(f, &compact);
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
    compact_and_compare(f, &compact);
    oat_maker_pair_begin(&pair, &f->maker, 2, 0);
    put_open(&pair, 1, 1, 5);
    put_open(&pair, 1, 2, 5);
    oat_maker_pair_write(&pair);
    compact_and_compare(f, &compact);
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
    struct shown shown;
    for (uint8_t writer = 1; writer <= 3; writer++)
        put_layer(&f->maker, writer);
    show(f, &shown);
    oat_fixture_tear_down(state);
    oat_fixture_set_up(state);
    f = *state;
    for (uint8_t writer = 1; writer <= 3; writer++) {
        put_layer(&f->maker, writer);
        oat_compact(&compact, f->maker.dir);
        assert_int_equal(compact.output.part_count, 1);
    }
    assert_still_shown(f, &shown);
    compact.merge = true;
    oat_compact(&compact, f->maker.dir);
    assert_int_equal(compact.output.part_count, 1);
    assert_still_shown(f, &shown);
    forget(&shown);
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

/* ---- Events, links, scores ---- */

static void put_event(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint64_t start_ms,
                      uint64_t id)
{
    struct oat_disk_event e = {
        .id = oat_le64_of(id),
        .span_start_ns = oat_le64_of(OAT_MAKER_MS(start_ms)),
        .time_ns = oat_le64_of(OAT_MAKER_MS(start_ms + id % 7)),
        .name = oat_maker_string(pair, id % 2 ? "retry" : "cache hit"),
    };
    oat_maker_trace_id(e.trace_id, trace);
    oat_maker_span_id(e.span_id, span);
    oat_maker_put(pair, OAT_SLOT_EVENT, &e);
}

static void put_link(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint64_t start_ms,
                     uint64_t id)
{
    struct oat_disk_link l = {
        .id = oat_le64_of(id),
        .span_start_ns = oat_le64_of(OAT_MAKER_MS(start_ms)),
        .trace_state = oat_maker_string(pair, "vendor=1"),
        .trace_flags = 1,
        .remote = 1,
    };
    oat_maker_trace_id(l.trace_id, trace);
    oat_maker_span_id(l.span_id, span);
    oat_maker_trace_id(l.target_trace_id, trace + 100);
    oat_maker_span_id(l.target_span_id, span + 100);
    oat_maker_put(pair, OAT_SLOT_LINK, &l);
}

/* span 0: of the trace; start_ms UINT64_MAX: not known. */
static void put_score(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint64_t start_ms,
                      uint64_t time_ms, uint64_t id)
{
    double value = 0.25 * (double)id;
    struct oat_disk_score s = {
        .id = oat_le64_of(id),
        .time_ns = oat_le64_of(OAT_MAKER_MS(time_ms)),
        .has_value = id % 3 != 0,
        .name = oat_maker_string(pair, "quality"),
        .label = oat_maker_string(pair, id % 2 ? "good" : "bad"),
        .comment = oat_maker_string(pair, "because"),
        .source = oat_maker_string(pair, "judge"),
    };
    memcpy(&s.value, &value, sizeof s.value);
    if (start_ms != UINT64_MAX)
        s.target_start_ns = oat_le64_of(OAT_MAKER_MS(start_ms));
    oat_maker_trace_id(s.trace_id, trace);
    if (span)
        oat_maker_span_id(s.span_id, span);
    oat_maker_put(pair, OAT_SLOT_SCORE, &s);
}

static void events_links_and_scores_stay_with_their_spans(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t n = 1; n <= 30; n++) {
        put_event(&pair, n % 3 + 1, n, n, n);
        put_event(&pair, n % 3 + 1, n, n, n + 1000);
        put_event(&pair, n % 3 + 1, n, n, n); /* again */
        put_span(&pair, n % 3 + 1, n, n > 3 ? n - 3 : 0, n, 100);
        put_link(&pair, n % 3 + 1, n, n, n);
        put_score(&pair, n % 3 + 1, n, n, 500, n);
        put_score(&pair, n % 3 + 1, n, UINT64_MAX, 3 * DAY_MS, n + 100); /* days later, start not known */
        put_score(&pair, n % 3 + 1, 0, UINT64_MAX, 600, n + 200);
    }
    oat_maker_pair_write(&pair);
    compact_and_compare(f, &compact);
    assert_int_equal(compact.output.part_count, 1);
}

static void events_and_scores_find_spans_of_older_parts(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t n = 1; n <= 10; n++)
        put_span(&pair, n % 3 + 1, n, 0, n, 100);
    oat_maker_pair_write(&pair);
    compact_and_compare(f, &compact);
    oat_maker_pair_begin(&pair, &f->maker, 2, 0);
    for (uint32_t n = 1; n <= 10; n++) {
        put_event(&pair, n % 3 + 1, n, n, n);
        put_link(&pair, n % 3 + 1, n, n, n);
        put_score(&pair, n % 3 + 1, n, UINT64_MAX, 3 * DAY_MS, n);
        put_score(&pair, n % 3 + 1, 0, UINT64_MAX, 3 * DAY_MS, n + 50);
    }
    oat_maker_pair_write(&pair);
    compact_and_compare(f, &compact);
    assert_int_equal(compact.output.part_count, 1); /* on the day of the spans */
    assert_int_equal(compact.output.spans, 0);
    compact.merge = true;
    compact_and_compare(f, &compact);
    assert_int_equal(compact.output.part_count, 1);
    assert_int_equal(compact.output.spans, 10);
}

/* ---- Payloads and attributes ---- */

/* Encoded attributes: a text that many spans share, one of its own, and an array. */
static struct oat_disk_blob_ref attributes(struct oat_maker_pair *pair, uint32_t n)
{
    uint8_t bytes[256];
    size_t len = 0;
    char text[32];
    oat_value items[2] = {{.type = OAT_VALUE_BOOL, .u.boolean = n % 2}, {.type = OAT_VALUE_NULL}};
    oat_value values[3] = {
        {.type = OAT_VALUE_STRING, .u.string = text},
        {.type = OAT_VALUE_INT, .u.integer = -(int64_t)n},
        {.type = OAT_VALUE_ARRAY, .len = 2, .u.array = items},
    };
    values[0].len = (size_t)snprintf(text, sizeof text, "region %u", n % 3);
    bytes[len++] = 3;
    for (size_t i = 0; i < 3; i++) {
        bytes[len++] = 4;
        memcpy(bytes + len, i == 0 ? "zone" : i == 1 ? "turn" : "list", 4);
        len += 4;
        len += oat_value_encode(bytes + len, &values[i]);
    }
    return oat_maker_blob(pair, bytes, len, OAT_MEDIA_ATTRS);
}

static struct oat_disk_blob_ref text_blob(struct oat_maker_pair *pair, const char *what, uint32_t n)
{
    char text[64];
    snprintf(text, sizeof text, "{\"%s\": %u}", what, n);
    return oat_maker_blob(pair, text, strlen(text), OAT_MEDIA_JSON);
}

static void payloads_and_attributes_are_kept(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {.threads = 2};
    for (uint8_t writer = 1; writer <= 2; writer++) {
        oat_maker_pair_begin(&pair, &f->maker, writer, 0);
        for (uint32_t n = 1; n <= 200; n++) {
            struct oat_disk_span s = full_span(&pair, n % 7 + 1, n + writer * 1000u);
            s.input = text_blob(&pair, "question", n % 10);
            s.output = text_blob(&pair, "answer", n);
            if (n % 4 == 0)
                s.error = oat_maker_blob(&pair, "it broke", 8, OAT_MEDIA_TEXT);
            if (n % 5 != 0)
                s.attributes = attributes(&pair, n % 20);
            oat_maker_put(&pair, OAT_SLOT_SPAN, &s);
        }
        oat_maker_pair_write(&pair);
        compact_and_compare(f, &compact);
        assert_int_equal(compact.problems, 0);
    }
    compact.merge = true;
    compact_and_compare(f, &compact);
    assert_int_equal(compact.output.part_count, 1);
    assert_int_equal(compact.output.spans, 400);
    assert_int_equal(compact.problems, 0);
}

static void attributes_that_are_not_well_formed_are_kept_as_they_are(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span s = oat_maker_span(&pair, 1, 1, 0, "x", 1, 2);
    s.attributes = oat_maker_blob(&pair, "\xff\xff nonsense", 11, OAT_MEDIA_ATTRS);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &s);
    s = oat_maker_span(&pair, 1, 2, 0, "empty", 1, 2);
    s.attributes = oat_maker_blob(&pair, "\0", 1, OAT_MEDIA_ATTRS);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &s);
    s = oat_maker_span(&pair, 1, 3, 0, "another type", 1, 2);
    s.attributes = oat_maker_blob(&pair, "{}", 2, OAT_MEDIA_JSON);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &s);
    oat_maker_pair_write(&pair);
    compact_and_compare(f, &compact);
}

static void what_is_lost_stays_lost_and_the_rest_is_kept(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t n = 1; n <= 5; n++) {
        struct oat_disk_span s = oat_maker_span(&pair, 1, n, 0, "x", n, n + 1);
        s.input = text_blob(&pair, "question", n);
        s.output = text_blob(&pair, "answer", n);
        s.attributes = attributes(&pair, n);
        if (n == 2)
            s.input.flags = OAT_REF_LOST;
        if (n == 3)
            s.text[OAT_TEXT_MODEL] = oat_le32_of(200000); /* no such string */
        if (n == 4)
            s.attributes.offset8 = oat_le32_of(1000000); /* no such entry */
        oat_maker_put(&pair, OAT_SLOT_SPAN, &s);
    }
    uint32_t torn = oat_maker_put(&pair, OAT_SLOT_SPAN,
                                  &(struct oat_disk_span){.trace_id = {1}, .span_id = {1}, .type = 99});
    pair.slots[(size_t)torn * OAT_SLOT_SIZE + 100] ^= 1;
    oat_maker_pair_write(&pair);
    compact_and_compare(f, &compact);
    assert_int_equal(compact.output.spans, 5);
    assert_true(compact.problems > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(every_field_of_a_span_is_kept),
        OAT_FIXTURE_TEST(spans_go_to_the_day_of_their_start),
        OAT_FIXTURE_TEST(little_memory_changes_nothing),
        OAT_FIXTURE_TEST(a_span_sent_twice_is_one),
        OAT_FIXTURE_TEST(an_open_span_gives_way_to_its_end_and_stays_without),
        OAT_FIXTURE_TEST(an_open_span_gives_way_to_its_end_in_an_older_part),
        OAT_FIXTURE_TEST(a_trace_in_several_parts_is_counted_right),
        OAT_FIXTURE_TEST(a_deleted_trace_is_left_out),
        OAT_FIXTURE_TEST(events_links_and_scores_stay_with_their_spans),
        OAT_FIXTURE_TEST(events_and_scores_find_spans_of_older_parts),
        OAT_FIXTURE_TEST(payloads_and_attributes_are_kept),
        OAT_FIXTURE_TEST(attributes_that_are_not_well_formed_are_kept_as_they_are),
        OAT_FIXTURE_TEST(what_is_lost_stays_lost_and_the_rest_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
