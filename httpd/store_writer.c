#include "httpd/store_writer.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "compactor/parallel.h"
#include "httpd/file_stamp.h"
#include "httpd/log.h"
#include "pricing/prices.h"
#include "writer/tracer_prices.h"

struct oat_store_writer {
    const char *dir;
    char prices_path[PATH_MAX];
    struct stat prices_file; /* that was looked at last */
    struct oat_memory_budget *budget;
    pthread_mutex_t opening;
    _Atomic(oat_tracer *) tracer; /* NULL until the first use */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct oat_jobs waiting;
    bool stopping;
};

/* ---- The tracer --------------------------------------------------------------------------------- */

static void warn(void *arg, const char *message)
{
    char quoted[300];
    (void)arg;
    oat_log(OAT_LOG_WARN, "writing: %s", oat_log_quote(message, quoted, sizeof quoted));
}

int oat_store_writer_tracer(struct oat_store_writer *writer, oat_tracer **ret)
{
    oat_tracer *tracer = atomic_load(&writer->tracer);
    int rc = OAT_OK;
    if (!tracer) {
        oat_config config;
        oat_config_init(&config);
        config.data_dir = writer->dir;
        config.service = config.environment = NULL; /* of this process, not of the spans */
        config.redact_keys = false;                 /* what comes is stored as it comes */
        config.warn = warn;
        pthread_mutex_lock(&writer->opening);
        tracer = atomic_load(&writer->tracer);
        if (!tracer && (rc = oat_tracer_open(&config, &tracer)) == OAT_OK)
            atomic_store(&writer->tracer, tracer);
        pthread_mutex_unlock(&writer->opening);
    }
    if (rc == OAT_OK)
        *ret = tracer;
    return rc;
}

/* A tracer that is opened later reads the file itself, so nothing is done before there is one. */
void oat_store_writer_refresh_prices(struct oat_store_writer *writer, bool shared_changed)
{
    oat_tracer *tracer = atomic_load(&writer->tracer);
    struct stat file = oat_file_stamp(writer->prices_path);
    bool changed = !oat_file_stamp_is(&file, &writer->prices_file);
    if (!tracer || (!changed && !shared_changed))
        return;
    writer->prices_file = file;
    int rc = oat_tracer_reload_prices(tracer);
    if (rc == OAT_OK && changed)
        oat_log(OAT_LOG_INFO, "prices: %s has changed, and holds for what comes now", writer->prices_path);
    else if (rc != OAT_OK && rc != OAT_E_INVALID) /* of that the tracer has warned */
        oat_log(OAT_LOG_ERROR, "prices: %s: %s", writer->prices_path, oat_result_text(rc));
}

/* ---- Spans -------------------------------------------------------------------------------------- */

enum { FULL, IO, MEMORY };

static void count_drops(oat_tracer *tracer, uint64_t ret[3])
{
    oat_stats stats;
    oat_tracer_get_stats(tracer, &stats);
    ret[FULL] = stats.drops_full;
    ret[IO] = stats.drops_io;
    ret[MEMORY] = stats.drops_memory;
}

int oat_intake_begin(struct oat_store_writer *writer, struct oat_intake *ret)
{
    oat_tracer *tracer;
    int rc = oat_store_writer_tracer(writer, &tracer);
    if (rc == OAT_OK) {
        ret->tracer = tracer;
        count_drops(tracer, ret->drops);
        /* All is written: a span that comes again is joined with the first by whoever reads. */
        rc = oat_import_writer_new(tracer, NULL, &ret->import);
    }
    if (rc == OAT_OK) {
        ret->sink = *oat_import_writer_sink(ret->import);
        ret->sink.budget = writer->budget;
    }
    return rc;
}

const struct oat_import_sink *oat_intake_sink(const struct oat_intake *intake)
{
    return &intake->sink;
}

int oat_intake_end(struct oat_intake *intake)
{
    uint64_t drops[3];
    bool dropped = oat_import_writer_counts(intake->import).dropped > 0;
    oat_import_writer_free(intake->import);
    count_drops(intake->tracer, drops);
    if (drops[FULL] > intake->drops[FULL])
        return OAT_E_FULL;
    if (drops[MEMORY] > intake->drops[MEMORY])
        return OAT_E_NOMEM;
    return dropped || drops[IO] > intake->drops[IO] ? OAT_E_IO : OAT_OK;
}

/* ---- Group commit ------------------------------------------------------------------------------- */

void oat_store_writer_commit(struct oat_store_writer *writer, struct oat_commit *commit)
{
    pthread_mutex_lock(&writer->lock);
    oat_jobs_put(&writer->waiting, &commit->job);
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->lock);
}

/* Waits for commits and takes all there are; none: to stop. */
static struct oat_jobs next_group(struct oat_store_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    while (writer->waiting.count == 0 && !writer->stopping)
        pthread_cond_wait(&writer->wake, &writer->lock);
    struct oat_jobs group = writer->waiting;
    writer->waiting = (struct oat_jobs){0};
    pthread_mutex_unlock(&writer->lock);
    return group;
}

static void *work(void *arg)
{
    struct oat_store_writer *writer = arg;
    for (;;) {
        struct oat_jobs group = next_group(writer);
        if (group.count == 0)
            return NULL;
        int result = oat_tracer_flush(atomic_load(&writer->tracer));
        for (struct oat_job *job; (job = oat_jobs_take(&group)) != NULL;) {
            ((struct oat_commit *)((char *)job - offsetof(struct oat_commit, job)))->result = result;
            job->run(job);
        }
    }
}

/* ---- Life --------------------------------------------------------------------------------------- */

struct oat_store_writer *oat_store_writer_start(const char *dir, struct oat_memory_budget *budget)
{
    struct oat_store_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return NULL;
    writer->dir = dir;
    writer->budget = budget;
    snprintf(writer->prices_path, sizeof writer->prices_path, "%s/" OAT_PRICES_NAME, dir);
    writer->prices_file = oat_file_stamp(writer->prices_path);
    pthread_mutex_init(&writer->opening, NULL);
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->wake, NULL);
    int error = oat_thread_start(&writer->thread, work, writer);
    if (error == 0)
        return writer;
    free(writer);
    errno = error;
    return NULL;
}

void oat_store_writer_stop(struct oat_store_writer *writer)
{
    if (!writer)
        return;
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    oat_tracer_close(atomic_load(&writer->tracer));
    pthread_cond_destroy(&writer->wake);
    pthread_mutex_destroy(&writer->lock);
    pthread_mutex_destroy(&writer->opening);
    free(writer);
}
