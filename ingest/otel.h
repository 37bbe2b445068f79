/* A span as OpenTelemetry describes it, before its attributes are mapped to fields. The decoders of
 * OTLP and of other exports fill it; oat_otel_map (map.h) turns it into a struct oat_import_span. */
#ifndef OAT_INGEST_OTEL_H
#define OAT_INGEST_OTEL_H

#include "ingest/import.h"

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

#endif
