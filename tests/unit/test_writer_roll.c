/* Pairs of files: when they roll, what a sealed one holds, what is carried over, what is durable. */
#include "format/pair_header.h"
#include "format/slot.h"
#include "tests/support/run_payload.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"
#include "writer/core.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Files as they are ---- */

struct raw_pair {
    struct oat_disk_pair_header header;
    uint64_t nonce, claimed, flags;
    struct oat_disk_durable durable;
    bool has_durable, is_sealed;
    struct oat_disk_seal seal;
    uint8_t *bytes;
    size_t len;
    uint64_t disk_bytes;
};

static uint8_t *read_file(const char *path, size_t *ret_len, uint64_t *ret_disk_bytes)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    uint8_t *bytes = malloc((size_t)st.st_size + 1);
    assert_non_null(bytes);
    assert_int_equal(pread(fd, bytes, (size_t)st.st_size, 0), st.st_size);
    close(fd);
    *ret_len = (size_t)st.st_size;
    *ret_disk_bytes = (uint64_t)st.st_blocks * 512;
    return bytes;
}

static uint64_t word_at(const uint8_t *bytes, size_t offset)
{
    oat_le64 word;
    memcpy(&word, bytes + offset, sizeof word);
    return oat_le64_get(word);
}

static struct raw_pair read_pair(const char *path)
{
    struct raw_pair p;
    struct oat_disk_durable records[2];
    memset(&p, 0, sizeof p);
    p.bytes = read_file(path, &p.len, &p.disk_bytes);
    assert_true(p.len >= OAT_SPANS_HEADER_SIZE);
    memcpy(&p.header, p.bytes, sizeof p.header);
    assert_int_equal(oat_pair_header_check(&p.header, OAT_MAGIC_SPANS, NULL), OAT_OK);
    p.nonce = oat_le64_get(p.header.nonce);
    p.claimed = word_at(p.bytes, OAT_SPANS_CLAIMED_OFFSET);
    p.flags = word_at(p.bytes, OAT_SPANS_FLAGS_OFFSET);
    memcpy(&records[0], p.bytes + OAT_SPANS_DURABLE_OFFSET, sizeof records[0]);
    memcpy(&records[1], p.bytes + OAT_SPANS_DURABLE_OFFSET + OAT_SPANS_LINE_SIZE, sizeof records[1]);
    const struct oat_disk_durable *newest = oat_durable_newest(&records[0], &records[1], p.nonce);
    p.has_durable = newest != NULL;
    if (newest)
        p.durable = *newest;
    memcpy(&p.seal, p.bytes + OAT_SPANS_SEAL_OFFSET, sizeof p.seal);
    p.is_sealed = oat_seal_check(&p.seal, p.nonce);
    return p;
}

/* ---- Rolling ---- */

static void reopen_with(struct oat_run_writer *w, uint32_t roll_slots)
{
    w->config.roll_slots = roll_slots;
    w->config.open_after_ms = 5;
    oat_run_writer_reopen(w);
}

static void append_spans(struct oat_run_writer *w, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        oat_span_end(oat_span_start_with(w->tracer, OAT_TOOL, name, &(oat_span_options){.new_trace = true}));
}

static void await_pairs(const struct oat_run_writer *w, uint64_t pairs)
{
    for (int ms = 0; oat_run_stats(w).pairs < pairs; ms += 5) {
        assert_true(ms < 30000); /* an idle writer looks at its age every 10 s */
        oat_run_sleep_ms(5);
    }
}

static void a_pair_rolls_when_its_slots_are_used(void **state)
{
    struct oat_run_writer *w = *state;
    reopen_with(w, 64);
    append_spans(w, 640, "x");
    assert_true(oat_run_stats(w).pairs >= 10 && oat_run_stats(w).pairs <= 15);
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 640);
    oat_run_view_close(&view);
    oat_run_assert_clean(w, 0);
}

static void a_pair_rolls_when_its_blobs_are_full(void **state)
{
    struct oat_run_writer *w = *state;
    struct oat_run_bytes random = {0};
    w->config.roll_blob_bytes = 200000;
    oat_run_writer_reopen(w);
    uint64_t bytes = 0;
    for (uint64_t i = 0; bytes < 1000000; i++) {
        oat_run_payload(OAT_RUN_RANDOM, i, &random);
        oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "x");
        oat_span_set_input(span, random.bytes, random.len, "application/octet-stream");
        oat_span_end(span);
        bytes += random.len;
    }
    oat_run_bytes_free(&random);
    assert_true(oat_run_stats(w).pairs >= 3 && oat_run_stats(w).pairs <= 6);
    oat_run_assert_clean(w, 0);
}

static void a_running_span_with_more_payload_than_a_pair_holds_does_not_roll_for_ever(void **state)
{
    struct oat_run_writer *w = *state;
    struct oat_run_bytes big = {0};
    w->config.roll_blob_bytes = 20000;
    oat_run_writer_reopen(w);
    for (uint64_t seed = 0; big.len < 3 * w->config.roll_blob_bytes; seed++)
        oat_run_payload(OAT_RUN_RANDOM, seed, &big);
    oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "x");
    oat_span_set_input(span, big.bytes, big.len, "application/octet-stream");
    oat_span_set_output(span, "small", 5, "text/plain");
    oat_span_end(span);
    assert_true(oat_run_stats(w).pairs <= 3);
    struct oat_run_view view = oat_run_look(w);
    oat_run_assert_payload(&view, &view.spans[0].input, big.bytes, big.len);
    oat_run_assert_payload(&view, &view.spans[0].output, "small", 5);
    oat_run_view_close(&view);
    oat_run_bytes_free(&big);
}

static void a_pair_rolls_by_age_but_not_while_it_is_empty(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.roll_age_s = 1;
    reopen_with(w, 2048);
    assert_int_equal(oat_run_stats(w).pairs, 0);
    oat_span *open = oat_span_start(w->tracer, OAT_AGENT, "open");
    append_spans(w, 1, "x");
    await_pairs(w, 2); /* the running span goes along */
    oat_run_sleep_ms(2500);
    assert_int_equal(oat_run_stats(w).pairs, 2); /* and is all there is: no need for a third */
    oat_span_end(open);
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 2);
    oat_run_view_close(&view);
}

static size_t pairs_in_memory(struct oat_run_writer *w)
{
    oat_writer *writer = atomic_load(&w->tracer->writer);
    size_t count = 0;
    pthread_mutex_lock(&writer->pairs_lock);
    for (oat_pair *pair = atomic_load(&writer->pairs); pair; pair = pair->next)
        count++;
    pthread_mutex_unlock(&writer->pairs_lock);
    return count;
}

static void pairs_that_are_done_with_take_no_memory(void **state)
{
    struct oat_run_writer *w = *state;
    int spans = 16 * 200;
    reopen_with(w, 16);
    oat_span *open = oat_span_start(w->tracer, OAT_AGENT, "open");
    append_spans(w, spans, "x");
    for (unsigned tries = 0; pairs_in_memory(w) > 10 && tries < 2000; tries++, spans += 16) {
        append_spans(w, 16, "x"); /* they are looked at when there is a new one */
        oat_run_sleep_ms(10);
    }
    assert_true(pairs_in_memory(w) <= 10);
    assert_true(oat_run_stats(w).pairs >= 40);
    oat_span_end(open);
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, spans + 1);
    oat_run_view_close(&view);
}

/* ---- Sealing ---- */

static void a_sealed_pair_has_no_zero_slot_and_its_tail_takes_no_disk(void **state)
{
    struct oat_run_writer *w = *state;
    char(*paths)[OAT_RUN_PATH_SIZE];
    reopen_with(w, 2048);
    append_spans(w, 21, "x");
    oat_tracer_close(w->tracer);
    w->tracer = NULL;
    assert_int_equal(oat_run_hot_list(w->dir, ".spans", &paths), 1);
    struct raw_pair pair = read_pair(paths[0]);
    assert_true(pair.is_sealed);
    uint64_t slots = oat_le64_get(pair.seal.slots);
    assert_true(slots >= 22 && slots % 16 == 0);
    for (uint32_t i = 0; i < slots; i++) {
        uint16_t kind;
        const uint8_t *slot = pair.bytes + oat_slot_offset(i);
        assert_int_equal(oat_slot_check(slot, pair.nonce, i, &kind), OAT_OK);
        /* On a slow machine a span may run long enough to be announced. */
        assert_true(kind == OAT_SLOT_SPAN || kind == OAT_SLOT_OPEN || kind == OAT_SLOT_STRING ||
                    kind == OAT_SLOT_VOID);
    }
    for (size_t at = oat_slot_offset((uint32_t)slots); at < pair.len; at++)
        assert_int_equal(pair.bytes[at], 0);
    assert_true(pair.disk_bytes <= 64 << 10);
    assert_int_equal(oat_le64_get(pair.durable.slots), slots);
    free(pair.bytes);
    free(paths);
}

static void every_pair_but_the_newest_gets_sealed_while_the_writer_lives(void **state)
{
    struct oat_run_writer *w = *state;
    size_t sealed = 0, count = 0;
    reopen_with(w, 64);
    append_spans(w, 400, "x");
    for (int ms = 0; ms < 10000; ms += 20) {
        char(*paths)[OAT_RUN_PATH_SIZE];
        count = oat_run_hot_list(w->dir, ".spans", &paths);
        sealed = 0;
        for (size_t i = 0; i < count; i++) {
            struct raw_pair pair = read_pair(paths[i]);
            sealed += pair.is_sealed;
            free(pair.bytes);
        }
        free(paths);
        if (sealed + 1 == count)
            break;
        oat_run_sleep_ms(20);
    }
    assert_int_equal(sealed + 1, count);
}

/* ---- Carrying over ---- */

static bool newest_is_carried(const struct oat_run_writer *w)
{
    char(*paths)[OAT_RUN_PATH_SIZE];
    size_t count = oat_run_hot_list(w->dir, ".spans", &paths);
    struct raw_pair pair = read_pair(paths[count - 1]);
    bool carried = pair.flags & OAT_PAIR_FLAG_CARRIED;
    free(pair.bytes);
    free(paths);
    return carried;
}

static void await_carried(const struct oat_run_writer *w)
{
    for (int ms = 0; !newest_is_carried(w); ms += 5) {
        assert_true(ms < 10000);
        oat_run_sleep_ms(5);
    }
}

static void remove_all_but_the_newest_pair(const struct oat_run_writer *w)
{
    static const char *const suffixes[] = {".spans", ".blobs"};
    for (int k = 0; k < 2; k++) {
        char(*paths)[OAT_RUN_PATH_SIZE];
        size_t count = oat_run_hot_list(w->dir, suffixes[k], &paths);
        for (size_t i = 0; i + 1 < count; i++)
            unlink(paths[i]);
        free(paths);
    }
}

static void a_running_span_is_announced_again_in_the_newest_pair(void **state)
{
    struct oat_run_writer *w = *state;
    reopen_with(w, 64);
    oat_span *open = oat_span_start(w->tracer, OAT_AGENT, "long");
    oat_span_set_text(open, OAT_TEXT_SESSION, "s-1", OAT_NUL);
    oat_span_set_input(open, "{\"messages\": [\"the input\"]}", 27, NULL);
    oat_run_await_span(w, "long");
    append_spans(w, 200, "filler");
    await_carried(w);
    /* As the compactor may: a later pair is carried. */
    remove_all_but_the_newest_pair(w);

    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *span = oat_run_span(&view, "long");
    assert_true(span->status == OAT_SHOWN_RUNNING);
    oat_run_assert_text(span->text[OAT_TEXT_SESSION], "s-1", 3);
    oat_run_assert_payload(&view, &span->input, "{\"messages\": [\"the input\"]}", 27);
    oat_run_view_close(&view);

    oat_span_set_output(open, "done", 4, "text/plain");
    oat_span_end(open);
    view = oat_run_look(w);
    span = oat_run_span(&view, "long");
    assert_true(span->status == OAT_SHOWN_SUCCESS);
    oat_run_assert_payload(&view, &span->input, "{\"messages\": [\"the input\"]}", 27);
    oat_run_view_close(&view);
    oat_run_assert_clean(w, 0);
}

static void more_running_spans_than_a_pair_holds_do_not_roll_for_ever(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *open[200];
    reopen_with(w, 64);
    for (int i = 0; i < 200; i++)
        open[i] = oat_span_start_with(w->tracer, OAT_AGENT, "open", &(oat_span_options){.detached = true});
    append_spans(w, 10, "x");
    oat_run_sleep_ms(1000);
    uint64_t pairs = oat_run_stats(w).pairs;
    oat_run_sleep_ms(1000);
    assert_int_equal(oat_run_stats(w).pairs, pairs);
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 210);
    oat_run_view_close(&view);
    for (int i = 0; i < 200; i++)
        oat_span_end(open[i]);
    view = oat_run_look(w);
    assert_int_equal(view.count, 210);
    for (size_t i = 0; i < view.count; i++)
        assert_true(view.spans[i].status == OAT_SHOWN_SUCCESS);
    oat_run_view_close(&view);
}

/* ---- Durability ---- */

static void a_flush_records_what_is_durable(void **state)
{
    struct oat_run_writer *w = *state;
    char(*paths)[OAT_RUN_PATH_SIZE];
    size_t len;
    uint64_t disk_bytes;
    w->config.flush_interval_ms = 0;
    oat_run_writer_reopen(w);
    for (int i = 0; i < 5; i++) {
        oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "x");
        oat_span_set_input(span, "durable", 7, "text/plain");
        oat_span_end(span);
    }
    assert_int_equal(oat_tracer_flush(w->tracer), OAT_OK);
    append_spans(w, 1, "after");
    assert_int_equal(oat_run_hot_list(w->dir, ".spans", &paths), 1);
    struct raw_pair pair = read_pair(paths[0]);
    assert_true(pair.has_durable);
    assert_int_equal(oat_le64_get(pair.durable.slots), 6); /* five spans and a name */
    free(pair.bytes);
    free(paths);
    oat_run_hot_list(w->dir, ".blobs", &paths);
    free(read_file(paths[0], &len, &disk_bytes));
    assert_int_equal(oat_le64_get(pair.durable.blob_bytes), len);
    free(paths);
}

static void the_mode_that_was_asked_for_is_the_mode(void **state)
{
    struct oat_run_writer *w = *state;
    static const struct {
        enum oat_map_mode map;
        const char *name;
        enum oat_pair_mode on_disk;
    } modes[] = {{OAT_MAP_ALWAYS, "map", OAT_PAIR_MAPPED}, {OAT_MAP_NEVER, "pwrite", OAT_PAIR_PWRITE}};
    for (int i = 0; i < 2; i++) {
        char(*paths)[OAT_RUN_PATH_SIZE];
        bool found = false;
        w->config.map = modes[i].map;
        oat_run_writer_reopen(w);
        append_spans(w, 40, modes[i].name);
        assert_string_equal(oat_run_stats(w).mode, modes[i].name);
        size_t count = oat_run_hot_list(w->dir, ".spans", &paths);
        for (size_t k = 0; k < count; k++) {
            struct raw_pair pair = read_pair(paths[k]);
            found |= pair.header.mode == modes[i].on_disk && !pair.is_sealed;
            free(pair.bytes);
        }
        assert_true(found);
        free(paths);
    }
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 80);
    oat_run_view_close(&view);
    oat_run_assert_clean(w, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(a_pair_rolls_when_its_slots_are_used),
        OAT_WRITER_TEST(a_pair_rolls_when_its_blobs_are_full),
        OAT_WRITER_TEST(a_running_span_with_more_payload_than_a_pair_holds_does_not_roll_for_ever),
        OAT_WRITER_TEST(a_pair_rolls_by_age_but_not_while_it_is_empty),
        OAT_WRITER_TEST(pairs_that_are_done_with_take_no_memory),
        OAT_WRITER_TEST(a_sealed_pair_has_no_zero_slot_and_its_tail_takes_no_disk),
        OAT_WRITER_TEST(every_pair_but_the_newest_gets_sealed_while_the_writer_lives),
        OAT_WRITER_TEST(a_running_span_is_announced_again_in_the_newest_pair),
        OAT_WRITER_TEST(more_running_spans_than_a_pair_holds_do_not_roll_for_ever),
        OAT_WRITER_TEST(a_flush_records_what_is_durable),
        OAT_WRITER_TEST(the_mode_that_was_asked_for_is_the_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
