#include "cli/style.h"

#include "cli/text.h"
#include "cli/units.h"
#include "format/ids.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void oat_style(const struct oat_cli *cli, enum oat_style style)
{
    static const char *const codes[] = {
        [OAT_PLAIN] = "0",   [OAT_BOLD] = "1",  [OAT_DIM] = "2",      [OAT_RED] = "31",  [OAT_GREEN] = "32",
        [OAT_YELLOW] = "33", [OAT_BLUE] = "34", [OAT_MAGENTA] = "35", [OAT_CYAN] = "36",
    };
    if (cli->color)
        printf("\033[%sm", codes[style]);
}

enum oat_style oat_status_style(enum oat_shown_status status)
{
    switch (status) {
    case OAT_SHOWN_ERROR:
        return OAT_RED;
    case OAT_SHOWN_RUNNING:
        return OAT_CYAN;
    case OAT_SHOWN_INTERRUPTED:
    case OAT_SHOWN_LOST_CONTACT:
    case OAT_SHOWN_UNKNOWN:
        return OAT_YELLOW;
    default:
        return OAT_GREEN;
    }
}

enum oat_style oat_type_style(enum oat_span_type type)
{
    switch (type) {
    case OAT_LLM:
        return OAT_MAGENTA;
    case OAT_TOOL:
        return OAT_BLUE;
    case OAT_AGENT:
    case OAT_CHAIN:
        return OAT_BOLD;
    default:
        return OAT_PLAIN;
    }
}

const char *oat_status_mark(enum oat_shown_status status)
{
    switch (status) {
    case OAT_SHOWN_SUCCESS:
        return "✓";
    case OAT_SHOWN_ERROR:
        return "✗";
    case OAT_SHOWN_RUNNING:
        return "●";
    case OAT_SHOWN_INTERRUPTED:
        return "!";
    default:
        return "?";
    }
}

/* Do so many digits of an id, typed by someone, find this trace and no other? Sixteen are also a short
 * id of their own. */
static bool names(const oat_snapshot *snapshot, const char *hex, size_t digits, const uint8_t trace_id[16])
{
    uint8_t found[16];
    return oat_snapshot_find_trace(snapshot, hex, digits, found) == OAT_OK &&
           memcmp(found, trace_id, 16) == 0;
}

size_t oat_trace_digits(const oat_snapshot *snapshot, const uint8_t trace_id[16])
{
    char hex[33];
    size_t digits = 8;
    oat_hex_print(trace_id, 16, hex);
    while (digits < 32 && !names(snapshot, hex, digits, trace_id))
        digits += 4;
    return digits;
}

void oat_print_trace_name(const struct oat_cli *cli, const oat_trace_view *trace, size_t width)
{
    if (trace->name.bytes) {
        oat_print_text(stdout, trace->name.bytes, trace->name.len, width);
    } else if (trace->root_missing) {
        oat_style(cli, OAT_DIM);
        fputs(trace->status == OAT_SHOWN_RUNNING ? "(not announced yet)" : "(root not recorded)", stdout);
        oat_style(cli, OAT_PLAIN);
    } else {
        fputc('-', stdout);
    }
}

/* ---- Lists of traces ---- */

static void print_trace(const struct oat_cli *cli, const oat_trace_view *trace, size_t digits,
                        size_t name_width)
{
    char hex[33], unit[OAT_UNIT_SIZE];
    oat_hex_print(trace->trace_id, 16, hex);
    oat_style(cli, OAT_BOLD);
    printf("%.*s", (int)digits, hex);
    oat_style(cli, OAT_PLAIN);
    printf("  %s ", oat_time_text(trace->start_ns, false, unit));
    oat_print_right(trace->end_ns ? oat_duration_text(trace->end_ns - trace->start_ns, unit) : "-", 8);
    oat_print_right(oat_count_text(trace->span_count, unit), 6);
    bool has_tokens = trace->has_input_tokens || trace->has_output_tokens;
    oat_print_right(has_tokens ? oat_count_text(trace->input_tokens + trace->output_tokens, unit) : "-", 7);
    oat_print_right(trace->has_cost ? oat_cost_text(trace->cost_total_nano, unit) : "-", 9);
    fputs("  ", stdout);
    oat_style(cli, oat_status_style(trace->status));
    const char *status = oat_shown_status_name(trace->status);
    printf("%-11s", status ? status : "?");
    oat_style(cli, OAT_PLAIN);
    fputs("  ", stdout);
    oat_print_trace_name(cli, trace, name_width);
    fputc('\n', stdout);
}

void oat_print_traces(const struct oat_cli *cli, const oat_snapshot *snapshot, const oat_trace_list *list)
{
    size_t digits = 8, count = oat_trace_list_count(list);
    for (size_t i = 0; i < count; i++) {
        size_t needed = oat_trace_digits(snapshot, oat_trace_list_get(list, i)->trace_id);
        digits = needed > digits ? needed : digits;
    }
    /* All that stands before the name, with 8 digits, takes 59 columns. */
    size_t used = 59 + digits - 8;
    size_t name_width = cli->columns > used + 12 ? cli->columns - used : 12;
    oat_style(cli, OAT_DIM);
    printf("%-*s  %-11s%9s%6s%7s%9s  %-11s  %s\n", (int)digits, "TRACE", "STARTED", "DURATION", "SPANS",
           "TOKENS", "COST", "STATUS", "NAME");
    oat_style(cli, OAT_PLAIN);
    for (size_t i = 0; i < count; i++)
        print_trace(cli, oat_trace_list_get(list, i), digits, name_width);
}
