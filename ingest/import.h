/* From trace data of other systems to spans: what the decoders produce and where it goes.
 *
 * A decoder reads a buffer and hands each span to a sink, complete, as a plain view of memory that
 * is good for that call only. A span that is invalid is counted, its place and the reason are
 * reported, and decoding goes on with the next. Decoders do no I/O and print nothing.
 *
 * Threads: no shared state; one call per thread and sink. */
#ifndef OAT_INGEST_IMPORT_H
#define OAT_INGEST_IMPORT_H

#include "ingest/memory_budget.h"
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
    enum oat_price_tier price_tier;
    bool has_cost;
    enum oat_cost_source cost_source; /* zero: reported by the source */
    int64_t cost_total_nano;
    int64_t cost_input_nano, cost_output_nano; /* -1: not known */
    bool has_ttft;
    uint64_t ttft_us;
    double sample_rate; /* zero: not given */
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
    struct oat_memory_budget *budget; /* pays for what decoders need; borrowed; NULL: none */
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

/* Counts a rejected span; the first one's place and reason are kept. */
void oat_import_reject(struct oat_import_report *report, uint64_t spans, const char *place,
                       const char *reason);

/* Text as an attribute value: a string, or a byte string when it is no UTF-8, so that nothing is lost
 * and strings stay text. Borrows it. */
oat_value oat_import_text_value(oat_text text);

#endif
