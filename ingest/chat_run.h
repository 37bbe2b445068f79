/* A folder of message lists that is one run. */
#ifndef OAT_INGEST_CHAT_RUN_H
#define OAT_INGEST_CHAT_RUN_H

#include "ingest/import.h"

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
 * Results as of oat_import_otlp_proto; a file that is malformed is rejected, with its name as place. */
int oat_import_chat_run(const struct oat_import_file *files, size_t count, const struct oat_import_sink *sink,
                        struct oat_import_report *report);

#endif
