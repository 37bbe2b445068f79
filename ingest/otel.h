/* A span as OpenTelemetry describes it, before its attributes are mapped to fields. The decoders of
 * OTLP and of other exports fill it; oat_otel_map turns it into a struct oat_import_span. */
#ifndef OAT_INGEST_OTEL_H
#define OAT_INGEST_OTEL_H

#include "ingest/arena.h"
#include "ingest/import.h"
#include "ingest/json_doc.h"

struct oat_otel_attrs {
    const oat_attr *items;
    size_t count;
};

/* What spans of one scope share. */
struct oat_otel_scope {
    struct oat_otel_attrs resource;
    oat_text name, version;
    struct oat_otel_attrs attrs;
};

struct oat_otel_span {
    uint8_t trace_id[16], span_id[8], parent_id[8];
    oat_text given_trace_id, given_span_id, given_parent_id; /* ids as given, when they were hashed */
    oat_text name;
    int64_t kind; /* SpanKind; 0 = not given */
    uint64_t start_ns, end_ns;
    bool synthetic_time;
    oat_text trace_state;
    uint32_t flags;
    struct oat_otel_attrs attrs;
    const oat_event *events;
    size_t event_count;
    const oat_link *links;
    size_t link_count;
    uint64_t dropped_attributes, dropped_events, dropped_links;
    bool has_status;
    int64_t status_code; /* StatusCode: 0 unset, 1 ok, 2 error */
    oat_text status_message;
    const struct oat_otel_scope *scope; /* never NULL */
};

/* Spans of one request, mapped, waiting for what they inherit from each other: session and user
 * from any ancestor, agent from the nearest one that has it. Memory is bounded: a batch that has
 * grown past OAT_OTEL_BATCH_BYTES is given to the sink, and inheritance does not reach across. */
struct oat_otel_batch {
    struct oat_arena arena;  /* decoders put here what their spans point to */
    struct oat_arena shared; /* and here what spans share: resource and scope */
    struct oat_import_span *spans;
    size_t count, room;
    const struct oat_import_sink *sink;
    struct oat_import_report *report;
    struct oat_json_doc scratch; /* for attribute values that are JSON text */
};

#define OAT_OTEL_BATCH_BYTES ((size_t)64 << 20)
#define OAT_OTEL_ARENA_LIMIT ((size_t)512 << 20) /* one span that decodes to more fails the import */

void oat_otel_batch_init(struct oat_otel_batch *batch, const struct oat_import_sink *sink,
                         struct oat_import_report *report);

/* Maps a span and adds it. Rejects it (reported with `place`) when an id is all zero. OAT_OK also
 * then; OAT_E_NOMEM. Never flushes. */
int oat_otel_batch_add(struct oat_otel_batch *batch, const struct oat_otel_span *span, const char *place);

/* Called between spans: flushes a batch that has grown large. shared_too: the shared arena is not in
 * use either and may be emptied. */
int oat_otel_batch_settle(struct oat_otel_batch *batch, bool shared_too);

/* Gives the spans to the sink and empties the batch and its arena, but not the shared one. */
int oat_otel_batch_flush(struct oat_otel_batch *batch);

void oat_otel_batch_free(struct oat_otel_batch *batch);

/* ---- Mapping ------------------------------------------------------------------------------ */

/* Fills *ret from the span: type, fields, counts, cost, payloads, status, attributes. False when
 * out of memory, or when the span is to be left out (*ret_skip: a Logfire pending span). What
 * *ret points to is in the arena or the span. */
bool oat_otel_map(struct oat_arena *arena, struct oat_json_doc *scratch, const struct oat_otel_span *span,
                  struct oat_import_span *ret, bool *ret_skip);

#endif
