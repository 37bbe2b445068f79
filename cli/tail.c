#include "cli/tail.h"

#include "cli/args.h"
#include "cli/json_line.h"
#include "cli/open.h"
#include "cli/style.h"
#include "cli/text.h"
#include "cli/units.h"
#include "format/ids.h"
#include "format/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define STORE_POLL_NS 200000000

enum { OPTION_COUNT, OPTION_ALL };

static const struct oat_cli_option options[] = {
    {"count", 'n', "N", "stop after N spans"},
    {"all", 'a', NULL, "begin with what is there already"},
    {0},
};

static void print_texts(const struct oat_cli *cli, const oat_span_view *span, size_t width)
{
    oat_text remark = span->text[OAT_TEXT_MODEL];
    if (span->status == OAT_SHOWN_ERROR && span->text[OAT_TEXT_STATUS_MESSAGE].bytes)
        remark = span->text[OAT_TEXT_STATUS_MESSAGE];
    size_t used = oat_print_name(span->text[OAT_TEXT_NAME], width);
    if (remark.bytes && remark.len > 0 && used + 6 < width) {
        oat_style(cli, span->status == OAT_SHOWN_ERROR ? OAT_RED : OAT_DIM);
        fputc(' ', stdout);
        oat_print_text(stdout, remark.bytes, remark.len, width - used - 1);
        oat_style(cli, OAT_PLAIN);
    }
}

static void print_line(const struct oat_cli *cli, const oat_span_view *span)
{
    char hex[33], unit[OAT_UNIT_SIZE];
    const char *type = oat_span_type_name(span->type);
    bool ended = span->end_ns != 0 || span->status == OAT_SHOWN_SUCCESS || span->status == OAT_SHOWN_ERROR;
    oat_hex_print(span->trace_id, sizeof span->trace_id, hex);
    oat_style(cli, OAT_DIM);
    printf("%s %.8s ",
           oat_time_text(ended ? span->end_ns : span->start_ns, true, unit) + strlen("2026-11-22 "), hex);
    oat_style(cli, oat_status_style(span->status));
    printf("%s ", oat_status_mark(span->status));
    oat_style(cli, oat_type_style(span->type));
    printf("%-10s", type ? type : "?");
    oat_style(cli, OAT_PLAIN);
    oat_print_right(ended ? oat_duration_text(span->end_ns - span->start_ns, unit) : "...", 7);
    bool has_tokens = span->has_count[OAT_COUNT_INPUT] || span->has_count[OAT_COUNT_OUTPUT];
    uint64_t tokens = (uint64_t)span->count[OAT_COUNT_INPUT] + span->count[OAT_COUNT_OUTPUT];
    oat_print_right(has_tokens ? oat_count_text(tokens, unit) : "", 7);
    oat_print_right(span->has_cost ? oat_cost_text(span->cost_total_nano, unit) : "", 9);
    fputs("  ", stdout);
    /* All before the texts takes 59 columns. */
    print_texts(cli, span, cli->columns > 59 + 20 ? cli->columns - 59 : 20);
    fputc('\n', stdout);
}

static void put_text(struct oat_json *json, const char *key, oat_text text)
{
    oat_json_key(json, key);
    oat_json_string(json, text.bytes, text.len);
}

static void put_id(struct oat_json *json, const char *key, const uint8_t *id, size_t len)
{
    static const uint8_t none[16];
    oat_json_key(json, key);
    if (memcmp(id, none, len) == 0)
        oat_json_null(json);
    else
        oat_json_hex(json, id, len);
}

/* What is known while a span is followed; `oat export` has all of it. */
static int print_json(struct oat_json *json, const oat_span_view *span)
{
    bool ended = span->end_ns != 0;
    const char *type = oat_span_type_name(span->type);
    oat_json_object_begin(json);
    put_id(json, "trace_id", span->trace_id, sizeof span->trace_id);
    put_id(json, "span_id", span->span_id, sizeof span->span_id);
    put_id(json, "parent_span_id", span->parent_id, sizeof span->parent_id);
    put_text(json, "name", span->text[OAT_TEXT_NAME]);
    oat_json_key(json, "span_type");
    oat_json_cstring(json, type ? type : "");
    oat_json_key(json, "status");
    oat_json_cstring(json, oat_shown_status_name(span->status));
    oat_json_key(json, "start_time");
    oat_json_fixed(json, (int64_t)span->start_ns, 9);
    oat_json_key(json, "end_time");
    if (ended)
        oat_json_fixed(json, (int64_t)span->end_ns, 9);
    else
        oat_json_null(json);
    put_text(json, "model", span->text[OAT_TEXT_MODEL]);
    put_text(json, "service", span->text[OAT_TEXT_SERVICE]);
    put_text(json, "status_message", span->text[OAT_TEXT_STATUS_MESSAGE]);
    for (unsigned i = OAT_COUNT_INPUT; i <= OAT_COUNT_OUTPUT; i++) {
        oat_json_key(json, oat_count_field_name(i));
        if (span->has_count[i])
            oat_json_uint(json, span->count[i]);
        else
            oat_json_null(json);
    }
    oat_json_key(json, "total_cost");
    if (span->has_cost)
        oat_json_fixed(json, span->cost_total_nano, 9);
    else
        oat_json_null(json);
    oat_json_object_end(json);
    return oat_cli_json_line(json);
}

/* Until max spans were printed (0: for ever) or nobody reads any more. */
static int follow(const struct oat_cli *cli, oat_follow *f, uint64_t max)
{
    struct oat_json json = {0};
    oat_span_view span;
    uint64_t count = 0;
    int result = OAT_OK;
    while (result >= 0 && !(max > 0 && count == max) && !ferror(stdout)) {
        result = oat_follow_next(f, &span);
        if (result == OAT_OK) {
            count++;
            if (cli->json)
                result = print_json(&json, &span);
            else
                print_line(cli, &span);
            continue;
        }
        fflush(stdout);
        uint64_t delay_ns = oat_follow_delay_ns(f);
        nanosleep(&(struct timespec){.tv_nsec = (long)delay_ns}, NULL);
    }
    oat_json_free(&json);
    return result < 0 ? result : OAT_OK;
}

/* Waits until an agent has made the store; true when it had to. */
static bool await_store(const struct oat_cli *cli)
{
    oat_store *store = NULL;
    bool waited = false;
    while (oat_store_open(cli->dir, &store) == OAT_NOTFOUND) {
        if (!waited)
            oat_cli_fail("no store in %s yet: waiting for an agent to make it; stop with Ctrl-C", cli->dir);
        waited = true;
        nanosleep(&(struct timespec){.tv_nsec = STORE_POLL_NS}, NULL);
    }
    oat_store_close(store);
    return waited;
}

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    uint64_t max = 0;
    oat_follow *f;
    if (!oat_cli_parse(options, argc, argv, 0, &args))
        return OAT_EXIT_USAGE;
    if (args.values[OPTION_COUNT] && !oat_cli_number("-n", args.values[OPTION_COUNT], 1, UINT64_MAX, &max))
        return OAT_EXIT_USAGE;
    bool all = await_store(cli) || args.values[OPTION_ALL];
    oat_store *store = oat_cli_store(cli);
    if (!store)
        return OAT_EXIT_FAILED;
    int result = oat_follow_open(store, all, &f);
    if (result == OAT_OK) {
        if (cli->err_terminal)
            fprintf(stderr, "following %s; stop with Ctrl-C\n", cli->dir);
        result = follow(cli, f, max);
        oat_follow_close(f);
    }
    oat_store_close(store);
    if (result == OAT_OK)
        return OAT_EXIT_OK;
    return oat_cli_read_failed(cli, result);
}

const struct oat_cli_command oat_cli_tail = {"tail", "", "spans as they are announced and end, live", options,
                                             run};
