/* A store made by store_maker, and a snapshot of it. */
#ifndef OAT_TESTS_READER_FIXTURE_H
#define OAT_TESTS_READER_FIXTURE_H

#include "oat/reader.h"
#include "tests/support/store_maker.h"

struct oat_fixture {
    struct oat_maker maker;
    oat_store *store;
    oat_snapshot *snapshot;
};

/* For cmocka: *state becomes a fixture with an empty store. */
int oat_fixture_set_up(void **state);
int oat_fixture_tear_down(void **state);

/* Takes a snapshot in place of the one before. */
void oat_fixture_take(struct oat_fixture *f);

oat_trace_view oat_fixture_trace(struct oat_fixture *f, size_t index);

/* Problems of a kind, each counted as often as it was met. */
uint64_t oat_fixture_problems(struct oat_fixture *f, enum oat_problem_kind kind);

void oat_assert_text(oat_text text, const char *expected);

#define OAT_FIXTURE_TEST(name)                                                                               \
    cmocka_unit_test_setup_teardown(name, oat_fixture_set_up, oat_fixture_tear_down)

#endif
