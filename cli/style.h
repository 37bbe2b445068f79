/* Colour and layout that several commands share. */
#ifndef OAT_CLI_STYLE_H
#define OAT_CLI_STYLE_H

#include "cli/cli.h"

enum oat_style {
    OAT_PLAIN,
    OAT_BOLD,
    OAT_DIM,
    OAT_RED,
    OAT_GREEN,
    OAT_YELLOW,
    OAT_BLUE,
    OAT_MAGENTA,
    OAT_CYAN
};

/* Switches stdout to a style; nothing where colour is off. */
void oat_style(const struct oat_cli *cli, enum oat_style style);

enum oat_style oat_status_style(enum oat_shown_status status);
enum oat_style oat_type_style(enum oat_span_type type);

/* One column wide. */
const char *oat_status_mark(enum oat_shown_status status);

/* Hex digits of a trace id that tell it from all others of the snapshot: 8, 12, 16 .. 32. */
size_t oat_trace_digits(const oat_snapshot *snapshot, const uint8_t trace_id[16]);

/* Prints a trace's name to stdout, cut to width, or why it has none. */
void oat_print_trace_name(const struct oat_cli *cli, const oat_trace_view *trace, size_t width);

/* Prints the lines of a list of traces, with a header, to stdout. */
void oat_print_traces(const struct oat_cli *cli, const oat_snapshot *snapshot, const oat_trace_list *list);

#endif
