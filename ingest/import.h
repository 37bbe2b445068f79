/* From trace data of other systems to spans: what the decoders produce and where it goes.
 *
 * A decoder reads a buffer and hands each span to a sink, complete, as a plain view of memory that
 * is good for that call only. A span that is invalid is counted, its place and the reason are
 * reported, and decoding goes on with the next. Decoders do no I/O and print nothing.
 *
 * Threads: no shared state; one call per thread and sink. */
#ifndef OAT_INGEST_IMPORT_H
#define OAT_INGEST_IMPORT_H

#include "oat/reader.h"

struct oat_import_payload {
    const void *bytes; /* NULL: none */
    size_t len;
    const char *media_type; /* NULL: the writer guesses */
};

/* One span as it will be written. Zero means "not given" where a presence flag is missing. */
struct oat_import_span {
    uint8_t trace_id[16];
    uint8_t span_id[8];
    uint8_t parent_id[8]; /* zero: a root */
    enum oat_span_type type;
    uint64_t start_ns, end_ns; /* since the epoch; an end before the start is clamped by the writer */
    bool synthetic_time;
    oat_text text[OAT_TEXT_FIELDS];
    bool has_count[OAT_COUNT_FIELDS];
    uint64_t count[OAT_COUNT_FIELDS];
    bool has_cost; /* reported by the source */
    int64_t cost_total_nano;
    int64_t cost_input_nano, cost_output_nano; /* -1: not known */
    bool has_ttft;
    uint64_t ttft_us;
    bool has_prompt_version;
    uint32_t prompt_version;
    enum oat_status status;
    enum oat_otel_status otel_status;
    oat_text error;   /* error payload */
    oat_text call_id; /* the provider's response id */
    struct oat_import_payload input, output;
    const oat_attr *attrs;
    size_t attr_count;
    const oat_event *events;
    size_t event_count;
    const oat_link *links;
    size_t link_count;
};

/* Takes one span; what it points to is borrowed for the call. A negative result ends the import. */
struct oat_import_sink {
    int (*span)(void *arg, const struct oat_import_span *span);
    void *arg;
};

/* What a file or request turned out to be. */
enum oat_import_kind {
    OAT_KIND_UNKNOWN = 0,
    OAT_KIND_OTLP_PROTO,
    OAT_KIND_OTLP_JSON,
    OAT_KIND_TRACE_EXPORT, /* another system's JSON export of spans */
    OAT_KIND_CHAT,         /* a conversation or agent trajectory */
    OAT_KIND_NOT_A_TRACE,  /* recognised, well-formed, and without spans: `what` says what it is */
};

/* What happened; the caller zeroes it. Several imports may add to one report. */
struct oat_import_report {
    enum oat_import_kind kind; /* of the last buffer */
    const char *what;          /* names it: static text */
    uint64_t spans;            /* given to the sink */
    uint64_t rejected;         /* spans that were invalid */
    char place[160];           /* of the first one, or of the error: byte offset or JSON path */
    char reason[160];
};

#define OAT_IMPORT_TEXT_MAX (64u << 20) /* of one OTLP request, decompressed */

/* Counts a rejected span; the first one's place and reason are kept. */
void oat_import_reject(struct oat_import_report *report, uint64_t spans, const char *place,
                       const char *reason);

/* Decodes one ExportTraceServiceRequest of the OTLP protobuf encoding. OAT_OK (perhaps with
 * rejected spans); OAT_E_INVALID: not decodable, with place ("byte N") and reason; spans before
 * that place have been given to the sink; OAT_E_NOMEM, or the sink's result. */
int oat_import_otlp_proto(const void *data, size_t len, const struct oat_import_sink *sink,
                          struct oat_import_report *report);

/* Decodes the OTLP JSON encoding: one request, a list of requests, or one request a line. As above;
 * places are JSON paths, or byte offsets where the text is no JSON. */
int oat_import_otlp_json(const void *data, size_t len, const struct oat_import_sink *sink,
                         struct oat_import_report *report);

/* Other systems' span exports: Langfuse {trace, observations}, OpenInference span lists (Phoenix),
 * OpenTelemetry JS SDK span lists, {scopeName, spanName, attributes}, Jaeger query answers. As
 * above; OAT_NOTFOUND: none of these. */
int oat_import_trace_export(const void *data, size_t len, const struct oat_import_sink *sink,
                            struct oat_import_report *report);

/* Conversations and agent trajectories (docs/import.md lists the shapes). As above; OAT_NOTFOUND:
 * none of these. */
int oat_import_chat(const void *data, size_t len, const struct oat_import_sink *sink,
                    struct oat_import_report *report);

/* A file of a folder that is one run together. */
struct oat_import_file {
    const char *name; /* without the folder */
    const void *data;
    size_t len;
};

/* True for the names of files that make up an AutoCodeRover run: its folder holds the recorded
 * message lists of several models, which belong to one trace. */
bool oat_import_is_run_file(const char *name);

/* Decodes such a folder: one root agent span, one agent span below it per conversation (a recorded
 * list that only begins a longer one is left out), a tool span per entry of the tool call sequence.
 * Results as above; a file that is malformed is rejected, with its name as place. */
int oat_import_chat_run(const struct oat_import_file *files, size_t count, const struct oat_import_sink *sink,
                        struct oat_import_report *report);

enum oat_import_format {
    OAT_FORMAT_AUTO = 0,
    OAT_FORMAT_OTLP_JSON,
    OAT_FORMAT_OTLP_PROTO,
    OAT_FORMAT_CHAT,
};

/* Any of the above, told apart by content when the format is OAT_FORMAT_AUTO. OAT_OK also for what
 * is recognised as no trace (report->kind, report->what). */
int oat_import_buffer(enum oat_import_format format, const void *data, size_t len,
                      const struct oat_import_sink *sink, struct oat_import_report *report);

#endif
