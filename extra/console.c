/* The exporter that prints. */
#include "format/names.h"
#include "format/utf8.h"
#include "oat/exporter.h"

#define NANO_PER_USD 1e9
#define NS_PER_MS    1e6

static void print_text(FILE *stream, oat_text text)
{
    char shown[OAT_UTF8_SHOWN_SIZE];
    for (size_t at = 0; at < text.len;) {
        at += oat_utf8_show(text.bytes + at, text.len - at, shown);
        fputs(shown, stream);
    }
}

static bool print_span(void *arg, const oat_span_view *span, const char *json, size_t json_len)
{
    FILE *stream = arg;
    const char *type = oat_span_type_name(span->type);
    (void)json, (void)json_len;
    fprintf(stream, "%-9s ", type ? type : "?");
    print_text(stream, span->text[OAT_TEXT_NAME]);
    fprintf(stream, " %s %.1f ms", oat_shown_status_name(span->status),
            (double)(span->end_ns - span->start_ns) / NS_PER_MS);
    if (span->has_cost)
        fprintf(stream, " $%.6f", (double)span->cost_total_nano / NANO_PER_USD);
    return fputc('\n', stream) != EOF;
}

static void flush_stream(void *arg)
{
    fflush(arg);
}

oat_exporter oat_console_exporter(FILE *stream)
{
    return (oat_exporter){.take = print_span, .flush = flush_stream, .arg = stream};
}
