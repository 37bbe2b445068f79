#include "cli/tree.h"

#include "cli/details.h"
#include "cli/style.h"
#include "cli/text.h"
#include "cli/units.h"
#include "format/ids.h"
#include "format/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LEVELS_SHOWN 10u /* deeper ones are not indented further */
#define BAR_MIN      14u
#define BAR_MAX      30u

struct layout {
    size_t name;
    size_t bar;
    bool tokens, cost;
};

/* ---- Reading ---- */

static bool is_open(const oat_span_view *span)
{
    return span->end_ns == 0 && span->status != OAT_SHOWN_SUCCESS && span->status != OAT_SHOWN_ERROR;
}

static void find_end(struct oat_cli_trace *trace)
{
    struct timespec now;
    trace->end_ns = trace->view.start_ns;
    for (size_t i = 0; i < trace->count; i++) {
        uint64_t end_ns = trace->spans[i].end_ns > trace->spans[i].start_ns ? trace->spans[i].end_ns
                                                                            : trace->spans[i].start_ns;
        trace->end_ns = end_ns > trace->end_ns ? end_ns : trace->end_ns;
    }
    if (trace->view.status == OAT_SHOWN_RUNNING && clock_gettime(CLOCK_REALTIME, &now) == 0) {
        uint64_t now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
        trace->end_ns = now_ns > trace->end_ns ? now_ns : trace->end_ns;
    }
}

int oat_cli_trace_read(struct oat_cli_trace *trace, const oat_snapshot *snapshot, const uint8_t trace_id[16])
{
    memset(trace, 0, sizeof *trace);
    trace->snapshot = snapshot;
    int result = oat_trace_open(snapshot, trace_id, &trace->trace);
    if (result != OAT_OK)
        return result;
    trace->view = *oat_trace_head(trace->trace);
    trace->spans = oat_trace_spans(trace->trace, &trace->count);
    trace->is_last = calloc(trace->count, sizeof *trace->is_last);
    trace->is_innermost = calloc(trace->count, sizeof *trace->is_innermost);
    bool *seen = calloc(trace->count, sizeof *seen), seen_root = false;
    if (trace->is_last && trace->is_innermost && seen) {
        /* Children stand behind their parents: from the end, each is seen before its parent. */
        for (size_t i = trace->count; i-- > 0;) {
            uint32_t parent = trace->spans[i].parent_index;
            bool *before = parent == UINT32_MAX ? &seen_root : &seen[parent];
            trace->is_last[i] = !*before;
            *before = true;
        }
        memset(seen, 0, trace->count * sizeof *seen);
        for (size_t i = trace->count; i-- > 0;) {
            uint32_t parent = trace->spans[i].parent_index;
            bool open = is_open(&trace->spans[i]);
            trace->is_innermost[i] = open && !seen[i];
            if (parent != UINT32_MAX && (open || seen[i]))
                seen[parent] = true;
        }
        find_end(trace);
    } else {
        result = OAT_E_NOMEM;
    }
    free(seen);
    return result;
}

void oat_cli_trace_free(struct oat_cli_trace *trace)
{
    oat_trace_close(trace->trace);
    free(trace->is_last);
    free(trace->is_innermost);
}

uint64_t oat_cli_span_duration(const struct oat_cli_trace *trace, const oat_span_view *span)
{
    return (span->end_ns ? span->end_ns : trace->end_ns) - span->start_ns;
}

/* ---- Head ---- */

static void print_fact(const struct oat_cli *cli, const char *label, oat_text text)
{
    if (!text.bytes || text.len == 0)
        return;
    oat_style(cli, OAT_DIM);
    printf("  %s ", label);
    oat_style(cli, OAT_PLAIN);
    oat_print_text(stdout, text.bytes, text.len, 40);
}

static void print_scores(const struct oat_cli *cli, const struct oat_cli_trace *trace)
{
    oat_score_view *scores;
    size_t count;
    if (oat_trace_scores(trace->trace, NULL, &scores, &count) != OAT_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        oat_style(cli, OAT_DIM);
        fputs("score    ", stdout);
        oat_style(cli, OAT_PLAIN);
        oat_print_name(scores[i].name, 40);
        if (scores[i].has_value)
            printf(" %g", scores[i].value);
        print_fact(cli, "label", scores[i].label);
        print_fact(cli, "by", scores[i].source);
        fputc('\n', stdout);
    }
    free(scores);
}

void oat_cli_trace_head(const struct oat_cli *cli, const struct oat_cli_trace *trace)
{
    const oat_trace_view *view = &trace->view;
    char hex[33], unit[OAT_UNIT_SIZE];
    oat_hex_print(view->trace_id, 16, hex);

    oat_style(cli, OAT_BOLD);
    oat_print_trace_name(cli, view, cli->columns - 14);
    oat_style(cli, OAT_PLAIN);
    oat_style(cli, oat_status_style(view->status));
    const char *status = oat_shown_status_name(view->status);
    printf("  %s\n", status ? status : "?");
    oat_style(cli, OAT_PLAIN);

    printf("trace    %s\n", hex);
    printf("started  %s", oat_time_text(view->start_ns, true, unit));
    printf("  %s %s\n",
           view->end_ns                        ? "took"
           : view->status == OAT_SHOWN_RUNNING ? "for"
                                               : "last seen after",
           oat_duration_text(trace->end_ns - view->start_ns, unit));
    printf("spans    %" PRIu32, view->span_count);
    if (view->error_count > 0) {
        oat_style(cli, OAT_RED);
        printf("  %" PRIu32 " failed", view->error_count);
        oat_style(cli, OAT_PLAIN);
    }
    if (view->has_input_tokens)
        printf("  %s in", oat_count_text(view->input_tokens, unit));
    if (view->has_output_tokens)
        printf("%s %s out", view->has_input_tokens ? " +" : " ", oat_count_text(view->output_tokens, unit));
    if (view->has_input_tokens || view->has_output_tokens)
        fputs(" tokens", stdout);
    if (view->has_cost)
        printf("  %s", oat_cost_text(view->cost_total_nano, unit));
    fputc('\n', stdout);
    const oat_text facts[] = {view->service, view->agent, view->model, view->session, view->user};
    static const char *const labels[] = {"service", "agent", "model", "session", "user"};
    bool any = false;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        any = any || (facts[i].bytes && facts[i].len > 0);
    if (any) {
        fputs("of     ", stdout);
        for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
            print_fact(cli, labels[i], facts[i]);
        fputc('\n', stdout);
    }
    print_scores(cli, trace);
}

/* ---- Tree ---- */

/* Lines that lead to a span, two columns a level. */
static size_t print_branch(const struct oat_cli *cli, const struct oat_cli_trace *trace, size_t at)
{
    bool last[LEVELS_SHOWN + 1];
    uint32_t depth = trace->spans[at].depth;
    oat_style(cli, OAT_DIM);
    if (depth > LEVELS_SHOWN) {
        printf("%*s", (int)(2 * LEVELS_SHOWN - 6), "");
        int n = printf("↳%" PRIu32, depth);
        oat_print_spaces(stdout, n < 8 ? (size_t)(8 - n) : 0);
        oat_style(cli, OAT_PLAIN);
        return 2 * LEVELS_SHOWN;
    }
    for (size_t i = at, level = depth; level > 0; level--) {
        last[level] = trace->is_last[i];
        i = trace->spans[i].parent_index;
    }
    for (size_t level = 1; level < depth; level++)
        fputs(last[level] ? "  " : "│ ", stdout);
    if (depth > 0)
        fputs(last[depth] ? "└ " : "├ ", stdout);
    oat_style(cli, OAT_PLAIN);
    return 2 * (size_t)depth;
}

static bool contains(oat_text text, oat_text part)
{
    return text.bytes && part.bytes && memmem(text.bytes, text.len, part.bytes, part.len) != NULL;
}

static void print_name(const struct oat_cli *cli, const oat_span_view *span, size_t width)
{
    oat_text name = span->text[OAT_TEXT_NAME], model = span->text[OAT_TEXT_MODEL];
    oat_style(cli, oat_type_style(span->type));
    size_t used = oat_print_name(name, width);
    oat_style(cli, OAT_PLAIN);
    if (model.bytes && !contains(name, model) && used + 6 < width) {
        oat_style(cli, OAT_DIM);
        fputc(' ', stdout);
        used += 1 + oat_print_text(stdout, model.bytes, model.len, width - used - 1);
        oat_style(cli, OAT_PLAIN);
    }
    oat_print_spaces(stdout, used < width ? width - used : 0);
}

static void print_bar(const struct oat_cli *cli, const struct oat_cli_trace *trace, const oat_span_view *span,
                      size_t width)
{
    double whole = (double)(trace->end_ns - trace->view.start_ns);
    double from = (double)(span->start_ns - trace->view.start_ns),
           len = (double)oat_cli_span_duration(trace, span);
    size_t first = whole > 0 ? (size_t)(from / whole * (double)width) : 0;
    size_t end = whole > 0 ? (size_t)((from + len) / whole * (double)width + 0.5) : width;
    if (first >= width)
        first = width - 1;
    if (end <= first)
        end = first + 1;
    if (end > width)
        end = width;
    oat_print_spaces(stdout, first);
    oat_style(cli, span->status == OAT_SHOWN_SUCCESS ? OAT_GREEN : oat_status_style(span->status));
    for (size_t i = first; i < end; i++)
        fputs(i + 1 == end && is_open(span) ? "▒" : "█", stdout);
    oat_style(cli, OAT_PLAIN);
}

static void print_span(const struct oat_cli *cli, const struct oat_cli_trace *trace, size_t at,
                       const struct layout *layout)
{
    const oat_span_view *span = &trace->spans[at];
    char unit[OAT_UNIT_SIZE];
    oat_style(cli, oat_status_style(span->status));
    printf("%s ", oat_status_mark(span->status));
    oat_style(cli, OAT_PLAIN);
    size_t branch = print_branch(cli, trace, at);
    print_name(cli, span, branch + 8 < layout->name ? layout->name - branch : 8);
    const char *type = oat_span_type_name(span->type);
    printf(" %-9s", type ? type : "?");
    bool timed = span->end_ns || trace->view.status == OAT_SHOWN_RUNNING;
    oat_print_right(timed ? oat_duration_text(oat_cli_span_duration(trace, span), unit) : "-", 8);
    if (layout->tokens) {
        bool has = span->has_count[OAT_COUNT_INPUT] || span->has_count[OAT_COUNT_OUTPUT];
        uint64_t tokens = (uint64_t)span->count[OAT_COUNT_INPUT] + span->count[OAT_COUNT_OUTPUT];
        oat_print_right(has ? oat_count_text(tokens, unit) : "", 7);
    }
    if (layout->cost)
        oat_print_right(span->has_cost ? oat_cost_text(span->cost_total_nano, unit) : "", 9);
    fputs("  ", stdout);
    print_bar(cli, trace, span, layout->bar);
    fputc('\n', stdout);
}

/* The line below a span that says what is wrong with it. */
static void print_remark(const struct oat_cli *cli, const struct oat_cli_trace *trace, size_t at)
{
    const oat_span_view *span = &trace->spans[at];
    size_t indent = 4 + 2 * (span->depth < LEVELS_SHOWN ? span->depth : LEVELS_SHOWN);
    oat_text message = span->text[OAT_TEXT_STATUS_MESSAGE];
    if (span->status == OAT_SHOWN_INTERRUPTED && trace->is_innermost[at]) {
        oat_print_spaces(stdout, indent);
        oat_style(cli, OAT_YELLOW);
        puts("writer died here");
        oat_style(cli, OAT_PLAIN);
    } else if (span->status == OAT_SHOWN_ERROR && message.bytes && message.len > 0) {
        oat_print_spaces(stdout, indent);
        oat_style(cli, OAT_RED);
        oat_print_text(stdout, message.bytes, message.len,
                       cli->columns > indent + 20 ? cli->columns - indent : 20);
        oat_style(cli, OAT_PLAIN);
        fputc('\n', stdout);
    }
}

static struct layout lay_out(const struct oat_cli *cli, const struct oat_cli_trace *trace)
{
    const oat_trace_view *view = &trace->view;
    struct layout layout = {.tokens = view->has_input_tokens || view->has_output_tokens,
                            .cost = view->has_cost};
    size_t fixed = 22u + (layout.tokens ? 7u : 0u) + (layout.cost ? 9u : 0u);
    size_t rest = cli->columns > fixed + 30 ? cli->columns - fixed : 30;
    layout.bar = rest / 3 < BAR_MIN ? BAR_MIN : rest / 3 > BAR_MAX ? BAR_MAX : rest / 3;
    layout.name = rest - layout.bar;
    layout.name = layout.name > 60 ? 60 : layout.name;
    return layout;
}

int oat_cli_trace_tree(const struct oat_cli *cli, const struct oat_cli_trace *trace,
                       const struct oat_cli_below *below)
{
    struct layout layout = lay_out(cli, trace);
    oat_style(cli, OAT_DIM);
    printf("\n  %-*s %-9s%8s%s%s  TIMELINE\n", (int)layout.name, "SPAN", "TYPE", "TIME",
           layout.tokens ? " TOKENS" : "", layout.cost ? "     COST" : "");
    oat_style(cli, OAT_PLAIN);
    for (size_t i = 0; i < trace->count; i++) {
        print_span(cli, trace, i, &layout);
        print_remark(cli, trace, i);
        if (below->prices)
            oat_cli_span_cost(cli, below->prices, &trace->spans[i]);
        int result = below->payloads ? oat_cli_span_details(cli, trace, i) : OAT_OK;
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}
