#include "cli/details.h"

#include "cli/style.h"
#include "cli/text.h"
#include "cli/units.h"
#include "export/cost_json.h"
#include "export/payload_json.h"
#include "format/ids.h"
#include "format/names.h"
#include "format/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDENT "      "

/* id: NULL when it has none to show. */
static void print_label(const struct oat_cli *cli, const char *label, const oat_payload *payload,
                        const uint8_t *id)
{
    char unit[OAT_UNIT_SIZE];
    fputs("    ", stdout);
    oat_style(cli, OAT_DIM);
    printf("%s  %s  %s%s%s", label, payload->media_type, oat_bytes_text(payload->raw_len, unit),
           payload->forgotten  ? "  forgotten"
           : payload->redacted ? "  redacted"
                               : "",
           payload->limited ? "  cut: the rest was not kept" : "");
    if (id) {
        char hex[33];
        oat_hex_print(id, 16, hex);
        printf("  id %s", hex);
    }
    fputc('\n', stdout);
    oat_style(cli, OAT_PLAIN);
}

static void print_lost(const struct oat_cli *cli)
{
    fputs(INDENT, stdout);
    oat_style(cli, OAT_YELLOW);
    puts("lost: its bytes are damaged or could not be stored");
    oat_style(cli, OAT_PLAIN);
}

/* Reads the payload and prints its label: *ret_bytes is the caller's, NULL when there is none to show. */
static int begin_payload(const struct oat_cli *cli, const struct oat_cli_trace *trace, const char *label,
                         const oat_payload *payload, bool with_id, uint8_t **ret_bytes, size_t *ret_len)
{
    uint8_t id[16];
    *ret_bytes = NULL;
    if (!payload->present)
        return OAT_OK;
    int result = oat_payload_read(trace->snapshot, payload, ret_bytes, ret_len);
    bool is_whole = result == OAT_OK && !payload->forgotten;
    if (with_id && is_whole)
        oat_content_id_in(trace->snapshot, *ret_bytes, *ret_len, id);
    print_label(cli, label, payload, with_id && is_whole ? id : NULL);
    if (result != OAT_E_CORRUPT && result != OAT_E_IO)
        return result;
    print_lost(cli);
    return OAT_OK;
}

static int print_payload(const struct oat_cli *cli, const struct oat_cli_trace *trace, const char *label,
                         const oat_payload *payload)
{
    uint8_t *bytes;
    size_t len;
    int result = begin_payload(cli, trace, label, payload, true, &bytes, &len);
    if (!bytes)
        return result;
    if (oat_utf8_is_valid((const char *)bytes, len))
        oat_print_lines(stdout, (const char *)bytes, len, INDENT);
    else
        puts(INDENT "(binary; oat show --json has it)");
    free(bytes);
    return OAT_OK;
}

/* They have no id: what is in them is forgotten text by text. */
static int print_attributes(const struct oat_cli *cli, const struct oat_cli_trace *trace,
                            const oat_payload *payload)
{
    uint8_t *bytes;
    size_t len;
    int result = begin_payload(cli, trace, "attributes", payload, false, &bytes, &len);
    if (!bytes)
        return result;
    struct oat_json json = {0};
    oat_json_attrs(&json, bytes, len);
    free(bytes);
    if (!json.failed)
        oat_print_lines(stdout, json.bytes, json.len, INDENT);
    result = json.failed ? OAT_E_NOMEM : OAT_OK;
    oat_json_free(&json);
    return result;
}

static int print_events(const struct oat_cli *cli, const struct oat_cli_trace *trace,
                        const oat_span_view *span)
{
    oat_event_view *events;
    size_t count;
    char unit[OAT_UNIT_SIZE];
    if (span->event_count == 0)
        return OAT_OK;
    int result = oat_trace_events(trace->trace, span->span_id, &events, &count);
    for (size_t i = 0; result == OAT_OK && i < count; i++) {
        uint64_t after_ns = events[i].time_ns > span->start_ns ? events[i].time_ns - span->start_ns : 0;
        fputs("    ", stdout);
        oat_style(cli, OAT_DIM);
        printf("event at %s  ", oat_duration_text(after_ns, unit));
        oat_style(cli, OAT_PLAIN);
        oat_print_name(events[i].name, 60);
        fputc('\n', stdout);
    }
    if (result == OAT_OK)
        free(events);
    return result;
}

/* ---- Cost ---- */

/* To the nano-dollar: a sum that is shown has to come out. */
static void print_cost_line(const struct oat_cost_line *line)
{
    bool own = line->kind == line->priced_as;
    printf(INDENT "%-16s %10" PRIu64 " x $%.9g/M = $%.9f%s%s\n", oat_price_class_name(line->kind),
           line->tokens, (double)line->rate / 1e9, (double)line->tokens * (double)line->rate / 1e15,
           own ? "" : "  priced as ", own ? "" : oat_price_class_name(line->priced_as));
}

void oat_cli_span_cost(const struct oat_cli *cli, const struct oat_price_table *prices,
                       const oat_span_view *span)
{
    struct oat_cost cost;
    const char *source = oat_cost_source_name((unsigned)span->cost_source);
    char unit[OAT_UNIT_SIZE];
    bool priced = oat_cost_of_view(prices, span, &cost);
    if (!source && !priced)
        return;
    oat_style(cli, OAT_DIM);
    printf("    cost  %s  %s\n", source ? source : "not stored",
           span->has_cost ? oat_cost_text(span->cost_total_nano, unit) : "-");
    oat_style(cli, OAT_PLAIN);
    if (!priced) {
        puts(INDENT "no price is known for these tokens of this model");
        return;
    }
    printf(INDENT "%s of %s, prices of %s%s\n", cost.price->model,
           cost.table->providers[cost.price->provider].name, cost.table->version,
           (cost.price_tier & 0xf0) == OAT_TIER_BATCH ? ", in a batch" : "");
    for (size_t i = 0; i < cost.line_count; i++)
        print_cost_line(&cost.lines[i]);
    printf(INDENT "input $%.9f + output $%.9f = $%.9f\n", (double)cost.input_nano / 1e9,
           (double)cost.output_nano / 1e9, (double)cost.total_nano / 1e9);
}

/* ---- All ---- */

int oat_cli_span_details(const struct oat_cli *cli, const struct oat_cli_trace *trace, size_t at)
{
    const oat_span_view *span = &trace->spans[at];
    int result = print_payload(cli, trace, "input", &span->input);
    if (result == OAT_OK)
        result = print_payload(cli, trace, "output", &span->output);
    if (result == OAT_OK)
        result = print_payload(cli, trace, "error", &span->error);
    if (result == OAT_OK)
        result = print_attributes(cli, trace, &span->attributes);
    return result == OAT_OK ? print_events(cli, trace, span) : result;
}
