/* Slots with right checksums and arbitrary contents: whatever they say, a snapshot stays a snapshot. */
#include "tests/support/nth.h"
#include "tests/support/reader_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 150
#define SLOTS  80

static uint64_t random_state;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Few ids, so that spans repeat, contradict each other and run in circles. */
static void put_ids(uint8_t *slot, size_t trace_at, size_t span_at, size_t parent_at)
{
    oat_maker_trace_id(slot + trace_at, (uint32_t)(next_random() % 3));
    oat_maker_span_id(slot + span_at, (uint32_t)(next_random() % 8));
    if (parent_at > 0)
        oat_maker_span_id(slot + parent_at, (uint32_t)(next_random() % 8));
}

static struct oat_disk_blob_ref random_ref(const struct oat_disk_blob_ref *good)
{
    struct oat_disk_blob_ref ref = *good;
    ((uint8_t *)&ref)[next_random() % sizeof ref] ^= (uint8_t)(next_random() % 4 ? 0 : next_random());
    return ref;
}

static void put_span(struct oat_maker_pair *pair, enum oat_slot_kind kind,
                     const struct oat_disk_blob_ref *blob)
{
    struct oat_disk_span span;
    uint8_t *bytes = (uint8_t *)&span;
    for (size_t i = 0; i < sizeof span; i++)
        bytes[i] = (uint8_t)next_random();
    put_ids(bytes, offsetof(struct oat_disk_span, trace_id), offsetof(struct oat_disk_span, span_id),
            offsetof(struct oat_disk_span, parent_id));
    span.start_ns = oat_le64_of(next_random() % 8 ? next_random() % 4 * 43200000000000 : next_random());
    span.duration_ns = oat_le64_of(kind == OAT_SLOT_OPEN ? 0 : next_random() % 3);
    span.type = (uint8_t)(next_random() % 16);
    span.status = kind == OAT_SLOT_OPEN ? OAT_STATUS_OPEN : (uint8_t)(2 + next_random() % 2);
    span.otel_status %= 4;
    span.sample_rate = oat_le32_of(0);
    span.call_id = oat_le64_of(next_random() % 3);
    for (size_t i = 0; i < OAT_TEXT_FIELDS; i++)
        span.text[i] = oat_le32_of((uint32_t)(next_random() % (SLOTS + 4)));
    span.input = random_ref(blob);
    span.attributes = random_ref(blob);
    oat_maker_put(pair, kind, &span);
}

static void put_other(struct oat_maker_pair *pair, enum oat_slot_kind kind,
                      const struct oat_disk_blob_ref *blob)
{
    uint8_t slot[OAT_SLOT_SIZE];
    for (size_t i = 0; i < sizeof slot; i++)
        slot[i] = (uint8_t)(next_random() % 4 ? 0 : next_random());
    put_ids(slot, 16, 32, 0);
    if (kind == OAT_SLOT_EVENT)
        memcpy(slot + offsetof(struct oat_disk_event, attributes), blob, sizeof *blob);
    oat_maker_put(pair, kind, slot);
}

static void make_pair(struct oat_fixture *f, uint32_t seq)
{
    static const enum oat_slot_kind kinds[] = {
        OAT_SLOT_SPAN, OAT_SLOT_SPAN,  OAT_SLOT_SPAN,   OAT_SLOT_OPEN, OAT_SLOT_EVENT,
        OAT_SLOT_LINK, OAT_SLOT_SCORE, OAT_SLOT_STRING, OAT_SLOT_VOID, OAT_SLOT_FORGET};
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, seq);
    struct oat_disk_blob_ref blob = oat_maker_blob(&pair, "\x01\x01k\x01\x03xyz", 8, 3);
    while (pair.slot_count < SLOTS) {
        enum oat_slot_kind kind = kinds[next_random() % (sizeof kinds / sizeof *kinds)];
        if (next_random() % 10 == 0)
            oat_maker_string(&pair, "a text");
        else if (kind == OAT_SLOT_SPAN || kind == OAT_SLOT_OPEN)
            put_span(&pair, kind, &blob);
        else
            put_other(&pair, kind, &blob);
    }
    pair.flags = next_random() % 2;
    pair.sealed = next_random() % 2;
    oat_maker_pair_write(&pair);
}

static void check_trace(struct oat_fixture *f, size_t index)
{
    oat_span_view *spans;
    size_t count;
    assert_int_equal(oat_nth_spans(f->snapshot, index, &spans, &count), OAT_OK);
    assert_int_equal(count, oat_fixture_trace(f, index).span_count);
    for (size_t i = 0; i < count; i++) {
        uint32_t parent = spans[i].parent_index;
        if (parent == UINT32_MAX) {
            assert_int_equal(spans[i].depth, 0);
        } else {
            assert_true(parent < i);
            assert_int_equal(spans[i].depth, spans[parent].depth + 1);
            assert_memory_equal(spans[i].parent_id, spans[parent].span_id, 8);
        }
        assert_non_null(oat_shown_status_name(spans[i].status));
    }
    free(spans);
}

static void arbitrary_slots_make_trees_and_no_crash(void **state)
{
    struct oat_fixture *f = *state;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        random_state = round * 0x9e3779b97f4a7c15;
        make_pair(f, 0);
        make_pair(f, 1);
        oat_fixture_take(f);
        for (size_t i = 0; i < oat_nth_count(f->snapshot); i++)
            check_trace(f, i);
        assert_int_equal(oat_snapshot_verify(f->snapshot, true), OAT_OK);
        oat_store_figures figures;
        oat_snapshot_figures(f->snapshot, &figures);
        assert_true(figures.spans + figures.replacements <= 2 * SLOTS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(arbitrary_slots_make_trees_and_no_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
