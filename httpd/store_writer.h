/* The daemon as a writer of its own into the directory: what clients send goes through one tracer, and is
 * acknowledged when it is on the device. Those that ask for that while the device is busy share the next
 * sync (group commit), so it costs each about one. */
#ifndef OAT_HTTPD_STORE_WRITER_H
#define OAT_HTTPD_STORE_WRITER_H

#include "httpd/job.h"
#include "ingest/sink_writer.h"

struct oat_store_writer;

/* dir is borrowed, and budget, which pays for what decoders need. Nothing is opened before the first use, so
 * a daemon that is only read from makes no store. NULL: out of memory or threads, with errno. */
struct oat_store_writer *oat_store_writer_start(const char *dir, struct oat_memory_budget *budget);
/* Commits what waits, seals the files. Nobody calls it any more. Takes NULL. */
void oat_store_writer_stop(struct oat_store_writer *writer);

/* The tracer: borrowed, until the stop; opened now if need be. Any thread. The result of oat_tracer_open. */
int oat_store_writer_tracer(struct oat_store_writer *writer, oat_tracer **ret);

/* Reads the store's prices again when their file has changed, or those that it shares with others
 * (shared_prices.h) have, for what comes from then on; says of the file so in the log. One thread at a time.
 */
void oat_store_writer_refresh_prices(struct oat_store_writer *writer, bool shared_changed);

/* Spans on their way in. */
struct oat_intake {
    oat_tracer *tracer;
    oat_import_writer *import;
    struct oat_import_sink sink;
    uint64_t drops[3]; /* of the tracer, at the beginning */
};

/* Any thread; the intake belongs to it. Results as above, OAT_E_NOMEM. */
int oat_intake_begin(struct oat_store_writer *writer, struct oat_intake *ret);
/* For the decoders. */
const struct oat_import_sink *oat_intake_sink(const struct oat_intake *intake);
/* OAT_OK: all that was given to the sink is in the files, and survives this process. Else something was
 * dropped, here or by another thread at the same time: OAT_E_FULL, OAT_E_IO, OAT_E_NOMEM. */
int oat_intake_end(struct oat_intake *intake);

/* Something to be told when all that is in the files is on the device. */
struct oat_commit {
    struct oat_job job; /* run on the writer's thread, when result is set */
    int result;         /* of oat_tracer_flush */
};

/* Any thread. Cannot fail; the commit is the writer's until its job runs. */
void oat_store_writer_commit(struct oat_store_writer *writer, struct oat_commit *commit);

#endif
