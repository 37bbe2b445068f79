/* Spans of two traces side by side, and which of a large trace are shown. */
#include "tests/support/unit.h"

#include "httpd/align.h"
#include "httpd/skeleton.h"

/* A tree in the order of a trace: "agent>llm,tool>" is written as depth and name of each span. */
struct line {
    uint32_t depth;
    const char *name;
};

#define SPANS_MAX 16u

/* Sets up spans in tree order; returns how many. */
static size_t plant(const struct line *lines, size_t count, oat_span_view *ret)
{
    uint32_t last[SPANS_MAX];
    assert_true(count <= SPANS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t depth = lines[i].depth;
        ret[i] = (oat_span_view){.type = OAT_TOOL, .depth = depth};
        ret[i].text[OAT_TEXT_NAME] = (oat_text){lines[i].name, strlen(lines[i].name)};
        ret[i].parent_index = depth > 0 ? last[depth - 1] : UINT32_MAX;
        last[depth] = i;
    }
    return count;
}

/* "a0=b0 a1=- -=b2": what stands for what. */
static void assert_pairs(const struct line *a, size_t a_count, const struct line *b, size_t b_count,
                         const char *expected)
{
    oat_span_view spans[2][SPANS_MAX];
    struct oat_pair_of_spans *pairs;
    size_t count;
    char found[400] = "";
    plant(a, a_count, spans[0]);
    plant(b, b_count, spans[1]);
    assert_int_equal(oat_align(spans[0], a_count, spans[1], b_count, &pairs, &count), OAT_OK);
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(found);
        char left[8] = "-", right[8] = "-";
        if (pairs[i].a != OAT_ALIGN_NONE)
            snprintf(left, sizeof left, "%u", (unsigned)pairs[i].a % 100);
        if (pairs[i].b != OAT_ALIGN_NONE)
            snprintf(right, sizeof right, "%u", (unsigned)pairs[i].b % 100);
        snprintf(found + used, sizeof found - used, "%s%s=%s", i ? " " : "", left, right);
    }
    assert_string_equal(found, expected);
    free(pairs);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void equal_traces_pair_one_to_one(void **state)
{
    (void)state;
    static const struct line a[] = {{0, "run"}, {1, "chat"}, {2, "http"}, {1, "search"}, {1, "chat"}};
    assert_pairs(a, COUNT(a), a, COUNT(a), "0=0 1=1 2=2 3=3 4=4");
    assert_pairs(a, 0, a, 0, "");
}

static void what_one_trace_alone_has_stands_where_it_was(void **state)
{
    (void)state;
    static const struct line a[] = {{0, "run"}, {1, "chat"}, {1, "search"}, {1, "chat"}};
    static const struct line b[] = {{0, "other name"}, {1, "plan"}, {1, "chat"}, {2, "http"}, {1, "chat"}};
    assert_pairs(a, COUNT(a), b, COUNT(b), "0=0 -=1 1=2 -=3 2=- 3=4");
    assert_pairs(a, COUNT(a), b, 0, "0=- 1=- 2=- 3=-");
    assert_pairs(a, 0, b, COUNT(b), "-=0 -=1 -=2 -=3 -=4");
}

static void children_of_different_parents_do_not_pair(void **state)
{
    (void)state;
    static const struct line a[] = {{0, "run"}, {1, "x"}, {2, "leaf"}};
    static const struct line b[] = {{0, "run"}, {1, "y"}, {2, "leaf"}};
    assert_pairs(a, COUNT(a), b, COUNT(b), "0=0 -=1 -=2 1=- 2=-");
}

static void a_skeleton_shows_whole_levels(void **state)
{
    (void)state;
    static const struct line lines[] = {{0, "run"}, {1, "a"}, {2, "b"}, {2, "c"}, {1, "d"}, {2, "e"}};
    oat_span_view spans[SPANS_MAX];
    struct oat_skeleton skeleton;
    size_t count = plant(lines, COUNT(lines), spans);
    static const size_t shown[] = {0, 1, 1, 3, 3, 3, 6, 6};
    for (size_t max = 1; max < COUNT(shown); max++) {
        assert_int_equal(oat_skeleton_levels(spans, count, max, &skeleton), OAT_OK);
        assert_int_equal(skeleton.count, shown[max]);
        assert_int_equal(skeleton.siblings, count);
        assert_int_equal(skeleton.descendants[0], 5);
        assert_int_equal(skeleton.descendants[1], 2);
        assert_int_equal(skeleton.children[0], 2);
        oat_skeleton_free(&skeleton);
    }
}

static void more_roots_than_fit_are_cut(void **state)
{
    (void)state;
    static const struct line lines[] = {{0, "a"}, {0, "b"}, {1, "x"}, {0, "c"}};
    oat_span_view spans[SPANS_MAX];
    struct oat_skeleton skeleton;
    size_t count = plant(lines, COUNT(lines), spans);
    assert_int_equal(oat_skeleton_levels(spans, count, 2, &skeleton), OAT_OK);
    assert_int_equal(skeleton.count, 2);
    assert_int_equal(skeleton.shown[1], 1);
    oat_skeleton_free(&skeleton);
    assert_int_equal(oat_skeleton_window(spans, count, OAT_SKELETON_NONE, 1, 5, &skeleton), OAT_OK);
    assert_int_equal(skeleton.count, 2);
    assert_int_equal(skeleton.shown[0], 1);
    assert_int_equal(skeleton.shown[1], 3);
    assert_int_equal(skeleton.siblings, 3);
    oat_skeleton_free(&skeleton);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_traces_pair_one_to_one),
        cmocka_unit_test(what_one_trace_alone_has_stands_where_it_was),
        cmocka_unit_test(children_of_different_parents_do_not_pair),
        cmocka_unit_test(a_skeleton_shows_whole_levels),
        cmocka_unit_test(more_roots_than_fit_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
