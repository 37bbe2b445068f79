/* Collects the spans of a request, maps them, and hands them on. */
#ifndef OAT_INGEST_OTEL_BATCH_H
#define OAT_INGEST_OTEL_BATCH_H

#include "ingest/json_doc.h"
#include "ingest/otel.h"

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
#define OAT_OTEL_ARENA_LIMIT ((size_t)512 << 20) /* one span that decodes to more is rejected */

void oat_otel_batch_init(struct oat_otel_batch *batch, const struct oat_import_sink *sink,
                         struct oat_import_report *report);

/* Maps a span and adds it. Rejects it (reported with `place`) when an id is all zero, and when what it
 * decodes to, in batch->arena, is over the limit. OAT_OK also then; OAT_E_NOMEM. Never flushes. */
int oat_otel_batch_add(struct oat_otel_batch *batch, const struct oat_otel_span *span, const char *place);

/* Called between spans: flushes a batch that has grown large. shared_too: the shared arena is not in
 * use either and may be emptied. */
int oat_otel_batch_settle(struct oat_otel_batch *batch, bool shared_too);

/* Gives the spans to the sink and empties the batch and its arena, but not the shared one. */
int oat_otel_batch_flush(struct oat_otel_batch *batch);

void oat_otel_batch_free(struct oat_otel_batch *batch);

#endif
