/* Parts: every span, attribute and mark is read as it was written, and found by its ids. */
#include "reader/attribute_rows.h"
#include "reader/part_attributes.h"
#include "reader/part_collect.h"
#include "reader/part_find.h"
#include "reader/part_marks.h"
#include "reader/part_record.h"
#include "reader/part_trace.h"
#include "tests/support/part_fixture.h"
#include "tests/support/unit.h"

#define SOURCE 5u

static void assert_same_text(oat_text found, oat_text expected)
{
    assert_int_equal(found.bytes == NULL, expected.bytes == NULL);
    assert_int_equal(found.len, expected.len);
    if (found.bytes)
        assert_memory_equal(found.bytes, expected.bytes, found.len);
}

static void assert_same_payload(const struct oat_record_payload *found,
                                const struct oat_record_payload *expected)
{
    assert_int_equal(found->kind, expected->kind);
    assert_int_equal(found->media, expected->media);
    assert_int_equal(found->flags, expected->flags);
    assert_int_equal(found->raw_len, expected->raw_len);
    assert_int_equal(found->place, expected->place);
}

static void assert_same_record(const struct oat_record *found, const struct oat_record *expected,
                               uint32_t texts)
{
    assert_memory_equal(&found->span, &expected->span, sizeof found->span);
    assert_int_equal(found->source, expected->source);
    assert_int_equal(found->open, expected->open);
    for (unsigned t = 0; t < OAT_TEXT_FIELDS; t++)
        assert_same_text(found->text[t], texts >> t & 1 ? expected->text[t] : (oat_text){0});
    for (unsigned p = 0; p < OAT_RECORD_PAYLOADS; p++)
        assert_same_payload(&found->payload[p], &expected->payload[p]);
}

/* ---- Spans ---- */

static void every_field_of_every_span_comes_back(void **state)
{
    struct oat_part_fixture *f = *state;
    oat_part_fixture_draw(f, 1, 2500, 60);
    oat_part_fixture_open(f);
    for (uint32_t row = 0; row < f->span_count; row++) {
        struct oat_record expected = oat_part_fixture_record(f, row, SOURCE), found;
        assert_int_equal(oat_part_record(f->part, row, SOURCE, OAT_RECORD_TEXTS_ALL, &found), OAT_OK);
        assert_same_record(&found, &expected, OAT_RECORD_TEXTS_ALL);
    }
}

static void rows_read_together_are_the_same(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_record found[OAT_PART_RECORDS];
    oat_part_fixture_draw(f, 2, 3000, 200);
    oat_part_fixture_open(f);
    for (uint32_t first = 0; first + OAT_PART_RECORDS <= f->span_count; first += 61) {
        uint32_t texts = first % 2 == 0 ? OAT_RECORD_TEXTS_ALL : 1u << OAT_TEXT_NAME;
        assert_int_equal(oat_part_records(f->part, first, OAT_PART_RECORDS, SOURCE, texts, found), OAT_OK);
        for (uint32_t i = 0; i < OAT_PART_RECORDS; i++) {
            struct oat_record expected = oat_part_fixture_record(f, first + i, SOURCE);
            assert_same_record(&found[i], &expected, texts);
        }
    }
}

static void spans_of_several_groups_come_back(void **state)
{
    struct oat_part_fixture *f = *state;
    oat_part_fixture_draw(f, 3, 2 * OAT_GROUP_ROWS + 700, 90);
    oat_part_fixture_open(f);
    for (uint32_t row = OAT_GROUP_ROWS - 40; row < f->span_count; row += row % 7 == 0 ? 1 : 97) {
        struct oat_record expected = oat_part_fixture_record(f, row, SOURCE), found;
        assert_int_equal(oat_part_record(f->part, row, SOURCE, OAT_RECORD_TEXTS_ALL, &found), OAT_OK);
        assert_same_record(&found, &expected, OAT_RECORD_TEXTS_ALL);
    }
}

static void attributes_come_back_byte_for_byte(void **state)
{
    struct oat_part_fixture *f = *state;
    size_t with = 0;
    oat_part_fixture_draw(f, 4, 1500, 30);
    oat_part_fixture_open(f);
    for (uint32_t row = 0; row < f->span_count; row++) {
        const struct oat_made_span *made = &f->spans[row];
        uint8_t *bytes;
        size_t len;
        int result = oat_part_attributes(f->part, row, &bytes, &len);
        assert_int_equal(result, made->attributes ? OAT_OK : OAT_NOTFOUND);
        if (result != OAT_OK)
            continue;
        assert_int_equal(len, made->attributes_len);
        assert_memory_equal(bytes, made->attributes, len);
        assert_int_equal(bytes[len], 0);
        free(bytes);
        with++;
    }
    assert_true(with > f->span_count / 2);
}

static void codes_of_neighbours_are_those_of_each_row(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_attribute_rows rows = {0};
    size_t found = 0;
    oat_part_fixture_draw(f, 4, 2500, 30);
    oat_part_fixture_open(f);
    for (uint32_t i = 0; i < f->span_count; i++) {
        uint32_t row = i % 3 == 0 ? (uint32_t)f->span_count - 1 - i : i; /* also from block to block */
        const struct oat_made_span *made = &f->spans[row];
        uint32_t codes[OAT_ATTRIBUTE_COLUMNS], count = oat_attribute_rows_of(&rows, f->part, row, codes);
        uint8_t *bytes;
        size_t len;
        if (count == 0)
            continue;
        assert_int_equal(oat_part_attributes_of_codes(f->part, row, codes, count, &bytes, &len), OAT_OK);
        assert_int_equal(len, made->attributes_len);
        assert_memory_equal(bytes, made->attributes, len);
        free(bytes);
        found++;
    }
    assert_true(found > f->span_count / 2);
    assert_int_equal(
        oat_attribute_rows_of(&rows, f->part, (uint32_t)f->span_count, (uint32_t[OAT_ATTRIBUTE_COLUMNS]){0}),
        0);
    oat_attribute_rows_free(&rows);
}

/* ---- Looking up ---- */

static void traces_are_found_by_id(void **state)
{
    struct oat_part_fixture *f = *state;
    uint32_t trace, first, count;
    uint8_t id[16];
    oat_part_fixture_draw(f, 5, 4000, 20);
    oat_part_fixture_open(f);
    for (uint32_t row = 0; row < f->span_count; row++) {
        const struct oat_disk_span *span = &f->spans[row].span;
        trace = oat_part_find_trace(f->part, span->trace_id);
        assert_int_not_equal(trace, OAT_NO_TRACE);
        assert_int_equal(oat_part_trace_id(f->part, trace, id), OAT_OK);
        assert_memory_equal(id, span->trace_id, sizeof id);
        assert_int_equal(oat_part_trace_rows(f->part, trace, &first, &count), OAT_OK);
        assert_in_range(row, first, first + count - 1);
        uint32_t of_row;
        assert_int_equal(oat_part_trace_of(f->part, row, &of_row), OAT_OK);
        assert_int_equal(of_row, trace);
    }
    memset(id, 0x11, sizeof id);
    assert_int_equal(oat_part_find_trace(f->part, id), OAT_NO_TRACE);
}

static void spans_are_found_by_id(void **state)
{
    struct oat_part_fixture *f = *state;
    uint32_t rows[4];
    uint8_t absent[8] = {1, 2, 3};
    oat_part_fixture_draw(f, 6, 2000, 20);
    memcpy(f->spans[1700].span.span_id, f->spans[11].span.span_id, 8); /* twice, in two traces */
    oat_part_fixture_open(f);
    for (uint32_t row = 0; row < f->span_count; row++) {
        bool twice = row == 11 || row == 1700;
        assert_int_equal(oat_part_find_spans(f->part, f->spans[row].span.span_id, rows, 4), 1 + twice);
        assert_true(rows[0] == row || (twice && rows[1] == row));
    }
    assert_int_equal(oat_part_find_spans(f->part, f->spans[11].span.span_id, rows, 1), 1);
    assert_int_equal(oat_part_find_spans(f->part, absent, rows, 4), 0);
}

/* ---- Traces ---- */

static void assert_same_row(const struct oat_row *row, const struct oat_record *record)
{
    uint64_t end_ns = oat_le64_get(record->span.start_ns) + oat_le64_get(record->span.duration_ns);
    assert_memory_equal(row->span_id, record->span.span_id, 8);
    assert_memory_equal(row->parent_id, record->span.parent_id, 8);
    assert_int_equal(row->start_ns, oat_le64_get(record->span.start_ns));
    assert_int_equal(row->end_ns, record->open ? 0 : end_ns);
    assert_int_equal(row->flags, oat_le32_get(record->span.flags));
    assert_int_equal(row->open, record->open);
    assert_int_equal(row->status, record->open                                ? OAT_SHOWN_INTERRUPTED
                                  : record->span.status == OAT_STATUS_SUCCESS ? OAT_SHOWN_SUCCESS
                                                                              : OAT_SHOWN_ERROR);
    assert_int_equal(row->source, SOURCE);
    assert_int_equal(row->trace, 0);
}

/* Rows are collected as those of trace number 77. */
static void make_traces(struct oat_rows *rows)
{
    oat_rows_init(rows);
    for (uint8_t i = 0; i <= 77; i++) {
        uint8_t id[16] = {1, i};
        uint32_t number;
        assert_int_equal(oat_rows_trace(rows, id, &number), OAT_OK);
    }
}

static void a_trace_is_collected_with_its_marks(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_rows rows;
    make_traces(&rows);
    oat_part_fixture_draw(f, 7, 900, 150);
    for (uint16_t kind = OAT_SLOT_EVENT; kind <= OAT_SLOT_SCORE; kind++)
        for (size_t span = 0; span < f->span_count; span += 3)
            oat_part_fixture_mark(f, span * 10 + kind, kind, span);
    oat_part_fixture_open(f);
    size_t mark_count = 0;
    for (size_t first = 0, end; first < f->span_count; first = end) {
        const uint8_t *trace_id = f->spans[first].span.trace_id;
        uint32_t trace = oat_part_find_trace(f->part, trace_id);
        for (end = first; end < f->span_count && !memcmp(f->spans[end].span.trace_id, trace_id, 16); end++)
            ;
        rows.row_count = rows.mark_count = 0;
        assert_int_equal(oat_part_collect(f->part, trace, SOURCE, 0, &rows), OAT_OK);
        assert_int_equal(rows.row_count, end - first);
        for (size_t i = 0; i < rows.row_count; i++) {
            struct oat_record expected = oat_part_fixture_record(f, first + i, SOURCE);
            assert_int_equal(rows.rows[i].place, first + i);
            assert_same_row(&rows.rows[i], &expected);
        }
        mark_count += rows.mark_count;
    }
    assert_int_equal(mark_count, f->mark_count);
    oat_rows_free(&rows);
}

static const struct oat_made_mark *mark_of(const struct oat_part_fixture *f, uint16_t kind, uint64_t id)
{
    for (size_t i = 0; i < f->mark_count; i++)
        if (f->marks[i].kind == kind && f->marks[i].record.id == id)
            return &f->marks[i];
    return NULL;
}

static uint64_t start_of(const struct oat_part_fixture *f, const struct oat_made_mark *mark)
{
    for (size_t i = 0; i < f->span_count && mark->kind != OAT_SLOT_SCORE; i++)
        if (memcmp(f->spans[i].span.span_id, mark->span_id, 8) == 0)
            return oat_le64_get(f->spans[i].span.start_ns);
    return mark->record.span_start_ns;
}

static void marks_come_back_whole(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_rows rows;
    make_traces(&rows);
    oat_part_fixture_draw(f, 8, 120, 120);
    for (size_t span = 0; span < f->span_count; span++)
        memcpy(f->spans[span].span.trace_id, "one trace for all", 16);
    for (uint16_t kind = OAT_SLOT_EVENT; kind <= OAT_SLOT_SCORE; kind++)
        for (size_t span = 0; span < f->span_count; span++)
            oat_part_fixture_mark(f, span * 10 + kind, kind, span);
    oat_part_fixture_open(f);
    assert_int_equal(oat_part_collect_marks(f->part, 0, SOURCE, 3, &rows), OAT_OK);
    assert_int_equal(rows.mark_count, f->mark_count);
    for (size_t i = 0; i < rows.mark_count; i++) {
        const struct oat_mark *mark = &rows.marks[i];
        const struct oat_made_mark *made = mark_of(f, mark->kind, mark->id);
        struct oat_mark_record found;
        assert_non_null(made);
        assert_memory_equal(mark->span_id, made->span_id, 8);
        assert_int_equal(mark->time_ns, made->record.time_ns);
        assert_int_equal(mark->trace, 3);
        assert_int_equal(oat_part_mark_record(f->part, mark->kind, mark->place, &found), OAT_OK);
        assert_int_equal(found.id, made->record.id);
        assert_int_equal(found.span_start_ns, start_of(f, made));
        for (unsigned t = 0; t < OAT_MARK_TEXTS_MAX; t++)
            assert_same_text(found.text[t], made->record.text[t]);
        assert_memory_equal(found.target_trace_id, made->record.target_trace_id, 16);
        assert_memory_equal(found.target_span_id, made->record.target_span_id, 8);
        assert_int_equal(found.trace_flags, made->record.trace_flags);
        assert_int_equal(found.remote, made->record.remote);
        assert_int_equal(found.has_value, made->record.has_value);
        assert_int_equal(found.value, made->record.value);
        assert_int_equal(found.attributes.kind, made->attributes ? OAT_PLACE_PACK : OAT_PLACE_NONE);
    }
    oat_rows_free(&rows);
}

static void marks_of_a_trace_without_spans_are_found(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_rows rows;
    make_traces(&rows);
    struct oat_trace_figures figures;
    oat_part_fixture_draw(f, 9, 50, 10);
    oat_part_fixture_mark(f, 1, OAT_SLOT_SCORE, 49);
    memset(f->marks[0].trace_id, 0x77, 16);
    oat_part_fixture_open(f);
    uint32_t trace = oat_part_find_trace(f->part, f->marks[0].trace_id);
    assert_int_equal(oat_part_collect(f->part, trace, SOURCE, 0, &rows), OAT_OK);
    assert_int_equal(rows.row_count, 0);
    assert_int_equal(rows.mark_count, 1);
    assert_int_equal(rows.marks[0].id, f->marks[0].record.id);
    assert_int_equal(oat_part_trace_figures(f->part, trace, OAT_FIGURES_ALL, &figures), OAT_OK);
    assert_int_equal(figures.span_count, 0);
    uint32_t of_last;
    assert_int_equal(oat_part_trace_of(f->part, 49, &of_last), OAT_OK);
    assert_int_equal(of_last, trace - 1);
    oat_rows_free(&rows);
}

static void figures_of_a_trace_are_those_of_its_row(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_trace_figures figures;
    oat_part_fixture_draw(f, 10, 3, 3);
    for (size_t i = 0; i < 3; i++) {
        struct oat_made_span *made = &f->spans[i];
        memcpy(made->span.trace_id, "one trace for all", 16);
        memset(made->span.parent_id, 0, 8);
        made->span.status = i == 1 ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS;
        made->span.type = i == 0 ? OAT_AGENT : OAT_LLM;
        made->span.start_ns = oat_le64_of(1000 + i);
        made->span.duration_ns = oat_le64_of(500 - i);
        made->span.count[OAT_COUNT_INPUT] = oat_le32_of(10);
        made->span.flags = oat_le32_of(OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT) | OAT_SPAN_HAS_COST);
        made->span.cost_total_nano = oat_le64_of((uint64_t)-7);
        made->counted = i > 0;
        made->text[OAT_TEXT_NAME] = made->text[OAT_TEXT_MODEL] = (oat_text){f->texts[i], strlen(f->texts[i])};
    }
    oat_part_fixture_open(f);
    assert_int_equal(oat_part_trace_figures(f->part, 0, OAT_FIGURES_ALL, &figures), OAT_OK);
    assert_memory_equal(figures.trace_id, "one trace for al", 16);
    assert_int_equal(figures.start_ns, 1000);
    assert_int_equal(figures.end_ns, 1500);
    assert_int_equal(figures.status, OAT_SHOWN_SUCCESS);
    assert_int_equal(figures.span_count, 3);
    assert_int_equal(figures.error_count, 1);
    assert_int_equal(figures.llm_calls, 2);
    assert_int_equal(figures.depth, 1);
    assert_int_equal(figures.input_tokens, 20);
    assert_true(figures.has_input_tokens && !figures.has_output_tokens && figures.has_cost);
    assert_int_equal(figures.cost_nano, -14);
    assert_same_text(figures.text[OAT_TEXT_NAME], f->spans[0].text[OAT_TEXT_NAME]);
    assert_same_text(figures.text[OAT_TEXT_MODEL], f->spans[1].text[OAT_TEXT_MODEL]);
}

static void a_trace_whose_root_is_open_is_interrupted(void **state)
{
    struct oat_part_fixture *f = *state;
    struct oat_trace_figures figures;
    oat_part_fixture_draw(f, 11, 1, 1);
    memset(f->spans[0].span.parent_id, 0, 8);
    f->spans[0].span.status = OAT_STATUS_OPEN;
    f->spans[0].span.duration_ns = oat_le64_of(0);
    oat_part_fixture_open(f);
    assert_int_equal(oat_part_trace_figures(f->part, 0, OAT_FIGURES_ALL, &figures), OAT_OK);
    assert_int_equal(figures.status, OAT_SHOWN_INTERRUPTED);
    assert_int_equal(figures.end_ns, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_PART_TEST(every_field_of_every_span_comes_back),
        OAT_PART_TEST(rows_read_together_are_the_same),
        OAT_PART_TEST(spans_of_several_groups_come_back),
        OAT_PART_TEST(attributes_come_back_byte_for_byte),
        OAT_PART_TEST(codes_of_neighbours_are_those_of_each_row),
        OAT_PART_TEST(traces_are_found_by_id),
        OAT_PART_TEST(spans_are_found_by_id),
        OAT_PART_TEST(a_trace_is_collected_with_its_marks),
        OAT_PART_TEST(marks_come_back_whole),
        OAT_PART_TEST(marks_of_a_trace_without_spans_are_found),
        OAT_PART_TEST(figures_of_a_trace_are_those_of_its_row),
        OAT_PART_TEST(a_trace_whose_root_is_open_is_interrupted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
