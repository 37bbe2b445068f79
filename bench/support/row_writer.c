#include "bench/support/row_writer.h"

#include "bench/support/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct oat_bench_row_writer {
    oat_tracer *tracer;
    const oat_bench_texts *texts;
    const oat_bench_row **order; /* of a batch, by end */
    size_t order_room;
    oat_bench_conversation input;
    uint64_t spans;
};

static void require(int result, const char *what)
{
    if (result == OAT_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, oat_result_text(result));
    oat_bench_fail(what);
}

oat_bench_row_writer *oat_bench_row_writer_open(const char *dir, const oat_bench_texts *texts)
{
    oat_bench_row_writer *writer = calloc(1, sizeof *writer);
    oat_config config;
    if (!writer)
        oat_bench_fail("memory");
    oat_config_init(&config);
    config.data_dir = dir;
    config.flush_interval_ms = 0;
    require(oat_tracer_open(&config, &writer->tracer), dir);
    writer->texts = texts;
    return writer;
}

static int by_end(const void *a, const void *b)
{
    const oat_bench_row *x = *(const oat_bench_row *const *)a, *y = *(const oat_bench_row *const *)b;
    uint64_t x_end = x->start_ns + x->duration_ns, y_end = y->start_ns + y->duration_ns;
    return x_end != y_end ? (x_end > y_end) - (x_end < y_end) : (x > y) - (x < y);
}

static oat_span *start(const oat_bench_row_writer *writer, const oat_bench_row *row)
{
    oat_span_context parent = {0};
    oat_span_options options = {.detached = true,
                                .trace_id = row->trace_id,
                                .span_id = (const uint8_t *)&row->span_id,
                                .start_ns = row->start_ns};
    memcpy(parent.trace_id, row->trace_id, sizeof parent.trace_id);
    memcpy(parent.span_id, &row->parent_id, sizeof parent.span_id);
    if (row->parent_id)
        options.parent = &parent;
    else
        options.new_trace = true;
    return oat_span_start_with(writer->tracer, row->type,
                               oat_bench_text(writer->texts, row->text[OAT_TEXT_NAME]), &options);
}

static void set_fields(const oat_bench_row_writer *writer, const oat_bench_row *row, oat_span *span)
{
    for (unsigned field = OAT_TEXT_NAME + 1; field < OAT_TEXT_FIELDS; field++)
        if (row->text[field] && field != OAT_TEXT_STATUS_MESSAGE)
            oat_span_set_text(span, field, oat_bench_text(writer->texts, row->text[field]), OAT_NUL);
    for (unsigned i = 0; i < OAT_BENCH_TOKEN_KINDS; i++)
        if (row->tokens[i] != OAT_BENCH_NOT_SET)
            oat_span_set_count(span, i, row->tokens[i]);
    if (row->cost_total != OAT_BENCH_NO_COST)
        oat_span_set_cost(span, row->cost_total, row->cost_input, row->cost_output, OAT_COST_COMPUTED);
    if (row->ttft_us != OAT_BENCH_NOT_SET)
        oat_span_set_ttft_us(span, row->ttft_us);
    if (row->prompt_version != OAT_BENCH_NOT_SET)
        oat_span_set_prompt_version(span, row->prompt_version);
    if (row->response_id) {
        char id[32];
        int len = snprintf(id, sizeof id, "chatcmpl-%016" PRIx64, row->response_id);
        oat_span_set_call_id(span, id, (size_t)len);
    }
    oat_span_set_status(span, row->status, oat_bench_text(writer->texts, row->text[OAT_TEXT_STATUS_MESSAGE]));
}

static void set_attributes(const oat_bench_row_writer *writer, const oat_bench_row *row, oat_span *span)
{
    for (unsigned i = 0; i < OAT_BENCH_TEXT_ATTRS; i++)
        if (row->attr[i])
            oat_span_set_attr_string(span, oat_bench_attr_names[i],
                                     oat_bench_text(writer->texts, row->attr[i]));
    if (row->exit_code != OAT_BENCH_NOT_SET)
        oat_span_set_attr_int(span, OAT_BENCH_EXIT_CODE, row->exit_code);
}

static void set_payloads(oat_bench_row_writer *writer, const oat_bench_conversation *said,
                         const oat_bench_row *row, oat_span *span)
{
    static const char json[] = "application/json";
    oat_bench_conversation *input = &writer->input;
    input->len = 0;
    oat_bench_quote(input, said->bytes, row->input_len);
    oat_bench_quote(input, "]", 1);
    oat_span_set_input(span, input->bytes, input->len, json);
    oat_span_set_output(span, said->bytes + row->output_at, row->output_len, json);
}

void oat_bench_row_writer_add(oat_bench_row_writer *writer, const oat_bench_batch *batch)
{
    if (writer->order_room < batch->count) {
        free(writer->order);
        writer->order_room = batch->room;
        writer->order = calloc(batch->room, sizeof *writer->order);
        if (!writer->order)
            oat_bench_fail("memory");
    }
    for (size_t i = 0; i < batch->count; i++)
        writer->order[i] = &batch->rows[i];
    qsort(writer->order, batch->count, sizeof *writer->order, by_end);
    for (size_t i = 0; i < batch->count; i++) {
        const oat_bench_row *row = writer->order[i];
        oat_span *span = start(writer, row);
        set_fields(writer, row, span);
        set_attributes(writer, row, span);
        if (row->output_len > 0)
            set_payloads(writer, &batch->conversations[row->run], row, span);
        oat_span_end_at(span, row->start_ns + row->duration_ns);
    }
    writer->spans += batch->count;
}

void oat_bench_row_writer_close(oat_bench_row_writer *writer)
{
    oat_stats stats;
    require(oat_tracer_flush(writer->tracer), "flush");
    oat_tracer_get_stats(writer->tracer, &stats);
    oat_tracer_close(writer->tracer);
    errno = stats.last_errno;
    if (stats.spans != writer->spans)
        oat_bench_fail("spans were dropped");
    if (stats.drops_full + stats.drops_io + stats.drops_memory + stats.drops_limit > 0)
        oat_bench_fail("payloads were dropped");
    free(writer->input.bytes);
    free(writer->order);
    free(writer);
}
