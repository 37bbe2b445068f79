#include "tests/support/compact_store.h"

#include "oat/reader.h"
#include "tests/support/run_dir.h"
#include "tests/support/trace_dump.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SPANS 60u

void oat_compact_put_span(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint32_t parent,
                          uint64_t start_ms, uint64_t end_ms)
{
    char input[200];
    struct oat_disk_span s = oat_maker_span(pair, trace, span, parent, "step", start_ms, end_ms);
    int len = snprintf(input, sizeof input, "[{\"role\":\"user\",\"content\":\"question %u of trace %u\"}]",
                       span, trace);
    s.input = oat_maker_blob(pair, input, (size_t)len, 1);
    s.flags = oat_le32_of(OAT_SPAN_HAS_COST | OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT));
    s.count[OAT_COUNT_INPUT] = oat_le32_of(span * 10);
    s.cost_total_nano = oat_le64_of(span * 1000);
    oat_maker_put(pair, OAT_SLOT_SPAN, &s);
}

static void put_event(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint64_t start_ms)
{
    struct oat_disk_event event = {.id = oat_le64_of(span * 100 + trace),
                                   .span_start_ns = oat_le64_of(OAT_MAKER_MS(start_ms)),
                                   .time_ns = oat_le64_of(OAT_MAKER_MS(start_ms + 1)),
                                   .name = oat_maker_string(pair, "noticed")};
    oat_maker_trace_id(event.trace_id, trace);
    oat_maker_span_id(event.span_id, span);
    oat_maker_put(pair, OAT_SLOT_EVENT, &event);
}

static void put_score(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint64_t start_ms)
{
    struct oat_disk_score score = {.id = oat_le64_of(span * 100 + trace),
                                   .target_start_ns = oat_le64_of(OAT_MAKER_MS(start_ms)),
                                   .time_ns = oat_le64_of(OAT_MAKER_MS(start_ms + 9)),
                                   .has_value = 1,
                                   .name = oat_maker_string(pair, "quality")};
    oat_maker_trace_id(score.trace_id, trace);
    oat_maker_span_id(score.span_id, span);
    oat_maker_put(pair, OAT_SLOT_SCORE, &score);
}

void oat_compact_write_pair(struct oat_maker *maker, uint8_t writer, uint32_t seq)
{
    struct oat_maker_pair pair;
    uint32_t first = (writer * 16u + seq) * SPANS + 1;
    oat_maker_pair_begin(&pair, maker, writer, seq);
    for (uint32_t i = 0; i < SPANS; i++) {
        uint32_t trace = i % (COMPACT_TRACES - 1) + 1;
        uint64_t start_ms = i % 3 * COMPACT_DAY_MS + i * 10 + writer;
        oat_compact_put_span(&pair, trace, first + i,
                             i < COMPACT_TRACES ? 0 : first + i - (COMPACT_TRACES - 1), start_ms,
                             start_ms + 100 + i);
        if (i % 4 == 0)
            put_event(&pair, trace, first + i, start_ms);
        if (i % 10 == 0)
            put_score(&pair, trace, first + i, start_ms);
    }
    oat_maker_pair_write(&pair);
}

/* ---- What is shown ---- */

void oat_compact_view_take(const char *dir, struct oat_compact_view *ret)
{
    oat_store *store;
    oat_snapshot *snapshot;
    uint8_t id[16];
    assert_int_equal(oat_store_open(dir, &store), OAT_OK);
    assert_int_equal(oat_snapshot_take(store, &snapshot), OAT_OK);
    for (uint32_t i = 0; i < COMPACT_TRACES; i++) {
        oat_maker_trace_id(id, i + 1);
        ret->traces[i] = oat_dump_trace(snapshot, id);
    }
    for (size_t i = 0; i < oat_snapshot_problem_count(snapshot); i++) {
        char text[400];
        const oat_problem *problem = oat_snapshot_problem(snapshot, i);
        if (problem->kind != OAT_PROBLEM_TREE)
            fail_msg("%s", oat_problem_text(problem, text, sizeof text));
    }
    oat_snapshot_free(snapshot);
    oat_store_close(store);
}

void oat_compact_view_free(struct oat_compact_view *view)
{
    for (uint32_t i = 0; i < COMPACT_TRACES; i++)
        free(view->traces[i]);
}

void oat_compact_view_check(const char *dir, const struct oat_compact_view *view)
{
    struct oat_compact_view now;
    oat_compact_view_take(dir, &now);
    for (uint32_t i = 0; i < COMPACT_TRACES; i++)
        assert_string_equal(now.traces[i], view->traces[i]);
    oat_compact_view_free(&now);
}

/* ---- Compacting ---- */

struct oat_compact_options oat_compact_plain(void)
{
    return (struct oat_compact_options){.before_day = UINT32_MAX, .memory_bytes = 64u << 20};
}

int oat_compact_store(const char *dir, const struct oat_compact_options *options,
                      struct oat_compact_summary *ret_summary, char ret_why[OAT_COMPACT_WHY_SIZE])
{
    oat_store *store;
    assert_int_equal(oat_store_open(dir, &store), OAT_OK);
    int result = oat_compact_run(store, options, ret_summary, ret_why);
    oat_store_close(store);
    return result;
}

int oat_compact_fixture_set_up(void **state)
{
    struct oat_compact_fixture *f = calloc(1, sizeof *f);
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 0);
    oat_maker_open(&f->maker);
    f->options = oat_compact_plain();
    *state = f;
    return 0;
}

int oat_compact_fixture_tear_down(void **state)
{
    struct oat_compact_fixture *f = *state;
    if (f->has_view)
        oat_compact_view_free(&f->view);
    oat_maker_remove(&f->maker);
    free(f);
    return 0;
}

/* ---- A store that is compacted ---- */

void oat_compact_fixture_look(struct oat_compact_fixture *f)
{
    if (f->has_view)
        oat_compact_view_free(&f->view);
    oat_compact_view_take(f->maker.dir, &f->view);
    f->has_view = true;
}

void oat_compact_fixture_assert_same(struct oat_compact_fixture *f)
{
    oat_compact_view_check(f->maker.dir, &f->view);
}

int oat_compact_fixture_run(struct oat_compact_fixture *f)
{
    return oat_compact_store(f->maker.dir, &f->options, &f->summary, f->why);
}

void oat_compact_fixture_do(struct oat_compact_fixture *f)
{
    int result = oat_compact_fixture_run(f);
    if (result != OAT_OK)
        fail_msg("%s", f->why);
}

size_t oat_compact_fixture_pairs_left(const struct oat_compact_fixture *f)
{
    size_t spans = oat_run_hot_count(f->maker.dir, ".spans");
    assert_int_equal(oat_run_hot_count(f->maker.dir, ".blobs"), spans);
    return spans;
}

void oat_compact_fixture_manifest(const struct oat_compact_fixture *f, struct oat_manifest *ret)
{
    struct oat_problems problems;
    int fd = open(f->maker.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    oat_problems_init(&problems);
    assert_int_equal(oat_manifest_read(fd, &problems, ret), OAT_OK);
    oat_problems_clear(&problems);
    close(fd);
}

size_t oat_compact_fixture_part_count(const struct oat_compact_fixture *f)
{
    struct oat_manifest manifest;
    oat_compact_fixture_manifest(f, &manifest);
    size_t count = manifest.part_count;
    oat_manifest_clear(&manifest);
    return count;
}

void oat_compact_fixture_path(const struct oat_compact_fixture *f, const char *name, char ret[300])
{
    snprintf(ret, 300, "%s/%s", f->maker.dir, name);
}

bool oat_compact_fixture_is_there(const struct oat_compact_fixture *f, const char *name)
{
    char path[300];
    oat_compact_fixture_path(f, name, path);
    return access(path, F_OK) == 0;
}
