/* Hands the spans of a tracer to functions of its host: the disk is the queue. */
#include "export/span_json.h"
#include "extra/rounds.h"
#include "oat/exporter.h"
#include "reader/follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS UINT64_C(1000000)

struct oat_feed {
    oat_store *store;
    oat_follow *follow;
    oat_exporter exporter;
    uint64_t writer; /* of the tracer: the beginning of its id */
    uint64_t interval_ns;
    void (*warn)(void *arg, const char *message);
    void *warn_arg;
    bool has_warned;
    struct oat_json json;
    struct oat_rounds rounds;
};

/* ---- The thread --------------------------------------------------------------------------------------- */

static bool is_of_tracer(const oat_feed *feed, size_t index)
{
    return memcmp(oat_follow_pair(feed->follow, index)->writer_id, &feed->writer, sizeof feed->writer) == 0;
}

static void warn_once(oat_feed *feed)
{
    if (!feed->has_warned && feed->warn)
        feed->warn(feed->warn_arg, "an exporter did not take all spans; they are in the store");
    feed->has_warned = true;
}

/* A span that cannot be read any more is passed over. */
static int pass_on(oat_feed *feed, size_t index)
{
    oat_span_view span;
    if (!is_of_tracer(feed, index) || !oat_follow_get(feed->follow, index, &span) || span.end_ns == 0)
        return OAT_OK;
    oat_json_clear(&feed->json);
    int result =
        oat_json_span(&feed->json, oat_follow_payloads(feed->follow), NULL, &span, OAT_JSON_PAYLOADS);
    if (result == OAT_OK && !feed->exporter.take(feed->exporter.arg, &span, feed->json.bytes, feed->json.len))
        warn_once(feed);
    return result;
}

/* A round. The first thing that went wrong; the rest is passed on nevertheless. */
static int look(oat_feed *feed)
{
    size_t count = 0;
    int result = oat_follow_look(feed->follow, &count);
    for (size_t i = 0; i < count; i++) {
        int passed = pass_on(feed, i);
        result = result == OAT_OK ? passed : result;
    }
    if (count > 0 && feed->exporter.flush)
        feed->exporter.flush(feed->exporter.arg);
    if (result != OAT_OK)
        warn_once(feed);
    return result;
}

static void *run(void *arg)
{
    oat_feed *feed = arg;
    while (oat_rounds_wait(&feed->rounds, feed->interval_ns, look(feed)))
        continue;
    look(feed);
    if (feed->exporter.shutdown)
        feed->exporter.shutdown(feed->exporter.arg);
    return NULL;
}

/* ---- Life --------------------------------------------------------------------------------------------- */

static void free_feed(oat_feed *feed)
{
    oat_json_free(&feed->json);
    oat_follow_close(feed->follow);
    oat_store_close(feed->store);
    oat_rounds_clear(&feed->rounds);
    free(feed);
}

static int open_feed(oat_feed *feed, const oat_config *config)
{
    int result = oat_store_open(config->data_dir ? config->data_dir : ".oat", &feed->store);
    if (result == OAT_OK)
        result = oat_follow_open(feed->store, false, &feed->follow);
    return result == OAT_OK ? oat_rounds_start(&feed->rounds, run, feed) : result;
}

int oat_feed_start(oat_tracer *tracer, const oat_config *config, const oat_exporter *exporter,
                   oat_feed **ret_feed)
{
    uint64_t writer = oat_tracer_get_writer(tracer);
    if (!tracer || !exporter->take)
        return OAT_E_INVALID;
    if (writer == 0)
        return OAT_E_CLOSED;
    oat_feed *feed = calloc(1, sizeof *feed);
    if (!feed)
        return OAT_E_NOMEM;
    feed->exporter = *exporter;
    feed->writer = writer;
    feed->interval_ns = (config->export_interval_ms ? config->export_interval_ms : 1) * NS_PER_MS;
    feed->warn = config->warn;
    feed->warn_arg = config->warn_arg;
    oat_rounds_init(&feed->rounds);
    int result = open_feed(feed, config);
    if (result == OAT_OK) {
        *ret_feed = feed;
        return OAT_OK;
    }
    int kept_errno = errno;
    free_feed(feed);
    errno = kept_errno;
    return result;
}

int oat_feed_flush(oat_feed *feed, uint32_t timeout_ms)
{
    return feed && oat_rounds_are_here(&feed->rounds) ? oat_rounds_ask(&feed->rounds, timeout_ms)
                                                      : OAT_NOTFOUND;
}

void oat_feed_stop(oat_feed *feed)
{
    if (!feed || !oat_rounds_are_here(&feed->rounds))
        return;
    oat_rounds_end(&feed->rounds, UINT32_MAX);
    free_feed(feed);
}
