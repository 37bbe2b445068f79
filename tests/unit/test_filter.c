/* The vectors of the filter language: what parses to what, which rows pass, what is refused where. */
#include "oat/reader.h"
#include "reader/compare.h"
#include "reader/filter_eval.h"
#include "tests/support/filter_print.h"
#include "tests/support/filter_vectors.h"
#include "tests/support/unit.h"

static json_t *vectors;

static oat_text text_of(const json_t *value)
{
    return (oat_text){json_string_value(value), json_string_length(value)};
}

static int parse(oat_text text, oat_filter **ret, oat_filter_error *ret_error)
{
    return oat_filter_parse(text.bytes, text.len, oat_filter_vectors_now(vectors), ret, ret_error);
}

/* Parses a filter of the vectors that is right. */
static oat_filter *parse_case(const json_t *filter)
{
    oat_filter *ret = NULL;
    oat_filter_error error;
    if (parse(text_of(filter), &ret, &error) != OAT_OK)
        fail_msg("%s: column %zu: %s", json_string_value(filter), error.column, error.message);
    return ret;
}

/* Marks the rows that pass. Where no row of a batch may pass, none does. */
static void evaluate(const oat_filter *filter, struct oat_row_source *source, bool *passes)
{
    struct oat_filter_eval *eval;
    struct oat_batch batch = {0};
    assert_int_equal(oat_filter_eval_open(filter, &source->source, &eval), OAT_OK);
    for (uint32_t number = 0; number < source->source.batch_count; number++) {
        uint64_t rows[OAT_BATCH_WORDS];
        bool may_match = oat_filter_may_match(eval, number);
        assert_int_equal(oat_batch_open(&batch, &source->source, number), OAT_OK);
        assert_int_equal(oat_filter_select(eval, &batch, rows), OAT_OK);
        assert_true(may_match || !oat_rows_any(rows));
        for (uint32_t i = 0; i < batch.count; i++)
            passes[number * source->rows_per_batch + i] = rows[i / 64] >> (i % 64) & 1;
    }
    oat_batch_free(&batch);
    oat_filter_eval_free(eval);
}

static void every_filter_reads_as_its_canonical_form(void **state)
{
    (void)state;
    size_t i;
    json_t *value;
    json_array_foreach(json_object_get(vectors, "cases"), i, value)
    {
        const json_t *ast = json_object_get(value, "ast"), *text = json_object_get(value, "filter");
        if (!ast)
            continue;
        oat_filter *filter = parse_case(text);
        char *printed = oat_filter_print(filter);
        if (strcmp(printed, json_string_value(ast)) != 0)
            fail_msg("%s:\n  is       %s\n  expected %s", json_string_value(text), printed,
                     json_string_value(ast));
        free(printed);
        oat_filter_free(filter);
    }
}

static void a_canonical_form_is_its_own(void **state)
{
    (void)state;
    size_t i;
    json_t *value;
    json_array_foreach(json_object_get(vectors, "cases"), i, value)
    {
        const json_t *ast = json_object_get(value, "ast");
        if (!ast)
            continue;
        oat_filter *filter = parse_case(ast);
        char *printed = oat_filter_print(filter);
        assert_string_equal(printed, json_string_value(ast));
        free(printed);
        oat_filter_free(filter);
    }
}

static bool is_listed(const json_t *rows, size_t row)
{
    size_t i;
    json_t *value;
    json_array_foreach(rows, i, value) if ((size_t)json_integer_value(value) == row) return true;
    return false;
}

/* Checks all filters over the rows, which come `repeat` times. */
static void check_matches(struct oat_row_source *source, size_t repeat)
{
    size_t i, distinct = source->row_count / repeat;
    json_t *value;
    json_array_foreach(json_object_get(vectors, "cases"), i, value)
    {
        const json_t *expected = json_object_get(value, "matches"), *text = json_object_get(value, "filter");
        bool passes[4096];
        if (!expected)
            continue;
        oat_filter *filter = parse_case(text);
        evaluate(filter, source, passes);
        for (size_t row = 0; row < source->row_count; row++)
            if (passes[row] != is_listed(expected, row % distinct))
                fail_msg("%s: row %zu %s (%u rows a batch, %s)", json_string_value(text), row,
                         passes[row] ? "passes" : "fails", source->rows_per_batch,
                         source->zones ? "bounds known" : "no bounds");
        oat_filter_free(filter);
    }
}

static void every_filter_lets_its_rows_pass_however_they_are_cut(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 4, OAT_BATCH_ROWS};
    struct oat_row_source *source = oat_filter_vectors_rows(vectors, 1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        oat_row_source_cut(source, sizes[i]);
        for (unsigned zones = 0; zones < 2; zones++) {
            source->zones = zones;
            check_matches(source, 1);
        }
    }
    oat_row_source_free(source);
}

static void full_batches_are_read_to_the_last_row(void **state)
{
    (void)state;
    struct oat_row_source *source = oat_filter_vectors_rows(vectors, 250);
    check_matches(source, 250);
    oat_row_source_free(source);
}

static void mistakes_are_found_where_they_are(void **state)
{
    (void)state;
    size_t i, k;
    json_t *value, *expected;
    json_array_foreach(json_object_get(vectors, "cases"), i, value)
    {
        const json_t *wrong = json_object_get(value, "error"), *text = json_object_get(value, "filter");
        oat_filter_error error = {0};
        oat_filter *filter = NULL;
        if (!wrong)
            continue;
        const json_t *list = json_object_get(wrong, "expected");
        if (parse(text_of(text), &filter, &error) != OAT_E_INVALID)
            fail_msg("%s: taken", json_string_value(text));
        if (error.column != (size_t)json_integer_value(json_object_get(wrong, "column")) ||
            error.length != (size_t)json_integer_value(json_object_get(wrong, "length")) ||
            error.expected_count != json_array_size(list))
            fail_msg("%s: column %zu, length %zu: %s", json_string_value(text), error.column, error.length,
                     error.message);
        json_array_foreach(list, k, expected)
            assert_string_equal(error.expected[k], json_string_value(expected));
        assert_null(filter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_filter_reads_as_its_canonical_form),
        cmocka_unit_test(a_canonical_form_is_its_own),
        cmocka_unit_test(every_filter_lets_its_rows_pass_however_they_are_cut),
        cmocka_unit_test(full_batches_are_read_to_the_last_row),
        cmocka_unit_test(mistakes_are_found_where_they_are),
    };
    vectors = oat_filter_vectors_load();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(vectors);
    return failed;
}
