#include "cli/grep.h"

#include "cli/args.h"
#include "cli/filter.h"
#include "cli/json_line.h"
#include "cli/open.h"
#include "cli/style.h"
#include "cli/text.h"
#include "cli/units.h"
#include "format/ids.h"
#include "format/names.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_COUNT 20u
#define CONTEXT       200u /* bytes on each side; what does not fit the line is cut */
#define INDENT        4u

enum { OPTION_COUNT, OPTION_QUERY, OPTION_NEWEST };

static const struct oat_cli_option options[] = {
    {"count", 'n', "N", "at most N hits (default 20)"},
    {"query", 'q', "FILTER", "only in such spans: 'type = llm and start > -24h' (docs/filter.md)"},
    {"newest", 0, NULL, "look for the newest hits alone: sooner done, but the others are not counted"},
    {0},
};

/* ---- For people ---- */

/* The end of a text that is so wide at most: where it begins. */
static oat_text tail_of(oat_text text, size_t max)
{
    while (text.len > 0 && oat_text_columns(text.bytes, text.len) > max) {
        do {
            text.bytes++;
            text.len--;
        } while (text.len > 0 && ((unsigned char)text.bytes[0] & 0xc0) == 0x80);
    }
    return text;
}

static void print_around(const struct oat_cli *cli, const oat_search_hit *hit)
{
    /* Marks and ellipses take a column each. */
    size_t width = cli->columns > 40 + INDENT ? cli->columns - INDENT - 4 : 36;
    size_t columns = oat_text_columns(hit->text.bytes, hit->text.len);
    size_t rest = columns < width ? width - columns : 0;
    size_t after = oat_text_columns(hit->after.bytes, hit->after.len);
    oat_text before = tail_of(hit->before, after < rest / 2 ? rest - after : rest / 2);
    rest -= oat_text_columns(before.bytes, before.len);
    oat_print_spaces(stdout, INDENT);
    if (hit->offset > before.len)
        fputs("…", stdout);
    oat_print_text(stdout, before.bytes, before.len, 0);
    oat_style(cli, OAT_RED);
    fputs(cli->color ? "" : "»", stdout);
    oat_print_text(stdout, hit->text.bytes, hit->text.len, width);
    fputs(cli->color ? "" : "«", stdout);
    oat_style(cli, OAT_PLAIN);
    if (rest > 0)
        oat_print_text(stdout, hit->after.bytes, hit->after.len, rest);
    if (after <= rest && hit->offset + hit->text.len + hit->after.len < hit->payload_len)
        fputs("…", stdout);
    fputc('\n', stdout);
}

static void print_hit(const struct oat_cli *cli, const oat_snapshot *snapshot, const oat_search_hit *hit)
{
    char trace[33], span[17], unit[OAT_UNIT_SIZE];
    const char *type = oat_span_type_name(hit->type);
    oat_hex_print(hit->trace_id, sizeof hit->trace_id, trace);
    oat_hex_print(hit->span_id, sizeof hit->span_id, span);
    oat_style(cli, OAT_BOLD);
    printf("%.*s", (int)oat_trace_digits(snapshot, hit->trace_id), trace);
    oat_style(cli, OAT_PLAIN);
    printf("  %s  %s  ", span, oat_time_text(hit->start_ns, false, unit));
    oat_style(cli, oat_type_style(hit->type));
    printf("%s", type ? type : "?");
    oat_style(cli, OAT_PLAIN);
    printf("  %-6s  ", hit->field);
    oat_print_name(hit->name, cli->columns > 92 ? cli->columns - 60 : 32);
    fputc('\n', stdout);
    print_around(cli, hit);
}

/* counted: all spans that have the text, not those of the hits alone. */
static void print_sum(const oat_search *search, bool counted)
{
    char hits[OAT_UNIT_SIZE], spans[OAT_UNIT_SIZE];
    bool more = oat_search_has_more(search);
    if (oat_search_count(search) == 0) {
        puts("no hits");
        return;
    }
    fputs(oat_amount_text(oat_search_count(search), "hit", hits), stdout);
    if (counted || !more)
        printf("%s in %s", more ? ", the newest; found" : "",
               oat_amount_text(oat_search_span_count(search), "span", spans));
    puts(!more ? "" : counted ? "; -n N shows more" : ", the newest; -n N shows more");
}

static void print_all(const struct oat_cli *cli, const oat_snapshot *snapshot, const oat_search *search,
                      bool counted)
{
    for (size_t i = 0; i < oat_search_count(search); i++)
        print_hit(cli, snapshot, oat_search_get(search, i));
    oat_style(cli, OAT_DIM);
    print_sum(search, counted);
    oat_style(cli, OAT_PLAIN);
}

/* ---- JSON ---- */

static void put_text(struct oat_json *json, const char *key, oat_text text)
{
    oat_json_key(json, key);
    oat_json_string(json, text.bytes, text.len);
}

static int print_json(const oat_search *search)
{
    struct oat_json json = {0};
    int result = OAT_OK;
    for (size_t i = 0; i < oat_search_count(search) && result == OAT_OK; i++) {
        const oat_search_hit *hit = oat_search_get(search, i);
        const char *type = oat_span_type_name(hit->type);
        oat_json_object_begin(&json);
        oat_json_key(&json, "trace_id");
        oat_json_hex(&json, hit->trace_id, sizeof hit->trace_id);
        oat_json_key(&json, "span_id");
        oat_json_hex(&json, hit->span_id, sizeof hit->span_id);
        oat_json_key(&json, "start_time");
        oat_json_fixed(&json, (int64_t)hit->start_ns, 9);
        oat_json_key(&json, "span_type");
        oat_json_cstring(&json, type ? type : "");
        put_text(&json, "name", hit->name);
        oat_json_key(&json, "field");
        oat_json_cstring(&json, hit->field);
        oat_json_key(&json, "offset");
        oat_json_uint(&json, hit->offset);
        put_text(&json, "before", hit->before);
        put_text(&json, "text", hit->text);
        put_text(&json, "after", hit->after);
        oat_json_object_end(&json);
        result = oat_cli_json_line(&json);
    }
    oat_json_free(&json);
    return result;
}

/* ---- The command ---- */

/* False after an explanation. *ret_filter is the caller's to free. */
static bool read_query(const struct oat_cli_args *args, oat_search_query *query, oat_filter **ret_filter)
{
    uint64_t max = DEFAULT_COUNT;
    if (args->count == 0 || !*args->positional[0]) {
        oat_cli_usage("grep needs a text: oat grep 'refund policy'");
        return false;
    }
    if ((args->values[OPTION_COUNT] &&
         !oat_cli_number("-n", args->values[OPTION_COUNT], 1, UINT32_MAX, &max)) ||
        (args->values[OPTION_QUERY] && !oat_cli_filter(args->values[OPTION_QUERY], ret_filter)))
        return false;
    query->text = (oat_text){args->positional[0], strlen(args->positional[0])};
    query->filter = *ret_filter;
    query->limit = (size_t)max;
    query->context = CONTEXT;
    query->newest_only = args->values[OPTION_NEWEST] != NULL;
    return true;
}

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    oat_search_query query = {0};
    oat_filter *filter = NULL;
    oat_search *search;
    oat_store *store;
    oat_snapshot *snapshot;

    if (!oat_cli_parse(options, argc, argv, 1, &args) || !read_query(&args, &query, &filter))
        return OAT_EXIT_USAGE;
    if (!oat_cli_snapshot(cli, &store, &snapshot)) {
        oat_filter_free(filter);
        return OAT_EXIT_FAILED;
    }
    int result = oat_search_open(snapshot, &query, &search);
    if (result == OAT_OK) {
        if (cli->json)
            result = print_json(search);
        else
            print_all(cli, snapshot, search, !query.newest_only);
        oat_search_close(search);
    }
    oat_filter_free(filter);
    oat_cli_snapshot_done(store, snapshot);
    if (result == OAT_E_INVALID)
        return oat_cli_usage("grep: the text is not UTF-8");
    return result == OAT_OK ? OAT_EXIT_OK : oat_cli_fail("grep: %s", oat_result_text(result));
}

const struct oat_cli_command oat_cli_grep = {
    "grep", "TEXT", "inputs, outputs and errors in which a text is, in any case", options, run};
