/* Damaged, foreign and hostile files: reported, the rest is read, nothing crashes. */
#include "tests/support/nth.h"
#include "tests/support/reader_fixture.h"
#include "tests/support/sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- A small pair of every kind of slot ---- */

static void make_small_pair(struct oat_fixture *f, bool sealed)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span root = oat_maker_span(&pair, 1, 1, 0, "root", 0, 100);
    root.input = oat_maker_blob(&pair, "{\"question\":42}", 15, 2);
    root.output = oat_maker_blob(&pair, "an answer", 9, 1);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &root);
    struct oat_disk_span child = oat_maker_span(&pair, 1, 2, 1, "child", 10, 90);
    child.text[OAT_TEXT_MODEL] = oat_maker_string(&pair, "a model");
    oat_maker_put(&pair, OAT_SLOT_SPAN, &child);
    struct oat_disk_event event = {.id = oat_le64_of(5), .time_ns = oat_le64_of(OAT_MAKER_MS(20))};
    oat_maker_trace_id(event.trace_id, 1);
    oat_maker_span_id(event.span_id, 2);
    event.name = oat_maker_string(&pair, "retry");
    oat_maker_put(&pair, OAT_SLOT_EVENT, &event);
    struct oat_disk_span open = oat_maker_span(&pair, 2, 3, 0, "never ended", 50, 50);
    open.status = OAT_STATUS_OPEN;
    oat_maker_put(&pair, OAT_SLOT_OPEN, &open);
    pair.durable = (struct oat_disk_durable){.slots = oat_le64_of(2), .flush_seq = oat_le64_of(1)};
    pair.sealed = sealed;
    oat_maker_pair_write(&pair);
}

/* ---- What a snapshot says, as text ---- */

struct dump {
    char *text;
    size_t len;
    FILE *out;
};

static void dump_payload(FILE *out, const oat_snapshot *snapshot, const oat_payload *payload)
{
    uint8_t *bytes;
    size_t len;
    int result = oat_payload_read(snapshot, payload, &bytes, &len);
    fprintf(out, " [%d", result);
    if (result == OAT_OK) {
        fprintf(out, " %s ", payload->media_type);
        fwrite(bytes, 1, len, out);
        free(bytes);
    }
    fputc(']', out);
}

static void dump_span(FILE *out, const oat_snapshot *snapshot, const oat_span_view *span)
{
    fprintf(out, "%02x %02x %llu %llu %d %d %x %u", span->span_id[7], span->parent_id[7],
            (unsigned long long)span->start_ns, (unsigned long long)span->end_ns, (int)span->type,
            (int)span->status, span->flags, span->event_count);
    for (int i = 0; i < OAT_TEXT_FIELDS; i++)
        fprintf(out, " %.*s", (int)span->text[i].len, span->text[i].bytes ? span->text[i].bytes : "");
    dump_payload(out, snapshot, &span->input);
    dump_payload(out, snapshot, &span->output);
    dump_payload(out, snapshot, &span->attributes);
    dump_payload(out, snapshot, &span->error);
    fputc('\n', out);
}

/* Takes a snapshot, reads all of it, verifies it. Free the text. */
static char *dump_all(struct oat_fixture *f)
{
    struct dump dump = {0};
    oat_fixture_take(f);
    dump.out = open_memstream(&dump.text, &dump.len);
    for (size_t i = 0; i < oat_nth_count(f->snapshot); i++) {
        oat_span_view *spans;
        size_t count;
        oat_trace_view trace = oat_fixture_trace(f, i);
        fprintf(dump.out, "trace %02x %d %u\n", trace.trace_id[15], (int)trace.status, trace.span_count);
        assert_int_equal(oat_nth_spans(f->snapshot, i, &spans, &count), OAT_OK);
        for (size_t k = 0; k < count; k++)
            dump_span(dump.out, f->snapshot, &spans[k]);
        free(spans);
    }
    assert_int_equal(oat_snapshot_verify(f->snapshot, true), OAT_OK);
    fclose(dump.out);
    return dump.text;
}

/* ---- Files as bytes ---- */

struct bytes {
    char path[256];
    uint8_t *at;
    size_t len;
};

static struct bytes read_file(struct oat_fixture *f, const char *suffix)
{
    struct bytes b = {.at = malloc(1 << 20)};
    snprintf(b.path, sizeof b.path, "%s", oat_maker_path(&f->maker, 1, 0, suffix));
    FILE *file = fopen(b.path, "rb");
    assert_non_null(file);
    b.len = fread(b.at, 1, 1 << 20, file);
    fclose(file);
    return b;
}

static void write_file(const struct bytes *b, size_t len)
{
    FILE *file = fopen(b->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(b->at, 1, len, file), len);
    fclose(file);
}

/* ---- Sweeps ---- */

static void sweep_flips(struct oat_fixture *f, const char *suffix)
{
    char *whole = dump_all(f);
    assert_int_equal(oat_snapshot_problem_count(f->snapshot), 0);
    struct bytes file = read_file(f, suffix);
    for (size_t i = 0; i < file.len; i += OAT_SWEEP_STEP) {
        file.at[i] ^= (uint8_t)(1u << (i % 8));
        write_file(&file, file.len);
        char *damaged = dump_all(f);
        if (oat_snapshot_problem_count(f->snapshot) == 0 && strcmp(whole, damaged) != 0)
            fail_msg("flip at byte %zu of .%s changes what is read and is not reported:\n%s", i, suffix,
                     damaged);
        free(damaged);
        file.at[i] ^= (uint8_t)(1u << (i % 8));
    }
    free(file.at);
    free(whole);
}

static void every_flip_in_a_sealed_pair_is_reported_or_harmless(void **state)
{
    make_small_pair(*state, true);
    sweep_flips(*state, "spans");
    make_small_pair(*state, true);
    sweep_flips(*state, "blobs");
}

static void every_flip_in_a_dead_writers_pair_is_reported_or_harmless(void **state)
{
    make_small_pair(*state, false);
    sweep_flips(*state, "spans");
}

static void every_flip_in_a_slot_or_entry_is_reported(void **state)
{
    struct oat_fixture *f = *state;
    make_small_pair(f, true);
    struct bytes file = read_file(f, "spans");
    for (size_t i = OAT_SPANS_HEADER_SIZE; i < file.len; i += OAT_SWEEP_STEP) {
        file.at[i] ^= 0x10;
        write_file(&file, file.len);
        oat_fixture_take(f);
        assert_int_equal(oat_fixture_problems(f, OAT_PROBLEM_CORRUPT), 1);
        file.at[i] ^= 0x10;
    }
    free(file.at);
}

static void truncation_anywhere_loses_only_what_is_cut_off(void **state)
{
    struct oat_fixture *f = *state;
    for (int sealed = 0; sealed < 2; sealed++) {
        for (int which = 0; which < 2; which++) {
            make_small_pair(f, sealed);
            struct bytes file = read_file(f, which ? "blobs" : "spans");
            for (size_t len = 0; len < file.len; len += 64) {
                write_file(&file, len);
                free(dump_all(f));
                if (sealed)
                    assert_true(oat_fixture_problems(f, OAT_PROBLEM_CORRUPT) > 0);
                size_t spans =
                    which || len < OAT_SPANS_HEADER_SIZE ? 0 : (len - OAT_SPANS_HEADER_SIZE) / OAT_SLOT_SIZE;
                oat_store_figures figures;
                oat_snapshot_figures(f->snapshot, &figures);
                if (which)
                    assert_int_equal(figures.spans, 3);
                else
                    assert_true(figures.spans <= spans);
            }
            free(file.at);
        }
    }
}

/* ---- Single cases ---- */

static void zero_length_files_are_reported_and_others_are_read(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    make_small_pair(f, true);
    oat_maker_pair_begin(&pair, &f->maker, 2, 0);
    oat_maker_pair_write(&pair);
    assert_int_equal(truncate(oat_maker_path(&f->maker, 2, 0, "spans"), 0), 0);
    oat_fixture_take(f);
    assert_int_equal(oat_nth_count(f->snapshot), 2);
    assert_string_equal(oat_snapshot_problem(f->snapshot, 0)->what, "header length");
    assert_string_equal(oat_snapshot_problem(f->snapshot, 0)->expected, "256");
    assert_string_equal(oat_snapshot_problem(f->snapshot, 0)->found, "0");
}

static void only_regular_files_are_opened(void **state)
{
    struct oat_fixture *f = *state;
    make_small_pair(f, true);
    assert_int_equal(mkdir(oat_maker_path(&f->maker, 2, 0, "spans"), 0700), 0);
    assert_int_equal(symlink("/etc/passwd", oat_maker_path(&f->maker, 3, 0, "spans")), 0);
    assert_int_equal(mkfifo(oat_maker_path(&f->maker, 4, 0, "spans"), 0600), 0);
    oat_fixture_take(f);
    assert_int_equal(oat_nth_count(f->snapshot), 2);
    assert_int_equal(oat_snapshot_problem_count(f->snapshot), 3);
    assert_string_equal(oat_snapshot_problem(f->snapshot, 0)->found, "directory");
    assert_string_equal(oat_snapshot_problem(f->snapshot, 1)->found, "symbolic link");
    assert_string_equal(oat_snapshot_problem(f->snapshot, 2)->found, "special file");
}

static void other_names_are_ignored(void **state)
{
    struct oat_fixture *f = *state;
    char path[200];
    static const char *const names[] = {".tmp-0123", "01010101010101010101010101010101-0000000.spans",
                                        "0101010101010101010101010101010G-00000000.spans",
                                        "01010101010101010101010101010101-00000000.spans~"};
    make_small_pair(f, true);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/hot/%s", f->maker.dir, names[i]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fclose(file);
    }
    oat_fixture_take(f);
    assert_int_equal(oat_snapshot_problem_count(f->snapshot), 0);
}

static void a_greater_major_is_unsupported_and_the_rest_is_read(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    make_small_pair(f, true);
    oat_maker_pair_begin(&pair, &f->maker, 2, 0);
    pair.header.major = oat_le16_of(2);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_nth_count(f->snapshot), 2);
    assert_int_equal(oat_snapshot_problem_count(f->snapshot), 1);
    const oat_problem *problem = oat_snapshot_problem(f->snapshot, 0);
    assert_int_equal(problem->kind, OAT_PROBLEM_UNSUPPORTED);
    assert_string_equal(problem->expected, "1");
    assert_string_equal(problem->found, "2");
}

static void slots_of_unknown_kinds_are_counted(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    uint8_t slot[OAT_SLOT_SIZE] = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    oat_maker_put(&pair, (enum oat_slot_kind)77, slot);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "known", 0, 1);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_put(&pair, (enum oat_slot_kind)78, slot);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_nth_count(f->snapshot), 1);
    assert_int_equal(oat_fixture_problems(f, OAT_PROBLEM_UNKNOWN_KIND), 2);
    assert_string_equal(oat_snapshot_problem(f->snapshot, 0)->found, "kind 77");
}

static void a_slot_beyond_the_sealed_count_is_reported_and_not_read(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "late", 0, 1);
    pair.sealed = true;
    pair.sealed_slots = 1;
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_nth_count(f->snapshot), 0);
    assert_string_equal(oat_snapshot_problem(f->snapshot, 0)->what, "slot beyond the sealed count");
}

/* Slot 0 is a string, 1 a span, 2 a hole, 3 a string, 4 a torn span. */
static void make_torn(struct oat_fixture *f, uint64_t durable_slots)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "whole", 0, 1);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_hole(&pair);
    span = oat_maker_span(&pair, 2, 1, 0, "torn", 0, 1);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    pair.slots[4 * OAT_SLOT_SIZE + 200] ^= 1;
    if (durable_slots > 0)
        pair.durable =
            (struct oat_disk_durable){.slots = oat_le64_of(durable_slots), .flush_seq = oat_le64_of(1)};
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_nth_count(f->snapshot), 1);
}

static void a_torn_tail_of_a_dead_writer_is_not_corruption(void **state)
{
    struct oat_fixture *f = *state;
    make_torn(f, 2);
    assert_int_equal(oat_fixture_problems(f, OAT_PROBLEM_TORN), 1);
    assert_int_equal(oat_fixture_problems(f, OAT_PROBLEM_CORRUPT), 0);
}

static void holes_and_bad_slots_below_the_durable_record_are_corruption(void **state)
{
    struct oat_fixture *f = *state;
    make_torn(f, 5);
    assert_int_equal(oat_fixture_problems(f, OAT_PROBLEM_CORRUPT), 2);
    assert_int_equal(oat_fixture_problems(f, OAT_PROBLEM_TORN), 0);
}

static void a_span_without_its_blobs_is_kept_and_its_payloads_are_lost(void **state)
{
    struct oat_fixture *f = *state;
    oat_span_view *spans;
    size_t count;
    uint8_t *bytes;
    make_small_pair(f, true);
    assert_int_equal(unlink(oat_maker_path(&f->maker, 1, 0, "blobs")), 0);
    oat_fixture_take(f);
    assert_int_equal(oat_fixture_problems(f, OAT_PROBLEM_CORRUPT), 1);
    assert_int_equal(oat_nth_spans(f->snapshot, 1, &spans, &count), OAT_OK);
    oat_assert_text(spans[0].text[OAT_TEXT_NAME], "root");
    assert_true(spans[0].input.lost);
    assert_int_equal(oat_payload_read(f->snapshot, &spans[0].input, &bytes, &count), OAT_E_CORRUPT);
    free(spans);
}

static void a_file_that_shrinks_under_a_snapshot_kills_nobody(void **state)
{
    struct oat_fixture *f = *state;
    oat_span_view *spans;
    size_t count;
    make_small_pair(f, true);
    oat_fixture_take(f);
    assert_int_equal(truncate(oat_maker_path(&f->maker, 1, 0, "spans"), 100), 0);
    assert_int_equal(truncate(oat_maker_path(&f->maker, 1, 0, "blobs"), 100), 0);
    assert_int_equal(oat_nth_count(f->snapshot), 2);
    assert_int_equal(oat_nth_spans(f->snapshot, 1, &spans, &count), OAT_OK);
    assert_int_equal(count, 2);
    assert_int_equal(spans[0].end_ns, OAT_MAKER_MS(100));
    assert_null(spans[0].text[OAT_TEXT_NAME].bytes);
    free(spans);
    assert_true(oat_fixture_problems(f, OAT_PROBLEM_CORRUPT) > 0);
}

static void a_reference_to_no_string_loses_that_text_only(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_span_view *spans;
    size_t count;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "named", 0, 1);
    span.text[OAT_TEXT_MODEL] = oat_le32_of(2); /* the span itself */
    span.text[OAT_TEXT_USER] = oat_le32_of(999);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_nth_spans(f->snapshot, 0, &spans, &count), OAT_OK);
    oat_assert_text(spans[0].text[OAT_TEXT_NAME], "named");
    assert_null(spans[0].text[OAT_TEXT_MODEL].bytes);
    assert_null(spans[0].text[OAT_TEXT_USER].bytes);
    assert_int_equal(oat_fixture_problems(f, OAT_PROBLEM_LOST), 2);
    free(spans);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(every_flip_in_a_sealed_pair_is_reported_or_harmless),
        OAT_FIXTURE_TEST(every_flip_in_a_dead_writers_pair_is_reported_or_harmless),
        OAT_FIXTURE_TEST(every_flip_in_a_slot_or_entry_is_reported),
        OAT_FIXTURE_TEST(truncation_anywhere_loses_only_what_is_cut_off),
        OAT_FIXTURE_TEST(zero_length_files_are_reported_and_others_are_read),
        OAT_FIXTURE_TEST(only_regular_files_are_opened),
        OAT_FIXTURE_TEST(other_names_are_ignored),
        OAT_FIXTURE_TEST(a_greater_major_is_unsupported_and_the_rest_is_read),
        OAT_FIXTURE_TEST(slots_of_unknown_kinds_are_counted),
        OAT_FIXTURE_TEST(a_slot_beyond_the_sealed_count_is_reported_and_not_read),
        OAT_FIXTURE_TEST(a_torn_tail_of_a_dead_writer_is_not_corruption),
        OAT_FIXTURE_TEST(holes_and_bad_slots_below_the_durable_record_are_corruption),
        OAT_FIXTURE_TEST(a_span_without_its_blobs_is_kept_and_its_payloads_are_lost),
        OAT_FIXTURE_TEST(a_file_that_shrinks_under_a_snapshot_kills_nobody),
        OAT_FIXTURE_TEST(a_reference_to_no_string_loses_that_text_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
