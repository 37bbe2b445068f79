#include "shown.h"

#include "reader/snapshot.h"
#include "tests/support/trace_dump.h"
#include "tests/support/unit.h"

void oat_shown_note(struct oat_fixture *f, struct oat_shown *ret)
{
    oat_fixture_take(f);
    const struct oat_assembly *loose = &f->snapshot->loose;
    assert_true(loose->trace_count <= OAT_SHOWN_TRACES_MAX);
    ret->count = 0;
    for (size_t i = 0; i < loose->trace_count; i++) {
        if (loose->traces[i].row_count == 0)
            continue;
        memcpy(ret->ids[ret->count], loose->traces[i].trace_id, 16);
        ret->texts[ret->count] = oat_dump_trace(f->snapshot, ret->ids[ret->count]);
        ret->count++;
    }
}

void oat_assert_still_shown(struct oat_fixture *f, const struct oat_shown *shown)
{
    oat_fixture_take(f);
    for (size_t i = 0; i < oat_snapshot_problem_count(f->snapshot); i++) {
        char text[400];
        print_message("%s\n", oat_problem_text(oat_snapshot_problem(f->snapshot, i), text, sizeof text));
    }
    for (size_t i = 0; i < shown->count; i++) {
        char *now = oat_dump_trace(f->snapshot, shown->ids[i]);
        assert_string_equal(now, shown->texts[i]);
        free(now);
    }
}

void oat_shown_forget(struct oat_shown *shown)
{
    for (size_t i = 0; i < shown->count; i++)
        free(shown->texts[i]);
}

void oat_compact_and_compare(struct oat_fixture *f, struct oat_compact *compact)
{
    struct oat_shown shown;
    oat_shown_note(f, &shown);
    oat_compact(compact, f->maker.dir);
    oat_assert_still_shown(f, &shown);
    assert_int_equal(f->snapshot->loose.trace_count, 0);
    oat_shown_forget(&shown);
}
