/* Opening and closing tracers; fork. */
#include "writer/tracer.h"

#include "format/limits.h"
#include "writer/flusher.h"
#include "writer/thread.h"
#include "writer/tracer_prices.h"
#include "writer/writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Atomic uint64_t next_serial = 1;

/* ---- Fork ---- */

static void abandon(oat_tracer *tracer)
{
    oat_writer *writer = atomic_load(&tracer->writer);
    if (writer)
        oat_writer_abandon(writer);
}

static void on_child(void)
{
    oat_tracers_each(abandon);
}

/* The parent's writer stays allocated: inherited span handles point into it. */
static void forget_writer(oat_tracer *tracer)
{
    atomic_store(&tracer->writer, NULL);
    pthread_mutex_init(&tracer->writer_lock, NULL);
    tracer->warned = 0;
}

static void on_recover(void)
{
    oat_threads_forget();
    oat_tracers_each(forget_writer);
}

/* ---- Open and close ---- */

static void free_config(oat_config *config)
{
    free((void *)(uintptr_t)config->data_dir);
    free((void *)(uintptr_t)config->service);
    free((void *)(uintptr_t)config->environment);
    free((void *)(uintptr_t)config->service_version);
}

static const char *copy_text(const char *text, bool *failed)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        *failed = true;
    return copy;
}

/* Copies a configuration with the texts that are needed later; out-of-range numbers become the nearest that
 * is allowed. */
static int copy_config(const oat_config *from, oat_config *ret)
{
    bool failed = false;
    *ret = *from;
    ret->data_dir = copy_text(from->data_dir ? from->data_dir : ".oat", &failed);
    ret->service = copy_text(from->service, &failed);
    ret->environment = copy_text(from->environment, &failed);
    ret->service_version = copy_text(from->service_version, &failed);
    if (failed) {
        free_config(ret);
        return OAT_E_NOMEM;
    }
    if (!(ret->sampling_rate >= 0 && ret->sampling_rate < 1))
        ret->sampling_rate = 1;
    if (!(ret->error_sampling >= 0 && ret->error_sampling < 1))
        ret->error_sampling = 1;
    if (ret->roll_slots < 4 * OAT_LANE_SLOTS)
        ret->roll_slots = 4 * OAT_LANE_SLOTS;
    if (ret->roll_slots > OAT_SLOTS_MAX)
        ret->roll_slots = OAT_SLOTS_MAX;
    if (ret->roll_blob_bytes == 0 || ret->roll_blob_bytes > OAT_BLOBS_FILE_MAX / 2)
        ret->roll_blob_bytes = OAT_BLOBS_FILE_MAX / 2;
    return OAT_OK;
}

/* A text field holds at most OAT_TEXT_MAX bytes, the defaults included. */
static bool defaults_fit(const oat_config *config)
{
    return (!config->service || strlen(config->service) <= OAT_TEXT_MAX) &&
           (!config->environment || strlen(config->environment) <= OAT_TEXT_MAX);
}

/* Without the patterns no text is stored, which is better than one that has what they match. */
static int open_redaction(oat_tracer *tracer, const oat_config *config)
{
    char wrong[OAT_CONFIG_WRONG_SIZE], message[OAT_CONFIG_WRONG_SIZE + 80];
    int result = oat_redact_rules_open(config, &tracer->redaction, wrong);
    if (result == OAT_OK && *wrong && tracer->config.warn) {
        snprintf(message, sizeof message, "%s; no payload, attribute or message is kept", wrong);
        tracer->config.warn(tracer->config.warn_arg, message);
    }
    return result;
}

int oat_tracer_open(const oat_config *config, oat_tracer **ret_tracer)
{
    oat_config defaults;
    int st;
    if (!config) {
        oat_config_init(&defaults);
        config = &defaults;
    }
    if (!defaults_fit(config))
        return OAT_E_INVALID;
    oat_tracer *tracer = calloc(1, sizeof *tracer);
    if (!tracer)
        return OAT_E_NOMEM;
    tracer->dir = (oat_store_dir){.dir_fd = -1, .hot_fd = -1};
    tracer->serial = atomic_fetch_add(&next_serial, 1);
    pthread_mutex_init(&tracer->writer_lock, NULL);

    st = oat_fork_init(on_child, on_recover);
    if (st == OAT_OK) {
        oat_fork_check();
        oat_size_limit_read();
        st = copy_config(config, &tracer->config);
    }
    if (st == OAT_OK)
        st = oat_store_dir_open(tracer->config.data_dir, config->allow_network_fs, &tracer->dir);
    if (st == OAT_OK)
        st = oat_tracer_open_prices(tracer, config);
    if (st == OAT_OK)
        st = open_redaction(tracer, config);
    if (st != OAT_OK)
        goto fail;
    tracer->mapped =
        config->map == OAT_MAP_ALWAYS || (config->map == OAT_MAP_AUTO && tracer->dir.map_is_safe);
    st = OAT_E_NOMEM;
    oat_writer *writer = oat_writer_new(tracer);
    if (!writer)
        goto fail;
    atomic_store(&tracer->writer, writer);
    st = oat_tracer_register(tracer);
    if (st != OAT_OK)
        goto fail;
    *ret_tracer = tracer;
    return OAT_OK;
fail:;
    int kept_errno = errno;
    oat_tracer_close(tracer);
    errno = kept_errno;
    return st;
}

void oat_tracer_close(oat_tracer *tracer)
{
    if (!tracer)
        return;
    if (oat_fork_word)
        oat_fork_check();
    oat_writer *writer = atomic_load(&tracer->writer);
    if (writer)
        oat_writer_finish(writer);
    /* Only now: a child that is forked before lets go of what the writer holds. */
    oat_tracer_unregister(tracer);
    if (writer)
        oat_writer_free(writer);
    oat_tracer_free_prices(tracer);
    oat_redact_rules_close(&tracer->redaction);
    oat_store_dir_close(&tracer->dir);
    pthread_mutex_destroy(&tracer->writer_lock);
    free_config(&tracer->config);
    free(tracer);
}

int oat_tracer_flush(oat_tracer *tracer)
{
    oat_thread *thread = oat_enter(tracer);
    if (!thread)
        return tracer ? OAT_E_CLOSED : OAT_OK;
    oat_writer *writer = thread->writer;
    int st = oat_writer_sync(writer);
    int unreported = atomic_exchange(&writer->unreported, OAT_OK);
    if (st == OAT_OK && unreported != OAT_OK) {
        st = unreported;
        errno = atomic_load(&writer->last_errno);
    }
    oat_leave(thread);
    return st;
}

uint64_t oat_tracer_get_writer(oat_tracer *tracer)
{
    oat_thread *thread = oat_enter(tracer);
    if (!thread)
        return 0;
    uint64_t mark = thread->writer->mark;
    oat_leave(thread);
    return mark;
}

/* ---- Statistics ---- */

void oat_tracer_get_stats(oat_tracer *tracer, oat_stats *ret_stats)
{
    memset(ret_stats, 0, sizeof *ret_stats);
    ret_stats->mode = "pwrite";
    if (!tracer)
        return;
    oat_fork_check();
    ret_stats->mode = tracer->mapped ? "map" : "pwrite";
    oat_writer *writer = atomic_load(&tracer->writer);
    if (!writer)
        return;
    uint64_t *const fields[OAT_COUNTERS] = {
        [OAT_COUNTER_SPANS] = &ret_stats->spans,
        [OAT_COUNTER_SLOTS] = &ret_stats->slots,
        [OAT_COUNTER_PAYLOADS] = &ret_stats->payloads,
        [OAT_COUNTER_PAYLOAD_BYTES] = &ret_stats->payload_bytes,
        [OAT_COUNTER_DROPS_FULL] = &ret_stats->drops_full,
        [OAT_COUNTER_DROPS_IO] = &ret_stats->drops_io,
        [OAT_COUNTER_DROPS_MEMORY] = &ret_stats->drops_memory,
        [OAT_COUNTER_DROPS_REENTRANT] = &ret_stats->drops_reentrant,
        [OAT_COUNTER_DROPS_LIMIT] = &ret_stats->drops_limit,
        [OAT_COUNTER_SAMPLED_OUT] = &ret_stats->sampled_out,
    };
    for (oat_thread *thread = atomic_load(&writer->threads); thread; thread = thread->next)
        for (unsigned i = 0; i < OAT_COUNTERS; i++)
            if (fields[i])
                *fields[i] += atomic_load_explicit(&thread->counters[i], memory_order_relaxed);
    ret_stats->pairs = atomic_load(&writer->pair_count);
    ret_stats->sync_failures = atomic_load(&writer->sync_failures);
    ret_stats->last_errno = atomic_load(&writer->last_errno);
    pthread_mutex_lock(&writer->pairs_lock);
    ret_stats->stored_bytes = writer->forgotten_bytes;
    ret_stats->deduplicated_bytes = writer->forgotten_dedup_bytes;
    for (const oat_pair *pair = atomic_load(&writer->pairs); pair; pair = pair->next) {
        ret_stats->stored_bytes += atomic_load(&pair->blobs.tail) - OAT_BLOBS_HEADER_SIZE;
        ret_stats->deduplicated_bytes += atomic_load(&pair->blobs.dedup_bytes);
    }
    pthread_mutex_unlock(&writer->pairs_lock);
}

void oat_warn(oat_tracer *tracer, int result, const char *what)
{
    char message[160];
    uint32_t cause = UINT32_C(1) << (-result & 31);
    if (!tracer->config.warn || (__atomic_fetch_or(&tracer->warned, cause, __ATOMIC_RELAXED) & cause))
        return;
    int error = errno;
    char reason[64] = "";
    if (result == OAT_E_IO)
        snprintf(reason, sizeof reason, " (%s)", strerrordesc_np(error) ? strerrordesc_np(error) : "unknown");
    snprintf(message, sizeof message, "%s in %.40s: %s%s", what, tracer->config.data_dir,
             oat_result_text(result), reason);
    tracer->config.warn(tracer->config.warn_arg, message);
    errno = error;
}
