/* OpenAgentTrace: exporters, functions of the host's that are given each span of a tracer when it has ended.
 * A thread reads it from the files and calls them, so the agent's threads never wait. In liboat-extra.
 *
 *     oat_exporter console = oat_console_exporter(stderr);
 *     oat_tracer_open(&config, &tracer);
 *     oat_feed_start(tracer, &config, &console, &feed);
 *     ...
 *     oat_tracer_close(tracer);
 *     oat_feed_stop(feed); */
#ifndef OAT_EXPORTER_H
#define OAT_EXPORTER_H

#include <stdio.h>

#include "oat/oat.h"
#include "oat/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Called by one thread of the library's, never by two at once. They may trace; they must not stop the feed,
 * nor wait for what does. */
typedef struct oat_exporter {
    /* Takes a span that has ended, as it is in the files: with its cost, and redacted. json: the same as
     * /spans/{id} answers it (docs/api.md) with its whole payloads, without events, links and scores. All of
     * it is good until the function returns. False: it could not, which is told once through config->warn;
     * the span is in the store. */
    bool (*take)(void *arg, const oat_span_view *span, const char *json, size_t json_len);
    /* Passes on what was taken: behind the last span of each look at the files. May be NULL. */
    void (*flush)(void *arg);
    /* Nothing comes any more. May be NULL. */
    void (*shutdown)(void *arg);
    void *arg;
} oat_exporter;

typedef struct oat_feed oat_feed;

/* Starts the thread, which looks every config->export_interval_ms for spans that the tracer's process has
 * ended since. config: what the tracer was opened with; everything is copied but exporter->arg, which has to
 * be good until oat_feed_stop has returned. Spans that sampling holds back come when they are written. A
 * child of fork() has no feed; it may start one. *ret_feed is set on success only. OAT_OK; OAT_E_INVALID: no
 * tracer or no function to take; OAT_E_CLOSED: called from a signal handler inside a call; OAT_E_NOMEM;
 * OAT_NOTFOUND and what else oat_store_open returns. */
OAT_API int oat_feed_start(oat_tracer *tracer, const oat_config *config, const oat_exporter *exporter,
                           oat_feed **ret_feed);

/* Gives the exporter what has ended by now, and waits for that. OAT_OK; OAT_E_IO: it is not over after
 * timeout_ms, or the store cannot be read; OAT_E_NOMEM; OAT_NOTFOUND: no feed (NULL, a child of fork()).
 * Threads: any, but not one that runs a function of the exporter's, and not during oat_feed_stop. */
OAT_API int oat_feed_flush(oat_feed *feed, uint32_t timeout_ms);

/* Has the exporter take what is left, shuts it down and frees the feed: waits for its functions. After
 * oat_tracer_close every span was taken. Accepts NULL; in a child of fork() it does nothing. */
OAT_API void oat_feed_stop(oat_feed *feed);

/* Prints a line for each span, with what a terminal must not get from others as visible escapes:
 * "tool      search success 12.3 ms $0.000420". stream: stays the caller's. */
OAT_API oat_exporter oat_console_exporter(FILE *stream);

#ifdef __cplusplus
}
#endif

#endif
