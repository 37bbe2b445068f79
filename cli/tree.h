/* Spans of a trace as a tree with a timeline. */
#ifndef OAT_CLI_TREE_H
#define OAT_CLI_TREE_H

#include "cli/cli.h"
#include "pricing/price_table.h"

struct oat_cli_trace {
    const oat_snapshot *snapshot;
    oat_trace *trace;
    oat_trace_view view;
    const oat_span_view *spans; /* borrowed from the trace */
    size_t count;
    uint64_t end_ns;    /* of the timeline: the greatest time that is known, or now while it runs */
    bool *is_last;      /* among its siblings */
    bool *is_innermost; /* not ended, and nothing below it is open */
};

/* Reads a trace of a snapshot. OAT_OK, or a failure; oat_cli_trace_free either way. */
int oat_cli_trace_read(struct oat_cli_trace *trace, const oat_snapshot *snapshot, const uint8_t trace_id[16]);
void oat_cli_trace_free(struct oat_cli_trace *trace);

/* Prints name, id and figures of the trace. */
void oat_cli_trace_head(const struct oat_cli *cli, const struct oat_cli_trace *trace);

/* What is printed below the line of each span. */
struct oat_cli_below {
    bool payloads;                        /* inputs, outputs, errors, attributes and events */
    const struct oat_price_table *prices; /* how the cost comes about with these; NULL: nothing of it */
};

/* Prints the tree. */
int oat_cli_trace_tree(const struct oat_cli *cli, const struct oat_cli_trace *trace,
                       const struct oat_cli_below *below);

/* How long a span took, or has taken so far. */
uint64_t oat_cli_span_duration(const struct oat_cli_trace *trace, const oat_span_view *span);

#endif
