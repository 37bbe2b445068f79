#include "reader_fixture.h"
#include "tests/support/nth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int oat_fixture_set_up(void **state)
{
    struct oat_fixture *f = calloc(1, sizeof *f);
    oat_maker_open(&f->maker);
    *state = f;
    return 0;
}

int oat_fixture_tear_down(void **state)
{
    struct oat_fixture *f = *state;
    oat_snapshot_free(f->snapshot);
    oat_store_close(f->store);
    oat_maker_remove(&f->maker);
    free(f);
    return 0;
}

void oat_fixture_take(struct oat_fixture *f)
{
    oat_snapshot_free(f->snapshot);
    f->snapshot = NULL;
    if (!f->store)
        assert_int_equal(oat_store_open(f->maker.dir, &f->store), OAT_OK);
    assert_int_equal(oat_snapshot_take(f->store, &f->snapshot), OAT_OK);
}

oat_trace_view oat_fixture_trace(struct oat_fixture *f, size_t index)
{
    oat_trace_view trace;
    assert_int_equal(oat_nth_head(f->snapshot, index, &trace), OAT_OK);
    return trace;
}

void oat_assert_text(oat_text text, const char *expected)
{
    assert_non_null(text.bytes);
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.bytes, expected, text.len);
}

uint64_t oat_fixture_problems(struct oat_fixture *f, enum oat_problem_kind kind)
{
    uint64_t count = 0;
    for (size_t i = 0; i < oat_snapshot_problem_count(f->snapshot); i++) {
        const oat_problem *problem = oat_snapshot_problem(f->snapshot, i);
        count += problem->kind == kind ? problem->count : 0;
    }
    return count;
}
