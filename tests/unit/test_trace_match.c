/* Lists of traces by filter: the same whether their spans are in pairs, in parts, or in several of them. */
#include "tests/support/unit.h"

#include "format/attrs.h"
#include "format/names.h"
#include "tests/support/compact.h"
#include "tests/support/reader_fixture.h"

#define DAY_MS     UINT64_C(86400000)
#define TRACES     40u
#define BYTES(...) ((const uint8_t[]){__VA_ARGS__})

static void set_count(struct oat_disk_span *span, enum oat_count_field field, uint32_t count)
{
    span->count[field] = oat_le32_of(count);
    span->flags = oat_le32_of(oat_le32_get(span->flags) | OAT_SPAN_HAS_COUNT(field));
}

static void put_root(struct oat_maker_pair *pair, uint32_t trace)
{
    static const char input[] = "Where is my refund?";
    struct oat_disk_span root =
        oat_maker_span(pair, trace, 1, 0, trace % 2 ? "support" : "nightly", trace * 10, trace * 10 + 500);
    root.type = OAT_AGENT;
    root.status = trace % 8 == 0 ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS;
    if (trace % 10 == 3)
        root.input = oat_maker_blob(pair, input, strlen(input), OAT_MEDIA_TEXT);
    oat_maker_put(pair, OAT_SLOT_SPAN, &root);
}

/* The call of a model; of some traces it starts on the next day, so that they lie in two parts. */
static void put_call(struct oat_maker_pair *pair, uint32_t trace)
{
    /* {"tier": "pro"} and {"tier": "free"} */
    const uint8_t *attributes = trace % 4 == 0 ? BYTES(1, 4, 't', 'i', 'e', 'r', 1, 3, 'p', 'r', 'o')
                                               : BYTES(1, 4, 't', 'i', 'e', 'r', 1, 4, 'f', 'r', 'e', 'e');
    uint64_t start_ms = trace * 10 + (trace % 5 == 0 ? DAY_MS : 1);
    struct oat_disk_span call = oat_maker_span(pair, trace, 2, 1, "chat", start_ms, start_ms + trace * 100);
    call.type = OAT_LLM;
    call.text[OAT_TEXT_MODEL] = oat_maker_string(pair, trace % 3 ? "gpt-4o" : "claude-3-5-sonnet");
    set_count(&call, OAT_COUNT_INPUT, trace * 1000);
    call.cost_total_nano = oat_le64_of(trace * UINT64_C(1000000));
    call.flags = oat_le32_of(oat_le32_get(call.flags) | OAT_SPAN_HAS_COST);
    call.attributes = oat_maker_blob(pair, attributes, trace % 4 == 0 ? 11 : 12, OAT_MEDIA_ATTRS);
    oat_maker_put(pair, OAT_SLOT_SPAN, &call);
}

/* Writes the traces first .. last. */
static void put_traces(struct oat_fixture *f, uint8_t writer, uint32_t first, uint32_t last)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, writer, 0);
    for (uint32_t trace = first; trace <= last; trace++) {
        put_root(&pair, trace);
        put_call(&pair, trace);
    }
    oat_maker_pair_write(&pair);
}

/* Which traces a filter of the table below has to list. */
typedef bool expectation(uint32_t trace);

static bool all(uint32_t trace)
{
    return trace > 0;
}

static bool none(uint32_t trace)
{
    return trace == 0;
}

static bool claude(uint32_t trace)
{
    return trace % 3 == 0;
}

static bool slow_gpt(uint32_t trace)
{
    return trace % 3 != 0 && trace * 100 > 2000;
}

static bool failed(uint32_t trace)
{
    return trace % 8 == 0;
}

static bool next_day(uint32_t trace)
{
    return trace % 5 == 0;
}

static bool pro(uint32_t trace)
{
    return trace % 4 == 0;
}

static bool refund(uint32_t trace)
{
    return trace % 10 == 3;
}

static bool dear(uint32_t trace)
{
    return trace > 30;
}

static bool seventh(uint32_t trace)
{
    return trace == 7;
}

static bool pro_claude(uint32_t trace)
{
    return pro(trace) && claude(trace);
}

static const struct {
    const char *filter;
    expectation *expected;
} cases[] = {
    {"", all},
    {"type = llm", all},
    {"type = tool", none},
    {"model : CLAUDE", claude},
    {"not model = null and model ~ *sonnet", claude},
    {"model = gpt-4o and duration > 2s", slow_gpt},
    {"status = error", failed},
    {"trace.status = error and type = llm", failed},
    {"errors > 0", failed},
    {"start >= 2026-11-23", next_day},
    {"type = agent and trace.has(start >= 2026-11-23)", next_day},
    {"trace.duration >= 1d", next_day},
    {"attr.tier = pro", pro},
    {"attr.tier != free", pro},
    {"attr.tier = pro and model : claude", pro_claude},
    {"type = agent and trace.has(attr.tier = pro) and trace.model : claude", pro_claude},
    {"refund", refund},
    {"input != null", refund},
    {"cost > 0.03", dear},
    {"trace.cost > 0.03 and type = agent", dear},
    {"tokens > 30000 and trace.tokens < 1e9", dear},
    {"trace_id = 00000000000000000000000000000007", seventh},
    {"span_id = 0000000000000002 and trace_id in (00000000000000000000000000000007, x)", seventh},
};

/* Lists the traces of every filter and checks them. */
static void check_lists(struct oat_fixture *f)
{
    oat_fixture_take(f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        oat_filter *filter;
        oat_trace_list *list;
        bool found[TRACES + 1] = {0};
        assert_int_equal(
            oat_filter_parse(cases[i].filter, strlen(cases[i].filter), OAT_MAKER_MS(0), &filter, NULL),
            OAT_OK);
        const oat_trace_query query = {.filter = filter};
        assert_int_equal(oat_trace_list_open(f->snapshot, &query, &list), OAT_OK);
        for (size_t k = 0; k < oat_trace_list_count(list); k++)
            found[oat_trace_list_get(list, k)->trace_id[15]] = true;
        for (uint32_t trace = 1; trace <= TRACES; trace++)
            if (found[trace] != cases[i].expected(trace))
                fail_msg("%s: trace %u is %slisted", cases[i].filter, trace, found[trace] ? "" : "not ");
        oat_trace_list_close(list);
        oat_filter_free(filter);
    }
}

static void traces_are_found_in_pairs(void **state)
{
    put_traces(*state, 1, 1, TRACES);
    check_lists(*state);
}

static void traces_are_found_in_parts(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_compact compact = {0};
    put_traces(f, 1, 1, TRACES);
    oat_compact(&compact, f->maker.dir);
    check_lists(f);
    compact.merge = true;
    oat_compact(&compact, f->maker.dir);
    check_lists(f);
}

static void traces_are_found_in_parts_and_pairs_together(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_compact compact = {0};
    put_traces(f, 1, 1, TRACES / 4);
    oat_compact(&compact, f->maker.dir);
    put_traces(f, 2, TRACES / 4 + 1, TRACES / 2);
    oat_compact(&compact, f->maker.dir);
    put_traces(f, 3, TRACES / 2 + 1, TRACES);
    check_lists(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(traces_are_found_in_pairs),
        OAT_FIXTURE_TEST(traces_are_found_in_parts),
        OAT_FIXTURE_TEST(traces_are_found_in_parts_and_pairs_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
