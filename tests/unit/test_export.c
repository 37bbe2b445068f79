/* Spans on their way out: the formats, and the walk over traces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/csv.h"
#include "export/export.h"
#include "ingest/otlp_json.h"
#include "ingest/sink_writer.h"
#include "reader/trace_ids.h"
#include "tests/support/record_sink.h"
#include "tests/support/run_writer.h"

#define EVERYTHING SIZE_MAX

static oat_text text_of(const char *text)
{
    return (oat_text){text, strlen(text)};
}

/* Exports the traces with such spans. The caller frees it. */
static struct oat_json exported(const struct oat_run_view *view, const char *format, const char *filter,
                                struct oat_export_options options)
{
    struct oat_json out = {0};
    struct oat_export *export;
    uint8_t(*ids)[16];
    size_t count;
    bool done = false;
    oat_trace_query query = {0};
    oat_filter *parsed;
    assert_int_equal(oat_filter_parse(filter, strlen(filter), 0, &parsed, NULL), OAT_OK);
    query.filter = parsed;
    assert_int_equal(oat_trace_ids_read(view->snapshot, &query, &ids, &count), OAT_OK);
    assert_int_equal(
        oat_export_open(view->snapshot, oat_export_format_find(format), &options, ids, count, &export),
        OAT_OK);
    assert_int_equal(oat_export_read(export, &out, EVERYTHING, &done), OAT_OK);
    assert_true(done);
    oat_export_close(export);
    oat_filter_free(parsed);
    oat_json_raw(&out, "", 1); /* a NUL, for strstr */
    return out;
}

static void assert_has(const struct oat_json *out, const char *text)
{
    if (!strstr(out->bytes, text))
        fail_msg("%s is not in %s", text, out->bytes);
}

static size_t lines_of(const struct oat_json *out)
{
    size_t lines = 0;
    for (size_t i = 0; i < out->len; i++)
        lines += out->bytes[i] == '\n';
    return lines;
}

/* ---- CSV ----------------------------------------------------------------------------------------- */

static void assert_cell(oat_text text, bool guarded, const char *expected)
{
    struct oat_json out = {0};
    oat_csv_cell(&out, text, guarded);
    assert_int_equal(out.len, strlen(expected));
    if (out.len > 0)
        assert_memory_equal(out.bytes, expected, out.len);
    oat_json_free(&out);
}

static void cells_are_quoted_where_they_must_be(void **state)
{
    (void)state;
    assert_cell(text_of("plain text"), true, "plain text");
    assert_cell(text_of(""), true, "");
    assert_cell(text_of("a,b"), true, "\"a,b\"");
    assert_cell(text_of("say \"hi\""), true, "\"say \"\"hi\"\"\"");
    assert_cell(text_of("two\nlines"), true, "\"two\nlines\"");
    assert_cell((oat_text){"\xc3\xa4 \xff\xfe", 5}, true, "\xc3\xa4 \xef\xbf\xbd\xef\xbf\xbd");
}

static void cells_are_no_formulas(void **state)
{
    (void)state;
    assert_cell(text_of("=HYPERLINK(\"x\")"), true, "\"'=HYPERLINK(\"\"x\"\")\"");
    assert_cell(text_of("+1"), true, "'+1");
    assert_cell(text_of("-1"), true, "'-1");
    assert_cell(text_of("@SUM"), true, "'@SUM");
    assert_cell(text_of("\tx"), true, "'\tx");
    assert_cell(text_of("\r=x"), true, "\"'\r=x\"");
    assert_cell((oat_text){"\0=x", 3}, true, "\xef\xbf\xbd=x");
    assert_cell(text_of("=1"), false, "=1");
}

static void every_row_has_every_column(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *span = oat_span_start(w->tracer, OAT_LLM, "=cmd, \"x\"");
    oat_span_set_count(span, OAT_COUNT_INPUT, 7);
    oat_span_set_input(span, "{\"a\": 1}", 8, "application/json");
    oat_span_set_output(span, "\xff\xfe", 2, "application/octet-stream");
    oat_span_set_attr_int(span, "tier", 3);
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    struct oat_json out = exported(&view, "csv", "", (struct oat_export_options){.payloads = true});
    assert_int_equal(lines_of(&out), 2);
    assert_int_equal(strncmp(out.bytes, "trace_id,span_id,parent_span_id,", 32), 0);
    assert_has(&out, ",attributes,error,inputs,outputs\n");
    assert_has(&out, ",\"'=cmd, \"\"x\"\"\",");
    assert_has(&out, ",\"{\"\"tier\"\":3}\",,\"{\"\"a\"\": 1}\",\"//4=\"\n");
    oat_json_free(&out);

    out = exported(&view, "csv", "", (struct oat_export_options){.raw_cells = true});
    assert_has(&out, ",attributes,error\n");
    assert_has(&out, ",\"=cmd, \"\"x\"\"\",");
    oat_json_free(&out);
    oat_run_view_close(&view);
}

/* ---- OTLP ---------------------------------------------------------------------------------------- */

static const char imported[] =
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":["
    "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}},"
    "{\"key\":\"host.name\",\"value\":{\"stringValue\":\"h1\"}}]},"
    "\"scopeSpans\":[{\"scope\":{\"name\":\"lib\",\"version\":\"2\"},\"spans\":[{"
    "\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0102030405060708\","
    "\"parentSpanId\":\"1112131415161718\",\"name\":\"chat\",\"kind\":3,"
    "\"startTimeUnixNano\":\"1700000000000000001\",\"endTimeUnixNano\":\"1700000001000000002\","
    "\"attributes\":["
    "{\"key\":\"gen_ai.operation.name\",\"value\":{\"stringValue\":\"chat\"}},"
    "{\"key\":\"gen_ai.request.model\",\"value\":{\"stringValue\":\"m1\"}},"
    "{\"key\":\"gen_ai.usage.input_tokens\",\"value\":{\"intValue\":\"12\"}},"
    "{\"key\":\"gen_ai.input.messages\",\"value\":{\"stringValue\":\"[{\\\"role\\\":\\\"user\\\"}]\"}},"
    "{\"key\":\"list\",\"value\":{\"arrayValue\":{\"values\":[{\"boolValue\":true},{\"doubleValue\":0.5}]}}},"
    "{\"key\":\"map\",\"value\":{\"kvlistValue\":{\"values\":["
    "{\"key\":\"k\",\"value\":{\"bytesValue\":\"AQI=\"}}]}}}],"
    "\"events\":[{\"timeUnixNano\":\"1700000000500000000\",\"name\":\"e\",\"attributes\":["
    "{\"key\":\"x\",\"value\":{\"intValue\":\"-1\"}}]}],"
    "\"links\":[{\"traceId\":\"ffffffffffffffffffffffffffffffff\",\"spanId\":\"ffffffffffffffff\"}],"
    "\"status\":{\"code\":2,\"message\":\"broke\"}}]}]}]}";

/* What a decoder makes of a text. */
static void decode(const char *text, struct record *record)
{
    record_init(record);
    assert_int_equal(oat_import_otlp_json(text, strlen(text), &record->sink, &record->report), OAT_OK);
    assert_int_equal(record->report.rejected, 0);
}

static void assert_same(const struct recorded_span *a, const struct recorded_span *b)
{
    assert_memory_equal(a->span.trace_id, b->span.trace_id, 16);
    assert_memory_equal(a->span.span_id, b->span.span_id, 8);
    assert_memory_equal(a->span.parent_id, b->span.parent_id, 8);
    assert_int_equal(a->span.type, b->span.type);
    assert_int_equal(a->span.start_ns, b->span.start_ns);
    assert_int_equal(a->span.end_ns, b->span.end_ns);
    assert_int_equal(a->span.status, b->span.status);
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++)
        assert_string_equal(a->text[i], b->text[i]);
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++) {
        assert_int_equal(a->span.has_count[i], b->span.has_count[i]);
        assert_int_equal(a->span.count[i], b->span.count[i]);
    }
    assert_string_equal(a->input, b->input);
    assert_string_equal(a->output, b->output);
    assert_string_equal(a->error, b->error);
    assert_string_equal(a->events, b->events);
    assert_string_equal(a->links, b->links);
}

static void otlp_that_was_imported_goes_out_as_it_came(void **state)
{
    struct oat_run_writer *w = *state;
    struct record first, second;
    oat_import_writer *writer;
    struct oat_import_report report = {0};
    assert_int_equal(oat_import_writer_new(w->tracer, NULL, &writer), OAT_OK);
    assert_int_equal(
        oat_import_otlp_json(imported, strlen(imported), oat_import_writer_sink(writer), &report), OAT_OK);
    oat_import_writer_free(writer);

    struct oat_run_view view = oat_run_look(w);
    struct oat_json out = exported(&view, "otlp-json", "", (struct oat_export_options){.payloads = true});
    assert_int_equal(lines_of(&out), 1);
    assert_has(&out, "{\"key\":\"host.name\",\"value\":{\"stringValue\":\"h1\"}}");
    assert_has(&out, "\"scope\":{\"name\":\"lib\",\"version\":\"2\",");
    assert_has(&out, "{\"key\":\"gen_ai.input.messages\",");
    assert_has(&out, "{\"values\":[{\"boolValue\":true},{\"doubleValue\":0.5}]}");
    assert_has(&out, "{\"key\":\"k\",\"value\":{\"bytesValue\":\"AQI=\"}}");
    assert_has(&out, "\"kind\":3,");
    assert_has(&out, "\"status\":{\"code\":2,\"message\":\"broke\"}");
    decode(imported, &first);
    decode(out.bytes, &second);
    assert_int_equal(second.count, 1);
    assert_same(&first.spans[0], &second.spans[0]);
    record_free(&first);
    record_free(&second);
    oat_json_free(&out);
    oat_run_view_close(&view);
}

static void what_has_only_a_field_gets_an_attribute(void **state)
{
    struct oat_run_writer *w = *state;
    struct record record;
    oat_span *span = oat_span_start(w->tracer, OAT_LLM, "call");
    oat_span_set_text(span, OAT_TEXT_MODEL, "m2", 2);
    oat_span_set_text(span, OAT_TEXT_SESSION, "s1", 2);
    oat_span_set_count(span, OAT_COUNT_INPUT, 5);
    oat_span_set_count(span, OAT_COUNT_REASONING, 2);
    oat_span_set_cost(span, 1500000000, -1, -1, OAT_COST_REPORTED);
    oat_span_set_ttft_us(span, 2500);
    oat_span_set_input(span, "hello", 5, "text/plain");
    oat_span_set_output(span, "\xff\xfe", 2, "image/png");
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    struct oat_json out = exported(&view, "otlp-json", "", (struct oat_export_options){.payloads = true});
    decode(out.bytes, &record);
    assert_int_equal(record.count, 1);
    const struct recorded_span *back = &record.spans[0];
    assert_int_equal(back->span.type, OAT_LLM);
    assert_string_equal(back->text[OAT_TEXT_MODEL], "m2");
    assert_string_equal(back->text[OAT_TEXT_SESSION], "s1");
    assert_int_equal(back->span.count[OAT_COUNT_INPUT], 5);
    assert_int_equal(back->span.count[OAT_COUNT_REASONING], 2);
    assert_int_equal(back->span.cost_total_nano, 1500000000);
    assert_int_equal(back->span.ttft_us, 2500);
    assert_string_equal(back->input, "hello");
    assert_string_equal(back->output, "\xff\xfe");
    record_free(&record);
    oat_json_free(&out);

    out = exported(&view, "otlp-json", "", (struct oat_export_options){0});
    assert_null(strstr(out.bytes, "hello"));
    oat_json_free(&out);
    oat_run_view_close(&view);
}

/* ---- The walk ------------------------------------------------------------------------------------ */

static void end_trace(oat_tracer *tracer, const char *root, const char *child)
{
    oat_span *span = oat_span_start(tracer, OAT_AGENT, root);
    oat_span_end(oat_span_start(tracer, OAT_TOOL, child));
    oat_span_end(span);
}

static void a_filter_chooses_whole_traces(void **state)
{
    struct oat_run_writer *w = *state;
    end_trace(w->tracer, "first", "red");
    end_trace(w->tracer, "second", "blue");
    struct oat_run_view view = oat_run_look(w);
    struct oat_json out = exported(&view, "jsonl", "name = blue", (struct oat_export_options){0});
    assert_int_equal(lines_of(&out), 2);
    assert_has(&out, "\"name\":\"second\"");
    assert_has(&out, "\"name\":\"blue\"");
    oat_json_free(&out);
    out = exported(&view, "jsonl", "name = green", (struct oat_export_options){0});
    assert_int_equal(lines_of(&out), 0);
    oat_json_free(&out);
    oat_run_view_close(&view);
}

static void pieces_are_the_whole(void **state)
{
    struct oat_run_writer *w = *state;
    for (unsigned i = 0; i < 20; i++)
        end_trace(w->tracer, "root", "child");
    struct oat_run_view view = oat_run_look(w);
    struct oat_json whole = exported(&view, "jsonl", "", (struct oat_export_options){0}), pieces = {0},
                    piece = {0};
    struct oat_export *export;
    uint8_t(*ids)[16];
    size_t count, reads = 0;
    bool done = false;
    assert_int_equal(oat_trace_ids_read(view.snapshot, &(oat_trace_query){0}, &ids, &count), OAT_OK);
    assert_int_equal(count, 20);
    assert_int_equal(oat_export_open(view.snapshot, oat_export_format_at(0), &(struct oat_export_options){0},
                                     ids, count, &export),
                     OAT_OK);
    for (; !done; reads++) {
        oat_json_clear(&piece);
        assert_int_equal(oat_export_read(export, &piece, 1, &done), OAT_OK);
        oat_json_raw(&pieces, piece.bytes, piece.len);
    }
    assert_int_equal(oat_export_trace_count(export), 20);
    assert_true(reads >= 40);
    assert_int_equal(pieces.len + 1, whole.len);
    assert_memory_equal(pieces.bytes, whole.bytes, pieces.len);
    oat_export_close(export);
    oat_json_free(&whole);
    oat_json_free(&pieces);
    oat_json_free(&piece);
    oat_run_view_close(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_quoted_where_they_must_be),
        cmocka_unit_test(cells_are_no_formulas),
        OAT_WRITER_TEST(every_row_has_every_column),
        OAT_WRITER_TEST(otlp_that_was_imported_goes_out_as_it_came),
        OAT_WRITER_TEST(what_has_only_a_field_gets_an_attribute),
        OAT_WRITER_TEST(a_filter_chooses_whole_traces),
        OAT_WRITER_TEST(pieces_are_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
