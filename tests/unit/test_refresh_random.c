/* Over anything that may happen to a store, a snapshot that is refreshed shows what a new one does. */
#include "reader/snapshot.h"
#include "tests/support/compact_store.h"
#include "tests/support/run_random.h"
#include "tests/support/trace_dump.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEEDS     12u
#define STEPS     60u
#define WRITERS   4u
#define SEQS      6u
#define RECORDS   48u /* of a pair */
#define TRACE_IDS 9u

/* A pair, as what is needed to write it again: the same numbers give the same records. */
struct made {
    bool there, sealed, carried;
    uint32_t count;
    bool hole[RECORDS];
};

struct run {
    struct oat_maker maker;
    oat_store *store;
    oat_snapshot *kept;
    uint64_t seed, random;
    struct made pairs[WRITERS][SEQS];
    uint32_t seq[WRITERS]; /* of the pair that is written to */
    int live[WRITERS];     /* -1: dead */
};

/* ---- Pairs ---- */

static void put_event(struct oat_maker_pair *pair, uint64_t draw, bool is_hole)
{
    struct oat_disk_event event = {.id = oat_le64_of(draw % 7 + 1)};
    event.name = oat_maker_string(pair, "said");
    event.time_ns = oat_le64_of(OAT_MAKER_MS(draw % 1000));
    oat_maker_trace_id(event.trace_id, (uint32_t)(draw >> 8) % TRACE_IDS + 1);
    oat_maker_span_id(event.span_id, (uint32_t)(draw >> 16) % 30 + 1);
    if (is_hole)
        oat_maker_hole(pair);
    else
        oat_maker_put(pair, OAT_SLOT_EVENT, &event);
}

static void put_score(struct oat_maker_pair *pair, uint64_t draw, bool is_hole)
{
    struct oat_disk_score score = {.id = oat_le64_of(draw % 5 + 1)};
    score.name = oat_maker_string(pair, "quality");
    score.time_ns = oat_le64_of(OAT_MAKER_MS(draw % 1000));
    oat_maker_trace_id(score.trace_id, (uint32_t)(draw >> 8) % TRACE_IDS + 1);
    if (is_hole)
        oat_maker_hole(pair);
    else
        oat_maker_put(pair, OAT_SLOT_SCORE, &score);
}

static void put_tombstone(struct oat_maker_pair *pair, uint64_t draw, bool is_hole)
{
    struct oat_disk_tombstone tombstone = {.id = oat_le64_of(1), .time_ns = oat_le64_of(OAT_MAKER_MS(5))};
    oat_maker_trace_id(tombstone.trace_id, (uint32_t)(draw >> 8) % TRACE_IDS + 1);
    if (is_hole)
        oat_maker_hole(pair);
    else
        oat_maker_put(pair, OAT_SLOT_TOMBSTONE, &tombstone);
}

/* Few ids, so that spans repeat: within a pair, in other ones, open and ended, on two days. */
static void put_span(struct oat_maker_pair *pair, uint64_t draw, bool is_hole)
{
    uint32_t id = (uint32_t)(draw >> 16) % 30 + 1, trace = (uint32_t)(draw >> 8) % TRACE_IDS + 1;
    uint64_t start_ms = id * 10 + (draw >> 24 & 15 ? 0 : COMPACT_DAY_MS);
    bool open = draw >> 32 & 1;
    struct oat_disk_span span = oat_maker_span(pair, trace, id, id / 3, "step", start_ms,
                                               open ? start_ms : start_ms + 5 + (draw >> 40 & 3));
    span.type = draw >> 44 & 1 ? OAT_LLM : OAT_TOOL;
    span.flags = oat_le32_of((draw >> 45 & 1 ? OAT_SPAN_PARENT_LOCAL : 0) |
                             (draw >> 46 & 1 ? OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT) : 0));
    span.count[OAT_COUNT_INPUT] = oat_le32_of(draw >> 46 & 1 ? (uint32_t)(draw >> 48 & 255) : 0);
    span.call_id = oat_le64_of(draw >> 47 & 3);
    if (open)
        span.status = OAT_STATUS_OPEN;
    if (is_hole)
        oat_maker_hole(pair);
    else
        oat_maker_put(pair, open ? OAT_SLOT_OPEN : OAT_SLOT_SPAN, &span);
}

static void put_record(struct oat_maker_pair *pair, uint64_t draw, bool is_hole)
{
    unsigned kind = (unsigned)(draw & 63);
    if (kind < 6)
        put_event(pair, draw, is_hole);
    else if (kind < 12)
        put_score(pair, draw, is_hole);
    else if (kind == 12)
        put_tombstone(pair, draw, is_hole);
    else
        put_span(pair, draw, is_hole);
}

static void overwrite(const char *from, const char *to)
{
    static char bytes[1 << 16];
    ssize_t n;
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CLOEXEC);
    assert_true(in >= 0 && out >= 0);
    while ((n = read(in, bytes, sizeof bytes)) > 0)
        assert_int_equal(write(out, bytes, (size_t)n), n);
    close(in);
    close(out);
}

/* Writes a pair, keeping its inode, as its writer changes it. */
static void write_pair(struct run *r, uint8_t writer, uint32_t seq)
{
    struct made *made = &r->pairs[writer][seq];
    struct oat_maker_pair pair;
    char kept[200], path[200];
    snprintf(path, sizeof path, "%s", oat_maker_path(&r->maker, writer, seq, "spans"));
    snprintf(kept, sizeof kept, "%s/kept", r->maker.dir);
    bool rewrites = made->there && rename(path, kept) == 0;
    oat_maker_pair_begin(&pair, &r->maker, writer, seq);
    pair.flags = made->carried ? OAT_PAIR_FLAG_CARRIED : 0;
    for (uint32_t i = 0; i < made->count; i++)
        put_record(&pair, oat_run_mix(r->seed ^ (writer * 1000u + seq * 100u + i + 1) * UINT64_C(77)),
                   made->hole[i]);
    pair.sealed = made->sealed;
    oat_maker_pair_write(&pair);
    made->there = true;
    if (!rewrites)
        return;
    overwrite(path, kept);
    assert_int_equal(rename(kept, path), 0);
}

/* ---- What happens ---- */

static void append(struct run *r, uint8_t writer)
{
    struct made *made = &r->pairs[writer][r->seq[writer]];
    for (uint64_t n = oat_run_below(&r->random, 6) + 1; n > 0 && made->count < RECORDS; n--)
        made->hole[made->count++] = oat_run_below(&r->random, 5) == 0;
    write_pair(r, writer, r->seq[writer]);
}

static void fill_holes(struct run *r, uint8_t writer)
{
    struct made *made = &r->pairs[writer][r->seq[writer]];
    for (uint32_t i = 0; i < made->count; i++)
        made->hole[i] = made->hole[i] && oat_run_below(&r->random, 2) == 0;
    write_pair(r, writer, r->seq[writer]);
}

/* Seals a pair without holes and begins the next one. */
static void roll(struct run *r, uint8_t writer)
{
    struct made *made = &r->pairs[writer][r->seq[writer]];
    if (r->seq[writer] + 1 == SEQS)
        return;
    memset(made->hole, 0, sizeof made->hole);
    made->sealed = true;
    write_pair(r, writer, r->seq[writer]++);
    r->pairs[writer][r->seq[writer]].carried = oat_run_below(&r->random, 2) == 0;
    append(r, writer);
}

static void die(struct run *r, uint8_t writer)
{
    close(r->live[writer]);
    r->live[writer] = -1;
}

static void compact(struct run *r)
{
    struct oat_compact_options options = oat_compact_plain();
    struct oat_compact_summary summary;
    char why[OAT_COMPACT_WHY_SIZE];
    options.full = oat_run_below(&r->random, 2) == 0;
    if (oat_compact_store(r->maker.dir, &options, &summary, why) != OAT_OK)
        fail_msg("%s", why);
}

static void act_as(struct run *r, uint8_t writer)
{
    switch (oat_run_below(&r->random, 10)) {
    case 0:
        roll(r, writer);
        break;
    case 1:
        r->pairs[writer][r->seq[writer]].carried = true;
        write_pair(r, writer, r->seq[writer]);
        break;
    case 2:
        fill_holes(r, writer);
        break;
    case 3:
        if (oat_run_below(&r->random, 4) == 0)
            die(r, writer);
        break;
    default:
        append(r, writer);
    }
}

static void act(struct run *r)
{
    uint8_t writer = (uint8_t)oat_run_below(&r->random, WRITERS);
    if (oat_run_below(&r->random, 20) == 0)
        compact(r);
    else if (r->live[writer] >= 0)
        act_as(r, writer);
}

/* ---- What is shown ---- */

static void assert_same_traces(struct run *r, const oat_snapshot *fresh)
{
    for (uint32_t i = 1; i <= TRACE_IDS; i++) {
        uint8_t id[16];
        oat_maker_trace_id(id, i);
        char *now = oat_dump_trace(r->kept, id), *expected = oat_dump_trace(fresh, id);
        assert_string_equal(now, expected);
        free(now);
        free(expected);
    }
}

static void assert_same_lists(struct run *r, const oat_snapshot *fresh)
{
    oat_trace_list *now, *expected;
    assert_int_equal(oat_trace_list_open(r->kept, &(oat_trace_query){0}, &now), OAT_OK);
    assert_int_equal(oat_trace_list_open(fresh, &(oat_trace_query){0}, &expected), OAT_OK);
    assert_int_equal(oat_trace_list_count(now), oat_trace_list_count(expected));
    for (size_t i = 0; i < oat_trace_list_count(now); i++)
        assert_memory_equal(oat_trace_list_get(now, i)->trace_id, oat_trace_list_get(expected, i)->trace_id,
                            16);
    oat_trace_list_close(now);
    oat_trace_list_close(expected);
}

/* Figures, by way of the scans that queries make. */
static void assert_same_figures(struct run *r, const oat_snapshot *fresh)
{
    oat_store_figures now, expected;
    assert_int_equal(oat_snapshot_figures(r->kept, &now), OAT_OK);
    assert_int_equal(oat_snapshot_figures(fresh, &expected), OAT_OK);
    assert_memory_equal(&now, &expected, sizeof now);
}

/* A condition on traces, which is asked of each that rows are left of. */
static oat_query_result *ask(const oat_snapshot *snapshot)
{
    static const char condition[] = "not span_count > 5";
    const oat_text group_by[] = {{"status", 6}, {"span_type", 9}};
    const oat_text aggregates[] = {{"count", 5}, {"sum:prompt_tokens", 17}, {"max:duration_ms", 15}};
    oat_filter *filter;
    oat_query_result *result;
    assert_int_equal(oat_filter_parse(condition, strlen(condition), 0, &filter, NULL), OAT_OK);
    oat_span_query query = {.filter = filter,
                            .group_by = group_by,
                            .group_by_count = 2,
                            .aggregates = aggregates,
                            .aggregate_count = 3,
                            .sort = group_by,
                            .sort_count = 2};
    assert_int_equal(oat_query_run(snapshot, &query, &result, NULL), OAT_OK);
    oat_filter_free(filter);
    return result;
}

static void assert_same_answers(struct run *r, const oat_snapshot *fresh)
{
    oat_query_result *now = ask(r->kept), *expected = ask(fresh);
    assert_int_equal(now->row_count, expected->row_count);
    for (size_t i = 0; i < now->row_count * now->column_count; i++) {
        assert_int_equal(now->values[i].null, expected->values[i].null);
        assert_true(now->values[i].number == expected->values[i].number);
    }
    oat_query_result_free(now);
    oat_query_result_free(expected);
}

static void assert_shown_as_new(struct run *r)
{
    oat_snapshot *fresh;
    assert_int_equal(oat_snapshot_refresh(r->store, &r->kept), OAT_OK);
    assert_int_equal(oat_snapshot_take(r->store, &fresh), OAT_OK);
    assert_same_traces(r, fresh);
    assert_same_lists(r, fresh);
    assert_same_figures(r, fresh);
    assert_same_answers(r, fresh);
    oat_snapshot_free(fresh);
}

/* ---- Runs ---- */

static void run(uint64_t seed)
{
    struct run r = {.seed = seed, .random = oat_run_mix(seed)};
    oat_maker_open(&r.maker);
    assert_int_equal(oat_store_open(r.maker.dir, &r.store), OAT_OK);
    for (uint8_t i = 0; i < WRITERS; i++)
        r.live[i] = oat_maker_live(&r.maker, i);
    for (unsigned i = 0; i < STEPS; i++) {
        act(&r);
        if (oat_run_below(&r.random, 3) != 0)
            assert_shown_as_new(&r);
    }
    assert_shown_as_new(&r);
    for (uint8_t i = 0; i < WRITERS; i++)
        if (r.live[i] >= 0)
            close(r.live[i]);
    oat_snapshot_free(r.kept);
    oat_store_close(r.store);
    oat_maker_remove(&r.maker);
}

static void a_refreshed_snapshot_shows_what_a_new_one_does(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        print_message("seed %u\n", (unsigned)seed);
        run(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_refreshed_snapshot_shows_what_a_new_one_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
