/* Columns of a part that are not decoded row by row: what they tell agrees with the vectors. */
#include "reader/part_sparse.h"

#include "reader/filter_eval.h"
#include "reader/part_source.h"
#include "tests/support/part_fixture.h"
#include "tests/support/unit.h"

static struct oat_source *open_source(struct oat_part_fixture *f)
{
    struct oat_source *source = NULL;
    assert_int_equal(oat_part_source_new(f->part, NULL, &source), OAT_OK);
    return source;
}

/* Without the vector, which is asked for afterwards. */
static bool assert_sparse(struct oat_batch *batch, enum oat_vector vector)
{
    uint64_t room[OAT_BATCH_ROWS];
    uint32_t narrow[OAT_BATCH_ROWS];
    struct oat_sparse sparse;
    const bool is_wide = vector < OAT_VECTOR_WIDE_COUNT;
    const uint64_t *wide = NULL;
    const uint32_t *all = NULL;
    int result = oat_batch_sparse(batch, vector, is_wide ? (void *)room : narrow, &sparse);
    if (result == OAT_NOTFOUND)
        return false;
    assert_int_equal(result, OAT_OK);
    assert_int_equal(is_wide ? oat_batch_u64(batch, vector, &wide) : oat_batch_u32(batch, vector, &all),
                     OAT_OK);
    uint32_t next = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        uint64_t value = is_wide ? wide[i] : all[i];
        if (sparse.bitmap[i / 8] >> i % 8 & 1) {
            assert_int_equal(is_wide ? room[next] : narrow[next], value);
            next++;
        } else {
            assert_int_equal(value, 0);
        }
    }
    assert_int_equal(sparse.count, next);
    for (; next % 64 != 0; next++)
        assert_int_equal(is_wide ? room[next] : narrow[next], 0);
    assert_int_equal(oat_batch_sparse(batch, vector, room, &sparse), OAT_NOTFOUND); /* it is decoded now */
    return true;
}

static void values_of_some_rows_come_without_the_others(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_batch batch = {0};
    unsigned found = 0;
    oat_part_fixture_draw(f, 9, 5000, 300);
    oat_part_fixture_open(f);
    struct oat_source *source = open_source(f);
    for (uint32_t n = 0; n < source->batch_count; n++) {
        assert_int_equal(oat_batch_open(&batch, source, n), OAT_OK);
        for (int v = 0; v < OAT_VECTOR_COUNT; v++)
            found += assert_sparse(&batch, (enum oat_vector)v);
    }
    assert_true(found > 0);
    oat_batch_free(&batch);
    source->ops->free(source);
}

static void rows_in_a_range_are_those_of_the_vector(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_batch batch = {0};
    oat_part_fixture_draw(f, 10, 5000, 300);
    for (size_t i = 0; i < f->span_count; i++) /* in runs */
        f->spans[i].span.status = i / 100 % 5 == 0 ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS;
    oat_part_fixture_open(f);
    struct oat_source *source = open_source(f);
    for (uint32_t n = 0; n < source->batch_count; n++) {
        for (int v = OAT_VECTOR_WIDE_COUNT; v < OAT_VECTOR_COUNT; v++) {
            const uint32_t *values;
            for (uint32_t low = 0; low < 5; low += 2) {
                uint64_t rows[OAT_BATCH_WORDS];
                assert_int_equal(oat_batch_open(&batch, source, n), OAT_OK);
                assert_int_equal(oat_batch_range(&batch, (enum oat_vector)v, low, low + 1, rows), OAT_OK);
                assert_int_equal(oat_batch_u32(&batch, (enum oat_vector)v, &values), OAT_OK);
                for (uint32_t i = 0; i < batch.count; i++)
                    assert_int_equal(rows[i / 64] >> i % 64 & 1, values[i] >= low && values[i] <= low + 1);
            }
        }
    }
    oat_batch_free(&batch);
    source->ops->free(source);
}

/* Rows of the part whose model passes the filter. */
static unsigned assert_models(struct oat_source *source, const char *text, const char *model, bool equal)
{
    struct oat_batch batch = {0};
    oat_filter *filter;
    struct oat_filter_eval *eval;
    unsigned count = 0;
    assert_int_equal(oat_filter_parse(text, strlen(text), 0, &filter, NULL), OAT_OK);
    assert_int_equal(oat_filter_eval_open(filter, source, &eval), OAT_OK);
    for (uint32_t n = 0; n < source->batch_count; n++) {
        const enum oat_vector vector = (enum oat_vector)(OAT_VECTOR_TEXT + OAT_TEXT_MODEL);
        uint64_t rows[OAT_BATCH_WORDS];
        const uint32_t *codes;
        assert_int_equal(oat_batch_open(&batch, source, n), OAT_OK);
        assert_int_equal(oat_filter_select(eval, &batch, rows), OAT_OK);
        assert_int_equal(oat_batch_u32(&batch, vector, &codes), OAT_OK);
        for (uint32_t i = 0; i < batch.count; i++) {
            oat_text found = codes[i] ? source->ops->text(source, vector, codes[i]) : (oat_text){0};
            bool same = found.len == strlen(model) && memcmp(found.bytes, model, found.len) == 0;
            bool passes = rows[i / 64] >> i % 64 & 1;
            assert_int_equal(passes, codes[i] != 0 && same == equal);
            count += passes;
        }
    }
    oat_batch_free(&batch);
    oat_filter_eval_free(eval);
    oat_filter_free(filter);
    return count;
}

static void texts_are_compared_as_their_codes(void **state)
{
    struct oat_part_fixture *f = *state;
    unsigned found = 0;
    oat_part_fixture_draw(f, 11, 5000, 300);
    oat_part_fixture_open(f);
    struct oat_source *source = open_source(f);
    for (unsigned i = 0; i < OAT_PART_FIXTURE_TEXTS; i++) {
        char text[64];
        snprintf(text, sizeof text, "model = \"%s\"", f->texts[i]);
        found += assert_models(source, text, f->texts[i], true);
        snprintf(text, sizeof text, "model != \"%s\"", f->texts[i]);
        assert_models(source, text, f->texts[i], false);
    }
    assert_true(found > 0);
    assert_int_equal(assert_models(source, "model = \"none\"", "none", true), 0);
    source->ops->free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_PART_TEST(values_of_some_rows_come_without_the_others),
        OAT_PART_TEST(rows_in_a_range_are_those_of_the_vector),
        OAT_PART_TEST(texts_are_compared_as_their_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
