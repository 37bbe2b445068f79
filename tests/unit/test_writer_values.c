/* What a caller may give: any bytes, any size, nothing at all. */
#include "tests/support/nth.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

static void a_name_of_ten_megabytes_is_kept_whole_as_an_attribute(void **state)
{
    struct oat_run_writer *w = *state;
    size_t len = 10 << 20;
    char *name = malloc(len + 1);
    assert_non_null(name);
    memset(name, 'n', len);
    name[len] = '\0';
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, name));

    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 1);
    assert_int_equal(view.spans[0].text[OAT_TEXT_NAME].len, 4096);
    assert_true(oat_run_has_attr(&view, &view.spans[0], "oat.name", name, len));
    assert_int_equal(oat_run_drops(w), 0);
    oat_run_view_close(&view);
    oat_run_assert_clean(w, 0);
    free(name);
}

static void invalid_utf8_and_nul_bytes_are_stored_as_given(void **state)
{
    struct oat_run_writer *w = *state;
    static const char odd[] = "a\0b\xff\xfe\xc3(";
    size_t len = sizeof odd - 1;
    oat_span_options options = {.name_len = len};
    oat_span *span = oat_span_start_with(w->tracer, OAT_LLM, odd, &options);
    oat_value value = {.type = OAT_VALUE_STRING, .len = len, .u.string = odd};
    oat_span_set_text(span, OAT_TEXT_MODEL, odd, len);
    oat_span_set_attr(span, odd, len, &value);
    oat_span_set_attr(span, "plain", 5, &value);
    oat_span_set_input(span, odd, len, NULL);
    oat_span_add_event(span, &(oat_event){.name = odd, .name_len = len, .id = 1});
    oat_span_end(span);

    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *got = &view.spans[0];
    oat_event_view *events;
    size_t count;
    oat_run_assert_text(got->text[OAT_TEXT_NAME], odd, len);
    oat_run_assert_text(got->text[OAT_TEXT_MODEL], odd, len);
    oat_run_assert_payload(&view, &got->input, odd, len);
    assert_string_equal(got->input.media_type, "application/octet-stream");
    assert_true(oat_run_has_attr(&view, got, "plain", odd, len));
    assert_int_equal(oat_nth_events(view.snapshot, 0, got->span_id, &events, &count), OAT_OK);
    assert_int_equal(count, 1);
    oat_run_assert_text(events[0].name, odd, len);
    free(events);
    oat_run_view_close(&view);
}

static void nothing_is_done_for_no_tracer_and_no_span(void **state)
{
    (void)state;
    oat_stats stats;
    oat_value value = {.type = OAT_VALUE_INT};
    oat_score score = {.name = "n", .trace_id = {1}};
    assert_null(oat_span_start(NULL, OAT_TOOL, "x"));
    assert_null(oat_span_start_with(NULL, OAT_TOOL, "x", NULL));
    assert_null(oat_span_current(NULL));
    oat_span_end(NULL);
    oat_span_end_at(NULL, 1);
    oat_span_set_text(NULL, OAT_TEXT_NAME, "x", 1);
    oat_span_set_count(NULL, OAT_COUNT_INPUT, 1);
    oat_span_set_cost(NULL, 1, 1, 1, OAT_COST_REPORTED);
    oat_span_set_status(NULL, OAT_STATUS_ERROR, "x");
    oat_span_set_error(NULL, "x", 1);
    oat_span_set_otel_status(NULL, OAT_OTEL_OK);
    oat_span_set_ttft_us(NULL, 1);
    oat_span_set_prompt_version(NULL, 1);
    oat_span_set_sample_rate(NULL, 0.5);
    oat_span_set_call_id(NULL, "x", 1);
    oat_span_set_input(NULL, "x", 1, NULL);
    oat_span_set_output(NULL, "x", 1, NULL);
    oat_span_set_attr(NULL, "x", 1, &value);
    oat_span_set_attr_string(NULL, "x", "y");
    oat_span_set_attr_int(NULL, "x", 1);
    oat_span_set_attr_double(NULL, "x", 1);
    oat_span_set_attr_bool(NULL, "x", true);
    oat_span_set_context_attr(NULL, "x", 1, &value);
    oat_span_add_event(NULL, &(oat_event){.name = "x"});
    oat_span_add_link(NULL, &(oat_link){.id = 1});
    assert_int_not_equal(oat_score_add(NULL, &score), OAT_OK);
    assert_int_not_equal(oat_trace_delete(NULL, score.trace_id, NULL), OAT_OK);
    assert_int_equal(oat_tracer_flush(NULL), OAT_OK);
    oat_tracer_get_stats(NULL, &stats);
    assert_int_equal(stats.spans, 0);
    oat_tracer_close(NULL);
}

static void arguments_that_are_missing_are_harmless(void **state)
{
    struct oat_run_writer *w = *state;
    uint8_t no_trace[16] = {0};
    oat_span *span = oat_span_start(w->tracer, (enum oat_span_type)99, NULL);
    oat_span_set_input(span, NULL, 100, NULL);
    oat_span_set_error(span, NULL, 5);
    oat_span_set_call_id(span, NULL, 5);
    oat_span_set_attr(span, NULL, 5, NULL);
    oat_span_set_attr_string(span, "null", NULL);
    oat_span_set_text(span, (enum oat_text_field)77, "x", 1);
    oat_span_set_count(span, (enum oat_count_field)77, 1);
    oat_span_set_sample_rate(span, -1);
    oat_span_set_sample_rate(span, 2);
    oat_span_add_event(span, NULL);
    oat_span_add_event(span, &(oat_event){.name = NULL});
    oat_span_add_link(span, NULL);
    oat_span_end(span);
    assert_int_equal(oat_score_add(w->tracer, NULL), OAT_E_INVALID);
    assert_int_equal(oat_score_add(w->tracer, &(oat_score){.name = "no trace"}), OAT_E_INVALID);
    assert_int_equal(oat_trace_delete(w->tracer, no_trace, NULL), OAT_E_INVALID);

    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 1);
    assert_true(view.spans[0].status == OAT_SHOWN_ERROR);
    assert_true(view.spans[0].type >= OAT_AGENT && view.spans[0].type <= OAT_FILE_IO);
    oat_run_view_close(&view);
    oat_run_assert_clean(w, 0);
}

static void ten_thousand_attributes_fit_and_more_are_counted(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "many");
    for (int i = 0; i < 10003; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        oat_span_set_attr_string(span, key, "v");
    }
    oat_span_set_attr_string(span, "k0", "again");
    oat_span_end(span);
    assert_int_equal(oat_run_stats(w).drops_limit, 3);

    struct oat_run_view view = oat_run_look(w);
    assert_true(oat_run_has_attr(&view, &view.spans[0], "k9999", "v", 1));
    assert_true(oat_run_has_attr(&view, &view.spans[0], "k0", "again", 5));
    assert_false(oat_run_has_attr(&view, &view.spans[0], "k10000", "v", 1));
    oat_run_view_close(&view);
}

#define DEPTH_MAX 64

static void a_value_that_nests_too_deep_is_counted_and_left_out(void **state)
{
    struct oat_run_writer *w = *state;
    oat_value nest[DEPTH_MAX + 1] = {{.type = OAT_VALUE_NULL}};
    for (int i = 1; i <= DEPTH_MAX; i++)
        nest[i] = (oat_value){.type = OAT_VALUE_ARRAY, .len = 1, .u.array = &nest[i - 1]};
    oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "deep");
    oat_span_set_attr(span, "fits", 4, &nest[DEPTH_MAX - 1]);
    oat_span_set_attr(span, "does not", 8, &nest[DEPTH_MAX]);
    oat_span_end(span);
    assert_int_equal(oat_run_stats(w).drops_limit, 1);
    oat_run_assert_clean(w, 0);
}

static void what_is_set_last_counts_and_leaves_no_trace_of_what_was_before(void **state)
{
    struct oat_run_writer *w = *state;
    char *text = malloc(5000);
    assert_non_null(text);
    memset(text, 't', 5000);
    oat_span *span = oat_span_start(w->tracer, OAT_LLM, "again");
    oat_span_set_text(span, OAT_TEXT_MODEL, text, 5000);
    oat_span_set_text(span, OAT_TEXT_MODEL, "short", OAT_NUL);
    oat_span_set_input(span, "first", 5, "application/x-of-nobody");
    oat_span_set_input(span, "[]", 2, NULL);
    oat_span_end(span);

    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *got = &view.spans[0];
    oat_run_assert_text(got->text[OAT_TEXT_MODEL], "short", 5);
    oat_run_assert_payload(&view, &got->input, "[]", 2);
    assert_string_equal(got->input.media_type, "application/json");
    assert_false(got->attributes.present);
    oat_run_view_close(&view);
    free(text);
}

static void a_length_that_means_up_to_nul_is_taken_everywhere(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span_options options = {.name_len = OAT_NUL};
    oat_span *span = oat_span_start_with(w->tracer, OAT_LLM, "named", &options);
    oat_span_set_input(span, "asked", OAT_NUL, NULL);
    oat_span_end(span);
    options.name_len = 1 << 20;
    oat_span_end(oat_span_start_with(w->tracer, OAT_LLM, NULL, &options));

    struct oat_run_view view = oat_run_look(w);
    oat_run_assert_payload(&view, &oat_run_span(&view, "named")->input, "asked", 5);
    assert_int_equal(view.count, 2);
    oat_run_view_close(&view);
    assert_int_equal(oat_run_drops(w), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(a_name_of_ten_megabytes_is_kept_whole_as_an_attribute),
        OAT_WRITER_TEST(invalid_utf8_and_nul_bytes_are_stored_as_given),
        cmocka_unit_test(nothing_is_done_for_no_tracer_and_no_span),
        OAT_WRITER_TEST(arguments_that_are_missing_are_harmless),
        OAT_WRITER_TEST(ten_thousand_attributes_fit_and_more_are_counted),
        OAT_WRITER_TEST(a_value_that_nests_too_deep_is_counted_and_left_out),
        OAT_WRITER_TEST(a_length_that_means_up_to_nul_is_taken_everywhere),
        OAT_WRITER_TEST(what_is_set_last_counts_and_leaves_no_trace_of_what_was_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
