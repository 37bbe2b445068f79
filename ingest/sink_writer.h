/* The end of every import: spans into a tracer's store. */
#ifndef OAT_INGEST_SINK_WRITER_H
#define OAT_INGEST_SINK_WRITER_H

#include "ingest/import.h"

typedef struct oat_import_writer oat_import_writer;

struct oat_import_counts {
    uint64_t written;       /* spans */
    uint64_t present;       /* spans not written: the store, or this import, has them already */
    uint64_t dropped;       /* spans the tracer did not take (its statistics say why) */
    uint64_t traces;        /* distinct ones among those written */
    uint64_t payload_bytes; /* of inputs and outputs written */
};

/* Appends to the tracer. existing: what the store held before; spans that it has are not written
 * again; NULL: write all. Both are borrowed and must outlive the writer. OAT_E_NOMEM.
 * Not for several threads at once. */
int oat_import_writer_new(oat_tracer *tracer, const oat_snapshot *existing, oat_import_writer **ret_writer);
void oat_import_writer_free(oat_import_writer *writer);

/* What to hand to the decoders; valid as long as the writer. */
const struct oat_import_sink *oat_import_writer_sink(const oat_import_writer *writer);

struct oat_import_counts oat_import_writer_counts(const oat_import_writer *writer);

#endif
