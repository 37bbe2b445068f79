/* Chat imports, and telling formats apart by content. */
#ifndef OAT_INGEST_DETECT_H
#define OAT_INGEST_DETECT_H

#include "ingest/import.h"

/* Conversations and agent trajectories (docs/import.md lists the shapes). Results as of
 * oat_import_otlp_proto; OAT_NOTFOUND: none of these. */
int oat_import_chat(const void *data, size_t len, const struct oat_import_sink *sink,
                    struct oat_import_report *report);

enum oat_import_format {
    OAT_FORMAT_AUTO = 0,
    OAT_FORMAT_OTLP_JSON,
    OAT_FORMAT_OTLP_PROTO,
    OAT_FORMAT_CHAT,
};

/* Any format of this room, told apart by content when the format is OAT_FORMAT_AUTO. OAT_OK also for what
 * is recognised as no trace (report->kind, report->what). */
int oat_import_buffer(enum oat_import_format format, const void *data, size_t len,
                      const struct oat_import_sink *sink, struct oat_import_report *report);

#endif
