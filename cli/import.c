#include "cli/import.h"

#include "cli/args.h"
#include "cli/import_files.h"
#include "cli/open.h"
#include "cli/text.h"
#include "cli/units.h"
#include "ingest/chat_run.h"
#include "ingest/detect.h"
#include "ingest/sink_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct oat_cli_option options[] = {
    {"format", 0, "FORMAT", "auto, otlp-json, otlp-proto or chat (default: auto, by content)"},
    {0},
};

static const struct {
    const char *name;
    enum oat_import_format format;
} formats[] = {
    {"auto", OAT_FORMAT_AUTO},
    {"otlp-json", OAT_FORMAT_OTLP_JSON},
    {"otlp-proto", OAT_FORMAT_OTLP_PROTO},
    {"chat", OAT_FORMAT_CHAT},
};

/* One run of the command. */
struct import {
    struct oat_cli *cli;
    enum oat_import_format format;
    struct oat_import_list list;
    oat_store *store; /* as it was before; NULL: there was none */
    oat_snapshot *snapshot;
    oat_tracer *tracer;
    oat_import_writer *writer;
    uint64_t files, skipped, failed; /* imported; no traces in them; not or not wholly imported */
    uint64_t bytes;                  /* read of all */
    uint64_t rejected;               /* spans */
    bool progress_shown;
};

/* ---- Messages ----------------------------------------------------------------------------- */

static void clear_progress(struct import *im)
{
    if (im->progress_shown)
        fputs("\r\033[K", stderr);
    im->progress_shown = false;
}

/* "oat: PATH: WHAT": text from files is made harmless. */
static void say(struct import *im, const char *path, const char *first, const char *place, const char *reason)
{
    clear_progress(im);
    fputs("oat: ", stderr);
    oat_print_text(stderr, path, strlen(path), 0);
    fprintf(stderr, ": %s", first);
    if (place && *place) {
        oat_print_text(stderr, place, strlen(place), 0);
        fputs(": ", stderr);
    }
    if (reason)
        oat_print_text(stderr, reason, strlen(reason), 0);
    fputc('\n', stderr);
}

static void show_progress(struct import *im)
{
    enum { WIDTH = 30 };
    char bar[WIDTH + 1], done[OAT_UNIT_SIZE], all[OAT_UNIT_SIZE];
    if (!im->cli->err_terminal)
        return;
    size_t filled = im->list.bytes ? (size_t)((double)im->bytes / (double)im->list.bytes * WIDTH) : WIDTH;
    filled = filled < WIDTH ? filled : WIDTH;
    memset(bar, '.', WIDTH);
    memset(bar, '#', filled);
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r\033[K[%s] %s of %s, %" PRIu64 " spans", bar, oat_bytes_text(im->bytes, done),
            oat_bytes_text(im->list.bytes, all), oat_import_writer_counts(im->writer).written);
    fflush(stderr);
    im->progress_shown = true;
}

/* ---- One unit ----------------------------------------------------------------------------- */

static void judge(struct import *im, const char *path, int result, const struct oat_import_report *report)
{
    char first[80];
    im->rejected += report->rejected;
    if (result < 0 && result != OAT_E_INVALID) {
        im->failed++;
        say(im, path, oat_result_text(result), NULL, NULL);
    } else if (result < 0) {
        im->failed++;
        say(im, path, "", report->place, report->reason);
    } else if (report->rejected > 0) {
        im->failed++;
        snprintf(first, sizeof first, "%" PRIu64 " rejected, the first at ", report->rejected);
        say(im, path, first, report->place, report->reason);
    } else if (report->kind == OAT_KIND_NOT_A_TRACE) {
        im->skipped++;
        say(im, path, "skipped: ", NULL, report->what);
    } else {
        im->files++;
    }
}

static void import_file(struct import *im, const struct oat_import_unit *unit)
{
    struct oat_import_report report = {0};
    uint8_t *bytes;
    size_t len;
    int result = oat_import_read_file(NULL, unit->path, &bytes, &len);
    if (result == OAT_E_IO) {
        im->failed++;
        say(im, unit->path, strerror(errno), NULL, NULL);
        return;
    }
    if (result == OAT_OK) {
        result = oat_import_buffer(im->format, bytes, len, oat_import_writer_sink(im->writer), &report);
        im->bytes += len;
        free(bytes);
    }
    judge(im, unit->path, result, &report);
}

static void import_run(struct import *im, const struct oat_import_unit *unit)
{
    struct oat_import_report report = {0};
    struct oat_import_file *files = calloc(unit->name_count + 1, sizeof *files);
    uint8_t **bytes = calloc(unit->name_count + 1, sizeof *bytes);
    size_t count = 0;
    int result = files && bytes ? OAT_OK : OAT_E_NOMEM;
    for (size_t i = 0; i < unit->name_count && result == OAT_OK; i++) {
        result = oat_import_read_file(unit->path, unit->names[i], &bytes[i], &files[i].len);
        if (result != OAT_OK)
            break;
        files[i].name = unit->names[i];
        files[i].data = bytes[i];
        im->bytes += files[i].len;
        count++;
    }
    if (result == OAT_OK)
        result = oat_import_chat_run(files, count, oat_import_writer_sink(im->writer), &report);
    judge(im, unit->path, result, &report);
    for (size_t i = 0; i < count; i++)
        free(bytes[i]);
    free(bytes);
    free(files);
}

/* ---- All of them -------------------------------------------------------------------------- */

static void warn(void *arg, const char *message)
{
    struct import *im = arg;
    clear_progress(im);
    fprintf(stderr, "oat: %s\n", message);
}

/* Looks at what the store holds, then opens a tracer on it. */
static bool open_store(struct import *im)
{
    oat_config config;
    if (!oat_cli_store_if_any(im->cli, &im->store) ||
        (im->store && !oat_cli_snapshot_of(im->cli, im->store, &im->snapshot)))
        return false;
    oat_config_init(&config);
    config.data_dir = im->cli->dir;
    config.service = config.environment = NULL; /* of the importing shell, not of the traces */
    config.redact_keys = false;                 /* an import is a copy */
    config.warn = warn;
    config.warn_arg = im;
    int result = oat_tracer_open(&config, &im->tracer);
    if (result == OAT_OK)
        result = oat_import_writer_new(im->tracer, im->snapshot, &im->writer);
    if (result == OAT_OK)
        return true;
    oat_cli_fail("cannot write to the store in %s: %s", im->cli->dir,
                 result == OAT_E_IO ? strerror(errno) : oat_result_text(result));
    return false;
}

static void close_store(struct import *im)
{
    oat_import_writer_free(im->writer);
    oat_tracer_close(im->tracer);
    if (im->snapshot)
        oat_snapshot_free(im->snapshot);
    if (im->store)
        oat_store_close(im->store);
}

static bool list_files(struct import *im, const struct oat_cli_args *args)
{
    for (int i = 0; i < args->count; i++) {
        char *path = NULL;
        int result = oat_import_list_add(&im->list, args->positional[i], &path);
        int saved = errno;
        if (result == OAT_E_NOMEM) {
            oat_cli_fail("%s", oat_result_text(result));
            return false;
        }
        if (result != OAT_OK) {
            im->failed++;
            say(im, path ? path : args->positional[i], strerror(saved), NULL, NULL);
        }
        free(path);
    }
    return true;
}

static void print_json(const struct import *im, const struct oat_import_counts *counts, double seconds)
{
    printf("{\"files\":%" PRIu64 ",\"skipped_files\":%" PRIu64 ",\"failed_files\":%" PRIu64
           ",\"source_bytes\":%" PRIu64 ",\"spans\":%" PRIu64 ",\"traces\":%" PRIu64
           ",\"payload_bytes\":%" PRIu64 ",\"present_spans\":%" PRIu64 ",\"rejected_spans\":%" PRIu64
           ",\"dropped_spans\":%" PRIu64 ",\"seconds\":%.3f}\n",
           im->files, im->skipped, im->failed, im->bytes, counts->written, counts->traces,
           counts->payload_bytes, counts->present, im->rejected, counts->dropped, seconds);
}

static void print_summary(const struct import *im, const struct oat_import_counts *counts, double seconds)
{
    char spans[OAT_UNIT_SIZE], traces[OAT_UNIT_SIZE], files[OAT_UNIT_SIZE], payload[OAT_UNIT_SIZE];
    printf("%s of %s from %s, %s of payloads, in %.2f s\n", oat_amount_text(counts->written, "span", spans),
           oat_amount_text(counts->traces, "trace", traces), oat_amount_text(im->files, "file", files),
           oat_bytes_text(counts->payload_bytes, payload), seconds);
    if (counts->present)
        printf("%s there already\n", oat_amount_text(counts->present, "span", spans));
    if (im->skipped || im->failed || im->rejected)
        printf("%s skipped (no traces), %" PRIu64 " failed, %s rejected\n",
               oat_amount_text(im->skipped, "file", files), im->failed,
               oat_amount_text(im->rejected, "span", spans));
}

static void print_result(const struct import *im, const struct oat_import_counts *counts, double seconds)
{
    if (im->cli->json)
        print_json(im, counts, seconds);
    else
        print_summary(im, counts, seconds);
}

/* Makes it durable, then says what was done. */
static int finish(struct import *im, double seconds)
{
    oat_stats stats;
    int flushed = oat_tracer_flush(im->tracer), saved = errno;
    struct oat_import_counts counts = oat_import_writer_counts(im->writer);
    oat_tracer_get_stats(im->tracer, &stats);
    uint64_t drops = stats.drops_full + stats.drops_io + stats.drops_memory + stats.drops_reentrant;
    clear_progress(im);
    print_result(im, &counts, seconds);
    if (stats.drops_limit)
        fprintf(stderr, "oat: %" PRIu64 " values were over a limit of the format and were cut or left out\n",
                stats.drops_limit);
    if (flushed != OAT_OK)
        return oat_cli_fail("not durable on the device: %s",
                            flushed == OAT_E_IO ? strerror(saved) : oat_result_text(flushed));
    if (drops || counts.dropped)
        return oat_cli_fail("%" PRIu64 " spans or payloads were not stored: %s",
                            drops > counts.dropped ? drops : counts.dropped,
                            stats.last_errno ? strerror(stats.last_errno) : "see oat stat");
    if (im->failed)
        return OAT_EXIT_FAILED;
    return counts.written + counts.present ? OAT_EXIT_OK : oat_cli_fail("nothing to import");
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool parse_format(const char *name, enum oat_import_format *ret)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (!name || strcmp(name, formats[i].name) == 0) {
            *ret = formats[i].format;
            return true;
        }
    oat_cli_usage("option --format: expected auto, otlp-json, otlp-proto or chat, found %s", name);
    return false;
}

static int import_list(struct import *im, double began)
{
    if (im->list.count == 0) { /* and no store is made for that */
        print_result(im, &(struct oat_import_counts){0}, 0);
        return im->failed ? OAT_EXIT_FAILED : oat_cli_fail("nothing to import");
    }
    if (!open_store(im))
        return OAT_EXIT_FAILED;
    for (size_t i = 0; i < im->list.count; i++) {
        if (im->list.units[i].names)
            import_run(im, &im->list.units[i]);
        else
            import_file(im, &im->list.units[i]);
        show_progress(im);
    }
    return finish(im, now_s() - began);
}

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct import im = {.cli = cli};
    struct oat_cli_args args;
    double began = now_s();
    if (!oat_cli_parse(options, argc, argv, -1, &args) || !parse_format(args.values[0], &im.format))
        return OAT_EXIT_USAGE;
    if (args.count == 0)
        return oat_cli_usage("import: name files or folders to import");
    int code = list_files(&im, &args) ? import_list(&im, began) : OAT_EXIT_FAILED;
    close_store(&im);
    oat_import_list_free(&im.list);
    return code;
}

const struct oat_cli_command oat_cli_import = {
    "import", "FILE...", "traces of other systems and agent trajectories into the store", options, run};
