#include "export/formats.h"

#include <string.h>

#include "export/span_csv.h"
#include "export/span_json.h"
#include "export/span_otlp.h"

static int put_json_line(struct oat_json *out, const oat_snapshot *snapshot, const oat_trace *trace,
                         const oat_span_view *span, const struct oat_export_options *options)
{
    int result =
        oat_json_span(out, snapshot, trace, span, options->payloads ? OAT_JSON_PAYLOADS : OAT_JSON_PREVIEWS);
    oat_json_raw(out, "\n", 1);
    return result;
}

static const struct oat_export_format formats[] = {
    {"jsonl", "application/x-ndjson", "jsonl", "spans as the API shows them, one JSON object a line", NULL,
     put_json_line},
    {"otlp-json", "application/x-ndjson", "otlp.jsonl",
     "OTLP JSON, one ExportTraceServiceRequest a line: for OpenTelemetry collectors", NULL,
     oat_otlp_span_line},
    {"csv", "text/csv; charset=utf-8", "csv", "spans as rows, for spreadsheets and data frames",
     oat_csv_span_head, oat_csv_span_line},
};

const struct oat_export_format *oat_export_format_at(size_t index)
{
    return index < sizeof formats / sizeof *formats ? &formats[index] : NULL;
}

const struct oat_export_format *oat_export_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}
