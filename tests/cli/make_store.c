/* make_store DIR: a small store for the tests of the `oat` tool, in an empty directory. Times, ids and
 * contents are always the same. Its writer is dead; one of its runs had not ended.
 * make_store DIR young: one whose only run is too young to be announced; its writer lives until standard
 * input ends, and says when it is there. */
#include "tests/support/store_maker.h"

#include <stdio.h>
#include <string.h>

static const char escape_name[] = "search \x1b[31mred\xe2\x80\xae \xe2\x80\x8b\xff\ttab";

static void trace_id_of(uint8_t id[16], uint32_t run)
{
    oat_maker_trace_id(id, run);
    memcpy(id, run == 1 ? "\x4b\xf9\x2f\x35\x77" : "\x4b\xf9\x2f\x36\x01", 5);
}

static struct oat_disk_span span_of(struct oat_maker_pair *pair, uint32_t run, uint32_t span, uint32_t parent,
                                    const char *name, uint64_t start_ms, uint64_t end_ms)
{
    struct oat_disk_span s = oat_maker_span(pair, run, span, parent, name, start_ms, end_ms);
    trace_id_of(s.trace_id, run);
    return s;
}

static void set_usage(struct oat_maker_pair *pair, struct oat_disk_span *span, uint32_t input,
                      uint32_t output, uint64_t cost_nano)
{
    span->type = OAT_LLM;
    span->text[OAT_TEXT_MODEL] = oat_maker_string(pair, "gpt-4o-mini");
    span->count[OAT_COUNT_INPUT] = oat_le32_of(input);
    span->count[OAT_COUNT_OUTPUT] = oat_le32_of(output);
    span->cost_total_nano = oat_le64_of(cost_nano);
    span->flags = oat_le32_of(OAT_SPAN_PARENT_LOCAL | OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT) |
                              OAT_SPAN_HAS_COUNT(OAT_COUNT_OUTPUT) | OAT_SPAN_HAS_COST |
                              OAT_COST_COMPUTED << OAT_SPAN_COST_SOURCE_SHIFT);
}

/* A run that went well but for one tool. */
static void add_good_run(struct oat_maker_pair *pair)
{
    static const char question[] = "{\"messages\":[{\"role\":\"user\",\"content\":\"Lisbon?\"}]}";
    static const char answer[] = "first line\n\x1b[2Jsecond line";
    struct oat_disk_span root = span_of(pair, 1, 1, 0, "plan a trip to Lisbon", 0, 2500);
    root.text[OAT_TEXT_SERVICE] = oat_maker_string(pair, "travel");
    root.text[OAT_TEXT_SESSION] = oat_maker_string(pair, "=cmd|' /C calc'!A0");
    struct oat_disk_span call = span_of(pair, 1, 2, 1, "chat", 10, 1210);
    set_usage(pair, &call, 1200, 80, 1500000);
    call.input = oat_maker_blob(pair, question, strlen(question), 2);
    call.output = oat_maker_blob(pair, answer, strlen(answer), 1);
    struct oat_disk_span tool = span_of(pair, 1, 3, 2, escape_name, 1210, 1300);
    tool.status = OAT_STATUS_ERROR;
    tool.text[OAT_TEXT_STATUS_MESSAGE] = oat_maker_string(pair, "timeout after 90 ms");
    struct oat_disk_span again = span_of(pair, 1, 4, 1, "chat", 1300, 2499);
    set_usage(pair, &again, 21000, 300, 2250000000);
    oat_maker_put(pair, OAT_SLOT_SPAN, &tool);
    oat_maker_put(pair, OAT_SLOT_SPAN, &call);
    oat_maker_put(pair, OAT_SLOT_SPAN, &again);
    oat_maker_put(pair, OAT_SLOT_SPAN, &root);
    struct oat_disk_event event = {.id = oat_le64_of(1), .time_ns = oat_le64_of(OAT_MAKER_MS(1250))};
    trace_id_of(event.trace_id, 1);
    oat_maker_span_id(event.span_id, 3);
    event.name = oat_maker_string(pair, "retry");
    oat_maker_put(pair, OAT_SLOT_EVENT, &event);
}

/* A run whose writer died two levels down. */
static void add_dead_run(struct oat_maker_pair *pair)
{
    struct oat_disk_span spans[] = {
        span_of(pair, 2, 1, 0, "write a report", 60000, 60000),
        span_of(pair, 2, 2, 1, "chat", 60100, 60100),
    };
    for (size_t i = 0; i < 2; i++) {
        spans[i].status = OAT_STATUS_OPEN;
        oat_maker_put(pair, OAT_SLOT_OPEN, &spans[i]);
    }
    struct oat_disk_span done = span_of(pair, 2, 3, 1, "read notes", 60010, 60090);
    oat_maker_put(pair, OAT_SLOT_SPAN, &done);
}

static int make_young(struct oat_maker_pair *pair)
{
    struct oat_disk_span done = span_of(pair, 1, 2, 1, "read notes", 10, 90);
    done.flags = oat_le32_of(OAT_SPAN_PARENT_LOCAL);
    oat_maker_put(pair, OAT_SLOT_SPAN, &done);
    oat_maker_pair_write(pair);
    oat_maker_live(pair->maker, 0xaa);
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}

int main(int argc, char **argv)
{
    struct oat_maker maker;
    struct oat_maker_pair pair;
    bool young = argc == 3 && strcmp(argv[2], "young") == 0;
    if (argc != 2 && !young)
        return 2;
    oat_maker_open_in(&maker, argv[1]);
    oat_maker_pair_begin(&pair, &maker, 0xaa, 0);
    if (young)
        return make_young(&pair);
    add_good_run(&pair);
    add_dead_run(&pair);
    oat_maker_pair_write(&pair);
    return 0;
}
