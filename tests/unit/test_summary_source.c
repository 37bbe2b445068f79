/* Summaries of a part are checked before they answer, and verified against the spans. */
#include "reader/summary_source.h"
#include "reader/summary_verify.h"
#include "tests/support/part_maker.h"
#include "tests/support/run_dir.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <unistd.h>

#define DAY      20779u
#define START_NS (DAY * UINT64_C(86400000000000) + 7 * OAT_SUMMARY_HOUR_NS)
#define SPANS    5u

struct fixture {
    char dir[OAT_RUN_PATH_SIZE];
    int store_fd;
    struct oat_problems problems;
    struct oat_made_span spans[SPANS];
    struct oat_made_summary summaries[3];
    size_t summary_count;
    struct oat_part *part;
};

static const struct oat_summary_scope any_time = {0, UINT64_MAX, 0, OAT_SUMMARY_BY_MODEL};
static const struct oat_summary_scope by_agent = {0, UINT64_MAX, 0, OAT_SUMMARY_BY_AGENT};

/* Llm spans of one hour, but for the last, and the summary that is theirs. */
static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    oat_run_dir_make(f->dir);
    f->store_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    oat_problems_init(&f->problems);
    for (unsigned i = 0; i < SPANS; i++) {
        struct oat_disk_span *span = &f->spans[i].span;
        span->trace_id[0] = 1;
        span->span_id[0] = (uint8_t)(1 + i);
        span->start_ns = oat_le64_of(START_NS + i);
        span->duration_ns = oat_le64_of(100);
        span->type = i == SPANS - 1 ? OAT_TOOL : OAT_LLM;
        span->status = OAT_STATUS_SUCCESS;
        span->flags = oat_le32_of(OAT_SPAN_HAS_COST | OAT_SPAN_HELD);
        span->cost_total_nano = oat_le64_of(7);
        f->spans[i].counted = i > 0;
    }
    const struct oat_summary_key key = {{8, OAT_LLM, OAT_STATUS_SUCCESS, OAT_SPAN_HAS_COST}};
    f->summaries[0].row = (struct oat_summary_row){.key = key, .spans = SPANS - 1, .counted = SPANS - 2};
    f->summaries[0].row.duration_ns = 100 * (SPANS - 1);
    f->summaries[0].row.cost_nano = 7 * (SPANS - 2);
    f->summaries[1].row =
        (struct oat_summary_row){.key = key, .spans = 1, .counted = 1, .duration_ns = 100, .cost_nano = 7};
    f->summaries[1].row.key.of[OAT_ALIKE_TYPE] = OAT_TOOL;
    f->summary_count = 2;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    oat_part_close(f->part);
    oat_problems_clear(&f->problems);
    close(f->store_fd);
    oat_run_dir_remove(f->dir);
    free(f);
    return 0;
}

static void open_part(struct fixture *f)
{
    struct oat_manifest_part entry;
    const struct oat_made_part made = {.generation = 1,
                                       .day = DAY,
                                       .spans = f->spans,
                                       .span_count = SPANS,
                                       .summaries = f->summaries,
                                       .summary_count = f->summary_count};
    oat_part_make(f->store_fd, &made, &entry);
    assert_int_equal(oat_part_open(f->store_fd, &entry, &f->problems, &f->part), OAT_OK);
}

/* Opens the summaries, and says whether they stand for the spans. */
static bool are_covered(struct fixture *f, const uint64_t *masked, struct oat_summary_scope scope)
{
    struct oat_summary_source *summary;
    int result = oat_summary_source_new(f->part, masked, &scope, &summary);
    if (result != OAT_OK) {
        assert_int_equal(result, OAT_NOTFOUND);
        return false;
    }
    bool covered = oat_summary_source_covers(summary, 0);
    struct oat_source *rows = oat_summary_source_rows(summary);
    rows->ops->free(rows);
    return covered;
}

/* ---- Tests ---- */

static void summaries_that_are_right_are_used(void **state)
{
    struct fixture *f = *state;
    open_part(f);
    assert_true(are_covered(f, NULL, any_time));
    assert_int_equal(oat_summaries_verify(f->part), OAT_OK);
    assert_int_equal(oat_problems_count(&f->problems), 0);
}

static void masked_rows_are_to_be_taken_off(void **state)
{
    struct fixture *f = *state;
    struct oat_summary_source *summary;
    uint64_t masked[OAT_BATCH_WORDS] = {0};
    open_part(f);
    for (uint64_t rows = 0; rows < 5; rows += 4) {
        masked[0] = rows;
        assert_int_equal(oat_summary_source_new(f->part, masked, &any_time, &summary), OAT_OK);
        assert_true(oat_summary_source_covers(summary, 0));
        assert_int_equal(oat_summary_source_has_masked(summary, 0), rows != 0);
        struct oat_source *source = oat_summary_source_rows(summary);
        source->ops->free(source);
    }
}

static void many_masked_rows_rule_their_group_out(void **state)
{
    struct fixture *f = *state;
    uint64_t masked[OAT_BATCH_WORDS] = {7};
    open_part(f);
    assert_false(are_covered(f, masked, any_time));
}

static void windows_end_with_the_spans(void **state)
{
    struct fixture *f = *state;
    open_part(f);
    assert_true(are_covered(
        f, NULL, (struct oat_summary_scope){START_NS, START_NS + SPANS - 1, 0, OAT_SUMMARY_BY_MODEL}));
    assert_true(are_covered(
        f, NULL, (struct oat_summary_scope){START_NS + SPANS, UINT64_MAX, 0, OAT_SUMMARY_BY_MODEL}));
    assert_true(are_covered(f, NULL, (struct oat_summary_scope){0, START_NS - 1, 0, OAT_SUMMARY_BY_MODEL}));
    assert_false(
        are_covered(f, NULL, (struct oat_summary_scope){START_NS + 1, UINT64_MAX, 0, OAT_SUMMARY_BY_MODEL}));
    assert_false(
        are_covered(f, NULL, (struct oat_summary_scope){0, START_NS + SPANS - 2, 0, OAT_SUMMARY_BY_MODEL}));
    assert_true(
        are_covered(f, NULL, (struct oat_summary_scope){0, UINT64_MAX, SPANS, OAT_SUMMARY_BY_MODEL}) ==
        (START_NS % SPANS == 0));
    assert_false(are_covered(f, NULL, (struct oat_summary_scope){0, UINT64_MAX, 2, OAT_SUMMARY_BY_MODEL}));
}

/* One that cannot be is reported at once. */
static void assert_refused(struct fixture *f)
{
    open_part(f);
    assert_false(are_covered(f, NULL, any_time));
    assert_int_equal(oat_problems_count(&f->problems), 1);
}

static void a_group_that_is_not_there_is_refused(void **state)
{
    struct fixture *f = *state;
    f->summaries[1].group = 1;
    assert_refused(f);
}

static void groups_that_descend_are_refused(void **state)
{
    struct fixture *f = *state;
    f->summaries[0].group = 1;
    assert_refused(f);
}

static void a_type_that_there_is_not_is_refused(void **state)
{
    struct fixture *f = *state;
    f->summaries[1].row.key.of[OAT_ALIKE_TYPE] = OAT_FILE_IO + 1;
    assert_refused(f);
}

static void a_status_that_there_is_not_is_refused(void **state)
{
    struct fixture *f = *state;
    f->summaries[1].row.key.of[OAT_ALIKE_STATUS] = 0;
    assert_refused(f);
}

static void a_model_that_there_is_not_is_refused(void **state)
{
    struct fixture *f = *state;
    f->summaries[1].row.key.of[OAT_ALIKE_MODEL] = 1;
    assert_refused(f);
}

static void an_hour_that_there_is_not_is_refused(void **state)
{
    struct fixture *f = *state;
    f->summaries[1].row.key.of[OAT_ALIKE_HOUR] = 25;
    assert_refused(f);
}

static void spans_that_are_missing_rule_their_group_out(void **state)
{
    struct fixture *f = *state;
    f->summary_count = 1;
    open_part(f);
    assert_false(are_covered(f, NULL, any_time));
}

static void an_hour_without_spans_rules_its_group_out(void **state)
{
    struct fixture *f = *state;
    f->summaries[1].row.key.of[OAT_ALIKE_HOUR] = 9;
    open_part(f);
    assert_false(are_covered(f, NULL, (struct oat_summary_scope){1, UINT64_MAX, 0, OAT_SUMMARY_BY_MODEL}));
}

/* The same spans by agent: they have neither one nor a prompt. */
static void put_agent_summary(struct fixture *f)
{
    struct oat_summary_row *row = &f->summaries[2].row;
    f->summaries[2].kind = OAT_SUMMARY_BY_AGENT;
    *row = (struct oat_summary_row){.spans = SPANS, .counted = SPANS - 1};
    row->key.of[OAT_ALIKE_STATUS] = OAT_STATUS_SUCCESS;
    row->key.of[OAT_ALIKE_FLAGS] = OAT_SPAN_HAS_COST;
    row->duration_ns = 100 * SPANS;
    row->cost_nano = 7 * (SPANS - 1);
    f->summary_count = 3;
}

static void each_table_answers_for_itself(void **state)
{
    struct fixture *f = *state;
    open_part(f);
    assert_true(are_covered(f, NULL, any_time));
    assert_false(are_covered(f, NULL, by_agent));
}

static void both_tables_are_verified(void **state)
{
    struct fixture *f = *state;
    put_agent_summary(f);
    open_part(f);
    assert_true(are_covered(f, NULL, any_time));
    assert_true(are_covered(f, NULL, by_agent));
    assert_int_equal(oat_summaries_verify(f->part), OAT_OK);
    assert_int_equal(oat_problems_count(&f->problems), 0);
}

static void a_field_that_is_not_in_the_key_is_refused(void **state)
{
    struct fixture *f = *state;
    put_agent_summary(f);
    f->summaries[2].row.key.of[OAT_ALIKE_TYPE] = OAT_LLM;
    open_part(f);
    assert_false(are_covered(f, NULL, by_agent));
    assert_int_equal(oat_problems_count(&f->problems), 1);
}

static void an_agent_that_there_is_not_is_refused(void **state)
{
    struct fixture *f = *state;
    put_agent_summary(f);
    f->summaries[2].row.key.of[OAT_ALIKE_AGENT] = 1;
    open_part(f);
    assert_false(are_covered(f, NULL, by_agent));
    assert_int_equal(oat_problems_count(&f->problems), 1);
}

/* Of a part whose summaries may be, but are wrong. */
static void assert_found_wrong(struct fixture *f)
{
    open_part(f);
    assert_int_equal(oat_summaries_verify(f->part), OAT_OK);
    assert_int_equal(oat_problems_count(&f->problems), 1);
}

static void a_wrong_sum_is_found(void **state)
{
    struct fixture *f = *state;
    f->summaries[1].row.cost_nano++;
    assert_found_wrong(f);
}

static void a_wrong_count_is_found(void **state)
{
    struct fixture *f = *state;
    f->summaries[0].row.count[OAT_COUNT_IMAGE] = 1;
    assert_found_wrong(f);
}

static void a_wrong_sum_by_agent_is_found(void **state)
{
    struct fixture *f = *state;
    put_agent_summary(f);
    f->summaries[2].row.duration_ns--;
    assert_found_wrong(f);
}

static void a_row_too_many_is_found(void **state)
{
    struct fixture *f = *state;
    f->summaries[2] = f->summaries[1];
    f->summary_count = 3;
    assert_found_wrong(f);
}

static void a_group_too_many_is_found(void **state)
{
    struct fixture *f = *state;
    f->summaries[2] = f->summaries[1];
    f->summaries[2].group = 7;
    f->summary_count = 3;
    assert_found_wrong(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(summaries_that_are_right_are_used),
        TEST(masked_rows_are_to_be_taken_off),
        TEST(many_masked_rows_rule_their_group_out),
        TEST(windows_end_with_the_spans),
        TEST(a_group_that_is_not_there_is_refused),
        TEST(groups_that_descend_are_refused),
        TEST(a_type_that_there_is_not_is_refused),
        TEST(a_status_that_there_is_not_is_refused),
        TEST(a_model_that_there_is_not_is_refused),
        TEST(an_hour_that_there_is_not_is_refused),
        TEST(spans_that_are_missing_rule_their_group_out),
        TEST(an_hour_without_spans_rules_its_group_out),
        TEST(each_table_answers_for_itself),
        TEST(both_tables_are_verified),
        TEST(a_field_that_is_not_in_the_key_is_refused),
        TEST(an_agent_that_there_is_not_is_refused),
        TEST(a_wrong_sum_is_found),
        TEST(a_wrong_sum_by_agent_is_found),
        TEST(a_wrong_count_is_found),
        TEST(a_row_too_many_is_found),
        TEST(a_group_too_many_is_found),
    };
    return cmocka_run_group_tests_name("summary_source", tests, NULL, NULL);
}
